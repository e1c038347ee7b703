//! What changed from one release to another.

use std::collections::BTreeSet;

use crate::{Act, Contents, Deed, Makeup, PackageName, Trigger};

/// What one artifact has that another one has not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes<'a> {
    /// What it is made of.
    pub made_of: Vec<Difference<'a>>,
    /// Of each deed at each time that the older one never did, the first act.
    pub acts: Vec<&'a Act>,
}

/// One thing that came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference<'a> {
    /// What kind of thing.
    pub part: Part,
    /// Whether it came.
    pub how: How,
    /// Its name or path.
    pub name: &'a str,
}

/// What an artifact is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A file that the interpreter looks at at every start.
    StartFile,
    /// Machine code.
    Native,
    /// A command.
    Command,
    /// A plug-in for another program.
    Plugin,
    /// A module, without what is below.
    Module,
    /// A requirement.
    Requirement,
    /// A file that directs the build.
    BuildFile,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is new.
    Came,
    /// It is gone.
    Went,
    /// It holds something else.
    Changed,
}

impl Part {
    /// For people and for reports: `start-up file`, `command`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StartFile => "start-up file",
            Self::Native => "machine code",
            Self::Command => "command",
            Self::Plugin => "plug-in",
            Self::Module => "module",
            Self::Requirement => "requirement",
            Self::BuildFile => "build file",
        }
    }
}

impl<'a> Changes<'a> {
    /// Compares two artifacts of one project.
    pub fn between(old: &'a Contents, new: &'a Contents) -> Self {
        let (before, after) = (&old.makeup, &new.makeup);
        let mut made_of = Vec::new();
        for (part, list) in LISTS {
            compare(*part, list(before), list(after), &mut made_of);
        }
        requirements(&before.requires, &after.requires, &mut made_of);
        let build = |makeup: &'a Makeup| makeup.build.iter();
        for (name, digest) in build(after) {
            let how = match before.build.get(name) {
                None => How::Came,
                Some(known) if known != digest => How::Changed,
                Some(_) => continue,
            };
            made_of.push(Difference {
                part: Part::BuildFile,
                how,
                name,
            });
        }
        let gone = build(before).filter(|(name, _)| !after.build.contains_key(*name));
        made_of.extend(gone.map(|(name, _)| Difference {
            part: Part::BuildFile,
            how: How::Went,
            name,
        }));
        Self {
            made_of,
            acts: new_acts(old, new),
        }
    }

    /// What is new of one kind.
    pub fn came(&self, part: Part) -> impl Iterator<Item = &'a str> {
        let wanted = self
            .made_of
            .iter()
            .filter(move |it| it.part == part && it.how == How::Came);
        wanted.map(|difference| difference.name)
    }

    /// Whether nothing differs that is compared.
    pub fn is_empty(&self) -> bool {
        self.made_of.is_empty() && self.acts.is_empty()
    }
}

type List = fn(&Makeup) -> &BTreeSet<String>;

const LISTS: &[(Part, List)] = &[
    (Part::StartFile, |makeup| &makeup.start_files),
    (Part::Native, |makeup| &makeup.native),
    (Part::Command, |makeup| &makeup.commands),
    (Part::Plugin, |makeup| &makeup.plugins),
    (Part::Module, |makeup| &makeup.modules),
];

fn compare<'a>(
    part: Part,
    old: &'a BTreeSet<String>,
    new: &'a BTreeSet<String>,
    into: &mut Vec<Difference<'a>>,
) {
    let difference = |how| move |name: &'a String| Difference { part, how, name };
    into.extend(new.difference(old).map(difference(How::Came)));
    into.extend(old.difference(new).map(difference(How::Went)));
}

