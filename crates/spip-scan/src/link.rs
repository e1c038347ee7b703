//! Puts the modules of one artifact together: which code runs when.

use spip_core::{Act, Oddity, Unread};

use crate::module::{Module, Root};

/// Puts modules together.
pub(crate) fn link(modules: Vec<Module>, _roots: &[Root]) -> (Vec<Act>, Vec<Oddity>, Vec<Unread>) {
    let (mut acts, mut oddities, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for module in modules {
        acts.extend(module.acts.into_iter().map(|local| local.act));
        oddities.extend(module.oddities);
        unread.extend(module.unread);
    }
    (acts, oddities, unread)
}
