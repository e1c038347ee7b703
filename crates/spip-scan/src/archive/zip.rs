//! Zip archives: the strict audit that says what members they hold.

mod read;
mod record;

use std::io;

use rawzip::{RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipLocator};
use spip_core::{Cause, Odd, Unread};

use crate::archive::names::{self, quoted};
use crate::archive::{Entry, Manners, What};
use crate::findings::Findings;
use crate::input::{ReadAt, read_part};
use crate::watch::Watch;

pub(crate) use read::ZipReader;

/// How far from the end the end record is looked for: its own size and the longest comment.
const TAIL: u64 = 22 + 0xffff;

/// A member and where its data is.
#[derive(Clone, Debug)]
pub(crate) struct ZipMember {
    /// What it is.
    pub(crate) entry: Entry,
    /// The packed data: first byte and the byte behind the last.
    data: (u64, u64),
    method: u16,
    crc: u32,
    /// Where its local header begins.
    header: u64,
    /// The data can be unpacked.
    readable: bool,
}

/// Bytes as `rawzip` wants them.
struct Bytes<'a>(&'a dyn ReadAt);

impl ReaderAt for Bytes<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

/// Reads the directory of an archive and compares it with everything else in the file.
pub(crate) fn list(
    bytes: &dyn ReadAt,
    manners: Manners,
    watch: &Watch<'_>,
    findings: &mut Findings,
) -> Result<Vec<ZipMember>, Unread> {
    let mut audit = Audit {
        bytes,
        manners,
        findings,
        members: Vec::new(),
    };
    let directory = audit.directory(watch)?;
    audit.tiles(directory);
    audit.duplicates();
    let entries: Vec<_> = audit.members.iter().map(|one| one.entry.clone()).collect();
    let members = audit.members;
    names::conflicts(&entries, manners, findings);
    Ok(members)
}

struct Audit<'a> {
    bytes: &'a dyn ReadAt,
    manners: Manners,
    findings: &'a mut Findings,
    members: Vec<ZipMember>,
}

/// An error that makes the whole archive unreadable.
fn broken(detail: impl std::fmt::Display) -> Unread {
    let mut detail = format!("no readable zip archive: {detail}").to_lowercase();
    detail.truncate(detail.floor_char_boundary(200));
    Unread {
        member: String::new(),
        cause: Cause::Malformed,
        detail,
    }
}

