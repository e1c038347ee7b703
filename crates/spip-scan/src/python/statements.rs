//! Statements: what each does to the variables.

use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtFor, StmtIf, StmtTry, StmtWhile, StmtWith};
use ruff_text_size::Ranged;
use spip_core::{Taints, Trigger};

use crate::module::MAIN;

use super::interpreter::{Flow, Interpreter};
use super::nested::is_main_guard;
use super::skipped::Part;
use super::value::{Kind, Value};

/// How often a `while` loop with a known condition runs.
const MOST_WHILE_TURNS: usize = 5_000;

impl<'a> Interpreter<'a> {
    pub(super) fn statement(&mut self, statement: &'a Stmt) -> Flow {
        self.step();
        match statement {
            Stmt::Expr(inner) => {
                self.expression(&inner.value);
            }
            Stmt::Assign(inner) => {
                let value = self.expression(&inner.value);
                for target in &inner.targets {
                    self.assign(target, value.clone());
                }
            }
            Stmt::AnnAssign(inner) => {
                self.annotation(&inner.annotation);
                if let Some(value) = &inner.value {
                    let value = self.expression(value);
                    self.assign(&inner.target, value);
                }
            }
            Stmt::AugAssign(inner) => {
                let old = self.expression(&inner.target);
                let more = self.expression(&inner.value);
                let value = self.operate(&old, inner.op, &more, inner.range());
                self.assign_anyway(&inner.target, value);
            }
            Stmt::FunctionDef(inner) => self.define_function(inner),
            Stmt::ClassDef(inner) => self.define_class(inner),
            Stmt::Return(inner) => {
                let value = match &inner.value {
                    Some(value) => self.expression(value),
                    None => Value::none(),
                };
                self.give_back(value);
                return Flow::Return;
            }
            Stmt::If(inner) => return self.branch(inner),
            Stmt::For(inner) => return self.for_loop(inner),
            Stmt::While(inner) => return self.while_loop(inner),
            Stmt::With(inner) => return self.with(inner),
            Stmt::Try(inner) => return self.try_block(inner),
            Stmt::Match(inner) => {
                let subject = self.expression(&inner.subject);
                for case in &inner.cases {
                    self.at.conditions += 1;
                    self.bind_pattern(&case.pattern, &subject);
                    if let Some(guard) = &case.guard {
                        self.expression(guard);
                    }
                    self.block(&case.body);
                    self.at.conditions -= 1;
                }
            }
            Stmt::Import(inner) => self.import(inner),
            Stmt::ImportFrom(inner) => self.import_from(inner),
            Stmt::Global(inner) => {
                let names = inner.names.iter().map(|name| (name.id.as_str(), 0));
                self.frames[self.frame].elsewhere.extend(names);
            }
            Stmt::Nonlocal(inner) => {
                for name in &inner.names {
                    self.nonlocal(name.id.as_str());
                }
            }
            Stmt::Delete(inner) => {
                for target in &inner.targets {
                    self.delete(target);
                }
            }
            Stmt::Raise(inner) => {
                for part in [&inner.exc, &inner.cause].into_iter().flatten() {
                    self.expression(part);
                }
            }
            Stmt::Assert(inner) => {
                self.expression(&inner.test);
                if let Some(message) = &inner.msg {
                    self.expression(message);
                }
            }
            Stmt::TypeAlias(_) | Stmt::Pass(_) => {}
            Stmt::IpyEscapeCommand(_) => {}
            Stmt::Break(_) => return Flow::Break,
            Stmt::Continue(_) => return Flow::Continue,
        }
        Flow::On
    }

    /// Annotations are evaluated, unless the file asks for later; few of them call something.
    pub(super) fn annotation(&mut self, annotation: &'a Expr) {
        if !self.postpones && calls(annotation, 6) {
            self.expression(annotation);
        }
    }

