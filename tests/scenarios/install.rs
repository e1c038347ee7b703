//! Guarded installs as people type them, with every pip.

use std::fs;

use spip_tests::environment::Environment;
use spip_tests::index::Offer;
use spip_tests::packages::{package, real_wheel};
use spip_tests::pips::{self, Pip, with_every_pip, with_every_pip_from};
use spip_tests::world::World;

use crate::fresh;

const FRESH: &str = "medium[release-age]: quillbarn 1.4.0 uploaded 2 hours ago";

#[test]
fn an_old_wheel_is_installed_with_its_requirement() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world
            .index
            .offer(package("quillbarn", "1.4.0").needs("zorvexkit>=1").wheel());
        world.index.offer(package("zorvexkit", "2.0").wheel());
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.succeeds().runs_nothing();
        outcome.prints("Successfully installed quillbarn-1.4.0 zorvexkit-2.0");
        assert!(world.environment.has("zorvexkit", "2.0"), "{outcome}");
        assert_eq!(world.leftovers(), Vec::<std::path::PathBuf>::new());
    });
}

#[test]
fn a_fresh_wheel_is_refused() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.refuses(100).says(FRESH).says("why  requested");
        assert_eq!(world.leftovers(), Vec::<std::path::PathBuf>::new());
    });
}

#[test]
fn a_fresh_requirement_of_an_old_wheel_is_refused() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world.index.set(|settings| settings.sidecars = false);
        world
            .index
            .offer(package("zorvexkit", "2.0").needs("quillbarn").wheel());
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        let outcome = world.spip(&["install", "zorvexkit"]).finish();
        outcome
            .refuses(100)
            .says(FRESH)
            .says("why  needed by zorvexkit");
    });
}

#[test]
fn a_dry_run_is_guarded_and_its_report_is_pips_own() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let sdist = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend();
        world.index.offer(fresh(sdist));
        world.index.offer(package("zorvexkit", "2.0").wheel());
        let report = world.aside("report.json");
        let run = world
            .spip(&["install", "--dry-run", "--report"])
            .arg(&report);
        run.arg("quillbarn").finish().refuses(100).runs_nothing();
        assert!(!report.exists());

        let run = world
            .spip(&["install", "--dry-run", "--report"])
            .arg(&report);
        let outcome = run.arg("zorvexkit").finish();
        outcome
            .succeeds()
            .changes_nothing()
            .prints("Would install zorvexkit-2.0");
        let text = fs::read_to_string(&report).expect("pip wrote its report");
        assert!(text.contains("\"pip_version\""), "{text}");
    });
}

#[test]
fn every_kind_of_target_is_guarded() {
    let kinds: [&[&str]; 6] = [
        &["--target", "there"],
        &["--prefix", "there"],
        &["--root", "there"],
        &["--user"],
        &["--no-deps"],
        &["--ignore-installed", "--no-cache-dir"],
    ];
    for kind in kinds {
        let world = World::new();
        world.environment.see_the_system();
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        world.index.offer(package("zorvexkit", "2.0").wheel());
        let arguments = [&["install"], kind, &["quillbarn"]].concat();
        world.spip(&arguments).finish().refuses(100);
        let arguments = [&["install"], kind, &["zorvexkit"]].concat();
        let outcome = world.spip(&arguments).finish();
        outcome.succeeds();
        assert!(!outcome.changes.is_empty(), "{outcome}");
    }
}

#[test]
fn hashes_of_a_requirements_file_hold() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let wheel = package("quillbarn", "1.4.0").wheel();
        let good = format!("quillbarn==1.4.0 --hash=sha256:{}\n", wheel.sha256());
        let bad = format!("quillbarn==1.4.0 --hash=sha256:{}\n", "0".repeat(64));
        world.index.offer(wheel);
        world.write("good.txt", &good);
        world.write("bad.txt", &bad);
        let outcome = world
            .spip(&["install", "--require-hashes", "-r", "bad.txt"])
            .finish();
        outcome.changes_nothing();
        assert_ne!(outcome.code, Some(0), "{outcome}");
        let outcome = world
            .spip(&["install", "--require-hashes", "-r", "good.txt"])
            .finish();
        outcome.succeeds();
    });
}

#[test]
fn a_constraint_decides_which_release_is_judged() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.3.0").wheel());
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    world.write("old.txt", "quillbarn<1.4\n");
    world.write("new.txt", "quillbarn>=1.4\n");
    world
        .spip(&["install", "-c", "new.txt", "quillbarn"])
        .finish()
        .refuses(100);
    world
        .spip(&["install", "-c", "old.txt", "quillbarn"])
        .finish()
        .succeeds();
    assert!(world.environment.has("quillbarn", "1.3.0"));
}

#[test]
fn a_yanked_release_that_is_pinned_is_refused() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let wheel = package("quillbarn", "1.4.0").wheel();
        world
            .index
            .offer(Offer::of(wheel).yanked("breaks everything"));
        let outcome = world.spip(&["install", "quillbarn==1.4.0"]).finish();
        outcome
            .refuses(100)
            .says("medium[yanked-release]: quillbarn 1.4.0");
        outcome.says("breaks everything");
    });
}

