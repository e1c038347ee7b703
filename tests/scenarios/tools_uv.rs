//! uv under guard: environments, caches, and everything that could lead around the proxy.

use spip_tests::index::Offer;
use spip_tests::packages::package;
use spip_tests::pips::Pip;
use spip_tests::proxied::Proxied;
use spip_tests::run::Run;
use spip_tests::world::World;

use crate::{fresh, hostile, mixed, offer_build_tools, refused};

fn world() -> World {
    World::with_tls(&Pip::newest())
}

#[test]
fn installs_what_was_judged() {
    let world = world();
    offer_build_tools(&world);
    world
        .index
        .offer(package("quillbarn", "1.4.0").needs("zorvexkit").wheel());
    let source = package("zorvexkit", "2.0").marks(&world.marker);
    world.index.offer(source.sdist());
    let outcome = world.suv(&["pip", "install", "quillbarn"]).finish();
    outcome.succeeds().runs("setup.py of zorvexkit:");
    assert!(world.environment.has("quillbarn", "1.4.0"), "{outcome}");
    assert!(world.environment.has("zorvexkit", "2.0"), "{outcome}");
    for file in ["quillbarn-1.4.0-py3-none-any.whl", "zorvexkit-2.0.tar.gz"] {
        let fetched = world.index.requests();
        let whole = fetched
            .iter()
            .filter(|it| it.path == format!("/files/{file}"));
        assert_eq!(whole.count(), 1, "{file} was fetched again\n{outcome}");
    }
}

#[test]
fn a_refused_wheel_never_arrives_and_nothing_changes() {
    for sidecars in [true, false] {
        let world = mixed();
        world.index.set(|settings| settings.sidecars = sidecars);
        let outcome = world.suv(&["pip", "install", "quillbarn"]).finish();
        refused(&outcome, 100)
            .says("high[encoded-execution]: zorvexkit 1.4.0")
            .says("  at   zorvexkit.py:1\n");
    }
}

#[test]
fn no_code_of_a_refused_build_runs() {
    let world = world();
    offer_build_tools(&world);
    world.index.offer(hostile(&world, "setupdemo").sdist());
    let backend = hostile(&world, "backenddemo").sdist_with_backend();
    world.index.offer(backend);
    world
        .index
        .offer(hostile(&world, "zorvexkit").backend_wheel());
    let built = package("builtdemo", "1.0").sdist_built_by("zorvexkit");
    world.index.offer(built);
    for (name, place) in [
        ("setupdemo", "setupdemo-1.4.0/setup.py:1"),
        ("backenddemo", "inside/backend_inside.py:1"),
        ("builtdemo", "backend_of_tests.py:1"),
    ] {
        for dry in [&[][..], &["--dry-run"], &["--no-build-isolation"]] {
            if name == "builtdemo" && dry.contains(&"--no-build-isolation") {
                continue;
            }
            let run = world.suv(&["pip", "install", name]);
            let outcome = dry.iter().fold(run, Run::arg).finish();
            refused(&outcome, 100).says(place);
        }
        let requirement = world.write("in.txt", name);
        let outcome = world.suv(&["pip", "compile", &requirement]).finish();
        refused(&outcome, 100).says(place);
    }
}

#[test]
fn what_asks_is_refused_where_nobody_can_answer() {
    let world = world();
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    let outcome = world.suv(&["pip", "install", "quillbarn"]).finish();
    refused(&outcome, 100).says("medium[release-age]: quillbarn 1.4.0 uploaded 2 hours ago");
    let run = world.suv(&["pip", "install", "quillbarn", "--spip-ignore=medium"]);
    run.finish().succeeds();
    assert!(world.environment.has("quillbarn", "1.4.0"));
}

#[test]
fn a_warm_cache_is_no_way_in_for_what_was_allowed_once() {
    let world = world();
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    let install = ["pip", "install", "--target", "a", "quillbarn"];
    let allowed = world
        .suv(&install)
        .arg("--spip-allow=release-age:quillbarn");
    allowed.finish().succeeds();
    let outcome = world.suv(&["pip", "install", "quillbarn"]).finish();
    refused(&outcome, 100).says("medium[release-age]");
}

#[test]
fn a_warm_cache_is_no_way_in_under_a_stricter_policy() {
    let world = world();
    let yesterday = Offer::of(package("quillbarn", "1.4.0").wheel()).hours_old(24);
    world.index.offer(yesterday);
    let install = ["pip", "install", "--target", "a", "quillbarn"];
    world.suv(&install).finish().succeeds();
    let strict = world.suv(&["pip", "install", "quillbarn", "--sensitivity=high"]);
    refused(&strict.finish(), 100).says("low[release-age]");
}

