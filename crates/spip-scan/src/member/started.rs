//! Commands in files, and what follows when something starts them.

use spip_core::{Act, Deed, Oddity, Taints, Trigger};

use crate::module::{LocalAct, Module};

/// The commands of a file, which run when it is started; `None`: there are none.
pub(crate) fn commands(path: &str, commands: Vec<Oddity>) -> Option<Module> {
    let acts = commands.into_iter().map(|command| LocalAct {
        act: Act {
            deed: Deed::Spawn,
            callee: "sh".to_owned(),
            trigger: Trigger::Never,
            taints: Taints::NONE,
            texts: vec![command.site.excerpt.trim().to_owned()],
            layers: 0,
            disguised: false,
            site: command.site,
        },
        within: None,
        runs: None,
    });
    let acts: Vec<_> = acts.collect();
    (!acts.is_empty()).then(|| Module::foreign(path, acts))
}
