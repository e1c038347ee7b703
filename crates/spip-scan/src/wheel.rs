//! Wheels: whether they are what PEP 427 asks for, and what lies in them.

mod entry_points;
mod layout;
mod metadata;
mod prefix;
mod record;
mod tops;

use hashbrown::{HashMap, HashSet};

use spip_core::{Cause, Odd, Trigger, Unread};

use crate::archive::zip::{self, ZipMember, ZipReader};
use crate::archive::{Entry, Manners};
use crate::findings::Findings;
use crate::input::ReadAt;
use crate::layout::ending;
use crate::makeup;
use crate::member::bytecode::{ByteCode, Mark};
use crate::member::{Examined, Examiner};
use crate::spread::{cost, spread};
use crate::watch::{Watch, read_whole, unread};
use crate::wheel::metadata::WheelName;

pub(crate) use entry_points::roots as entry_point_roots;
pub(crate) use entry_points::{command_names, plugin_names};
pub(crate) use layout::{Place, WheelLayout, place};
pub(crate) use metadata::header_values;
use record::Record;

/// Reads a wheel.
pub(crate) fn scan(
    filename: &str,
    bytes: &dyn ReadAt,
    watch: &Watch<'_>,
    findings: &mut Findings,
) -> Result<(), Unread> {
    let members = zip::list(bytes, Manners::Wheel, watch, findings)?;
    let wheel = Wheel {
        bytes,
        watch,
        members: &members,
        name: WheelName::parse(filename),
    };
    wheel.look(filename, findings);
    Ok(())
}

/// The path and the bytes of METADATA.
pub(crate) fn core_metadata(
    filename: &str,
    bytes: &dyn ReadAt,
    watch: &Watch<'_>,
) -> Option<(String, Vec<u8>)> {
    let mut unheard = Findings::default();
    let members = zip::list(bytes, Manners::Wheel, watch, &mut unheard).ok()?;
    let files = members.iter().filter(|member| member.entry.is_file());
    let paths: Vec<&str> = files.map(|member| member.entry.path.as_str()).collect();
    let name = WheelName::parse(filename);
    let info = metadata::info_directory(&paths, name.as_ref(), &mut unheard)?;
    let path = format!("{info}/METADATA");
    let member = members.iter().rfind(|member| member.entry.path == path)?;
    let mut reader = ZipReader::new(bytes, member, watch)?;
    let bound = watch.limits.whole;
    let text = read_whole(&mut reader, member.entry.size, bound, Vec::new()).ok()?;
    Some((path, text))
}

struct Wheel<'a> {
    bytes: &'a dyn ReadAt,
    watch: &'a Watch<'a>,
    members: &'a [ZipMember],
    name: Option<WheelName>,
}

impl Wheel<'_> {
    fn look(&self, filename: &str, findings: &mut Findings) {
        let trigger = Manners::Wheel.trigger();
        if self.name.is_none() {
            let detail = "the file name is not that of a wheel";
            findings.odd(Odd::NameMismatch, trigger, "", detail);
        }
        let paths: Vec<&str> = self.files().map(|entry| entry.path.as_str()).collect();
        let info = metadata::info_directory(&paths, self.name.as_ref(), findings);
        let text = |name: &str, findings: &mut Findings| {
            let path = format!("{}/{name}", info.as_deref()?);
            self.text(&path, findings)
        };
        let project = self.name.as_ref().map_or("", |name| name.project.as_str());
        let described = text("METADATA", findings);
        if let (Some(name), Some(info)) = (&self.name, &info) {
            metadata::compare(name, info, described.as_deref(), findings);
            let tags = text("WHEEL", findings);
            metadata::compare_tags(filename, name, info, tags.as_deref(), findings);
        }
        let points = text("entry_points.txt", findings);
        findings.makeup = makeup::of_wheel(&paths, described.as_deref(), points.as_deref());
        if let Some(points) = points {
            let path = format!("{}/entry_points.txt", info.as_deref().unwrap_or_default());
            entry_points::look(&path, &points, project, findings);
        }
        let record = text("RECORD", findings).map(|text| Record::parse(&text));
        let layout = WheelLayout::new(&paths, self.name.as_ref());
        tops::look(&paths, &layout, findings);
        let examined = self.examine(&layout, record.as_ref());
        let whole = !self.watch.was_late();
        if let Some(info) = &info {
            let read: Vec<_> = self.read_members(&examined).collect();
            match &record {
                Some(record) => record.compare(info, &read, &layout, whole, findings),
                None => {
                    let detail = "the wheel has no RECORD that can be read";
                    findings.odd(Odd::NoRecord, trigger, info, detail);
                }
            }
        }
        finish(examined, &layout, findings);
    }

    fn files(&self) -> impl Iterator<Item = &Entry> {
        self.members
            .iter()
            .map(|member| &member.entry)
            .filter(|entry| entry.is_file())
    }

    /// One of the wheel's own text files.
    fn text(&self, path: &str, findings: &mut Findings) -> Option<String> {
        let member = self
            .members
            .iter()
            .rfind(|member| member.entry.path == path)?;
        let mut reader = ZipReader::new(self.bytes, member, self.watch)?;
        let bound = self.watch.limits.whole;
        match read_whole(&mut reader, member.entry.size, bound, Vec::new()) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                findings.unread.push(unread(path, &error));
                None
            }
        }
    }

    /// Reads all members, several at a time.
    fn examine(&self, layout: &WheelLayout, record: Option<&Record>) -> Vec<Option<Examined>> {
        let reader = Examiner {
            watch: self.watch,
            layout,
            depth: 0,
        };
        let look = |member: &ZipMember| {
            if !member.entry.is_file() || self.watch.is_late() {
                return None;
            }
            let path = &member.entry.path;
            let Some(mut data) = ZipReader::new(self.bytes, member, self.watch) else {
                let mut examined = Examined::default();
                examined
                    .findings
                    .unread(path, Cause::Malformed, "cannot be unpacked");
                return Some(examined);
            };
            let algorithm = record.and_then(|record| record.algorithm(path));
            Some(guarded(path, || {
                reader.examine(path, member.entry.size, &mut data, algorithm)
            }))
        };
        spread(
            self.members,
            |member| cost(&member.entry.path, member.entry.size),
            look,
        )
    }

    fn read_members<'e>(
        &'e self,
        examined: &'e [Option<Examined>],
    ) -> impl Iterator<Item = (&'e str, Option<&'e Examined>)> {
        let pairs = self.members.iter().zip(examined);
        let files = pairs.filter(|(member, _)| member.entry.is_file());
        files.map(|(member, examined)| (member.entry.path.as_str(), examined.as_ref()))
    }
}

