//! Real tools behind the proxy: nothing reaches them, and nothing runs, before a yes.

use spip_tests::packages::{Package, package};
use spip_tests::pips::{Pip, with_every_pip};
use spip_tests::proxied::Proxied;
use spip_tests::run::{Outcome, Run};
use spip_tests::world::World;

use crate::offer_build_tools;

fn demo() -> Package {
    package("quillbarn", "1.4.0")
}

/// A world whose index speaks TLS, and a proxy in front of it.
fn behind(pip: &Pip) -> (World, Proxied) {
    let world = World::with_tls(pip);
    let proxied = Proxied::new(&world);
    (world, proxied)
}

fn fails(outcome: &Outcome) -> &Outcome {
    assert_ne!(outcome.code, Some(0), "{outcome}");
    outcome.runs_nothing()
}

/// uv leaves locks of its own behind.
fn installs_nothing(outcome: &Outcome) -> &Outcome {
    let mut changes = outcome.changes.iter();
    let is_package = |change: &String| change.contains("site-packages");
    assert!(!changes.any(is_package), "{outcome}");
    fails(outcome)
}

/// `uv pip install` into the world's environment, with a cache that the guard owns.
fn uv<'w>(world: &'w World, proxied: &Proxied, arguments: &[&str]) -> Run<'w> {
    let run = world.program(spip_tests::tools::uv(), &["pip", "install", "--quiet"]);
    let run = arguments.iter().fold(run, Run::arg);
    let run = run
        .env("UV_DEFAULT_INDEX", world.index.url())
        .env("UV_CACHE_DIR", world.aside("uv"))
        .env("UV_PYTHON_DOWNLOADS", "never")
        .env("UV_NO_CONFIG", "1");
    proxied.leads(run)
}

#[test]
fn pip_installs_what_was_judged_and_nothing_else() {
    with_every_pip(|pip| {
        let (world, proxied) = behind(pip);
        world.index.offer(demo().needs("zorvexkit").wheel());
        world.index.offer(package("zorvexkit", "2.0").wheel());
        let outcome = proxied.leads(world.pip(&["install", "quillbarn"])).finish();
        outcome.succeeds();
        assert!(world.environment.has("quillbarn", "1.4.0"));
        assert_eq!(proxied.judged("quillbarn-1.4.0-py3-none-any.whl"), 1);
        assert_eq!(proxied.judged("zorvexkit-2.0-py3-none-any.whl"), 1);
    });
}

#[test]
fn pip_never_gets_a_refused_file() {
    with_every_pip(|pip| {
        let (world, proxied) = behind(pip);
        world.index.offer(demo().needs("zorvexkit").wheel());
        world.index.offer(package("zorvexkit", "2.0").wheel());
        proxied.refuse("zorvexkit");
        let outcome = proxied.leads(world.pip(&["install", "quillbarn"])).finish();
        fails(&outcome)
            .changes_nothing()
            .says("Blocked by spip: the test says no");
    });
}

#[test]
fn no_code_of_a_refused_source_or_of_a_refused_build_requirement_runs() {
    let (world, proxied) = behind(&Pip::newest());
    offer_build_tools(&world);
    world.index.offer(demo().marks(&world.marker).sdist());
    let backend = package("zorvexkit", "2.0").marks(&world.marker);
    world.index.offer(backend.backend_wheel());
    let built = package("plindorf", "1.0").sdist_built_by("zorvexkit");
    world.index.offer(built);
    proxied.refuse("quillbarn");
    proxied.refuse("zorvexkit");
    for name in ["quillbarn", "plindorf"] {
        let outcome = proxied.leads(world.pip(&["install", name])).finish();
        fails(&outcome).changes_nothing();
        let outcome = uv(&world, &proxied, &[name]).finish();
        installs_nothing(&outcome);
    }
    assert!(
        proxied.judged("plindorf-1.0.tar.gz") == 1,
        "the source itself was fine"
    );
}

