//! Classes of the file: what they hold, and what Python calls by itself.

use super::interpreter::{Binding, Class, Interpreter};
use super::value::{Arguments, Kind, Value};
use hashbrown::HashMap;
use ruff_python_ast::{Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};
use spip_core::Taints;
use std::rc::Rc;

/// How many members of a class its metaclass is told of.
const MOST_IN_BODY: usize = 200;

/// How many bases are looked into for one member: they may meet again and again.
const MOST_BASES: u32 = 256;

impl<'a> Interpreter<'a> {
    pub(super) fn define_class(&mut self, inner: &'a StmtClassDef) {
        let arguments = match &inner.arguments {
            Some(arguments) => self.arguments(arguments),
            None => Arguments::default(),
        };
        let outer_class = self.frames[self.frame].class;
        let name: Rc<str> = match outer_class {
            Some(class) => format!("{}.{}", self.classes[class].name, inner.name).into(),
            None => inner.name.as_str().into(),
        };
        self.steps += 8;
        self.classes.push(Class {
            name,
            bases: arguments.positional.clone(),
            attributes: HashMap::new(),
            fields: fields(&inner.body),
        });
        let id = self.classes.len() - 1;
        let outer = self.enter_scope();
        self.frames[self.frame].class = Some(id);
        // Whether all of it runs is no matter of what stands in it.
        let (conditions, tries) = (self.at.conditions, self.at.tries);
        (self.at.conditions, self.at.tries) = (0, 0);
        self.bind_docstring(&inner.body);
        self.block(&inner.body);
        (self.at.conditions, self.at.tries) = (conditions, tries);
        let attributes = std::mem::take(&mut self.frames[self.frame].variables);
        self.classes[id].attributes.extend(attributes);
        self.frame = outer;
        let mut value = Value::from(Kind::Class(id));
        self.class_is_made(id, &arguments, inner.range());
        self.note_protocol(id);
        for decorator in inner.decorator_list.iter().rev() {
            value = self.decorate(decorator, value, None);
        }
        self.rebind(inner.name.as_str(), value);
    }

    /// `type(name, bases, members)`.
    pub(super) fn make_class(
        &mut self,
        name: &Value<'a>,
        bases: &Value<'a>,
        members: &Value<'a>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Option<Value<'a>> {
        let Kind::Dict(pairs) = &members.kind else {
            return None;
        };
        let pairs = pairs.borrow().clone();
        let named = pairs.iter().filter_map(|(key, value)| {
            let name = self.keep(key.as_str()?);
            Some((name, value.clone()))
        });
        let attributes: HashMap<&'a str, Value<'a>> = named.collect();
        let bases = self.items_of(bases).unwrap_or_default();
        self.classes.push(Class {
            name: name.as_str().unwrap_or("type").into(),
            bases: bases.clone(),
            attributes,
            fields: Vec::new(),
        });
        let id = self.classes.len() - 1;
        let made = Arguments {
            positional: bases,
            named: arguments.named.clone(),
            rest: arguments.rest,
        };
        self.class_is_made(id, &made, range);
        Some(Kind::Class(id).into())
    }

    /// What Python calls by itself when a class comes to be.
    pub(super) fn class_is_made(&mut self, id: usize, arguments: &Arguments<'a>, range: TextRange) {
        let class = Value::from(Kind::Class(id));
        let named: Arguments<'a> = Arguments {
            positional: vec![class.clone()],
            named: arguments.named.clone(),
            rest: arguments.rest,
        };
        for base in arguments.positional.clone() {
            if let Some(hook) = self.local_member(&base, "__init_subclass__") {
                self.call(&hook, named.clone(), range);
            }
        }
        if let Some(meta) = arguments.named("metaclass").cloned() {
            self.metaclass_makes(id, &meta, &named, range);
            if matches!(
                meta.kind,
                Kind::Function(..) | Kind::Partial(_) | Kind::Path(_)
            ) {
                self.call(&meta, named.clone(), range);
            }
        }
        let attributes: Vec<Value<'a>> = self.classes[id].attributes.values().cloned().collect();
        for attribute in attributes {
            if matches!(attribute.kind, Kind::Instance(_)) {
                self.special(&attribute, "__set_name__", vec![class.clone()], range);
            }
        }
    }

