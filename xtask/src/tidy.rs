//! `cargo xtask tidy`: fails on what the compiler and the linter do not see.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::repository::{self, Text};

const ARCHITECTURE: &str = "docs/architecture.md";
const LONGEST_FILE: usize = 400;

/// Fails with one line per problem.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = repository::root();
    let texts = repository::texts(&root)?;
    let (members, arrows) = crate_graph(&cargo_metadata(&root)?);
    let architecture = texts.iter().find(|text| text.path == ARCHITECTURE);
    let architecture = architecture.map_or("", |text| &text.content);

    let mut problems = missing_openings(&texts);
    problems.extend(long_files(&texts));
    problems.extend(untested_checks(&texts));
    problems.extend(dead_paths(&texts, |path| root.join(path).exists()));
    problems.extend(wrong_arrows(&members, &arrows, architecture));
    if !problems.is_empty() {
        bail!("{} untidy places:\n{}", problems.len(), problems.join("\n"));
    }
    Ok(())
}

fn rust(texts: &[Text]) -> impl Iterator<Item = &Text> {
    texts.iter().filter(|text| text.has_extension("rs"))
}

/// Every file opens by saying what it is for.
fn missing_openings(texts: &[Text]) -> Vec<String> {
    rust(texts)
        .filter(|text| !text.content.starts_with("//! "))
        .map(|text| format!("{}:1: does not open with a `//!` sentence", text.path))
        .collect()
}

/// No file grows too long; data and tests may.
fn long_files(texts: &[Text]) -> Vec<String> {
    let is_exempt = |path: &str| {
        let mut parts = path.split('/');
        parts.any(|part| matches!(part, "data" | "data.rs" | "tests" | "testing.rs"))
    };
    rust(texts)
        .filter(|text| !is_exempt(&text.path))
        .map(|text| (text, lines_without_tests(&text.content)))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .map(|(text, lines)| format!("{}: {lines} lines, {LONGEST_FILE} are enough", text.path))
        .collect()
}

/// Counts the lines outside of `#[cfg(test)]` modules, which end with a brace in the first column.
fn lines_without_tests(content: &str) -> usize {
    let mut lines = content.lines().peekable();
    let mut count = 0;
    while let Some(line) = lines.next() {
        match lines.peek() {
            Some(next) if line == "#[cfg(test)]" && next.starts_with("mod ") => {
                let is_elsewhere = next.ends_with(';');
                lines.find(|line| is_elsewhere || line.starts_with('}'));
            }
            _ => count += 1,
        }
    }
    count
}

/// Every check shows what it flags, what it accepts, and that a lost answer stays a gap.
fn untested_checks(texts: &[Text]) -> Vec<String> {
    let mut problems = Vec::new();
    for text in rust(texts) {
        let file = text.path.strip_prefix("crates/spip-checks/src/checks/");
        if file.is_none_or(|file| file.contains('/')) {
            continue;
        }
        let asks = text.content.contains("cx.facts").then_some("leaves_a_gap_");
        for kind in ["flags_", "accepts_"].into_iter().chain(asks) {
            if !text.content.contains(&format!("fn {kind}")) {
                problems.push(format!("{}: has no `{kind}…` test", text.path));
            }
        }
    }
    problems
}

/// Every path that the documentation names is there. Fenced blocks are examples and left alone.
fn dead_paths(texts: &[Text], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    let is_documentation = |path: &str| path == "README.md" || path.starts_with("docs/");
    let pages = texts.iter().filter(|text| text.has_extension("md"));
    for text in pages.filter(|text| is_documentation(&text.path)) {
        let mut is_fenced = false;
        for (index, line) in text.content.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                is_fenced = !is_fenced;
            }
            if is_fenced {
                continue;
            }
            for path in named_paths(&text.path, line)
                .into_iter()
                .filter(|path| !exists(path))
            {
                problems.push(format!(
                    "{}:{}: `{path}` does not exist",
                    text.path,
                    index + 1
                ));
            }
        }
    }
    problems
}

/// The paths of the repository that a line names: link targets, and code that begins with one of
/// its folders.
fn named_paths(document: &str, line: &str) -> Vec<String> {
    const FOLDERS: [&str; 6] = [".cargo", ".ci", "crates", "docs", "tests", "xtask"];
    let is_pattern = |text: &str| text.contains(['<', '>', '*', '{', '$', ' ', '…']);
    let mut paths = Vec::new();
    for code in line.split('`').skip(1).step_by(2) {
        let folder = code.split_once('/').map(|(folder, _)| folder);
        if folder.is_some_and(|folder| FOLDERS.contains(&folder)) && !is_pattern(code) {
            paths.push(code.trim_end_matches('/').to_owned());
        }
    }
    for link in line.split("](").skip(1) {
        let target = link.split([')', '#']).next().unwrap_or_default();
        if !target.is_empty() && !target.contains(':') {
            paths.push(resolve(document, target));
        }
    }
    paths
}

/// A link's target relative to the root, for a link in this document.
fn resolve(document: &str, target: &str) -> String {
    let mut parts: Vec<_> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Who depends on whom: names of two crates of this workspace.
type Arrow = (String, String);

fn cargo_metadata(root: &Path) -> anyhow::Result<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = [
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ];
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(root)
        .output();
    let output = output.context("cargo metadata")?;
    if !output.status.success() {
        bail!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata")
}

fn crate_graph(metadata: &Value) -> (BTreeSet<String>, BTreeSet<Arrow>) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let packages = list(&metadata["packages"]);
    let mut arrows = BTreeSet::new();
    for package in &packages {
        for dependency in list(&package["dependencies"]) {
            if dependency["path"].is_string() {
                arrows.insert((name(package), name(&dependency)));
            }
        }
    }
    (packages.iter().map(name).collect(), arrows)
}

