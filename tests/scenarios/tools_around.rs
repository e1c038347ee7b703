//! Ways of files that lead past an index page: redirects to other hosts, plain http, git, options and
//! settings of what a command starts. Each is judged or refused.

use spip_tests::index::Index;
use spip_tests::packages::package;
use spip_tests::run::{Outcome, Run};
use spip_tests::world::World;

use crate::{hostile, mixed, refused};

/// Another host, without TLS, that has the same files.
fn elsewhere(world: &World) -> Index {
    let other = Index::start();
    other.offer(package("plindorf", "2.0").wheel());
    other.offer(package("quillbarn", "1.4.0").needs("zorvexkit").wheel());
    other.offer(hostile(world, "zorvexkit").wheel());
    other.offer(hostile(world, "sourcedemo").sdist_with_backend());
    other
}

/// The same command of uv, of pip below `spip exec`, and of pipx.
fn with_each_tool(world: &World, name: &str) -> [Outcome; 3] {
    let pip = ["exec", "--", "pip", "install", name];
    [
        world.suv(&["pip", "install", name]),
        world.spip(&pip),
        world
            .spipx(&["install", name])
            .env("PIPX_DEFAULT_BACKEND", "uv"),
    ]
    .map(|run| {
        let run = run.env("SPIP_ALLOW", "suspicious-url:plindorf");
        run.finish()
    })
}

#[test]
fn files_behind_a_redirect_to_another_host_are_judged() {
    let world = mixed();
    let other = elsewhere(&world);
    world
        .index
        .set(|settings| settings.files_at = Some(other.url()));
    for name in ["zorvexkit", "sourcedemo", "quillbarn"] {
        for outcome in with_each_tool(&world, name) {
            outcome
                .exits_with(100)
                .runs_nothing()
                .says("encoded-execution");
        }
    }
    assert!(!world.environment.has("zorvexkit", "1.4.0"));
    let outcomes = with_each_tool(&world, "plindorf");
    outcomes[0].succeeds();
    assert!(world.environment.has("plindorf", "2.0"), "{}", outcomes[0]);
}

#[test]
fn other_bytes_behind_a_redirect_never_arrive() {
    let world = mixed();
    let other = Index::start();
    let swapped = package("plindorf", "2.0").summary("Another one").wheel();
    other.offer(swapped);
    world.index.set(|settings| {
        settings.files_at = Some(other.url());
        settings.sidecars = false;
    });
    let outcome = world.suv(&["pip", "install", "plindorf"]).finish();
    refused(&outcome, 100).says("sha256");
    assert!(!world.environment.has("plindorf", "2.0"), "{outcome}");
}

#[test]
fn an_index_over_plain_http_is_judged() {
    let world = mixed();
    let other = elsewhere(&world);
    for name in ["zorvexkit", "sourcedemo", "quillbarn"] {
        let run = world.suv(&["pip", "install", name, "--default-index", &other.url()]);
        refused(&run.finish(), 100).says("encoded-execution");
        let run = world.spip(&["exec", "--", "pip", "install", name]);
        let run = run.env("PIP_INDEX_URL", other.url());
        refused(&run.finish(), 100).says("encoded-execution");
    }
    let run = world.suv(&[
        "pip",
        "install",
        "plindorf",
        "--default-index",
        &other.url(),
    ]);
    run.finish().succeeds();
    assert!(world.environment.has("plindorf", "2.0"));
}

/// A project whose only source is this index.
fn poetry_project(world: &World, url: &str) {
    let text = format!(
        "[project]\nname = \"own\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = []\n\n[tool.poetry]\npackage-mode = false\n\n\
         [[tool.poetry.source]]\nname = \"internal\"\nurl = \"{url}\"\npriority = \"primary\"\n"
    );
    world.write("pyproject.toml", &text);
}

/// What Poetry is to add from there is judged, and what is refused never arrives.
fn poetry_is_judged(world: &World) {
    for name in ["zorvexkit", "sourcedemo"] {
        let outcome = world.spoetry(&["add", name]).finish();
        outcome
            .exits_with(100)
            .runs_nothing()
            .says("encoded-execution");
        let arrived = outcome.changes.iter().find(|it| it.contains(name));
        assert_eq!(arrived, None, "{outcome}");
    }
    let run = world.spoetry(&["add", "plindorf"]);
    let outcome = run.env("SPIP_ALLOW", "suspicious-url:plindorf").finish();
    outcome.succeeds();
    let arrived = outcome.changes.iter().any(|it| it.contains("plindorf-2.0"));
    assert!(arrived, "{outcome}");
}

#[test]
fn poetry_gets_nothing_unjudged_from_behind_a_redirect_to_another_host() {
    let world = mixed();
    let other = elsewhere(&world);
    world
        .index
        .set(|settings| settings.files_at = Some(other.url()));
    poetry_project(&world, &world.index.url());
    poetry_is_judged(&world);
    assert!(other.count("/files/plindorf-2.0-py3-none-any.whl") > 0);
}

