//! Which loops are worth running for real.

use super::functions::is_constant;
use super::interpreter::Interpreter;
use super::value::{Kind, Value};

/// A loop over items that are no constants runs at most that often.
const FEW_TURNS: usize = 24;

/// How often one loop over known data runs.
const MOST_TURNS: usize = 100_000;

impl<'a> Interpreter<'a> {
    /// Whether a loop over this is worth its steps.
    pub(super) fn runs_for_real(&self, iterated: &Value<'a>) -> bool {
        let fits =
            |turns: usize| self.steps + (turns as u64) < self.most_steps && turns <= MOST_TURNS;
        let few = |turns: usize| turns <= FEW_TURNS && self.steps < self.most_steps_undecided();
        match &iterated.kind {
            Kind::List(items) => {
                let items = items.borrow();
                fits(items.len()) && (few(items.len()) || items.iter().all(is_constant))
            }
            Kind::Dict(pairs) => {
                let pairs = pairs.borrow();
                let constant = || pairs.iter().all(|(key, _)| is_constant(key));
                fits(pairs.len()) && (few(pairs.len()) || constant())
            }
            Kind::Bytes(bytes) => fits(bytes.len()),
            Kind::Str(text) => fits(text.len()),
            _ => false,
        }
    }
}
