//! Code that runs while packages are built, and what must be known before it does.

use spip_tests::packages::package;
use spip_tests::pips::{with_every_pip, with_every_pip_from};
use spip_tests::world::World;

use crate::{fresh, offer_build_tools};

#[test]
fn a_setup_py_runs_only_after_the_verdict() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        offer_build_tools(&world);
        let project = |name: &str| package(name, "1.4.0").marks(&world.marker).sdist();
        world.index.offer(fresh(project("quillbarn")));
        world.index.offer(project("zorvexkit"));
        let outcome = world
            .spip(&["install", "--use-pep517", "quillbarn"])
            .finish();
        outcome.refuses(100).runs_nothing();
        outcome.says("medium[release-age]: quillbarn 1.4.0 uploaded 2 hours ago");
        let outcome = world
            .spip(&["install", "--use-pep517", "zorvexkit"])
            .finish();
        outcome.succeeds().runs("setup.py of zorvexkit:");
        assert!(world.environment.has("zorvexkit", "1.4.0"), "{outcome}");
    });
}

#[test]
fn a_setup_py_without_isolation_runs_only_after_the_verdict() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world.environment.add_build_tools();
        let project = |name: &str| package(name, "1.4.0").marks(&world.marker).sdist();
        world.index.offer(fresh(project("quillbarn")));
        world.index.offer(project("zorvexkit"));
        let alone = "--no-build-isolation";
        world
            .spip(&["install", alone, "quillbarn"])
            .finish()
            .refuses(100)
            .runs_nothing();
        let outcome = world.spip(&["install", alone, "zorvexkit"]).finish();
        outcome.succeeds().runs("setup.py of zorvexkit:");
        assert!(world.environment.has("zorvexkit", "1.4.0"), "{outcome}");
    });
}

#[test]
fn a_setup_py_of_an_editable_directory_still_works() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world.environment.add_build_tools();
        let project = package("quillbarn", "1.4.0").marks(&world.marker);
        project.lay_out(&world.work().join("project"));
        let run = world.spip(&["install", "--no-build-isolation", "-e", "./project"]);
        let outcome = run.finish();
        outcome.succeeds().runs("setup.py of quillbarn:");
        let imported = ["-c", "import quillbarn; print(quillbarn.VERSION)"];
        world
            .program(world.environment.python(), &imported)
            .finish()
            .succeeds()
            .prints("1.4.0");
    });
}

#[test]
fn a_build_backend_runs_only_after_the_verdict() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let project = |name: &str| {
            package(name, "1.4.0")
                .marks(&world.marker)
                .sdist_with_backend()
        };
        world.index.offer(fresh(project("quillbarn")));
        world.index.offer(project("zorvexkit"));
        for isolation in ["--use-pep517", "--no-build-isolation"] {
            let outcome = world.spip(&["install", isolation, "quillbarn"]).finish();
            outcome.refuses(100).runs_nothing();
        }
        let outcome = world.spip(&["install", "zorvexkit"]).finish();
        outcome.succeeds().runs("backend of zorvexkit:");
        assert!(world.environment.has("zorvexkit", "1.4.0"), "{outcome}");
    });
}

#[test]
fn a_build_requirement_with_a_pth_file_is_judged_before_it_is_installed() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let line = world.marker.python("pth of zorvexkit:");
        let requirement = package("zorvexkit", "2.0").file("zorvexkit.pth", &line);
        world.index.offer(fresh(requirement.wheel()));
        let project = package("quillbarn", "1.4.0").marks(&world.marker);
        world
            .index
            .offer(project.built_with(&["zorvexkit"]).sdist_with_backend());
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.refuses(100).runs_nothing();
        outcome.says("medium[release-age]: zorvexkit 2.0 uploaded 2 hours ago");
        outcome.says("why  build requirement of quillbarn");
        let run = world.spip(&[
            "install",
            "--spip-allow",
            "release-age:zorvexkit,startup-code:zorvexkit",
            "quillbarn",
        ]);
        run.finish().succeeds().runs("pth of zorvexkit:");
    });
}

