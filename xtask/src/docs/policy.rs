//! The reference of policy files and their JSON schema, written from the types themselves.

use std::fmt::Write as _;

use serde_json::Value;

const NOTICE: &str =
    "<!-- Written by `cargo xtask docs` from the policy's own types. Do not edit. -->";

const HEAD: &str = "# Policy files

`spip` reads up to three: `/etc/spip/spip.toml` (on macOS `/Library/Application Support/spip/spip.toml`), `~/.config/spip/spip.toml` (or below `$XDG_CONFIG_HOME`), and that of the
project: `spip.toml`, or `[tool.spip]` in `pyproject.toml`, in the current directory or the nearest one above it, no further
than the repository. Where uv, Poetry or PDM are led to another directory or project (`--directory`, `--project`, `-C`, `-P`,
`UV_PROJECT` …), also below `spip exec`, that one's policy counts instead; if it cannot be told which that is, nothing starts. Later files win, options and variables win over files; `spip policy` shows what applies and where
each value comes from.

A project's file may only tighten: its author may be anybody. What it would loosen is an error that says so. Its
exceptions are named in every run that they bear on; they answer questions and lift no refusal, which only the user's or the
system's file can, nor do they cover what could not be checked where a refusal might be behind it.
What the system's or the user's file locks, nothing later can loosen. A mistake stops every installation with one message
that shows line and column, and the exit status 102; other commands of a tool do not read the policy.

```toml
sensitivity = \"medium\"
min-age = { default = \"3d\", packages = { our-tool = \"0h\" }, indexes = { \"https://packages.example/simple\" = \"1h\" } }
only-wheels = true

[checks]
empty-description = \"off\"
typosquat = \"high\"

[indexes]
\"our-*\" = \"https://packages.example/simple\"

[[exceptions]]
check = \"startup-code\"
package = \"our-tool\"
version = \"2.1\"
reason = \"sets up tracing, reviewed\"
until = \"2026-12-31\"
by = \"Ada\"
```

`spip waive CHECK NAME==VERSION --reason WHY` writes an exception into the project's file, with `--user` into the user's,
and leaves the rest of the file as it stands; it says when nothing that was shown here (`spip history`) is silenced by that. An exception
that has ended, covers nothing of a package that is there, or covers every version is mentioned.

`spip policy init` begins a policy, so that adoption costs nothing: it reads everything that is installed in the active
environment, as `spip audit --deep` does, and adds to the project's file (`[tool.spip]` where there is a `pyproject.toml`; with
`--user` to the user's) an exception with an end for each thing that would ask, and rules for indexes: the one index that
everything comes from, unless that is PyPI, or of several the one that offers a project. What is in the file already stays.
What would refuse is told and never excepted, nor is what could not be looked at or what an exception that has ended was for;
then the exit status is 100 or 101. `--dry-run` shows it only, `--no-indexes` leaves the rules for indexes out.

";

/// The page for people.
pub(super) fn page(schema: &Value) -> String {
    let mut page = format!("{NOTICE}\n\n{HEAD}");
    table("Keys", &schema["properties"], &mut page);
    table(
        "`[intel]`",
        &schema["$defs"]["Intel"]["properties"],
        &mut page,
    );
    table(
        "An exception",
        &schema["$defs"]["Exception"]["properties"],
        &mut page,
    );
    page
}

/// The schema for editors.
pub(super) fn schema_text(schema: &Value) -> anyhow::Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(schema)?))
}

fn table(title: &str, properties: &Value, page: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(page, "## {title}\n\n| key | meaning |\n| --- | --- |\n");
    for (key, property) in properties.as_object().into_iter().flatten() {
        let description = property["description"].as_str().unwrap_or_default();
        let description = description.replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(page, "| `{key}` | {description} |");
    }
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_line() {
        let page = page(&spip_policy::schema());
        for key in ["sensitivity", "min-age", "exceptions", "until", "locked"] {
            let line = page
                .lines()
                .find(|line| line.starts_with(&format!("| `{key}` | ")));
            assert!(line.is_some_and(|line| line.len() > 30), "{key}: {line:?}");
        }
    }
}
