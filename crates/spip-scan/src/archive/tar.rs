//! Tar archives: a walk through their members with every header looked at.

use std::io::{self, Read};

use spip_core::{Odd, Unread};
use tar::{Archive, EntryType, Header, PaxExtensions};

use crate::archive::names::{self, quoted};
use crate::archive::zip::too_many;
use crate::archive::{Entry, Manners, What, compression};
use crate::findings::Findings;
use crate::input::ReadAt;
use crate::watch::{Watch, unread};

/// How long a header for long names may be.
const LONG_HEADER: u64 = 1 << 20;

/// What is done with each member: its entry and its data.
pub(crate) type Visit<'v> = dyn FnMut(Entry, &mut dyn Read) -> io::Result<()> + 'v;

/// Visits the members of an archive in order. What is wrong with it goes to the findings; an
/// error says that it could not be read to its end.
pub(crate) fn walk(
    bytes: &dyn ReadAt,
    watch: &Watch<'_>,
    findings: &mut Findings,
    visit: &mut Visit<'_>,
) -> Result<(), Unread> {
    let stream = compression::Unpacked::new(bytes).map_err(|error| unread("", &error))?;
    let packed = bytes.len().max(1);
    let mut archive = Archive::new(watch.over(stream, Some(packed)));
    let mut walk = Walk {
        watch,
        findings,
        next: Next::default(),
        count: 0,
    };
    walk.members(&mut archive, visit)?;
    let mut rest = archive.into_inner();
    let behind = compression::count_behind(&mut rest).map_err(|error| unread("", &error))?;
    walk.behind(behind, "the end of the archive");
    walk.behind(rest.into_inner().behind, "the compressed archive");
    Ok(())
}

/// What extension headers say about the member that comes next.
#[derive(Default)]
struct Next {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

struct Walk<'a> {
    watch: &'a Watch<'a>,
    findings: &'a mut Findings,
    next: Next,
    count: usize,
}

