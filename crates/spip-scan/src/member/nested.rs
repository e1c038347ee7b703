//! Archives within archives.

use std::io;

use spip_core::{Cause, Odd, Trigger};

use crate::archive::{Manners, tar, zip};
use crate::findings::Findings;
use crate::layout::Aside;
use crate::member::Examiner;
use crate::module::INSIDE;
use crate::spread::{cost, spread};

/// Formats that are zip archives, hold no Python and are read by programs of their own.
const OTHERS: &[&str] = &[
    "docx", "xlsx", "xlsm", "xltx", "pptx", "odt", "ods", "odp", "odg", "jar", "war", "ear", "aar",
    "apk", "ipa", "epub", "kmz", "xpi", "crx", "vsix", "nupkg", "3mf", "usdz", "cbz", "twbx",
    "hwpx",
];

/// Whether a member is an archive that could hold code.
pub(crate) fn is_archive(path: &str, head: &[u8]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if head.starts_with(b"PK\x03\x04") {
        return !OTHERS.contains(&ending);
    }
    let packed = head.starts_with(b"\x1f\x8b")
        || head.starts_with(b"BZh")
        || head.starts_with(b"\xfd7zXZ\0");
    let named = [".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz"];
    head.get(257..262) == Some(b"ustar") || (packed && named.iter().any(|end| name.ends_with(end)))
}

/// Looks into an archive. What is wrong with the archive itself is nobody's business: nothing
/// unpacks it by itself.
pub(crate) fn look(outer: &Examiner<'_>, path: &str, bytes: &[u8], trigger: Trigger) -> Findings {
    let inner = Examiner {
        watch: outer.watch,
        layout: &Aside,
        depth: outer.depth + 1,
    };
    let mut found = Findings::default();
    let mut ignored = Findings::default();
    if bytes.starts_with(b"PK") {
        let members = zip::list(&bytes, Manners::Source, outer.watch, &mut ignored);
        let encrypted = ignored
            .oddities
            .iter()
            .any(|odd| odd.what == Odd::Encrypted);
        if encrypted && trigger != Trigger::Never {
            let detail = "an archive with encrypted members";
            found.odd(Odd::Encrypted, trigger, path, detail);
        }
        let look = |member: &zip::ZipMember| {
            if outer.watch.is_late() || !member.entry.is_file() {
                return None;
            }
            let mut data = zip::ZipReader::new(&bytes, member, outer.watch)?;
            let name = format!("{path}{INSIDE}{}", member.entry.path);
            let examined = inner.examine(&name, member.entry.size, &mut data, None);
            Some(examined.findings)
        };
        let members = members.unwrap_or_default();
        let looked = spread(
            &members,
            |member| cost(&member.entry.path, member.entry.size),
            look,
        );
        for one in looked.into_iter().flatten() {
            found.absorb(one);
        }
    } else {
        let result = tar::walk(&bytes, outer.watch, &mut ignored, &mut |entry, data| {
            if entry.is_file() {
                let name = format!("{path}{INSIDE}{}", entry.path);
                found.absorb(inner.examine(&name, entry.size, data, None).findings);
            }
            if outer.watch.was_late() {
                return Err(io::Error::other("took too long"));
            }
            Ok(())
        });
        if let Err(unread) = result
            && unread.cause == Cause::TooLarge
        {
            found.unread(path, unread.cause, unread.detail);
        }
    }
    // A broken archive is data like any other.
    found
        .unread
        .retain(|unread| unread.cause == Cause::TooLarge);
    found
}
