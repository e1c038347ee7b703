//! Points at code that runs unasked and that nobody could read.

use Severity::{Low, Medium};
use spip_core::{Act, Check, Context, Deed, Finding, Package, Severity, Stop, Taints, Trigger};

use crate::contents::{self, HOLE, NOTHING, Suspicions, is_early};

describe! {
    /// ## What it asks
    ///
    /// Does code run, unasked, a text that could not be read: the content of a data file, a value
    /// of another project, something that is put together from what is not known? Does the build
    /// of a source archive import machine code that lies in it? Does it run text that stands in the package for other ends: docstrings, comments, its metadata?
    ///
    /// Templates whose text is known but for some names are read; so are files of Python that another
    /// file runs, such as the version file that a `setup.py` reads.
    ///
    /// ## Why it matters
    ///
    /// What nobody has read was not judged, and the other checks know nothing of it. Honest code has
    /// modules for its code, not data files and comments.
    ///
    /// ## What to do
    ///
    /// Look at the place that is shown, and at the text that it runs.
    pub(super) struct UnseenCode {
        id: "unseen-code",
        summary: "code runs unasked that could not be read",
        worst: Medium,
        needs: Contents,
    }
}

impl Check for UnseenCode {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in contents.acts_of(Deed::Execute) {
            let (severity, what) = judge(act);
            suspicions.act(severity, what, act);
        }
        let native = contents.acts_of(Deed::LoadNative);
        for act in native.filter(|act| act.trigger == Trigger::Build) {
            let is_unseen = act.taints.any(Taints::UNSEEN);
            suspicions.act(
                is_unseen.then_some(Medium),
                "runs machine code that it brings along",
                act,
            );
        }
        suspicions.report("read the text that is run there", found);
        Ok(())
    }
}

fn judge(act: &Act) -> (Option<Severity>, &'static str) {
    let read_elsewhere = Taints::HIDDEN.with(Taints::DOWNLOADED);
    if !is_early(act.trigger) || act.taints.any(read_elsewhere) {
        return (NOTHING, "");
    }
    let is_source = act.taints.all(Taints::UNSEEN.with(Taints::CALLER_SOURCE));
    if act.taints.any(Taints::OWN_TEXT) || is_source {
        return (
            Some(Medium),
            "runs its own docstrings, comments or metadata as code",
        );
    }
    if !act.taints.any(Taints::UNSEEN) {
        return (NOTHING, "");
    }
    if act.taints.any(Taints::PACKAGE_DATA) && !is_chosen_elsewhere(act) {
        let severity = match act.trigger {
            Trigger::Build => Low,
            _ => Medium,
        };
        return (
            Some(severity),
            "runs a file that it brings along and that is no readable code",
        );
    }
    (Some(Low), "runs code that could not be read")
}

/// Whether the file that runs is one that a caller or a setting names.
fn is_chosen_elsewhere(act: &Act) -> bool {
    let is_loader = act.callee != "builtins.exec" && act.callee != "builtins.eval";
    let is_told = act
        .texts
        .iter()
        .any(|text| text.contains('/') && !text.contains(HOLE));
    act.taints.any(Taints::PARAMETER) || is_loader && !is_told
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::UnseenCode;
    use crate::testing::{act, assert_shows, demo};

    fn exec(taints: Taints) -> crate::testing::ActBuilder {
        act(Deed::Execute, "builtins.exec").tainted(taints)
    }

    #[test]
    fn flags_text_that_is_there_for_other_ends() {
        for taints in [Taints::OWN_TEXT, Taints::CALLER_SOURCE] {
            assert_shows(
                &UnseenCode,
                demo().acting(exec(taints.with(Taints::UNSEEN))),
                "medium: runs its own docstrings, comments or metadata as code, when it is imported",
            );
        }
    }

    #[test]
    fn flags_data_files_that_run() {
        let data = Taints::UNSEEN.with(Taints::FILE).with(Taints::PACKAGE_DATA);
        assert_shows(
            &UnseenCode,
            demo().acting(exec(data)),
            "medium: runs a file that it brings along and that is no readable code, when it is imported",
        );
        assert_shows(
            &UnseenCode,
            demo().acting(exec(data).when(Trigger::Build)),
            "low: runs a file that it brings along and that is no readable code, when it is built",
        );
    }

    #[test]
    fn flags_machine_code_that_a_build_imports() {
        let load = || act(Deed::LoadNative, "import").tainted(Taints::UNSEEN);
        assert_shows(
            &UnseenCode,
            demo().acting(load().when(Trigger::Build)),
            "medium: runs machine code that it brings along, when it is built",
        );
        assert_shows(&UnseenCode, demo().acting(load()), "complete");
    }

    #[test]
    fn flags_loaders_of_data_files_that_are_named() {
        let load =
            act(Deed::Execute, "runpy.run_path").tainted(Taints::UNSEEN.with(Taints::PACKAGE_DATA));
        for (path, expected) in [
            (
                "{package}/demo/core.dat",
                "medium: runs a file that it brings along and that is no readable code, when it is imported",
            ),
            (
                "{package}/demo/\u{fffc}",
                "low: runs code that could not be read, when it is imported",
            ),
        ] {
            let load = load.clone().texts(&[path]);
            assert_shows(&UnseenCode, demo().acting(load), expected);
        }
    }

    #[test]
    fn flags_what_comes_from_somewhere() {
        assert_shows(
            &UnseenCode,
            demo().acting(exec(Taints::UNSEEN)),
            "low: runs code that could not be read, when it is imported",
        );
    }

    #[test]
    fn accepts_what_was_read_what_is_called_and_what_others_judge() {
        let world = demo()
            .acting(exec(Taints::NONE))
            .acting(exec(Taints::FILE.with(Taints::PACKAGE_DATA)))
            .acting(exec(Taints::UNSEEN).when(Trigger::Call))
            .acting(exec(Taints::UNSEEN.with(Taints::DOWNLOADED)))
            .acting(act(Deed::Spawn, "os.system").tainted(Taints::UNSEEN));
        assert_shows(&UnseenCode, world, "complete");
    }

    #[test]
    fn does_not_apply_without_files() {
        assert_shows(
            &UnseenCode,
            demo().not_read(),
            "not applicable: its files were not fetched",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&UnseenCode, demo().offline(), "incomplete: offline");
    }
}
