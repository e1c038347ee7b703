//! Whole programs in a world of their own; each module is one side of the guard.

mod attacks;
mod build;
mod bypasses;
mod contents;
mod hostile_index;
mod install;
mod judgement;
mod mutants;
mod passthrough;
mod proxy;
mod scan;
mod sources;
mod terminal;
mod the_world;

use spip_tests::environment;
use spip_tests::index::Offer;
use spip_tests::packages::{self, Distribution};
use spip_tests::world::World;

/// Offers setuptools and wheel, as an index that serves sdists with a `setup.py` must.
fn offer_build_tools(world: &World) {
    for (project, version) in environment::BUILD_TOOLS {
        world.index.offer(packages::real_wheel(project, version));
    }
}

/// A file that was uploaded two hours ago, which is `medium[release-age]`.
fn fresh(distribution: Distribution) -> Offer {
    Offer::of(distribution).hours_old(2)
}