#[test]
fn a_warm_cache_is_no_way_in_for_what_is_known_to_be_bad_since() {
    let world = mixed();
    let install = ["pip", "install", "--target", "a", "plindorf"];
    world.suv(&install).finish().succeeds();
    let now = jiff::Timestamp::now();
    let record = format!(
        "{{\"id\": \"MAL-2026-1\", \"modified\": \"{now}\", \"summary\": \"made for a test\", \
         \"affected\": [{{\"package\": {{\"ecosystem\": \"PyPI\", \"name\": \"plindorf\"}}, \
         \"versions\": [\"2.0\"]}}]}}"
    );
    world.write("records/MAL-2026-1.json", &record);
    let update = world.spip(&["intel", "update", "--from", "records"]);
    update.finish().succeeds();
    let outcome = world.suv(&["pip", "install", "plindorf"]).finish();
    refused(&outcome, 100).says("known-malicious");
}

#[test]
fn what_is_only_locked_is_told_to_be_unjudged() {
    let world = mixed();
    let note = "note: what is only locked and was not fetched now is judged when it is installed";
    world.write("in.txt", "plindorf");
    let compile = world.suv(&["pip", "compile", "in.txt", "-o", "out.txt"]);
    compile.finish().succeeds().says(note);
    let text = "[project]\nname = \"own\"\nversion = \"0.1.0\"\nrequires-python = \">=3.8\"\n";
    world.write("pyproject.toml", text);
    world.suv(&["lock"]).finish().succeeds().says(note);
    let install = world.suv(&["pip", "install", "plindorf"]).finish();
    install.succeeds().never_says(note);
}

#[test]
fn the_users_own_cache_is_no_way_in() {
    let world = mixed();
    let run = world.uv(&["pip", "install", "--target", "a", "quillbarn"]);
    run.finish().succeeds();
    for cache in [&[][..], &["--cache-dir"]] {
        let run = world.suv(&["pip", "install", "quillbarn"]);
        let run = run.env("UV_CACHE_DIR", world.aside("plain"));
        let run = cache.iter().fold(run, Run::arg);
        let run = if cache.is_empty() {
            run
        } else {
            run.arg(world.aside("plain"))
        };
        refused(&run.finish(), 100);
    }
}

#[test]
fn harmless_commands_are_uvs_own() {
    let world = world();
    for arguments in [
        &["--version"][..],
        &["pip", "list"],
        &["pip", "install", "--help"],
        &["--native-tls", "pip", "freeze"],
        &["no-such-command"],
    ] {
        let plain = world.uv(arguments).finish();
        let guarded = world.suv(arguments);
        let guarded = guarded.env("UV_CACHE_DIR", world.aside("plain")).finish();
        assert_eq!(guarded.code, plain.code, "{guarded}");
        assert_eq!(guarded.stdout, plain.stdout, "{guarded}");
        assert_eq!(guarded.stderr, plain.stderr, "{guarded}");
    }
    assert!(world.index.requests().is_empty());
}

#[test]
fn uvs_own_failures_keep_their_status_and_words() {
    let world = world();
    let arguments = ["pip", "install", "nowhere"];
    let plain = world.uv(&arguments).finish();
    let guarded = world.suv(&arguments).finish();
    assert_eq!(guarded.code, plain.code, "{guarded}");
    for line in plain.stderr.lines() {
        guarded.says(line);
    }
    guarded.never_says("refused:");
}

/// An honest package arrives, a hostile one does not, whatever is said of the way.
#[track_caller]
fn judges<'w>(world: &'w World, change: impl Fn(Run<'w>) -> Run<'w>) {
    let outcome = change(world.suv(&["pip", "install", "zorvexkit"])).finish();
    refused(&outcome, 100).says("encoded-execution");
    let outcome = change(world.suv(&["pip", "install", "plindorf"])).finish();
    outcome.succeeds();
    assert!(world.environment.has("plindorf", "2.0"), "{outcome}");
}

#[test]
fn variables_that_lead_around_a_proxy_count_for_nothing() {
    for (name, value) in [
        ("NO_PROXY", "localhost,127.0.0.1"),
        ("no_proxy", "*"),
        ("UV_NO_PROXY", "*"),
        ("UV_NATIVE_TLS", "1"),
        ("UV_SYSTEM_CERTS", "1"),
        ("UV_NO_BUILD", "1"),
        ("UV_CONCURRENT_DOWNLOADS", "1"),
    ] {
        judges(&mixed(), |run| run.env(name, value));
    }
}

#[test]
fn options_that_lead_around_a_proxy_count_for_nothing() {
    for option in ["--native-tls", "--system-certs", "--no-cache", "--preview"] {
        judges(&mixed(), |run| run.arg(option));
    }
    let world = mixed();
    for arguments in [
        &["--native-tls", "pip", "install", "zorvexkit"][..],
        &["--preview", "-q", "pip", "install", "zorvexkit"],
        &["-qq", "pip", "install", "zorvexkit"],
        &["--color=never", "pip", "install", "zorvexkit"],
    ] {
        refused(&world.suv(arguments).finish(), 100);
    }
}

