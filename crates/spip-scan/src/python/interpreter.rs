//! Walks through a source file once, as Python would, with values as far as they are known.
//!
//! The walk is an abstract interpretation: branches that depend on something unknown are both
//! taken, functions of the file are entered at their calls, loops over known data run for real
//! within a budget. What cannot be known keeps its taints.

use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;
use std::rc::Rc;

use ruff_python_ast::{Expr, ModModule, Parameters, Stmt};
use ruff_text_size::TextRange;
use spip_core::{Oddity, Taints, Trigger};
use typed_arena::Arena;

use crate::Limits;
use crate::across::Library;
use crate::module::{LocalAct, Role, Use};

use super::acts::ActKey;
use super::depth::Stack;
use super::lines::Lines;
use super::named::Names;
use super::skipped::{Coverage, Part, is_end};
use super::value::Value;
use super::written::{Keys, Written};

/// How deep calls of the file's own functions are entered.
pub(super) const DEEPEST: u32 = 12;

/// The same while all that decides is known.
pub(super) const DEEPEST_KNOWN: u32 = 150;

/// The steps that every file has.
const FEWEST_STEPS: u64 = 100_000;

/// The steps that a file has more for each of its bytes: undoing a payload takes as long as it is.
const STEPS_PER_BYTE: u64 = 12;

/// The same as far as functions call each other with values that decide nothing: honest files of
/// many functions would take all they may have. Every function is walked through once anyway,
/// which takes less than half a step for each byte.
const FEWEST_STEPS_ENTERING: u64 = 25_000;
const STEPS_PER_BYTE_ENTERING: u64 = 2;

/// How many scopes may be kept for functions defined in them.
pub(super) const MOST_FRAMES: usize = 50_000;

/// A function or lambda of the file.
pub(super) struct Function<'a> {
    /// Its qualified name: `Class.method`.
    pub(super) name: Rc<str>,
    pub(super) body: Body<'a>,
    pub(super) parameters: Option<&'a Parameters>,
    pub(super) defaults: Rc<[(&'a str, Value<'a>)]>,
    /// The frame it was defined in.
    pub(super) frame: usize,
    pub(super) class: Option<usize>,
    pub(super) binding: Binding,
    /// Where its code stands in memory: one definition that ran several times is one origin.
    pub(super) origin: usize,
    pub(super) layers: u8,
    pub(super) site: Option<TextRange>,
    /// It stands in another file.
    pub(super) foreign: bool,
}

/// What a method is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    Instance,
    Class,
    Static,
    Property,
}

#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    Statements(&'a [Stmt]),
    Expression(&'a Expr),
}

/// A class of the file.
pub(super) struct Class<'a> {
    pub(super) name: Rc<str>,
    pub(super) bases: Vec<Value<'a>>,
    pub(super) attributes: HashMap<&'a str, Value<'a>>,
    /// The annotated names of its body in order: what the constructor of a data class takes.
    pub(super) fields: Vec<&'a str>,
}

/// The variables of one scope.
#[derive(Default)]
pub(super) struct Frame<'a> {
    pub(super) variables: HashMap<&'a str, Value<'a>>,
    pub(super) parent: Option<usize>,
    /// Names declared `global` or `nonlocal`, and the frame that they are of.
    pub(super) elsewhere: HashMap<&'a str, usize>,
    pub(super) class: Option<usize>,
    /// The class of the method whose frame this is.
    pub(super) method_of: Option<usize>,
    pub(super) returned: Option<Value<'a>>,
    /// Something that was left out is walked with these variables.
    pub(super) keeps: bool,
}

/// Where the walk is.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) trigger: Trigger,
    /// The function whose call all of this takes; `None`: the top level.
    pub(super) within: Option<Rc<str>>,
    /// How many undecided conditions hold this up.
    pub(super) conditions: u32,
    /// How many blocks hold this that may end anywhere without ending what follows them.
    pub(super) tries: u32,
    /// Whether decided conditions take one branch only: in loops over known data and in calls.
    pub(super) decided: bool,
    pub(super) depth: u32,
    pub(super) layers: u8,
    /// Where code that stands nowhere in the file is said to be.
    pub(super) site: Option<TextRange>,
}

/// How a block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Return,
    Break,
    Continue,
}

