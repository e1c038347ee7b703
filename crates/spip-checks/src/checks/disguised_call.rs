//! Refuses code that hides the names of what it calls.

use Severity::{High, Low, Medium};
use spip_core::{Act, Check, Context, Deed, Finding, Package, Severity, Stop, Taints};

use crate::contents::{self, NOTHING, Suspicions, is_constant, weigh};

describe! {
    /// ## What it asks
    ///
    /// Does the code put the name of a dangerous function together at run time
    /// (`getattr(builtins, "ex" + "ec")`, `__import__("so"[::-1])`, letters from other alphabets), or
    /// the text of a command, or the address that it talks to?
    ///
    /// ## Why it matters
    ///
    /// There is no reason to hide such a name except from whoever reads or scans the code.
    ///
    /// ## What to do
    ///
    /// Do not install it.
    pub(super) struct DisguisedCall {
        id: "disguised-call",
        summary: "code hides the names of what it calls",
        worst: High,
        needs: Contents,
    }
}

impl Check for DisguisedCall {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in &contents.acts {
            suspicions.act(disguised(act), "hides the name of what it calls", act);
            suspicions.act(assembled(act), "hides what it starts", act);
            suspicions.act(addressed(act), "hides the address that it talks to", act);
        }
        suspicions.report(
            "honest code has no reason to hide this: do not install it",
            found,
        );
        Ok(())
    }
}

fn disguised(act: &Act) -> Option<Severity> {
    match act.deed {
        Deed::Resolve => weigh(act.trigger, Medium, Low),
        _ if !act.disguised => None,
        Deed::Execute
        | Deed::Spawn
        | Deed::Send
        | Deed::Connect
        | Deed::LoadNative
        | Deed::Delete => {
            // Names that come from outside are chosen there.
            let on_use = if is_constant(act.taints) { Medium } else { Low };
            weigh(act.trigger, High, on_use)
        }
        _ => weigh(act.trigger, Medium, Low),
    }
}

fn assembled(act: &Act) -> Option<Severity> {
    let is_hidden = act.taints.any(Taints::ASSEMBLED) && is_constant(act.taints);
    match act.deed {
        // The name of a file that it writes shows; what stands in there does too.
        Deed::Spawn if is_hidden && act.taints.any(Taints::DROPPED) => {
            weigh(act.trigger, High, Low)
        }
        Deed::Execute | Deed::Spawn | Deed::LoadNative if is_hidden => {
            weigh(act.trigger, High, Medium)
        }
        _ => None,
    }
}

fn addressed(act: &Act) -> Option<Severity> {
    let hidden = Taints::ASSEMBLED
        .with(Taints::DECODED)
        .with(Taints::DECRYPTED);
    let is_hidden = act.taints.any(hidden) && is_constant(act.taints);
    match act.deed {
        Deed::Send | Deed::Connect if is_hidden && act.taints.any(Taints::ASSEMBLED) => {
            weigh(act.trigger, High, Low)
        }
        Deed::Send | Deed::Connect if is_hidden => weigh(act.trigger, High, NOTHING),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::DisguisedCall;
    use crate::testing::{act, assert_shows, demo};

    #[test]
    fn flags_hidden_names() {
        let exec = act(Deed::Execute, "builtins.exec").disguised();
        let expected = "high: hides the name of what it calls, when it is imported";
        assert_shows(&DisguisedCall, demo().acting(exec.clone()), expected);
        let expected = "medium: hides the name of what it calls, when it is used";
        assert_shows(
            &DisguisedCall,
            demo().acting(exec.when(Trigger::Call)),
            expected,
        );
        let resolve = act(Deed::Resolve, "os.system");
        let expected = "medium: hides the name of what it calls, when it is imported";
        assert_shows(&DisguisedCall, demo().acting(resolve), expected);
    }

    #[test]
    fn flags_hidden_commands_and_addresses() {
        let spawn = act(Deed::Spawn, "os.system").tainted(Taints::ASSEMBLED);
        assert_shows(
            &DisguisedCall,
            demo().acting(spawn),
            "high: hides what it starts, when it is imported",
        );
        for taints in [Taints::ASSEMBLED, Taints::DECODED] {
            let send = act(Deed::Send, "requests.get").tainted(taints);
            assert_shows(
                &DisguisedCall,
                demo().acting(send),
                "high: hides the address that it talks to, when it is imported",
            );
        }
    }

    #[test]
    fn accepts_plain_names_and_data_that_is_decoded_on_use() {
        let world = demo()
            .acting(act(Deed::Execute, "builtins.exec"))
            .acting(
                act(Deed::Spawn, "subprocess.run")
                    .tainted(Taints::ASSEMBLED.with(Taints::PARAMETER)),
            )
            .acting(
                act(Deed::Send, "requests.post")
                    .tainted(Taints::DECODED)
                    .when(Trigger::Call),
            );
        assert_shows(&DisguisedCall, world, "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&DisguisedCall, demo().offline(), "incomplete: offline");
    }
}
