//! `spip init` and `spip doctor`: plain names under guard, shown by plain names.

use spip_tests::run::{Outcome, Run};
use spip_tests::tools;
use spip_tests::world::World;

use crate::mixed;

/// A script of bash with `spip` and the tools on PATH.
fn shell<'w>(world: &'w World, script: &str) -> Run<'w> {
    let mut folders = Vec::new();
    for program in [
        tools::uv(),
        tools::poetry(),
        tools::pipx(),
        world.spip(&[]).path().to_owned(),
    ] {
        folders.push(program.parent().expect("it lies somewhere").to_owned());
    }
    let path = std::env::join_paths(folders).expect("no path has a colon");
    let path = path.to_str().expect("paths are text");
    let script = format!("PATH=$PATH:{path}\n{script}");
    let bash = std::path::Path::new("/bin/bash");
    world
        .alone(bash, &["-c", &script])
        .env("UV_DEFAULT_INDEX", world.index.url())
        .env("UV_PYTHON_DOWNLOADS", "never")
}

fn finish(world: &World, script: &str) -> Outcome {
    shell(world, script).finish()
}

const SET_UP: &str = "eval \"$(spip init bash)\"\n";

#[test]
fn plain_names_are_guarded_once_the_shell_is_set_up() {
    let world = mixed();
    for command in [
        "pip install zorvexkit",
        "pip3 install zorvexkit",
        "python -m pip install zorvexkit",
        "\"$VIRTUAL_ENV/bin/pip\" install zorvexkit",
        "uv pip install zorvexkit",
        "uvx --from zorvexkit true",
        "pip install sourcedemo",
        "uv pip install sourcedemo",
        "env PIPX_HOME=p PIPX_BIN_DIR=b pipx install zorvexkit",
    ] {
        let outcome = finish(&world, &format!("{SET_UP}{command}"));
        outcome
            .exits_with(100)
            .runs_nothing()
            .says("encoded-execution");
        assert!(!world.environment.has("zorvexkit", "1.4.0"), "{outcome}");
    }
    let outcome = finish(&world, &format!("{SET_UP}uv pip install plindorf"));
    outcome.succeeds().says("1 package ×");
    assert!(world.environment.has("plindorf", "2.0"));
}

#[test]
fn undone_everything_is_as_it_was() {
    let world = mixed();
    let script = format!(
        "before=$PATH\n{SET_UP}type -P uv pip\neval \"$(spip init bash --undo)\"\n\
         [ \"$PATH\" = \"$before\" ] && [ -z \"${{PIP_PYTHON+set}}\" ] && echo same\n\
         pip install -q zorvexkit && uv pip install -q plindorf"
    );
    let outcome = finish(&world, &script);
    outcome.succeeds().prints("shims/uv\n").prints("same\n");
    outcome.never_says("encoded-execution").never_says("×");
    assert!(world.environment.has("zorvexkit", "1.4.0"), "{outcome}");
    assert!(!world.home().join(".local/share/spip/shims").exists());
}

#[test]
fn the_doctor_shows_by_a_run_what_is_guarded() {
    let world = mixed();
    let outcome = finish(&world, "spip doctor");
    outcome.exits_with(100);
    assert_eq!(
        outcome.stdout.matches("it installed a release").count(),
        4,
        "{outcome}"
    );
    assert_eq!(
        outcome.stdout.matches("eval \"$(spip init)\"\n").count(),
        4,
        "{outcome}"
    );
    let outcome = finish(&world, &format!("{SET_UP}spip doctor"));
    outcome.succeeds();
    assert_eq!(
        outcome.stdout.matches("it refused a release").count(),
        4,
        "{outcome}"
    );
    // A shim alone is no proof, and to set it up once more is no advice.
    let outcome = finish(
        &world,
        &format!("{SET_UP}SPIP_CACHE_DIR=/dev/null/x spip doctor"),
    );
    outcome
        .exits_with(100)
        .prints("NOT GUARDED")
        .prints("otherwise: spip: failed to ");
    assert_eq!(
        outcome.stdout.matches("spip is in front already").count(),
        3,
        "{outcome}"
    );
    assert!(!outcome.stdout.contains("eval"), "{outcome}");
}
