//! Spreads the members of an archive over the cores.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::layout::{ending, is_source};

/// How many bytes of data are read while one byte of source is.
const SOURCE: u64 = 16;

/// The same for a packed archive, which holds more than its size, source for the most part.
const ARCHIVE: u64 = 64;

/// Does some work on each item, what takes long first, so that no core is left alone with it at
/// the end. What comes back is in the order of the items, whoever was done first.
///
/// Items are handed out one by one. A core that waits for the rest of an archive within this one
/// helps with that; it never begins with another item on top, so its stack stays flat.
pub(crate) fn spread<T: Send, R: Send>(
    items: impl IntoIterator<Item = T>,
    cost: impl Fn(&T) -> u64,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let mut items: Vec<(usize, T)> = items.into_iter().enumerate().collect();
    items.sort_by_cached_key(|(_, item)| Reverse(cost(item)));
    let numbered = items.into_iter().par_bridge();
    let mut done: Vec<(usize, R)> = numbered.map(|(index, item)| (index, work(item))).collect();
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// How long a member takes, compared with others.
pub(crate) fn cost(path: &str, size: u64) -> u64 {
    let weight = if is_source(path) {
        SOURCE
    } else if matches!(ending(path), "whl" | "zip" | "egg" | "gz" | "xz" | "bz2") {
        ARCHIVE
    } else {
        1
    };
    size.saturating_mul(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_their_items() {
        let items: Vec<u64> = (0..1000).map(|number| number * 7919 % 1000).collect();
        let doubled = spread(items.clone(), |item| *item, |item| item * 2);
        let wanted: Vec<u64> = items.iter().map(|item| item * 2).collect();
        assert_eq!(doubled, wanted);
    }

    #[test]
    fn work_within_work_ends() {
        let sums = spread(
            0..50_u64,
            |item| *item,
            |item| {
                let inner = spread(0..item, |one| *one, |one| one);
                inner.iter().sum::<u64>()
            },
        );
        assert_eq!(sums[49], 49 * 48 / 2);
    }

    #[test]
    fn what_takes_long_comes_first() {
        assert!(cost("a/b.py", 1000) > cost("a/b.so", 10_000));
        assert!(cost("a/b.whl", 1000) > cost("a/b.py", 3000));
    }
}
