//! What a case consists of, and how it is packed: a wheel, an sdist, a source tree or a module.

use sha2::{Digest, Sha256};

use crate::encode;
use crate::template::{Names, fill};
use crate::{tar, zip};

mod filler;

/// The shape of the artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Wheel,
    Sdist,
    Tree,
    Module,
}

/// A package to be packed. Texts are templates; so are the paths of files.
pub(crate) struct Package {
    shape: Shape,
    name: Option<&'static str>,
    version: &'static str,
    tag: &'static str,
    files: Vec<(&'static str, Content)>,
    extra_metadata: &'static str,
    claim: Option<&'static str>,
    alter_wheel: Option<fn(&mut Vec<zip::Entry>)>,
    alter_sdist: Option<fn(&mut Vec<tar::Entry>)>,
    alter_bytes: Option<fn(Vec<u8>) -> Vec<u8>>,
    beside: Option<Box<Package>>,
}

enum Content {
    Text(&'static str),
    Bytes(Vec<u8>),
}

/// A wheel for every platform.
pub(crate) fn wheel() -> Package {
    Package::new(Shape::Wheel)
}

/// A wheel whose `__init__` is this.
pub(crate) fn init(text: &'static str) -> Package {
    wheel().file("«pkg»/__init__.py", text)
}

/// An sdist.
pub(crate) fn sdist() -> Package {
    Package::new(Shape::Sdist)
}

/// An sdist with this `setup.py`.
pub(crate) fn setup(text: &'static str) -> Package {
    sdist().file("setup.py", text)
}

/// A source tree.
pub(crate) fn tree() -> Package {
    Package::new(Shape::Tree)
}

/// One file of Python code.
pub(crate) fn module(text: &'static str) -> Package {
    Package::new(Shape::Module).file("«pkg».py", text)
}

impl Package {
    fn new(shape: Shape) -> Self {
        Self {
            shape,
            name: None,
            version: "1.0.2",
            tag: "py3-none-any",
            files: Vec::new(),
            extra_metadata: "",
            claim: None,
            alter_wheel: None,
            alter_sdist: None,
            alter_bytes: None,
            beside: None,
        }
    }

