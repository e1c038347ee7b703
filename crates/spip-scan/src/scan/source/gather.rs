//! Keeps files until it is known what is what: in trees and tar archives the file that tells may
//! be the last.

use hashbrown::HashMap;
use std::io::Read;

use super::Nature;
use crate::archive::{Entry, What};
use crate::build::{SourceLayout, TEXT};
use crate::findings::Findings;
use crate::input::ReadAt;
use crate::layout::{Aside, Layout, ending};
use crate::member::{Examined, Examiner, shell};
use crate::spread::{cost, spread};
use crate::watch::Watch;
use crate::wheel::{WheelLayout, guarded};

/// How many bytes are kept.
const KEPT: usize = 48 << 20;

/// The texts that say what is what, by path.
pub(super) type Texts = HashMap<String, String>;

/// What a walk has shown so far.
pub(super) struct Gathered<'a> {
    nature: Nature,
    watch: &'a Watch<'a>,
    /// Everything that was met, in order.
    pub(super) entries: Vec<Entry>,
    /// The texts that say what is what.
    pub(super) texts: Texts,
    kept: Vec<(usize, String, Vec<u8>)>,
    held: usize,
    examined: Vec<(usize, Examined)>,
}

impl<'a> Gathered<'a> {
    /// Nothing yet.
    pub(super) fn new(nature: Nature, watch: &'a Watch<'a>) -> Self {
        Self {
            nature,
            watch,
            entries: Vec::new(),
            texts: Texts::new(),
            kept: Vec::new(),
            held: 0,
            examined: Vec::new(),
        }
    }

    /// No more should be kept.
    pub(super) fn is_full(&self) -> bool {
        self.held > KEPT
    }

    /// Takes a file that is in memory: keeps it if its place matters, else looks at it at once.
    pub(super) fn file(&mut self, path: String, bytes: Vec<u8>) {
        let entry = Entry {
            size: ReadAt::len(&bytes),
            path,
            what: What::File,
        };
        if is_weighty(&entry.path) || bytes.starts_with(b"#!") || bytes.len() < 1 << 12 {
            self.keep(entry, bytes);
        } else {
            let mut data = self.watch.over(bytes.as_slice(), None);
            self.examine(entry, &mut data);
        }
    }

    /// Keeps a file until it is known what it is.
    pub(super) fn keep(&mut self, entry: Entry, bytes: Vec<u8>) {
        if is_text(&entry) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.texts.insert(entry.path.clone(), text);
        }
        self.held += bytes.len();
        self.kept
            .push((self.entries.len(), entry.path.clone(), bytes));
        self.entries.push(entry);
    }

    /// Looks at a file whose place makes no difference but for when it takes effect.
    pub(super) fn examine(&mut self, entry: Entry, data: &mut dyn Read) {
        let reader = Examiner {
            watch: self.watch,
            layout: &Aside,
            depth: 0,
        };
        let examined = guarded(&entry.path, || {
            reader.examine(&entry.path, entry.size, data, None)
        });
        self.examined.push((self.entries.len(), examined));
        self.entries.push(entry);
    }

    /// Reads what was kept, several files at a time.
    pub(super) fn examine_kept(&mut self, layout: &dyn Layout) -> Vec<Option<Examined>> {
        self.held = 0;
        let watch = self.watch;
        let reader = Examiner {
            watch,
            layout,
            depth: 0,
        };
        let look = |(_, path, bytes): (usize, String, Vec<u8>)| {
            if watch.is_late() {
                return None;
            }
            let size = ReadAt::len(&bytes);
            let mut data = watch.over(bytes.as_slice(), None);
            Some(guarded(&path, || {
                reader.examine(&path, size, &mut data, None)
            }))
        };
        let kept = std::mem::take(&mut self.kept);
        let cost = |(_, path, bytes): &(usize, String, Vec<u8>)| cost(path, ReadAt::len(bytes));
        spread(kept, cost, look)
    }

    /// What was looked at before its place was known, with what the place says now. Files that
    /// links give the names of modules are left out.
    pub(super) fn settled(&mut self, layout: &dyn Layout) -> Vec<Option<Examined>> {
        let examined = std::mem::take(&mut self.examined);
        let known = examined
            .into_iter()
            .filter(|(index, _)| !is_linked_module(&self.entries[*index].path, layout));
        let settle = |(_, mut examined): (usize, Examined)| {
            for oddity in &mut examined.findings.oddities {
                // What lies in an archive within stays where it is.
                if !oddity.site.member.contains("!/") {
                    oddity.trigger = layout.duty(&oddity.site.member).trigger;
                }
            }
            Some(examined)
        };
        known.map(settle).collect()
    }

    /// What places mean: a tree with metadata of wheels and no build script is unpacked wheels.
    pub(super) fn tree_layout(&self, findings: &mut Findings) -> Box<dyn Layout> {
        let entries = self.entries.iter();
        let paths: Vec<&str> = entries.map(|entry| entry.path.as_str()).collect();
        let installed =
            |path: &&str| path.ends_with(".dist-info/METADATA") && path.matches('/').count() == 1;
        let builds = |path: &&str| matches!(*path, "setup.py" | "pyproject.toml" | "setup.cfg");
        let unpacked = paths.iter().any(installed) && !paths.iter().any(builds);
        if unpacked || self.nature == Nature::Installed {
            super::unpacked(&paths, &self.texts, findings);
            return Box::new(WheelLayout::new(&paths, None));
        }
        let text = |path: &str| self.texts.get(path).cloned();
        let layout = SourceLayout::new(&self.entries, "", &text, findings);
        findings.makeup = super::makeup_of(&layout, &self.entries, &self.texts);
        super::roots(&layout, &self.texts, findings);
        Box::new(layout)
    }
}

/// Whether a link gives a file the name of a module.
pub(super) fn is_linked_module(path: &str, layout: &dyn Layout) -> bool {
    layout.names_of(path).iter().any(|name| is_weighty(name))
}

/// Files whose place says how they run.
pub(super) fn is_weighty(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        ending(name),
        "" | "py" | "pyw" | "pth" | "start" | "pyc" | "toml" | "cfg"
    ) || matches!(name, "PKG-INFO" | "entry_points.txt")
        || shell::kind(path, b"").is_some()
}

/// Files that say what is what.
pub(super) fn is_text(entry: &Entry) -> bool {
    let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
    entry.is_file()
        && entry.size <= TEXT
        && entry.path.matches('/').count() <= 2
        && matches!(
            name,
            "pyproject.toml"
                | "hatch.toml"
                | "setup.cfg"
                | "setup.py"
                | "PKG-INFO"
                | "METADATA"
                | "entry_points.txt"
        )
}
