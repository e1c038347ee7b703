//! What several files together say.

use std::path::Path;

use super::*;
use crate::reading::{Home, read};

const CHECKS: &[(&str, Severity)] = &[
    ("typosquat", Severity::High),
    ("archive-hash", Severity::Critical),
];

fn merged(files: &[(Layer, &str)]) -> Result<Effective, String> {
    let mut layers = Layers::default();
    for (layer, text) in files {
        let path = match layer {
            Layer::System => "/etc/spip/spip.toml",
            Layer::User => "user.toml",
            Layer::Project => "spip.toml",
        };
        let path = Path::new(path);
        let document = read(path, text, Home::Own).unwrap().unwrap();
        layers.add(*layer, path.to_owned(), (*text).to_owned(), document);
    }
    let today = jiff::civil::date(2026, 6, 1);
    layers
        .merge(CHECKS, today)
        .map_err(|error| error.to_string())
}

fn said(files: &[(Layer, &str)]) -> String {
    merged(files).unwrap_err()
}

fn exception(rest: &str) -> String {
    format!(
        "[[exceptions]]\ncheck = \"typosquat\"\npackage = \"demo\"\nreason = \"ours\"\n{rest}\n"
    )
}

fn public() -> SafeUrl {
    "https://index.invalid/simple/demo/".parse().unwrap()
}

use Layer::{Project, System, User};

#[test]
fn later_files_win_and_say_where_a_value_comes_from() {
    let user = "sensitivity = \"medium\"\nmin-age = \"3d\"\n";
    let project = "\nsensitivity = \"high\"\nmin-age = { packages = { demo = \"7d\" } }\n";
    let whole = merged(&[(Project, project), (User, user)]).unwrap();
    assert_eq!(whole.sensitivity, Sensitivity::High);
    let hours = |time: std::time::Duration| time.as_secs() / 3600;
    let age = &whole.settings.release_age;
    assert_eq!((hours(age.ask_under), hours(age.warn_under)), (72, 72));
    assert_eq!(
        hours(age.limits(&"demo".parse().unwrap(), &public()).ask_under),
        168
    );
    let rows: Vec<_> = whole
        .rows
        .iter()
        .map(|row| format!("{} = {} ({})", row.key, row.value, row.from))
        .collect();
    assert_eq!(
        rows,
        [
            "min-age = 3d (user.toml:2)",
            "sensitivity = high (spip.toml:2)",
            "min-age.demo = 7d (spip.toml:3)",
        ]
    );
}

#[test]
fn places_cannot_steer_a_terminal() {
    let mut layers = Layers::default();
    let (path, text) = (Path::new("\u{1b}[2J/spip.toml"), "only-wheels = true");
    let document = read(path, text, Home::Own).unwrap().unwrap();
    layers.add(Project, path.to_owned(), text.to_owned(), document);
    let whole = layers.merge(CHECKS, jiff::civil::date(2026, 6, 1)).unwrap();
    assert_eq!(whole.rows[0].from, "\\u{1b}[2J/spip.toml:1");
}

#[test]
fn a_project_may_only_tighten() {
    let strict = "sensitivity = \"high\"\nonly-wheels = true\n\
        allowed-indexes = [\"https://a.invalid/simple\"]\n[indexes]\n\"x-*\" = \"https://a.invalid/simple\"\n\
        [checks]\ntyposquat = \"high\"\n";
    for (project, key) in [
        ("sensitivity = \"low\"", "sensitivity"),
        ("ignore = \"low\"", "ignore"),
        ("on-gap = \"allow\"", "on-gap"),
        ("min-age = \"1h\"", "min-age"),
        ("min-age = { packages = { demo = \"0h\" } }", "min-age"),
        ("only-wheels = false", "only-wheels"),
        ("private-names = [\"reqeusts\"]", "private-names"),
        ("locked = [\"ignore\"]", "locked"),
        (
            "allowed-indexes = [\"https://b.invalid/\"]",
            "allowed-indexes",
        ),
        ("[indexes]\n\"x-*\" = \"https://b.invalid/\"", "indexes"),
        ("[checks]\ntyposquat = \"off\"", "checks"),
        ("[checks]\ntyposquat = \"medium\"", "checks"),
    ] {
        let said = said(&[(User, strict), (Project, project)]);
        let expected = format!("`{key}`: a project may only tighten the policy");
        assert!(said.contains(&expected), "{project}: {said}");
    }
    let tighter = "on-gap = \"block\"\nrequire-hashes = true\nmin-age = \"9d\"\n[indexes]\ny = \"https://a.invalid/simple\"\n";
    assert!(merged(&[(User, strict), (Project, tighter)]).is_ok());
}

