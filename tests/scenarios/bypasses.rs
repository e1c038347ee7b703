//! Ways around the nearest peer, numbered as in the survey of it; none may lead around this guard.

use spip_tests::environment::Environment;
use spip_tests::index::{Index, Offer};
use spip_tests::packages::package;
use spip_tests::pips::{Pip, with_every_pip, with_every_pip_from};
use spip_tests::run::Outcome;
use spip_tests::world::World;

use crate::fresh;

/// A world whose index serves a wheel at an address, and a requirement that names the address.
fn world_with_an_address() -> (World, String) {
    let world = World::new();
    let wheel = package("quillbarn", "1.4.0").wheel();
    let address = world.index.file_url(&wheel.filename);
    world.index.offer(wheel);
    (world, address)
}

#[track_caller]
fn asks_about_the_address(outcome: &Outcome) {
    outcome
        .refuses(100)
        .says("medium[direct-url]: quillbarn 1.4.0");
}

#[test]
fn b0_addresses_in_their_usual_places() {
    let (world, address) = world_with_an_address();
    let reference = format!("quillbarn@{address}");
    let with_marker = format!("quillbarn @ {address} ; python_version > '3'");
    world.write("list.txt", &format!("{reference}\n"));
    world.write("outer.txt", "-r list.txt\n");
    let commands: [&[&str]; 6] = [
        &["install", &reference],
        &["install", &address],
        &["install", &with_marker],
        &["install", "-r", "list.txt"],
        &["install", "-r", "outer.txt"],
        &["install", "--requirement", "list.txt"],
    ];
    for command in commands {
        asks_about_the_address(&world.spip(command).finish());
    }
}

#[test]
fn b1_requirement_file_glued_to_the_option() {
    let (world, address) = world_with_an_address();
    world.write("list.txt", &format!("quillbarn @ {address}\n"));
    world.write("outer.txt", "-rlist.txt\n");
    asks_about_the_address(&world.spip(&["install", "-rlist.txt"]).finish());
    asks_about_the_address(&world.spip(&["install", "-router.txt"]).finish());
}

#[test]
fn b2_abbreviated_option() {
    let (world, address) = world_with_an_address();
    world.write("list.txt", &format!("quillbarn @ {address}\n"));
    let outcome = world
        .spip(&["install", "--requiremen", "list.txt"])
        .finish();
    if outcome.stderr.contains("ambiguous option") {
        // A pip with a second option of that beginning says so itself.
        outcome.exits_with(2).changes_nothing();
    } else {
        asks_about_the_address(&outcome);
    }
    let world = World::with(&Pip::exactly("24.0").expect("pip 24.0 is there"));
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    world.write("list.txt", "quillbarn\n");
    world
        .spip(&["install", "--requiremen", "list.txt"])
        .finish()
        .refuses(100);
    world
        .spip(&["install", "--requiremen=list.txt"])
        .finish()
        .refuses(100);
}

#[test]
fn b3_line_continuation() {
    let (world, address) = world_with_an_address();
    world.write("list.txt", &format!("quillbarn \\\n  @ {address}\n"));
    asks_about_the_address(&world.spip(&["install", "-r", "list.txt"]).finish());
}

#[test]
fn b4_requirements_file_from_the_network() {
    let (world, address) = world_with_an_address();
    let list = world
        .index
        .serve("list.txt", format!("quillbarn @ {address}\n"));
    asks_about_the_address(&world.spip(&["install", "-r", &list]).finish());
}

#[test]
fn b5_address_in_a_constraint() {
    let (world, address) = world_with_an_address();
    world.write("limits.txt", &format!("quillbarn @ {address}\n"));
    asks_about_the_address(
        &world
            .spip(&["install", "-c", "limits.txt", "quillbarn"])
            .finish(),
    );
    let run = world.spip(&["install", "quillbarn"]);
    asks_about_the_address(&run.env("PIP_CONSTRAINT", "limits.txt").finish());
}

#[test]
fn b6_requirement_file_by_environment() {
    let (world, address) = world_with_an_address();
    world.write("list.txt", &format!("quillbarn @ {address}\n"));
    let run = world.spip(&["install"]).env("PIP_REQUIREMENT", "list.txt");
    asks_about_the_address(&run.finish());
}

#[test]
fn b7_variable_in_a_requirements_file() {
    let (world, address) = world_with_an_address();
    world.write("list.txt", "quillbarn @ ${ADDRESS_OF_IT}\n");
    let run = world.spip(&["install", "-r", "list.txt"]);
    asks_about_the_address(&run.env("ADDRESS_OF_IT", &address).finish());
}

