//! `spip policy init`: a policy that today's environment fits, written without overwriting anything.

use std::fs;

use spip_tests::index::{Index, Offer};
use spip_tests::packages::{self, package};
use spip_tests::pips::Pip;
use spip_tests::run::Outcome;
use spip_tests::world::World;

use crate::fresh;

/// A world in which something is installed that spip would have asked about.
fn installed() -> World {
    let world = World::new();
    let pip = packages::real_wheel("pip", &Pip::newest().version);
    world.index.offer(pip);
    let package = package("quillbarn", "1.4.0").file("quillbarn/inner.py", "VALUE = 1\n");
    world.index.offer(fresh(package.wheel()));
    world.pip(&["install", "quillbarn"]).finish().succeeds();
    world
}

fn again(world: &World) -> Outcome {
    let line = ["install", "--force-reinstall", "--no-deps", "quillbarn"];
    world.spip(&line).finish()
}

fn init(world: &World, more: &[&str]) -> Outcome {
    let mut run = world.spip(&["policy", "init"]);
    for word in more {
        run = run.arg(word);
    }
    run.finish()
}

fn written(world: &World, path: &str) -> String {
    fs::read_to_string(world.work().join(path)).expect("it was written")
}

#[test]
fn what_is_installed_is_installed_again_without_a_question() {
    let world = installed();
    again(&world).refuses(100).says("medium[release-age]");
    let outcome = init(&world, &["--by", "Ada"]);
    outcome.succeeds().prints("+ check = \"release-age\"");
    outcome.prints("spip.toml: 1 exceptions until ");
    let text = written(&world, "spip.toml");
    for expected in [
        "package = \"quillbarn\"",
        "version = \"1.4.0\"",
        "by = \"Ada\"",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    let outcome = again(&world);
    outcome.succeeds().says("allowed[release-age]");
    outcome.never_says("unapproved-index");
    let outcome = init(&world, &[]);
    outcome.succeeds().prints("there is nothing to write");
    assert_eq!(written(&world, "spip.toml"), text);
}

#[test]
fn a_dry_run_writes_nothing() {
    let world = installed();
    let outcome = init(&world, &["--dry-run"]);
    outcome.succeeds().changes_nothing();
    outcome.prints("+ check = \"release-age\"");
    outcome.prints("nothing was written (--dry-run)");
}

#[test]
fn a_pyproject_is_extended_and_keeps_what_it_says() {
    let world = installed();
    let before = "[project]\nname   = \"demo\" # ours\n\n[tool.spip]\nmin-age = \"9d\" # long\n\n\
        [tool.other] # theirs\nx=1\n";
    world.write("pyproject.toml", before);
    init(&world, &[]).succeeds();
    let text = written(&world, "pyproject.toml");
    for line in before.lines() {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains("[[tool.spip.exceptions]]"), "{text}");
    assert!(!world.work().join("spip.toml").exists());
    let shown = world.spip(&["policy"]).finish();
    shown.succeeds().prints("9d").prints("allowed-indexes");
}

#[test]
fn a_pyproject_without_a_policy_gets_one() {
    let world = installed();
    let before = "[project]\nname = \"demo\"\n";
    world.write("pyproject.toml", before);
    let below = world.work().join("deep");
    fs::create_dir_all(&below).expect("it can be made");
    let run = world.spip(&["policy", "init"]).inside(&below);
    run.finish().succeeds();
    let text = written(&world, "pyproject.toml");
    assert!(
        text.starts_with(before) && text.contains("tool.spip"),
        "{text}"
    );
}

#[test]
fn the_user_s_own_file_can_be_begun_too() {
    let world = installed();
    init(&world, &["--user", "--no-indexes"]).succeeds();
    let path = world.home().join(".config/spip/spip.toml");
    let text = fs::read_to_string(path).expect("it was written");
    assert!(
        text.contains("release-age") && !text.contains("allowed-indexes"),
        "{text}"
    );
    again(&world).succeeds();
}

#[test]
fn a_refusal_is_told_and_never_excepted() {
    let world = installed();
    let module = world.environment.packages().join("quillbarn/inner.py");
    fs::write(module, "CHANGED = 1\n").expect("it is there");
    for more in [&[][..], &["--user"]] {
        let outcome = init(&world, more);
        outcome.exits_with(100);
        outcome.prints("high[record-mismatch]: quillbarn 1.4.0");
        outcome.prints("spip waive record-mismatch quillbarn==1.4.0 --reason WHY --user");
        assert!(
            !outcome.stdout.contains("+ check = \"record-mismatch\""),
            "{outcome}"
        );
    }
}

#[test]
fn a_question_beside_a_refusal_of_the_same_check_is_not_answered() {
    let world = installed();
    // The same check refuses the one place and asks about the other.
    let run = "exec(base64.b64decode(\"cHJpbnQoJ2luZXJ0Jyk=\"))";
    let early = format!("import base64\n{run}\n");
    let later = format!("import base64\n\n\ndef later():\n    {run}\n");
    let package = package("barnquill", "1.0")
        .file("barnquill_early.py", &early)
        .file("barnquill_later.py", &later);
    world.index.offer(package.wheel());
    world.pip(&["install", "barnquill"]).finish().succeeds();
    let outcome = init(&world, &["--user"]);
    outcome.exits_with(100).prints("encoded-execution");
    let path = world.home().join(".config/spip/spip.toml");
    let text = fs::read_to_string(path).expect("it was written");
    assert!(
        text.contains("release-age") && !text.contains("encoded-execution"),
        "{text}"
    );
}

#[test]
fn what_has_ended_is_not_renewed_unseen() {
    let world = installed();
    let text = "[[exceptions]]\ncheck = \"release-age\"\npackage = \"quillbarn\"\n\
        version = \"1.4.0\"\nreason = \"x\"\nuntil = \"2026-01-31\"\n";
    world.write("spip.toml", text);
    let outcome = init(&world, &["--no-indexes"]);
    outcome.exits_with(100).changes_nothing();
    outcome.prints("its exception has ended");
}

#[test]
fn locked_exceptions_stay_locked() {
    let world = installed();
    let folder = world.home().join(".config/spip");
    fs::create_dir_all(&folder).expect("it can be made");
    fs::write(folder.join("spip.toml"), "locked = [\"exceptions\"]\n").expect("it can be written");
    let outcome = init(&world, &["--no-indexes"]);
    outcome.exits_with(100).changes_nothing();
    outcome.prints("exceptions are locked here");
    let run = world.spip(&["waive", "release-age", "quillbarn==1.4.0", "--reason", "x"]);
    run.finish().exits_with(102).changes_nothing();
}

#[test]
fn packages_of_a_second_index_are_pinned_to_it() {
    let world = installed();
    let internal = Index::start();
    internal.offer(Offer::of(package("inhouse", "1.0").wheel()));
    let both = package("shared", "1.0").wheel();
    world.index.offer(Offer::of(both.clone()));
    internal.offer(Offer::of(both));
    let url = internal.url();
    let line = ["install", "--extra-index-url", &url, "inhouse", "shared"];
    world.pip(&line).finish().succeeds();
    let run = world
        .spip(&["policy", "init"])
        .env("PIP_EXTRA_INDEX_URL", &url);
    let outcome = run.finish();
    outcome.prints(&format!("+ inhouse = \"{url}\""));
    outcome.prints("several indexes offer shared 1.0");
    // Now the public index has a higher version of the internal name.
    world
        .index
        .offer(Offer::of(package("inhouse", "9.0").wheel()));
    let line = ["install", "--upgrade", "--extra-index-url", &url, "inhouse"];
    world
        .spip(&line)
        .finish()
        .refuses(100)
        .says("[unapproved-index]: inhouse 9.0");
}

#[test]
fn a_login_is_written_into_no_policy() {
    let world = installed();
    let url = world.index.url_with_login("ada", "s3cret");
    let run = world
        .spip(&["policy", "init", "--dry-run"])
        .env("PIP_INDEX_URL", &url);
    let outcome = run.finish();
    outcome.succeeds().prints("+ allowed-indexes");
    assert!(!outcome.stdout.contains("s3cret"), "{outcome}");
}
