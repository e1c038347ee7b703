//! Whole numbers as values hold them.

/// A whole number that asks for no more than the places of pointers: an `i128` by itself makes
/// every value larger, and allocators are slow to give the places that it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed(8))]
pub(super) struct Wide(i128);

impl Wide {
    /// The number.
    pub(super) const fn get(self) -> i128 {
        self.0
    }
}

impl From<i128> for Wide {
    fn from(number: i128) -> Self {
        Self(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::value::Value;

    #[test]
    fn numbers_make_values_no_larger() {
        assert_eq!(Wide::from(i128::MIN).get(), i128::MIN);
        assert!(size_of::<Value<'_>>() <= 40);
        assert!(align_of::<Value<'_>>() <= 8);
    }
}
