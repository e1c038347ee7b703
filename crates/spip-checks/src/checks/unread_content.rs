//! Says what of the files could not be read.

use spip_core::{Check, Context, Finding, Package, Stop};

use crate::contents;

describe! {
    /// ## What it asks
    ///
    /// Could every file of the artifact be read within its bounds? This check finds nothing by
    /// itself; it is the one place where unread files are reported, so that the other checks of contents
    /// do not repeat them.
    ///
    /// ## Why it matters
    ///
    /// A file that nobody could read was not judged. Files are made too large, too deep or too broken on
    /// purpose.
    ///
    /// ## What to do
    ///
    /// Look at the file that is named, or install from another source.
    pub(super) struct UnreadContent {
        id: "unread-content",
        summary: "some of the files could not be read",
        worst: High,
        needs: Artifact,
    }
}

impl Check for UnreadContent {
    fn run(&self, package: &Package, cx: &Context<'_>, _: &mut Vec<Finding>) -> Result<(), Stop> {
        Ok(contents::read(package, cx)?.complete()?)
    }
}

#[cfg(test)]
mod tests {
    use super::UnreadContent;
    use crate::testing::{assert_shows, demo};

    #[test]
    fn flags_unread_files_as_a_gap() {
        assert_shows(
            &UnreadContent,
            demo().unreadable("demo/huge.py"),
            "incomplete: too-large",
        );
    }

    #[test]
    fn accepts_files_that_were_all_read() {
        assert_shows(&UnreadContent, demo(), "complete");
    }

    #[test]
    fn does_not_apply_without_files() {
        assert_shows(
            &UnreadContent,
            demo().not_read(),
            "not applicable: its files were not fetched",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&UnreadContent, demo().offline(), "incomplete: offline");
    }
}
