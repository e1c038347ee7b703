//! Places below the prefix of an environment that are not a project's own: what is put there
//! changes what others read or run.

use spip_core::Trigger;

/// A place that others read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// What it is.
    pub(crate) what: &'static str,
    /// When what is put there takes effect.
    pub(crate) trigger: Trigger,
}

/// Places by the beginnings of their paths, lower case; `$` at the end asks for the path's end.
/// The same places lie below `/usr`, `~/.local` and an environment's own directory.
const PLACES: &[(&str, &str, Trigger)] = &[
    ("pip.conf$", "the settings of pip", Trigger::Start),
    ("pip.ini$", "the settings of pip", Trigger::Start),
    ("etc/pip.conf$", "the settings of pip", Trigger::Start),
    (
        "pyvenv.cfg$",
        "the settings of the environment",
        Trigger::Start,
    ),
    (
        "bin/activate",
        "what activates the environment",
        Trigger::Start,
    ),
    (
        "scripts/activate",
        "what activates the environment",
        Trigger::Start,
    ),
    (
        "bin/deactivate",
        "what activates the environment",
        Trigger::Start,
    ),
    (
        "scripts/deactivate",
        "what activates the environment",
        Trigger::Start,
    ),
    (
        "etc/conda/",
        "what activates the environment",
        Trigger::Start,
    ),
    ("etc/profile", "what every shell runs", Trigger::Start),
    ("etc/bash", "what every shell runs", Trigger::Start),
    ("etc/zsh", "what every shell runs", Trigger::Start),
    ("etc/fish/", "what every shell runs", Trigger::Start),
    (
        "share/fish/vendor_conf.d/",
        "what every shell runs",
        Trigger::Start,
    ),
    ("etc/cron", "what starts by the clock", Trigger::Start),
    (
        "etc/xdg/autostart/",
        "what starts at every login",
        Trigger::Start,
    ),
    (
        "share/autostart/",
        "what starts at every login",
        Trigger::Start,
    ),
    ("etc/ld.so", "what every program loads", Trigger::Start),
    ("etc/npmrc$", "the settings of npm", Trigger::Start),
    ("etc/gitconfig$", "the settings of git", Trigger::Start),
    // Servers bring these, and most places of this kind are read by nobody.
    ("etc/systemd/", "services", Trigger::Call),
    ("lib/systemd/", "services", Trigger::Call),
    ("share/systemd/", "services", Trigger::Call),
    ("etc/init", "services", Trigger::Call),
    ("etc/rc", "services", Trigger::Call),
    ("share/dbus-1/services/", "services", Trigger::Call),
];

/// Whose place a path below the prefix is, if it is not the project's own.
pub(crate) fn shared(path: &str) -> Option<Shared> {
    let lower = path.to_ascii_lowercase();
    let is_there = |place: &str| match place.strip_suffix('$') {
        Some(whole) => lower == whole,
        None => lower.starts_with(place),
    };
    let known = PLACES.iter().find(|(place, ..)| is_there(place));
    known.map(|(_, what, trigger)| Shared {
        what,
        trigger: *trigger,
    })
}

/// The path below Python's own library, if it is there: `lib/python3.12`, `Lib`.
pub(crate) fn library(path: &str) -> Option<&str> {
    if let Some(inner) = path.strip_prefix("Lib/") {
        return Some(inner);
    }
    let (directory, inner) = path.strip_prefix("lib")?.split_once('/')?;
    let (python, inner) = inner.split_once('/')?;
    let is_version = |rest: &str| rest.starts_with(|it: char| it.is_ascii_digit());
    let is_python = ["python", "pypy"]
        .iter()
        .any(|name| python.strip_prefix(name).is_some_and(is_version));
    (matches!(directory, "" | "64") && is_python).then_some(inner)
}

/// Whether it holds commands that are run from there, whatever its name.
pub(crate) fn holds_commands(path: &str) -> bool {
    shared(path).is_some() || path.ends_with("/kernel.json") || path.ends_with(".desktop")
}

/// Whether it is Python that tools run at their own start.
pub(crate) fn is_profile(path: &str) -> bool {
    let tools = ["etc/ipython/", "share/ipython/", "etc/jupyter/"];
    tools.iter().any(|tool| path.starts_with(tool)) && crate::layout::is_source(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_others_are_told() {
        for path in [
            "pip.conf",
            "pyvenv.cfg",
            "bin/activate.fish",
            "Scripts/Activate.ps1",
            "etc/profile.d/x.sh",
            "share/fish/vendor_conf.d/x.fish",
            "etc/cron.d/x",
        ] {
            assert_eq!(
                shared(path).map(|it| it.trigger),
                Some(Trigger::Start),
                "{path}"
            );
        }
        let service = shared("lib/systemd/user/x.service");
        assert_eq!(service.map(|it| it.trigger), Some(Trigger::Call));
        for path in [
            "share/jupyter/kernels/x/kernel.json",
            "etc/jupyter/jupyter_server_config.d/x.json",
            "share/man/man1/x.1",
            "share/fish/vendor_completions.d/x.fish",
            "bin/demo",
            "etc/demo.conf",
            "demo/pip.conf",
        ] {
            assert_eq!(shared(path), None, "{path}");
        }
    }

    #[test]
    fn the_library_is_below_the_version() {
        assert_eq!(library("lib/python3.11/os.py"), Some("os.py"));
        assert_eq!(library("lib64/python3.11/json/x.py"), Some("json/x.py"));
        assert_eq!(library("Lib/os.py"), Some("os.py"));
        assert_eq!(library("lib/demo/os.py"), None);
        assert_eq!(library("lib/pythondemo/os.py"), None);
    }
}
