//! What a run leaves behind in the environment beside what it installed.

pub(crate) mod aside;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rayon::prelude::*;
use spip_core::{
    Artifact, Consent, Contents, Decision, Odd, Oddity, Package, PackageId, PackageName, Plan,
    Quoted, Site, Trigger, Why,
};
use tokio::task::spawn_blocking;

use crate::audit::files::{self, Named};
use crate::audit::{installed, look, record};
use crate::child::Running;
use crate::consent;
use crate::data;
use crate::gathered::{Gathered, Known};
use crate::judge::Judge;
use crate::scanner::Scanner;
use state::{State, kept};

/// The environment as it was before the run.
#[derive(Debug, Default)]
pub(crate) struct Before {
    places: Vec<PathBuf>,
    start: BTreeMap<PathBuf, (State, String)>,
    /// All code; only when code of packages was about to run.
    code: Option<BTreeMap<PathBuf, State>>,
}

/// One file that came or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The file, and its name in findings.
    pub(crate) file: Named,
    /// It was not there before.
    pub(crate) is_new: bool,
    /// The interpreter looks at it at every start.
    pub(crate) at_start: bool,
}

/// What a run was about to install.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// The packages that were judged.
    pub(crate) packages: BTreeSet<PackageName>,
    /// The trees that an environment may point at.
    pub(crate) trees: Vec<PathBuf>,
}

impl Before {
    /// Looks at start-up files, which every interpreter looks at.
    pub(crate) fn start(places: &[PathBuf]) -> io::Result<Self> {
        let mut before = Self::default();
        for place in places {
            // A directory that is not there yet may be there afterwards.
            let place = place.canonicalize().unwrap_or_else(|_| place.clone());
            for path in files::start_files(&place)? {
                let text = kept(&path);
                if let Some(state) = still_there(State::of(&path))? {
                    before.start.insert(path, (state, text));
                }
            }
            before.places.push(place);
        }
        before.places.sort_unstable();
        before.places.dedup();
        Ok(before)
    }

    /// Looks at all code, once: code of packages is about to run.
    pub(crate) async fn before_code(self) -> io::Result<Self> {
        let looked = spawn_blocking(move || self.look_at_code());
        looked.await.map_err(io::Error::other).flatten()
    }

    fn look_at_code(mut self) -> io::Result<Self> {
        if self.code.is_none() {
            let paths = self.everything()?.into_par_iter();
            let state = |path: PathBuf| {
                let state = still_there(State::of(&path)).transpose()?;
                Some(state.map(|state| (path, state)))
            };
            let states = paths.filter_map(state);
            self.code = Some(states.collect::<io::Result<_>>()?);
        }
        Ok(self)
    }

    fn everything(&self) -> io::Result<BTreeSet<PathBuf>> {
        let mut found = BTreeSet::new();
        for place in &self.places {
            found.append(&mut files::everything(place)?);
        }
        Ok(found)
    }

    /// What came or changed and is not accounted for.
    pub(crate) fn changes(&self, expected: &Expected) -> io::Result<Vec<Change>> {
        let mut changed = BTreeMap::new();
        for place in &self.places {
            for path in files::start_files(place)? {
                let before = self.start.get(&path).map(|(state, _)| state);
                if is_other(before, &path)? {
                    changed.insert(path, (before.is_none(), true));
                }
            }
        }
        if let Some(code) = &self.code {
            for path in self.everything()? {
                let before = code.get(&path);
                if is_other(before, &path)? {
                    changed.entry(path).or_insert((before.is_none(), false));
                }
            }
        }
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let owned = self.owned(expected)?;
        let unaccounted = changed.into_iter().filter(|(path, (_, at_start))| {
            let is_pointer = *at_start && self.only_points_at(path, &expected.trees);
            !is_pointer && !files::is_owned(path, &owned)
        });
        let named = |(path, (is_new, at_start)): (PathBuf, (bool, bool))| Change {
            file: self.named(path),
            is_new,
            at_start,
        };
        Ok(unaccounted.map(named).collect())
    }

    /// The files that the RECORDs of what was installed account for, as they are there.
    fn owned(&self, expected: &Expected) -> io::Result<BTreeSet<PathBuf>> {
        let mut owned = BTreeSet::new();
        for place in &self.places {
            let listed = still_there(installed::list(place))?;
            let (all, _) = listed.unwrap_or_default();
            let wanted = all
                .into_iter()
                .filter(|installed| expected.packages.contains(&installed.name));
            for installed in wanted {
                owned.extend(files_of(&installed));
            }
        }
        Ok(owned)
    }

