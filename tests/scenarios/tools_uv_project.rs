//! uv's projects and programs under guard: files restored, programs unaware of the proxy.

use std::fs;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use spip_tests::index::Manner;
use spip_tests::packages::package;
use spip_tests::run::{Outcome, Run, Running};
use spip_tests::world::World;

use crate::{leaves_the_same, mixed, refused};

const PROJECT: &str = "[project]\nname = \"own\"\nversion = \"0.1.0\"\n\
                       requires-python = \">=3.8\"\ndependencies = []\n";

/// A world with a project.
fn world() -> World {
    let world = mixed();
    world.write("pyproject.toml", PROJECT);
    world
}

const FILES: [&str; 2] = ["pyproject.toml", "uv.lock"];

fn files(world: &World) -> [Option<String>; 2] {
    crate::files(world, FILES)
}

/// A refusal that leaves the project's files and installs nothing; an empty environment may stay.
#[track_caller]
fn leaves_the_project<'o>(
    outcome: &'o Outcome,
    world: &World,
    before: &[Option<String>],
) -> &'o Outcome {
    outcome.exits_with(100).runs_nothing();
    assert_eq!(files(world), before, "{outcome}");
    let package = outcome.changes.iter().find(|it| {
        ["quillbarn", "zorvexkit", "plindorf", "sourcedemo"]
            .iter()
            .any(|name| it.contains(name))
    });
    assert_eq!(package, None, "{outcome}");
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("refused: "), "{outcome}");
    outcome
}

/// The project, in need of this, with a lock file of uv's own.
fn locked(world: &World, needs: &str) {
    let text = PROJECT.replace("[]", &format!("[\"{needs}\"]"));
    world.write("pyproject.toml", &text);
    world.uv(&["lock"]).finish().succeeds();
}

#[test]
fn an_addition_that_is_refused_leaves_the_project_as_it_was() {
    let world = world();
    let before = files(&world);
    for arguments in [
        &["quillbarn"][..],
        &["sourcedemo"],
        &["quillbarn", "--group", "g"],
        &["--dev", "quillbarn"],
        &["--optional", "o", "quillbarn"],
        // With nothing to install, only what is built is more than metadata.
        &["--no-sync", "sourcedemo"],
    ] {
        let run = arguments.iter().fold(world.suv(&["add"]), Run::arg);
        leaves_the_project(&run.finish(), &world, &before);
    }
}

#[test]
fn locking_what_is_refused_leaves_the_project_as_it_was() {
    let world = world();
    world.write("pyproject.toml", &PROJECT.replace("[]", "[\"sourcedemo\"]"));
    let before = files(&world);
    for command in [
        &["lock"][..],
        &["sync"],
        &["lock", "--upgrade"],
        &["export"],
        &["tree"],
    ] {
        let outcome = world.suv(command).finish();
        leaves_the_project(&outcome, &world, &before);
    }
}

#[test]
fn synchronising_what_is_refused_leaves_the_project_as_it_was() {
    let world = world();
    locked(&world, "plindorf");
    world.write("pyproject.toml", &PROJECT.replace("[]", "[\"quillbarn\"]"));
    let before = files(&world);
    for command in [&["sync"][..], &["run", "python", "-c", "print('ran')"]] {
        let outcome = world.suv(command).finish();
        leaves_the_project(&outcome, &world, &before);
        assert!(!outcome.stdout.contains("ran"), "{outcome}");
    }
}

#[test]
fn a_lock_file_that_says_so_brings_in_nothing_unjudged() {
    let world = world();
    locked(&world, "quillbarn");
    let before = files(&world);
    for command in [&["sync", "--locked"][..], &["sync", "--frozen"]] {
        let outcome = world.suv(command).finish();
        leaves_the_project(&outcome, &world, &before).says("encoded-execution");
    }
}

#[test]
fn lock_files_and_environments_are_as_without_the_guard() {
    let world = world();
    let fresh = files(&world);
    let is_same = |command: &[&str]| {
        let plain = || world.uv(command).finish();
        leaves_the_same(&world, FILES, plain, || world.suv(command).finish());
    };
    is_same(&["add", "plindorf"]);
    assert_ne!(files(&world), fresh);
    is_same(&["lock"]);
    is_same(&["sync"]);
    is_same(&["lock", "--check"]);
    is_same(&["remove", "plindorf"]);
}

