//! From offsets in a source text to lines and excerpts.

use ruff_text_size::TextRange;
use spip_core::Site;

/// The longest excerpt, in bytes.
const LONGEST_EXCERPT: usize = 240;

/// Where the lines of a text begin.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    first_line: u32,
}

impl<'t> Lines<'t> {
    /// Lines end as Python ends them: LF, CR LF or CR.
    pub(super) fn new(text: &'t str, first_line: u32) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        Self {
            text,
            starts,
            first_line,
        }
    }

    /// The place of a range of the text.
    pub(super) fn site(&self, member: &str, range: TextRange) -> Site {
        let start = usize::from(range.start()).min(self.text.len());
        let line = self.starts.partition_point(|begin| *begin <= start) - 1;
        let begin = self.starts[line];
        let end = self
            .starts
            .get(line + 1)
            .copied()
            .unwrap_or(self.text.len());
        let whole = self.text[begin..end].trim_end_matches(['\n', '\r']);
        let from = start - begin;
        let to =
            (usize::from(range.end()).saturating_sub(begin)).clamp(from, whole.len().max(from));
        let (excerpt, mark) = cut(whole, from.min(whole.len()), to.min(whole.len()));
        Site {
            member: member.to_owned(),
            line: u32::try_from(line)
                .unwrap_or(u32::MAX)
                .saturating_add(self.first_line),
            excerpt,
            mark,
        }
    }
}

/// The part of a line around a range, and the range within it.
fn cut(line: &str, from: usize, to: usize) -> (String, (u32, u32)) {
    let mut begin = 0;
    if line.len() > LONGEST_EXCERPT && from > 40 {
        begin = from - 40;
    }
    let mut end = (begin + LONGEST_EXCERPT).min(line.len());
    while !line.is_char_boundary(begin) {
        begin -= 1;
    }
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let mark = |at: usize| u32::try_from(at.clamp(begin, end) - begin).unwrap_or(0);
    (line[begin..end].to_owned(), (mark(from), mark(to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(text: &str, from: u32, to: u32) -> Site {
        Lines::new(text, 1).site("a.py", TextRange::new(from.into(), to.into()))
    }

    #[test]
    fn counts_lines_as_python_does() {
        let found = site("a\rb\r\nc\nd", 7, 8);
        assert_eq!((found.line, found.excerpt.as_str()), (4, "d"));
        assert_eq!(site("a\rb\r\nc\nd", 2, 3).line, 2);
    }

    #[test]
    fn cuts_a_long_line_around_the_place() {
        let text = format!("x = 1;{}os.system('id')", " ".repeat(5000));
        let found = site(&text, 5006, 5021);
        assert!(found.excerpt.len() <= LONGEST_EXCERPT);
        let (from, to) = found.mark;
        assert_eq!(
            &found.excerpt[from as usize..to as usize],
            "os.system('id')"
        );
    }
}
