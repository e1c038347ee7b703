//! Everything that does not come from an index.

use std::path::Path;

use spip_tests::packages::package;
use spip_tests::pips::with_every_pip;
use spip_tests::world::World;

use crate::fresh;

#[test]
fn a_local_directory_is_installed_after_its_verdict() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let project = package("quillbarn", "1.4.0").marks(&world.marker);
        project.lay_out_with_backend(&world.work().join("project"));
        for arguments in [
            &["install", "./project"][..],
            &["install", "-e", "./project"],
        ] {
            world.marker.clear();
            let outcome = world.spip(arguments).finish();
            outcome.succeeds().runs("backend of quillbarn:");
            assert!(world.environment.has("quillbarn", "1.4.0"), "{outcome}");
        }
    });
}

#[test]
fn a_local_directory_with_a_fresh_build_requirement_is_refused() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let line = world.marker.python("pth of zorvexkit:");
        let requirement = package("zorvexkit", "2.0").file("zorvexkit.pth", &line);
        world.index.offer(fresh(requirement.wheel()));
        let project = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .built_with(&["zorvexkit"]);
        project.lay_out_with_backend(&world.work().join("project"));
        for arguments in [
            &["install", "./project"][..],
            &["install", "-e", "./project"],
        ] {
            let outcome = world.spip(arguments).finish();
            outcome.refuses(100).runs_nothing();
            outcome.says("medium[release-age]: zorvexkit 2.0");
        }
    });
}

#[test]
fn a_local_directory_with_a_fresh_requirement_is_refused() {
    let world = World::new();
    world
        .index
        .offer(fresh(package("zorvexkit", "2.0").wheel()));
    let project = package("quillbarn", "1.4.0").needs("zorvexkit");
    project.lay_out_with_backend(&world.work().join("project"));
    for arguments in [
        &["install", "./project"][..],
        &["install", "-e", "./project"],
    ] {
        let outcome = world.spip(arguments).finish();
        // Building metadata left its traces in the user's own directory, as with pip.
        outcome
            .exits_with(100)
            .says("needed by quillbarn")
            .says("nothing was installed");
        assert!(!world.environment.has("quillbarn", "1.4.0"), "{outcome}");
    }
}

#[test]
fn an_address_is_asked_about_before_anything_of_it_runs() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let sdist = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend();
        let wheel = package("zorvexkit", "2.0").wheel();
        let addresses = [&sdist.filename, &wheel.filename].map(|name| world.index.file_url(name));
        world.index.offer(sdist);
        world.index.offer(wheel);
        for (address, name) in addresses.iter().zip(["quillbarn", "zorvexkit"]) {
            world.marker.clear();
            let outcome = world.spip(&["install", address]).finish();
            outcome
                .refuses(100)
                .runs_nothing()
                .says("medium[direct-url]");
            let allowed = format!("direct-url:{name}");
            let run = world.spip(&["install", "--spip-allow", &allowed, address]);
            run.finish().succeeds();
        }
    });
}

#[test]
fn an_address_in_the_metadata_of_a_wheel_is_asked_about() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let sdist = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend();
        let path = sdist.save(&world.work());
        let address = world.index.file_url(&sdist.filename);
        world.index.offer(sdist);
        for (name, need) in [
            ("zorvexkit", format!("quillbarn @ {address}")),
            ("plindorf", format!("quillbarn @ file://{}", path.display())),
        ] {
            world.index.offer(package(name, "2.0").needs(&need).wheel());
            let outcome = world.spip(&["install", name]).finish();
            outcome
                .refuses(100)
                .runs_nothing()
                .says("medium[direct-url]: quillbarn");
        }
    });
}

#[test]
fn a_checkout_is_judged_before_anything_of_it_runs() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let repository = world.work().join("repository");
        let project = package("quillbarn", "1.4.0").marks(&world.marker);
        project.lay_out_with_backend(&repository);
        commit(&world, &repository);
        let address = format!("git+file://{}", repository.display());
        // Older pips take such an address from the command line only.
        if pip.is_at_least(24, 1) {
            let zorvexkit = package("zorvexkit", "2.0").needs(&format!("quillbarn @ {address}"));
            world.index.offer(zorvexkit.wheel());
            let outcome = world.spip(&["install", "zorvexkit"]).finish();
            outcome.refuses(100).runs_nothing();
            outcome.says("medium[direct-url]: quillbarn");
        }
        // A repository at a path that the user typed is the user's own.
        let typed = format!("{address}#egg=quillbarn");
        for arguments in [&["install", &typed][..], &["install", "-e", &typed]] {
            world.marker.clear();
            let outcome = world.spip(arguments).finish();
            outcome.succeeds().runs("backend of quillbarn:");
        }
    });
}

#[test]
fn find_links_are_judged_before_anything_of_them_runs() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let links = world.work().join("links");
        package("requestss", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend()
            .save(&links);
        package("zorvexkit", "2.0")
            .marks(&world.marker)
            .sdist_with_backend()
            .save(&links);
        for arguments in [
            &["install", "-f", "links"][..],
            &["install", "--no-index", "-f", "links"],
        ] {
            let outcome = world.spip(arguments).arg("requestss").finish();
            outcome
                .refuses(100)
                .runs_nothing()
                .says("[typosquat]: requestss 1.4.0");
        }
        let outcome = world
            .spip(&["install", "--no-index", "-f", "links", "zorvexkit"])
            .finish();
        outcome.succeeds().runs("backend of zorvexkit:");
    });
}

#[test]
fn files_on_disk_are_judged_before_anything_of_them_runs() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let suspect = package("requestss", "1.4.0").marks(&world.marker);
        let sdist = suspect.sdist_with_backend().save(&world.work());
        let wheel = suspect.wheel().save(&world.work());
        let address = format!("file://{}", wheel.display());
        for argument in [
            &*sdist.to_string_lossy(),
            &*wheel.to_string_lossy(),
            &address,
        ] {
            let outcome = world.spip(&["install", argument]).finish();
            outcome
                .refuses(100)
                .runs_nothing()
                .says("[typosquat]: requestss 1.4.0");
        }
        let own = package("zorvexkit", "2.0").wheel().save(&world.work());
        world.spip(&["install"]).arg(own).finish().succeeds();
    });
}

/// Makes a repository with one commit out of a directory.
fn commit(world: &World, directory: &Path) {
    let steps: [&[&str]; 3] = [
        &["init", "--quiet"],
        &["add", "."],
        &[
            "-c",
            "user.name=tests",
            "-c",
            "user.email=tests@example.invalid",
            "commit",
            "-qm",
            "one",
        ],
    ];
    for arguments in steps {
        world
            .program("git", arguments)
            .inside(directory)
            .finish()
            .succeeds();
    }
}