impl Audit<'_> {
    fn odd(&mut self, what: Odd, member: &str, detail: impl Into<String>) {
        let trigger = self.manners.trigger();
        self.findings.odd(what, trigger, member, detail);
    }

    /// Reads the directory and returns where it begins.
    fn directory(&mut self, watch: &Watch<'_>) -> Result<u64, Unread> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE.max(1 << 16)];
        let archive = ZipLocator::new()
            .max_search_space(TAIL)
            .locate_in_reader(Bytes(self.bytes), &mut buffer, self.bytes.len())
            .map_err(|(_, error)| broken(error))?;
        self.tail(archive.eocd_offset(), archive.end_offset());
        let counted = archive.entries_hint();
        let begin = archive.directory_offset();
        let record = archive.eocd_offset();
        let mut end = begin;
        let mut entries = archive.entries(&mut buffer);
        let mut count = 0;
        let mut headers = Vec::new();
        while let Some(found) = entries.next_entry().map_err(broken)? {
            count += 1;
            if count > watch.limits.members {
                return Err(too_many(watch.limits.members));
            }
            let lengths = found.file_path().as_ref().len()
                + found.comment().as_bytes().len()
                + record::extra_length(&found);
            end = found.central_directory_offset() + 46 + lengths as u64;
            headers.push(record::Central::new(&found));
        }
        if counted != count as u64 {
            let detail =
                format!("the end record counts {counted} members, the directory holds {count}");
            self.odd(Odd::HeaderMismatch, "", detail);
        }
        self.end_records(begin, end, record)?;
        for central in headers {
            if watch.is_late() {
                break;
            }
            let member = self.member(&central, watch);
            self.members.push(member);
        }
        Ok(begin)
    }

    /// What stands behind the end record.
    fn tail(&mut self, record: u64, end: u64) {
        let length = self.bytes.len();
        if end < length {
            let detail = format!("{} bytes behind the end of the archive", length - end);
            self.odd(Odd::DataOutside, "", detail);
        }
        let count = usize::try_from(end.saturating_sub(record + 22)).unwrap_or(0);
        if count == 0 {
            return;
        }
        let comment = read_part(self.bytes, record + 22, count).unwrap_or_default();
        let holds_archive = comment.windows(2).any(|pair| pair == b"PK");
        if holds_archive || self.manners == Manners::Wheel {
            let detail = format!("a comment of {count} bytes behind the directory");
            self.odd(Odd::DataOutside, "", detail);
        }
    }

    /// The end records must tell where the directory is, and nothing may lie in between: readers
    /// find the directory by different fields.
    fn end_records(&mut self, begin: u64, end: u64, record: u64) -> Result<(), Unread> {
        let told = record::End::read(self.bytes, record).map_err(broken)?;
        for detail in told.compare(begin, end) {
            self.odd(Odd::HeaderMismatch, "", detail);
        }
        let gap = told.begin.saturating_sub(end);
        if gap > 0 {
            let detail = format!("{gap} bytes between the directory and the end record");
            self.odd(Odd::DataOutside, "", detail);
        }
        Ok(())
    }

    /// Reads the local header of a member and compares it with the directory.
    fn member(&mut self, central: &record::Central, watch: &Watch<'_>) -> ZipMember {
        let path = central.path.clone();
        let wrong = names::problem(&path, self.manners);
        if let Some(wrong) = wrong {
            self.odd(Odd::UnsafePath, &path, wrong);
        }
        let too_long = path.len() > watch.limits.path;
        if too_long {
            let detail = format!("the path has {} bytes", path.len());
            self.odd(Odd::UnsafePath, &path, detail);
        }
        let mut readable = true;
        let data = match record::Local::read(self.bytes, central.header) {
            Ok(local) => {
                for (odd, detail) in local.compare(central) {
                    self.odd(odd, &path, detail);
                }
                (local.data, local.data.saturating_add(central.packed))
            }
            Err(error) => {
                self.odd(
                    Odd::HeaderMismatch,
                    &path,
                    format!("no local header: {error}"),
                );
                readable = false;
                (central.header, central.header)
            }
        };
        readable &= self.method(central);
        let what = self.what(central);
        ZipMember {
            entry: Entry {
                path,
                size: central.size,
                what,
            },
            data,
            method: central.method,
            crc: central.crc,
            header: central.header,
            readable,
        }
    }

    /// Whether the data can be unpacked.
    fn method(&mut self, central: &record::Central) -> bool {
        if central.encrypted() {
            self.odd(Odd::Encrypted, &central.path, "the member is encrypted");
            return false;
        }
        if central.patched() {
            self.odd(Odd::Malformed, &central.path, "a patch of another file");
            return false;
        }
        let known = matches!(central.method, 0 | 8);
        if !known {
            let detail = format!("packed by method {}", central.method);
            self.odd(Odd::Malformed, &central.path, detail);
        }
        known
    }

    fn what(&mut self, central: &record::Central) -> What {
        if central.path.ends_with('/') {
            if central.size > 0 {
                let detail = format!("a directory with {} bytes of data", central.size);
                self.odd(Odd::Malformed, &central.path, detail);
                return What::File;
            }
            return What::Directory;
        }
        match central.mode & 0o170_000 {
            0o120_000 => {
                // Installers write the target's text into a file.
                self.odd(Odd::Link, &central.path, "a symbolic link in a zip archive");
            }
            0o040_000 | 0o100_000 | 0 => {}
            other => {
                let detail = format!("a device or pipe (mode {other:o})");
                self.odd(Odd::Device, &central.path, detail);
            }
        }
        What::File
    }

    /// Members must stand one behind the other from the first byte to the directory.
    fn tiles(&mut self, directory: u64) {
        let mut order: Vec<usize> = (0..self.members.len()).collect();
        order.sort_by_key(|index| self.members[*index].header);
        let mut end = 0;
        let mut previous: Option<usize> = None;
        for index in order {
            let header = self.members[index].header;
            self.seam(previous, end, header);
            end = self.members[index].data.1.max(end);
            previous = Some(index);
        }
        self.seam(previous, end, directory);
    }

    /// Looks at what lies between a member and what comes next.
    fn seam(&mut self, previous: Option<usize>, end: u64, next: u64) {
        let Some(previous) = previous else {
            if next > 0 {
                let detail = format!("{next} bytes before the first member");
                self.odd(Odd::DataOutside, "", detail);
            }
            return;
        };
        let path = self.members[previous].entry.path.clone();
        if next < end {
            self.members[previous].readable = false;
            self.odd(Odd::Malformed, &path, "overlaps with what comes next");
            return;
        }
        let gap = next - end;
        if gap == 0 {
            return;
        }
        let member = &self.members[previous];
        let packed = member.data.1.saturating_sub(member.data.0);
        let between = read_part(self.bytes, end, 24).unwrap_or_default();
        let count = usize::try_from(gap).unwrap_or(usize::MAX);
        let descriptor = between.get(..count).is_some_and(|found| {
            record::is_descriptor(found, member.crc, packed, member.entry.size)
        });
        if !descriptor {
            let detail = format!("{gap} bytes between this member and the next");
            self.odd(Odd::DataOutside, &path, detail);
        }
    }

    fn duplicates(&mut self) {
        let mut seen = hashbrown::HashSet::new();
        let twice: Vec<String> = self
            .members
            .iter()
            .filter(|member| !seen.insert(member.entry.path.as_str()))
            .map(|member| member.entry.path.clone())
            .collect();
        drop(seen);
        for path in twice {
            let detail = format!("two members are named {}", quoted(&path));
            self.odd(Odd::DuplicateName, &path, detail);
        }
    }
}

/// More members than a scan looks at.
pub(crate) fn too_many(bound: usize) -> Unread {
    Unread {
        member: String::new(),
        cause: Cause::TooLarge,
        detail: format!("more than {bound} members"),
    }
}
