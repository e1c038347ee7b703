//! Connects the modules of an artifact: what an import or a call runs, runs as early as they do.

use std::collections::{BTreeMap, HashMap};

use spip_core::{Act, Deed, Oddity, Trigger, Unread};

use crate::module::{LocalAct, Module, Root};

/// The acts of all modules with the trigger that the whole artifact gives them.
pub(crate) fn link(modules: Vec<Module>, roots: &[Root]) -> (Vec<Act>, Vec<Oddity>, Vec<Unread>) {
    let levels = Levels::settle(&modules, roots);
    let triggers: Vec<(Trigger, Vec<Trigger>)> = modules
        .iter()
        .enumerate()
        .map(|(index, module)| {
            let top = levels.of(index, None).unwrap_or(module.role.trigger);
            let own = module.role.trigger;
            let acts = module.acts.iter();
            (
                top,
                acts.map(|local| levels.trigger(index, local, own, top))
                    .collect(),
            )
        })
        .collect();
    let mut acts: BTreeMap<(String, u32, u32, Deed, u8), Act> = BTreeMap::new();
    let mut oddities = Vec::new();
    let mut unread = Vec::new();
    for (module, (top, triggers)) in modules.into_iter().zip(triggers) {
        let own = module.role.trigger;
        for (local, trigger) in module.acts.into_iter().zip(triggers) {
            let act = Act {
                trigger,
                ..local.act
            };
            let key = (
                act.site.member.clone(),
                act.site.line,
                act.site.mark.0,
                act.deed,
                act.layers,
            );
            match acts.get_mut(&key) {
                Some(known) => merge(known, act),
                None => {
                    acts.insert(key, act);
                }
            }
        }
        oddities.extend(module.oddities.into_iter().map(|oddity| {
            let trigger = if oddity.trigger == own {
                own.max(top)
            } else {
                oddity.trigger
            };
            Oddity { trigger, ..oddity }
        }));
        unread.extend(module.unread);
    }
    (acts.into_values().collect(), oddities, unread)
}

fn merge(known: &mut Act, other: Act) {
    known.trigger = known.trigger.max(other.trigger);
    known.taints = known.taints.with(other.taints);
    known.disguised |= other.disguised;
    for text in other.texts {
        if known.texts.len() < 12 && !known.texts.contains(&text) {
            known.texts.push(text);
        }
    }
}

/// When top levels (`None`) and functions run.
struct Levels<'m> {
    known: HashMap<(usize, Option<&'m str>), Trigger>,
    names: HashMap<&'m str, usize>,
    /// What the top level of each module imports by name: the last part, and the whole.
    imports: Vec<HashMap<&'m str, Vec<&'m str>>>,
    waiting: Vec<(usize, Option<&'m str>)>,
}

impl<'m> Levels<'m> {
    fn settle(modules: &'m [Module], roots: &'m [Root]) -> Self {
        let mut names = HashMap::new();
        let mut imports = Vec::with_capacity(modules.len());
        for (index, module) in modules.iter().enumerate() {
            if let Some(name) = &module.role.module {
                names.entry(name.as_str()).or_insert(index);
            }
            let mut own: HashMap<&str, Vec<&str>> = HashMap::new();
            for used in module
                .uses
                .iter()
                .filter(|used| used.within.is_none() && !used.called)
            {
                let last = used.target.rsplit('.').next().unwrap_or(&used.target);
                own.entry(last).or_default().push(&used.target);
            }
            imports.push(own);
        }
        let mut levels = Self {
            known: HashMap::new(),
            names,
            imports,
            waiting: Vec::new(),
        };
        for (index, module) in modules.iter().enumerate() {
            levels.raise(index, None, module.role.trigger);
            for used in &module.uses {
                if let Some(within) = &used.within {
                    levels.raise(index, Some(within), module.role.uncalled);
                }
            }
        }
        for root in roots {
            levels.reach(&root.module, false, root.trigger);
            if let Some(&index) = levels.names.get(root.module.as_str())
                && let Some(object) = root.object.as_deref()
            {
                levels.raise(index, Some(object), root.trigger);
            }
        }
        while let Some((index, within)) = levels.waiting.pop() {
            let trigger = levels.known[&(index, within)];
            let uses = modules[index].uses.iter();
            for used in uses.filter(|used| used.within.as_deref() == within) {
                levels.reach(&used.target, used.called, trigger);
            }
        }
        levels
    }

    fn of(&self, index: usize, within: Option<&str>) -> Option<Trigger> {
        self.known.get(&(index, within)).copied()
    }

    fn raise(&mut self, index: usize, within: Option<&'m str>, trigger: Trigger) {
        let known = self.known.entry((index, within)).or_insert(Trigger::Never);
        if trigger > *known {
            *known = trigger;
            self.waiting.push((index, within));
        }
    }

    /// Something imports or calls a dotted name.
    fn reach(&mut self, target: &'m str, called: bool, trigger: Trigger) {
        let mut end = target.len();
        let mut found = false;
        loop {
            let name = &target[..end];
            if let Some(&index) = self.names.get(name) {
                self.raise(index, None, trigger);
                if called && !found && end < target.len() {
                    self.call(index, &target[end + 1..], trigger, 4);
                }
                found = true;
            }
            match name.rfind('.') {
                Some(dot) => end = dot,
                None => break,
            }
        }
    }

    fn call(&mut self, index: usize, object: &'m str, trigger: Trigger, depth: u32) {
        self.raise(index, Some(object), trigger);
        let first = object.split(['.', '(']).next().unwrap_or(object);
        let elsewhere = self.imports[index].get(first).cloned().unwrap_or_default();
        for whole in elsewhere {
            let Some((module, name)) = whole.rsplit_once('.') else {
                continue;
            };
            if let (Some(&other), true) = (self.names.get(module), depth > 0)
                && other != index
            {
                self.call(other, name, trigger, depth - 1);
            }
        }
    }

    /// When an act runs.
    fn trigger(&self, index: usize, local: &LocalAct, own: Trigger, top: Trigger) -> Trigger {
        let act = local.act.trigger;
        match local.within.as_deref() {
            None if act == own => act.max(top),
            None => act,
            Some(within) => {
                // Once the file is imported, anybody may call what it defines.
                let mut trigger = match top {
                    Trigger::Never => act,
                    _ => act.max(Trigger::Call),
                };
                // A class that is called runs its constructor.
                let constructors = ["__init__", "__new__", "__call__", "run"];
                let class = within
                    .rsplit_once('.')
                    .filter(|(_, method)| constructors.contains(method));
                for name in [Some(within), class.map(|(class, _)| class)]
                    .into_iter()
                    .flatten()
                {
                    trigger = trigger.max(self.of(index, Some(name)).unwrap_or(Trigger::Never));
                }
                trigger
            }
        }
    }
}
