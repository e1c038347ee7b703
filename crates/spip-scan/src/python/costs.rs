//! The budget of steps, and what work on values costs in them: a step must not take as long as its
//! values are large.

use super::decoders::LARGEST;
use super::interpreter::{Interpreter, MOST_FRAMES};
use super::value::{Arguments, Chars, Kind, LONGEST_TEXT, Octets, Value};

/// Work that costs less is done whatever is left.
const SMALL: u64 = 64;

/// How many bytes of text one step reads, and how many it makes.
const READ: u64 = 64;
const MADE: u64 = 32;

/// How many items one step copies.
pub(super) const COPIED: u64 = 8;

impl<'a> Interpreter<'a> {
    /// Counts a step; `false`: the budget is spent, so nothing is done twice any more.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps < self.most_steps && self.frames.len() < MOST_FRAMES
    }

    /// How many steps may have been taken when something is done with values that decide nothing.
    pub(super) fn most_steps_undecided(&self) -> u64 {
        if self.at.within.is_none() {
            self.most_steps
        } else {
            self.most_steps_entering.min(self.most_steps)
        }
    }

    /// Takes the cost of work from the budget; `false`: there is not enough left, so that the work
    /// must not be done.
    pub(super) fn affords(&mut self, cost: u64) -> bool {
        self.steps += cost;
        cost < SMALL || self.steps < self.most_steps
    }

    /// Whether a method can be afforded.
    pub(super) fn affords_method(
        &mut self,
        receiver: &Value<'a>,
        name: &str,
        arguments: &Arguments<'a>,
    ) -> bool {
        self.affords(method(receiver, name) + each(arguments))
    }

    /// Whether a pure function can be afforded.
    pub(super) fn affords_call(&mut self, path: &str, arguments: &Arguments<'a>) -> bool {
        let cost = match path {
            "builtins.len" => arguments.positional.first().map_or(0, length),
            "builtins.isinstance" | "builtins.ord" | "builtins.chr" => 0,
            _ => each(arguments),
        };
        self.affords(cost)
    }

    /// Takes what a new value costs, unless it is one of those that it was made from.
    pub(super) fn pay_for(&mut self, made: &Value<'a>, from: Option<&Value<'a>>) {
        if !from.is_some_and(|from| from.shares(made)) {
            self.steps += making(made);
        }
    }
}

impl<'a> Value<'a> {
    /// Whether the two are one in memory.
    fn shares(&self, other: &Value<'a>) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Str(one), Kind::Str(two)) => std::ptr::eq(&raw const **one, &raw const **two),
            (Kind::Bytes(one), Kind::Bytes(two)) => {
                std::ptr::eq(&raw const **one, &raw const **two)
            }
            (Kind::List(_) | Kind::Dict(_), _) => self.same(other),
            _ => false,
        }
    }
}

/// What showing a value costs.
pub(super) fn showing(value: &Value<'_>) -> u64 {
    let length = match &value.kind {
        Kind::Str(text) => text.len(),
        Kind::Text(text) => text.len(),
        Kind::Bytes(bytes) => bytes.len(),
        Kind::List(items) => items.borrow().len() * 8,
        _ => 0,
    };
    length.min(LONGEST_TEXT) as u64 / 16
}

fn each(arguments: &Arguments<'_>) -> u64 {
    arguments.values().map(reading).sum()
}

/// What looking all through a value costs.
pub(super) fn reading(value: &Value<'_>) -> u64 {
    match &value.kind {
        Kind::Str(text) => text.len() as u64 / READ,
        Kind::Text(text) => text.len() as u64 / READ,
        Kind::Bytes(bytes) => bytes.len() as u64 / READ,
        Kind::List(items) => items.borrow().len() as u64 / COPIED,
        Kind::Dict(pairs) => pairs.borrow().len() as u64 / COPIED,
        _ => 0,
    }
}

/// What taking all items of a value out costs; letters become texts of their own.
pub(super) fn copying(value: &Value<'_>) -> u64 {
    match &value.kind {
        Kind::Str(text) => text.len() as u64 / 2,
        Kind::Bytes(bytes) => bytes.len() as u64 / COPIED,
        _ => reading(value),
    }
}

/// What decoding in vain may have cost: bombs are told when most of the work is done.
pub(super) fn failing(value: &Value<'_>) -> u64 {
    let length = match &value.kind {
        Kind::Str(text) => text.len(),
        Kind::Bytes(bytes) => bytes.len(),
        _ => 0,
    };
    // bzip2 and xz make megabytes of a few bytes.
    let most = match &value.kind {
        Kind::Bytes(bytes) if bytes.starts_with(b"BZh") || bytes.starts_with(b"\xfd7zXZ") => {
            LARGEST
        }
        _ => length as u64 * 1000,
    };
    most.min(LARGEST) / MADE
}

/// What putting values into a text costs.
pub(super) fn formatting(template: &Value<'_>, values: &Value<'_>) -> u64 {
    let inner: u64 = match &values.kind {
        Kind::List(items) => items.borrow().iter().take(256).map(reading).sum(),
        Kind::Dict(pairs) => {
            let pairs = pairs.borrow();
            pairs
                .iter()
                .take(256)
                .map(|(_, value)| reading(value))
                .sum()
        }
        Kind::Str(_) | Kind::Text(_) => reading(values),
        _ => 0,
    };
    reading(template) + inner * 2
}

/// What counting the letters of a text costs; machines are fast at that.
fn length(value: &Value<'_>) -> u64 {
    match &value.kind {
        Kind::Str(text) => text.len() as u64 / (READ << 7),
        _ => 0,
    }
}

/// What taking one item costs.
pub(super) fn indexing(value: &Value<'_>) -> u64 {
    match &value.kind {
        Kind::Str(text) => text.len() as u64 / (READ << 9),
        Kind::Dict(pairs) => pairs.borrow().len() as u64 / COPIED,
        _ => 0,
    }
}

/// What comparing two values costs.
pub(super) fn comparing(left: &Value<'_>, right: &Value<'_>) -> u64 {
    match right.kind {
        Kind::Str(_) | Kind::Bytes(_) => reading(left).max(reading(right)) / 4,
        _ => reading(right),
    }
}

fn method(receiver: &Value<'_>, name: &str) -> u64 {
    match (&receiver.kind, name) {
        (_, "append" | "add" | "startswith" | "endswith" | "clear" | "extend") => 0,
        (Kind::List(_), "pop" | "insert") => reading(receiver) / 8,
        (_, "__getitem__") => indexing(receiver),
        _ => reading(receiver),
    }
}

/// What making a value costs.
fn making(value: &Value<'_>) -> u64 {
    match &value.kind {
        Kind::Str(Chars::Own(text)) => text.len() as u64 / MADE,
        Kind::Bytes(Octets::Own(bytes)) => bytes.len() as u64 / MADE,
        Kind::List(items) => {
            let items = items.borrow();
            items.len() as u64 * items.first().map_or(1, item)
        }
        Kind::Dict(pairs) => pairs.borrow().len() as u64 * 2,
        _ => 0,
    }
}

/// What an item of a new list costs, by the first of them.
fn item(value: &Value<'_>) -> u64 {
    match &value.kind {
        Kind::Str(Chars::Own(_)) | Kind::Bytes(Octets::Own(_)) => 2,
        Kind::List(items) => 4 + items.borrow().len() as u64,
        _ => 1,
    }
}
