//! Virtual environments that cost milliseconds.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::pips::Pip;
use crate::provision;

/// Setuptools and wheel versions that every supported pip can use on every supported Python.
pub const BUILD_TOOLS: [(&str, &str); 2] = [("setuptools", "75.8.2"), ("wheel", "0.45.1")];

/// A virtual environment with one pip in it.
#[derive(Debug)]
pub struct Environment {
    root: PathBuf,
}

impl Environment {
    /// Makes one at this path, with the files of pip as hard links.
    pub fn create(root: PathBuf, pip: &Pip) -> Self {
        let environment = Self { root };
        let python = provision::python();
        let bin = environment.bin();
        fs::create_dir_all(&bin).expect("a temporary directory is writable");
        fs::create_dir_all(environment.packages()).expect("a temporary directory is writable");
        environment.configure("false");
        symlink(&python.executable, bin.join("python")).expect("nothing is there yet");
        for name in ["python3".to_owned(), format!("python{}", python.minor)] {
            symlink("python", bin.join(name)).expect("nothing is there yet");
        }
        link_tree(&pip.directory, &environment.packages());
        environment.script("pip");
        environment.script("pip3");
        environment
    }

    /// Adds setuptools and wheel.
    pub fn add_build_tools(&self) {
        for (project, version) in BUILD_TOOLS {
            let directory = provision::unpacked(project, version);
            let directory = directory.unwrap_or_else(|why| panic!("{project}: {why}"));
            link_tree(&directory, &self.packages());
        }
    }

    /// Lets the environment see the packages of the system, which `--user` asks for.
    pub fn see_the_system(&self) {
        self.configure("true");
    }

    /// Changes a source file of pip, such as `_internal/build_env.py`.
    pub fn change_pip(&self, file: &str, change: impl FnOnce(&str) -> String) {
        let path = self.packages().join("pip").join(file);
        let before = fs::read_to_string(&path).expect("pip has this file");
        let after = change(&before);
        assert_ne!(before, after, "{file} was not changed");
        // The file is a hard link to the one that all environments share.
        fs::remove_file(&path).expect("a temporary directory is writable");
        fs::write(&path, after).expect("a temporary directory is writable");
        let directory = path.parent().expect("it was joined").join("__pycache__");
        let stem = path.file_stem().expect("it has a name").to_string_lossy();
        for compiled in fs::read_dir(directory).into_iter().flatten() {
            let compiled = compiled.expect("the directory is readable").path();
            let name = compiled
                .file_name()
                .expect("it has a name")
                .to_string_lossy();
            if name.starts_with(&format!("{stem}.")) {
                fs::remove_file(&compiled).expect("a temporary directory is writable");
            }
        }
    }

    /// The top directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory with the interpreter.
    pub fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// The interpreter.
    pub fn python(&self) -> PathBuf {
        self.bin().join("python")
    }

    /// `site-packages`.
    pub fn packages(&self) -> PathBuf {
        let name = format!("lib/python{}/site-packages", provision::python().minor);
        self.root.join(name)
    }

    /// Whether a package of this name and version is installed.
    pub fn has(&self, module: &str, version: &str) -> bool {
        let info = format!("{module}-{version}.dist-info");
        self.packages().join(info).is_dir()
    }

    fn configure(&self, system: &str) {
        let python = provision::python();
        let home = python
            .executable
            .parent()
            .expect("an interpreter lies in a directory");
        let text = format!(
            "home = {}\ninclude-system-site-packages = {system}\nversion = {}\n",
            home.display(),
            python.minor
        );
        fs::write(self.root.join("pyvenv.cfg"), text).expect("a temporary directory is writable");
    }

    fn script(&self, name: &str) {
        let path = self.bin().join(name);
        let text = format!(
            "#!{}\nimport sys\nfrom pip._internal.cli.main import main\n\
             if __name__ == '__main__':\n    sys.exit(main())\n",
            self.python().display()
        );
        fs::write(&path, text).expect("a temporary directory is writable");
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&path, mode).expect("the file is ours");
    }
}

fn link_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a temporary directory is writable");
    for entry in fs::read_dir(from).expect("the shared directory is readable") {
        let entry = entry.expect("the shared directory is readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            link_tree(&entry.path(), &target);
        } else if target.exists() {
            // Added before: copying a file onto its own link would empty both.
        } else if fs::hard_link(entry.path(), &target).is_err() {
            // Another file system; a copy that keeps the times keeps the compiled files valid.
            copy_with_times(&entry.path(), &target);
        }
    }
}

fn copy_with_times(from: &Path, to: &Path) {
    fs::copy(from, to).expect("a temporary directory is writable");
    let modified = fs::metadata(from).and_then(|metadata| metadata.modified());
    let modified = modified.expect("the shared directory is readable");
    let file = fs::File::options().append(true).open(to);
    let file = file.expect("the copy is ours");
    file.set_modified(modified).expect("the copy is ours");
}
