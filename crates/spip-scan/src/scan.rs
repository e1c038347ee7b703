//! The scan of one artifact.

mod source;

use spip_core::{Cause, Contents, Odd, Trigger};

use crate::Limits;
use crate::archive::Manners;
use crate::findings::Findings;
use crate::input::Input;
use crate::layout::{Aside, Duty, Layout, module_name};
use crate::member::Examiner;
use crate::startup;
use crate::watch::Watch;
use source::Nature;

/// Reads one artifact. It never fails: what is wrong and what could not be read is in the answer.
///
/// `expired` is asked now and then; once it says so, the scan stops and the artifact counts as
/// unread.
pub fn scan(input: Input<'_>, limits: &Limits, expired: &(dyn Fn() -> bool + Sync)) -> Contents {
    let Some(pool) = crate::pool::pool() else {
        let mut findings = Findings::default();
        findings.unread("", Cause::Internal, "no thread could be started");
        return findings.finish();
    };
    // The input holds borrowed readers that need not be sent; only references cross over.
    let run = std::panic::AssertUnwindSafe(|| pool.install(|| inside(input, limits, expired)));
    std::panic::catch_unwind(run).unwrap_or_else(|_| {
        let mut findings = Findings::default();
        findings.unread("", Cause::Internal, "an error in this program");
        findings.finish()
    })
}

/// The METADATA of a wheel: its path and its bytes, for those who ask what a package says of itself.
/// `None`: there is none that can be read, which [`scan`] reports.
pub fn core_metadata(input: &Input<'_>) -> Option<(String, Vec<u8>)> {
    let Input::Wheel { filename, bytes } = input else {
        return None;
    };
    let limits = Limits::default();
    let watch = Watch::new(&limits, &|| false);
    crate::wheel::core_metadata(filename, *bytes, &watch)
}

fn inside(input: Input<'_>, limits: &Limits, expired: &(dyn Fn() -> bool + Sync)) -> Contents {
    let watch = Watch::new(limits, expired);
    let mut findings = Findings::default();
    let manners = match input {
        Input::Wheel { .. } => Manners::Wheel,
        _ => Manners::Source,
    };
    let result = match input {
        Input::Wheel { filename, bytes } => {
            crate::wheel::scan(filename, bytes, &watch, &mut findings)
        }
        Input::Sdist { filename, bytes } => source::archive(filename, bytes, &watch, &mut findings),
        Input::Tree { files } => {
            source::tree(files, Nature::Source, &watch, &mut findings);
            Ok(())
        }
        Input::Installed { files } => {
            source::tree(files, Nature::Installed, &watch, &mut findings);
            Ok(())
        }
        Input::Module { path, bytes } => {
            module(path, bytes, &watch, &mut findings);
            Ok(())
        }
    };
    if let Err(unread) = result {
        if unread.cause == Cause::Malformed {
            let detail = unread.detail.clone();
            findings.odd(Odd::Malformed, manners.trigger(), &unread.member, detail);
        }
        findings.unread.push(unread);
    }
    crate::across::settle(&mut findings.modules, &watch);
    let mut contents = findings.finish();
    if watch.was_late()
        && !contents
            .unread
            .iter()
            .any(|unread| unread.member.is_empty())
    {
        contents.unread.insert(
            0,
            spip_core::Unread {
                member: String::new(),
                cause: Cause::TooLarge,
                detail: "took too long".to_owned(),
            },
        );
    }
    contents
}

/// One file by itself: its name says how it would run.
fn module(path: &str, bytes: &[u8], watch: &Watch<'_>, findings: &mut Findings) {
    let reader = Examiner {
        watch,
        layout: &Alone,
        depth: 0,
    };
    let mut data = watch.over(bytes, None);
    let size = bytes.len();
    let examined =
        crate::wheel::guarded(path, || reader.examine(path, size as u64, &mut data, None));
    findings.absorb(examined.findings);
}

/// The layout of a file by itself.
struct Alone;

impl Layout for Alone {
    fn duty(&self, path: &str) -> Duty {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let mut duty = match module_name(name) {
            Some((module, is_package)) => Duty::module(module, is_package),
            None => {
                let mut duty = Aside.duty(name);
                duty.role.trigger = Trigger::Call;
                duty.role.uncalled = Trigger::Call;
                duty.trigger = Trigger::Call;
                duty
            }
        };
        if matches!(name, "setup.py" | "hatch_build.py" | "pdm_build.py") {
            duty.role.trigger = Trigger::Build;
            duty.role.uncalled = Trigger::Build;
        } else if startup::is_customize(name) {
            duty.role.trigger = Trigger::Start;
        }
        duty.starts = Some(Trigger::Start);
        duty
    }
}