    /// The project's name, where it matters.
    pub(crate) fn named(self, name: &'static str) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    /// The project's version, where it matters.
    pub(crate) fn version(self, version: &'static str) -> Self {
        Self { version, ..self }
    }

    /// The wheel's tag.
    pub(crate) fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    /// A file with this text.
    pub(crate) fn file(mut self, path: &'static str, text: &'static str) -> Self {
        self.files.push((path, Content::Text(text)));
        self
    }

    /// A file with these bytes.
    pub(crate) fn bytes(mut self, path: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((path, Content::Bytes(bytes.into())));
        self
    }

    /// The wheel's entry points.
    pub(crate) fn entry_points(self, text: &'static str) -> Self {
        self.file("«dist-info»/entry_points.txt", text)
    }

    /// More lines of core metadata.
    pub(crate) fn metadata(self, lines: &'static str) -> Self {
        Self {
            extra_metadata: lines,
            ..self
        }
    }

    /// Core metadata that says something else than the file name.
    pub(crate) fn claims(self, metadata: &'static str) -> Self {
        Self {
            claim: Some(metadata),
            ..self
        }
    }

    /// Changes the members of the wheel before it is packed.
    pub(crate) fn alter_wheel(self, alter: fn(&mut Vec<zip::Entry>)) -> Self {
        Self {
            alter_wheel: Some(alter),
            ..self
        }
    }

    /// Changes the members of the sdist before it is packed.
    pub(crate) fn alter_sdist(self, alter: fn(&mut Vec<tar::Entry>)) -> Self {
        Self {
            alter_sdist: Some(alter),
            ..self
        }
    }

    /// Changes the packed archive.
    pub(crate) fn alter_bytes(self, alter: fn(Vec<u8>) -> Vec<u8>) -> Self {
        Self {
            alter_bytes: Some(alter),
            ..self
        }
    }

    /// Another artifact of the same release, which lies beside this one.
    pub(crate) fn beside(self, other: Package) -> Self {
        Self {
            beside: Some(Box::new(other)),
            ..self
        }
    }

    /// Packs it. The first text is the name of what is to be scanned.
    pub(crate) fn build(&self, index: usize) -> (String, Vec<(String, Vec<u8>)>) {
        let name = self.name.unwrap_or_else(|| filler::name(index));
        let names = Names {
            name,
            version: self.version,
        };
        let module = name.replace('-', "_");
        let stem = format!("{module}-{}", self.version);
        let given = self.files.iter().map(|(path, content)| {
            let path = path.replace("«dist-info»", &format!("{stem}.dist-info"));
            let bytes = match content {
                Content::Text(text) => {
                    fill(text.strip_prefix('\n').unwrap_or(text), &names).into_bytes()
                }
                Content::Bytes(bytes) => bytes.clone(),
            };
            (fill(&path, &names), bytes)
        });
        let given: Vec<_> = given.collect();
        let (artifact, mut files) = match self.shape {
            Shape::Module => (format!("{module}.py"), given),
            Shape::Tree => {
                let files = self.sources(&names, given).into_iter();
                let files = files.map(|(path, bytes)| (format!("{stem}/{path}"), bytes));
                (stem.clone(), files.collect())
            }
            Shape::Sdist => {
                let artifact = format!("{stem}.tar.gz");
                let archive = self.pack_sdist(&stem, self.sources(&names, given));
                (artifact.clone(), vec![(artifact, archive)])
            }
            Shape::Wheel => {
                let artifact = format!("{stem}-{}.whl", self.tag);
                let archive = self.pack_wheel(&stem, &names, given);
                (artifact.clone(), vec![(artifact, archive)])
            }
        };
        if let Some(other) = &self.beside {
            files.extend(other.build(index).1);
        }
        (artifact, files)
    }

    /// The files of an sdist or tree, completed.
    fn sources(&self, names: &Names<'_>, given: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
        let module = names.name.replace('-', "_");
        let mut files = vec![("PKG-INFO".to_owned(), self.core_metadata(names).into())];
        let has = |wanted: &str| given.iter().any(|(path, _)| path == wanted);
        if !has("setup.py") && !has("pyproject.toml") {
            files.push((
                "pyproject.toml".to_owned(),
                fill(filler::PYPROJECT, names).into(),
            ));
        }
        let init = format!("{module}/__init__.py");
        if !has(&init) && !has(&format!("src/{init}")) {
            files.push((init, fill(filler::INIT, names).into()));
            files.push((format!("{module}/text.py"), filler::TEXT.into()));
        }
        files.extend(given);
        files
    }

    fn pack_sdist(&self, stem: &str, files: Vec<(String, Vec<u8>)>) -> Vec<u8> {
        let files = files.into_iter();
        let mut entries: Vec<_> = files
            .map(|(path, bytes)| tar::Entry::file(format!("{stem}/{path}"), bytes))
            .collect();
        if let Some(alter) = self.alter_sdist {
            alter(&mut entries);
        }
        self.finish(tar::pack(&entries))
    }

    fn pack_wheel(&self, stem: &str, names: &Names<'_>, given: Vec<(String, Vec<u8>)>) -> Vec<u8> {
        let module = names.name.replace('-', "_");
        let init = format!("{module}/__init__.py");
        let mut files = given;
        if !files.iter().any(|(path, _)| *path == init) {
            files.push((init, fill(filler::INIT, names).into()));
        }
        files.push((format!("{module}/text.py"), filler::TEXT.into()));
        let info = format!("{stem}.dist-info");
        let pure = self.tag.ends_with("none-any");
        let tags = format!(
            "Wheel-Version: 1.0\nGenerator: hatchling 1.27.0\nRoot-Is-Purelib: {pure}\nTag: {}\n",
            self.tag
        );
        files.push((format!("{info}/METADATA"), self.core_metadata(names).into()));
        files.push((format!("{info}/WHEEL"), tags.into()));
        files.push((format!("{info}/RECORD"), record(&files, &info).into()));
        let files = files.into_iter();
        let mut entries: Vec<_> = files
            .map(|(path, bytes)| zip::Entry::file(&path, bytes))
            .collect();
        if let Some(alter) = self.alter_wheel {
            alter(&mut entries);
        }
        self.finish(zip::pack(&entries))
    }

    fn finish(&self, archive: Vec<u8>) -> Vec<u8> {
        match self.alter_bytes {
            Some(alter) => alter(archive),
            None => archive,
        }
    }

    fn core_metadata(&self, names: &Names<'_>) -> String {
        if let Some(claim) = self.claim {
            return claim.to_owned();
        }
        let text = format!(
            "Metadata-Version: 2.1\nName: «name»\nVersion: «version»\n\
             Summary: Small helpers for everyday work\n{}\nSee the documentation.\n",
            self.extra_metadata
        );
        fill(&text, names)
    }
}

/// The lines of RECORD for these files and for itself.
fn record(files: &[(String, Vec<u8>)], info: &str) -> String {
    let lines = files.iter().map(|(path, bytes)| {
        let digest = encode::base64_url(&Sha256::digest(bytes));
        format!("{path},sha256={digest},{}\n", bytes.len())
    });
    lines.chain([format!("{info}/RECORD,,\n")]).collect()
}
