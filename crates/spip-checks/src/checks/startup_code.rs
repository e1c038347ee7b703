//! Points at files that make every start of the interpreter run a package's code.

use std::path::{Component, Path};

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Contents, Context, Deed, Finding, Odd, Oddity, Package, Severity, Stop, Taints,
    Trigger,
};

use crate::contents::{self, Suspicions};

describe! {
    /// ## What it asks
    ///
    /// Does the artifact bring a file that the interpreter runs at every start: a `.pth` file with
    /// code, a `sitecustomize` or `usercustomize` module? Does a `.pth` file add a directory to the
    /// import path? One in which everybody may write (`/tmp`) is refused.
    ///
    /// Files that are known by the digest of their exact content (setuptools, coverage and others)
    /// are left alone. A short line that prepares something of the package's own is worth a line. A
    /// module that takes the one place of its name, or a long line, is asked about. What runs hidden
    /// code, starts programs, talks to the network, writes or deletes is refused, whether the file
    /// does it or a module that it leads to.
    ///
    /// ## Why it matters
    ///
    /// Such a file runs in every program that shares the environment, whether it imports the package or
    /// not. Several hijacked releases of 2026 used nothing else.
    ///
    /// ## What to do
    ///
    /// Read the file. Few packages need one, and those say so.
    pub(super) struct StartupCode {
        id: "startup-code",
        summary: "a file runs code at every start of the interpreter",
        worst: High,
        needs: Artifact,
    }
}

impl Check for StartupCode {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        let is_unknown = contents.odd(|odd| odd == Odd::StartFile).next().is_some();
        let is_early = |act: &&Act| act.trigger == Trigger::Start;
        let worst = contents
            .acts
            .iter()
            .filter(is_early)
            .filter_map(severity)
            .max();
        for oddity in contents.odd(|odd| odd == Odd::StartFile) {
            suspicions.oddity(
                Some(worst.unwrap_or(by_itself(oddity))),
                "runs code at every start of the interpreter",
                oddity,
            );
        }
        for oddity in contents.odd(|odd| odd == Odd::StartPath) {
            suspicions.oddity(
                Some(if is_own_tree(package, oddity) {
                    Low
                } else {
                    path_severity(&contents, oddity)
                }),
                "adds a directory to the import path",
                oddity,
            );
        }
        if is_unknown {
            for act in contents.acts.iter().filter(is_early) {
                let what = format!("{} at every start of the interpreter", deed(act.deed));
                suspicions.act(severity(act), what, act);
            }
        }
        suspicions.report_facts("read the file: few packages need one", found);
        Ok(())
    }
}

/// How bad the file is when nothing that it leads to does harm.
fn by_itself(oddity: &Oddity) -> Severity {
    // The last number in the detail is the length of the code.
    let mut words = oddity.detail.rsplit(|it: char| !it.is_ascii_digit());
    let length = words.find_map(|word| word.parse::<usize>().ok());
    let is_short = length.is_none_or(|length| length <= LONGEST_PREPARATION);
    // There is one `sitecustomize` in an environment: who brings it takes it from others.
    let is_module = oddity.site.member.rsplit('.').next() == Some("py");
    if is_short && !is_module { Low } else { Medium }
}

/// Honest lines import something, look at a variable and call a function: in characters.
const LONGEST_PREPARATION: usize = 500;

/// How bad it is that this happens at every start.
fn severity(act: &Act) -> Option<Severity> {
    let bad = Taints::HIDDEN
        .with(Taints::DOWNLOADED)
        .with(Taints::PACKAGE_DATA)
        .with(Taints::ASSEMBLED);
    match act.deed {
        _ if act.disguised || act.layers > 0 => Some(High),
        Deed::Execute | Deed::LoadNative => act.taints.any(bad).then_some(High),
        // Waiting for a debugger and cleaning up behind it is no attack by itself.
        Deed::Connect if waits(&act.callee) => Some(Medium),
        Deed::Delete if !act.taints.any(Taints::HOME.with(Taints::FILE_LISTING)) => Some(Medium),
        Deed::Spawn | Deed::Send | Deed::Connect | Deed::Redirect | Deed::Watch | Deed::Delete => {
            Some(High)
        }
        Deed::Write => (!act.taints.any(Taints::TEMPORARY)).then_some(Medium),
        _ => None,
    }
}

/// Whether a call makes a connection wait for others.
fn waits(callee: &str) -> bool {
    let method = callee.rsplit('.').next().unwrap_or(callee);
    ["bind", "listen"].contains(&method)
}

fn deed(deed: Deed) -> &'static str {
    match deed {
        Deed::Execute => "runs hidden code",
        Deed::Spawn => "starts a program",
        Deed::Send | Deed::Connect => "talks to the network",
        Deed::Write => "writes files",
        Deed::Delete => "deletes files",
        Deed::LoadNative => "loads native code",
        _ => "does what it hides",
    }
}

