//! Refuses code that hides its payload from its reader and runs it.

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Context, Deed, Finding, Odd, Package, Severity, Stop, Taints, Trigger,
};

use crate::contents::{self, NOTHING, Suspicions, is_constant, is_early, runs_as_program, weigh};

describe! {
    /// ## What it asks
    ///
    /// Does the code run something that it first decodes, decompresses, decrypts or unmarshals: Python
    /// code, a command, a native library, also where the text lies in one module and is run by another?
    /// Does it do anything that only shows once such layers are taken off? Does it carry protected byte code with its loader?
    ///
    /// It weighs most where it runs unasked: at build, at the start of the interpreter, at import.
    /// Templates, version files and caches of byte code that readable code compiles are left alone.
    ///
    /// ## Why it matters
    ///
    /// Honest code has nothing to hide from whoever reads it. Encoded payloads are how most hijacked
    /// releases carried what they did.
    ///
    /// ## What to do
    ///
    /// Do not install it. Look at the place that is shown, and compare it with the project's repository.
    pub(super) struct EncodedExecution {
        id: "encoded-execution",
        summary: "code runs what it has decoded, decrypted or unmarshalled",
        worst: High,
        needs: Contents,
    }
}

impl Check for EncodedExecution {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in &contents.acts {
            suspicions.act(severity(act), what(act), act);
        }
        for oddity in contents.odd(|odd| odd == Odd::ProtectedCode) {
            let severity = weigh(oddity.trigger, Medium, Low);
            suspicions.oddity(severity, "runs code that is protected from reading", oddity);
        }
        suspicions.report(
            "compare it with the project's repository before you trust it",
            found,
        );
        Ok(())
    }
}

fn what(act: &Act) -> &'static str {
    match act.deed {
        Deed::Spawn => "starts a program that it has decoded",
        Deed::LoadNative => "loads native code that it has decoded",
        Deed::Write => "writes a program that it has decoded",
        _ => "runs code that it has decoded",
    }
}

fn severity(act: &Act) -> Option<Severity> {
    let hidden = act.taints.only(Taints::HIDDEN);
    let is_decoded = hidden.any(Taints::DECODED.with(Taints::DECRYPTED));
    // The payload stands in the code or in a file beside it: nobody else could have put it there.
    let is_carried = is_constant(act.taints) || act.taints.any(Taints::PACKAGE_DATA);
    let own = match act.deed {
        // Workers are handed functions in pickles all day.
        Deed::Execute if is_carried && hidden == Taints::UNMARSHALLED && is_handed_over(act) => {
            // Tests of what can be pickled do nothing else.
            let is_reached = act.trigger != Trigger::Never;
            weigh(act.trigger, High, Low).filter(|_| is_reached)
        }
        Deed::Execute if is_carried && !hidden.is_empty() => weigh(act.trigger, High, Medium),
        Deed::Execute if is_decoded => weigh(act.trigger, High, Low),
        // Byte code caches: import hooks of test tools and template engines.
        Deed::Execute if !hidden.is_empty() => weigh(act.trigger, Medium, NOTHING),
        Deed::Spawn | Deed::LoadNative if is_decoded && is_carried => {
            weigh(act.trigger, High, Medium)
        }
        Deed::Spawn | Deed::LoadNative if is_decoded => weigh(act.trigger, Medium, NOTHING),
        Deed::Write if is_decoded && is_carried && is_early(act.trigger) => {
            let is_program = act.texts.first().is_some_and(|path| runs_as_program(path));
            is_program.then_some(Medium)
        }
        _ => None,
    };
    own.max(beneath(act))
}

/// Whether something unpickled is called, rather than code made into a function.
fn is_handed_over(act: &Act) -> bool {
    act.callee == "<deserialized>()" && !act.taints.any(Taints::PACKAGE_DATA)
}

