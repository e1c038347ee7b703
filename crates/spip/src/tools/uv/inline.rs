//! Scripts that say themselves what they need (PEP 723).

use toml::Table;

/// The line that begins what a script says.
const START: &str = "# /// script";

/// Whether a script says what it needs.
pub(super) fn is_inline(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == START)
}

/// What a script says, as far as it can be read.
pub(super) fn metadata(text: &str) -> Option<Table> {
    let lines = text.lines().skip_while(|line| line.trim_end() != START);
    let lines = lines.skip(1).take_while(|line| line.trim_end() != "# ///");
    let lines = lines.map_while(|line| {
        let line = line.strip_prefix('#')?;
        Some(line.strip_prefix(' ').unwrap_or(line))
    });
    lines.collect::<Vec<_>>().join("\n").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_says_what_it_needs_between_two_lines() {
        let text = "#!/usr/bin/python\n# /// script\n# dependencies = [\"a\"]\n#\n# [tool.uv]\n\
                    # find-links = [\"l\"]\n# ///\nprint()\n";
        assert!(is_inline(text));
        let table = metadata(text).unwrap();
        assert_eq!(table["tool"]["uv"]["find-links"][0].as_str(), Some("l"));
        assert!(!is_inline("print('# /// script')\n"));
    }
}