/// Every arrow of the crate graph is drawn, and no other. A line draws them as `a -> b, c`.
fn wrong_arrows(
    members: &BTreeSet<String>,
    arrows: &BTreeSet<Arrow>,
    architecture: &str,
) -> Vec<String> {
    let mut drawn = BTreeSet::new();
    for line in architecture.lines() {
        let Some((from, to)) = line.split_once("->").or_else(|| line.split_once('→')) else {
            continue;
        };
        let clean = |text: &str| text.trim_matches([' ', '`', '-', '*', '|', '.']).to_owned();
        drawn.extend(to.split(',').map(|to| (clean(from), clean(to))));
    }
    drawn.retain(|(from, to)| members.contains(from) && members.contains(to));
    let problem =
        |(from, to): &Arrow, what: &str| format!("{ARCHITECTURE}: `{from} -> {to}` {what}");
    let missing = arrows
        .difference(&drawn)
        .map(|arrow| problem(arrow, "is not drawn"));
    let stale = drawn
        .difference(arrows)
        .map(|arrow| problem(arrow, "is drawn, but not there"));
    missing.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(path: &str, content: &str) -> Text {
        Text {
            path: path.to_owned(),
            content: content.to_owned(),
        }
    }

    #[test]
    fn sees_a_file_that_does_not_say_what_it_is_for() {
        let texts = [
            text("a.rs", "//! Says it.\n"),
            text("b.rs", "use std::fs;\n//! Too late.\n"),
            text("c.md", "No Rust."),
        ];
        let expected = ["b.rs:1: does not open with a `//!` sentence"];
        assert_eq!(missing_openings(&texts), expected);
    }

    #[test]
    fn sees_a_file_that_is_too_long() {
        let (fits, long) = ("x\n".repeat(400), "x\n".repeat(401));
        let tested = format!("{fits}#[cfg(test)]\nmod tests {{\nuse super::*;\n{long}}}\n");
        let after = format!("{tested}#[cfg(test)]\nmod testing;\none more\n");
        let texts = [
            text("fits.rs", &fits),
            text("tested.rs", &tested),
            text("src/data/names.rs", &long),
            text("tests/a.rs", &long),
            text("long.rs", &long),
            text("after.rs", &after),
        ];
        let expected = [
            "long.rs: 401 lines, 400 are enough",
            "after.rs: 401 lines, 400 are enough",
        ];
        assert_eq!(long_files(&texts), expected);
    }

    #[test]
    fn sees_a_check_without_its_tests() {
        let path = |name: &str| format!("crates/spip-checks/src/checks/{name}.rs");
        let texts = [
            text(
                &path("good"),
                "cx.facts fn flags_x fn accepts_x fn leaves_a_gap_x",
            ),
            text(&path("asks"), "cx.facts fn flags_x fn accepts_x"),
            text(&path("pure"), "fn flags_x"),
            text("crates/spip-checks/src/other.rs", "cx.facts"),
        ];
        let expected = [
            "crates/spip-checks/src/checks/asks.rs: has no `leaves_a_gap_…` test",
            "crates/spip-checks/src/checks/pure.rs: has no `accepts_…` test",
        ];
        assert_eq!(untested_checks(&texts), expected);
    }

    #[test]
    fn sees_a_path_that_is_not_there() {
        let page = "`crates/good` and `crates/gone/` or `crates/<name>` and `/usr/bin`, `a/b`\n\
            [here](checks/good.md#x) [there](../gone.md) [web](https://example.com/x) [up](#x)\n\
            ```\n`crates/example`\n```\n";
        let texts = [
            text("docs/page.md", page),
            text("NOTES.md", "`crates/gone`"),
        ];
        let exists = |path: &str| ["crates/good", "docs/checks/good.md"].contains(&path);
        let expected = [
            "docs/page.md:1: `crates/gone` does not exist",
            "docs/page.md:2: `gone.md` does not exist",
        ];
        assert_eq!(dead_paths(&texts, exists), expected);
    }

    #[test]
    fn sees_an_arrow_that_is_not_drawn_and_one_that_is_not_there() {
        let dependency = |name: &str, path: Option<&str>| json!({ "name": name, "path": path });
        let metadata = json!({ "packages": [
            { "name": "core", "dependencies": [dependency("serde", None)] },
            { "name": "plan", "dependencies": [dependency("core", Some("/core"))] },
            { "name": "main", "dependencies": [
                dependency("core", Some("/core")), dependency("plan", Some("/plan")),
            ] },
        ] });
        let (members, arrows) = crate_graph(&metadata);
        let drawn = "```text\nplan -> core\n```\n- `main` → `core`, `plan`\nsomething -> else\n";
        assert_eq!(wrong_arrows(&members, &arrows, drawn), Vec::<String>::new());

        let expected = [
            "docs/architecture.md: `main -> plan` is not drawn",
            "docs/architecture.md: `plan -> core` is not drawn",
            "docs/architecture.md: `core -> main` is drawn, but not there",
        ];
        assert_eq!(
            wrong_arrows(&members, &arrows, "main -> core\ncore -> main\n"),
            expected
        );
    }
}
