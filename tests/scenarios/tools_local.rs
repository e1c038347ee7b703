//! Archives on this machine, which no proxy sees: looked at before the command that names them.

use spip_tests::packages::package;
use spip_tests::pips::Pip;
use spip_tests::run::Run;
use spip_tests::world::World;

use crate::{hostile, refused};

/// A world with a hostile wheel in `links`, and with an index in a folder, `near`, that offers it.
fn world() -> World {
    let world = World::with_tls(&Pip::newest());
    world.index.offer(package("plindorf", "2.0").wheel());
    let wheel = hostile(&world, "zorvexkit").wheel();
    wheel.save(&world.work().join("links"));
    wheel.save(&world.work().join("near/zorvexkit"));
    let page = format!("<a href=\"{0}\">{0}</a>", wheel.filename);
    world.write("near/zorvexkit/index.html", &page);
    world
}

const WHEEL: &str = "links/zorvexkit-1.4.0-py3-none-any.whl";

#[test]
fn a_command_names_archives_in_its_words_in_files_and_as_folders() {
    let world = world();
    let file = world.write("in.txt", &format!("./{WHEEL}\n"));
    for words in [
        &["pip", "install", WHEEL][..],
        &["pip", "install", "-r", &file],
        &[
            "pip",
            "install",
            "--no-index",
            "--find-links",
            "links",
            "zorvexkit",
        ],
    ] {
        let run = words.iter().fold(world.spip(&["exec", "--"]), Run::arg);
        refused(&run.finish(), 100).says("encoded-execution");
    }
}

#[test]
fn folders_in_pips_configuration_are_looked_at() {
    let world = world();
    let links = world.work().join("links");
    let text = format!("[global]\nfind-links = {}\n", links.display());
    let configuration = world.write("pip.conf", &text);
    let run = world.spip(&["exec", "--", "pip", "install", "zorvexkit"]);
    let outcome = run.env("PIP_CONFIG_FILE", &configuration).finish();
    refused(&outcome, 100).says("encoded-execution");
}

#[test]
fn indexes_that_are_folders_are_looked_at_by_any_name() {
    let world = world();
    let install = ["pip", "install", "zorvexkit"];
    let named = world.suv(&install).arg("--index").arg("near=./near");
    refused(&named.finish(), 100).says("encoded-execution");
    let address = format!("file://{}", world.work().join("near").display());
    let further = world.suv(&install).env("UV_EXTRA_INDEX_URL", &address);
    refused(&further.finish(), 100).says("encoded-execution");
}

#[test]
fn a_lock_file_that_names_paths_is_looked_at() {
    let world = world();
    let lock = format!(
        "lock-version = \"1.0\"\ncreated-by = \"t\"\n[[packages]]\nname = \"zorvexkit\"\n\
         version = \"1.4.0\"\nwheels = [{{name = \"zorvexkit-1.4.0-py3-none-any.whl\", \
         path = \"{WHEEL}\", hashes = {{sha256 = \"{}\"}}}}]\n",
        digest(&world)
    );
    world.write("pylock.toml", &lock);
    let outcome = world
        .suv(&["pip", "sync", "pylock.toml", "--preview"])
        .finish();
    refused(&outcome, 100).says("encoded-execution");
}

fn digest(world: &World) -> String {
    let program = world.program("/usr/bin/sha256sum", &[WHEEL]).finish();
    program
        .stdout
        .split(' ')
        .next()
        .expect("it prints one")
        .to_owned()
}
