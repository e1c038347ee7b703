//! Source archives and trees: what the build runs, what would be installed, what lies aside.

pub(crate) mod configuration;
mod ini;
pub(crate) mod pyproject;
pub(crate) mod setup_cfg;
mod started;
mod tools;

mod names;

pub(crate) use self::names::{check_name, project_of};
use hashbrown::HashSet;

use spip_core::{Cause, Odd, Trigger};

use crate::archive::links::Links;
use crate::archive::{Entry, Manners};
use crate::build::configuration::Configuration;
use crate::findings::Findings;
use crate::layout::{Duty, Layout, is_aside, module_name};
use crate::member::shell;
use crate::tables::stdlib;

/// The texts that direct a build; nothing larger is read.
pub(crate) const TEXT: u64 = 1 << 20;

/// Directories at the top that hold neither what is installed nor what the build needs.
const ASIDE: &[&str] = &[
    ".github",
    ".circleci",
    ".azure-pipelines",
    ".gitlab",
    ".ci",
    ".devcontainer",
    ".binder",
    "ci",
    "scripts",
    "script",
    "tools",
    "tool",
    "dev",
    "devtools",
    "devscripts",
    "buildconfig",
    "buildtools",
    "build_tools",
    "build_scripts",
    "dev_tools",
    "hack",
    "bin",
    "util",
    "misc",
    "contrib",
    "extras",
    "maint",
    "admin",
    "release",
    "packaging",
    "notebooks",
    "recipes",
    "playground",
    "e2e",
    "integration",
    "integration_tests",
    "fuzz",
    "fuzzing",
    "perf",
    "profiling",
    "asv_bench",
    "bench",
    "vendor",
    "third_party",
    "thirdparty",
    "external",
    "extern",
    "node_modules",
    "subprojects",
    "docker",
    "etc",
];

/// Directories at the top that lie aside unless they are packages.
const EXAMPLES: &[&str] = &["example", "sample", "demo"];

/// Files that tools for developers run, never the build.
const DEVELOPERS: &[&str] = &[
    "conftest.py",
    "noxfile.py",
    "toxfile.py",
    "tasks.py",
    "fabfile.py",
    "dodo.py",
    "conf.py",
    "runtests.py",
    "run_tests.py",
    "dev.py",
    "release.py",
    "manage.py",
    "benchmark.py",
    "bench.py",
    "test.py",
    "tests.py",
];

/// Directories below which modules may lie as well as at the top.
const ROOTS: &[&str] = &["src", "lib", "python", "Lib", "source"];

/// The places of a source tree.
pub(crate) struct SourceLayout {
    /// The one directory at the top, with its slash; empty: none.
    top: String,
    project: String,
    configuration: Configuration,
    links: Links,
    packages: HashSet<String>,
    with_byte_code: HashSet<String>,
    sources: HashSet<String>,
    scripts: Vec<String>,
}

impl SourceLayout {
    /// The places of a tree with these entries. `texts` finds the text of a file by its path.
    pub(crate) fn new(
        entries: &[Entry],
        project: &str,
        texts: &dyn Fn(&str) -> Option<String>,
        findings: &mut Findings,
    ) -> Self {
        let top = top_directory(entries);
        let links = Links::new(entries, findings);
        let mut configuration = Configuration::default();
        let path = |name: &str| format!("{top}{name}");
        if let Some(text) = texts(&path("pyproject.toml")) {
            pyproject::read(&path("pyproject.toml"), &text, &mut configuration, findings);
        }
        if let Some(text) = texts(&path("hatch.toml")) {
            pyproject::read_hatch(&path("hatch.toml"), &text, &mut configuration, findings);
        }
        if let Some(text) = texts(&path("setup.cfg")) {
            setup_cfg::read(&path("setup.cfg"), &text, &mut configuration, findings);
        }
        if configuration.has_more {
            let detail = "the settings of its build name more than is followed";
            findings.unread(&path("pyproject.toml"), Cause::TooLarge, detail);
        }
        let paths = || entries.iter().map(|entry| entry.path.as_str());
        let inside = |path: &str| path.strip_prefix(&top).unwrap_or(path).to_owned();
        let packages = paths()
            .filter_map(|path| path.strip_suffix("/__init__.py"))
            .map(inside);
        let (with_byte_code, sources) = crate::wheel::sources(paths());
        let layout = Self {
            scripts: started::scripts(paths(), &top, findings),
            packages: packages.collect(),
            project: match project {
                "" => configuration.name.clone(),
                project => project.to_owned(),
            },
            configuration,
            links,
            with_byte_code,
            sources,
            top,
        };
        let extensions = paths().filter_map(|path| started::extension(path, &layout));
        findings.modules.extend(extensions);
        layout
    }