/// Whether it leads into the tree that an editable install is about. Of a longer line the excerpt
/// is only a part, and `..` leads out again.
fn is_own_tree(package: &Package, oddity: &Oddity) -> bool {
    const WHOLE: usize = 239;
    let Some(own) = package
        .artifact
        .file()
        .and_then(|file| file.built_from.as_ref())
    else {
        return false;
    };
    let path = Path::new(oddity.site.excerpt.trim_end());
    let stays = path.components().all(|it| it != Component::ParentDir);
    stays && oddity.site.excerpt.chars().count() <= WHOLE && path.starts_with(own)
}

/// A path that leaves the environment, or leads to modules that hide others, is no convenience.
/// Where everybody may write, anybody's modules are imported.
fn path_severity(contents: &Contents, oddity: &Oddity) -> Severity {
    const SHARED: [&str; 6] = ["/tmp", "/var/tmp", "/dev/shm", "\\temp", "/temp/", "%temp%"];
    let text = format!("{} {}", oddity.detail, oddity.site.excerpt).to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|it| text.contains(it));
    let shadows = contents
        .odd(|odd| odd == Odd::ShadowedStdlib)
        .next()
        .is_some();
    match () {
        () if says(&SHARED) => High,
        () if shadows || says(&["..", "absolute path", "/var", "appdata", ":\\"]) => Medium,
        () => Low,
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Odd, Origin, Severity, Taints, Trigger};

    use super::StartupCode;
    use crate::testing::{World, act, assert_shows, demo};

    fn starting() -> World {
        demo().odd(
            Odd::StartFile,
            Trigger::Start,
            "demo.pth",
            "runs 1 lines of code, 40 characters",
        )
    }

    #[test]
    fn flags_an_unknown_start_file() {
        let expected = "low: runs code at every start of the interpreter";
        assert_shows(&StartupCode, starting(), expected);
        let expected = "medium: runs code at every start of the interpreter";
        for (member, detail) in [
            ("demo.pth", "runs 2 lines of code, 4000 characters"),
            ("sitecustomize.py", "80 bytes that run at every start"),
        ] {
            let world = demo().odd(Odd::StartFile, Trigger::Start, member, detail);
            assert_shows(&StartupCode, world, expected);
        }
    }

    #[test]
    fn flags_what_a_start_file_does() {
        for (deed, taints, words) in [
            (Deed::Spawn, Taints::NONE, "starts a program"),
            (Deed::Send, Taints::NONE, "talks to the network"),
            (Deed::Execute, Taints::DECODED, "runs hidden code"),
            (Deed::Execute, Taints::PACKAGE_DATA, "runs hidden code"),
        ] {
            let act = act(deed, "x")
                .tainted(taints)
                .when(Trigger::Start)
                .at("demo/core.py", 1);
            let expected = format!(
                "high: runs code at every start of the interpreter\nhigh: {words} at every start of the interpreter"
            );
            let (found, _) = starting().acting(act.clone()).run(&StartupCode);
            assert_eq!(found.len(), 2);
            assert_shows(&StartupCode, starting().acting(act), &expected);
        }
    }

    #[test]
    fn flags_added_directories() {
        let path = |detail: &str| demo().odd(Odd::StartPath, Trigger::Start, "demo.pth", detail);
        assert_shows(
            &StartupCode,
            path("adds demo/vendored"),
            "low: adds a directory to the import path",
        );
        assert_shows(
            &StartupCode,
            path("adds /srv/../x"),
            "medium: adds a directory to the import path",
        );
        assert_shows(
            &StartupCode,
            path("adds /tmp/x"),
            "high: adds a directory to the import path",
        );
    }

    #[test]
    fn an_editable_install_leads_to_its_own_tree() {
        let said = |path: &str| {
            let mut world = demo().from(Origin::Requested).odd(
                Odd::StartPath,
                Trigger::Start,
                "demo.pth",
                "adds an absolute path to where modules are looked for",
            );
            world.file_mut().built_from = Some("/tmp/my work/demo".into());
            path.clone_into(&mut world.contents_mut().oddities[0].site.excerpt);
            let (found, _) = world.run(&StartupCode);
            found[0].severity
        };
        assert_eq!(said("/tmp/my work/demo/src"), Severity::Low);
        assert_eq!(said("/tmp/my work/demo"), Severity::Low);
        let long = format!("/tmp/my work/demo/{}", "x/".repeat(120));
        let leaving = ["/tmp/my work/demo/../other", "/tmp/my work/demon", &long];
        for path in leaving {
            assert_eq!(said(path), Severity::High, "{path}");
        }
    }

    #[test]
    fn accepts_known_start_files_and_plain_execution() {
        let known = demo()
            .odd(
                Odd::KnownStartFile,
                Trigger::Start,
                "distutils-precedence.pth",
                "setuptools",
            )
            .acting(act(Deed::Spawn, "subprocess.run").when(Trigger::Start));
        assert_shows(&StartupCode, known, "complete");
        let plain = starting().acting(act(Deed::Execute, "builtins.exec").when(Trigger::Start));
        assert_shows(
            &StartupCode,
            plain,
            "low: runs code at every start of the interpreter",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&StartupCode, demo().offline(), "incomplete: offline");
    }
}
