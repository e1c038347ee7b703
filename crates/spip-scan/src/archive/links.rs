//! Links: whether they stay inside the archive, and which other names they give to files.

use hashbrown::HashMap;

use spip_core::Odd;

use crate::archive::names::quoted;
use crate::archive::tar::normal;
use crate::archive::{Entry, Manners, What};
use crate::findings::Findings;

/// How many links are followed one behind the other.
const CHAIN: usize = 8;

/// Under how many other names a file is looked at.
const MOST_NAMES: usize = 64;

/// The links of an archive or tree.
#[derive(Default)]
pub(crate) struct Links {
    /// Path of the link → path of what it leads to.
    targets: HashMap<String, String>,
    /// The same by target, for links to files.
    names: HashMap<String, Vec<String>>,
}

impl Links {
    /// Collects the links and reports those that leave.
    pub(crate) fn new(entries: &[Entry], findings: &mut Findings) -> Self {
        let mut links = Self::default();
        for entry in entries {
            if let What::Link { target, hard } = &entry.what {
                let from = if *hard { "" } else { parent(&entry.path) };
                if let Some(inside) = resolve(from, target) {
                    links.targets.insert(entry.path.clone(), inside);
                }
            }
        }
        for entry in entries {
            if let What::Link { target, hard } = &entry.what {
                let from = if *hard { "" } else { parent(&entry.path) };
                if resolve(from, target).is_none() || links.turns_back(from, target) {
                    let trigger = Manners::Source.trigger();
                    let detail = format!("leads to {} outside", quoted(target));
                    findings.odd(Odd::EscapingLink, trigger, &entry.path, detail);
                }
            }
        }
        links.follow(entries, findings);
        links
    }

    /// Finds out which names each file has; what cannot be followed or is too much is told.
    fn follow(&mut self, entries: &[Entry], findings: &mut Findings) {
        let trigger = Manners::Source.trigger();
        for entry in entries {
            let path = &entry.path;
            match self.end(path) {
                Some(end) => {
                    let names = self.names.entry(end).or_default();
                    if names.len() < MOST_NAMES {
                        names.push(path.clone());
                    } else {
                        let detail = format!("one of more than {MOST_NAMES} links to one file");
                        findings.odd(Odd::Malformed, trigger, path, detail);
                    }
                }
                None if self.targets.contains_key(path) => {
                    let detail = format!("a link through itself or more than {CHAIN} others");
                    findings.odd(Odd::Malformed, trigger, path, detail);
                }
                None => {}
            }
        }
        for names in self.names.values_mut() {
            names.sort_unstable();
        }
    }

    /// The other paths under which a file can be reached.
    pub(crate) fn names_of(&self, path: &str) -> Vec<String> {
        let mut names = self.names.get(path).cloned().unwrap_or_default();
        // A link to a directory gives names to everything below.
        for (at, _) in path.match_indices('/') {
            let directories = self.names.get(&path[..at]).into_iter().flatten();
            // A link into itself has no end; its first round is enough.
            let below = directories.map(|name| format!("{name}{}", &path[at..]));
            names.extend(below);
        }
        names.truncate(MOST_NAMES);
        names
    }

    /// Where a chain of links ends.
    fn end(&self, path: &str) -> Option<String> {
        let mut at = self.targets.get(path)?;
        for _ in 0..CHAIN {
            match self.targets.get(at) {
                Some(next) => at = next,
                None => return Some(at.clone()),
            }
        }
        None
    }

    /// Whether a target goes through another link and then upwards: where that leads, the text
    /// does not tell.
    fn turns_back(&self, from: &str, target: &str) -> bool {
        let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
        for part in target.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if self.targets.contains_key(&parts.join("/")) {
                        return true;
                    }
                    parts.pop();
                }
                name => parts.push(name),
            }
        }
        false
    }
}

/// The path that a target names; `None`: it is outside.
fn resolve(from: &str, target: &str) -> Option<String> {
    if target.starts_with('/') || target.contains(['\\', '\0']) {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(normal(&parts.join("/")))
}

/// The directory of a path.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(path: &str, target: &str) -> Entry {
        Entry {
            path: path.to_owned(),
            size: 0,
            what: What::Link {
                target: target.to_owned(),
                hard: false,
            },
        }
    }

    fn escaping(links: &[(&str, &str)]) -> Vec<String> {
        let entries: Vec<_> = links.iter().map(|(path, to)| link(path, to)).collect();
        let mut findings = Findings::default();
        Links::new(&entries, &mut findings);
        let members = findings.oddities.into_iter();
        members.map(|oddity| oddity.site.member).collect()
    }

    #[test]
    fn links_inside_are_normal() {
        let links = [
            ("top/a", "b"),
            ("top/x/c", "../b"),
            ("top/d", "./x/../x"),
            ("top/e", "d/f"),
        ];
        assert_eq!(escaping(&links), Vec::<String>::new());
    }

    #[test]
    fn links_that_leave_are_named() {
        for (path, target) in [
            ("top/a", "/etc/passwd"),
            ("top/a", "../../etc/passwd"),
            ("a", ".."),
            ("top/x/y", "../../../top"),
        ] {
            assert_eq!(escaping(&[(path, target)]), [path], "{target}");
        }
    }

    #[test]
    fn links_that_go_up_behind_another_link_are_named() {
        let links = [("top/here", "."), ("top/up", "here/../x")];
        assert_eq!(escaping(&links), ["top/up"]);
    }

    #[test]
    fn a_link_gives_a_file_another_name() {
        let entries = [
            link("top/setup.py", "data/x.txt"),
            link("top/pkg", "data"),
            link("l", "l"),
        ];
        let links = Links::new(&entries, &mut Findings::default());
        assert_eq!(
            links.names_of("top/data/x.txt"),
            ["top/setup.py", "top/pkg/x.txt"]
        );
        assert_eq!(links.names_of("top/other.txt"), Vec::<String>::new());
    }
}