#[test]
fn a_build_backend_from_the_index_is_judged_before_it_runs() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let backend = package("zorvexkit", "2.0").marks(&world.marker);
        world.index.offer(fresh(backend.backend_wheel()));
        world
            .index
            .offer(package("quillbarn", "1.4.0").sdist_built_by("zorvexkit"));
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome
            .refuses(100)
            .runs_nothing()
            .says("build requirement of quillbarn");
        let run = world.spip(&["install", "--spip-ignore", "medium", "quillbarn"]);
        run.finish().succeeds().runs("backend of zorvexkit:");
    });
}

#[test]
fn an_sdist_that_a_build_requires_is_judged_before_it_runs() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let requirement = package("zorvexkit", "2.0").marks(&world.marker);
        world.index.offer(fresh(requirement.sdist_with_backend()));
        let project = package("quillbarn", "1.4.0").marks(&world.marker);
        world
            .index
            .offer(project.built_with(&["zorvexkit"]).sdist_with_backend());
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome
            .refuses(100)
            .runs_nothing()
            .says("zorvexkit 2.0 uploaded 2 hours ago");
        let run = world.spip(&["install", "--spip-ignore", "medium", "quillbarn"]);
        run.finish()
            .succeeds()
            .runs("backend of zorvexkit:")
            .runs("backend of quillbarn:");
    });
}

#[test]
fn other_ways_to_provide_build_requirements_are_guarded() {
    with_every_pip_from(26, 2, |pip| {
        for feature in ["inprocess-build-deps", "venv-isolation"] {
            let feature = &format!("--use-feature={feature}");
            let world = World::with(pip);
            let line = world.marker.python("pth of zorvexkit:");
            let requirement = package("zorvexkit", "2.0").file("zorvexkit.pth", &line);
            world.index.offer(fresh(requirement.wheel()));
            let project = package("quillbarn", "1.4.0").marks(&world.marker);
            world
                .index
                .offer(project.built_with(&["zorvexkit"]).sdist_with_backend());
            let outcome = world.spip(&["install", feature, "quillbarn"]).finish();
            outcome
                .refuses(100)
                .runs_nothing()
                .says("zorvexkit 2.0 uploaded 2 hours ago");
            let run = world.spip(&["install", feature, "quillbarn"]);
            let outcome = run.env("SPIP_IGNORE", "medium").finish();
            outcome.succeeds().runs("backend of quillbarn:");
        }
    });
}

#[test]
fn nothing_is_built_when_another_package_of_the_plan_is_refused() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let project = package("quillbarn", "1.4.0").marks(&world.marker);
        world
            .index
            .offer(project.needs("zorvexkit").sdist_with_backend());
        world
            .index
            .offer(fresh(package("zorvexkit", "2.0").wheel()));
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        // The metadata of an approved sdist had to be asked for; the plan was complete after that.
        outcome
            .refuses(100)
            .says("zorvexkit 2.0 uploaded 2 hours ago");
        assert!(!world.environment.packages().join("quillbarn.py").exists());
    });
}

#[test]
fn a_judged_file_that_a_build_replaces_is_not_installed() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let victim = package("zorvexkit", "2.0").wheel();
        let evil = package("zorvexkit", "2.0").file("evil.py", "").wheel();
        let path = victim.save(&world.work());
        let evil = evil.save(&world.aside("evil"));
        let swap = format!(
            "import shutil; shutil.copyfile({:?}, {:?})\n",
            evil.to_string_lossy(),
            path.to_string_lossy()
        );
        let project = package("quillbarn", "1.4.0").marks(&world.marker);
        let project = project.built_with(&[]).file("helper.py", &swap);
        world
            .index
            .offer(project.backend_importing("helper").sdist_with_backend());
        let run = world.spip(&["install"]).arg(&path).arg("quillbarn");
        let outcome = run.finish();
        outcome.runs("backend of quillbarn:");
        assert_ne!(outcome.code, Some(0), "{outcome}");
        assert!(
            !world.environment.packages().join("evil.py").exists(),
            "{outcome}"
        );
        assert!(!world.environment.has("zorvexkit", "2.0"), "{outcome}");
    });
}
