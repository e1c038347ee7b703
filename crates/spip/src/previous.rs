//! Reads the installed releases that those of a plan take the place of, while the tool still works.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spip_core::{
    Answer, Cause, Contents, Gap, Location, Makeup, Package, PackageId, PackageName, Previous,
    Quoted, Sha256, Step, Version, Why,
};

use spip_memory::Store;

use crate::audit::environment::is_information;
use crate::audit::files::{self, source_of};
use crate::audit::installed::{self, Installed};
use crate::audit::record;
use crate::examining::{Examining, Reading};
use crate::features::rules;
use crate::scanner::Scanner;
use crate::tree::{Links, is_absent, open_file};

/// A RECORD is not longer than this.
const LONGEST_RECORD: u64 = 64 << 20;

/// Endings of code and of what tells when it runs; all that comparing needs to be read.
const READ: &[&str] = &["py", "pyw", "pth", "start"];

/// The installed releases that one run takes the place of.
pub(crate) struct Replaced {
    memory: Option<Store>,
    places: Vec<PathBuf>,
    known: HashMap<(PackageId, &'static str), Reading>,
}

impl Replaced {
    /// Nothing is known yet. What is remembered need not be read again.
    pub(crate) fn new(memory: Option<Store>) -> Self {
        Self {
            memory,
            places: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Modules are installed into these directories.
    pub(crate) fn learn_places(&mut self, places: &[PathBuf]) {
        let new = places.iter().filter(|place| !self.places.contains(place));
        let new: Vec<_> = new.cloned().collect();
        self.places.extend(new);
    }

    /// Starts to read what is installed of the same name. What a build needs is installed aside.
    pub(crate) fn learn(&mut self, package: &Package, examining: &Examining) {
        let key = (package.id, package.artifact.kind());
        if matches!(package.why, Why::Build { .. }) || self.known.contains_key(&key) {
            return;
        }
        let (places, memory, subject) = (self.places.clone(), self.memory.clone(), package.clone());
        let scanning = examining.scanning_wheel(package);
        let reading = examining.bench().installed(scanning, move |scanner, new| {
            let is_remembered = |installed: &Installed| {
                let memory = memory.as_ref();
                memory.is_some_and(|memory| remembers(memory, installed, &subject))
            };
            let extent = |installed: &Installed| Extent::of(installed, &subject, new);
            read(&places, &subject.name, is_remembered, extent, scanner)
        });
        self.known.insert(key, reading);
    }

    /// What a package takes the place of. `None`: nothing that is known.
    pub(crate) fn reading(&self, package: &Package) -> Option<Reading> {
        match package.why {
            Why::Build { .. } => None,
            _ => {
                let key = (package.id, package.artifact.kind());
                self.known.get(&key).cloned()
            }
        }
    }
}

/// Waits for an answer. Whatever stands in the way of reading weighs no more than not comparing.
pub(crate) async fn settle(reading: Option<Reading>) -> Answer<Previous> {
    match reading {
        Some(reading) => reading.await.map_err(|gap| match gap.cause {
            Cause::Uncompared => gap,
            _ => uncompared(&gap.to_string()),
        }),
        None => Ok(None),
    }
}

/// Whether the installed release was judged on this machine by the rules of today, so that what is
/// remembered of it tells as much as reading it again. That looks at nothing but older releases.
fn remembers(memory: &Store, installed: &Installed, new: &Package) -> bool {
    let is_older = new.version.as_ref().is_some_and(|version| {
        installed.version != *version && Step::between(&installed.version, version) != Step::Back
    });
    if !is_older || !new.artifact.is_from_index() {
        return false;
    }
    // What cannot be recalled is told by those that ask for it.
    let remembered = memory.recall(&installed.name).ok().flatten();
    let releases = remembered.map(|it| it.releases).unwrap_or_default();
    releases.iter().any(|release| {
        let version = release.version.parse::<Version>();
        release.kind == "wheel"
            && release.makeup.is_some()
            && release.rules == rules()
            && version.is_ok_and(|version| version == installed.version)
    })
}

/// What is installed of this name. `None`: nothing, nothing with files of its own, or what is
/// remembered anyway.
fn read(
    places: &[PathBuf],
    name: &PackageName,
    is_remembered: impl Fn(&Installed) -> bool,
    extent: impl Fn(&Installed) -> Extent,
    scanner: &Scanner,
) -> Answer<Previous> {
    for site in places {
        let found = find(site, name).map_err(|error| uncompared(&error))?;
        if let Some(installed) = found {
            if is_remembered(&installed) {
                return Ok(None);
            }
            return of(&installed, extent(&installed), scanner).map_err(|why| uncompared(&why));
        }
    }
    Ok(None)
}

fn uncompared(why: &str) -> Gap {
    Gap::new(Cause::Uncompared, format!("what is installed of it: {why}"))
}

/// The distribution of this name.
fn find(site: &Path, name: &PackageName) -> Result<Option<Installed>, String> {
    let entries = match std::fs::read_dir(site) {
        Ok(entries) => entries,
        // Not every place exists; what is not there is not taken the place of.
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut found = BTreeSet::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let stem = stem.split('-').next().unwrap_or_default();
        if is_information(&path) && stem.parse().is_ok_and(|told: PackageName| told == *name) {
            found.insert(path);
        }
    }
    // Any package can lay a directory of this name beside the real one.
    if found.len() > 1 {
        return Err(format!("{} distributions have its name", found.len()));
    }
    let first = found.first();
    first.map(|path| installed::read(site, path)).transpose()
}

/// How much of an installed release is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// What it is made of: its own texts, and the names of its files.
    Texts,
    /// Its code as well.
    Code,
}

impl Extent {
    /// Code is read only for what the new one does and would be asked about.
    fn of(installed: &Installed, new: &Package, contents: Option<&Contents>) -> Self {
        let version = new.version.as_ref();
        let step = version.map(|version| Step::between(&installed.version, version));
        let is_quiet = contents.is_some_and(|contents| !spip_checks::compares(contents));
        match step {
            Some(Step::Patch | Step::Minor) if !is_quiet => Self::Code,
            _ => Self::Texts,
        }
    }

