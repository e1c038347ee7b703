//! What the index says of releases and their project: provenance, status, times.

use spip_tests::index::{Manner, Offer};
use spip_tests::packages::package;
use spip_tests::world::World;

/// A world whose index has three releases with a provenance, and a fourth without.
fn forsaken() -> World {
    let world = World::new();
    for (minor, days) in [(1, 90), (2, 80), (3, 70)] {
        let package = package("quillbarn", &format!("1.{minor}"));
        let offer = Offer::of(package.wheel()).hours_old(days * 24);
        world.index.offer(offer.attested());
    }
    let package = package("quillbarn", "1.4").marks(&world.marker);
    world
        .index
        .offer(Offer::of(package.wheel()).hours_old(60 * 24));
    world
}

#[test]
fn a_release_that_lost_its_provenance_asks() {
    let world = forsaken();
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome
        .refuses(100)
        .runs_nothing()
        .says("medium[provenance-lost]: quillbarn 1.4 has no provenance, but the last three releases have")
        .says("quillbarn-1.1-py3-none-any.whl has one");
    let earlier = world.spip(&["install", "quillbarn<1.4"]).finish();
    earlier.succeeds().never_says("provenance");
}

#[test]
fn a_page_in_html_tells_it_as_well() {
    let world = forsaken();
    world
        .index
        .manner("quillbarn", Manner::HtmlOnly, Manner::Honest);
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome
        .refuses(100)
        .says("medium[provenance-lost]: quillbarn 1.4");
    world
        .spip(&["install", "quillbarn<1.4"])
        .finish()
        .succeeds();
}

#[test]
fn a_quarantined_project_is_refused() {
    for pages in [Manner::Honest, Manner::HtmlOnly] {
        let world = World::new();
        let package = package("quillbarn", "1.0").marks(&world.marker);
        world
            .index
            .offer(Offer::of(package.wheel()).marked("quarantined"));
        world.index.manner("quillbarn", pages, Manner::Honest);
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome
            .refuses(100)
            .runs_nothing()
            .says("high[project-status]: quillbarn 1.0 is quarantined, says its index");
    }
}

#[test]
fn an_archived_project_is_said_to_be_and_installed() {
    let world = World::new();
    let offer = Offer::of(package("quillbarn", "1.0").wheel());
    world.index.offer(offer.marked("archived"));
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome
        .succeeds()
        .says("low[project-status]: quillbarn 1.0 is archived, says its index");
}

#[test]
fn a_release_after_years_and_one_of_many_are_said_to_be() {
    let world = World::new();
    for (version, hours) in [
        ("1.0", 5 * 365 * 24),
        ("2.0.0", 100),
        ("2.0.1", 100),
        ("2.0.2", 100),
    ] {
        let offer = Offer::of(package("quillbarn", version).wheel());
        world.index.offer(offer.hours_old(hours));
    }
    let outcome = world.spip(&["install", "quillbarn==2.0.0"]).finish();
    outcome
        .succeeds()
        .says("low[dormant-project]: quillbarn 2.0.0 is the first release after 4 years")
        .says("low[release-burst]: quillbarn 2.0.0 is one of 3 releases within a minute");
    let outcome = world.spip(&["install", "quillbarn==1.0"]).finish();
    outcome.succeeds().never_says("low[");
}