const SHOW: &str = "import os, plindorf; \
    print([n for n in os.environ if 'PROXY' in n.upper()], plindorf.VERSION, \
    os.environ.get('SSL_CERT_FILE', '').endswith('tools.pem'))";

#[test]
fn the_users_program_knows_nothing_of_the_guard() {
    let world = world();
    let outcome = world
        .suv(&["run", "--with", "plindorf", "python", "-c", SHOW])
        .finish();
    outcome.succeeds().prints("[] 2.0 True\n");
    let own = world
        .suv(&["run", "--with", "plindorf", "python", "-c", SHOW])
        .env("HTTPS_PROXY", "");
    own.finish().succeeds().prints("['HTTPS_PROXY'] 2.0 True\n");
    world.write(
        "app.py",
        "import sys, plindorf; print(sys.argv[1:], plindorf.VERSION); sys.exit(7)\n",
    );
    let run = world.suv(&[
        "run",
        "--no-project",
        "--with",
        "plindorf",
        "app.py",
        "--spip-ignore",
        "-t",
    ]);
    let outcome = run.finish();
    outcome
        .exits_with(7)
        .prints("['--spip-ignore', '-t'] 2.0\n");
}

#[test]
fn a_program_does_not_start_if_what_it_needs_is_refused() {
    let world = world();
    for arguments in [
        &["run", "--with", "zorvexkit", "python", "-c", "print('ran')"][..],
        &[
            "run",
            "--with",
            "plindorf,zorvexkit",
            "python",
            "-c",
            "print('ran')",
        ],
        &[
            "run",
            "--with",
            "quillbarn",
            "--no-project",
            "python",
            "-c",
            "print('ran')",
        ],
        &[
            "run",
            "--isolated",
            "--with",
            "sourcedemo",
            "python",
            "-c",
            "print('ran')",
        ],
        &["tool", "run", "--with", "zorvexkit", "plindorf"],
        &["tool", "run", "zorvexkit"],
        &["tool", "install", "quillbarn"],
    ] {
        let before = files(&world);
        let outcome = world.suv(arguments).finish();
        leaves_the_project(&outcome, &world, &before);
        assert!(!outcome.stdout.contains("ran"), "{outcome}");
    }
}

/// A wheel with a program.
fn tool() -> spip_tests::packages::Distribution {
    let code = "import os, sys\ndef main():\n    print(sys.argv[1:], \
                [n for n in os.environ if 'PROXY' in n.upper()])\n";
    package("wickerly", "3.0")
        .file("wickerly_tool.py", code)
        .file(
            "wickerly-3.0.dist-info/entry_points.txt",
            "[console_scripts]\nwickerly = wickerly_tool:main\n",
        )
        .wheel()
}

#[test]
fn tools_run_with_their_own_arguments() {
    let world = world();
    world.index.offer(tool());
    let said = "['-t', 'hi'] []\n";
    world
        .suvx(&["wickerly", "-t", "hi"])
        .finish()
        .succeeds()
        .prints(said);
    let run = world.suvx(&["-q", "--from", "wickerly==3.0", "wickerly", "-t", "hi"]);
    run.finish().succeeds().prints(said);
    let run = world.suv(&[
        "tool",
        "run",
        "--with",
        "plindorf",
        "wickerly@3.0",
        "-t",
        "hi",
    ]);
    run.finish().succeeds().prints(said);
    for option in [
        &["--no-cache"][..],
        &["--refresh"],
        &["--cache-dir", "elsewhere"],
    ] {
        let world = self::world();
        world.index.offer(tool());
        let run = option.iter().fold(world.suvx(&[]), Run::arg);
        let run = run.arg("wickerly").arg("-t").arg("hi");
        run.finish().succeeds().prints(said);
    }
    let world = self::world();
    world.index.offer(tool());
    let run = world.suvx(&["wickerly", "-t", "hi"]);
    let run = run.env("UV_NO_CACHE", "1");
    run.finish().succeeds().prints(said);
    let run = world.suv(&["run", "--with", "plindorf", "python", "-c", SHOW]);
    let run = run.env("UV_NO_CACHE", "true");
    run.finish().succeeds().prints("[] 2.0 True\n");
    let outcome = world.suvx(&["zorvexkit", "-t"]).finish();
    refused(&outcome, 100);
    let installed = world.suv(&["tool", "install", "wickerly"]).finish();
    installed.succeeds();
    assert!(
        world.home().join(".local/bin/wickerly").exists(),
        "{installed}"
    );
}

