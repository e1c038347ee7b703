//! What a `setup` call names, and literals in texts.

use ruff_python_ast::{Expr, Stmt};
use spip_core::{Odd, Oddity, Site, Trigger};

use crate::tables;

use super::interpreter::Interpreter;
use super::parse;
use super::value::{Arguments, Kind, Value};

/// The longest text that is read as a literal.
const LONGEST_LITERAL: usize = 1 << 20;

impl<'a> Interpreter<'a> {
    /// The value that a known text is the literal of: JSON or Python.
    pub(super) fn literal(&mut self, text: &Value<'a>) -> Option<Value<'a>> {
        let source = match &text.kind {
            Kind::Str(source) => source.to_string(),
            Kind::Bytes(bytes) => String::from_utf8(bytes.to_vec()).ok()?,
            _ => return None,
        };
        if source.len() > LONGEST_LITERAL || self.steps >= self.most_steps {
            return None;
        }
        self.steps += source.len() as u64 / 32;
        let module = parse::file(&format!("({})", source.trim()), |_| {});
        let module = &*self.arena.alloc(module);
        let [Stmt::Expr(only)] = module.body.as_slice() else {
            return None;
        };
        is_literal(&only.value, 32).then(|| self.expression(&only.value).tainted(text.taints))
    }

    /// Commands and modules that a `setup` call names.
    pub(super) fn names_of_setup(&mut self, arguments: &Arguments<'a>) {
        let mut commands = Vec::new();
        if let Some(Kind::Dict(pairs)) = arguments.named("entry_points").map(|it| &it.kind) {
            for (group, points) in pairs.borrow().iter() {
                if matches!(group.as_str(), Some("console_scripts" | "gui_scripts")) {
                    commands.extend(
                        points
                            .shown()
                            .unwrap_or_default()
                            .split([' ', '\n'])
                            .filter_map(command_of),
                    );
                }
            }
        }
        if let Some(Kind::Str(text)) = arguments.named("entry_points").map(|it| &it.kind) {
            let points = text.lines().filter(|line| line.contains(':'));
            commands.extend(points.filter_map(command_of));
        }
        for name in commands {
            if tables::is_trusted_command(&name, "") {
                self.odd(
                    Odd::ShadowedCommand,
                    self.path.to_owned(),
                    format!("installs a command `{name}`"),
                );
            }
        }
        let directory = self
            .path
            .rsplit_once('/')
            .map_or(String::new(), |(up, _)| format!("{up}/"));
        for list in ["py_modules", "packages"] {
            let names = arguments
                .named(list)
                .cloned()
                .and_then(|list| self.items_of(&list));
            for name in names.unwrap_or_default() {
                let Some(name) = name
                    .as_str()
                    .filter(|name| tables::stdlib::shadows(name, ""))
                else {
                    continue;
                };
                let file = if list == "packages" {
                    format!("{name}/__init__.py")
                } else {
                    format!("{name}.py")
                };
                let detail = format!("takes the name of {name} in the standard library");
                self.odd(Odd::ShadowedStdlib, format!("{directory}{file}"), detail);
            }
        }
    }

    fn odd(&mut self, what: Odd, member: String, detail: String) {
        if self.oddities.len() < 100 {
            let site = Site::member(&member);
            self.oddities.push(Oddity {
                what,
                trigger: Trigger::Import,
                detail,
                site,
            });
        }
    }
}

/// The name in `name=module:object`.
fn command_of(point: &str) -> Option<String> {
    let (name, _) = point.split_once('=')?;
    let name = name.trim();
    (!name.is_empty() && !name.contains('\u{fffc}')).then(|| name.to_owned())
}

/// Whether an expression is nothing but a literal; JSON's own words are names.
fn is_literal(expression: &Expr, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match expression {
        Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_) => true,
        Expr::Name(name) => matches!(name.id.as_str(), "true" | "false" | "null"),
        Expr::UnaryOp(inner) => is_literal(&inner.operand, depth),
        Expr::List(inner) => inner.elts.iter().all(|it| is_literal(it, depth)),
        Expr::Tuple(inner) => inner.elts.iter().all(|it| is_literal(it, depth)),
        Expr::Set(inner) => inner.elts.iter().all(|it| is_literal(it, depth)),
        Expr::Dict(inner) => inner.items.iter().all(|it| {
            is_literal(&it.value, depth)
                && it.key.as_ref().is_some_and(|key| is_literal(key, depth))
        }),
        _ => false,
    }
}
