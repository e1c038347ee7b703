//! Functions and classes of the file: defining, entering, decorating.

use std::rc::Rc;

use ruff_python_ast::{Decorator, Expr, Parameters, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use spip_core::{Taints, Trigger};

use crate::module::{MAIN, NESTED};

use super::cycles::FEW_ITEMS;
use super::interpreter::{Binding, Body, DEEPEST, DEEPEST_KNOWN, Frame, Function, Interpreter};
use super::scope::binding_of;
use super::value::{Arguments, Kind, Value};

/// How often one function is entered for one caller with arguments that are not all constants.
const MOST_ENTRIES: u32 = 4;

/// The same with constants: decoders of texts are called for each text.
const MOST_CONSTANT_ENTRIES: u32 = 2000;

/// How many values within a value are looked at to tell whether all of it is constant.
const MOST_LOOKED_AT: usize = 1000;

impl<'a> Interpreter<'a> {
    pub(super) fn define_function(&mut self, inner: &'a StmtFunctionDef) {
        if let Some(returns) = &inner.returns {
            self.annotation(returns);
        }
        let id = self.new_function(
            inner.name.as_str(),
            Body::Statements(&inner.body),
            Some(&inner.parameters),
        );
        let mut value = Value::from(Kind::Function(id, None));
        for decorator in inner.decorator_list.iter().rev() {
            value = self.decorate(decorator, value, Some(id));
        }
        self.rebind(inner.name.as_str(), value);
    }

    pub(super) fn new_function(
        &mut self,
        name: &str,
        body: Body<'a>,
        parameters: Option<&'a Parameters>,
    ) -> usize {
        let mut defaults = Vec::new();
        if let Some(parameters) = parameters {
            let annotations = parameters
                .iter()
                .filter_map(ruff_python_ast::AnyParameterRef::annotation);
            for annotation in annotations {
                self.annotation(annotation);
            }
            for parameter in parameters.iter_non_variadic_params() {
                if let Some(default) = &parameter.default {
                    let value = self.expression(default);
                    defaults.push((parameter.parameter.name.as_str(), value));
                }
            }
        }
        let class = self.frames[self.frame].class;
        let name: Rc<str> = match class {
            Some(class) => format!("{}.{name}", self.classes[class].name).into(),
            None => match &self.at.within {
                Some(outer) if self.frame != 0 && **outer != *MAIN => {
                    format!("{outer}{NESTED}{name}").into()
                }
                _ => name.into(),
            },
        };
        self.steps += 4 + defaults.len() as u64;
        let origin = match body {
            Body::Statements(suite) => suite.as_ptr().addr(),
            Body::Expression(expression) => std::ptr::from_ref(expression).addr(),
        };
        let foreign = self.role_of(self.frame).is_some();
        if foreign {
            // Nobody enters it for its own sake.
            self.entered.insert(origin, Trigger::Build);
        }
        self.functions.push(Function {
            name,
            body,
            parameters,
            defaults: defaults.into(),
            frame: self.frame,
            class,
            binding: Binding::Instance,
            origin,
            layers: self.at.layers,
            site: self.at.site,
            foreign,
        });
        self.functions.len() - 1
    }

    pub(super) fn decorate(
        &mut self,
        decorator: &'a Decorator,
        value: Value<'a>,
        id: Option<usize>,
    ) -> Value<'a> {
        if let Expr::Call(call) = &decorator.expression
            && let Some("functools.wraps") = self.expression(&call.func).as_path().map(|it| &**it)
        {
            // It gives what it decorates another's name, and calls neither.
            return value;
        }
        let by = self.expression(&decorator.expression);
        let binding = by.as_path().and_then(|path| binding_of(path));
        if let (Some(binding), Some(id)) = (binding, id) {
            self.functions[id].binding = binding;
            return value;
        }
        let result = self.call(&by, Arguments::of(vec![value.clone()]), decorator.range());
        match result.kind {
            Kind::Function(..)
            | Kind::Class(_)
            | Kind::Instance(_)
            | Kind::Partial(_)
            | Kind::Either(_) => result,
            // `@exec` on `@b64decode` on a text: what is decorated is data.
            Kind::Str(_) | Kind::Bytes(_) => result,
            Kind::Unknown if result.taints.any(Taints::HIDDEN) => result,
            _ => value,
        }
    }

    /// Enters a function of this file from a call.
    pub(super) fn enter(
        &mut self,
        id: usize,
        this: Option<&Value<'a>>,
        mut arguments: Arguments<'a>,
    ) -> Value<'a> {
        if let Some(this) = this {
            arguments.positional.insert(0, this.clone());
        }
        let taints = arguments.taints();
        let name = self.functions[id].name.clone();
        let origin = self.functions[id].origin;
        let recursive = self
            .calling
            .iter()
            .filter(|known| **known == origin)
            .count();
        let constant = arguments.values().all(is_constant);
        let plain = arguments.rest.is_empty() && arguments.values().all(is_plain);
        let most_steps = if constant && !plain {
            self.most_steps
        } else {
            self.most_steps_undecided()
        };
        let spent =
            self.steps >= most_steps || self.frames.len() >= super::interpreter::MOST_FRAMES;
        let deepest = if self.at.decided {
            DEEPEST_KNOWN
        } else {
            DEEPEST
        };
        if self.at.depth >= deepest || (!self.at.decided && recursive > 1) || spent {
            self.note_use(&name);
            return Value::unknown(taints);
        }
        let key = (origin, self.at.trigger, self.at.within.clone());
        if plain && let Some(known) = self.plain_calls.get(&key) {
            return known.clone();
        }
        let entries = self
            .entries
            .entry((origin, self.at.within.clone(), constant))
            .or_insert(0);
        *entries += 1;
        if *entries
            > if constant {
                MOST_CONSTANT_ENTRIES
            } else {
                MOST_ENTRIES
            }
        {
            return Value::unknown(taints);
        }
        let value = self.walk(id, arguments, constant);
        if plain {
            self.plain_calls.insert(key, value.clone());
        }
        value
    }

    pub(super) fn note_use(&mut self, name: &str) {
        if let Some(module) = self.role.module.clone() {
            self.uses_module(&format!("{module}.{name}"), true);
        }
    }

    /// Enters a function that nothing in this file calls, with nothing known of its arguments.
    pub(super) fn enter_unasked(&mut self, id: usize) {
        self.note_entered(id);
        if self.calling.contains(&self.functions[id].origin) || self.at.depth >= DEEPEST {
            return;
        }
        let value = self.walk_unasked(id);
        self.imports_use(id, &value);
        if self.role.trigger == Trigger::Build
            && self.functions[id].name.contains("get_requires_for_build_")
            && let Body::Statements([first, ..]) = self.functions[id].body
        {
            self.note_requirements(&value, first.range());
        }
    }

    /// Build requirements that an address names instead of an index.
    pub(super) fn note_requirements(&mut self, value: &Value<'a>, range: TextRange) {
        let shown = value.shown().unwrap_or_default();
        if shown.contains("://") {
            self.required.push((shown, range));
        }
    }

    /// Enters a function that nothing in this file calls: its caller decides what it is given.
    fn walk_unasked(&mut self, id: usize) -> Value<'a> {
        let arguments = Arguments {
            rest: Taints::PARAMETER,
            ..Arguments::default()
        };
        self.walk(id, arguments, false)
    }

    pub(super) fn note_entered(&mut self, id: usize) {
        let entered = self
            .entered
            .entry(self.functions[id].origin)
            .or_insert(self.at.trigger);
        *entered = (*entered).max(self.at.trigger);
    }

    pub(super) fn walk(&mut self, id: usize, arguments: Arguments<'a>, decided: bool) -> Value<'a> {
        if self.at.within.is_none() {
            self.note_entered(id);
        }
        let (body, parent) = (self.functions[id].body, self.functions[id].frame);
        let outer_frame = self.frame;
        let outer = self.at.clone();
        let functions_before = self.functions.len();
        self.frames.push(Frame {
            parent: Some(parent),
            method_of: self.functions[id].class,
            ..Frame::default()
        });
        self.frame = self.frames.len() - 1;
        self.at.depth += 1;
        self.at.conditions = 0;
        self.at.tries = 0;
        self.at.decided = decided;
        let role = self.role;
        if self.functions[id].foreign {
            // Its lines are those of another file, and its imports begin there.
            self.at.site.get_or_insert_default();
            self.role = self.role_of(parent).unwrap_or(role);
        }
        self.bind(id, arguments);
        self.calling.push(self.functions[id].origin);
        let value = match body {
            Body::Expression(expression) => self.expression(expression),
            Body::Statements(suite) => {
                self.block(suite);
                self.frames[self.frame]
                    .returned
                    .take()
                    .unwrap_or_else(Value::none)
            }
        };
        self.calling.pop();
        let is_last = self.frame == self.frames.len() - 1 && !self.frames[self.frame].keeps;
        if is_last && self.functions.len() == functions_before {
            self.frames.pop();
        }
        self.frame = outer_frame;
        self.at = outer;
        self.role = role;
        value
    }

    /// Gives the parameters their values.
    pub(super) fn bind(&mut self, id: usize, mut arguments: Arguments<'a>) {
        let function = &self.functions[id];
        let Some(parameters) = function.parameters else {
            return;
        };
        self.steps += parameters.len() as u64 * (1 + arguments.named.len() as u64 / 16);
        let defaults = function.defaults.clone();
        let mut defaults = defaults.iter().peekable();
        let class = function
            .class
            .filter(|_| function.binding != Binding::Static);
        if let (Some(class), true) = (
            class,
            arguments.positional.is_empty() && arguments.named.is_empty(),
        ) {
            arguments.positional.push(Kind::Instance(class).into());
        }
        let mut positional = arguments.positional.into_iter();
        let by_position = parameters.posonlyargs.len() + parameters.args.len();
        for (at, parameter) in parameters.iter_non_variadic_params().enumerate() {
            let name = parameter.parameter.name.as_str();
            let given = if at < by_position {
                positional.next()
            } else {
                None
            };
            let named = arguments.named.iter().position(|(known, _)| *known == name);
            let given = given.or_else(|| named.map(|at| arguments.named.remove(at).1));
            // Defaults stand in the order of the parameters.
            let default = defaults.next_if(|(known, _)| *known == name);
            let value = given.unwrap_or_else(|| {
                let unknown = Value::unknown(Taints::PARAMETER.with(arguments.rest));
                match default {
                    // Who calls without it gets the default and nothing else.
                    Some((_, value)) if arguments.rest.is_empty() => value.clone(),
                    Some((_, value)) => value.clone().or(unknown),
                    None => unknown,
                }
            });
            self.set(name, value);
        }
        if let Some(rest) = &parameters.vararg {
            let more = Value::list(positional.collect()).tainted(arguments.rest);
            self.set(rest.name.as_str(), more);
        }
        if let Some(rest) = &parameters.kwarg {
            let pairs = arguments.named.into_iter();
            let pairs = pairs.map(|(name, value)| (Value::literal(name), value));
            let more = Value::dict(pairs.collect()).tainted(arguments.rest);
            self.set(rest.name.as_str(), more);
        }
    }

    pub(super) fn yields(&mut self, value: Value<'a>) {
        let frame = &mut self.frames[self.frame];
        let given = match frame.returned.take() {
            Some(known) => match &known.kind {
                Kind::List(items) if items.borrow().len() < super::value::MOST_ITEMS => {
                    let value = value.apart_from(&known, FEW_ITEMS);
                    items.borrow_mut().push(value);
                    known
                }
                _ => known,
            },
            None => Value::list(vec![value]),
        };
        frame.returned = Some(given);
    }
}

/// Whether nothing is known of a value, so that entering a function with it again tells nothing new.
fn is_plain(value: &Value<'_>) -> bool {
    value.taints.without(Taints::PARAMETER).is_empty()
        && matches!(
            value.kind,
            Kind::Unknown | Kind::Instance(_) | Kind::None | Kind::Bool(_) | Kind::Class(_)
        )
}

/// Whether a value decides what a function does with it.
pub(super) fn is_constant(value: &Value<'_>) -> bool {
    // A list may hold itself.
    let mut left = MOST_LOOKED_AT;
    is_constant_within(value, &mut left)
}

fn is_constant_within(value: &Value<'_>, left: &mut usize) -> bool {
    if *left == 0 {
        return false;
    }
    *left -= 1;
    match &value.kind {
        Kind::Str(_)
        | Kind::Bytes(_)
        | Kind::Int(_)
        | Kind::Bool(_)
        | Kind::None
        | Kind::Float(_) => true,
        Kind::List(items) => {
            let items = items.borrow();
            let mut first = items.iter().take(64);
            first.all(|item| is_constant_within(item, left))
        }
        _ => false,
    }
}
