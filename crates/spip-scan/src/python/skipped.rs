//! What the walk left out because a condition or a loop counted as decided: values may be known
//! wrongly, so nothing is dropped for them. It is walked once in the end, undecided.

use hashbrown::HashMap;
use ruff_python_ast::{Expr, Stmt};
use spip_core::Trigger;

use super::interpreter::{Context, Interpreter};

/// A part of the code.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// A block, or the rest of one.
    Block(&'a [Stmt]),
    Expression(&'a Expr),
    /// A function by number: nothing was there to call it with.
    Function(usize),
}

impl Part<'_> {
    /// Where it ends in memory: a block and any rest of it are told as one.
    fn key(&self) -> (u8, usize) {
        match self {
            Self::Block(suite) => (0, suite.as_ptr_range().end.addr()),
            Self::Expression(expression) => (1, std::ptr::from_ref(*expression).addr()),
            Self::Function(id) => (2, *id),
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Block(suite) => suite.len(),
            _ => 1,
        }
    }
}

/// A part that was left out, and where the walk was.
struct Skipped<'a> {
    part: Part<'a>,
    frame: usize,
    at: Context,
}

/// What was walked to its end and what was left out.
#[derive(Default)]
pub(super) struct Coverage<'a> {
    /// The highest trigger at which a part was walked.
    walked: HashMap<(u8, usize), Trigger>,
    skipped: Vec<Skipped<'a>>,
    /// Where each part stands in the list.
    places: HashMap<(u8, usize), usize>,
    /// How many of the list were walked.
    done: usize,
}

impl<'a> Interpreter<'a> {
    /// Notes that a part was walked.
    pub(super) fn walked(&mut self, part: Part<'a>) {
        let trigger = self.at.trigger;
        let known = self.coverage.walked.entry(part.key()).or_insert(trigger);
        *known = (*known).max(trigger);
    }

    /// Notes that a part was left out.
    pub(super) fn skip(&mut self, part: Part<'a>) {
        let (key, trigger) = (part.key(), self.at.trigger);
        let coverage = &mut self.coverage;
        let is_walked = coverage.walked.get(&key).is_some_and(|at| *at >= trigger);
        if is_walked || part.length() == 0 {
            return;
        }
        let place = coverage.places.get(&key).copied();
        if let Some(known) = place.and_then(|place| coverage.skipped.get(place))
            && known.at.trigger >= trigger
            && known.part.length() >= part.length()
        {
            return;
        }
        let skipped = Skipped {
            part,
            frame: self.frame,
            at: self.at.clone(),
        };
        // Its variables are what it is walked with.
        self.frames[self.frame].keeps = true;
        match place.filter(|place| *place >= coverage.done) {
            Some(place) => coverage.skipped[place] = skipped,
            None => {
                coverage.places.insert(key, coverage.skipped.len());
                coverage.skipped.push(skipped);
            }
        }
    }

    /// Walks the next part that was left out; `false`: there is none.
    pub(super) fn walk_skipped(&mut self) -> bool {
        let coverage = &mut self.coverage;
        let Some(next) = coverage.skipped.get(coverage.done) else {
            return false;
        };
        coverage.done += 1;
        let (part, frame) = (next.part, next.frame);
        let walked = coverage.walked.get(&part.key());
        if walked.is_some_and(|walked| *walked >= next.at.trigger) {
            return true;
        }
        self.at = Context {
            conditions: 1,
            decided: false,
            depth: 0,
            ..next.at.clone()
        };
        self.frame = frame;
        self.walked(part);
        match part {
            Part::Block(suite) => {
                self.block(suite);
            }
            Part::Expression(expression) => {
                self.expression(expression);
            }
            Part::Function(id) => self.enter_unasked(id),
        }
        true
    }
}

/// Whether nothing in a block is reached behind a statement, whatever is known.
pub(super) fn is_end(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::Return(_) | Stmt::Break(_) | Stmt::Continue(_)
    )
}
