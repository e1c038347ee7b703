//! Source archives and source trees.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use spip_core::{Cause, Odd, Trigger, Unread};

use crate::archive::zip::{self, ZipMember, ZipReader};
use crate::archive::{Entry, Manners, What, names, tar};
use crate::build::{self, SourceLayout, TEXT};
use crate::findings::Findings;
use crate::input::{ReadAt, TreeEntry, TreeWhat, read_part};
use crate::layout::{Aside, Layout};
use crate::member::{Examined, Examiner};
use crate::watch::{Watch, read_whole};
use crate::wheel::{self, WheelLayout, finish, guarded};

/// How many unpacked bytes wait for their turn.
const WAITING: u64 = 32 << 20;

/// How many bytes are handed to a thread at once.
const PORTION: u64 = 512 << 10;

/// How many bytes of a tree are kept until it is known what is what.
const KEPT: usize = 128 << 20;

/// The texts that say what is what, by path.
type Texts = HashMap<String, String>;

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
    tar_archive(filename, bytes, watch, findings)
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
    let examiner = Examiner {
        watch,
        layout: &layout,
        depth: 0,
    };
    let examine = |member: &ZipMember| {
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
            examiner.examine(path, size, &mut data, None)
        }))
    };
    let examined = members.par_iter().with_max_len(16).map(examine).collect();
    finish(examined, &layout, findings);
    Ok(())
}

/// Two walks: the first finds out what is what.
fn tar_archive(
    filename: &str,
    bytes: &dyn ReadAt,
    watch: &Watch<'_>,
    findings: &mut Findings,
) -> Result<(), Unread> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut texts = Texts::new();
    let listed = tar::walk(bytes, watch, findings, &mut |entry, data| {
        if is_text(&entry) && entry.path.matches('/').count() <= 2 {
            let text = read_whole(data, entry.size, TEXT, Vec::new())?;
            let text = String::from_utf8_lossy(&text).into_owned();
            texts.insert(entry.path.clone(), text);
        }
        if entries.len() >= watch.limits.members {
            return Err(io::Error::other("too many members"));
        }
        entries.push(entry);
        Ok(())
    });
    let twice = twice(&entries);
    let once: Vec<Entry> = {
        let mut seen = std::collections::HashSet::new();
        let fresh = entries
            .iter()
            .filter(|entry| seen.insert(entry.path.as_str()));
        fresh.cloned().collect()
    };
    names::conflicts(&once, Manners::Source, findings);
    let layout = layout(filename, &entries, &texts, findings);
    let examiner = Examiner {
        watch,
        layout: &layout,
        depth: 0,
    };
    let examined = TarRun {
        examiner,
        waiting: AtomicU64::new(0),
        done: Mutex::new(Vec::new()),
        twice: &twice,
    }
    .run(bytes, findings);
    finish(examined, &layout, findings);
    listed
}

/// Paths that several members have.
fn twice(entries: &[Entry]) -> HashMap<String, Option<Vec<u8>>> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.what != What::Directory) {
        *counts.entry(&entry.path).or_default() += 1;
    }
    let twice = counts.into_iter().filter(|(_, count)| *count > 1);
    twice.map(|(path, _)| (path.to_owned(), None)).collect()
}

/// The second walk.
struct TarRun<'a> {
    examiner: Examiner<'a>,
    waiting: AtomicU64,
    done: Mutex<Vec<(usize, Examined)>>,
    twice: &'a HashMap<String, Option<Vec<u8>>>,
}

/// Members that one thread reads in one go.
type Portion = Vec<(usize, Entry, Vec<u8>)>;

