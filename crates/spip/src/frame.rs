//! Shows one line of judged code with the part that matters underlined.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};
use spip_core::{Evidence, Excerpt, Location, Quoted};

/// Room for indentation is left out where a line is longer than this.
const WIDTH: usize = 100;

/// The lines of the frame with what they show; `None` where the evidence has no excerpt.
pub(crate) fn frame(evidence: &Evidence) -> Option<Vec<String>> {
    let excerpt = evidence.excerpt()?;
    let line = match evidence.at() {
        Location::Member { line, .. } => *line,
        _ => None,
    };
    let (source, mark) = shown(excerpt);
    let label = evidence.text().to_string();
    // Beside a long part the words would stand far away from where people look.
    let fits = source[mark.clone()].chars().count() + label.chars().count() < WIDTH;
    let annotation = AnnotationKind::Primary.span(mark);
    let (annotation, below) = if fits {
        (annotation.label(label), None)
    } else {
        (annotation, Some(label))
    };
    let snippet = Snippet::source(source)
        .line_numbering(line.is_some())
        .line_start(
            line.and_then(|line| usize::try_from(line).ok())
                .unwrap_or(1),
        )
        .annotation(annotation);
    let group = [Group::with_level(Level::WARNING).element(snippet)];
    let plain = Style::new();
    let renderer = Renderer::styled()
        .term_width(WIDTH)
        .line_num(plain)
        .warning(plain.bold().fg_color(Some(AnsiColor::BrightRed.into())));
    let text = renderer.render(&group);
    // The first line is an empty margin.
    let lines = text.lines().skip(1).map(ToOwned::to_owned);
    Some(
        lines
            .chain(below.map(|below| format!("     {below}")))
            .collect(),
    )
}

/// The line with everything escaped that could mislead, and where the marked part then stands.
fn shown(excerpt: &Excerpt) -> (String, std::ops::Range<usize>) {
    let (line, mark) = (excerpt.line(), excerpt.mark());
    let part = |part: &str| Quoted::new(&part.replace('\t', "    ")).to_string();
    let before = part(&line[..mark.start]);
    let marked = part(&line[mark.clone()]);
    let after = part(&line[mark.end..]);
    let mark = before.len()..before.len() + marked.len();
    (format!("{before}{marked}{after}"), mark)
}

#[cfg(test)]
mod tests {
    use spip_core::Site;

    use super::*;

    fn framed(line: u32, text: &str, mark: (u32, u32)) -> String {
        let site = Site {
            member: "demo/__init__.py".to_owned(),
            line,
            excerpt: text.to_owned(),
            mark,
        };
        let lines = frame(&site.shows("runs \u{1b}[2K encoded data")).unwrap();
        let styled = lines.join("\n");
        anstream::adapter::strip_str(&styled).to_string()
    }

    #[test]
    fn underlines_the_part_that_matters() {
        insta::assert_snapshot!(framed(12, "\texec(decode('é…'))", (1, 5)), @r"
        12 |     exec(decode('é…'))
           |     ^^^^ runs \u{1b}[2K encoded data
        ");
    }

    #[test]
    fn escapes_what_could_move_the_cursor_or_turn_text_around() {
        let text = "x = '\u{1b}[2K\u{9b}2K\u{202e}\u{200b}\r\n' # 日本 exec(y)";
        let at = u32::try_from(text.find("exec").unwrap()).unwrap();
        insta::assert_snapshot!(framed(3, text, (at, at + 4)), @r"
        3 | x = '\u{1b}[2K\u{9b}2K\u{202e}\u{200b}\u{d}\u{a}' # 日本 exec(y)
          |                                                          ^^^^ runs \u{1b}[2K encoded data
        ");
    }

    #[test]
    fn puts_the_words_below_a_part_that_is_long_itself() {
        let text = format!("exec({})", "x".repeat(80));
        let shown = framed(3, &text, (0, 86));
        assert!(
            shown.ends_with("^\n     runs \\u{1b}[2K encoded data"),
            "{shown}"
        );
    }

    #[test]
    fn shows_lines_without_a_number_and_ranges_that_do_not_fit() {
        insta::assert_snapshot!(framed(0, "exec(x)", (40, 50)), @r"
        | exec(x)
        | ^^^^^^^ runs \u{1b}[2K encoded data
        ");
        insta::assert_snapshot!(framed(7, "é", (1, 2)), @r"
        7 | é
          | ^ runs \u{1b}[2K encoded data
        ");
        insta::assert_snapshot!(framed(7, "x = 1", (3, 3)), @r"
        7 | x = 1
          |    ^ runs \u{1b}[2K encoded data
        ");
    }

    #[test]
    fn shows_the_marked_part_of_a_long_line() {
        let text = format!("{}exec(x){}", " ".repeat(300), "#".repeat(300));
        insta::assert_snapshot!(framed(1, &text, (300, 304)), @r"
        1 | ...   exec(x)################################################################################...
          |       ^^^^ runs \u{1b}[2K encoded data
        ");
    }
}