#[test]
fn what_is_locked_cannot_be_loosened_by_anybody_later() {
    let system =
        "locked = [\"sensitivity\", \"exceptions\", \"ignore\"]\nsensitivity = \"medium\"\n";
    let user = said(&[(System, system), (User, "\nsensitivity = \"low\"")]);
    let expected = "apply the policy in user.toml:2:15: \
        `sensitivity` is locked by /etc/spip/spip.toml:1 and cannot be loosened here\n  |\n\
        2 | sensitivity = \"low\"\n  |               ^^^^^";
    assert_eq!(user, expected);
    let only = "locked = [\"sensitivity\"]\n";
    assert!(said(&[(System, only), (User, "ignore = \"high\"")]).contains("is locked by"));
    let text = exception("version = \"1.0\"\nuntil = \"2026-07-01\"");
    assert!(said(&[(System, system), (User, &text)]).contains("`exceptions` is locked by"));
    let whole = merged(&[(System, system), (User, "sensitivity = \"high\"")]).unwrap();
    assert!(whole.allows("ignore", true).is_err());
    assert!(whole.allows("ignore", false).is_ok());
    assert!(whole.allows("on-gap", true).is_ok());
}

#[test]
fn exceptions_name_what_they_cover_and_when_they_end() {
    let text = exception("version = \"1.0\"\nuntil = \"2026-06-01\"\nby = \"Ada\"");
    let whole = merged(&[(User, &text)]).unwrap();
    assert_eq!(whole.waivers[0].to_string(), "typosquat:demo==1.0");
    assert_eq!(whole.waivers[0].reason, "ours (Ada)");
    let text = exception("version = \"1.0\"\nuntil = \"2026-05-31\"");
    let whole = merged(&[(User, &text)]).unwrap();
    assert_eq!((whole.waivers.len(), whole.expired.len()), (0, 1));
}

#[test]
fn each_mistake_gives_one_clear_message() {
    let until = "until = \"2026-07-01\"";
    for (text, expected) in [
        (exception(until), "one of `version` and `sha256` must say"),
        (
            exception("version = \"1.0\"\nuntil = \"soon\""),
            "must be a day like 2026-12-31",
        ),
        (
            exception("version = \"1.0\"\nuntil = \"2028-01-01\""),
            "more than a year ahead",
        ),
        (
            exception(&format!("sha256 = \"00\"\n{until}")),
            "is no SHA-256 digest",
        ),
        (
            exception(&format!("version = \"*\"\n{until}")).replace("typosquat", "typosquad"),
            "there is no check `typosquad`; did you mean `typosquat`?",
        ),
        (
            exception(&format!("version = \"*\"\n{until}")).replace("ours", " "),
            "`reason` must say why",
        ),
        (
            "[checks]\ntypo = \"low\"".to_owned(),
            "there is no check `typo`; did you mean `typosquat`?",
        ),
        (
            "min-age = \"soon\"".to_owned(),
            "\"soon\" is no time like \"3d\"",
        ),
        (
            "locked = [\"sensitive\"]".to_owned(),
            "did you mean `sensitivity`?",
        ),
        (
            "private-names = [\"a b\"]".to_owned(),
            "\"a b\" is no name of a project",
        ),
        ("[indexes]\n\"x\" = \"nowhere\"".to_owned(), "`indexes`: "),
    ] {
        let said = said(&[(User, &text)]);
        assert!(said.contains(expected), "{text}: {said}");
        assert!(said.starts_with("apply the policy in user.toml:"), "{said}");
    }
}

fn indexes(text: &str) -> String {
    format!("[indexes]\n{text}\n")
}

fn index_of(whole: &Effective, name: &str) -> String {
    let name = name.parse().unwrap();
    whole.settings.indexes.pin(&name).unwrap().1.to_string()
}

#[test]
fn the_narrowest_pattern_decides() {
    let text = indexes(
        "\"*\" = \"https://all.invalid/\"\n\
         \"in-*\" = \"https://in.invalid/\"\n\"in-x\" = \"https://x.invalid/\"",
    );
    let whole = merged(&[(User, &text)]).unwrap();
    assert_eq!(index_of(&whole, "other"), "https://all.invalid/");
    assert_eq!(index_of(&whole, "in-house"), "https://in.invalid/");
    assert_eq!(index_of(&whole, "in-x"), "https://x.invalid/");
}

#[test]
fn a_narrower_pattern_cannot_lead_around_a_pin() {
    let user = indexes("\"in-*\" = \"https://in.invalid/\"");
    for pattern in ["in-x", "in-x*"] {
        let project = indexes(&format!("\"{pattern}\" = \"https://evil.invalid/\""));
        let told = said(&[(User, &user), (Project, &project)]);
        assert!(
            told.contains("`indexes`: a project may only tighten"),
            "{told}"
        );
        let locked = format!("locked = [\"indexes\"]\n{user}");
        let told = said(&[(System, &locked), (User, &project)]);
        assert!(told.contains("`indexes` is locked by"), "{told}");
    }
    let both = indexes("\"*\" = \"https://all.invalid/\"\n\"in-*\" = \"https://in.invalid/\"");
    let same = indexes("in-x = \"https://in.invalid/\"");
    assert!(merged(&[(User, &both), (Project, &same)]).is_ok());
    let wider = indexes("\"*\" = \"https://all.invalid/\"");
    let whole = merged(&[(User, &user), (Project, &wider)]).unwrap();
    assert_eq!(index_of(&whole, "in-x"), "https://in.invalid/");
}