    /// The directory at the top, with its slash; empty: none.
    pub(crate) fn top(&self) -> &str {
        &self.top
    }

    /// Where code begins to run because the configuration says so.
    pub(crate) fn roots(&self) -> &[crate::module::Root] {
        &self.configuration.roots
    }

    /// How a Python file gets to run.
    fn python(&self, path: &str) -> Duty {
        let name = path.rsplit('/').next().unwrap_or(path);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if path == "setup.py"
            || self
                .configuration
                .command_packages
                .iter()
                .any(|it| it == folder)
            || self
                .configuration
                .scripts
                .iter()
                .any(|script| script == path)
        {
            let module = module_name(path).map(|(name, _)| name);
            let mut duty = Duty::module(module.clone().unwrap_or_default(), false);
            duty.role.module = module;
            duty.role.trigger = Trigger::Build;
            duty.role.uncalled = Trigger::Build;
            duty.trigger = Trigger::Build;
            return duty;
        }
        if let Some(duty) = self.backend(path) {
            return duty;
        }
        let (root, inner) = self.import_root(path);
        let duty = match module_name(inner) {
            Some((name, is_package)) => Duty::module(name, is_package),
            None => {
                let mut duty = Duty::aside();
                duty.trigger = Trigger::Call;
                duty.role.trigger = Trigger::Call;
                duty.role.uncalled = Trigger::Call;
                duty
            }
        };
        let first = inner.split('/').next().unwrap_or(inner);
        let installed = inner == first || !root.is_empty() || self.is_package(first);
        if !installed || is_aside(path) || self.is_aside_at_top(path) || DEVELOPERS.contains(&name)
        {
            return duty.set_aside();
        }
        duty
    }

    /// A back end that lies in the tree, and what lies beside it.
    fn backend(&self, path: &str) -> Option<Duty> {
        let backend = self.configuration.backend.as_ref()?;
        self.configuration
            .backend_path
            .iter()
            .find_map(|directory| {
                let inner = match directory.as_str() {
                    "" => path,
                    directory => path.strip_prefix(directory)?.strip_prefix('/')?,
                };
                let (name, is_package) = module_name(inner)?;
                let mut duty = Duty::module(name.clone(), is_package);
                let is_backend = name == *backend || backend.starts_with(&format!("{name}."));
                // What the back end imports from the standard library is looked for here first.
                let top = name.split('.').next().unwrap_or(&name);
                if is_backend || stdlib::shadows(top, &self.project) {
                    duty.role.trigger = Trigger::Build;
                    duty.role.uncalled = Trigger::Build;
                    duty.trigger = Trigger::Build;
                    return Some(duty);
                }
                // At the top everything lies beside it.
                (!directory.is_empty()).then(|| duty.set_aside())
            })
    }

