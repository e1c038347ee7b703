//! Shows with plain pip that the world works: without this, no refusal would prove anything.

use spip_tests::index::{Index, Manner, Offer};
use spip_tests::packages::package;
use spip_tests::pips::{Pip, with_every_pip};
use spip_tests::world::World;

use crate::offer_build_tools;

#[test]
fn plain_pip_installs_a_wheel_with_its_requirement() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world
            .index
            .offer(package("quillbarn", "1.4.0").needs("zorvexkit>=1").wheel());
        world.index.offer(package("zorvexkit", "2.0").wheel());
        let outcome = world.pip(&["install", "quillbarn"]).finish();
        outcome.succeeds().runs_nothing();
        outcome.prints("Successfully installed quillbarn-1.4.0 zorvexkit-2.0");
        assert!(world.environment.has("quillbarn", "1.4.0"), "{outcome}");
        assert!(!outcome.changes.is_empty());
    });
}

#[test]
fn plain_pip_runs_setup_py_of_an_sdist() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        offer_build_tools(&world);
        world
            .index
            .offer(package("quillbarn", "1.4.0").marks(&world.marker).sdist());
        let outcome = world
            .pip(&["install", "--use-pep517", "quillbarn"])
            .finish();
        outcome.succeeds().runs("setup.py of quillbarn:");
    });
}

#[test]
fn plain_pip_runs_the_build_backend_of_an_sdist() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let sdist = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend();
        world.index.offer(sdist);
        let outcome = world.pip(&["install", "quillbarn"]).finish();
        outcome.succeeds().runs("backend of quillbarn:");
        assert!(world.environment.has("quillbarn", "1.4.0"), "{outcome}");
    });
}

#[test]
fn plain_pip_runs_the_pth_file_of_a_build_requirement() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let line = world.marker.python("pth of zorvexkit:");
        world.index.offer(
            package("zorvexkit", "2.0")
                .file("zorvexkit.pth", &line)
                .wheel(),
        );
        let sdist = package("quillbarn", "1.4.0")
            .built_with(&["zorvexkit"])
            .sdist_with_backend();
        world.index.offer(sdist);
        let outcome = world.pip(&["install", "quillbarn"]).finish();
        outcome.succeeds().runs("pth of zorvexkit:");
    });
}

#[test]
fn plain_pip_speaks_tls_and_logs_in() {
    let world = World::with_tls(&Pip::newest());
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    world.pip(&["install", "quillbarn"]).finish().succeeds();

    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    world
        .index
        .set(|settings| settings.login = Some(("user".into(), "secret".into())));
    world
        .pip(&["install", "--no-input", "quillbarn"])
        .finish()
        .exits_with(1);
    let address = world.index.url_with_login("user", "secret");
    let outcome = world
        .pip(&["install", "-i", &address, "quillbarn"])
        .finish();
    outcome.succeeds();
}

#[test]
fn plain_pip_reads_pages_in_html() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world
            .index
            .set(|settings| settings.pages = Manner::HtmlOnly);
        world.index.offer(package("quillbarn", "1.4.0").wheel());
        world
            .index
            .offer(Offer::of(package("quillbarn", "1.5.0").wheel()).yanked("broken"));
        world.pip(&["install", "quillbarn"]).finish().succeeds();
        assert!(world.environment.has("quillbarn", "1.4.0"));
    });
}

#[test]
fn plain_pip_refuses_a_file_whose_bytes_changed() {
    let world = World::new();
    let wheel = package("quillbarn", "1.4.0").wheel();
    let other = package("quillbarn", "1.4.0").summary("other bytes").wheel();
    world.index.swap(&wheel.filename, 0, other.bytes);
    world.index.offer(wheel);
    let outcome = world.pip(&["install", "quillbarn"]).finish();
    outcome.exits_with(1).changes_nothing().says("DO NOT MATCH");
}

#[test]
fn two_indexes_can_offer_the_same_name() {
    let world = World::new();
    let other = Index::start();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    other.offer(package("quillbarn", "99.0").wheel());
    let outcome = world
        .pip(&["install", "--extra-index-url", &other.url(), "quillbarn"])
        .finish();
    outcome.succeeds();
    assert!(world.environment.has("quillbarn", "99.0"), "{outcome}");
    assert_eq!(other.count("/files/quillbarn-99.0-py3-none-any.whl"), 1);
}

#[test]
fn a_terminal_shows_and_takes_text() {
    let world = World::new();
    let code = "import sys; print(sys.stdin.isatty(), sys.stderr.isatty()); print(input('name? '))";
    let run = world.program(world.environment.python(), &["-c", code]);
    let mut terminal = run.on_terminal();
    terminal.wait_for("name? ");
    terminal.types("nobody\n");
    let outcome = terminal.finish();
    outcome
        .succeeds()
        .prints("True True")
        .prints("nobody\nnobody");
}
