//! Connects the modules of an artifact: what an import or a call runs, runs as early as they do.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use spip_core::{Act, Deed, Oddity, Taints, Trigger, Unread};

use crate::module::{FILE, FOLDER, INSIDE, LocalAct, MAIN, Module, NESTED, Root, Use};

/// The acts of all modules with the trigger that the whole artifact gives them.
pub(crate) fn link(modules: Vec<Module>, roots: &[Root]) -> (Vec<Act>, Vec<Oddity>, Vec<Unread>) {
    let levels = Levels::settle(&modules, roots);
    let triggers: Vec<(Trigger, Vec<(Trigger, bool)>)> = modules
        .iter()
        .enumerate()
        .map(|(index, module)| {
            let top = levels.of(index, None).unwrap_or(module.role.trigger);
            let own = module.role.trigger;
            let acts = module.acts.iter();
            (
                top,
                acts.map(|local| {
                    let is_seen =
                        |path: &String| levels.file(path).is_some() || levels.is_folder(path);
                    let is_seen = local.runs.as_ref().is_some_and(is_seen);
                    (levels.trigger(index, local, own, top), is_seen)
                })
                .collect(),
            )
        })
        .collect();
    drop(levels);
    let mut acts: BTreeMap<(String, u32, u32, Deed, u8, bool), Act> = BTreeMap::new();
    let mut oddities = Vec::new();
    let mut unread = Vec::new();
    for (module, (top, triggers)) in modules.into_iter().zip(triggers) {
        let own = module.role.trigger;
        if module.only_if_run && top == Trigger::Never {
            continue;
        }
        for (local, (trigger, is_seen)) in module.acts.into_iter().zip(triggers) {
            let mut act = Act {
                trigger,
                ..local.act
            };
            // Of such a text the file says something else, or only a part runs.
            if is_seen && !act.taints.any(Taints::OWN_TEXT) {
                act.taints = act.taints.without(Taints::UNSEEN);
            }
            let key = (
                act.site.member.clone(),
                act.site.line,
                act.site.mark.0,
                act.deed,
                act.layers,
                // A function that talks for several callers is handed secrets by one of them.
                act.taints.any(Taints::SECRETS),
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

/// The functions that do or use something.
fn functions(module: &Module) -> Vec<&str> {
    let acts = module.acts.iter().filter_map(|act| act.within.as_deref());
    let uses = module.uses.iter().filter_map(|used| used.within.as_deref());
    let mut all: Vec<&str> = acts.chain(uses).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What a module uses of the artifact, by the functions that do: there may be as many uses as there
/// are functions.
fn by_function<'m>(module: &'m Module, tops: &HashSet<&str>) -> Vec<(Option<&'m str>, &'m Use)> {
    let inner = module.uses.iter().filter(|used| leads_in(used, tops));
    let mut uses: Vec<_> = inner.map(|used| (used.within.as_deref(), used)).collect();
    uses.sort_unstable_by_key(|(within, _)| *within);
    uses
}

/// Whether a use may lead to a module of the artifact; most lead to other projects.
fn leads_in(used: &Use, tops: &HashSet<&str>) -> bool {
    used.target.starts_with([FILE, FOLDER]) || tops.contains(top_of(&used.target))
}

/// The first part of a dotted name.
fn top_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Whether a function stands in one that the build calls: what a build makes, it uses.
fn is_built_in(of: Option<&str>, within: Option<&str>, trigger: Trigger) -> bool {
    let (Some(of), Some(within)) = (of, within) else {
        return false;
    };
    trigger == Trigger::Build
        && of
            .strip_prefix(within)
            .is_some_and(|rest| rest.starts_with(NESTED))
}

fn merge(known: &mut Act, other: Act) {
    known.trigger = known.trigger.max(other.trigger);
    known.taints = known.taints.joined(other.taints);
    known.disguised |= other.disguised;
    for text in other.texts {
        if known.texts.len() < 12 && !known.texts.contains(&text) {
            known.texts.push(text);
        }
    }
}

/// When top levels (`None`) and functions run.
pub(crate) struct Levels<'m> {
    known: HashMap<(usize, Option<&'m str>), Trigger>,
    names: HashMap<&'m str, usize>,
    files: HashMap<&'m str, usize>,
    /// The functions of a module that do something, where that was asked for.
    functions: HashMap<usize, Vec<&'m str>>,
    modules: &'m [Module],
    /// What the top level of each module imports by name: the last part, and the whole.
    imports: Vec<HashMap<&'m str, Vec<&'m str>>>,
    waiting: Vec<(usize, Option<&'m str>)>,
}

impl<'m> Levels<'m> {
    /// Follows imports and calls from where code begins to run.
    pub(crate) fn settle(modules: &'m [Module], roots: &'m [Root]) -> Self {
        let mut names = HashMap::new();
        let mut files = HashMap::new();
        let mut imports = Vec::with_capacity(modules.len());
        for (index, module) in modules.iter().enumerate() {
            files.entry(module.path.as_str()).or_insert(index);
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
            files,
            functions: HashMap::new(),
            modules,
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
        let tops: HashSet<&str> = levels.names.keys().map(|name| top_of(name)).collect();
        let modules = modules.iter();
        let uses: Vec<_> = modules.map(|module| by_function(module, &tops)).collect();
        while let Some((index, within)) = levels.waiting.pop() {
            let trigger = levels.known[&(index, within)];
            // What stands in a function comes right behind it.
            let begun = |of: &str| within.is_some_and(|within| of.starts_with(within));
            let uses = &uses[index];
            let near = &uses[uses.partition_point(|(of, _)| *of < within)..];
            let near = near.iter();
            let near = near.take_while(|(of, _)| *of == within || of.is_some_and(begun));
            let runs = |of: Option<&str>| of == within || is_built_in(of, within, trigger);
            for (_, used) in near.filter(|(of, _)| runs(*of)) {
                levels.reach(&used.target, used.called, trigger);
            }
        }
        levels
    }

    /// When the top level or a function of a module runs.
    pub(crate) fn of(&self, index: usize, within: Option<&str>) -> Option<Trigger> {
        self.known.get(&(index, within)).copied()
    }

    fn raise(&mut self, index: usize, within: Option<&'m str>, trigger: Trigger) {
        let known = self.known.entry((index, within)).or_insert(Trigger::Never);
        if trigger > *known {
            *known = trigger;
            self.waiting.push((index, within));
        }
    }

    /// Whether modules lie in a folder, or in an archive that was looked into.
    fn is_folder(&self, path: &str) -> bool {
        let inside = |known: &&str| {
            known
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/') || rest.starts_with(INSIDE))
        };
        self.files.keys().any(inside)
    }

    /// The module that a path of a file leads to.
    fn file(&self, path: &str) -> Option<usize> {
        let exact = self.files.get(path).copied();
        // What stands before the known part of the path may be any folder.
        let ending = path.trim_start_matches(['\u{fffc}', '/']);
        let by_ending = || {
            let is_it = |known: &str| {
                let before = known.strip_suffix(ending);
                before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
            };
            let mut found = self.files.iter().filter(|(known, _)| is_it(known));
            let one = found.next().map(|(_, index)| *index);
            one.filter(|_| {
                found.next().is_none() && path.starts_with('\u{fffc}') && ending.len() > 3
            })
        };
        exact.or_else(by_ending)
    }

    /// Something runs a file of the artifact as a program.
    fn run(&mut self, path: &str, trigger: Trigger) {
        if let Some(index) = self.file(path) {
            self.raise(index, None, trigger);
            self.raise(index, Some(MAIN), trigger);
            // Who runs a file for the build calls what it defines.
            if trigger == Trigger::Build {
                let known = self.functions.entry(index);
                let known = known.or_insert_with(|| functions(&self.modules[index]));
                for function in known.clone() {
                    self.raise(index, Some(function), trigger);
                }
            }
        }
    }

    /// Something imports from a folder that it has added to where modules are looked for.
    fn import_from(&mut self, folder: &str, dotted: &'m str, called: bool, trigger: Trigger) {
        let mut end = dotted.len();
        loop {
            let inner = dotted[..end].replace('.', "/");
            let places = [format!("{inner}.py"), format!("{inner}/__init__.py")];
            let places = places.iter().flat_map(|place| match folder {
                "" => vec![place.clone()],
                // What is no folder may be an archive.
                folder => vec![
                    format!("{folder}/{place}"),
                    format!("{folder}{INSIDE}{place}"),
                ],
            });
            for path in places {
                if let Some(&index) = self.files.get(path.as_str()) {
                    self.raise(index, None, trigger);
                    if called && end < dotted.len() {
                        self.call(index, &dotted[end + 1..], trigger, 4);
                    }
                    return;
                }
            }
            match dotted[..end].rfind('.') {
                Some(dot) => end = dot,
                None => return,
            }
        }
    }

    /// Something imports or calls a dotted name, or runs a file.
    fn reach(&mut self, target: &'m str, called: bool, trigger: Trigger) {
        if let Some(path) = target.strip_prefix(FILE) {
            return self.run(path, trigger);
        }
        if let Some(rest) = target.strip_prefix(FOLDER) {
            if let Some((folder, dotted)) = rest.split_once(':') {
                self.import_from(folder, dotted, called, trigger);
            }
            return;
        }
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
                let outer = within.split(NESTED).next().filter(|outer| *outer != within);
                if outer.and_then(|outer| self.of(index, Some(outer))) == Some(Trigger::Build) {
                    trigger = Trigger::Build;
                }
                let constructors = ["__init__", "__new__", "__call__", "run"];
                let class = within.rsplit_once('.').filter(|(class, method)| {
                    // The build calls whatever its commands have.
                    let is_command = self.of(index, Some(class)) == Some(Trigger::Build);
                    is_command || constructors.contains(method)
                });
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