#[test]
fn scripts_get_what_they_name_if_it_is_allowed() {
    let world = world();
    let script = |name: &str| {
        let head = format!(
            "# /// script\n# requires-python = \">=3.8\"\n# dependencies = [\"{name}\"]\n# ///\n"
        );
        let code = format!(
            "import os, sys, {name}\nprint(sys.argv[1:], [n for n in os.environ if 'PROXY' in n.upper()])\n"
        );
        world.write(&format!("{name}.py"), &(head + &code))
    };
    let good = script("plindorf");
    world
        .suv(&["run", &good, "-x"])
        .finish()
        .succeeds()
        .prints("['-x'] []\n");
    let bad = script("zorvexkit");
    let outcome = world.suv(&["run", &bad, "-x"]).finish();
    refused(&outcome, 100).says("encoded-execution");
    let tree = world.work().join("tree");
    crate::hostile(&world, "treedemo").lay_out_with_backend(&tree);
    crate::hostile(&world, "wickerly")
        .wheel()
        .save(&world.work().join("links"));
    for (name, settings) in [
        (
            "treedemo",
            "# [tool.uv.sources]\n# treedemo = { path = \"tree\" }\n",
        ),
        ("wickerly", "# [tool.uv]\n# find-links = [\"links\"]\n"),
    ] {
        let text = format!(
            "# /// script\n# requires-python = \">=3.8\"\n# dependencies = [\"{name}\"]\n{settings}# ///\n\
             print('ran')\n"
        );
        let script = world.write("local.py", &text);
        let outcome = world.suv(&["run", &script]).finish();
        refused(&outcome, 100).says("encoded-execution");
        assert!(!outcome.stdout.contains("ran"), "{outcome}");
    }
    let before = fs::read(&good).expect("it was written");
    let outcome = world
        .suv(&["add", "--script", &good, "sourcedemo"])
        .finish();
    refused(&outcome, 100);
    assert_eq!(fs::read(&good).expect("it is still there"), before);
}

#[test]
fn a_killed_run_is_repaired_at_the_next_start() {
    let world = world();
    let before = files(&world);
    let running = held_addition(&world);
    let half = files(&world)[0].clone();
    running.signal_group(Signal::KILL);
    running.finish();
    assert_eq!(files(&world)[0], half, "nobody was left to put it back");
    let outcome = world.suv(&["lock"]).finish();
    outcome.succeeds().says("which a killed run had changed");
    assert_eq!(files(&world)[0], before[0], "{outcome}");
    let saved = fs::read_to_string(world.work().join("pyproject.toml.spip-saved"));
    assert_eq!(saved.ok(), half, "what stood there is kept");
}

/// An addition that waits for a page after uv has written the project's file.
fn held_addition(world: &World) -> Running<'_> {
    world
        .index
        .manner("slowdemo", Manner::Hanging, Manner::Honest);
    let running = world.suv(&["add", "slowdemo"]).start();
    for _ in 0..600 {
        let text = files(world)[0].clone().unwrap_or_default();
        if world.index.count("/simple/slowdemo/") > 0 && text.contains("slowdemo") {
            return running;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("uv never asked for slowdemo, or never wrote it down");
}

#[test]
fn control_c_leaves_the_project_as_it_was() {
    let world = world();
    let before = files(&world);
    let running = held_addition(&world);
    running.signal_group(Signal::INT);
    let outcome = running.finish();
    assert_ne!(outcome.code, Some(0), "{outcome}");
    assert_eq!(files(&world), before, "{outcome}");
}