#[test]
fn b8_index_named_inside_a_requirements_file() {
    let world = World::new();
    let other = Index::start();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    other.offer(fresh(package("quillbarn", "1.4.0").wheel()));
    world.write(
        "list.txt",
        &format!("--index-url {}\nquillbarn\n", other.url()),
    );
    let outcome = world.spip(&["install", "-r", "list.txt"]).finish();
    outcome
        .refuses(100)
        .says("medium[release-age]: quillbarn 1.4.0");
}

#[test]
fn b8_wheels_by_path() {
    let world = World::new();
    let wheel = package("requestss", "1.4.0").wheel().save(&world.work());
    let address = format!("file://{}", wheel.display());
    for argument in [&address, "./requestss-1.4.0-py3-none-any.whl"] {
        let outcome = world.spip(&["install", argument]).finish();
        outcome.refuses(100).says("[typosquat]: requestss 1.4.0");
    }
}

#[test]
fn b9_global_options_before_the_command() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        let index = world.index.url();
        let commands: [&[&str]; 5] = [
            &["-q", "install", "quillbarn"],
            &["--no-input", "install", "quillbarn"],
            &["--isolated", "install", "-i", &index, "quillbarn"],
            &["--timeout", "20", "-vv", "install", "quillbarn"],
            &["--log=log.txt", "install", "quillbarn"],
        ];
        for command in commands {
            let outcome = world.spip(command).finish();
            outcome
                .exits_with(100)
                .says("medium[release-age]: quillbarn 1.4.0");
            assert!(!world.environment.has("quillbarn", "1.4.0"), "{outcome}");
        }
    });
}

#[test]
fn b9_python_option_before_the_command() {
    with_every_pip_from(22, 3, |pip| {
        let world = World::with(pip);
        let other = Environment::create(world.work().join("other"), pip);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        let python = other.python().to_string_lossy().into_owned();
        let glued = format!("--python={python}");
        for command in [
            &["--python", &python, "install", "quillbarn"][..],
            &[&glued, "install", "quillbarn"],
        ] {
            world.spip(command).finish().refuses(100);
        }
    });
}

#[test]
fn b11_download_wheel_and_lock_of_an_sdist() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let sdist = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend();
        world.index.offer(fresh(sdist));
        let mut commands = vec!["download", "wheel"];
        if pip.is_at_least(25, 1) {
            commands.push("lock");
        }
        for command in commands {
            let outcome = world.spip(&[command, "quillbarn"]).finish();
            outcome.refuses(100).runs_nothing();
            outcome.says("medium[release-age]: quillbarn 1.4.0");
        }
    });
}

#[test]
fn b19_extra_index_with_a_higher_version() {
    let world = World::new();
    let other = Index::start();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    other.offer(package("quillbarn", "99.0").wheel());
    let commands: [&[&str]; 2] = [
        &["install", "--extra-index-url", &other.url(), "quillbarn"],
        &[
            "install",
            "--extra-index-url",
            &world.index.url(),
            "-i",
            &other.url(),
            "quillbarn",
        ],
    ];
    for command in commands {
        let outcome = world.spip(command).finish();
        outcome
            .refuses(100)
            .says("[index-confusion]: quillbarn 99.0");
    }
    let run = world
        .spip(&["install", "quillbarn"])
        .env("PIP_EXTRA_INDEX_URL", other.url());
    run.finish()
        .refuses(100)
        .says("[index-confusion]: quillbarn 99.0");
}

#[test]
fn b20_sdist_code_before_the_verdict() {
    let world = World::new();
    let project = package("quillbarn", "1.4.0").marks(&world.marker);
    world.index.offer(fresh(project.sdist()));
    let ways: [&[&str]; 4] = [
        &["install", "quillbarn"],
        &["install", "--no-binary", ":all:", "quillbarn"],
        &["install", "--dry-run", "quillbarn"],
        &["install", "--ignore-installed", "--no-deps", "quillbarn"],
    ];
    for way in ways {
        world.spip(way).finish().refuses(100).runs_nothing();
    }
}