/// What shows only when layers are taken off was meant not to show.
fn beneath(act: &Act) -> Option<Severity> {
    if act.layers == 0 || matches!(act.deed, Deed::Gate | Deed::Resolve | Deed::Unpickle) {
        return None;
    }
    // Code that code generators write evaluates this and that.
    let grave = Taints::HIDDEN
        .with(Taints::DOWNLOADED)
        .with(Taints::PACKAGE_DATA);
    if act.deed == Deed::Execute && !act.taints.any(grave) && !act.disguised && act.layers == 1 {
        return None;
    }
    weigh(act.trigger, High, Medium)
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Odd, Taints, Trigger};

    use super::EncodedExecution;
    use crate::testing::{act, assert_shows, demo};

    fn exec(taints: Taints) -> crate::testing::ActBuilder {
        act(Deed::Execute, "builtins.exec").tainted(taints)
    }

    #[test]
    fn accepts_tests_that_call_what_they_have_unpickled() {
        let call = act(Deed::Execute, "<deserialized>()").tainted(Taints::UNMARSHALLED);
        assert_shows(
            &EncodedExecution,
            demo().acting(call.clone().when(Trigger::Never)),
            "complete",
        );
        let expected = "low: runs code that it has decoded, when it is used";
        assert_shows(
            &EncodedExecution,
            demo().acting(call.when(Trigger::Call)),
            expected,
        );
    }

    #[test]
    fn flags_a_decoded_payload_by_when_it_runs() {
        for (trigger, expected) in [
            (
                Trigger::Build,
                "high: runs code that it has decoded, when it is built",
            ),
            (
                Trigger::Start,
                "high: runs code that it has decoded, at every start of the interpreter",
            ),
            (
                Trigger::Import,
                "high: runs code that it has decoded, when it is imported",
            ),
            (
                Trigger::Call,
                "medium: runs code that it has decoded, when it is used",
            ),
            (
                Trigger::Never,
                "low: runs code that it has decoded, only by hand: nothing installed reaches it",
            ),
        ] {
            let world = demo().acting(exec(Taints::DECODED).when(trigger));
            assert_shows(&EncodedExecution, world, expected);
        }
    }

    #[test]
    fn flags_payloads_in_data_files_and_byte_code() {
        let expected = "high: runs code that it has decoded, when it is imported";
        for taints in [
            Taints::UNMARSHALLED,
            Taints::DECRYPTED.with(Taints::PACKAGE_DATA),
            Taints::UNMARSHALLED
                .with(Taints::PACKAGE_DATA)
                .with(Taints::FILE),
            Taints::DECODED.with(Taints::FILE),
        ] {
            assert_shows(&EncodedExecution, demo().acting(exec(taints)), expected);
        }
    }

    #[test]
    fn flags_what_shows_under_layers() {
        let hidden = act(Deed::Spawn, "os.system").under(3);
        let expected = "high: starts a program that it has decoded, when it is imported";
        assert_shows(&EncodedExecution, demo().acting(hidden), expected);
    }

    #[test]
    fn flags_decoded_commands_libraries_and_programs() {
        for (deed, expected) in [
            (
                Deed::Spawn,
                "high: starts a program that it has decoded, when it is imported",
            ),
            (
                Deed::LoadNative,
                "high: loads native code that it has decoded, when it is imported",
            ),
            (
                Deed::Write,
                "medium: writes a program that it has decoded, when it is imported",
            ),
        ] {
            let act = act(deed, "x")
                .tainted(Taints::DECODED)
                .texts(&["/tmp/x.exe"]);
            assert_shows(&EncodedExecution, demo().acting(act), expected);
        }
    }

    #[test]
    fn flags_protected_code_as_something_to_ask_about() {
        let world = demo().odd(
            Odd::ProtectedCode,
            Trigger::Import,
            "demo/core.py",
            "PyArmor",
        );
        let expected = "medium: runs code that is protected from reading, when it is imported";
        assert_shows(&EncodedExecution, world, expected);
    }

    #[test]
    fn accepts_readable_code_caches_and_icons() {
        let world = demo()
            .acting(exec(Taints::NONE))
            .acting(exec(Taints::FILE).when(Trigger::Build))
            .acting(exec(Taints::UNMARSHALLED.with(Taints::FILE)).when(Trigger::Call))
            .acting(exec(Taints::UNMARSHALLED.with(Taints::PARAMETER)).when(Trigger::Call))
            .acting(
                act(Deed::Write, "open")
                    .tainted(Taints::DECODED)
                    .texts(&["/tmp/icon.png"]),
            )
            .acting(
                act(Deed::Spawn, "subprocess.run")
                    .tainted(Taints::DECODED.with(Taints::PARAMETER))
                    .when(Trigger::Call),
            );
        assert_shows(&EncodedExecution, world, "complete");
    }

    #[test]
    fn does_not_apply_without_files() {
        assert_shows(
            &EncodedExecution,
            demo().not_read(),
            "not applicable: its files were not fetched",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&EncodedExecution, demo().offline(), "incomplete: offline");
    }
}