#[test]
fn a_project_s_own_age_takes_no_warning_away() {
    let project = "min-age = { packages = { demo = \"8h\" } }";
    let whole = merged(&[(Project, project)]).unwrap();
    let at = |whole: &Effective, hours: u64| {
        let age = std::time::Duration::from_secs(hours * 3600);
        let limits = &whole.settings.release_age;
        limits.severity_at(&"demo".parse().unwrap(), &public(), age)
    };
    assert_eq!(at(&whole, 7), Some(Severity::Medium));
    assert_eq!(at(&whole, 20), Some(Severity::Low));
    let whole = merged(&[(User, &project.replace('8', "1"))]).unwrap();
    assert_eq!(at(&whole, 2), None);
}

fn aged(indexes: &str, packages: &str) -> String {
    format!("min-age = {{ indexes = {{ {indexes} }}, packages = {{ {packages} }} }}")
}

#[test]
fn an_age_by_index_counts_below_its_address() {
    let text = aged("\"https://index.invalid/simple\" = \"0h\"", "");
    let whole = merged(&[(User, &text)]).unwrap();
    let hours = |whole: &Effective, from: &str| {
        let (name, from) = ("demo".parse().unwrap(), from.parse().unwrap());
        let limits = whole.settings.release_age.limits(&name, &from);
        limits.ask_under.as_secs() / 3600
    };
    assert_eq!(hours(&whole, "https://index.invalid/simple/demo/"), 0);
    assert_eq!(hours(&whole, "https://other.invalid/simple/demo/"), 8);
    assert_eq!(whole.rows[0].key, "min-age.https://index.invalid/simple");
    let replaced = aged("\"https://index.invalid:443/simple/\" = \"2d\"", "");
    let whole = merged(&[(User, &text), (Project, &replaced)]).unwrap();
    assert_eq!(hours(&whole, "https://index.invalid/simple/demo/"), 48);
}

#[test]
fn no_age_by_index_or_project_leads_around_another() {
    let index = |time: &str| {
        aged(
            &format!("\"https://index.invalid/simple\" = \"{time}\""),
            "",
        )
    };
    for (user, project) in [
        (String::new(), index("1h")),
        (index("9d"), index("8d")),
        // Narrower than what the user named, and so it would decide.
        (
            index("9d"),
            aged("\"https://index.invalid/simple/demo\" = \"8d\"", ""),
        ),
        // A project's own limit decides over that of an index.
        (index("9d"), aged("", "demo = \"8d\"")),
    ] {
        let told = said(&[(User, &user), (Project, &project)]);
        assert!(
            told.contains("`min-age`: a project may only tighten"),
            "{told}"
        );
        let locked = format!("locked = [\"min-age\"]\n{user}");
        let told = said(&[(System, &locked), (User, &project)]);
        assert!(told.contains("`min-age` is locked by"), "{told}");
    }
    assert!(merged(&[(User, &index("9d")), (Project, &aged("", "demo = \"10d\""))]).is_ok());
    let nonsense = said(&[(User, &aged("\"nowhere\" = \"1d\"", ""))]);
    assert!(
        nonsense.contains("user.toml:1") && nonsense.contains("`min-age`: "),
        "{nonsense}"
    );
}

fn asking(rest: &str) -> String {
    format!("[intel]\n{rest}\n")
}

#[test]
fn who_is_asked_about_known_bad_releases_is_the_user_s_to_say() {
    let text = asking("service = \"https://osv.invalid\"\nmax-age = \"7d\"");
    let whole = merged(&[(User, &text)]).unwrap();
    assert_eq!(whole.service.unwrap().to_string(), "https://osv.invalid/");
    let days = whole.settings.advisory_age.stale_after.as_secs() / 86_400;
    assert_eq!(days, 7);
    let other = asking("service = \"https://evil.invalid\"");
    let longer = asking("max-age = \"8d\"");
    let locked = format!("locked = [\"intel\"]\n{text}");
    for changed in [&other, &longer] {
        let told = said(&[(User, &text), (Project, changed)]);
        assert!(
            told.contains("`intel`: a project may only tighten"),
            "{told}"
        );
        let told = said(&[(System, &locked), (User, changed)]);
        assert!(told.contains("`intel` is locked by"), "{told}");
    }
    assert!(said(&[(Project, &other)]).contains("a project may only tighten"));
    assert!(merged(&[(User, &text), (Project, &asking("max-age = \"1d\""))]).is_ok());
    for (wrong, why) in [
        (
            "service = \"http://osv.invalid\"",
            "`intel.service`: only https is asked",
        ),
        ("service = \"nowhere\"", "`intel.service`: it is no address"),
        ("max-age = \"soon\"", "`intel.max-age`: \"soon\" is no time"),
        (
            "servce = \"x\"",
            "there is no key `servce`; did you mean `service`?",
        ),
    ] {
        let text = asking(wrong);
        let read = read(Path::new("user.toml"), &text, Home::Own);
        let told = match read {
            Err(error) => error.to_string(),
            Ok(_) => said(&[(User, &text)]),
        };
        assert!(told.contains(why), "{told}");
    }
}
