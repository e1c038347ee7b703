//! Settings as Python's `configparser` reads them.

/// How many lines are read.
pub(super) const LINES: usize = 20_000;

/// One option with its continued lines.
pub(super) struct Setting<'t> {
    pub(super) section: &'t str,
    pub(super) key: &'t str,
    lines: Vec<&'t str>,
}

impl<'t> Setting<'t> {
    /// Its lines, trimmed; empty ones left out.
    pub(super) fn values(&self) -> impl Iterator<Item = &'t str> {
        let lines = self.lines.iter().map(|line| line.trim());
        lines.filter(|line| !line.is_empty())
    }

    /// Its lines of the form `name = value`.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let pairs = self.values().filter_map(|line| line.split_once('='));
        pairs.map(|(name, value)| (name.trim(), value.trim()))
    }
}

/// The options of a text, and whether all of it was read.
///
/// A line continues an option if it is indented deeper than the option's own line, wherever that
/// begins; a section ends at its first bracket, whatever follows.
pub(super) fn options(text: &str) -> (Vec<Setting<'_>>, bool) {
    let mut options: Vec<Setting<'_>> = Vec::new();
    let mut section = "";
    let mut indent: Option<usize> = None;
    let mut lines = text.trim_start_matches('\u{feff}').split(['\n', '\r']);
    for line in lines
        .by_ref()
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
    {
        let bare = line.trim();
        if bare.starts_with(['#', ';']) {
            continue;
        }
        let own = line
            .chars()
            .take_while(|letter| letter.is_whitespace())
            .count();
        if indent.is_some_and(|of_option| own > of_option) {
            if let Some(last) = options.last_mut() {
                last.lines.push(line);
            }
            continue;
        }
        if let Some((name, _)) = bare.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = name.trim();
            indent = None;
            continue;
        }
        indent = Some(own);
        let at = bare.find(['=', ':']).unwrap_or(bare.len());
        options.push(Setting {
            section,
            key: bare[..at].trim(),
            lines: vec![bare.get(at + 1..).unwrap_or_default()],
        });
    }
    let is_whole = lines.all(|line| line.trim().is_empty());
    (options, is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let (options, is_whole) = options(text);
        assert!(is_whole);
        let line = |it: &Setting<'_>| {
            let values: Vec<_> = it.values().collect();
            format!("{}.{}: {}", it.section, it.key, values.join("|"))
        };
        options.iter().map(line).collect()
    }

    // Each is what `configparser` itself gives.
    #[test]
    fn options_are_those_that_python_reads() {
        for (text, expected) in [
            ("[a]\nb = 1\n  2\nc: 3\n", &["a.b: 1|2", "a.c: 3"][..]),
            (
                "[a]\n  b = 1\n  c =\n     d = 2\n",
                &["a.b: 1", "a.c: d = 2"],
            ),
            ("  [a]\n  b =\n\n    c\n", &["a.b: c"]),
            ("[a] ; note\nb=\n  c\n", &["a.b: c"]),
            ("[a]x\nb=c\n", &["a.b: c"]),
            ("[a]\nb =\n# note\n  c\n ; note\n  d\n", &["a.b: c|d"]),
            ("[a]\rb=c\r\nd=e\r", &["a.b: c", "a.d: e"]),
            ("[a]\nb\nc=d\n", &["a.b: ", "a.c: d"]),
            ("[a]\nb=1\n  [c]\nd=2\n", &["a.b: 1|[c]", "a.d: 2"]),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn blank_lines_do_not_count_and_too_many_others_are_told() {
        let blank = format!("{}[a]\nb=c\n", "\n".repeat(3 * LINES));
        assert_eq!(read(&blank), ["a.b: c"]);
        let long = format!("[a]\n{}", "b=c\n".repeat(LINES));
        assert!(!options(&long).1);
    }
}