    /// Whether all that came is lines that lead to trees of the run, as an editable install writes
    /// them.
    fn only_points_at(&self, path: &Path, trees: &[PathBuf]) -> bool {
        if path.extension().is_none_or(|ending| ending != "pth") {
            return false;
        }
        let before = self.start.get(path).map_or("", |(_, text)| text.as_str());
        let before: BTreeSet<&str> = before.lines().collect();
        let text = kept(path);
        let mut added = text.lines().filter(|line| !before.contains(line));
        added.all(|line| {
            let line = Path::new(line.trim_end());
            let leads_back = line.components().any(|part| part.as_os_str() == "..");
            !leads_back && trees.iter().any(|tree| line.starts_with(tree))
        })
    }

    fn named(&self, path: PathBuf) -> Named {
        let inside = self.places.iter().find_map(|place| {
            let inside = path.strip_prefix(place).ok()?;
            Some(inside.to_string_lossy().into_owned())
        });
        Named {
            name: inside.unwrap_or_else(|| path.to_string_lossy().into_owned()),
            path,
        }
    }
}

/// Whether a file is not as it was; one that is gone harms nobody.
fn is_other(before: Option<&State>, path: &Path) -> io::Result<bool> {
    let Some(before) = before else {
        return Ok(true);
    };
    Ok(still_there(before.still_is(path))? == Some(false))
}

/// Other programs remove files whenever they like.
fn still_there<T>(looked: io::Result<T>) -> io::Result<Option<T>> {
    match looked {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Change {
    /// The source beside which Python writes such byte code by itself: the two are compared.
    pub(crate) fn source(&self) -> Option<PathBuf> {
        files::source_of(&self.file.path).filter(|source| source.is_file())
    }

    /// For the checks.
    pub(crate) fn oddity(&self) -> Oddity {
        let what = if self.is_new { "came" } else { "changed" };
        Oddity {
            what: Odd::Appeared,
            trigger: if self.at_start {
                Trigger::Start
            } else {
                Trigger::Import
            },
            detail: format!("it {what} during this run, and nothing installed mentions it"),
            site: Site::member(&self.file.name),
        }
    }
}

impl Expected {
    /// What was judged to be installed; what a build needs is installed elsewhere.
    pub(crate) fn of<'a>(packages: impl Iterator<Item = &'a Package>) -> Self {
        let mut expected = Self::default();
        for package in packages.filter(|package| !matches!(package.why, Why::Build { .. })) {
            expected.packages.insert(package.name.clone());
            let tree = match &package.artifact {
                Artifact::Directory { path, .. } => Some(path),
                Artifact::Checkout { path, .. } => path.as_ref(),
                Artifact::Wheel(file) | Artifact::Sdist(file) => file.built_from.as_ref(),
                Artifact::Module { .. } => None,
            };
            expected.trees.extend(tree.cloned());
        }
        expected
    }
}

/// Judges what came beside the installation, and asks whether to move it aside. The answer says in
/// which state things are; `None`: there is nothing to stop for.
pub(crate) async fn judge(
    judge: &mut Judge,
    before: Before,
    expected: Expected,
    running: &mut Running,
) -> io::Result<Option<String>> {
    let changes = spawn_blocking(move || before.changes(&expected));
    let changes = changes.await.map_err(io::Error::other).flatten()?;
    if changes.is_empty() {
        return Ok(None);
    }
    let contents = contents(&changes, judge.library.scanner());
    let (plan, facts) = case(judge, contents);
    if judge.weigh(&plan, &facts) == Decision::Allow {
        return Ok(None);
    }
    let (new, altered): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| change.is_new);
    let mut state = vec!["the environment was changed beside the installation".to_owned()];
    if !altered.is_empty() {
        state.push("install again what a changed file belongs to".to_owned());
    }
    let new: Vec<PathBuf> = new.into_iter().map(|change| change.file.path).collect();
    if new.is_empty() {
        return Ok(Some(state.join("; ")));
    }
    let question = format!(
        "Move {} new file(s) aside, where nothing runs them?",
        new.len()
    );
    if consent::ask(&question, Some(running)).await != Consent::Given {
        state.push("nothing was moved".to_owned());
        return Ok(Some(state.join("; ")));
    }
    let data = data::directory(|name| std::env::var_os(name));
    let below = data.ok_or_else(|| io::Error::other("there is no home directory"))?;
    let below = below.join("aside");
    for moved in aside::set_aside(&new, &below, Timestamp::now())? {
        let (from, to) = (
            moved.from.display().to_string(),
            moved.to.display().to_string(),
        );
        judge.screen.line(format_args!(
            "moved: {} to {}",
            Quoted::new(&from),
            Quoted::new(&to)
        ));
    }
    state.push("to put a file back, move it to where it was".to_owned());
    Ok(Some(state.join("; ")))
}