    /// The hooks of a metaclass, which are given the name, bases and body of the class.
    fn metaclass_makes(
        &mut self,
        id: usize,
        meta: &Value<'a>,
        named: &Arguments<'a>,
        range: TextRange,
    ) {
        let class = &self.classes[id];
        let body = class.attributes.iter().take(MOST_IN_BODY);
        let mut body: Vec<(&'a str, Value<'a>)> =
            body.map(|(name, value)| (*name, value.clone())).collect();
        body.sort_unstable_by_key(|(name, _)| *name);
        let body = body.into_iter();
        let body = body.map(|(name, value)| (Value::literal(name), value));
        let body = Value::dict(body.collect());
        let name = Value::string(class.name.to_string());
        let bases = Value::list(class.bases.clone());
        for hook in ["__prepare__", "__new__", "__init__"] {
            let Some(method) = self.local_member(meta, hook) else {
                continue;
            };
            let first = match hook {
                "__init__" => Value::from(Kind::Class(id)),
                _ => meta.clone(),
            };
            let mut given = named.clone();
            given.positional = vec![first, name.clone(), bases.clone()];
            if hook != "__prepare__" {
                given.positional.push(body.clone());
            }
            self.call(&method, given, range);
        }
    }

    /// A method or attribute that a class of this file or one of its bases has.
    pub(super) fn local_member(&self, class: &Value<'a>, name: &str) -> Option<Value<'a>> {
        let mut left = MOST_BASES;
        self.local_member_within(class, name, 8, &mut left)
    }

    pub(super) fn local_member_within(
        &self,
        class: &Value<'a>,
        name: &str,
        depth: u32,
        left: &mut u32,
    ) -> Option<Value<'a>> {
        let (Kind::Class(id) | Kind::Instance(id)) = class.kind else {
            return None;
        };
        if let Some(found) = self.classes[id].attributes.get(name) {
            return Some(found.clone());
        }
        if depth == 0 {
            return None;
        }
        let mut bases = self.classes[id].bases.iter();
        bases.find_map(|base| {
            *left = left.checked_sub(1)?;
            self.local_member_within(base, name, depth - 1, left)
        })
    }