#[test]
fn poetry_gets_nothing_unjudged_over_plain_http() {
    let world = mixed();
    let other = elsewhere(&world);
    poetry_project(&world, &other.url());
    poetry_is_judged(&world);
}

#[test]
fn options_of_what_a_command_starts_that_lead_around_are_refused() {
    let world = mixed();
    for options in [
        &["--proxy", ""][..],
        &["--proxy="],
        &["--cache-dir", "c"],
        &["--trusted-host", "localhost"],
    ] {
        let run = world.spip(&["exec", "--", "pip", "install", "zorvexkit"]);
        let outcome = options.iter().fold(run, Run::arg).finish();
        refused(&outcome, 102).says("leads around the guard");
    }
    // Below a script nobody sees the words; what they lead to trusts nobody.
    for options in ["--proxy ''", "--trusted-host h.invalid"] {
        let script = format!("pip install {options} zorvexkit");
        let run = world.spip(&["exec", "--", "sh", "-c", &script]);
        let outcome = run.env("NO_PROXY", "*").finish();
        assert_ne!(outcome.code, Some(0), "{outcome}");
        outcome.runs_nothing();
        assert!(!world.environment.has("zorvexkit", "1.4.0"), "{outcome}");
    }
}

#[test]
fn pips_configuration_leads_nobody_around() {
    let world = mixed();
    let cache = world.aside("of-the-user");
    for setting in [
        "proxy = http://192.0.2.1:9",
        "trusted-host = localhost",
        "cert = /etc/ssl/certs/ca-certificates.crt",
        &format!("cache-dir = {}", cache.display()),
    ] {
        let text = format!("[global]\n{setting}\nretries = 0\ntimeout = 5\n");
        let configuration = world.write("pip.conf", &text);
        let run = world.spip(&["exec", "--", "pip", "install", "zorvexkit"]);
        let outcome = run.env("PIP_CONFIG_FILE", &configuration).finish();
        refused(&outcome, 100).says("encoded-execution");
    }
    assert!(!cache.exists());
}

/// A repository that git reads over https as plain files.
fn repository(world: &World) -> String {
    let tree = world.aside("tree");
    package("gitdemo", "1.4.0")
        .marks(&world.marker)
        .lay_out_with_backend(&tree);
    let git = |arguments: &[&str]| {
        let run = world.program(
            "git",
            &["-c", "user.name=t", "-c", "user.email=t@h.invalid"],
        );
        let run = arguments.iter().fold(run, Run::arg).inside(&tree);
        run.finish().succeeds();
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "first"]);
    git(&["update-server-info"]);
    let top = tree.join(".git");
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("git made it").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&top).expect("it lies in there");
            let bytes = std::fs::read(&path).expect("git wrote it");
            world
                .index
                .serve(&format!("gitdemo.git/{}", name.display()), bytes);
        }
    }
    world.index.serve("gitdemo.git/x", "").replace("/x", "")
}

#[test]
fn what_git_fetches_over_https_is_asked_about_before_it_is_fetched() {
    let world = mixed();
    let requirement = format!("gitdemo @ git+{}", repository(&world));
    let objects = || {
        let requests = world.index.requests();
        requests
            .iter()
            .filter(|it| it.path.contains("/objects/"))
            .count()
    };
    let outcome = world.suv(&["pip", "install", &requirement]).finish();
    refused(&outcome, 100).says("direct-url");
    assert_eq!(objects(), 0, "{outcome}");
    let run = world.suv(&[
        "--spip-allow=direct-url:gitdemo",
        "pip",
        "install",
        &requirement,
    ]);
    let outcome = run.finish();
    outcome.succeeds().says("nobody looks at what git fetches");
    assert!(objects() > 0, "{outcome}");
    assert!(world.environment.has("gitdemo", "1.4.0"), "{outcome}");
}

#[test]
fn a_repository_on_this_machine_is_not_fetched_whatever_names_it() {
    let world = mixed();
    repository(&world);
    let address = format!("file://{}", world.aside("tree").display());
    let head = "[project]\nname = \"own\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\n";
    let sources = format!(
        "{head}dependencies = [\"gitdemo\"]\n[tool.uv.sources]\ngitdemo = {{ git = \"{address}\" }}\n"
    );
    let direct = format!("{head}dependencies = [\"gitdemo @ git+{address}\"]\n");
    for text in [sources, direct] {
        world.write("pyproject.toml", &text);
        let outcome = world.suv(&["sync"]).finish();
        assert_ne!(outcome.code, Some(0), "{outcome}");
        outcome.runs_nothing().says("refused");
        assert!(!world.work().join("uv.lock").exists(), "{outcome}");
    }
}
