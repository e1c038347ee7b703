//! What a build may start or import that is no Python source.

use spip_core::{Act, Cause, Deed, Site, Taints, Trigger};

use crate::findings::Findings;
use crate::layout::{Layout, ending};
use crate::member::shell;
use crate::module::{LocalAct, Module};

/// How many scripts are looked for in the code of a build.
const SCRIPTS: usize = 1000;

/// The words by which the code of a build would start scripts.
pub(super) fn scripts<'p>(
    paths: impl Iterator<Item = &'p str>,
    top: &str,
    findings: &mut Findings,
) -> Vec<String> {
    let mut scripts: Vec<String> = paths
        .filter(|path| shell::kind(path, b"") == Some(shell::Kind::Script))
        .map(|path| shell::started_as(path).to_owned())
        .collect();
    scripts.sort_unstable();
    scripts.dedup();
    if scripts.len() > SCRIPTS {
        let detail = format!("more than {SCRIPTS} scripts, of which the build may start any");
        findings.unread(top, Cause::TooLarge, detail);
        scripts.truncate(SCRIPTS);
    }
    scripts
}

/// Machine code that lies where an import finds it; `None`: it is none, or lies elsewhere.
pub(super) fn extension(path: &str, layout: &dyn Layout) -> Option<Module> {
    if !matches!(ending(path), "so" | "pyd") {
        return None;
    }
    // `name.cpython-311-x86_64-linux-gnu.so`, `name.abi3.so`, `name.pyd`.
    let name = path.rsplit('/').next().unwrap_or(path);
    let folder = path.strip_suffix(name).unwrap_or_default();
    let stem = name.split('.').next().unwrap_or(name);
    let role = layout.duty(&format!("{folder}{stem}.py")).role;
    role.module.as_ref()?;
    // A back end runs whether something else imports it or not.
    let trigger = match role.trigger {
        Trigger::Build => Trigger::Build,
        _ => Trigger::Never,
    };
    let load = Act {
        deed: Deed::LoadNative,
        callee: "import".to_owned(),
        trigger,
        taints: Taints::UNSEEN.with(Taints::PACKAGE_DATA),
        texts: Vec::new(),
        layers: 0,
        disguised: false,
        site: Site::member(path),
    };
    let load = LocalAct {
        act: load,
        within: None,
        runs: None,
    };
    let mut module = Module::foreign(path, vec![load]);
    module.role.module = role.module;
    module.role.trigger = trigger;
    Some(module)
}
