//! What is remembered of who makes a project, and where.

use spip_tests::packages::{Package, package};
use spip_tests::run::Outcome;
use spip_tests::world::World;

fn honest(version: &str) -> Package {
    package("quillbarn", version)
        .by("Quill <quill@quillbarn.invalid>")
        .url("Source", "https://github.com/quill/quillbarn")
}

/// Offers an honest release and this one, installs the first and upgrades to the other.
fn upgrade(world: &World, newer: &Package) -> Outcome {
    world.index.offer(honest("1.4.0").wheel());
    world.index.offer(newer.wheel());
    let first = world.spip(&["install", "quillbarn==1.4.0"]).finish();
    first.succeeds().never_says("low[").never_says("unknown[");
    let run = world.spip(&["install", "--upgrade", "quillbarn"]);
    run.finish()
}

#[test]
fn authors_at_another_domain_are_told_once() {
    let world = World::new();
    let newer = honest("1.4.1").by("quill.maintainer@elsewhere.invalid");
    let outcome = upgrade(&world, &newer);
    outcome
        .succeeds()
        .says("low[maintainer-domain-drift]: quillbarn 1.4.1 is by people at other e-mail domains")
        .says("names addresses at elsewhere.invalid")
        .says("1.4.0 named addresses at quillbarn.invalid");
    let run = world.spip(&["install", "--force-reinstall", "quillbarn"]);
    run.finish().succeeds().never_says("low[");
}

#[test]
fn a_repository_of_another_account_is_told() {
    let world = World::new();
    let newer = package("quillbarn", "1.4.1")
        .by("quill@mail.quillbarn.invalid")
        .url("Source", "https://github.com/quill-team/quillbarn");
    let outcome = upgrade(&world, &newer);
    outcome
        .succeeds()
        .never_says("maintainer-domain-drift")
        .says("low[repository-changed]: quillbarn 1.4.1 names the repository of another account")
        .says("1.4.0 named github.com/quill/quillbarn");
}

#[test]
fn a_dry_run_teaches_nothing_about_people() {
    let world = World::new();
    let newer = honest("1.4.1").by("someone@elsewhere.invalid");
    world.index.offer(newer.wheel());
    let run = world.spip(&["install", "--dry-run", "quillbarn"]);
    run.finish().succeeds();
    let outcome = upgrade(&world, &newer);
    outcome.succeeds().says("low[maintainer-domain-drift]");
}

#[test]
fn a_project_with_none_of_its_owners_left_asks() {
    let world = World::new();
    world.index.owners("quillbarn", &["quill", "barn"]);
    world.index.offer(honest("1.4.0").wheel());
    let first = world.spip(&["install", "quillbarn"]).finish();
    first.succeeds().never_says("owner-changed");

    world.index.owners("quillbarn", &["barn", "newcomer"]);
    world.index.offer(honest("1.4.1").wheel());
    let upgrade = ["install", "--upgrade", "quillbarn"];
    let told = world.spip(&upgrade).finish();
    told.succeeds()
        .says("low[owner-changed]: quillbarn 1.4.1 may be published by more users")
        .says("new: newcomer");

    world.index.owners("quillbarn", &["mallory\u{1b}[2J"]);
    let poisoned = honest("1.4.2").marks(&world.marker);
    world.index.offer(poisoned.wheel());
    for _ in 0..2 {
        let asked = world.spip(&upgrade).finish();
        asked
            .refuses(100)
            .runs_nothing()
            .says("medium[owner-changed]: quillbarn 1.4.2 belongs to other users than before")
            .says("new: mallory\\u{1b}[2J")
            .says("barn, newcomer when 1.4.1 was installed");
    }
}