#[test]
fn every_sdist_that_backtracking_tries_is_judged_before_it_runs() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let release = |version: &str, needs: &str| {
            let package = package("quillbarn", version).needs(needs);
            package.marks(&world.marker).sdist_with_backend()
        };
        world.index.offer(package("zorvexkit", "2.0").wheel());
        world.index.offer(release("1.0", "zorvexkit"));
        world.index.offer(release("2.0", "zorvexkit>=9"));
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.succeeds().runs("backend of quillbarn:");
        assert!(world.environment.has("quillbarn", "1.0"), "{outcome}");

        world.marker.clear();
        world.index.offer(fresh(release("3.0", "zorvexkit>=9")));
        let outcome = world.spip(&["install", "--upgrade", "quillbarn"]).finish();
        outcome.refuses(100).runs_nothing().says("quillbarn 3.0");
    });
}

#[test]
fn the_legacy_resolver_is_guarded() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let sdist = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend();
        world.index.offer(fresh(sdist));
        world.index.offer(fresh(package("plindorf", "1.0").wheel()));
        world.index.offer(package("zorvexkit", "2.0").wheel());
        let legacy = "--use-deprecated=legacy-resolver";
        for name in ["quillbarn", "plindorf"] {
            let outcome = world.spip(&["install", legacy, name]).finish();
            outcome.refuses(100).runs_nothing();
        }
        world
            .spip(&["install", legacy, "zorvexkit"])
            .finish()
            .succeeds();
    });
}

#[test]
fn wheels_whose_metadata_is_read_in_pieces_are_guarded() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world.index.set(|settings| settings.sidecars = false);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        world.index.offer(package("zorvexkit", "2.0").wheel());
        let feature = "--use-feature=fast-deps";
        world
            .spip(&["install", feature, "quillbarn"])
            .finish()
            .refuses(100);
        world
            .spip(&["install", feature, "zorvexkit"])
            .finish()
            .succeeds();
        let requests = world.index.requests();
        let pieces = requests
            .iter()
            .filter(|request| request.headers.contains_key("range"));
        assert!(pieces.count() > 0, "pip did not read in pieces");
    });
}

#[test]
fn pip_upgrades_itself() {
    let world = World::with(&Pip::exactly("24.0").expect("pip 24.0 is there"));
    let newest = Pip::newest().version;
    world.index.offer(real_wheel("pip", &newest));
    let outcome = world.spip(&["install", "--upgrade", "pip"]).finish();
    outcome.succeeds();
    assert!(world.environment.has("pip", &newest), "{outcome}");
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    world.spip(&["install", "quillbarn"]).finish().refuses(100);
}

#[test]
fn an_index_over_tls_is_asked_with_pips_own_certificate() {
    with_every_pip(|pip| {
        let world = World::with_tls(pip);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        world.index.offer(package("zorvexkit", "2.0").wheel());
        world
            .spip(&["install", "quillbarn"])
            .finish()
            .refuses(100)
            .says(FRESH);
        let outcome = world.spip(&["install", "zorvexkit"]).finish();
        outcome.succeeds().never_says("unknown[");
        assert!(
            world.index.count("/pypi/zorvexkit/json") > 0,
            "the JSON API was not asked"
        );
    });
}

#[test]
fn a_wheel_in_pips_http_cache_is_judged() {
    with_every_pip(|pip| {
        let world = World::with_tls(pip);
        let wheel = package("quillbarn", "1.4.0").wheel();
        let path = format!("/files/{}", wheel.filename);
        world.index.offer(fresh(wheel));
        let plain = world.pip(&["install", "--target", "elsewhere", "quillbarn"]);
        plain.finish().succeeds();
        assert_eq!(world.index.count(&path), 1);
        world
            .spip(&["install", "quillbarn"])
            .finish()
            .refuses(100)
            .says(FRESH);
        assert_eq!(
            world.index.count(&path),
            1,
            "the wheel did not come out of the cache"
        );
    });
}

#[test]
fn a_wheel_in_pips_wheel_cache_is_judged_by_its_sdist() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let sdist = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend();
        world.index.offer(fresh(sdist));
        let plain = world.pip(&["install", "--target", "elsewhere", "quillbarn"]);
        plain.finish().succeeds().runs("backend of quillbarn:");
        world.marker.clear();
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.refuses(100).runs_nothing().says(FRESH);
        let outcome = world
            .spip(&["install", "--spip-ignore", "medium", "quillbarn"])
            .finish();
        outcome
            .succeeds()
            .runs_nothing()
            .prints("Using cached quillbarn");
    });
}

#[test]
fn a_wheel_for_one_platform_is_guarded() {
    let world = World::new();
    let tag = format!("py3-none-linux_{}", std::env::consts::ARCH);
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel_for(&tag)));
    world
        .index
        .offer(package("zorvexkit", "2.0").wheel_for(&tag));
    world
        .spip(&["install", "quillbarn"])
        .finish()
        .refuses(100)
        .says(FRESH);
    world.spip(&["install", "zorvexkit"]).finish().succeeds();
}

