//! Points at code that puts machine code into memory and runs it.

use std::collections::BTreeSet;

use Severity::{High, Low, Medium};
use spip_core::{Act, Check, Contents, Context, Deed, Finding, Package, Severity, Stop};

use crate::contents::{self, Suspicions, weigh};

describe! {
    /// ## What it asks
    ///
    /// Does a file of the package make memory executable and start what it put there, or write into
    /// the memory of other processes?
    ///
    /// ## Why it matters
    ///
    /// Machine code that never becomes a file passes every reader and most scanners.
    ///
    /// ## What to do
    ///
    /// Do not install it unless it is a debugger or something else that has to do this.
    pub(super) struct NativeInjection {
        id: "native-injection",
        summary: "code puts machine code into memory and runs it",
        worst: High,
        needs: Contents,
    }
}

/// What takes part in it, by what it is for.
const PARTS: &[(&str, Part)] = &[
    ("virtualalloc", Part::Memory),
    ("virtualprotect", Part::Memory),
    ("ntallocatevirtualmemory", Part::Memory),
    ("ntmapviewofsection", Part::Memory),
    ("mprotect", Part::Memory),
    ("heapcreate", Part::Memory),
    ("memfd_create", Part::Memory),
    ("rtlmovememory", Part::Copy),
    ("rtlcopymemory", Part::Copy),
    ("memmove", Part::Copy),
    ("createthread", Part::Run),
    ("waitforsingleobject", Part::Copy),
    ("cfunctype", Part::Run),
    ("enumwindows", Part::Run),
    ("queueuserapc", Part::Other),
    ("writeprocessmemory", Part::Other),
    ("createremotethread", Part::Other),
    ("ntcreatethreadex", Part::Other),
    ("setthreadcontext", Part::Other),
    ("ptrace", Part::Other),
    ("fexecve", Part::Run),
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Memory,
    Copy,
    Run,
    Other,
}

impl Check for NativeInjection {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in &contents.acts {
            let Some(part) = part(act) else { continue };
            let parts = parts(&contents, &act.site.member);
            let is_whole = parts.contains(&Part::Memory)
                && (parts.contains(&Part::Run) || parts.contains(&Part::Copy));
            let severity = match part {
                Part::Other => weigh(act.trigger, High, Low),
                Part::Memory if is_whole => weigh(act.trigger, High, Low),
                Part::Memory => weigh(act.trigger, Medium, None),
                Part::Copy | Part::Run => None,
            };
            suspicions.act(severity, "puts machine code into memory", act);
        }
        suspicions.report(
            "do not install it unless it is a debugger or the like",
            found,
        );
        Ok(())
    }
}

fn part(act: &Act) -> Option<Part> {
    let is_native = act.deed == Deed::LoadNative || act.callee.contains("ctypes");
    if !is_native && act.deed != Deed::Spawn {
        return None;
    }
    let callee = act.callee.to_ascii_lowercase();
    let known = PARTS.iter().filter(|(name, _)| callee.contains(name));
    known.map(|(_, part)| *part).max()
}

fn parts(contents: &Contents, member: &str) -> BTreeSet<Part> {
    let near = contents.acts.iter().filter(|act| act.site.member == member);
    near.filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Trigger};

    use super::NativeInjection;
    use crate::testing::{ActBuilder, act, assert_shows, demo};

    fn call(name: &str) -> ActBuilder {
        act(Deed::LoadNative, &format!("ctypes.windll.kernel32.{name}"))
    }

    #[test]
    fn flags_memory_that_is_filled_and_started() {
        let world = demo()
            .acting(call("VirtualAlloc"))
            .acting(call("RtlMoveMemory"))
            .acting(call("CreateThread"));
        assert_shows(
            &NativeInjection,
            world,
            "high: puts machine code into memory, when it is imported",
        );
    }

    #[test]
    fn flags_other_processes() {
        let expected = "high: puts machine code into memory, when it is imported";
        assert_shows(
            &NativeInjection,
            demo().acting(call("WriteProcessMemory")),
            expected,
        );
        let expected = "low: puts machine code into memory, when it is used";
        assert_shows(
            &NativeInjection,
            demo().acting(call("CreateRemoteThread").when(Trigger::Call)),
            expected,
        );
    }

    #[test]
    fn accepts_consoles_and_locks() {
        let world = demo()
            .acting(call("GetStdHandle"))
            .acting(call("LockFileEx"))
            .acting(act(Deed::LoadNative, "ctypes.CDLL"))
            .acting(call("VirtualAlloc").when(Trigger::Call));
        assert_shows(&NativeInjection, world, "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&NativeInjection, demo().offline(), "incomplete: offline");
    }
}
