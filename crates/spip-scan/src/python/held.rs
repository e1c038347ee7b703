//! What a value holds, taken together.

use spip_core::Taints;

use super::value::{Kind, Value};

/// How many values are looked at for the taints of one.
const MOST_LOOKED_INTO: usize = 128;

impl Value<'_> {
    /// Its own taints and, for containers, those of what it holds.
    pub(super) fn all_taints(&self) -> Taints {
        let mut left = MOST_LOOKED_INTO;
        self.deep_taints(7, &mut left)
    }

    pub(super) fn deep_taints(&self, depth: usize, left: &mut usize) -> Taints {
        if depth == 0 || *left == 0 {
            return self.taints;
        }
        *left -= 1;
        let mut taints = self.taints;
        match &self.kind {
            Kind::List(items) => {
                for item in items.borrow().iter().take(*left) {
                    taints = taints.with(item.deep_taints(depth - 1, left));
                }
            }
            Kind::Dict(pairs) => {
                for (key, value) in pairs.borrow().iter().take(*left) {
                    taints = taints
                        .with(key.taints)
                        .with(value.deep_taints(depth - 1, left));
                }
            }
            Kind::Either(values) => {
                for value in values.iter() {
                    taints = taints.with(value.deep_taints(depth - 1, left));
                }
            }
            Kind::Function(_, Some(this)) => {
                taints = taints.with(this.deep_taints(depth - 1, left));
            }
            _ => {}
        }
        taints
    }

    /// What making it costs, in steps: building long values again and again must run out.
    pub(super) fn cost(&self) -> u64 {
        match &self.kind {
            Kind::List(items) => items.borrow().len() as u64,
            Kind::Dict(pairs) => pairs.borrow().len() as u64,
            Kind::Str(text) => text.len() as u64 / 32,
            Kind::Bytes(bytes) => bytes.len() as u64 / 32,
            _ => 0,
        }
    }

    /// How many items it has, if it is a list or bytes.
    pub(super) fn length(&self) -> usize {
        match &self.kind {
            Kind::List(items) => items.borrow().len(),
            Kind::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }
}
