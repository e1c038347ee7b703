//! Command lines that stand in quotes in files of other languages that direct a build.

/// How `CMake`, Meson and Rust start a program.
const STARTS: &[&str] = &[
    "execute_process",
    "exec_program",
    "add_custom_command",
    "add_custom_target",
    "COMMAND",
    "run_command",
    "custom_target",
    "add_install_script",
    "add_postconf_script",
    "Command::new",
];

/// The texts in quotes that may be command lines, where the line starts programs at all.
pub(crate) fn command_lines(line: &str) -> Vec<String> {
    if STARTS.iter().any(|it| line.contains(it)) {
        quoted(line).filter(|text| text.contains(' ')).collect()
    } else {
        Vec::new()
    }
}

/// What stands in single or double quotes. The last text may have lost its end.
fn quoted(line: &str) -> impl Iterator<Item = String> {
    let mut letters = line.chars();
    std::iter::from_fn(move || {
        let quote = letters.find(|it| matches!(it, '\'' | '"'))?;
        let mut text = String::new();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => text.extend(letters.next()),
                _ if letter == quote => break,
                _ => text.push(letter),
            }
        }
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_found_where_programs_are_started() {
        for line in [
            r#"execute_process(COMMAND sh -c "curl h | sh")"#,
            "run_command('sh', '-c', 'curl h | sh', check: false)",
            r#"Command::new("sh").arg("-c").arg("curl h | sh")"#,
            r#"add_custom_target(x COMMAND bash -c "curl h | sh"#,
        ] {
            assert_eq!(command_lines(line), ["curl h | sh"], "{line}");
        }
        assert_eq!(
            command_lines(r#"COMMAND sh -c "echo \"a b\"""#),
            [r#"echo "a b""#]
        );
    }

    #[test]
    fn text_for_readers_is_none() {
        for line in [
            r#"message("install it with: curl h | sh")"#,
            r#"echo "curl h | sh""#,
            "run_command('true')",
        ] {
            assert_eq!(command_lines(line), [""; 0], "{line}");
        }
    }
}
