//! Calls: what is called, and what it does.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};
use spip_core::{Deed, Taints};

use super::interpreter::Interpreter;
use super::methods;
use super::streams;
use super::value::{Arguments, Kind, Value};

/// How many calls may wait for each other; objects can be made that call each other without end.
const MOST_NESTED_CALLS: u32 = 600;

/// How a call of something that was unpickled, unmarshalled or decrypted is named.
const DESERIALIZED: &str = "<deserialized>()";

impl<'a> Interpreter<'a> {
    pub(super) fn call_expression(&mut self, inner: &'a ast::ExprCall) -> Value<'a> {
        if let Expr::Attribute(attribute) = &*inner.func {
            let base = self.expression(&attribute.value);
            let arguments = self.arguments(&inner.arguments);
            let name = attribute.attr.as_str();
            if !matches!(base.kind, Kind::Unknown | Kind::Path(_)) {
                return self.call_method(&base, name, arguments, inner.range());
            }
            if !streams::is_filling(name) {
                let result = self.call_method(&base, name, arguments, inner.range());
                self.note_wallet(&base, inner);
                return result;
            }
            let result = self.call_method(&base, name, arguments.clone(), inner.range());
            self.note_wallet(&base, inner);
            self.fill(
                &attribute.value,
                &base,
                name,
                &arguments,
                &result,
                inner.range(),
            );
            return result;
        }
        let callee = self.expression(&inner.func);
        let arguments = self.arguments(&inner.arguments);
        self.call(&callee, arguments, inner.range())
    }

    /// `base.name(arguments)`.
    fn call_method(
        &mut self,
        base: &Value<'a>,
        name: &'a str,
        arguments: Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let Some((last, others)) = base.alternatives().split_last() else {
            return Value::none();
        };
        let mut result: Option<Value<'a>> = None;
        for one in others {
            let value = self.call_method_of(one, name, arguments.clone(), range);
            result = Some(either(result, value));
        }
        let value = self.call_method_of(last, name, arguments, range);
        either(result, value)
    }

    fn call_method_of(
        &mut self,
        base: &Value<'a>,
        name: &'a str,
        arguments: Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        match &base.kind {
            Kind::Path(_) | Kind::Instance(_) | Kind::Class(_) => {
                let callee = self.attribute(base, name, range);
                self.call_on(&callee, Some(base), arguments, range)
            }
            Kind::Function(..) | Kind::Partial(_) if name == "__call__" => {
                self.call(base, arguments, range)
            }
            Kind::Function(id, _)
                if ["submit", "delay", "start", "apply_async"].contains(&name) =>
            {
                let _ = id;
                self.call(base, arguments, range)
            }
            _ => {
                if self.affords_method(base, name, &arguments)
                    && let Some(value) = methods::call(base, name, &arguments)
                {
                    self.pay_for(&value, Some(base));
                    return value;
                }
                self.call_unknown(base, name, &arguments, range)
            }
        }
    }

    /// A method of something of which the kind is not known: what it is called says enough.
    fn call_unknown(
        &mut self,
        base: &Value<'a>,
        name: &'a str,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let all = base.all_taints().with(arguments.taints());
        let is_text = matches!(base.kind, Kind::Str(_) | Kind::Text(_));
        let given = Value::unknown(all.without(Taints::ASSEMBLED)).keyed(base.key);
        match name {
            "read_text" | "read_bytes" => {
                return self.read_file(base, "pathlib.Path().read_bytes", range);
            }
            "open" if is_text => {
                let mut all = arguments.clone();
                all.positional.insert(0, base.clone());
                return self.open(&all, range);
            }
            "write_text" | "write_bytes" => {
                let data = Self::data_of(arguments);
                let mut all = arguments.clone();
                all.positional.insert(0, base.clone());
                self.act(Deed::Write, "pathlib.Path().write_bytes", &all, range);
                self.note_write(base, data);
                if let Some(data) = arguments.positional.first() {
                    self.keep_content(base, data);
                }
                return Value::none();
            }
            "unlink" | "rmdir" if is_text || base.taints.any(Taints::FILE_LISTING) => {
                self.act(
                    Deed::Delete,
                    "pathlib.Path().unlink",
                    &Arguments::of(vec![base.clone()]),
                    range,
                );
                return Value::none();
            }
            "chmod" if is_text => {
                self.act(
                    Deed::Write,
                    "pathlib.Path().chmod",
                    &Arguments::of(vec![base.clone()]),
                    range,
                );
                return Value::none();
            }
            "glob" | "rglob" | "iterdir" if is_text => {
                let mut all = vec![base.clone()];
                all.extend(arguments.positional.iter().cloned());
                let path = all.iter().skip(1).fold(base.clone(), |path, part| {
                    super::fold::join_paths(&path, part)
                });
                let read = self.read_file(&path, "os.listdir", range);
                return super::files::walked(&path, read);
            }
            "decrypt" | "decrypt_message" => return given.tainted(Taints::DECRYPTED),
            "to_bytes" | "fromhex" | "decompress" | "b64decode" => {
                return given.tainted(Taints::DECODED);
            }
            "map" | "apply" | "submit" | "run_until_complete" | "add_done_callback"
            | "run_in_executor" | "create_task" | "apply_async" | "call_soon" | "start_soon" => {
                self.runs(arguments, range);
                return given;
            }
            _ => {}
        }
        if let Some(deed) = telling_method(name, arguments) {
            let at = self.act(deed, &format!("?.{name}"), arguments, range);
            let written = self.written_to(arguments);
            self.taint(at, written.with(base.taints.only(Taints::SECRETS)));
            return Value::unknown(Taints::DOWNLOADED);
        }
        given
    }

    pub(super) fn call(
        &mut self,
        callee: &Value<'a>,
        arguments: Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        self.call_on(callee, None, arguments, range)
    }

    fn call_on(
        &mut self,
        callee: &Value<'a>,
        base: Option<&Value<'a>>,
        arguments: Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        if self.nesting >= MOST_NESTED_CALLS {
            return Value::unknown(callee.taints.with(arguments.taints()));
        }
        let Some((last, others)) = callee.alternatives().split_last() else {
            return Value::none();
        };
        self.nesting += 1;
        let mut result: Option<Value<'a>> = None;
        for one in others {
            let value = self.call_one(one, callee.taints, base, arguments.clone(), range);
            result = Some(either(result, value));
        }
        let value = self.call_one(last, callee.taints, base, arguments, range);
        self.nesting -= 1;
        either(result, value)
    }

    fn call_one(
        &mut self,
        callee: &Value<'a>,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        match &callee.kind {
            Kind::Function(id, this) => {
                // What stands in another file is said to be where it is called.
                let site = self.at.site;
                if self.functions[*id].foreign {
                    self.at.site = Some(site.unwrap_or(range));
                }
                let value = self.enter(*id, this.as_deref(), arguments);
                self.at.site = site;
                value
            }
            Kind::Class(id) => self.instantiate(*id, arguments, range),
            Kind::Instance(_) => {
                let taints = callee.taints.with(arguments.taints());
                let called = self.special(callee, "__call__", arguments.positional, range);
                called.unwrap_or_else(|| Value::unknown(taints))
            }
            Kind::Partial(partial) => {
                let mut all = partial.arguments.clone();
                all.positional.extend(arguments.positional);
                all.named.extend(arguments.named);
                all.rest = all.rest.with(arguments.rest);
                let inner = partial.callee.clone().tainted(hidden);
                self.call(&inner, all, range)
            }
            Kind::Path(path) => {
                let path = path.clone();
                // What a call gave is no name; how its arguments were made says nothing about it.
                let hidden = if path.contains('(') {
                    Taints::NONE
                } else {
                    hidden
                        .with(callee.taints)
                        .only(Taints::HIDDEN.with(Taints::ASSEMBLED))
                };
                self.call_path(&path, hidden, base, arguments, range)
            }
            _ => {
                // A callable that cannot be known: what it is given may be called or sent on.
                let taints = callee
                    .taints
                    .with(arguments.taints())
                    .without(Taints::ASSEMBLED);
                if callee
                    .taints
                    .any(Taints::UNMARSHALLED.with(Taints::DECRYPTED))
                {
                    let code = Arguments::of(vec![Value::unknown(callee.taints)]);
                    self.act(Deed::Execute, DESERIALIZED, &code, range);
                }
                Value::unknown(taints)
            }
        }
    }
}

