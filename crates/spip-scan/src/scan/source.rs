//! Source archives and source trees.

mod gather;
mod tarball;

use spip_core::{Cause, Makeup, Odd, Unread};

use crate::archive::zip::{self, ZipMember, ZipReader};
use crate::archive::{Entry, Manners, What};
use crate::build::{self, SourceLayout, TEXT};
use crate::findings::Findings;
use crate::input::{ReadAt, TreeEntry, TreeWhat, read_part};
use crate::makeup;
use crate::member::{Examined, Examiner};
use crate::spread::{cost, spread};
use crate::watch::{Watch, read_whole};
use crate::wheel::{self, finish, guarded};
use gather::{Gathered, Texts, is_text};

/// Reads a source archive.
pub(super) fn archive(
    filename: &str,
    bytes: &dyn ReadAt,
    watch: &Watch<'_>,
    findings: &mut Findings,
) -> Result<(), Unread> {
    let head = read_part(bytes, 0, 4).unwrap_or_default();
    if head.starts_with(b"PK") {
        return zip_archive(filename, bytes, watch, findings);
    }
    // Installers take whatever ends like a zip archive for one.
    let mut zipped = Findings::default();
    if zip::list(bytes, Manners::Source, watch, &mut zipped).is_ok() {
        let detail = "is a tar archive and a zip archive at once";
        findings.odd(Odd::Malformed, Manners::Source.trigger(), "", detail);
        zip_archive(filename, bytes, watch, findings)?;
    }
    tarball::read(filename, bytes, watch, findings)
}

fn zip_archive(
    filename: &str,
    bytes: &dyn ReadAt,
    watch: &Watch<'_>,
    findings: &mut Findings,
) -> Result<(), Unread> {
    let members = zip::list(bytes, Manners::Source, watch, findings)?;
    let entries: Vec<Entry> = members.iter().map(|member| member.entry.clone()).collect();
    let mut texts = Texts::new();
    for member in members.iter().filter(|member| is_text(&member.entry)) {
        if let Some(mut data) = ZipReader::new(bytes, member, watch)
            && let Ok(text) = read_whole(&mut data, member.entry.size, TEXT, Vec::new())
        {
            let text = String::from_utf8_lossy(&text).into_owned();
            texts.insert(member.entry.path.clone(), text);
        }
    }
    let layout = layout(filename, &entries, &texts, findings);
    let reader = Examiner {
        watch,
        layout: &layout,
        depth: 0,
    };
    let look = |member: &ZipMember| {
        if !member.entry.is_file() || watch.is_late() {
            return None;
        }
        let path = &member.entry.path;
        let Some(mut data) = ZipReader::new(bytes, member, watch) else {
            let mut examined = Examined::default();
            examined
                .findings
                .unread(path, Cause::Malformed, "cannot be unpacked");
            return Some(examined);
        };
        let size = member.entry.size;
        Some(guarded(path, || {
            reader.examine(path, size, &mut data, None)
        }))
    };
    let examined = spread(
        &members,
        |member| cost(&member.entry.path, member.entry.size),
        look,
    );
    finish(examined, &layout, findings);
    Ok(())
}

/// The layout of a source archive, and what its own texts tell.
fn layout(
    filename: &str,
    entries: &[Entry],
    texts: &Texts,
    findings: &mut Findings,
) -> SourceLayout {
    let project = build::project_of(filename);
    build::check_tops(entries, findings);
    let text = |path: &str| texts.get(path).cloned();
    let layout = SourceLayout::new(entries, &project, &text, findings);
    findings.makeup = makeup_of(&layout, entries, texts);
    let path = format!("{}PKG-INFO", layout.top());
    if let Some(text) = texts.get(&path) {
        build::check_name(filename, &path, text, findings);
    }
    roots(&layout, texts, findings);
    layout
}

fn makeup_of(layout: &SourceLayout, entries: &[Entry], texts: &Texts) -> Makeup {
    let paths = entries.iter().filter(|entry| entry.is_file());
    let paths = paths.map(|entry| entry.path.as_str());
    let text = |path: &str| texts.get(path).map(String::as_str);
    makeup::of_source(layout.top(), paths, text)
}

/// What unpacked wheels are made of and where their code begins to run, as their own texts tell.
fn unpacked(paths: &[&str], texts: &Texts, findings: &mut Findings) {
    let told_by = |name: &str| {
        let ending = format!(".dist-info/{name}");
        let mut found: Vec<_> = texts
            .iter()
            .filter(|(path, _)| path.ends_with(&ending) && path.matches('/').count() == 1)
            .collect();
        found.sort_unstable();
        let texts: Vec<&str> = found.into_iter().map(|(_, text)| text.as_str()).collect();
        texts.join("\n")
    };
    let (metadata, points) = (told_by("METADATA"), told_by("entry_points.txt"));
    findings.makeup = makeup::of_wheel(paths, Some(&metadata), Some(&points));
    findings.roots.extend(wheel::entry_point_roots(&points));
}

/// Where code begins to run.
fn roots(layout: &SourceLayout, texts: &Texts, findings: &mut Findings) {
    findings.roots.extend_from_slice(layout.roots());
    let generated = |path: &str| path.ends_with(".egg-info/entry_points.txt");
    let mut points: Vec<_> = texts.iter().filter(|(path, _)| generated(path)).collect();
    points.sort_unstable();
    for (_, text) in points {
        findings.roots.extend(wheel::entry_point_roots(text));
    }
}

/// What kind of tree it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// What a build begins with, unless it holds unpacked wheels.
    Source,
    /// What is installed.
    Installed,
}

/// Reads a tree. Files are handed over once; those whose place matters are kept until the walk has
/// shown what is what.
pub(super) fn tree(
    files: &mut (dyn Iterator<Item = TreeEntry> + Send),
    nature: Nature,
    watch: &Watch<'_>,
    findings: &mut Findings,
) {
    let mut gathered = Gathered::new(nature, watch);
    let mut examined = Vec::new();
    for file in files {
        if watch.is_late() {
            break;
        }
        if gathered.entries.len() >= watch.limits.members {
            findings.unread.push(zip::too_many(watch.limits.members));
            break;
        }
        take(file, &mut gathered, findings);
        if gathered.is_full() {
            // What was seen so far must do to tell what is what.
            let layout = gathered.tree_layout(&mut Findings::default());
            examined.extend(gathered.examine_kept(layout.as_ref()));
        }
    }
    let layout = gathered.tree_layout(findings);
    examined.extend(gathered.examine_kept(layout.as_ref()));
    examined.extend(gathered.settled(layout.as_ref()));
    finish(examined, layout.as_ref(), findings);
}

/// Takes one entry of a tree.
fn take(file: TreeEntry, gathered: &mut Gathered<'_>, findings: &mut Findings) {
    let path = file.path;
    let what = match file.what {
        TreeWhat::File { bytes, .. } => {
            gathered.file(path, bytes);
            return;
        }
        TreeWhat::Link { target } => What::Link {
            target,
            hard: false,
        },
        // People have sockets and pipes in their directories; no archive was made to hold one.
        TreeWhat::Other(what) => {
            findings.unread(&path, Cause::Unreadable, format!("is a {what}"));
            What::Other(what)
        }
        TreeWhat::Unread(cause, detail) => {
            findings.unread(&path, cause, detail);
            What::File
        }
    };
    gathered.entries.push(Entry {
        path,
        size: 0,
        what,
    });
}
