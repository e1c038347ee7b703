//! Releases that the index once said more about.

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
