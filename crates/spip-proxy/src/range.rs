//! Parts of a judged body (RFC 9110 section 14).

/// Which part of a body a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it: no range, several, or one that cannot be read.
    Whole,
    /// From the first byte to before the end.
    Slice { first: u64, end: u64 },
    /// None that the body has.
    Beyond,
}

impl Part {
    /// Reads a `Range` field for a body of this size.
    pub(crate) fn read(range: Option<&str>, size: u64) -> Self {
        let Some(spec) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else {
            return Self::Whole;
        };
        let Some((first, last)) = spec.trim().split_once('-') else {
            return Self::Whole;
        };
        let is_number = |text: &str| text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit());
        let (first, last) = (first.trim(), last.trim());
        if !is_number(first) || !is_number(last) {
            return Self::Whole;
        }
        let (first, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if last < first => return Self::Whole,
            (Ok(first), Ok(last)) => (first, last.saturating_add(1).min(size)),
            (Ok(first), Err(_)) => (first, size),
            (Err(_), Ok(0)) => return Self::Beyond,
            (Err(_), Ok(length)) => (size.saturating_sub(length), size),
            (Err(_), Err(_)) => return Self::Whole,
        };
        if first < end {
            Self::Slice { first, end }
        } else {
            Self::Beyond
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ranges_as_servers_do() {
        let slice = |first, end| Part::Slice { first, end };
        for (range, expected) in [
            ("bytes=0-0", slice(0, 1)),
            ("bytes=2-4", slice(2, 5)),
            ("bytes=2-", slice(2, 10)),
            ("bytes=2-99", slice(2, 10)),
            ("bytes=-3", slice(7, 10)),
            ("bytes=-99", slice(0, 10)),
            ("bytes=10-", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=4-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes=99999999999999999999-", Part::Whole),
            ("items=0-1", Part::Whole),
            ("", Part::Whole),
        ] {
            assert_eq!(Part::read(Some(range), 10), expected, "{range}");
        }
        assert_eq!(Part::read(None, 10), Part::Whole);
        assert_eq!(Part::read(Some("bytes=0-"), 0), Part::Beyond);
    }
}
