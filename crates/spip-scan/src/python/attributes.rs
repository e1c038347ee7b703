//! Assignments to attributes and items.

use super::costs::reading;
use super::dynamic::LONGEST_NAME;
use super::interpreter::Interpreter;
use super::value::{Arguments, Kind, MOST_ITEMS, Value};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};
use spip_core::Deed;

use super::scope::MOST_PAIRS;

impl<'a> Interpreter<'a> {
    /// `target.name = value`.
    pub(super) fn set_attribute(&mut self, target: &'a ast::ExprAttribute, value: Value<'a>) {
        let base = self.expression(&target.value);
        let name = target.attr.as_str();
        if let (Kind::Unknown, Kind::Function(..), Some(owner)) =
            (&base.kind, &value.kind, last_name(&target.value))
            && CARRIERS.contains(&(owner, name))
        {
            let path = format!("?.{owner}.{name}");
            self.patch(&path, &value, target.range());
            return;
        }
        self.set_member(&base, name, value, target.range());
    }

    pub(super) fn set_member(
        &mut self,
        base: &Value<'a>,
        name: &'a str,
        value: Value<'a>,
        range: TextRange,
    ) {
        match &base.kind {
            Kind::Function(..) if name == "__code__" => {
                let only = Arguments::of(vec![value]);
                self.act(Deed::Execute, "types.FunctionType", &only, range);
            }
            Kind::Path(path) if &**path == "sys" && name == "argv" => self.argv = Some(value),
            Kind::Instance(class) | Kind::Class(class) => {
                let attributes = &mut self.classes[*class].attributes;
                let value = match attributes.remove(name) {
                    Some(known) if !matches!(known.kind, Kind::Function(..)) => known.or(value),
                    _ => value,
                };
                attributes.insert(name, value);
            }
            _ if name == "__class__" && matches!(value.kind, Kind::Class(_)) => {
                self.answers_for_module(&value);
            }
            Kind::Path(path) if path.contains('(') && super::remote::is_client(path) => {
                let path = path.clone();
                self.note_handlers(&path, &Arguments::of(vec![value]));
            }
            Kind::Path(path) if path.contains('(') => self.hooks(name, &value),
            Kind::Unknown => self.hooks(name, &value),
            Kind::Path(path) if &**path == "sys" && name == "path" => {
                self.note_import_path(&Arguments::of(vec![value]));
            }
            Kind::Path(path) if !path.contains('(') => {
                let path = format!("{path}.{name}");
                self.patch(&path, &value, range);
            }
            _ => {}
        }
    }

    /// Something outside this file is replaced by something of this file.
    pub(super) fn patch(&mut self, path: &str, value: &Value<'a>, range: TextRange) {
        let own = self
            .role
            .module
            .as_deref()
            .and_then(|module| module.split('.').next());
        let is_own = own.is_some() && path.split('.').next() == own;
        // What a call has made belongs to this code.
        if is_own || path.contains("()") {
            return;
        }
        let callables: Vec<Value<'a>> = value
            .alternatives()
            .iter()
            .filter(|value| {
                matches!(
                    value.kind,
                    Kind::Function(..) | Kind::Class(_) | Kind::Instance(_)
                )
            })
            .cloned()
            .collect();
        if callables.is_empty() {
            return;
        }
        self.act(Deed::Patch, path, &Arguments::default(), range);
        for callable in callables {
            match callable.kind {
                Kind::Function(id, _) => self.enter_unasked(id),
                _ => self.answers_for_module(&callable),
            }
        }
    }

    /// A function takes the place of a method of something that is not known: of a loader, whose
    /// methods Python calls, or of a class whose methods carry other people's secrets.
    fn hooks(&mut self, name: &str, value: &Value<'a>) {
        const LOADERS: [&str; 5] = [
            "exec_module",
            "load_module",
            "create_module",
            "find_spec",
            "get_code",
        ];
        if let (Kind::Function(id, _), true) = (&value.kind, LOADERS.contains(&name)) {
            self.enter_unasked(*id);
        }
    }

