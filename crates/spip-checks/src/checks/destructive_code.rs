//! Refuses code that wipes homes, disks and systems.

use Severity::{High, Medium};
use spip_core::{Act, Check, Context, Deed, Finding, Package, Severity, Stop, Taints};

use crate::contents::{self, Menace, NOTHING, Suspicions, commands, is_home_or_root, weigh};

describe! {
    /// ## What it asks
    ///
    /// Does the code delete a whole home directory, disk or system, or walk through a home directory and
    /// delete or overwrite what it finds? Does it start a command that formats, wipes or exhausts the machine?
    ///
    /// Deleting build folders, caches and temporary files is ordinary.
    ///
    /// ## Why it matters
    ///
    /// Wipers are rare and final.
    ///
    /// ## What to do
    ///
    /// Do not install it.
    pub(super) struct DestructiveCode {
        id: "destructive-code",
        summary: "code wipes homes, disks or systems",
        worst: High,
        needs: Contents,
    }
}

impl Check for DestructiveCode {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in contents.acts_of(Deed::Delete) {
            suspicions.act(deleted(act), "deletes whole homes or systems", act);
        }
        for act in contents.acts_of(Deed::Write) {
            suspicions.act(
                overwritten(act),
                "overwrites files that it finds in homes",
                act,
            );
        }
        for command in commands(&contents) {
            if command.menaces().contains(&Menace::Destroys) {
                let on_use = if command.is_known() { High } else { Medium };
                let severity = weigh(command.trigger, High, on_use);
                suspicions.command(severity, "deletes whole homes or systems", &command);
            }
        }
        suspicions.report("do not install it", found);
        Ok(())
    }
}

fn deleted(act: &Act) -> Option<Severity> {
    let taints = act.taints;
    let path = act.texts.first().map_or("", String::as_str);
    let is_bare = path
        .chars()
        .all(|it| matches!(it, '\u{fffc}' | '/' | '\\' | '*'));
    let is_open = taints.any(
        Taints::PARAMETER
            .with(Taints::TEMPORARY)
            .with(Taints::PACKAGE_DATA),
    );
    let is_home = taints.any(Taints::HOME) && is_bare && !is_open;
    match () {
        () if is_home_or_root(path) && !takes_one_file(act) => weigh(act.trigger, High, High),
        () if is_home && taints.any(Taints::FILE_LISTING) => weigh(act.trigger, High, Medium),
        // What is joined to the home directory may not be known.
        () if is_home => weigh(act.trigger, Medium, NOTHING),
        () => None,
    }
}

/// Whether the call can delete no more than one file or empty directory, and nothing walks.
fn takes_one_file(act: &Act) -> bool {
    let name = act.callee.rsplit('.').next().unwrap_or_default();
    let is_single = matches!(name, "unlink" | "remove" | "rmdir");
    is_single && !act.taints.any(Taints::FILE_LISTING)
}

/// Files that are found by walking through a home and written again: a worm, or a ransom.
fn overwritten(act: &Act) -> Option<Severity> {
    let is_found = act.taints.all(Taints::FILE_LISTING.with(Taints::HOME));
    let is_open = act.taints.any(Taints::PARAMETER.with(Taints::TEMPORARY));
    (is_found && !is_open)
        .then(|| weigh(act.trigger, High, Medium))
        .flatten()
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::DestructiveCode;
    use crate::testing::{ActBuilder, act, assert_shows, demo};

    fn delete(path: &str) -> ActBuilder {
        act(Deed::Delete, "shutil.rmtree").texts(&[path])
    }

    #[test]
    fn flags_whole_homes_and_systems() {
        for path in ["/", "~", "C:\\", "/home"] {
            let expected = "high: deletes whole homes or systems, when it is imported";
            assert_shows(&DestructiveCode, demo().acting(delete(path)), expected);
        }
        let walked = delete("\u{fffc}")
            .tainted(Taints::HOME.with(Taints::FILE_LISTING))
            .when(Trigger::Call);
        assert_shows(
            &DestructiveCode,
            demo().acting(walked),
            "medium: deletes whole homes or systems, when it is used",
        );
    }

    #[test]
    fn flags_commands_that_wipe() {
        let spawn = act(Deed::Spawn, "os.system")
            .texts(&["rm -rf ~/"])
            .when(Trigger::Call);
        assert_shows(
            &DestructiveCode,
            demo().acting(spawn),
            "high: deletes whole homes or systems, when it is used",
        );
    }

    #[test]
    fn flags_files_that_are_overwritten_in_homes() {
        let write =
            act(Deed::Write, "open().write").tainted(Taints::HOME.with(Taints::FILE_LISTING));
        assert_shows(
            &DestructiveCode,
            demo().acting(write),
            "high: overwrites files that it finds in homes, when it is imported",
        );
    }

    #[test]
    fn accepts_build_folders_caches_and_temporary_files() {
        let world = demo()
            .acting(delete("build").when(Trigger::Build))
            .acting(delete("\u{fffc}").tainted(Taints::TEMPORARY))
            .acting(delete("~/.cache/demo").tainted(Taints::HOME))
            .acting(delete("\u{fffc}/.cache/\u{fffc}").tainted(Taints::HOME))
            .acting(delete("\u{fffc}").tainted(Taints::HOME).when(Trigger::Call))
            .acting(delete("\u{fffc}").tainted(Taints::PARAMETER.with(Taints::FILE_LISTING)));
        assert_shows(&DestructiveCode, world, "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&DestructiveCode, demo().offline(), "incomplete: offline");
    }
}