fn either<'a>(known: Option<Value<'a>>, value: Value<'a>) -> Value<'a> {
    match known {
        Some(known) => known.or(value),
        None => value,
    }
}

/// What a method does by its name and arguments, whatever it belongs to.
fn telling_method(name: &str, arguments: &Arguments<'_>) -> Option<Deed> {
    let first = arguments.positional.first();
    let text = || first.and_then(Value::shown).unwrap_or_default();
    let is_address = || {
        let schemes = ["http://", "https://", "ftp://", "ws://", "wss://"];
        let text = text();
        schemes.iter().any(|scheme| text.starts_with(scheme))
    };
    let secret = || {
        let taints = arguments.taints();
        taints.any(Taints::SECRETS.with(Taints::IDENTITY))
    };
    match name {
        "get" | "post" | "put" | "request" | "urlopen" | "patch" | "fetch" | "open"
        | "retrieve"
            if is_address() =>
        {
            Some(Deed::Send)
        }
        "post" | "put" | "send" | "sendall" | "sendto" | "sendmail" | "send_message"
        | "publish" | "upload_file" | "upload" | "storbinary" | "sendMessage" | "send_document"
        | "put_object" | "emit"
            if secret() =>
        {
            Some(Deed::Send)
        }
        "connect" | "connect_ex" | "bind" => {
            let Kind::List(items) = &first?.kind else {
                return None;
            };
            let items = items.borrow();
            let port = items
                .get(1)
                .is_some_and(|port| port.as_int().is_some() || matches!(port.kind, Kind::Unknown));
            (items.len() == 2 && port).then_some(Deed::Connect)
        }
        "system" | "popen" | "Popen" | "check_output" | "getoutput" | "WinExec"
        | "ShellExecuteW" | "ShellExecuteA"
            if !text().is_empty() =>
        {
            Some(Deed::Spawn)
        }
        _ => None,
    }
}