impl Walk<'_> {
    fn odd(&mut self, what: Odd, member: &str, detail: impl Into<String>) {
        let trigger = Manners::Source.trigger();
        self.findings.odd(what, trigger, member, detail);
    }

    fn behind(&mut self, count: u64, what: &str) {
        if count > 0 {
            self.odd(Odd::DataOutside, "", format!("{count} bytes behind {what}"));
        }
    }

    fn members<R: Read>(
        &mut self,
        archive: &mut Archive<R>,
        visit: &mut Visit<'_>,
    ) -> Result<(), Unread> {
        let entries = archive.entries().map_err(|error| unread("", &error))?;
        for entry in entries.raw(true) {
            let mut entry = entry.map_err(|error| unread("", &error))?;
            self.count += 1;
            // Each member may have a few headers of its own.
            if self.count > self.watch.limits.members.saturating_mul(3) {
                return Err(too_many(self.watch.limits.members));
            }
            let header = entry.header().clone();
            let size = entry.size();
            if self.is_extension(&header, size, &mut entry)? {
                continue;
            }
            let next = std::mem::take(&mut self.next);
            let member = self.member(&header, size, &next)?;
            if let Some(member) = member {
                let path = member.path.clone();
                visit(member, &mut entry).map_err(|error| unread(&path, &error))?;
            }
        }
        Ok(())
    }

    /// Reads a header that only says something about the next member.
    fn is_extension(
        &mut self,
        header: &Header,
        size: u64,
        data: &mut dyn Read,
    ) -> Result<bool, Unread> {
        let kind = header.entry_type();
        let long = kind.is_gnu_longname() || kind.is_gnu_longlink();
        let pax = kind.is_pax_local_extensions() || kind.as_byte() == b'X';
        if !long && !pax && !kind.is_pax_global_extensions() {
            return Ok(false);
        }
        if size > LONG_HEADER {
            return Err(malformed(format!("a header of {size} bytes")));
        }
        let mut text = Vec::new();
        data.read_to_end(&mut text)
            .map_err(|error| unread("", &error))?;
        if (text.len() as u64) < size {
            return Err(malformed("cut off".to_owned()));
        }
        if pax {
            self.pax(&text)?;
        } else if kind.is_pax_global_extensions() {
            self.pax_global(&text);
        } else {
            let end = text.iter().position(|byte| *byte == 0);
            text.truncate(end.unwrap_or(text.len()));
            let place = if kind.is_gnu_longname() {
                &mut self.next.path
            } else {
                &mut self.next.link
            };
            if place.replace(text).is_some() {
                self.odd(
                    Odd::HeaderMismatch,
                    "",
                    "two headers give one member its name",
                );
            }
        }
        Ok(true)
    }

    fn pax(&mut self, text: &[u8]) -> Result<(), Unread> {
        for record in PaxExtensions::new(text) {
            let record = record.map_err(|error| unread("", &error))?;
            let value = record.value_bytes().to_vec();
            match record.key_bytes() {
                b"path" | b"linkpath" => {
                    let place = if record.key_bytes() == b"path" {
                        &mut self.next.path
                    } else {
                        &mut self.next.link
                    };
                    if place.as_ref().is_some_and(|before| *before != value) {
                        self.odd(
                            Odd::HeaderMismatch,
                            "",
                            "two headers give one member its name",
                        );
                    }
                    let place = if record.key_bytes() == b"path" {
                        &mut self.next.path
                    } else {
                        &mut self.next.link
                    };
                    *place = Some(value);
                }
                b"size" => {
                    let told = record.value().ok().and_then(|text| text.parse().ok());
                    // A size that is no number is one to other readers.
                    let told = told.ok_or_else(|| malformed("a size that is no number".to_owned()));
                    self.next.size = Some(told?);
                }
                key if key.starts_with(b"GNU.sparse") => self.next.sparse = true,
                _ => {}
            }
        }
        Ok(())
    }

    /// Readers differ in whether names in global headers are meant for the members behind.
    fn pax_global(&mut self, text: &[u8]) {
        let tells = |key: &[u8]| matches!(key, b"path" | b"linkpath" | b"size");
        let named = PaxExtensions::new(text)
            .flatten()
            .any(|record| tells(record.key_bytes()));
        if named {
            self.odd(Odd::HeaderMismatch, "", "a global header names members");
        }
    }

    /// Makes an entry of a member's headers; `None` for the top of the archive itself.
    fn member(&mut self, header: &Header, size: u64, next: &Next) -> Result<Option<Entry>, Unread> {
        let raw = match &next.path {
            Some(path) => path.clone(),
            None => header.path_bytes().into_owned(),
        };
        let written = String::from_utf8_lossy(&raw).into_owned();
        let path = normal(&written);
        if next.size.is_some_and(|told| told != size) {
            return Err(malformed(format!("{} has two sizes", quoted(&path))));
        }
        if let Some(wrong) = names::problem(&written, Manners::Source) {
            self.odd(Odd::UnsafePath, &path, wrong);
        }
        if path.len() > self.watch.limits.path {
            let detail = format!("the path has {} bytes", path.len());
            self.odd(Odd::UnsafePath, "", detail);
            return Err(malformed("a path is too long".to_owned()));
        }
        if path.is_empty() {
            return Ok(None);
        }
        let what = self.what(header, &written, &path, next)?;
        Ok(Some(Entry { path, size, what }))
    }

    fn what(
        &mut self,
        header: &Header,
        written: &str,
        path: &str,
        next: &Next,
    ) -> Result<What, Unread> {
        let kind = header.entry_type();
        if next.sparse || kind.is_gnu_sparse() {
            return Err(malformed(format!("{} is a sparse file", quoted(path))));
        }
        let other = match kind {
            EntryType::Directory => return Ok(What::Directory),
            EntryType::Symlink | EntryType::Link => {
                let target = match &next.link {
                    Some(link) => link.clone(),
                    None => header.link_name_bytes().unwrap_or_default().into_owned(),
                };
                return Ok(What::Link {
                    target: String::from_utf8_lossy(&target).into_owned(),
                    hard: kind == EntryType::Link,
                });
            }
            EntryType::Char | EntryType::Block => "a device",
            EntryType::Fifo => "a pipe",
            EntryType::Regular if written.ends_with('/') => return Ok(What::Directory),
            EntryType::Regular | EntryType::Continuous => return Ok(What::File),
            _ => {
                let detail = format!("a member of the unknown type {:#x}", kind.as_byte());
                self.odd(Odd::Malformed, path, detail);
                return Ok(What::File);
            }
        };
        self.odd(Odd::Device, path, other);
        Ok(What::Other(other))
    }
}

fn malformed(detail: String) -> Unread {
    unread("", &io::Error::other(detail))
}

/// A path without `.` and empty parts.
pub(crate) fn normal(path: &str) -> String {
    if !path.starts_with(['/', '.']) && !path.contains("//") && !path.contains("/.") {
        return path.trim_end_matches('/').to_owned();
    }
    let parts = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}
