//! One question at a terminal, and every way to answer it.

use spip_tests::index::Manner;
use spip_tests::packages::package;
use spip_tests::pips::with_every_pip;
use spip_tests::run::Outcome;
use spip_tests::terminal::{CONTROL_C, CONTROL_D};
use spip_tests::world::World;

use crate::fresh;

const QUESTION: &str = "[y/N]";

fn world() -> World {
    let world = World::new();
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    world
}

fn answer(world: &World, keys: &str) -> Outcome {
    let mut terminal = world.spip(&["install", "quillbarn"]).on_terminal();
    terminal.wait_for(QUESTION);
    terminal.types(keys);
    terminal.finish()
}

#[test]
fn yes_installs() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        let outcome = answer(&world, "y\n");
        outcome
            .succeeds()
            .prints("medium[release-age]: quillbarn 1.4.0");
        assert!(world.environment.has("quillbarn", "1.4.0"), "{outcome}");
    });
}

#[test]
fn everything_but_yes_refuses() {
    for keys in ["n\n", "\n", "no\n", "maybe\n\n\n\n", CONTROL_C, CONTROL_D] {
        let world = world();
        let outcome = answer(&world, keys);
        outcome.exits_with(103).changes_nothing();
        outcome.prints("refused:").prints("nothing was installed");
    }
}

#[test]
fn one_question_covers_the_whole_plan() {
    let world = World::new();
    world.index.offer(fresh(
        package("quillbarn", "1.4.0").needs("zorvexkit").wheel(),
    ));
    world
        .index
        .offer(fresh(package("zorvexkit", "2.0").wheel()));
    let outcome = answer(&world, "y\n");
    outcome
        .succeeds()
        .prints("zorvexkit 2.0 uploaded 2 hours ago");
    assert_eq!(outcome.stdout.matches(QUESTION).count(), 1, "{outcome}");
}

#[test]
fn an_agreement_to_an_sdist_is_not_asked_for_again() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let sdist = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend();
        world.index.offer(fresh(sdist));
        let mut terminal = world.spip(&["install", "quillbarn"]).on_terminal();
        terminal.wait_for(QUESTION);
        assert!(
            world.marker.lines().is_empty(),
            "code ran before the answer"
        );
        terminal.types("y\n");
        let outcome = terminal.finish();
        outcome.succeeds().runs("backend of quillbarn:");
        assert_eq!(outcome.stdout.matches(QUESTION).count(), 1, "{outcome}");
    });
}

#[test]
fn a_build_requirement_is_asked_about_too() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world.index.offer(fresh(
            package("zorvexkit", "2.0")
                .marks(&world.marker)
                .backend_wheel(),
        ));
        world
            .index
            .offer(package("quillbarn", "1.4.0").sdist_built_by("zorvexkit"));
        let outcome = answer(&world, "n\n");
        outcome.exits_with(103).changes_nothing().runs_nothing();
        let outcome = answer(&world, "y\n");
        outcome.succeeds().runs("backend of zorvexkit:");
    });
}

#[test]
fn what_could_not_be_checked_is_asked_about() {
    let world = World::new();
    world
        .index
        .manner("quillbarn", Manner::HtmlOnly, Manner::Broken);
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    answer(&world, "n\n").exits_with(103).changes_nothing();
    answer(&world, "y\n")
        .succeeds()
        .prints("unknown[archive-hash, dormant-project, late-file, release-age, release-burst]");
}

#[test]
fn critical_findings_are_not_asked_about() {
    let world = World::new();
    let wheel = package("quillbarn", "1.4.0").wheel();
    world.index.offer(fresh(wheel).api_says(&"0".repeat(64)));
    let outcome = world.spip(&["install", "quillbarn"]).on_terminal().finish();
    outcome.exits_with(100).changes_nothing();
    assert_eq!(outcome.stdout.matches(QUESTION).count(), 0, "{outcome}");
}

#[test]
fn without_a_terminal_on_both_sides_nobody_is_asked() {
    let world = world();
    for redirection in ["< /dev/null", "2> messages.txt"] {
        let command = format!("exec \"$0\" install quillbarn {redirection}");
        let spip = world.spip(&[]);
        let run = world.program("/bin/sh", &["-c", &command]).arg(spip.path());
        let outcome = run.on_terminal().finish();
        outcome.exits_with(100);
        assert!(!world.environment.has("quillbarn", "1.4.0"), "{outcome}");
    }
}