impl TarRun<'_> {
    fn run(self, bytes: &dyn ReadAt, findings: &mut Findings) -> Vec<Option<Examined>> {
        let mut ignored = Findings::default();
        let mut digests = self.twice.clone();
        rayon::scope(|scope| {
            let mut portion: Portion = Vec::new();
            let mut held = 0;
            let mut index = 0;
            let run = &self;
            let watch = run.examiner.watch;
            // What stops the walk was told by the first one.
            let _stopped = tar::walk(bytes, watch, &mut ignored, &mut |entry, data| {
                if watch.was_late() {
                    return Err(io::Error::other("took too long"));
                }
                if !entry.is_file() {
                    run.compare_copies(&entry, b"", &mut digests, findings);
                    return Ok(());
                }
                index += 1;
                let copy = run.twice.contains_key(&entry.path);
                if entry.size > WAITING / 4 || !(is_weighty(&entry.path) || copy) {
                    let examined = run.examine(&entry, data);
                    run.keep(index, examined);
                    return Ok(());
                }
                let whole = read_whole(data, entry.size, WAITING, Vec::new())?;
                if copy {
                    run.compare_copies(&entry, &whole, &mut digests, findings);
                }
                held += whole.len() as u64;
                portion.push((index, entry, whole));
                if held >= PORTION {
                    let full = std::mem::take(&mut portion);
                    run.waiting.fetch_add(held, Ordering::Relaxed);
                    let bytes = std::mem::take(&mut held);
                    scope.spawn(move |_| run.portion(full, bytes));
                    run.wait();
                }
                Ok(())
            });
            run.portion(portion, 0);
        });
        let mut done = self.done.into_inner().unwrap_or_default();
        done.sort_by_key(|(index, _)| *index);
        done.into_iter()
            .map(|(_, examined)| Some(examined))
            .collect()
    }

    /// Helps the other threads until there is room again.
    fn wait(&self) {
        while self.waiting.load(Ordering::Relaxed) > WAITING {
            if rayon::yield_now() != Some(rayon::Yield::Executed) {
                std::thread::yield_now();
            }
        }
    }

    fn portion(&self, portion: Portion, bytes: u64) {
        for (index, entry, whole) in portion {
            let examined = self.examine(&entry, &mut whole.as_slice());
            self.keep(index, examined);
        }
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn examine(&self, entry: &Entry, data: &mut dyn Read) -> Examined {
        guarded(&entry.path, || {
            self.examiner.examine(&entry.path, entry.size, data, None)
        })
    }

    fn keep(&self, index: usize, examined: Examined) {
        if let Ok(mut done) = self.done.lock() {
            done.push((index, examined));
        }
    }

    /// Of members with one path the last one stays; that is odd only if they differ.
    fn compare_copies(
        &self,
        entry: &Entry,
        whole: &[u8],
        digests: &mut HashMap<String, Option<Vec<u8>>>,
        findings: &mut Findings,
    ) {
        use sha2::{Digest as _, Sha256};
        let Some(before) = digests.get_mut(&entry.path) else {
            return;
        };
        let mut hasher = Sha256::new();
        hasher.update(format!("{:?}", entry.what));
        hasher.update(whole);
        let digest = hasher.finalize().to_vec();
        if before.as_ref().is_some_and(|before| *before != digest) {
            let trigger = Manners::Source.trigger();
            let detail = "two members of this name differ";
            findings.odd(Odd::DuplicateName, trigger, &entry.path, detail);
        }
        *before = Some(digest);
    }
}

/// Files worth a thread of their own: the others are only looked at.
fn is_weighty(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(ending, "py" | "pyw" | "pth" | "start" | "pyc")
}

/// Files that say what is what.
fn is_text(entry: &Entry) -> bool {
    let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
    entry.is_file()
        && entry.size <= TEXT
        && matches!(
            name,
            "pyproject.toml" | "setup.cfg" | "PKG-INFO" | "entry_points.txt"
        )
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
    let path = format!("{}PKG-INFO", layout.top());
    if let Some(text) = texts.get(&path) {
        build::check_name(filename, &path, text, findings);
    }
    roots(&layout, texts, findings);
    layout
}

/// Where code begins to run.
fn roots(layout: &SourceLayout, texts: &Texts, findings: &mut Findings) {
    findings.roots.extend_from_slice(layout.roots());
    let mut points: Vec<_> = texts
        .iter()
        .filter(|(path, _)| path.ends_with(".egg-info/entry_points.txt"))
        .collect();
    points.sort_unstable();
    for (_, text) in points {
        findings.roots.extend(wheel::entry_point_roots(text));
    }
}

/// Reads a tree. Files are handed over once; those whose place matters are kept until the walk has
/// shown what is what.
pub(super) fn tree(
    files: &mut (dyn Iterator<Item = TreeEntry> + Send),
    watch: &Watch<'_>,
    findings: &mut Findings,
) {
    let mut tree = Tree {
        watch,
        entries: Vec::new(),
        texts: Texts::new(),
        kept: Vec::new(),
        held: 0,
        examined: Vec::new(),
    };
    for file in files {
        if watch.is_late() {
            break;
        }
        if tree.entries.len() >= watch.limits.members {
            findings.unread.push(zip::too_many(watch.limits.members));
            break;
        }
        tree.take(file, findings);
        if tree.held > KEPT {
            tree.flush();
        }
    }
    tree.finish(findings);
}

