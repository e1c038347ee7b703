//! Files that say how other machines, editors and builds install: lines that name a tool plainly.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::ways::{Around, Way};
use crate::init::SHIMS;
use crate::tree::{Links, is_absent, open_file};

/// Longer files are not looked at.
const LONGEST: u64 = 1 << 20;

/// Files by name, in any folder.
const NAMES: [&str; 6] = [
    ".gitlab-ci.yml",
    "Containerfile",
    "Dockerfile",
    "Makefile",
    "noxfile.py",
    "tox.ini",
];

/// Adds what the files of one folder lead around the guard, and whether all could be read.
pub(super) fn look(folder: &Path, around: &mut Around) {
    let Ok(files) = candidates(folder) else {
        around.is_complete = false;
        return;
    };
    for file in files {
        let Ok(text) = text(&file) else {
            around.is_complete = false;
            continue;
        };
        let is_editor = file.ends_with(".vscode/settings.json");
        // Whoever calls it there has put the guard in front of what follows.
        if !is_editor && text.contains("spip init") {
            continue;
        }
        for (place, line) in text.lines().enumerate() {
            let close = if is_editor { editor(line) } else { call(line) };
            around.ways.extend(close.map(|close| Way {
                kind: if is_editor { "editor" } else { "file" },
                path: file.clone(),
                line: Some(place + 1),
                shows: line.trim().to_owned(),
                close,
            }));
        }
    }
}

fn candidates(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<_> = NAMES.iter().map(|name| folder.join(name)).collect();
    files.push(folder.join(".vscode/settings.json"));
    let workflows = match fs::read_dir(folder.join(".github/workflows")) {
        Ok(workflows) => Some(workflows),
        Err(error) if is_absent(&error) => None,
        Err(error) => return Err(error),
    };
    for entry in workflows.into_iter().flatten() {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|it| it == "yml" || it == "yaml")
        {
            files.push(path);
        }
    }
    files.retain(|file| match fs::metadata(file) {
        Ok(data) => data.is_file(),
        Err(error) => !is_absent(&error),
    });
    Ok(files)
}

fn text(file: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let file = open_file(file, Links::Follow)?;
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::other("too long"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A line of shell, or of a file that holds shell, which calls a tool; what closes it.
fn call(line: &str) -> Option<String> {
    if line.trim_start().starts_with('#') {
        return None;
    }
    let is_edge = |letter: char| letter.is_whitespace() || "\"',;()[]{}&|`=@".contains(letter);
    let words: Vec<&str> = line
        .split(is_edge)
        .filter(|word| !word.is_empty())
        .collect();
    let pairs = words.windows(2).enumerate();
    for (place, pair) in pairs {
        let name = pair[0].rsplit('/').next().unwrap_or_default();
        let mut shims = SHIMS.iter().filter(|(tool, own)| tool != own);
        let Some((tool, own)) = shims.find(|(tool, _)| *tool == name) else {
            continue;
        };
        // A tool's name is followed by a command of its own; anything else is prose or a key.
        let is_command = fetches(tool, &words[place + 1..]);
        if is_command {
            return Some(format!(
                "say `{own}` there instead of `{tool}`, or run `eval \"$(spip init bash)\"` before"
            ));
        }
    }
    None
}

/// Whether what follows a tool's name fetches or installs. Options may stand before a command.
fn fetches(tool: &str, rest: &[&str]) -> bool {
    const COMMANDS: [&str; 15] = [
        "add", "build", "download", "inject", "install", "lock", "pip", "run", "self", "sync",
        "tool", "update", "upgrade", "venv", "wheel",
    ];
    let mut words = rest.iter().filter(|word| !word.starts_with('-'));
    match tool {
        "uvx" => words.next().is_some(),
        _ => words.take(2).any(|word| COMMANDS.contains(word)),
    }
}

/// A setting of Visual Studio Code that names an interpreter; what closes it.
fn editor(line: &str) -> Option<String> {
    const SETTINGS: [&str; 3] = [
        "\"python.defaultInterpreterPath\"",
        "\"python.pythonPath\"",
        "\"python.venvPath\"",
    ];
    let is_setting = SETTINGS
        .iter()
        .any(|setting| line.trim_start().starts_with(setting));
    is_setting.then(|| {
        "start the editor from a shell in which `eval \"$(spip init)\"` was run: `code .`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_prose() {
        let calls = [
            "RUN pip install --no-cache-dir -r requirements.txt",
            "      run: python -m pip install -U pip",
            "\t/opt/venv/bin/pip3 -q install demo",
            "    session.run(\"uv\", \"sync\")",
            "  - poetry install",
            "  uvx ruff",
            "x = $(pipx install black)",
        ];
        for line in calls {
            assert!(call(line).is_some(), "{line}");
        }
        let others = [
            "# pip install demo",
            "uses: actions/setup-pip@v1",
            "  key: pip-cache",
            "spip install demo",
            "echo pip is good",
            "pip list",
        ];
        for line in others {
            assert!(call(line).is_none(), "{line}");
        }
    }

    #[test]
    fn finds_the_line_in_every_kind_of_file() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            ".github/workflows/ci.yml",
            "steps:\n  - run: pip install demo\n",
        );
        write(
            "Dockerfile",
            "FROM python\nRUN eval \"$(spip init bash)\"; pip install demo\n",
        );
        write(
            ".vscode/settings.json",
            "{\n\"python.defaultInterpreterPath\": \"/v/bin/python\"\n}",
        );
        let mut around = Around::nothing();
        look(root.path(), &mut around);
        assert!(around.is_complete);
        let found: Vec<_> = around
            .ways
            .into_iter()
            .map(|way| (way.kind, way.line))
            .collect();
        assert_eq!(found, [("editor", Some(2)), ("file", Some(2))]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told() {
        let root = tempfile::tempdir().unwrap();
        let long = "# much\n".repeat(200_000);
        fs::write(root.path().join("Makefile"), long).unwrap();
        let mut around = Around::nothing();
        look(root.path(), &mut around);
        assert!(!around.is_complete);
    }
}
