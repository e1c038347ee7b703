//! Builds real wheels and source distributions, some of which tell when their code ran.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use crate::archive::{self, Files};
use crate::provision;
use crate::sha256;

const BACKEND: &str = include_str!("backend.py");

/// The file in which packages write down that their code ran.
#[derive(Clone, Debug)]
pub struct Marker(PathBuf);

impl Marker {
    /// A marker at a path where nothing is yet.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// What ran so far, one line each, `setup.py of demo: egg_info`.
    pub fn lines(&self) -> Vec<String> {
        match fs::read_to_string(&self.0) {
            Ok(text) => text.lines().map(ToOwned::to_owned).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => panic!("the marker cannot be read: {error}"),
        }
    }

    /// Forgets what ran so far.
    pub fn clear(&self) {
        if let Err(error) = fs::remove_file(&self.0) {
            assert_eq!(error.kind(), io::ErrorKind::NotFound, "marker: {error}");
        }
    }

    /// One line of Python that leaves a mark: `what` and the arguments of the program.
    pub fn python(&self, what: &str) -> String {
        let path = literal(&self.0.to_string_lossy());
        let what = literal(what);
        format!(
            "import sys; open({path}, 'a').write({what} + ' ' + ' '.join(sys.argv[1:2]) + chr(10))"
        )
    }
}

/// One line of Python that runs another one, as hostile packages hide what they do.
pub fn hidden(line: &str) -> String {
    let hex = line
        .bytes()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!("exec(bytes.fromhex(\"{hex}\").decode())")
}

/// One file that an index offers or that lies on disk.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// The project, as its metadata spells it.
    pub name: String,
    /// The version.
    pub version: String,
    /// The file's name.
    pub filename: String,
    /// The file's bytes.
    pub bytes: Arc<[u8]>,
    /// Its core metadata file.
    pub metadata: Arc<[u8]>,
    /// The package that it was made from.
    pub package: Package,
}

impl Distribution {
    /// The digest of the bytes.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Whether it is a wheel.
    pub fn is_wheel(&self) -> bool {
        self.filename.to_ascii_lowercase().ends_with(".whl")
    }

    /// Writes the file into a directory and says where.
    pub fn save(&self, directory: &Path) -> PathBuf {
        fs::create_dir_all(directory).expect("a temporary directory is writable");
        let path = directory.join(&self.filename);
        fs::write(&path, &self.bytes).expect("a temporary directory is writable");
        path
    }
}

/// A package to be made into a wheel, an sdist or a directory.
#[derive(Clone, Debug)]
pub struct Package {
    /// The project, as its metadata spells it.
    pub name: String,
    /// The version.
    pub version: String,
    /// One line about it.
    pub summary: String,
    /// The long description.
    pub description: String,
    /// Labels and addresses.
    pub urls: Vec<(String, String)>,
    mail: Option<String>,
    needs: Vec<String>,
    build_needs: Option<Vec<String>>,
    backend_imports: Option<String>,
    files: Files,
    marker: Option<Marker>,
    hides: bool,
}

/// A package with a module of its own and harmless metadata.
pub fn package(name: &str, version: &str) -> Package {
    Package {
        name: name.to_owned(),
        version: version.to_owned(),
        summary: "Material for tests".to_owned(),
        description: "A package that exists for the duration of one test.".to_owned(),
        urls: Vec::new(),
        mail: None,
        needs: Vec::new(),
        build_needs: None,
        backend_imports: None,
        files: Files::new(),
        marker: None,
        hides: false,
    }
}

/// A wheel from the real index, fetched once per machine.
pub fn real_wheel(project: &str, version: &str) -> Distribution {
    let path = provision::wheel(project, version).unwrap_or_else(|why| panic!("{project}: {why}"));
    let bytes = fs::read(&path).expect("the shared directory is readable");
    let package = package(project, version);
    Distribution {
        metadata: archive::member(&bytes, &format!("{project}-{version}.dist-info/METADATA"))
            .into(),
        filename: format!("{project}-{version}-py3-none-any.whl"),
        ..package.distribution(String::new(), bytes)
    }
}

impl Package {
    /// Adds a requirement.
    #[must_use]
    pub fn needs(mut self, requirement: &str) -> Self {
        self.needs.push(requirement.to_owned());
        self
    }

