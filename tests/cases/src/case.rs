//! A labelled case and the table that collects them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::package::Package;

/// When the code of a case would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// On building or installing from source.
    Build,
    /// At every start of the interpreter.
    Startup,
    /// When the package is imported.
    Import,
    /// When something is called.
    Call,
    /// Never by itself: data, binaries, the shape of the archive.
    Data,
}

impl Trigger {
    /// As written in `case.json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Startup => "startup",
            Self::Import => "import",
            Self::Call => "call",
            Self::Data => "data",
        }
    }
}

/// What a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// A replica of an attack.
    Malicious,
    /// Honest code that resembles one.
    Benign,
}

/// One labelled artifact.
#[derive(Clone, Debug)]
pub struct Case {
    /// The number of the technique, or of the family of honest code.
    pub number: u8,
    /// A short name of the technique or family.
    pub slug: &'static str,
    /// A short name of this variant.
    pub variant: &'static str,
    /// When its code would run.
    pub trigger: Trigger,
    /// What it is.
    pub label: Label,
    /// What somebody who looks at the case ought to know; often empty.
    pub notes: &'static str,
    /// The name of the file or folder to be scanned.
    pub artifact: String,
    /// Relative paths and bytes, the artifact among them.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Case {
    /// The folder of the case, relative to the folder of all cases.
    pub fn folder(&self) -> PathBuf {
        let kind = match self.label {
            Label::Malicious => "",
            Label::Benign => "b",
        };
        let group = format!("{kind}{:03}-{}", self.number, self.slug);
        Path::new(&group).join(self.variant)
    }

    /// Writes the case and its label below the folder of all cases.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        let folder = root.join(self.folder());
        for (path, bytes) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            fs::write(path, bytes)?;
        }
        let technique = match self.label {
            Label::Malicious => json!(self.number),
            Label::Benign => json!(self.slug),
        };
        let label = json!({
            "technique": technique,
            "slug": self.slug,
            "variant": self.variant,
            "trigger": self.trigger.word(),
            "label": match self.label { Label::Malicious => "malicious", Label::Benign => "benign" },
            "artifact": self.artifact,
            "notes": self.notes,
        });
        fs::write(folder.join("case.json"), format!("{label:#}\n"))
    }
}

/// Collects cases.
#[derive(Default)]
pub(crate) struct Cases {
    cases: Vec<Case>,
}

impl Cases {
    /// The variants of a technique.
    pub(crate) fn technique(
        &mut self,
        number: u8,
        slug: &'static str,
        trigger: Trigger,
    ) -> Group<'_> {
        Group {
            cases: self,
            number,
            slug,
            trigger,
            label: Label::Malicious,
            notes: "",
        }
    }

    /// The variants of a family of honest code.
    pub(crate) fn family(&mut self, number: u8, slug: &'static str, trigger: Trigger) -> Group<'_> {
        Group {
            cases: self,
            number,
            slug,
            trigger,
            label: Label::Benign,
            notes: "",
        }
    }

    /// All of them.
    pub(crate) fn finish(self) -> Vec<Case> {
        self.cases
    }
}

/// A technique or family that is being filled with variants.
pub(crate) struct Group<'a> {
    cases: &'a mut Cases,
    number: u8,
    slug: &'static str,
    trigger: Trigger,
    label: Label,
    notes: &'static str,
}

impl Group<'_> {
    /// From here on, the variants run at another time.
    pub(crate) fn at(mut self, trigger: Trigger) -> Self {
        self.trigger = trigger;
        self
    }

    /// From here on, the variants carry this note.
    pub(crate) fn note(mut self, notes: &'static str) -> Self {
        self.notes = notes;
        self
    }

    /// Adds a variant.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "tables of cases read better without ampersands"
    )]
    pub(crate) fn case(self, variant: &'static str, package: Package) -> Self {
        let (artifact, files) = package.build(self.cases.cases.len());
        self.cases.cases.push(Case {
            number: self.number,
            slug: self.slug,
            variant,
            trigger: self.trigger,
            label: self.label,
            notes: self.notes,
            artifact,
            files,
        });
        self
    }
}