/// The walk through one file.
pub(super) struct Interpreter<'a> {
    pub(super) arena: &'a Arena<ModModule>,
    pub(super) texts: &'a Arena<String>,
    pub(super) path: &'a str,
    pub(super) role: &'a Role,
    pub(super) lines: Lines<'a>,
    pub(super) functions: Vec<Function<'a>>,
    pub(super) classes: Vec<Class<'a>>,
    pub(super) frames: Vec<Frame<'a>>,
    pub(super) frame: usize,
    pub(super) at: Context,
    /// Where the stack was when the walk began.
    pub(super) stack: Stack,
    /// Something was left out because it is nested too deeply.
    pub(super) too_deep: bool,
    pub(super) steps: u64,
    pub(super) most_steps: u64,
    /// From how many steps on functions are no longer entered with values that decide nothing, and
    /// loops over such values no longer run, but for the top level.
    pub(super) most_steps_entering: u64,
    pub(super) most_layers: u8,
    /// The tokens of all code within code.
    pub(super) nested_tokens: u64,
    pub(super) acts: Vec<LocalAct>,
    pub(super) known_acts: HashMap<ActKey, usize>,
    pub(super) uses: HashSet<Use>,
    /// Modules of which everything was imported.
    pub(super) stars: Vec<Rc<str>>,
    /// What is remembered of names outside this file.
    pub(super) names: Names<'a>,
    /// Files that this code writes: path text, key, and what goes into them.
    pub(super) written: Vec<Written>,
    pub(super) keys: Keys,
    /// What is known to be in files that this code writes.
    pub(super) contents: Vec<(u32, Value<'a>)>,
    /// Folders of the artifact that this code adds to where modules are looked for.
    pub(super) folders: Vec<String>,
    /// Build requirements with addresses, and where.
    pub(super) required: Vec<(String, TextRange)>,
    /// The other modules of the artifact, where they are at hand.
    pub(super) library: Option<&'a Library<'a>>,
    /// Those that were walked through, and their frames.
    pub(super) loaded: HashMap<&'a str, Option<usize>>,
    /// The roles of those, by their frames.
    pub(super) roles: Vec<(usize, &'a Role)>,
    /// What other modules hold of which items are taken, and the functions that do.
    pub(super) takes: BTreeSet<(Option<Rc<str>>, Rc<str>)>,
    /// Names of other modules that hold what this one runs.
    pub(super) wanted: BTreeSet<String>,
    /// Names of others that the top level gives commands, code or paths.
    pub(super) gives: BTreeSet<Rc<str>>,
    /// What `sys.argv` was set to.
    pub(super) argv: Option<Value<'a>>,
    /// How many temporary files and folders were made.
    pub(super) temporary: u32,
    /// Annotations are not evaluated (`from __future__ import annotations`).
    pub(super) postpones: bool,
    /// Digests are compared somewhere.
    pub(super) verifies: bool,
    /// Calls with nothing known about their arguments, and what they gave.
    pub(super) plain_calls: HashMap<(usize, Trigger, Option<Rc<str>>), Value<'a>>,
    pub(super) calling: Vec<usize>,
    /// The highest trigger at which each origin was entered from the top level or for its own sake.
    pub(super) entered: HashMap<usize, Trigger>,
    /// What is odd about what this code names.
    pub(super) oddities: Vec<Oddity>,
    /// Started programs: their numbers, and the acts that start them.
    pub(super) processes: Vec<(u32, usize)>,
    /// Acts and the buffers that go into them.
    pub(super) late: Vec<(usize, u32)>,
    /// Where log records go; 0: nowhere else.
    pub(super) log_peer: u32,
    /// What client libraries were given to call, and the libraries.
    pub(super) handlers: Vec<(Rc<str>, Value<'a>)>,
    /// Where what is put on the import path comes from.
    pub(super) import_path: Taints,
    /// How many calls wait for each other.
    pub(super) nesting: u32,
    pub(super) coverage: Coverage<'a>,
    /// How often each function was entered for each caller, with constants or without.
    pub(super) entries: HashMap<(usize, Option<Rc<str>>, bool), u32>,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(
        arena: &'a Arena<ModModule>,
        texts: &'a Arena<String>,
        path: &'a str,
        role: &'a Role,
        lines: Lines<'a>,
        length: u64,
        limits: &Limits,
    ) -> Self {
        Self {
            arena,
            texts,
            path,
            role,
            lines,
            functions: Vec::new(),
            classes: Vec::new(),
            frames: vec![Frame::default()],
            frame: 0,
            at: Context {
                trigger: role.trigger,
                within: None,
                conditions: 0,
                tries: 0,
                decided: false,
                depth: 0,
                layers: 0,
                site: None,
            },
            stack: Stack::now(),
            too_deep: false,
            steps: 0,
            most_steps: limits.steps.min(FEWEST_STEPS + STEPS_PER_BYTE * length),
            most_steps_entering: FEWEST_STEPS_ENTERING + STEPS_PER_BYTE_ENTERING * length,
            most_layers: limits.layers,
            nested_tokens: 0,
            acts: Vec::new(),
            known_acts: HashMap::new(),
            uses: HashSet::new(),
            stars: Vec::new(),
            names: Names::default(),
            written: Vec::new(),
            keys: Keys::default(),
            contents: Vec::new(),
            folders: Vec::new(),
            required: Vec::new(),
            library: None,
            loaded: HashMap::new(),
            roles: Vec::new(),
            takes: BTreeSet::new(),
            wanted: BTreeSet::new(),
            gives: BTreeSet::new(),
            argv: None,
            temporary: 0,
            postpones: false,
            verifies: false,
            plain_calls: HashMap::new(),
            calling: Vec::new(),
            oddities: Vec::new(),
            processes: Vec::new(),
            late: Vec::new(),
            log_peer: 0,
            handlers: Vec::new(),
            import_path: Taints::NONE,
            entered: HashMap::new(),
            nesting: 0,
            coverage: Coverage::default(),
            entries: HashMap::new(),
        }
    }

    /// Walks through the top level, then through every function that nothing has entered, then
    /// through all that was left out.
    pub(super) fn run(&mut self, suite: &'a [Stmt]) {
        self.bind_docstring(suite);
        self.block(suite);
        self.hear_the_rest();
        let mut next = self.finish(0);
        while self.walk_skipped() {
            next = self.finish(next);
        }
        self.fill_late();
    }

    /// Enters the functions from a number on that nothing has entered.
    fn finish(&mut self, mut next: usize) -> usize {
        // Entering a function may define more of them.
        while next < self.functions.len() {
            let function = &self.functions[next];
            let entered = self.entered.get(&function.origin).copied();
            let name = function.name.clone();
            let hidden = function.layers > 0;
            let trigger = if hidden {
                self.role.trigger
            } else {
                self.trigger_of_uncalled(&name)
            };
            if entered.is_none_or(|entered| entered < trigger) {
                self.at = Context {
                    trigger,
                    within: Some(name),
                    conditions: 0,
                    tries: 0,
                    decided: false,
                    depth: 0,
                    layers: self.functions[next].layers,
                    site: self.functions[next].site,
                };
                self.frame = 0;
                self.enter_unasked(next);
            }
            next += 1;
        }
        next
    }

    /// Python calls these by itself, as soon as somebody touches the module.
    fn trigger_of_uncalled(&self, name: &str) -> Trigger {
        let implicit = ["__getattr__", "__dir__"].contains(&name)
            || name.ends_with(".__del__")
            || name.ends_with(".find_spec")
            || name.ends_with(".find_module");
        if implicit {
            self.role
                .trigger
                .min(Trigger::Import)
                .max(self.role.uncalled)
        } else {
            self.role.uncalled
        }
    }

    /// Whether calls may go deeper; where not, something is left out, and the file says so.
    pub(super) fn has_stack(&mut self) -> bool {
        let has_room = self.stack.has_room();
        self.too_deep |= !has_room;
        has_room
    }

    pub(super) fn block(&mut self, suite: &'a [Stmt]) -> Flow {
        for (place, statement) in suite.iter().enumerate() {
            if is_old_exec(statement)
                && let Some(Stmt::Expr(code)) = suite.get(place + 1)
            {
                self.old_exec(&code.value);
            }
            let flow = self.statement(statement);
            if flow != Flow::On {
                if is_end(statement) || place + 1 == suite.len() {
                    self.walked(Part::Block(suite));
                } else {
                    self.skip(Part::Block(&suite[place + 1..]));
                }
                return flow;
            }
        }
        self.walked(Part::Block(suite));
        Flow::On
    }

    /// A block that may or may not run.
    pub(super) fn maybe(&mut self, suite: &'a [Stmt]) -> Flow {
        self.at.conditions += 1;
        let flow = self.block(suite);
        self.at.conditions -= 1;
        flow
    }
}

/// `exec code` of Python 2 reads as the name `exec` and an expression behind it.
fn is_old_exec(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(inner)
        if matches!(&*inner.value, Expr::Name(name) if name.id.as_str() == "exec"))
}
