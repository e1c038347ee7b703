//! How sure a share is that was counted on few cases.

use serde::Serialize;

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Share {
    /// How many.
    pub(crate) hits: usize,
    /// Of how many.
    pub(crate) all: usize,
}

impl Share {
    /// Counts one more.
    pub(crate) fn count(&mut self, is_hit: bool) {
        self.all += 1;
        self.hits += usize::from(is_hit);
    }

    /// Between 0 and 1; 1 of nothing.
    #[expect(clippy::cast_precision_loss, reason = "the counts are small")]
    pub(crate) fn value(self) -> f64 {
        if self.all == 0 {
            return 1.0;
        }
        self.hits as f64 / self.all as f64
    }

    /// Wilson's interval, which holds the true share with a probability of 95 %.
    #[expect(clippy::cast_precision_loss, reason = "the counts are small")]
    pub(crate) fn interval(self) -> (f64, f64) {
        const Z: f64 = 1.959_964;
        if self.all == 0 {
            return (0.0, 1.0);
        }
        let (all, share) = (self.all as f64, self.value());
        let square = Z * Z / all;
        let centre = (share + square / 2.0) / (1.0 + square);
        let spread = share * (1.0 - share) / all + square / (4.0 * all);
        let reach = Z / (1.0 + square) * spread.sqrt();
        ((centre - reach).max(0.0), (centre + reach).min(1.0))
    }

    /// `19/20 = 95.0 % (76.4–99.1)`
    pub(crate) fn words(self) -> String {
        let (low, high) = self.interval();
        let [share, low, high] = [self.value(), low, high].map(|value| value * 100.0);
        format!(
            "{}/{} = {share:.1} % ({low:.1}–{high:.1})",
            self.hits, self.all
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_never_empty_and_stays_between_none_and_all() {
        let words = |hits, all| Share { hits, all }.words();
        assert_eq!(words(19, 20), "19/20 = 95.0 % (76.4–99.1)");
        assert_eq!(words(0, 392), "0/392 = 0.0 % (0.0–1.0)");
        assert_eq!(words(20, 20), "20/20 = 100.0 % (83.9–100.0)");
    }
}
