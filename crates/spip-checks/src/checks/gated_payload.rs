//! Points at code that waits for a date, a place or a machine before it acts.

use Severity::Medium;
use spip_core::{Act, Check, Contents, Context, Deed, Finding, Package, Severity, Stop, Taints};

use crate::contents::{self, Suspicions, is_build_tool, is_early};

describe! {
    /// ## What it asks
    ///
    /// Does code that runs unasked compare the date, the language, the host's name or the marks of a
    /// build service, and start programs, run code, delete or send in the same file?
    ///
    /// A build that behaves differently on a build service is ordinary while it only compiles.
    ///
    /// ## Why it matters
    ///
    /// Payloads wait so that nobody sees them while they are looked at.
    ///
    /// ## What to do
    ///
    /// Look at what stands behind the condition.
    pub(super) struct GatedPayload {
        id: "gated-payload",
        summary: "code waits for a date, place or machine before it acts",
        worst: Medium,
        needs: Contents,
    }
}

impl Check for GatedPayload {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for gate in contents
            .acts_of(Deed::Gate)
            .filter(|act| is_early(act.trigger))
        {
            if guards(&contents, gate) {
                suspicions.act(
                    Some(Medium),
                    "waits for a date, place or machine before it acts",
                    gate,
                );
            }
        }
        suspicions.report("look at what stands behind the condition", found);
        Ok(())
    }
}

/// Whether something grave happens in the same file, as early.
fn guards(contents: &Contents, gate: &Act) -> bool {
    contents
        .acts
        .iter()
        .any(|act| act.site.member == gate.site.member && is_early(act.trigger) && is_grave(act))
}

fn is_grave(act: &Act) -> bool {
    let hidden = Taints::HIDDEN
        .with(Taints::DOWNLOADED)
        .with(Taints::PACKAGE_DATA);
    match act.deed {
        Deed::Send | Deed::Connect | Deed::LoadNative => true,
        Deed::Execute => act.taints.any(hidden) || act.disguised,
        Deed::Delete => {
            !act.taints.any(Taints::TEMPORARY)
                && act.taints.any(Taints::HOME.with(Taints::FILE_LISTING))
        }
        Deed::Spawn => {
            let text = act.texts.first().map_or("", String::as_str);
            let program = text.split_whitespace().next().unwrap_or_default();
            !program.is_empty() && !program.contains(contents::HOLE) && !is_build_tool(program)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::GatedPayload;
    use crate::testing::{ActBuilder, act, assert_shows, demo};

    fn gate() -> ActBuilder {
        act(Deed::Gate, "datetime.datetime.now").texts(&["2026-12-24"])
    }

    #[test]
    fn flags_gates_before_grave_acts() {
        for grave in [
            act(Deed::Send, "requests.post"),
            act(Deed::Spawn, "os.system").texts(&["sh x.sh"]),
            act(Deed::Execute, "builtins.exec").tainted(Taints::DECODED),
            act(Deed::Delete, "shutil.rmtree").tainted(Taints::HOME),
        ] {
            let expected =
                "medium: waits for a date, place or machine before it acts, when it is imported";
            assert_shows(&GatedPayload, demo().acting(gate()).acting(grave), expected);
        }
    }

    #[test]
    fn accepts_gates_of_builds_and_of_what_is_asked_for() {
        let build = Trigger::Build;
        let world = demo()
            .acting(gate().when(build))
            .acting(
                act(Deed::Spawn, "subprocess.run")
                    .texts(&["git describe"])
                    .when(build),
            )
            .acting(
                act(Deed::Spawn, "subprocess.run")
                    .texts(&["\u{fffc} -m x"])
                    .when(build),
            )
            .acting(
                act(Deed::Delete, "shutil.rmtree")
                    .texts(&["build"])
                    .when(build),
            );
        assert_shows(&GatedPayload, world, "complete");
        let world = demo()
            .acting(gate().when(Trigger::Call))
            .acting(act(Deed::Send, "requests.post"));
        assert_shows(&GatedPayload, world, "complete");
        let elsewhere = act(Deed::Send, "requests.post").at("demo/other.py", 1);
        assert_shows(
            &GatedPayload,
            demo().acting(gate()).acting(elsewhere),
            "complete",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&GatedPayload, demo().offline(), "incomplete: offline");
    }
}