    /// An object of this class answers for a module from now on, at every use of the module.
    fn answers_for_module(&mut self, class: &Value<'a>) {
        for name in ["__getattribute__", "__getattr__", "__dir__"] {
            if let Some(Kind::Function(id, _)) = self.local_member(class, name).map(|it| it.kind) {
                self.enter_unasked(id);
            }
        }
    }

    /// `target[index] = value`.
    pub(super) fn set_item(&mut self, target: &'a ast::ExprSubscript, value: Value<'a>) {
        let base = self.expression(&target.value);
        if let Expr::Slice(_) = &*target.slice {
            return;
        }
        let index = self.expression(&target.slice);
        self.steps += reading(&value) / 8;
        let value = match base.kind {
            Kind::Dict(_) | Kind::List(_) => value.apart_from(&base, MOST_ITEMS),
            _ => value,
        };
        match &base.kind {
            Kind::Dict(pairs) => {
                let Ok(mut pairs) = pairs.try_borrow_mut() else {
                    return;
                };
                self.steps += pairs.len() as u64 / 8;
                if let Some(known) = pairs.iter_mut().rev().find(|(key, _)| key.same(&index)) {
                    known.1 = value;
                } else if pairs.len() < MOST_PAIRS {
                    pairs.push((index, value));
                } else if let Some(last) = pairs.last_mut() {
                    last.1.taints = last.1.taints.with(value.all_taints());
                }
            }
            Kind::List(items) => {
                let Ok(mut items) = items.try_borrow_mut() else {
                    return;
                };
                let at = index.as_int().and_then(|at| usize::try_from(at).ok());
                match at.filter(|at| *at < items.len()) {
                    Some(at) => items[at] = value,
                    None if items.len() < 1000 => items.push(value),
                    None => {}
                }
            }
            Kind::Path(path) if path.contains('(') && !path.starts_with("builtins.") => {
                if let Expr::Name(name) = &*target.value {
                    let tainted = base.clone().tainted(value.all_taints());
                    self.set(name.id.as_str(), tainted);
                } else if let Expr::Attribute(part) = &*target.value
                    && let Expr::Name(name) = &*part.value
                {
                    // `session.headers["X"] = …` goes along with whatever the session asks for.
                    let whole = self.name(name.id.as_str());
                    if matches!(whole.kind, Kind::Path(_)) {
                        self.set(name.id.as_str(), whole.tainted(value.all_taints()));
                    }
                }
            }
            Kind::Path(path) => {
                let path = path.clone();
                if let Some(name) = index.as_str().filter(|name| name.len() <= LONGEST_NAME) {
                    match &*path {
                        "builtins.globals()" | "builtins.locals()" => {
                            let name = self.keep(name);
                            self.frames[0].variables.insert(name, value);
                        }
                        "os.environ" => {}
                        _ => self.patch(&format!("{path}.{name}"), &value, target.range()),
                    }
                } else {
                    self.patch(&format!("{path}[]"), &value, target.range());
                }
            }
            Kind::Instance(_) => {
                self.special(&base, "__setitem__", vec![index, value], target.range());
            }
            _ => {
                // What is put into something unknown is in it from now on.
                if let Expr::Name(name) = &*target.value {
                    let tainted = base.clone().tainted(value.all_taints());
                    self.set(name.id.as_str(), tainted);
                }
            }
        }
    }
}

/// Methods of well-known classes that carry other people's requests.
const CARRIERS: &[(&str, &str)] = &[
    ("Session", "send"),
    ("Session", "request"),
    ("Session", "__init__"),
    ("HTTPAdapter", "send"),
    ("ClientSession", "_request"),
    ("Client", "send"),
    ("AsyncClient", "send"),
    ("HTTPConnection", "request"),
    ("HTTPConnection", "putheader"),
    ("HTTPConnectionPool", "urlopen"),
    ("PoolManager", "urlopen"),
    ("OpenerDirector", "open"),
    ("BaseClient", "_make_api_call"),
    ("Keypair", "from_bytes"),
    ("Keypair", "from_seed"),
    ("Account", "from_key"),
];

/// The last part of how an object is named.
fn last_name(target: &Expr) -> Option<&str> {
    match target {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}