    /// The directory below which a file's module name begins, and the rest.
    fn import_root<'p>(&self, path: &'p str) -> (&'p str, &'p str) {
        let below = |root: &str| path.strip_prefix(root)?.strip_prefix('/');
        let configured = self.configuration.import_roots.iter().map(String::as_str);
        let usual = ROOTS
            .iter()
            .copied()
            .filter(|root| !self.packages.contains(*root));
        configured
            .chain(usual)
            .filter_map(|root| Some((root.len(), below(root)?)))
            .max_by_key(|(length, _)| *length)
            .map_or(("", path), |(length, inner)| (&path[..length], inner))
    }

    /// Whether a directory at the top looks like a package that is installed.
    fn is_package(&self, name: &str) -> bool {
        let project = self.project.replace('-', "_");
        let lower = name.to_lowercase();
        self.packages.contains(name)
            || lower == project
            || project.starts_with(&format!("{lower}_"))
    }

    /// Whether a file lies in a package, and with it where the package is installed.
    fn is_installed(&self, path: &str) -> bool {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        self.packages.contains(directory)
            || directory
                .match_indices('/')
                .any(|(at, _)| self.packages.contains(&directory[..at]))
    }

    fn is_aside_at_top(&self, path: &str) -> bool {
        let first = path.split_once('/').map_or("", |(first, _)| first);
        let own = first.to_lowercase() == self.project.replace('-', "_");
        let example = EXAMPLES.contains(&first) && !self.packages.contains(first);
        !own && (example || ASIDE.contains(&first))
    }

    fn inside<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.top.as_str()).unwrap_or(path)
    }
}
/// The one directory that holds everything, with its slash; empty: there is none.
fn top_directory(entries: &[Entry]) -> String {
    match tops(entries).as_slice() {
        [one]
            if entries
                .iter()
                .any(|entry| entry.path.starts_with(&format!("{one}/"))) =>
        {
            format!("{one}/")
        }
        _ => String::new(),
    }
}

/// The first parts of all paths, those that tools leave behind set aside.
fn tops(entries: &[Entry]) -> Vec<&str> {
    let first = |entry: &'_ Entry| -> Option<usize> {
        let end = entry.path.find('/').unwrap_or(entry.path.len());
        let top = &entry.path[..end];
        let left_behind = top == "pax_global_header" || top.starts_with("PaxHeaders");
        (!left_behind).then_some(end)
    };
    let mut tops: Vec<&str> = entries
        .iter()
        .filter_map(|entry| Some(&entry.path[..first(entry)?]))
        .collect();
    tops.sort_unstable();
    tops.dedup();
    tops
}

/// A source archive has one directory at the top.
pub(crate) fn check_tops(entries: &[Entry], findings: &mut Findings) {
    let tops = tops(entries);
    if tops.len() > 1 {
        let trigger = Manners::Source.trigger();
        let detail = format!("{} names at the top of the archive", tops.len());
        findings.odd(Odd::SeveralTops, trigger, tops[1], detail);
    }
}

impl Layout for SourceLayout {
    fn duty(&self, path: &str) -> Duty {
        let inner = self.inside(path);
        let mut duty = self.python(inner);
        let aside = is_aside(inner) || self.is_aside_at_top(inner);
        let script = shell::kind(inner, b"") == Some(shell::Kind::Script);
        if aside || (script && !self.is_installed(inner)) {
            duty.trigger = Trigger::Never;
        } else if duty.trigger == Trigger::Never {
            // Data beside modules: whatever reads it is called.
            duty.trigger = Trigger::Call;
        }
        if !aside {
            duty.starts = Some(Trigger::Start);
            duty.build_file = Trigger::Build;
        }
        let (_, module) = self.import_root(inner);
        if !aside && crate::startup::is_customize(module) && duty.role.trigger == Trigger::Import {
            duty.role.trigger = Trigger::Start;
        }
        duty
    }

    fn scripts(&self) -> &[String] {
        &self.scripts
    }

    fn names_of(&self, path: &str) -> Vec<String> {
        self.links.names_of(path)
    }

    fn project(&self) -> Option<&str> {
        (!self.project.is_empty()).then_some(self.project.as_str())
    }

    fn has_byte_code(&self, source: &str) -> bool {
        self.with_byte_code.contains(source)
    }

    fn has_source(&self, source: &str) -> bool {
        self.sources.contains(source)
    }

    fn read_by_build(&self, path: &str) -> Option<&str> {
        let (_, inner) = self.import_root(self.inside(path));
        let (module, _) = module_name(inner)?;
        let reads = self.configuration.attributes.iter();
        let mut reads = reads.filter(|(name, _)| *name == module);
        reads.next().map(|(_, variable)| variable.as_str())
    }
}

#[cfg(test)]
mod tests;
