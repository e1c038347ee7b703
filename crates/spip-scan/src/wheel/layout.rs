//! Where the files of a wheel are installed, and what that makes of them.

use hashbrown::HashSet;

use spip_core::Trigger;

use crate::layout::{Duty, Layout, Promise, ending, is_aside, module_name};
use crate::startup;
use crate::wheel::metadata::WheelName;
use crate::wheel::prefix;

/// The places of a wheel.
pub(crate) struct WheelLayout {
    project: Option<String>,
    promise: Promise,
    with_byte_code: HashSet<String>,
    sources: HashSet<String>,
}

/// Where a file goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// Among the modules: the path there.
    Modules(&'a str),
    /// Among the modules of Python's own library: the path there.
    Library(&'a str),
    /// Among the commands: its name.
    Command(&'a str),
    /// Below the prefix of the environment, at none of these places: the path there.
    Prefix(&'a str),
    /// Data, headers, metadata.
    Other,
}

impl WheelLayout {
    /// The places of a wheel with these files.
    pub(crate) fn new(paths: &[&str], name: Option<&WheelName>) -> Self {
        let (with_byte_code, sources) = super::sources(paths.iter().copied());
        Self {
            project: name.map(|name| name.project.clone()),
            promise: name.map_or(Promise::Open, |name| name.promise),
            with_byte_code,
            sources,
        }
    }
}

/// Where a member of a wheel goes.
pub(crate) fn place(path: &str) -> Place<'_> {
    let Some((top, rest)) = path.split_once('/') else {
        return Place::Modules(path);
    };
    if top.ends_with(".dist-info") {
        return Place::Other;
    }
    if ending(top) != "data" {
        return Place::Modules(path);
    }
    match rest.split_once('/') {
        Some(("purelib" | "platlib", module)) => Place::Modules(module),
        Some(("scripts", name)) if name.to_ascii_lowercase().starts_with("activate") => {
            // What is there by this name is the environment's own.
            Place::Prefix(rest)
        }
        Some(("scripts", name)) => Place::Command(name),
        Some(("data", data)) => data_place(data),
        _ => Place::Other,
    }
}

/// Data goes below the prefix of the environment, where commands and modules are too.
fn data_place(path: &str) -> Place<'_> {
    for packages in ["site-packages/", "dist-packages/"] {
        if let Some(at) = path.find(packages) {
            return Place::Modules(&path[at + packages.len()..]);
        }
    }
    if let Some(inner) = prefix::library(path) {
        return Place::Library(inner);
    }
    match path.split_once('/') {
        _ if prefix::shared(path).is_some() => Place::Prefix(path),
        Some(("bin" | "Scripts" | "sbin", name)) => Place::Command(name),
        _ => Place::Prefix(path),
    }
}

/// What a place below the prefix makes of a file.
fn prefix_duty(path: &str) -> Duty {
    let mut duty = Duty::aside();
    if let Some(shared) = prefix::shared(path) {
        duty.trigger = shared.trigger;
    } else if !is_aside(path) {
        duty.trigger = Trigger::Call;
        duty.role.trigger = Trigger::Call;
        duty.role.uncalled = Trigger::Call;
    }
    if prefix::is_profile(path) {
        duty.role.trigger = Trigger::Start;
        duty.role.uncalled = Trigger::Call;
    }
    duty.commands = prefix::holds_commands(path);
    duty
}

/// What a place among the modules makes of a file.
pub(crate) fn module_duty(path: &str) -> Duty {
    let duty = match module_name(path) {
        Some((name, is_package)) => Duty::module(name, is_package),
        None => {
            let mut duty = Duty::aside();
            duty.trigger = Trigger::Call;
            duty.role.trigger = Trigger::Call;
            duty.role.uncalled = Trigger::Call;
            duty
        }
    };
    let mut duty = if is_aside(path) {
        duty.set_aside()
    } else {
        duty
    };
    if startup::is_customize(path) {
        duty.role.trigger = Trigger::Start;
    }
    if !path.contains('/') {
        duty.starts = Some(Trigger::Start);
    }
    duty
}

impl Layout for WheelLayout {
    fn duty(&self, path: &str) -> Duty {
        match place(path) {
            Place::Modules(path) => module_duty(path),
            // No start-up files are looked for there.
            Place::Library(path) => Duty {
                starts: None,
                ..module_duty(path)
            },
            Place::Prefix(path) => prefix_duty(path),
            Place::Command(_) => {
                let mut duty = Duty::aside();
                duty.role.trigger = Trigger::Call;
                duty.role.uncalled = Trigger::Call;
                duty.trigger = Trigger::Call;
                duty
            }
            Place::Other => {
                let mut duty = Duty::aside();
                if !is_aside(path) {
                    duty.trigger = Trigger::Call;
                    duty.role.trigger = Trigger::Call;
                    duty.role.uncalled = Trigger::Call;
                }
                duty
            }
        }
    }

    fn promise(&self) -> Promise {
        self.promise
    }

    fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    fn has_byte_code(&self, source: &str) -> bool {
        self.with_byte_code.contains(source)
    }

    fn has_source(&self, source: &str) -> bool {
        self.sources.contains(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_where_installers_put_them() {
        for (path, expected) in [
            ("a/b.py", Place::Modules("a/b.py")),
            ("x.pth", Place::Modules("x.pth")),
            ("d-1.data/purelib/x.pth", Place::Modules("x.pth")),
            ("d-1.data/platlib/a/b.py", Place::Modules("a/b.py")),
            ("d-1.data/scripts/pip", Place::Command("pip")),
            ("d-1.data/data/bin/pip", Place::Command("pip")),
            (
                "d-1.data/data/lib/python3.11/site-packages/x.pth",
                Place::Modules("x.pth"),
            ),
            ("d-1.data/data/share/x", Place::Prefix("share/x")),
            ("d-1.data/data/pip.conf", Place::Prefix("pip.conf")),
            ("d-1.data/data/bin/activate", Place::Prefix("bin/activate")),
            (
                "d-1.data/scripts/activate",
                Place::Prefix("scripts/activate"),
            ),
            (
                "d-1.data/data/lib/python3.11/os.py",
                Place::Library("os.py"),
            ),
            ("d-1.dist-info/RECORD", Place::Other),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
    }

    #[test]
    fn only_top_level_files_act_at_start() {
        assert_eq!(module_duty("x.pth").starts, Some(Trigger::Start));
        assert_eq!(module_duty("a/x.pth").starts, None);
        assert_eq!(module_duty("sitecustomize.py").role.trigger, Trigger::Start);
        assert_eq!(
            module_duty("a/sitecustomize.py").role.trigger,
            Trigger::Import
        );
        assert_eq!(
            module_duty("usercustomize/__init__.py").role.trigger,
            Trigger::Start
        );
    }

    #[test]
    fn tests_of_a_package_lie_aside() {
        assert_eq!(module_duty("a/tests/b.py").role.trigger, Trigger::Never);
        assert_eq!(module_duty("a/b.py").role.trigger, Trigger::Import);
    }
}
