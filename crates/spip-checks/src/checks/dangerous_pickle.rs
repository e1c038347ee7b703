//! Points at pickles that run code when they are loaded.

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Contents, Context, Deed, Finding, Odd, Oddity, Package, Severity, Stop, Taints,
    Trigger,
};

use crate::contents::{self, NOTHING, Suspicions, is_constant, is_early, weigh};

describe! {
    /// ## What it asks
    ///
    /// Does a pickle in the artifact (also inside a model file) call functions that no data needs: the
    /// shell, `exec`, the import system? Does code unpickle, unasked, what it carries in encoded form?
    ///
    /// ## Why it matters
    ///
    /// A pickle is a program. Loading a model or a cache runs it.
    ///
    /// ## What to do
    ///
    /// Do not load the file. Models are published in formats that hold nothing but numbers.
    pub(super) struct DangerousPickle {
        id: "dangerous-pickle",
        summary: "a pickle runs code when it is loaded",
        worst: High,
        needs: Contents,
    }
}

impl Check for DangerousPickle {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for oddity in contents.odd(|odd| odd == Odd::DangerousPickle) {
            let severity = pickle(&contents, oddity);
            suspicions.oddity(
                Some(severity),
                "has a pickle that runs code when it is loaded",
                oddity,
            );
        }
        suspicions.report_facts("do not load the file", found);
        let mut suspicions = Suspicions::default();
        for act in contents.acts_of(Deed::Unpickle) {
            suspicions.act(
                unpickled(act),
                "unpickles what it carries in encoded form",
                act,
            );
        }
        suspicions.report(
            "do not install it before somebody has looked into the pickle",
            found,
        );
        Ok(())
    }
}

fn pickle(contents: &Contents, oddity: &Oddity) -> Severity {
    let is_loaded = contents
        .acts_of(Deed::Unpickle)
        .any(|act| is_early(act.trigger));
    match oddity.trigger {
        Trigger::Never => Low,
        _ if is_loaded || is_early(oddity.trigger) || calls_the_system(&oddity.detail) => High,
        _ => Medium,
    }
}

/// Whether the pickle names what runs programs or code. Unknown functions may be anything.
fn calls_the_system(detail: &str) -> bool {
    [
        "os.",
        "os ",
        "posix",
        "nt.",
        "nt ",
        "subprocess",
        "pty",
        "exec",
        "eval",
        "__import__",
        "runpy",
        "socket",
        "shutil",
        "webbrowser",
        "importlib",
        "pip",
        "commands",
        "urllib",
        "requests",
    ]
    .iter()
    .any(|it| detail.contains(it))
}

fn unpickled(act: &Act) -> Option<Severity> {
    let hidden = Taints::DECODED.with(Taints::DECRYPTED);
    let is_carried = act.taints.any(hidden) && is_constant(act.taints);
    is_carried
        .then(|| weigh(act.trigger, Medium, NOTHING))
        .flatten()
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Odd, Taints, Trigger};

    use super::DangerousPickle;
    use crate::testing::{World, act, assert_shows, demo};

    fn pickle(trigger: Trigger, detail: &str) -> World {
        demo().odd(Odd::DangerousPickle, trigger, "demo/model.pkl", detail)
    }

    #[test]
    fn flags_pickles_that_call_the_system() {
        let expected = "high: has a pickle that runs code when it is loaded";
        assert_shows(
            &DangerousPickle,
            pickle(Trigger::Call, "calls posix.system"),
            expected,
        );
    }

    #[test]
    fn flags_pickles_that_code_loads_unasked() {
        let world =
            pickle(Trigger::Call, "calls zz.thing").acting(act(Deed::Unpickle, "pickle.load"));
        assert_shows(
            &DangerousPickle,
            world,
            "high: has a pickle that runs code when it is loaded",
        );
        let world = pickle(Trigger::Call, "calls zz.thing");
        assert_shows(
            &DangerousPickle,
            world,
            "medium: has a pickle that runs code when it is loaded",
        );
    }

    #[test]
    fn flags_encoded_pickles() {
        let loads = act(Deed::Unpickle, "pickle.loads").tainted(Taints::DECODED);
        let expected = "medium: unpickles what it carries in encoded form, when it is imported";
        assert_shows(&DangerousPickle, demo().acting(loads), expected);
    }

    #[test]
    fn accepts_data_and_test_files_with_a_word() {
        let world = demo()
            .acting(act(Deed::Unpickle, "pickle.load").tainted(Taints::FILE))
            .acting(
                act(Deed::Unpickle, "pickle.loads")
                    .tainted(Taints::DECODED)
                    .when(Trigger::Call),
            );
        assert_shows(&DangerousPickle, world, "complete");
        let expected = "low: has a pickle that runs code when it is loaded";
        assert_shows(
            &DangerousPickle,
            pickle(Trigger::Never, "calls posix.system"),
            expected,
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&DangerousPickle, demo().offline(), "incomplete: offline");
    }
}