#[test]
fn hosts_without_certificate_checks_are_still_judged() {
    for option in ["--allow-insecure-host", "--trusted-host"] {
        let world = mixed();
        let run = world.suv(&["pip", "install", "zorvexkit", option, "localhost"]);
        let outcome = run.env("NO_PROXY", "localhost").finish();
        assert_ne!(outcome.code, Some(0), "{outcome}");
        outcome.runs_nothing();
        assert!(!world.environment.has("zorvexkit", "1.4.0"), "{outcome}");
    }
    let world = mixed();
    world.write("uv.toml", "allow-insecure-host = [\"localhost\"]\n");
    let run = world.suv(&["pip", "install", "zorvexkit"]);
    let outcome = run.env("NO_PROXY", "localhost").finish();
    refused(&outcome, 100);
}

#[test]
fn archives_on_this_machine_are_judged() {
    let world = mixed();
    let links = world.work().join("links");
    hostile(&world, "wickerly").wheel().save(&links);
    hostile(&world, "wickersrc")
        .sdist_with_backend()
        .save(&links);
    hostile(&world, "treedemo").lay_out_with_backend(&world.work().join("tree"));
    let requirements = world.write("in.txt", "--find-links links\nwickerly\n");
    for arguments in [
        &["--find-links", "links", "wickerly"][..],
        &["--no-index", "-f", "links", "wickerly"],
        &["--no-index", "--find-links=links", "wickersrc"],
        &["links/wickerly-1.4.0-py3-none-any.whl"],
        &["wickerly @ ./links/wickerly-1.4.0-py3-none-any.whl"],
        &["-r", &requirements],
        &[&format!("-r{requirements}")],
        &["./tree"],
        &["-e", "tree"],
        &["-etree"],
    ] {
        let run = world.suv(&["pip", "install"]);
        let outcome = arguments.iter().fold(run, Run::arg).finish();
        refused(&outcome, 100);
    }
    let run = world.suv(&["pip", "install", "wickerly"]);
    let outcome = run.env("UV_FIND_LINKS", "links").finish();
    refused(&outcome, 100);
    let settings = "[pip]\nfind-links = [\"links\"]\n";
    let named = world.write("../work/other.toml", settings);
    let run = world.suv(&["--config-file", &named, "pip", "install", "wickerly"]);
    refused(&run.finish(), 100);
    world.write("uv.toml", settings);
    let outcome = world.suv(&["pip", "install", "wickerly"]).finish();
    refused(&outcome, 100);
}

#[test]
fn the_users_own_proxy_is_used_wherever_it_is_named() {
    let install = ["pip", "install", "plindorf"];
    let world = mixed();
    let proxied = Proxied::new(&world);
    proxied.leads(world.suv(&install)).finish().succeeds();
    assert_eq!(proxied.judged("plindorf-2.0-py3-none-any.whl"), 1);
    let world = mixed();
    let proxied = Proxied::new(&world);
    let setting = format!("https-proxy = {:?}\n", proxied.variable("HTTPS_PROXY"));
    world.write("../home/.config/uv/uv.toml", &setting);
    let run = |arguments: &[&str]| {
        let run = world.suv(arguments);
        run.env("SSL_CERT_FILE", proxied.variable("SSL_CERT_FILE"))
    };
    let outcome = run(&install).finish();
    outcome.succeeds();
    assert_eq!(proxied.judged("plindorf-2.0-py3-none-any.whl"), 1);
    refused(&run(&["pip", "install", "zorvexkit"]).finish(), 100);
    // These would beat what leads uv to the guard, and the guard cannot change them.
    world.write("named/other.toml", &setting);
    let named = run(&[
        "pip",
        "install",
        "zorvexkit",
        "--config-file",
        "named/other.toml",
    ]);
    refused(&named.finish(), 102).says("set HTTPS_PROXY instead");
    world.write("uv.toml", &setting);
    refused(&run(&install).finish(), 102).says("set HTTPS_PROXY instead");
}

#[test]
fn what_git_would_fetch_unseen_is_not_installed() {
    let world = mixed();
    let repository = world.aside("repository");
    hostile(&world, "gitdemo").lay_out_with_backend(&repository);
    for arguments in [
        &["init", "-q"][..],
        &["add", "."],
        &[
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@h.invalid",
            "commit",
            "-qm",
            "first",
        ],
    ] {
        world
            .program("git", arguments)
            .inside(&repository)
            .finish()
            .succeeds();
    }
    let address = format!("git+file://{}", repository.display());
    for requirement in [address.clone(), format!("gitdemo @ {address}")] {
        let outcome = world.suv(&["pip", "install", &requirement]).finish();
        assert_ne!(outcome.code, Some(0), "{outcome}");
        outcome.runs_nothing();
        assert!(!world.environment.has("gitdemo", "1.4.0"), "{outcome}");
    }
}