    /// Sets what must be there to build it; otherwise sdists with a `setup.py` say nothing, and
    /// those with a backend of their own need nothing.
    #[must_use]
    pub fn built_with(mut self, requirements: &[&str]) -> Self {
        self.build_needs = Some(requirements.iter().map(ToString::to_string).collect());
        self
    }

    /// Sets the summary.
    #[must_use]
    pub fn summary(mut self, text: &str) -> Self {
        text.clone_into(&mut self.summary);
        self
    }

    /// Sets the long description.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        text.clone_into(&mut self.description);
        self
    }

    /// Adds a project URL.
    #[must_use]
    pub fn url(mut self, label: &str, address: &str) -> Self {
        self.urls.push((label.to_owned(), address.to_owned()));
        self
    }

    /// Sets the author's e-mail address.
    #[must_use]
    pub fn by(mut self, address: &str) -> Self {
        self.mail = Some(address.to_owned());
        self
    }

    /// Adds a file, in a wheel next to the module, in an sdist at the top.
    #[must_use]
    pub fn file(mut self, path: &str, content: &str) -> Self {
        self.files
            .insert(path.to_owned(), content.as_bytes().to_vec());
        self
    }

    /// Lets all code of this package leave marks: module, `setup.py` and build backend.
    #[must_use]
    pub fn marks(mut self, marker: &Marker) -> Self {
        self.marker = Some(marker.clone());
        self
    }

    /// Hides the code that leaves marks, as hostile packages do.
    #[must_use]
    pub fn hides_its_marks(mut self) -> Self {
        self.hides = true;
        self
    }

    /// Lets the build backend inside an sdist import a module at the top of the sdist first.
    #[must_use]
    pub fn backend_importing(mut self, module: &str) -> Self {
        self.backend_imports = Some(module.to_owned());
        self
    }

    /// A wheel for every platform.
    pub fn wheel(&self) -> Distribution {
        self.wheel_for("py3-none-any")
    }

    /// A wheel with this tag, such as `cp311-cp311-linux_x86_64`.
    pub fn wheel_for(&self, tag: &str) -> Distribution {
        let module = self.module();
        let info = format!("{module}-{}.dist-info", self.version);
        let mut files = self.files.clone();
        files.insert(format!("{module}.py"), self.code("module"));
        files.insert(format!("{info}/METADATA"), self.metadata());
        let wheel =
            format!("Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n");
        files.insert(format!("{info}/WHEEL"), wheel.into_bytes());
        let record = files.iter().fold(String::new(), |record, (path, content)| {
            let digest = record_digest(content);
            record + &format!("{path},sha256={digest},{}\n", content.len())
        });
        let record = record + &format!("{info}/RECORD,,\n");
        files.insert(format!("{info}/RECORD"), record.into_bytes());
        let filename = format!("{module}-{}-{tag}.whl", self.version);
        self.distribution(filename, archive::zip(&files))
    }

    /// A wheel that holds a build backend, importable under the name of its module.
    pub fn backend_wheel(&self) -> Distribution {
        let package = self.clone();
        let code = package.with_mark("backend", BACKEND);
        let package = package.file("backend_of_tests.py", &code);
        package.wheel()
    }

    /// An sdist with a `setup.py`, and a `pyproject.toml` only if [`Self::built_with`] was called.
    pub fn sdist(&self) -> Distribution {
        self.pack(&self.setup_py_tree())
    }

    /// An sdist with a PEP 517 backend inside.
    pub fn sdist_with_backend(&self) -> Distribution {
        self.pack(&self.backend_tree())
    }

    /// An sdist built by the backend of [`Self::backend_wheel`], which the requirement names.
    pub fn sdist_built_by(&self, requirement: &str) -> Distribution {
        let mut files = self.tree();
        let pyproject = format!(
            "[build-system]\nrequires = [{}]\nbuild-backend = \"backend_of_tests\"\n",
            literal(requirement)
        );
        files.insert("pyproject.toml".to_owned(), pyproject.into_bytes());
        self.pack(&files)
    }

    /// Writes the tree of [`Self::sdist`] into a directory.
    pub fn lay_out(&self, directory: &Path) {
        archive::lay_out(&self.setup_py_tree(), directory);
    }

    /// Writes the tree of [`Self::sdist_with_backend`] into a directory.
    pub fn lay_out_with_backend(&self, directory: &Path) {
        archive::lay_out(&self.backend_tree(), directory);
    }

    fn setup_py_tree(&self) -> Files {
        let mut files = self.tree();
        let call = format!(
            "from setuptools import setup\nsetup(name={}, version={}, description={}, \
             py_modules=[{}], install_requires=[{}])\n",
            literal(&self.name),
            literal(&self.version),
            literal(&self.summary),
            literal(&self.module()),
            self.needs
                .iter()
                .map(|need| literal(need))
                .collect::<Vec<_>>()
                .join(", "),
        );
        let code = self.with_mark("setup.py", &call);
        files.insert("setup.py".to_owned(), code.into_bytes());
        if let Some(needs) = &self.build_needs {
            let pyproject = format!("[build-system]\nrequires = {needs:?}\n");
            files.insert("pyproject.toml".to_owned(), pyproject.into_bytes());
        }
        files
    }

    fn backend_tree(&self) -> Files {
        let mut files = self.tree();
        let mut code = self.with_mark("backend", BACKEND);
        if let Some(module) = &self.backend_imports {
            code += &format!("\nimport sys; sys.path.insert(0, os.getcwd()); import {module}\n");
        }
        files.insert("inside/backend_inside.py".to_owned(), code.into_bytes());
        let pyproject = format!(
            "[build-system]\nrequires = {:?}\nbuild-backend = \"backend_inside\"\n\
             backend-path = [\"inside\"]\n",
            self.build_needs.as_deref().unwrap_or_default()
        );
        files.insert("pyproject.toml".to_owned(), pyproject.into_bytes());
        files
    }

    fn tree(&self) -> Files {
        let mut files = self.files.clone();
        files.insert(format!("{}.py", self.module()), self.code("module"));
        files.insert("PKG-INFO".to_owned(), self.metadata());
        files
    }

    fn pack(&self, files: &Files) -> Distribution {
        let top = format!("{}-{}", self.module(), self.version);
        let bytes = archive::tar_gz(&top, files);
        self.distribution(format!("{top}.tar.gz"), bytes)
    }

    fn distribution(&self, filename: String, bytes: Vec<u8>) -> Distribution {
        Distribution {
            name: self.name.clone(),
            version: self.version.clone(),
            filename,
            bytes: bytes.into(),
            metadata: self.metadata().into(),
            package: self.clone(),
        }
    }

    fn module(&self) -> String {
        self.name.to_ascii_lowercase().replace(['-', '.'], "_")
    }

    fn code(&self, what: &str) -> Vec<u8> {
        let version = format!("VERSION = {}\n", literal(&self.version));
        self.with_mark(what, &version).into_bytes()
    }

    fn with_mark(&self, what: &str, code: &str) -> String {
        match &self.marker {
            Some(marker) => {
                let line = marker.python(&format!("{what} of {}:", self.name));
                let line = if self.hides { hidden(&line) } else { line };
                format!("{line}\n{code}")
            }
            None => code.to_owned(),
        }
    }

    fn metadata(&self) -> Vec<u8> {
        use std::fmt::Write;
        let mut text = format!(
            "Metadata-Version: 2.1\nName: {}\nVersion: {}\nSummary: {}\n",
            self.name, self.version, self.summary
        );
        let lines = self
            .needs
            .iter()
            .map(|need| format!("Requires-Dist: {need}"));
        let urls = self
            .urls
            .iter()
            .map(|(label, address)| format!("Project-URL: {label}, {address}"));
        let extras = self.needs.iter().filter_map(|need| {
            let (_, rest) = need.split_once("extra == '")?;
            Some(format!("Provides-Extra: {}", rest.trim_end_matches('\'')))
        });
        let mail = self.mail.iter().map(|mail| format!("Author-email: {mail}"));
        for line in mail.chain(lines).chain(urls).chain(extras) {
            writeln!(text, "{line}").expect("a string takes every write");
        }
        write!(text, "\n{}\n", self.description).expect("a string takes every write");
        text.into_bytes()
    }
}

/// A Python (and TOML) string literal.
fn literal(text: &str) -> String {
    serde_json::to_string(text).expect("text is always JSON")
}

/// A digest as PEP 376 wants it: URL-safe base 64 without padding.
fn record_digest(content: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = Sha256::digest(content);
    let mut text = String::new();
    for chunk in digest.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0_u32, |bits, (place, byte)| {
            bits | u32::from(*byte) << (16 - 8 * place)
        });
        for place in 0..=chunk.len() {
            let index = (bits >> (18 - 6 * place)) & 63;
            text.push(char::from(ALPHABET[index as usize]));
        }
    }
    text
}
