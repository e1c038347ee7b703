//! Commands that install nothing behave as in pip, to the byte.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use spip_tests::index::Manner;
use spip_tests::packages::package;
use spip_tests::pips::with_every_pip;
use spip_tests::run::Running;
use spip_tests::world::World;

#[test]
fn harmless_commands_print_what_pip_prints() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world.index.offer(package("quillbarn", "1.4.0").wheel());
        world.pip(&["install", "quillbarn"]).finish().succeeds();
        let commands: [&[&str]; 16] = [
            &["list"],
            &["list", "--format=json"],
            &["--version"],
            &["freeze", "--all"],
            &["show", "quillbarn"],
            &["show", "zorvexkit"],
            &["check"],
            &["config", "list"],
            &["config", "get", "nothing.there"],
            &["cache", "dir"],
            &["index", "versions", "quillbarn"],
            &["help", "install"],
            &["install", "--help"],
            &["hash"],
            &[],
            &["nonsense"],
        ];
        for command in commands {
            let plain = world.pip(command).finish();
            let guarded = world.spip(command).finish();
            let both = format!("{command:?}\n{guarded}\n=== pip itself\n{plain}");
            assert_eq!(guarded.code, plain.code, "{both}");
            assert_eq!(guarded.stdout, plain.stdout, "{both}");
            assert_eq!(guarded.stderr, plain.stderr, "{both}");
            guarded.changes_nothing();
        }
    });
}

#[test]
fn uninstall_works_and_reads_its_answer() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    world.pip(&["install", "quillbarn"]).finish().succeeds();
    let uninstall = ["uninstall", "quillbarn"];
    world
        .spip(&uninstall)
        .input(b"n\n")
        .finish()
        .succeeds()
        .changes_nothing();
    world.spip(&uninstall).input(b"y\n").finish().succeeds();
    assert!(!world.environment.has("quillbarn", "1.4.0"));
}

/// Starts a command that waits for the index for ever, and returns once it does.
fn waiting<'w>(world: &'w World, command: &[&str]) -> Running<'w> {
    world
        .index
        .manner("quillbarn", Manner::Hanging, Manner::Hanging);
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    let before = world.index.count("/simple/quillbarn/");
    let run = world.spip(command).env("PIP_DEFAULT_TIMEOUT", "3");
    let running = run.within(Duration::from_secs(30)).start();
    let deadline = Instant::now() + Duration::from_secs(20);
    while world.index.count("/simple/quillbarn/") == before {
        assert!(Instant::now() < deadline, "the index was never asked");
        thread::sleep(Duration::from_millis(10));
    }
    // The request is on the wire; a moment later pip waits for its answer.
    thread::sleep(Duration::from_millis(200));
    running
}

#[test]
fn an_interrupt_ends_it_as_it_ends_pip() {
    for command in [
        &["install", "quillbarn"][..],
        &["index", "versions", "quillbarn"],
    ] {
        let world = World::new();
        let running = waiting(&world, command);
        running.signal_group(Signal::INT);
        let outcome = running.finish();
        outcome
            .exits_with(1)
            .changes_nothing()
            .says("Operation cancelled by user");
    }
}

#[test]
fn a_termination_leaves_nothing_running() {
    for command in [
        &["install", "quillbarn"][..],
        &["index", "versions", "quillbarn"],
    ] {
        let world = World::new();
        let running = waiting(&world, command);
        running.signal(Signal::TERM);
        // Everything that holds the output must end, or this panics.
        let outcome = running.finish();
        outcome.changes_nothing();
        assert_ne!(outcome.code, Some(0), "{outcome}");
    }
}

#[test]
fn a_guard_that_is_killed_leaves_nothing_installed() {
    let world = World::new();
    world
        .index
        .offer(package("zorvexkit", "2.0").needs("quillbarn").wheel());
    let running = waiting(&world, &["install", "zorvexkit"]);
    running.signal(Signal::KILL);
    world
        .index
        .manner("quillbarn", Manner::Honest, Manner::Honest);
    let outcome = running.finish();
    outcome.changes_nothing();
}