#[test]
fn uv_installs_what_was_judged_and_nothing_else() {
    let (world, proxied) = behind(&Pip::newest());
    world.index.offer(demo().needs("zorvexkit").wheel());
    world.index.offer(package("zorvexkit", "2.0").wheel());
    uv(&world, &proxied, &["quillbarn"]).finish().succeeds();
    assert!(world.environment.has("quillbarn", "1.4.0"));
    assert_eq!(proxied.judged("quillbarn-1.4.0-py3-none-any.whl"), 1);
    assert_eq!(proxied.judged("zorvexkit-2.0-py3-none-any.whl"), 1);
}

#[test]
fn uv_never_gets_a_refused_file_with_or_without_metadata_files() {
    for sidecars in [true, false] {
        let (world, proxied) = behind(&Pip::newest());
        // Without metadata files uv reads parts of the wheel.
        world.index.set(|settings| settings.sidecars = sidecars);
        world.index.offer(demo().needs("zorvexkit").wheel());
        world.index.offer(package("zorvexkit", "2.0").wheel());
        proxied.refuse("zorvexkit");
        let outcome = uv(&world, &proxied, &["quillbarn"]).finish();
        installs_nothing(&outcome).says("403");
        assert_eq!(
            world.index.count("/files/zorvexkit-2.0-py3-none-any.whl"),
            1
        );
    }
}

#[test]
fn bytes_swapped_after_the_verdict_are_never_installed() {
    for sidecars in [true, false] {
        let (world, proxied) = behind(&Pip::newest());
        world.index.set(|settings| settings.sidecars = sidecars);
        let (good, other) = (demo().wheel(), demo().marks(&world.marker).wheel());
        let name = good.filename.clone();
        world.index.offer(good);
        world.index.swap(&name, 1, other.bytes);
        proxied
            .leads(world.pip(&["install", "quillbarn"]))
            .finish()
            .succeeds();
        let again = [
            "install",
            "--force-reinstall",
            "--no-cache-dir",
            "quillbarn",
        ];
        proxied.leads(world.pip(&again)).finish().succeeds();
        uv(&world, &proxied, &["--reinstall", "quillbarn"])
            .finish()
            .succeeds();
        assert_eq!(world.index.count(&format!("/files/{name}")), 1);
        world
            .program(world.environment.python(), &["-c", "import quillbarn"])
            .finish()
            .succeeds()
            .runs_nothing();
    }
}

#[test]
fn pips_ways_around_the_proxy_end_in_an_error() {
    let (world, proxied) = behind(&Pip::newest());
    world.index.offer(demo().wheel());
    let configuration = world.write("pip.conf", "[global]\nproxy = http://192.0.2.1:9\n");
    let pip = |options: &[&str]| {
        let run = proxied.leads(world.pip(&["install", "quillbarn"]));
        options.iter().fold(run, Run::arg)
    };
    for run in [
        pip(&[])
            .without("PIP_PROXY")
            .env("NO_PROXY", "localhost,127.0.0.1"),
        pip(&[]).without("PIP_PROXY").env("no_proxy", "*"),
        pip(&["--proxy", ""]),
        pip(&["--proxy", "", "--cert", "/dev/null"]),
    ] {
        let outcome = run.finish();
        fails(&outcome).changes_nothing();
    }
    assert_eq!(world.index.requests().len(), 0);
    // What would lead elsewhere counts for nothing.
    pip(&[])
        .env("PIP_CONFIG_FILE", configuration)
        .env("NO_PROXY", "*")
        .finish()
        .succeeds();
    assert_eq!(proxied.judged("quillbarn-1.4.0-py3-none-any.whl"), 1);
}

#[test]
fn uvs_ways_around_the_proxy_end_in_an_error() {
    let (world, proxied) = behind(&Pip::newest());
    world.index.offer(demo().wheel());
    for (name, value) in [("NO_PROXY", "localhost,127.0.0.1"), ("no_proxy", "*")] {
        for option in ["--quiet", "--system-certs"] {
            let run = uv(&world, &proxied, &["quillbarn", option]).env(name, value);
            installs_nothing(&run.finish());
        }
    }
    assert_eq!(world.index.requests().len(), 0);
}
