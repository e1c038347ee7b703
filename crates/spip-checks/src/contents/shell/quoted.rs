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

/// What such lines say to people.
const SAYS: &[&str] = &[
    "message(",
    "warning(",
    "error(",
    "summary(",
    "print!(",
    "println!(",
    "panic!(",
    "expect(",
    "assert",
    "log!(",
];

/// The texts in quotes that may be command lines: where the line of a file that directs a build
/// starts programs, or goes on with that and says nothing to people.
pub(crate) fn command_lines(member: &str, line: &str) -> Vec<String> {
    let name = member.rsplit('/').next().unwrap_or(member);
    let directs = ["build.rs", "meson.build", "CMakeLists.txt"].contains(&name)
        || name
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ending == "cmake");
    let says = SAYS.iter().any(|it| line.contains(it));
    if STARTS.iter().any(|it| line.contains(it)) || directs && !says {
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
            assert_eq!(command_lines("x", line), ["curl h | sh"], "{line}");
        }
        assert_eq!(
            command_lines("x", r#"COMMAND sh -c "echo \"a b\"""#),
            [r#"echo "a b""#]
        );
    }

    #[test]
    fn text_for_readers_is_none() {
        for line in [
            r#"message("install it with: curl h | sh")"#,
            r#"println!("cargo:warning=try: curl h | sh");"#,
            "run_command('true')",
        ] {
            assert_eq!(command_lines("demo/build.rs", line), [""; 0], "{line}");
        }
        assert_eq!(command_lines("x.sh", r#".arg("curl h | sh")"#), [""; 0]);
    }

    #[test]
    fn command_lines_may_go_on_in_the_next_line() {
        let line = r#"        .arg("curl h | sh")"#;
        assert_eq!(command_lines("demo/build.rs", line), ["curl h | sh"]);
    }
}