    /// `base.name` of a class of this file or an instance of it.
    pub(super) fn member(
        &mut self,
        base: &Value<'a>,
        class: usize,
        name: &'a str,
        range: TextRange,
    ) -> Value<'a> {
        if let Some(found) = self.local_member(base, name) {
            if let Kind::Either(each) = &found.kind {
                let each = each.iter().cloned();
                let bound = each.map(|one| self.bound(one, base, class, range));
                let bound: Vec<Value<'a>> = bound.collect();
                return bound
                    .into_iter()
                    .reduce(|all, one| one.or(all))
                    .unwrap_or(found);
            }
            return self.bound(found, base, class, range);
        }
        match name {
            "__class__" | "__mro__" | "__base__" | "__bases__" => {
                return Value::path("builtins.object");
            }
            "__dict__" => return Value::unknown(base.taints.with(self.held_by_class(class))),
            _ => {}
        }
        for hook in ["__getattr__", "__getattribute__"] {
            if let Some(value) = self.special(base, hook, vec![Value::string(name)], range) {
                return value;
            }
        }
        let bases = self.classes[class].bases.clone();
        if name == "start" && self.local_member(base, "run").is_some() {
            return self.member(base, class, "run", range);
        }
        let outside = bases.iter().find_map(|base| base.as_path().cloned());
        match outside {
            Some(path) => {
                let value = Self::named(&format!("{path}().{name}"));
                if super::remote::is_protocol(&path) {
                    value.tainted(Taints::DOWNLOADED)
                } else {
                    value
                }
            }
            None => Value::unknown(base.taints),
        }
    }

    /// A member of a class as it is seen on the class or an instance of it.
    fn bound(
        &mut self,
        found: Value<'a>,
        base: &Value<'a>,
        class: usize,
        range: TextRange,
    ) -> Value<'a> {
        match found.kind {
            Kind::Function(id, None) => match self.functions[id].binding {
                Binding::Property if matches!(base.kind, Kind::Instance(_)) => {
                    self.call(&found, Arguments::of(vec![base.clone()]), range)
                }
                Binding::Static => found,
                Binding::Class => {
                    let class = Value::from(Kind::Class(class));
                    Kind::Function(id, Some(Rc::new(class))).into()
                }
                _ if matches!(base.kind, Kind::Instance(_)) => {
                    Kind::Function(id, Some(Rc::new(base.clone()))).into()
                }
                _ => found,
            },
            Kind::Instance(_) => {
                let got = self.special(&found, "__get__", vec![base.clone()], range);
                got.unwrap_or(found)
            }
            _ => found,
        }
    }

    /// Calls a special method of an instance, if its class has one.
    pub(super) fn special(
        &mut self,
        base: &Value<'a>,
        name: &'a str,
        arguments: Vec<Value<'a>>,
        range: TextRange,
    ) -> Option<Value<'a>> {
        let Kind::Instance(_) = base.kind else {
            return None;
        };
        let method = self.local_member(base, name)?;
        let mut all = vec![base.clone()];
        all.extend(arguments);
        Some(self.call(&method, Arguments::of(all), range))
    }

    /// `Class(arguments)`.
    pub(super) fn instantiate(
        &mut self,
        id: usize,
        arguments: Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let instance = Value::from(Kind::Instance(id)).tainted(arguments.taints());
        for name in ["__new__", "__init__"] {
            if let Some(method) = self.local_member(&instance, name) {
                let mut all = arguments.clone();
                all.positional.insert(0, instance.clone());
                self.call(&method, all, range);
            }
        }
        if self.local_member(&instance, "__init__").is_none() {
            self.construct(id, &arguments, range);
        }
        if let Some(method) = self.local_member(&instance, "__post_init__") {
            self.call(&method, Arguments::of(vec![instance.clone()]), range);
        }
        instance
    }

    /// What the constructor of a class does that does not write its own: a data class keeps its
    /// arguments, a class of another module hands them on.
    fn construct(&mut self, id: usize, arguments: &Arguments<'a>, range: TextRange) {
        let outside = self.outside_base(id);
        if let Some(base) = outside.filter(|base| super::models::effect(base).is_some()) {
            self.call(&Value::path(base), arguments.clone(), range);
            return;
        }
        let fields = self.classes[id].fields.clone();
        let instance = Value::from(Kind::Instance(id));
        for (name, value) in fields.iter().zip(&arguments.positional) {
            self.set_member(&instance, name, value.clone(), range);
        }
        for (name, value) in &arguments.named {
            if fields.contains(name) {
                self.set_member(&instance, name, value.clone(), range);
            }
        }
    }

    /// The first class of another module among the bases.
    pub(super) fn outside_base(&self, id: usize) -> Option<Rc<str>> {
        let mut waiting = vec![id];
        // Classes can have each other as bases, again and again.
        for turn in 0..16 {
            let id = *waiting.get(turn)?;
            for base in &self.classes[id].bases {
                match &base.kind {
                    Kind::Path(path) => return Some(path.clone()),
                    Kind::Class(id) if waiting.len() < 16 => waiting.push(*id),
                    _ => {}
                }
            }
        }
        None
    }

    /// `super()` in a method: an object of the first base.
    pub(super) fn super_object(&self) -> Option<Value<'a>> {
        let mut frame = Some(self.frame);
        while let Some(at) = frame {
            if let Some(class) = self.frames[at].method_of {
                let base = self.classes[class].bases.first()?;
                return Some(match &base.kind {
                    Kind::Class(id) => Kind::Instance(*id).into(),
                    Kind::Path(path) => Value::path(format!("{path}()")),
                    _ => return None,
                });
            }
            frame = self.frames[at].parent;
        }
        None
    }

    /// Remembers the methods of a class that a peer calls.
    fn note_protocol(&mut self, id: usize) {
        let Some(base) = self
            .outside_base(id)
            .filter(|base| super::remote::hears_peers(base) && !self.is_of_own_package(base))
        else {
            return;
        };
        let class = Arguments::of(vec![Kind::Class(id).into()]);
        self.note_handlers(&base, &class);
    }
}

/// The annotated names in the body of a class.
fn fields(body: &[Stmt]) -> Vec<&str> {
    let named = body.iter().filter_map(|statement| match statement {
        Stmt::AnnAssign(inner) => inner.target.as_name_expr(),
        _ => None,
    });
    named.map(|name| name.id.as_str()).collect()
}