    pub(super) fn give_back(&mut self, value: Value<'a>) {
        let frame = &mut self.frames[self.frame];
        frame.returned = Some(match frame.returned.take() {
            Some(known) => known.or(value),
            None => value,
        });
    }

    pub(super) fn branch(&mut self, inner: &'a StmtIf) -> Flow {
        let mut all_ended = true;
        let mut decided = false;
        let mut has_else = false;
        let first = (Some(&*inner.test), inner.body.as_slice());
        let clauses = inner.elif_else_clauses.iter();
        let clauses = clauses.map(|clause| (clause.test.as_ref(), clause.body.as_slice()));
        let mut arms = std::iter::once(first).chain(clauses);
        while let Some((test, body)) = arms.next() {
            has_else |= test.is_none();
            let Some(flow) = self.arm(test, body, &mut decided) else {
                self.skip(Part::Block(body));
                continue;
            };
            if decided {
                for (test, body) in arms {
                    if let Some(test) = test {
                        self.skip(Part::Expression(test));
                    }
                    self.skip(Part::Block(body));
                }
                return flow;
            }
            all_ended &= flow == Flow::Return;
        }
        if all_ended && has_else {
            Flow::Return
        } else {
            Flow::On
        }
    }

    /// One arm of an `if`; `None`: it is known not to run.
    pub(super) fn arm(
        &mut self,
        test: Option<&'a Expr>,
        body: &'a [Stmt],
        decided: &mut bool,
    ) -> Option<Flow> {
        let Some(test) = test else {
            // What is left over after known conditions runs for sure.
            return Some(self.maybe(body));
        };
        let truth = self.expression(test);
        if self.at.decided {
            match truth.truth() {
                Some(true) => {
                    *decided = true;
                    return Some(self.block(body));
                }
                Some(false) => return None,
                None => {}
            }
        }
        if !is_main_guard(test) || self.role.trigger == Trigger::Build {
            return Some(self.maybe(body));
        }
        let outer = (self.at.trigger, self.at.within.clone());
        self.at.trigger = outer.0.min(Trigger::Call);
        self.at.within.get_or_insert_with(|| MAIN.into());
        let flow = self.maybe(body);
        (self.at.trigger, self.at.within) = outer;
        Some(flow)
    }

    pub(super) fn for_loop(&mut self, inner: &'a StmtFor) -> Flow {
        let iterated = self.expression(&inner.iter);
        if self.runs_for_real(&iterated)
            && let Some(items) = self.items_of(&iterated)
        {
            return self.known_loop(inner, items);
        }
        let item = self.item_of(&iterated);
        let decided = std::mem::replace(&mut self.at.decided, false);
        self.at.conditions += 1;
        self.assign(&inner.target, item);
        self.block(&inner.body);
        self.block(&inner.orelse);
        self.at.conditions -= 1;
        self.at.decided = decided;
        Flow::On
    }

    pub(super) fn known_loop(&mut self, inner: &'a StmtFor, items: Vec<Value<'a>>) -> Flow {
        let decided = std::mem::replace(&mut self.at.decided, true);
        let mut flow = Flow::On;
        if items.is_empty() {
            self.skip(Part::Block(&inner.body));
        }
        for (turn, item) in items.into_iter().enumerate() {
            if turn > 0 && !self.step() {
                break;
            }
            self.assign_anyway(&inner.target, item);
            flow = self.block(&inner.body);
            if matches!(flow, Flow::Break | Flow::Return) {
                break;
            }
        }
        self.at.decided = decided;
        self.maybe(&inner.orelse);
        if flow == Flow::Return { flow } else { Flow::On }
    }