/// Requirements of projects that were not required before, and those by URL that are not as they
/// were. Which versions are wanted changes with every release.
fn requirements<'a>(
    old: &'a BTreeSet<String>,
    new: &'a BTreeSet<String>,
    into: &mut Vec<Difference<'a>>,
) {
    let names = |list: &BTreeSet<String>| -> BTreeSet<PackageName> {
        list.iter().filter_map(|text| required(text)).collect()
    };
    let (before, after) = (names(old), names(new));
    let difference = |how| {
        move |name: &'a String| Difference {
            part: Part::Requirement,
            how,
            name,
        }
    };
    let is_new = |text: &&String| match required(text) {
        Some(name) => !before.contains(&name) || text.contains('@') && !old.contains(*text),
        None => !old.contains(*text),
    };
    let is_gone = |text: &&String| required(text).is_some_and(|name| !after.contains(&name));
    into.extend(new.iter().filter(is_new).map(difference(How::Came)));
    into.extend(old.iter().filter(is_gone).map(difference(How::Went)));
}

/// The project that a requirement names (PEP 508); `None`: it is none.
fn required(text: &str) -> Option<PackageName> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let end = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// The older one may have done it at another place, and even later or earlier.
fn new_acts<'a>(old: &Contents, new: &'a Contents) -> Vec<&'a Act> {
    let kind = |act: &Act| (act.deed, act.trigger);
    let mut known: BTreeSet<(Deed, Trigger)> = old.acts.iter().map(kind).collect();
    let acts = new.acts.iter();
    acts.filter(|act| act.trigger > Trigger::Never && known.insert(kind(act)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Site, Taints};

    fn act(deed: Deed, trigger: Trigger) -> Act {
        Act {
            deed,
            callee: "os.system".to_owned(),
            trigger,
            taints: Taints::default(),
            texts: Vec::new(),
            layers: 0,
            disguised: false,
            site: Site::member("demo/x.py"),
        }
    }

    fn contents(commands: &[&str], setup: &str, acts: Vec<Act>) -> Contents {
        let mut contents = Contents {
            acts,
            ..Contents::default()
        };
        let makeup = &mut contents.makeup;
        makeup.commands = commands.iter().map(ToString::to_string).collect();
        makeup.build.insert("setup.py".to_owned(), setup.to_owned());
        contents
    }

    #[test]
    fn tells_what_came_went_and_changed() {
        let old = contents(&["a", "b"], "1", vec![act(Deed::Spawn, Trigger::Call)]);
        let acts = vec![
            act(Deed::Spawn, Trigger::Call),
            act(Deed::Spawn, Trigger::Import),
            act(Deed::Spawn, Trigger::Import),
            act(Deed::Send, Trigger::Never),
        ];
        let new = contents(&["b", "c"], "2", acts);
        let changes = Changes::between(&old, &new);
        let said: Vec<_> = changes
            .made_of
            .iter()
            .map(|it| format!("{} {:?} {}", it.part.as_str(), it.how, it.name))
            .collect();
        assert_eq!(
            said,
            [
                "command Came c",
                "command Went a",
                "build file Changed setup.py"
            ]
        );
        assert_eq!(changes.came(Part::Command).collect::<Vec<_>>(), ["c"]);
        assert_eq!(changes.acts.len(), 1);
        assert_eq!(changes.acts[0].trigger, Trigger::Import);
    }

    #[test]
    fn requirements_are_told_apart_by_project_and_address() {
        let with = |requires: &[&str]| {
            let mut contents = Contents::default();
            contents.makeup.requires = requires.iter().map(ToString::to_string).collect();
            contents
        };
        let old = with(&[
            "idna (<4,>=2.5)",
            "Gone>=1",
            "by-url @ https://a.invalid/x.whl",
        ]);
        let new = with(&["idna<5", "fresh", "by_url @ https://b.invalid/x.whl"]);
        let changes = Changes::between(&old, &new);
        let said: Vec<_> = changes.made_of.iter().map(|it| (it.how, it.name)).collect();
        assert_eq!(
            said,
            [
                (How::Came, "by_url @ https://b.invalid/x.whl"),
                (How::Came, "fresh"),
                (How::Went, "Gone>=1"),
            ]
        );
    }

    #[test]
    fn the_same_artifact_has_not_changed() {
        let one = contents(&["a"], "1", vec![act(Deed::Spawn, Trigger::Call)]);
        assert!(Changes::between(&one, &one).is_empty());
    }
}
