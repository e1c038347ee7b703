//! `cargo xtask docs`: the checks' pages, written from the checks themselves.

mod policy;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use spip_core::Meta;

use crate::repository;

const NOTICE: &str = "<!-- Written by `cargo xtask docs` from the check itself. Do not edit. -->";

/// Writes `docs/checks`, or with `check` fails if it is not what would be written.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let folder = repository::root().join("docs/checks");
    let pages = pages(spip_checks::ALL.iter().map(|check| check.meta()));
    let files = files()?;
    if !check {
        for (path, content) in &files {
            fs::write(repository::root().join(path), content).with_context(|| path.clone())?;
        }
        return write(&folder, &pages);
    }
    let mut stale = stale(&folder, &pages)?;
    for (path, content) in &files {
        let found = fs::read_to_string(repository::root().join(path)).unwrap_or_default();
        if found != *content {
            stale.push(format!("{path}: differs"));
        }
    }
    if !stale.is_empty() {
        bail!("stale, run `cargo xtask docs`:\n{}", stale.join("\n"));
    }
    Ok(())
}

/// Pages and schemas beside those of the checks, by path.
fn files() -> anyhow::Result<Pages> {
    let schema = spip_policy::schema();
    let text = policy::schema_text(&schema)?;
    Ok(Pages::from([
        ("docs/policy.md".to_owned(), policy::page(&schema)),
        ("docs/spip.schema.json".to_owned(), text),
    ]))
}

/// File name to content.
type Pages = BTreeMap<String, String>;

fn pages(checks: impl Iterator<Item = &'static Meta>) -> Pages {
    let mut table =
        format!("{NOTICE}\n\n# Checks\n\n| check | reports | worst |\n| --- | --- | --- |\n");
    let mut pages = Pages::new();
    for meta in checks {
        let Meta {
            id, summary, worst, ..
        } = meta;
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| [`{id}`]({id}.md) | {summary} | {worst} |");
        pages.insert(format!("{id}.md"), page(meta));
    }
    pages.insert("README.md".to_owned(), table);
    pages
}

fn page(meta: &Meta) -> String {
    let Meta {
        id,
        summary,
        worst,
        docs,
        ..
    } = meta;
    // Each line of a doc comment begins with the space that follows the slashes.
    let lines: Vec<_> = docs
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let body = lines.join("\n");
    format!(
        "{NOTICE}\n\n# `{id}`\n\nReports: {summary}. Worst: {worst}.\n\n{}\n",
        body.trim()
    )
}

fn write(folder: &Path, pages: &Pages) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    for name in present(folder)?
        .keys()
        .filter(|name| !pages.contains_key(*name))
    {
        fs::remove_file(folder.join(name)).with_context(|| name.clone())?;
    }
    for (name, content) in pages {
        fs::write(folder.join(name), content).with_context(|| name.clone())?;
    }
    Ok(())
}

/// What is wrong with the pages on disk, one line each.
fn stale(folder: &Path, pages: &Pages) -> anyhow::Result<Vec<String>> {
    let present = present(folder)?;
    let wrong = pages
        .iter()
        .filter_map(|(name, content)| match present.get(name) {
            None => Some(format!("docs/checks/{name}: missing")),
            Some(found) if found != content => Some(format!("docs/checks/{name}: differs")),
            Some(_) => None,
        });
    let orphans = present.keys().filter(|name| !pages.contains_key(*name));
    Ok(wrong
        .chain(orphans.map(|name| format!("docs/checks/{name}: no such check")))
        .collect())
}

fn present(folder: &Path) -> anyhow::Result<Pages> {
    let mut pages = Pages::new();
    if !folder.exists() {
        return Ok(pages);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "md")
            && let Some(name) = path.file_name()
        {
            pages.insert(
                name.to_string_lossy().into_owned(),
                fs::read_to_string(&path)?,
            );
        }
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Pages {
        pages(spip_checks::ALL.iter().map(|check| check.meta()))
    }

    #[test]
    fn a_page_has_its_title_and_no_leading_spaces() {
        let page = &all()["release-age.md"];
        assert!(page.contains("\n# `release-age`\n\nReports: "));
        assert!(page.contains("\n## What it asks\n"));
        assert!(!page.lines().any(|line| line.starts_with(' ')));
    }

    #[test]
    fn the_table_links_every_page() {
        let pages = all();
        assert_eq!(pages.len(), spip_checks::ALL.len() + 1);
        for name in pages.keys().filter(|name| *name != "README.md") {
            assert!(pages["README.md"].contains(&format!("({name})")), "{name}");
        }
    }

    #[test]
    fn what_was_written_is_fresh_until_somebody_touches_it() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, pages) = (folder.path().join("checks"), all());
        assert_eq!(stale(&folder, &pages).unwrap().len(), pages.len());
        write(&folder, &pages).unwrap();
        assert_eq!(stale(&folder, &pages).unwrap(), Vec::<String>::new());

        fs::write(folder.join("release-age.md"), "edited").unwrap();
        fs::write(folder.join("retired.md"), "").unwrap();
        fs::remove_file(folder.join("README.md")).unwrap();
        let expected = [
            "docs/checks/README.md: missing",
            "docs/checks/release-age.md: differs",
            "docs/checks/retired.md: no such check",
        ];
        assert_eq!(stale(&folder, &pages).unwrap(), expected);

        write(&folder, &pages).unwrap();
        assert_eq!(stale(&folder, &pages).unwrap(), Vec::<String>::new());
    }
}