    /// Byte code that Python keeps beside its source is that source's.
    fn covers(self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        if matches!(name, Some("METADATA" | "entry_points.txt")) {
            return true;
        }
        let ending = path.extension().and_then(|ending| ending.to_str());
        let is_code = ending.is_some_and(|ending| READ.contains(&ending));
        let is_loose = ending == Some("pyc") && source_of(path).is_none();
        self == Self::Code && (is_code || is_loose)
    }
}

fn of(
    installed: &Installed,
    extent: Extent,
    scanner: &Scanner,
) -> Result<Option<Arc<Previous>>, String> {
    let directory = installed
        .direct
        .as_ref()
        .and_then(|it| it.dir_info.as_ref());
    // Any wheel can say so of itself, too.
    if directory.is_some_and(|directory| directory.editable) {
        return Err("it says that it is installed from a directory".to_owned());
    }
    let Some(lines) = installed.record.as_ref().map_err(Clone::clone)? else {
        // What an old distribution's files are, nothing says; pip does not replace it either.
        return Ok(None);
    };
    let site = &installed.site;
    let wanted: Vec<_> = lines
        .iter()
        .filter(|line| extent.covers(Path::new(&line.path)))
        .cloned()
        .collect();
    let compared = record::compare(site, &installed.information, &wanted);
    if let Some(oddity) = compared.oddities.first() {
        let (member, detail) = (Quoted::new(&oddity.site.member), &oddity.detail);
        return Err(format!("{member}: {detail}"));
    }
    if let Some(unread) = compared.unread.first() {
        return Err(format!(
            "{}: {}",
            Quoted::new(&unread.member),
            unread.detail
        ));
    }
    let sha256 = digest(&installed.information)?;
    let owned = compared.owned.into_iter().filter(|path| path.is_file());
    let mut contents = match extent {
        Extent::Code => Contents::clone(&scanner.replaced(sha256, || files::named(site, owned))),
        Extent::Texts => scanner.installed(files::named(site, owned)),
    };
    if let Some(unread) = contents.unread.first() {
        return Err(format!(
            "{}: {}",
            Quoted::new(&unread.member),
            unread.detail
        ));
    }
    add_native(&mut contents.makeup, lines);
    Ok(Some(Arc::new(Previous {
        version: Some(installed.version.clone()),
        kind: "wheel",
        contents,
        read_at: Location::File {
            path: installed.information.clone(),
        },
    })))
}

/// What is known by its name; reading machine code would only take time.
fn add_native(makeup: &mut Makeup, lines: &[record::Line]) {
    let paths: Vec<&str> = lines.iter().map(|line| line.path.as_str()).collect();
    let more = spip_scan::makeup_of_files(&paths);
    makeup.native = more.native;
    makeup.modules.extend(more.modules);
    makeup.start_files.extend(more.start_files);
    makeup
        .commands
        .extend(paths.iter().filter_map(|path| script(path)));
}

/// The name of a script that lies where commands are installed, as seen from the modules.
fn script(path: &str) -> Option<String> {
    let (folder, name) = path.strip_prefix("../")?.rsplit_once('/')?;
    let is_place = matches!(folder.rsplit('/').next(), Some("bin" | "Scripts"));
    is_place.then(|| name.to_owned())
}

/// The digest of RECORD: with it the bytes of all that RECORD lists are known.
fn digest(information: &Path) -> Result<Sha256, String> {
    use sha2::Digest as _;

    let file = open_file(&information.join("RECORD"), Links::Refuse);
    let mut bytes = Vec::new();
    file.and_then(|file| file.take(LONGEST_RECORD).read_to_end(&mut bytes))
        .map_err(|error| format!("RECORD: {error}"))?;
    Ok(Sha256::from_bytes(sha2::Sha256::digest(&bytes).into()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn site(content: &str) -> tempfile::TempDir {
        let site = tempfile::tempdir().unwrap();
        let information = site.path().join("Demo_Kit-1.0.dist-info");
        fs::create_dir_all(site.path().join("demo_kit")).unwrap();
        fs::create_dir(&information).unwrap();
        fs::write(site.path().join("demo_kit/__init__.py"), content).unwrap();
        fs::write(
            information.join("METADATA"),
            "Name: demo-kit\nVersion: 1.0\n",
        )
        .unwrap();
        let record = "demo_kit/__init__.py,sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n\
            demo_kit/_fast.abi3.so,sha256=x,9\n\
            ../../../bin/kit,sha256=x,9\n../../../share/bin.txt,sha256=x,9\n\
            Demo_Kit-1.0.dist-info/RECORD,,\n";
        fs::write(information.join("RECORD"), record).unwrap();
        site
    }

    fn read_from(site: &Path) -> Answer<Previous> {
        let places = [site.join("gone"), site.to_owned()];
        read(
            &places,
            &"demo-kit".parse().unwrap(),
            |_| false,
            |_| Extent::Code,
            &Scanner::new(None),
        )
    }

    #[test]
    fn reads_the_distribution_of_the_same_name() {
        let site = site("abc");
        let previous = read_from(site.path()).unwrap().expect("it is there");
        assert_eq!(previous.version, "1.0".parse().ok());
        let makeup = &previous.contents.makeup;
        assert!(makeup.modules.contains("demo_kit"), "{makeup:?}");
        assert!(makeup.native.contains("demo_kit/_fast.abi3.so"));
        assert_eq!(makeup.commands, ["kit".to_owned()].into());
        let other = "other".parse().unwrap();
        let answer = read(
            &[site.path().to_owned()],
            &other,
            |_| false,
            |_| Extent::Code,
            &Scanner::new(None),
        );
        assert_eq!(answer, Ok(None));
    }

    #[test]
    fn files_that_changed_since_leave_a_gap_that_weighs_low() {
        let site = site("abd");
        let gap = read_from(site.path()).unwrap_err();
        assert_eq!(gap.cause, Cause::Uncompared);
        assert_eq!(gap.cause.worst(), spip_core::Severity::Low);
        assert!(gap.detail.raw().contains("demo_kit/__init__.py"), "{gap}");
    }

    #[test]
    fn code_is_read_only_where_it_is_compared() {
        let site = site("abc");
        let information = site.path().join("Demo_Kit-1.0.dist-info");
        let installed = installed::read(site.path(), &information).unwrap();
        let extent = |version: &str, contents: Option<&Contents>| {
            let package = Package {
                id: PackageId(0),
                name: "demo-kit".parse().unwrap(),
                version: version.parse().ok(),
                why: Why::Requested,
                artifact: spip_core::Artifact::Module { path: "x".into() },
            };
            Extent::of(&installed, &package, contents)
        };
        let quiet = Contents::default();
        assert_eq!(extent("1.0.1", Some(&quiet)), Extent::Texts);
        assert_eq!(extent("1.0.1", None), Extent::Code);
        assert_eq!(extent("2.0", None), Extent::Texts);
        let code = Path::new("demo_kit/__init__.py");
        assert!(Extent::Code.covers(code) && !Extent::Texts.covers(code));
        assert!(Extent::Texts.covers(&information.join("METADATA")));
    }

    #[test]
    fn what_says_that_it_is_a_tree_is_not_compared_and_says_so() {
        let site = site("abc");
        let direct = r#"{"url": "file:///w", "dir_info": {"editable": true}}"#;
        let path = site.path().join("Demo_Kit-1.0.dist-info/direct_url.json");
        fs::write(path, direct).unwrap();
        let gap = read_from(site.path()).unwrap_err();
        assert_eq!(gap.cause, Cause::Uncompared);
    }

    #[test]
    fn two_distributions_of_one_name_are_not_compared() {
        let site = site("abc");
        fs::create_dir(site.path().join("demo_kit-0.0.1.dist-info")).unwrap();
        let gap = read_from(site.path()).unwrap_err();
        assert_eq!(gap.cause, Cause::Uncompared);
        assert!(gap.to_string().contains("2 distributions"), "{gap}");
    }
}