/// Runs the reading of one member; a panic in it is an answer about this member only.
pub(crate) fn guarded(path: &str, examine: impl FnOnce() -> Examined) -> Examined {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(examine));
    caught.unwrap_or_else(|_| {
        let mut examined = Examined::default();
        examined.findings.members = 1;
        examined
            .findings
            .unread(path, Cause::Internal, "an error in this program");
        examined
    })
}

/// Compares byte code with its sources and takes over what was found in the members.
pub(crate) fn finish(
    examined: Vec<Option<Examined>>,
    layout: &dyn crate::layout::Layout,
    findings: &mut Findings,
) {
    let mut codes: Vec<(String, ByteCode, String)> = Vec::new();
    let mut marks: HashMap<String, Mark> = HashMap::new();
    let mut mentions: HashSet<String> = HashSet::new();
    for mut one in examined.into_iter().flatten() {
        if let Some((path, mark)) = one.mark.take() {
            marks.insert(path, mark);
        }
        codes.extend(one.byte_code.take());
        mentions.extend(one.mentions.drain(..));
        findings.absorb(one.findings);
    }
    // A script that the build starts is a part of it.
    for oddity in &mut findings.oddities {
        let name = crate::member::shell::started_as(&oddity.site.member);
        if oddity.what == Odd::ShellCommand && mentions.contains(name) {
            oddity.trigger = Trigger::Build;
        }
    }
    for (source, code, path) in codes {
        let mismatch = marks.get(&source).and_then(|mark| code.mismatch(mark));
        let trigger = layout.duty(&source).role.trigger;
        // An archive of sources carries the times that let byte code pass for that of its source.
        let is_build = trigger == Trigger::Build && layout.project().is_some();
        let is_imported = is_build && source.rsplit('/').next() != Some("setup.py");
        let beside = || "lies where the build imports its source".to_owned();
        if let Some(detail) = mismatch.or_else(|| is_imported.then(beside)) {
            findings.odd(Odd::MismatchedBytecode, trigger, &path, detail);
        }
    }
}

/// The source files of byte code, and the source files.
pub(crate) fn sources<'a>(
    paths: impl Iterator<Item = &'a str>,
) -> (HashSet<String>, HashSet<String>) {
    let (mut of_code, mut sources) = (HashSet::new(), HashSet::new());
    for path in paths {
        if ending(path) == "pyc" {
            of_code.extend(crate::member::bytecode::source_of(path));
        } else if ending(path) == "py" {
            sources.insert(path.to_owned());
        }
    }
    // Only sources that have byte code matter, and byte code that has a source.
    let both: HashSet<_> = of_code.intersection(&sources).cloned().collect();
    (
        both,
        if of_code.is_empty() {
            HashSet::new()
        } else {
            sources
        },
    )
}