struct Tree<'a> {
    watch: &'a Watch<'a>,
    entries: Vec<Entry>,
    texts: Texts,
    kept: Vec<(String, Vec<u8>)>,
    held: usize,
    examined: Vec<Option<Examined>>,
}

impl Tree<'_> {
    fn take(&mut self, file: TreeEntry, findings: &mut Findings) {
        let path = file.path;
        let what = match file.what {
            TreeWhat::File { bytes, .. } => {
                self.file(path, bytes);
                return;
            }
            TreeWhat::Link { target } => What::Link {
                target,
                hard: false,
            },
            TreeWhat::Other(what) => {
                findings.odd(Odd::Device, Trigger::Build, &path, format!("a {what}"));
                What::Other(what)
            }
            TreeWhat::Unread(cause, detail) => {
                findings.unread(&path, cause, detail);
                What::File
            }
        };
        self.entries.push(Entry {
            path,
            size: 0,
            what,
        });
    }

    fn file(&mut self, path: String, bytes: Vec<u8>) {
        let entry = Entry {
            path: path.clone(),
            size: ReadAt::len(&bytes),
            what: What::File,
        };
        if is_text(&entry) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.texts.insert(path.clone(), text);
        }
        self.entries.push(entry);
        let script = bytes.starts_with(b"#!");
        if is_weighty(&path) || script || bytes.len() < 1 << 14 {
            self.held += bytes.len();
            self.kept.push((path, bytes));
        } else {
            let examined = examine_all(self.watch, &Aside, vec![(path, bytes)]);
            self.examined.extend(examined);
        }
    }

    /// Reads what is kept with what is known so far.
    fn flush(&mut self) {
        let kept = std::mem::take(&mut self.kept);
        self.held = 0;
        let layout = self.layout(&mut Findings::default());
        let examined = examine_all(self.watch, layout.as_ref(), kept);
        self.examined.extend(examined);
    }

    /// What places mean: a tree with metadata of wheels and no build script is unpacked wheels.
    fn layout(&self, findings: &mut Findings) -> Box<dyn Layout> {
        let paths: Vec<&str> = self
            .entries
            .iter()
            .map(|entry| entry.path.as_str())
            .collect();
        let installed =
            |path: &&str| path.ends_with(".dist-info/METADATA") && path.matches('/').count() == 1;
        let builds = |path: &&str| matches!(*path, "setup.py" | "pyproject.toml" | "setup.cfg");
        if paths.iter().any(installed) && !paths.iter().any(builds) {
            return Box::new(WheelLayout::new(&paths, None));
        }
        let text = |path: &str| self.texts.get(path).cloned();
        let layout = SourceLayout::new(&self.entries, "", &text, findings);
        roots(&layout, &self.texts, findings);
        Box::new(layout)
    }

    fn finish(mut self, findings: &mut Findings) {
        let layout = self.layout(findings);
        // Large data files were read before their place was known.
        for examined in self.examined.iter_mut().flatten() {
            for oddity in &mut examined.findings.oddities {
                oddity.trigger = layout.duty(&oddity.site.member).trigger;
            }
        }
        let kept = std::mem::take(&mut self.kept);
        let examined = examine_all(self.watch, layout.as_ref(), kept);
        self.examined.extend(examined);
        finish(self.examined, layout.as_ref(), findings);
    }
}

/// Reads files that are in memory, several at a time.
fn examine_all(
    watch: &Watch<'_>,
    layout: &dyn Layout,
    files: Vec<(String, Vec<u8>)>,
) -> Vec<Option<Examined>> {
    let examiner = Examiner {
        watch,
        layout,
        depth: 0,
    };
    let examine = |(path, bytes): (String, Vec<u8>)| {
        if watch.is_late() {
            return None;
        }
        let size = ReadAt::len(&bytes);
        let mut data = watch.over(bytes.as_slice(), None);
        Some(guarded(&path, || {
            examiner.examine(&path, size, &mut data, None)
        }))
    };
    files
        .into_par_iter()
        .with_max_len(16)
        .map(examine)
        .collect()
}