#[test]
fn download_wheel_and_lock_work_as_in_pip() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let sdist = package("quillbarn", "1.4.0")
            .marks(&world.marker)
            .sdist_with_backend();
        world.index.offer(sdist);
        let outcome = world
            .spip(&["download", "--dest", "got", "quillbarn"])
            .finish();
        outcome.succeeds();
        assert!(
            world.work().join("got/quillbarn-1.4.0.tar.gz").is_file(),
            "{outcome}"
        );
        let outcome = world
            .spip(&["wheel", "--wheel-dir", "made", "quillbarn"])
            .finish();
        outcome.succeeds();
        let wheel = "made/quillbarn-1.4.0-py3-none-any.whl";
        assert!(world.work().join(wheel).is_file(), "{outcome}");
        if pip.is_at_least(25, 1) {
            let outcome = world.spip(&["lock", "quillbarn"]).finish();
            outcome.succeeds();
            assert!(world.work().join("pylock.toml").is_file(), "{outcome}");
        }
    });
}

#[test]
fn a_lock_file_is_judged() {
    let world = World::new();
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    world.pip(&["lock", "quillbarn"]).finish().succeeds();
    world
        .spip(&["install", "-r", "pylock.toml"])
        .finish()
        .refuses(100)
        .says(FRESH);
}

#[test]
fn a_dependency_group_is_judged() {
    with_every_pip_from(25, 1, |pip| {
        let world = World::with(pip);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        world.write(
            "pyproject.toml",
            "[dependency-groups]\ntools = [\"quillbarn\"]\n",
        );
        world
            .spip(&["install", "--group", "tools"])
            .finish()
            .refuses(100)
            .says(FRESH);
    });
}

#[test]
fn another_environment_is_guarded_through_the_python_option() {
    with_every_pip_from(22, 3, |pip| {
        let world = World::with(pip);
        let other = Environment::create(world.work().join("other"), pip);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        world.index.offer(package("zorvexkit", "2.0").wheel());
        let python = other.python();
        let run = world.spip(&["--python"]).arg(&python).arg("install");
        run.arg("quillbarn").finish().refuses(100).says(FRESH);
        let run = world
            .spip(&["install", "quillbarn"])
            .env("PIP_PYTHON", &python);
        run.finish().refuses(100).says(FRESH);
        let run = world.spip(&["--python"]).arg(&python).arg("install");
        run.arg("zorvexkit").finish().succeeds();
        assert!(other.has("zorvexkit", "2.0"));
        assert!(!world.environment.has("zorvexkit", "2.0"));
    });
}

#[test]
fn without_an_active_environment_the_first_pip_on_the_path_decides() {
    let world = World::new();
    world.index.offer(package("zorvexkit", "2.0").wheel());
    let run = world.spip(&["install", "zorvexkit"]).without("VIRTUAL_ENV");
    run.finish().succeeds();
    assert!(world.environment.has("zorvexkit", "2.0"));
}

#[test]
fn what_is_already_there_needs_no_verdict() {
    let world = World::new();
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    world.pip(&["install", "quillbarn"]).finish().succeeds();
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome
        .succeeds()
        .changes_nothing()
        .prints("Requirement already satisfied: quillbarn");
}

#[test]
fn what_cannot_be_resolved_ends_with_pips_own_status() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        for arguments in [
            &["install", "quillbarn"][..],
            &["install"],
            &["install", "--nonsense"],
        ] {
            let plain = world.pip(arguments).finish();
            let guarded = world.spip(arguments).finish();
            assert_eq!(guarded.code, plain.code, "{guarded}");
            assert_ne!(guarded.code, Some(0));
        }
    });
}

#[test]
fn eight_at_once_share_one_cache() {
    let world = World::new();
    world
        .index
        .offer(package("quillbarn", "1.4.0").needs("zorvexkit").wheel());
    world.index.offer(package("zorvexkit", "2.0").wheel());
    world.index.offer(fresh(package("plindorf", "1.0").wheel()));
    std::thread::scope(|scope| {
        for number in 0..8 {
            let world = &world;
            scope.spawn(move || {
                let target = format!("there-{number}");
                let name = if number % 4 == 3 {
                    "plindorf"
                } else {
                    "quillbarn"
                };
                let run = world.spip(&["install", "--target", &target, name]);
                let outcome = run.start().finish();
                let code = if name == "plindorf" { 100 } else { 0 };
                outcome.exits_with(code).never_says("unknown[");
                assert_eq!(world.work().join(&target).is_dir(), code == 0, "{outcome}");
            });
        }
    });
}

#[test]
fn a_pip_that_is_too_old_is_refused_before_any_download() {
    let Ok(pip) = Pip::exactly("21.3.1") else {
        assert!(std::env::var_os("CI").is_none(), "pip 21.3.1 cannot be had");
        return;
    };
    let world = World::with(&pip);
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome.refuses(102).says("21.3.1").says("22.2");
    assert!(
        world.index.requests().is_empty(),
        "{:?}",
        world.index.requests()
    );
    assert!(pips::all().iter().all(|pip| pip.is_at_least(22, 2)));
}
