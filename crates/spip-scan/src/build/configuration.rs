//! What the configuration of a build says about the tree.

use spip_core::{Odd, PackageName, Site, Trigger};

use crate::findings::Findings;
use crate::module::Root;
use crate::startup::is_dotted;

/// How many things of one kind are taken from a configuration.
const MOST: usize = 2000;

/// What pyproject.toml and setup.cfg say.
#[derive(Default)]
pub(crate) struct Configuration {
    /// The project's name, normalised; empty: not told.
    pub(crate) name: String,
    /// The module of the back end.
    pub(crate) backend: Option<String>,
    /// Directories that the back end is looked for in; empty text: the top.
    pub(crate) backend_path: Vec<String>,
    /// Files that the build runs.
    pub(crate) scripts: Vec<String>,
    /// Directories below which modules lie.
    pub(crate) import_roots: Vec<String>,
    /// Variables that the build reads from modules.
    pub(crate) attributes: Vec<(String, String)>,
    /// Packages whose modules hold commands of the build.
    pub(crate) command_packages: Vec<String>,
    /// Where code begins to run.
    pub(crate) roots: Vec<Root>,
    /// Something was left out because there is too much of it.
    pub(crate) has_more: bool,
}

impl Configuration {
    /// The project's name.
    pub(crate) fn name(&mut self, name: &str) {
        if let Ok(name) = name.trim().parse::<PackageName>() {
            name.as_str().clone_into(&mut self.name);
        }
    }

    /// A file that the build runs.
    pub(crate) fn script(&mut self, path: &str) {
        self.has_more |= !push(&mut self.scripts, directory(path));
    }

    /// A package in which the build looks for its commands.
    pub(crate) fn command_package(&mut self, name: &str) {
        let name = name.trim();
        if is_dotted(name) {
            self.has_more |= !push(&mut self.command_packages, name.replace('.', "/"));
        }
    }

    /// A directory below which modules lie.
    pub(crate) fn import_root(&mut self, path: &str) {
        let path = directory(path);
        if !path.is_empty() {
            self.has_more |= !push(&mut self.import_roots, path);
        }
    }

    /// An object that the build calls: `module:object` or `module.object`.
    pub(crate) fn called_by_build(&mut self, target: &str) {
        let (module, object) = match target.split_once(':') {
            Some(parts) => parts,
            None => target.rsplit_once('.').unwrap_or((target, "")),
        };
        self.root(module, object, Trigger::Build);
    }

    /// A variable that the build reads: `module.variable`.
    pub(crate) fn read_by_build(&mut self, target: &str) {
        if let Some((module, variable)) = target.trim().rsplit_once('.')
            && is_dotted(module)
        {
            self.has_more |= !push(
                &mut self.attributes,
                (module.to_owned(), variable.to_owned()),
            );
        }
    }

    /// A place where code begins to run.
    pub(crate) fn root(&mut self, module: &str, object: &str, trigger: Trigger) {
        let (module, object) = (module.trim(), object.trim());
        if is_dotted(module) {
            let object = is_dotted(object).then(|| object.to_owned());
            let root = Root {
                module: module.to_owned(),
                object,
                trigger,
            };
            self.has_more |= !push(&mut self.roots, root);
        }
    }
}

/// Adds to a list; `false`: it is full. What is named twice takes no room.
fn push<T: PartialEq>(list: &mut Vec<T>, item: T) -> bool {
    let has_room = list.len() < MOST;
    let is_known = list.contains(&item);
    if has_room && !is_known {
        list.push(item);
    }
    has_room || is_known
}

/// A directory as it stands in paths of members.
pub(crate) fn directory(path: &str) -> String {
    crate::archive::tar::normal(path.trim())
}

/// A build requirement that an address names instead of an index.
pub(crate) fn requirement(path: &str, text: &str, line: u32, whole: &str, findings: &mut Findings) {
    let text = text.trim();
    let direct = match text.split_once('@') {
        Some((_, target)) => target.contains("://") || target.trim_start().starts_with("file:"),
        None => false,
    };
    let bare = [
        "http://", "https://", "git+", "file:", "hg+", "svn+", "bzr+",
    ];
    if direct || bare.iter().any(|start| text.starts_with(start)) {
        let site = match whole.find(text) {
            Some(at) => crate::member::shell::site(path, line, whole, at..at + text.len()),
            None => Site::member(path),
        };
        let detail = crate::archive::names::quoted(text);
        findings.odd_at(Odd::BuildRequirementUrl, Trigger::Build, site, detail);
    }
}

/// The line that a text stands in, from 1, and its number.
pub(crate) fn line_of<'t>(whole: &'t str, text: &str) -> (u32, &'t str) {
    let found = (1_u32..)
        .zip(whole.lines())
        .find(|(_, line)| line.contains(text));
    found.unwrap_or((0, ""))
}