/// What the changed files hold. Byte code is read beside its source.
fn contents(changes: &[Change], scanner: &Scanner) -> Contents {
    let mut files: BTreeMap<String, Named> = BTreeMap::new();
    for change in changes {
        files.insert(change.file.name.clone(), change.file.clone());
        if let (Some(path), Some((folder, _))) = (
            change.source(),
            change.file.name.rsplit_once("__pycache__/"),
        ) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{folder}{name}");
            files.insert(name.clone(), Named { path, name });
        }
    }
    let mut contents = scanner.installed(files.into_values().collect());
    let unwritten = changes.iter().filter(|change| change.source().is_none());
    contents.oddities.extend(unwritten.map(Change::oddity));
    contents
}

/// The environment as something to judge.
fn case(judge: &Judge, contents: Contents) -> (Plan, Gathered) {
    let environment = look::environment(PackageId(u32::MAX), Path::new("site-packages"));
    let known = Known::of_contents(contents);
    let facts = [(environment.id, known)].into_iter().collect();
    (judge.plan(vec![environment]), facts)
}

/// What a package says is its own and is as it says. Old installers list files without digests.
fn files_of(installed: &installed::Installed) -> BTreeSet<PathBuf> {
    let (site, information) = (&installed.site, &installed.information);
    if let Ok(Some(lines)) = &installed.record {
        let compared = record::compare(site, information, lines);
        let wrong = compared.oddities.iter().map(|oddity| &oddity.site.member);
        let wrong: BTreeSet<_> = wrong.map(|member| record::place(site, member)).collect();
        return compared.owned.difference(&wrong).cloned().collect();
    }
    let list = crate::tree::read_text(&information.join("installed-files.txt"), 16 << 20);
    let list = list.unwrap_or_default();
    list.lines()
        .map(|line| record::place(information, line))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            let place = Self(tempfile::tempdir().unwrap());
            place.write("demo/x.py", "x = 1\n");
            place.write("easy-install.pth", "/old\n");
            place
        }

        fn root(&self) -> PathBuf {
            self.0.path().canonicalize().unwrap()
        }

        fn write(&self, name: &str, text: &str) {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn before(&self) -> Before {
            let before = Before::start(&[self.root()]).unwrap();
            before.look_at_code().unwrap()
        }
    }

    fn said(before: &Before, expected: &Expected) -> Vec<String> {
        let changes = before.changes(expected).unwrap().into_iter();
        let said = |change: Change| {
            let how = if change.is_new { "new" } else { "changed" };
            format!("{} {how} {}", change.file.name, change.at_start)
        };
        changes.map(said).collect()
    }

    #[test]
    fn tells_what_came_and_what_changed() {
        let place = Place::new();
        let before = place.before();
        assert_eq!(said(&before, &Expected::default()), [""; 0]);
        place.write("helper.pth", "import os\n");
        place.write("demo/x.py", "x = 2 # longer\n");
        place.write("demo/y.py", "");
        let expected = [
            "demo/x.py changed false",
            "demo/y.py new false",
            "helper.pth new true",
        ];
        assert_eq!(said(&before, &Expected::default()), expected);
    }

    #[test]
    fn a_link_that_leads_to_modules_elsewhere_is_told() {
        let (place, elsewhere) = (Place::new(), tempfile::tempdir().unwrap());
        let before = place.before();
        std::os::unix::fs::symlink(elsewhere.path(), place.root().join("helper")).unwrap();
        let expected = ["helper new false"];
        assert_eq!(said(&before, &Expected::default()), expected);
    }

    #[test]
    fn a_directory_that_was_not_there_is_looked_at_as_well() {
        let place = Place::new();
        let later = place.root().join("later");
        let before = Before::start(std::slice::from_ref(&later)).unwrap();
        place.write("later/helper.pth", "import os\n");
        assert_eq!(said(&before, &Expected::default()), ["helper.pth new true"]);
    }

    #[test]
    fn what_a_judged_package_records_is_accounted_for() {
        let place = Place::new();
        let before = place.before();
        place.write("new/z.py", "abc");
        let record = "new/z.py,sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n";
        place.write("new-1.0.dist-info/RECORD", record);
        let judged = Expected {
            packages: ["new".parse().unwrap()].into(),
            trees: Vec::new(),
        };
        assert_eq!(said(&before, &judged), [""; 0]);
        assert_eq!(said(&before, &Expected::default()), ["new/z.py new false"]);
        place.write("new/z.py", "abd");
        assert_eq!(said(&before, &judged), ["new/z.py new false"]);
    }

    #[test]
    fn lines_that_lead_to_the_users_own_tree_are_accounted_for() {
        let place = Place::new();
        let before = place.before();
        let expected = Expected {
            packages: BTreeSet::new(),
            trees: vec![PathBuf::from("/home/user/project")],
        };
        place.write("easy-install.pth", "/old\n/home/user/project/src\n");
        assert_eq!(said(&before, &expected), [""; 0]);
        for line in ["/home/user/project/../evil", "/evil", "import evil"] {
            place.write("easy-install.pth", &format!("/old\n{line}\n"));
            let told = ["easy-install.pth changed true"];
            assert_eq!(said(&before, &expected), told, "{line}");
        }
    }
}
