//! pipx under guard, with both of its backends.

use spip_tests::packages::{Distribution, package, real_wheel};
use spip_tests::pips::Pip;
use spip_tests::run::{Outcome, Run};
use spip_tests::world::World;

use crate::{fresh, hostile};

/// The pip of pipx's own environments; ensurepip's would be replaced by the index's newest.
const PIP: &str = "26.3";

/// A wheel with a program that shows its arguments and what it sees of a proxy.
fn tool(needs: Option<&str>) -> Distribution {
    let code = "import os, sys\ndef main():\n    print(sys.argv[1:], \
                [n for n in os.environ if 'PROXY' in n.upper()])\n";
    let package = package("wickerly", "3.0")
        .file("wickerly_tool.py", code)
        .file(
            "wickerly-3.0.dist-info/entry_points.txt",
            "[console_scripts]\nwickerly = wickerly_tool:main\n",
        );
    match needs {
        Some(needs) => package.needs(needs).wheel(),
        None => package.wheel(),
    }
}

fn world(needs: Option<&str>) -> World {
    let world = World::with_tls(&Pip::newest());
    world.index.offer(real_wheel("pip", PIP));
    world.index.offer(tool(needs));
    world.index.offer(hostile(&world, "zorvexkit").wheel());
    world
        .index
        .offer(hostile(&world, "sourcedemo").sdist_with_backend());
    world.index.offer(package("plindorf", "2.0").wheel());
    world
}

fn with_both_backends(needs: Option<&str>, scenario: impl Fn(&World, &dyn Fn(&[&str]) -> Outcome)) {
    for backend in ["uv", "pip"] {
        let world = world(needs);
        let run = |arguments: &[&str]| {
            let run = world.spipx(arguments);
            run.env("PIPX_DEFAULT_BACKEND", backend).finish()
        };
        scenario(&world, &run);
    }
}

fn pipx(world: &World) -> std::path::PathBuf {
    world.home().join("pipx")
}

/// Nothing that was refused, and none of its programs.
#[track_caller]
fn refuses(outcome: &Outcome) {
    outcome.exits_with(100).runs_nothing();
    let is_log = |it: &String| it.contains(".lock: ") || it.contains("/logs/");
    let mut changes = outcome.changes.iter().filter(|it| !is_log(it));
    let bad = changes.find(|it| it.contains("zorvexkit") || it.contains("sourcedemo"));
    assert_eq!(bad, None, "{outcome}");
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("refused: "), "{outcome}");
}

#[test]
fn installs_what_was_judged() {
    with_both_backends(None, |world, run| {
        run(&["install", "wickerly"]).succeeds();
        let program = pipx(world).join("bin/wickerly");
        let outcome = world.program(&program, &["-t", "hi"]).finish();
        outcome.succeeds().prints("['-t', 'hi'] []\n");
        run(&["inject", "wickerly", "plindorf"]).succeeds();
        let outcome = run(&["inject", "wickerly", "zorvexkit"]);
        refuses(&outcome);
        let outcome = run(&["runpip", "wickerly", "install", "sourcedemo"]);
        refuses(&outcome);
        run(&["uninstall", "wickerly"]).succeeds();
        assert!(!program.exists());
    });
}

#[test]
fn a_refusal_leaves_no_program_behind() {
    with_both_backends(Some("zorvexkit"), |world, run| {
        for arguments in [
            &["install", "wickerly"][..],
            &["install", "--force", "sourcedemo"],
        ] {
            let outcome = run(arguments);
            refuses(&outcome);
            outcome.says("encoded-execution");
            for place in ["bin/wickerly", "venvs/wickerly", "venvs/sourcedemo"] {
                assert!(!pipx(world).join(place).exists(), "{place}\n{outcome}");
            }
        }
    });
}

#[test]
fn a_program_runs_with_its_own_arguments_and_unaware_of_the_guard() {
    let world = world(None);
    let run = |arguments: &[&str]| {
        arguments
            .iter()
            .fold(world.spipx(&["run"]), Run::arg)
            .finish()
    };
    let said = "['-t', 'hi'] []\n";
    run(&["wickerly", "-t", "hi"]).succeeds().prints(said);
    run(&["--spec", "wickerly==3.0", "wickerly", "-t", "hi"])
        .succeeds()
        .prints(said);
    for arguments in [
        &["zorvexkit", "-t"][..],
        &["--spec", "sourcedemo", "wickerly"],
    ] {
        let outcome = run(arguments);
        refuses(&outcome);
        outcome.says("encoded-execution");
        assert_eq!(outcome.stdout, "", "{outcome}");
    }
    run(&["--backend", "uv", "wickerly"]).exits_with(102);
}

#[test]
fn what_a_person_allowed_is_asked_about_again() {
    let world = world(Some("plindorf"));
    world.index.offer(fresh(package("plindorf", "3.0").wheel()));
    let run = || world.spipx(&["run", "wickerly", "-t"]);
    let ask = |answer: &str| {
        let mut terminal = run().on_terminal();
        terminal.wait_for("[y/N]");
        terminal.types(answer);
        terminal.finish()
    };
    ask("n\r").exits_with(103).never_says("['-t']");
    ask("y\r").succeeds().says("['-t'] []");
    let outcome = run().finish();
    outcome.exits_with(100).says("release-age");
    assert_eq!(outcome.stdout, "", "{outcome}");
    let report = world.aside("report.json");
    let allowed = run()
        .env("SPIP_ALLOW", "release-age:plindorf")
        .env("SPIP_REPORT", &report);
    allowed.finish().succeeds().prints("['-t'] []\n");
    let report = std::fs::read_to_string(report).expect("the report was written");
    assert!(report.contains("wickerly") && report.contains("plindorf"));
    run().finish().exits_with(100);
}

#[test]
fn ways_around_are_judged_or_refused() {
    let world = world(None);
    hostile(&world, "linkdemo")
        .wheel()
        .save(&world.work().join("links"));
    let run = |arguments: &[&str]| arguments.iter().fold(world.spipx(&["install"]), Run::arg);
    for arguments in [
        &["--pip-args=--find-links links", "linkdemo"][..],
        &["./links/linkdemo-1.4.0-py3-none-any.whl"],
    ] {
        let outcome = run(arguments).finish();
        outcome
            .exits_with(100)
            .runs_nothing()
            .says("encoded-execution");
    }
    for arguments in [
        "--pip-args=--proxy http://192.0.2.1:9",
        "--pip-args=--prox=x",
        "--pip-args=--cache-dir c",
    ] {
        run(&[arguments, "zorvexkit"]).finish().exits_with(102);
    }
    for (name, value) in [
        ("NO_PROXY", "*"),
        ("PIP_NO_PROXY", "*"),
        ("UV_NATIVE_TLS", "1"),
    ] {
        let outcome = run(&["zorvexkit"]).env(name, value).finish();
        refuses(&outcome);
    }
    for name in ["linkdemo", "zorvexkit"] {
        assert!(!pipx(&world).join("venvs").join(name).exists(), "{name}");
    }
}

#[test]
fn harmless_commands_are_pipxs_own() {
    let world = world(None);
    let guarded = |arguments: &[&str]| world.spipx(arguments).finish();
    guarded(&["--version"]).succeeds().prints("1.18.4");
    guarded(&["list", "--short"]).succeeds().never_says("spip");
    guarded(&["environment", "--value", "PIPX_HOME"])
        .succeeds()
        .prints("/home/pipx");
    assert!(world.index.requests().is_empty());
}