    pub(super) fn while_loop(&mut self, inner: &'a StmtWhile) -> Flow {
        let mut turns = 0;
        let endless = matches!(
            &*inner.test,
            Expr::BooleanLiteral(_) | Expr::NumberLiteral(_)
        );
        let decided = self.at.decided;
        while !endless && turns < MOST_WHILE_TURNS && self.step() {
            let truth = self.expression(&inner.test).truth();
            match truth {
                Some(false) => {
                    if turns == 0 {
                        self.skip(Part::Block(&inner.body));
                    }
                    return self.block(&inner.orelse);
                }
                None => break,
                Some(true) => {}
            }
            self.at.decided = true;
            let flow = self.block(&inner.body);
            self.at.decided = decided;
            turns += 1;
            if matches!(flow, Flow::Return | Flow::Break) {
                self.skip(Part::Block(&inner.orelse));
                return if flow == Flow::Return { flow } else { Flow::On };
            }
        }
        self.at.decided = false;
        self.maybe(&inner.body);
        self.maybe(&inner.orelse);
        self.at.decided = decided;
        Flow::On
    }

    pub(super) fn with(&mut self, inner: &'a StmtWith) -> Flow {
        let mut suppresses = false;
        self.at.tries += 1;
        for item in &inner.items {
            let value = self.expression(&item.context_expr);
            let entered = self
                .special(&value, "__enter__", Vec::new(), item.range())
                .unwrap_or(value.clone());
            if let Some(target) = &item.optional_vars {
                self.assign(target, entered);
            }
            self.special(&value, "__exit__", Vec::new(), item.range());
            let mut kinds = value.alternatives().iter();
            suppresses |= kinds.any(|value| match &value.kind {
                Kind::Instance(_) => true,
                Kind::Path(path) => path.ends_with("suppress()"),
                _ => false,
            });
        }
        let flow = self.block(&inner.body);
        self.at.tries -= 1;
        if suppresses { Flow::On } else { flow }
    }

    pub(super) fn try_block(&mut self, inner: &'a StmtTry) -> Flow {
        let tries = u32::from(!inner.handlers.is_empty());
        self.at.tries += tries;
        let mut flow = self.block(&inner.body);
        self.at.tries -= tries;
        if flow == Flow::On {
            flow = self.block(&inner.orelse);
        } else {
            self.skip(Part::Block(&inner.orelse));
        }
        for ExceptHandler::ExceptHandler(handler) in &inner.handlers {
            self.at.conditions += 1;
            if let Some(kind) = &handler.type_ {
                self.expression(kind);
            }
            if let Some(name) = &handler.name {
                self.rebind(name.as_str(), Value::unknown(Taints::NONE));
            }
            let handled = self.block(&handler.body);
            self.at.conditions -= 1;
            flow = match (flow, handled) {
                (Flow::Return | Flow::Break | Flow::Continue, Flow::On)
                    if matches!(handler.body.last(), Some(Stmt::Raise(_))) =>
                {
                    flow
                }
                (Flow::On, _) | (_, Flow::On) => Flow::On,
                (Flow::Continue, _) | (_, Flow::Continue) => Flow::Continue,
                (Flow::Break, _) | (_, Flow::Break) => Flow::Break,
                _ => Flow::Return,
            };
        }
        match self.block(&inner.finalbody) {
            Flow::On => flow,
            ended => ended,
        }
    }
}

/// Whether an annotation calls something.
fn calls(annotation: &Expr, depth: u32) -> bool {
    let depth = depth.saturating_sub(1);
    let any = |parts: &[Expr]| parts.iter().any(|part| calls(part, depth));
    depth > 0
        && match annotation {
            Expr::Call(_) => true,
            Expr::Attribute(inner) => calls(&inner.value, depth),
            Expr::Subscript(inner) => calls(&inner.value, depth) || calls(&inner.slice, depth),
            Expr::Tuple(inner) => any(&inner.elts),
            Expr::List(inner) => any(&inner.elts),
            Expr::BinOp(inner) => calls(&inner.left, depth) || calls(&inner.right, depth),
            Expr::BoolOp(inner) => any(&inner.values),
            Expr::If(inner) => calls(&inner.body, depth) || calls(&inner.orelse, depth),
            Expr::Named(inner) => calls(&inner.value, depth),
            _ => false,
        }
}