#[test]
fn b21_nested_build_requirement() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let line = world.marker.python("pth of plindorf:");
        let innermost = package("plindorf", "3.0").file("plindorf.pth", &line);
        world.index.offer(fresh(innermost.wheel()));
        let middle = package("zorvexkit", "2.0").marks(&world.marker);
        world
            .index
            .offer(middle.built_with(&["plindorf"]).sdist_with_backend());
        let outer = package("quillbarn", "1.4.0").marks(&world.marker);
        world
            .index
            .offer(outer.built_with(&["zorvexkit"]).sdist_with_backend());
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome
            .refuses(100)
            .runs_nothing()
            .says("medium[release-age]: plindorf 3.0");
        outcome.says("build requirement of zorvexkit");
    });
}

#[test]
fn b26_a_local_source_next_to_a_fresh_release() {
    let world = World::new();
    let own = package("zorvexkit", "2.0")
        .wheel()
        .save(&world.work().join("links"));
    let own = own.to_string_lossy().into_owned();
    let wheel = package("quillbarn", "1.4.0").wheel();
    world.index.offer(Offer::of(wheel).hours_old(3));
    for command in [
        &["install", "-f", "links", "quillbarn"][..],
        &["install", &own, "quillbarn"],
    ] {
        let outcome = world.spip(command).finish();
        outcome
            .refuses(100)
            .says("medium[release-age]: quillbarn 1.4.0 uploaded 3 hours ago");
    }
}

#[test]
fn b27_index_glued_to_the_option() {
    let world = World::new();
    let other = Index::start();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    other.offer(fresh(package("quillbarn", "1.4.0").wheel()));
    let glued = format!("-i{}", other.url());
    let outcome = world.spip(&["install", &glued, "quillbarn"]).finish();
    outcome
        .refuses(100)
        .says("medium[release-age]: quillbarn 1.4.0");
}

#[test]
fn b29_options_that_change_how_pip_works() {
    let world = World::new();
    let wheel = package("requestss", "1.4.0").wheel();
    let line = format!("requestss==1.4.0 --hash=sha256:{}\n", wheel.sha256());
    world.write("list.txt", &line);
    let links = world.work().join("links");
    wheel.save(&links);
    world.index.offer(wheel);
    let report = world.aside("report.json").to_string_lossy().into_owned();
    let commands: [&[&str]; 5] = [
        &["install", "--dry-run", "requestss"],
        &["install", "--report", &report, "requestss"],
        &["install", "--require-hashes", "-r", "list.txt"],
        &["install", "--no-index", "-f", "links", "requestss"],
        &[
            "install",
            "--pre",
            "--prefer-binary",
            "--force-reinstall",
            "requestss",
        ],
    ];
    for command in commands {
        world
            .spip(command)
            .finish()
            .refuses(100)
            .says("[typosquat]: requestss 1.4.0");
    }
    let run = world
        .spip(&["install", "requestss"])
        .env("PIP_NO_INDEX", "1");
    let outcome = run.env("PIP_FIND_LINKS", &links).finish();
    outcome.refuses(100).says("[typosquat]: requestss 1.4.0");
}

#[test]
fn b30_requirement_whose_marker_does_not_hold() {
    let world = World::new();
    world.index.offer(package("requestss", "1.4.0").wheel());
    let outcome = world
        .spip(&["install", "requestss; python_version<'3'"])
        .finish();
    outcome
        .succeeds()
        .changes_nothing()
        .never_says("[typosquat]");
}

#[test]
fn configuration_files_of_pip_are_honoured_and_guarded() {
    let world = World::new();
    let other = Index::start();
    other.offer(fresh(package("quillbarn", "1.4.0").wheel()));
    let text = format!("[global]\nindex-url = {}\n", other.url());
    let file = world.write("pip.conf", &text);
    let run = world
        .spip(&["install", "quillbarn"])
        .without("PIP_INDEX_URL");
    let outcome = run.env("PIP_CONFIG_FILE", &file).finish();
    outcome
        .refuses(100)
        .says("medium[release-age]: quillbarn 1.4.0");

    std::fs::copy(&file, world.environment.root().join("pip.conf")).expect("it is writable");
    let run = world
        .spip(&["install", "quillbarn"])
        .without("PIP_INDEX_URL");
    run.without("PIP_CONFIG_FILE").finish().refuses(100);
}

#[test]
fn modules_in_the_working_directory_are_not_imported() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        let lines = ["hashlib", "json", "struct", "pip", "sitecustomize", "runpy"];
        for module in lines {
            let line = world
                .marker
                .python(&format!("{module} of the working directory:"));
            world.write(&format!("{module}.py"), &line);
        }
        world
            .spip(&["install", "quillbarn"])
            .finish()
            .refuses(100)
            .runs_nothing();
    });
}
