//! Ways around this guard that a hostile author found once; none may open again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use spip_tests::index::{Index, Offer};
use spip_tests::packages::package;
use spip_tests::pips::{with_every_pip, with_every_pip_before, with_every_pip_from};
use spip_tests::world::World;

use crate::fresh;

#[test]
fn a_pip_that_was_imported_before_the_hook_is_guarded() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let early = world.environment.packages().join("sitecustomize.py");
        fs::write(early, "import pip._internal.cli.main\n").unwrap();
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        world
            .spip(&["install", "quillbarn"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .finish()
            .refuses(100)
            .says("medium[release-age]: quillbarn 1.4.0");
    });
}

#[test]
fn version_control_starts_only_after_a_verdict_on_the_address() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let mark = world.marker.python("git started").replace('\n', "; ");
        let programs = world.aside("programs");
        fs::create_dir_all(&programs).unwrap();
        for name in ["git", "hg", "svn", "bzr"] {
            let program = programs.join(name);
            let script = format!("#!{}\n{mark}\n", world.environment.python().display());
            fs::write(&program, script).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let path = format!("{}:/usr/bin:/bin", programs.display());
        for address in [
            "plindorf @ git+https://192.0.2.1/plindorf",
            "plindorf @ hg+https://192.0.2.1/plindorf@--config=alias.update=!true",
        ] {
            world
                .index
                .offer(package("quillbarn", "1.4.0").needs(address).wheel());
            let outcome = world
                .spip(&["install", "quillbarn"])
                .env("PATH", &path)
                .finish();
            outcome.runs_nothing().changes_nothing().says("refused:");
            assert_ne!(outcome.code, Some(0), "{outcome}");
        }
    });
}

#[test]
fn an_archive_is_judged_before_it_is_unpacked() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let mut sdist = package("quillbarn", "1.4.0").sdist();
        sdist.bytes = Arc::from(&b"whoever unpacks this finds that it is no archive"[..]);
        world.index.offer(fresh(sdist));
        world
            .spip(&["install", "quillbarn"])
            .finish()
            .refuses(100)
            .says("medium[release-age]: quillbarn 1.4.0");
    });
}

#[test]
fn a_wheel_is_judged_under_one_identity_only() {
    with_every_pip_before(24, 2, |pip| {
        let world = World::with(pip);
        let mut wheel = package("zorvexkit", "1.4.0").wheel();
        wheel.filename = wheel.filename.replace("zorvexkit", "quillbarn");
        wheel.name = "quillbarn".to_owned();
        world.index.offer(wheel);
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.changes_nothing();
        assert_ne!(outcome.code, Some(0), "{outcome}");
    });
}

#[test]
fn a_wheel_is_fetched_once_and_what_is_handed_out_is_what_was_judged() {
    with_every_pip(|pip| {
        for command in ["download", "wheel"] {
            let world = World::with(pip);
            let wheel = package("quillbarn", "1.4.0").wheel();
            let evil = package("quillbarn", "1.4.0").file("evil.py", "").wheel();
            world.index.swap(&wheel.filename, 1, evil.bytes);
            let (filename, expected) = (wheel.filename.clone(), wheel.sha256());
            world.index.offer(wheel);
            let out = world.aside("out");
            let outcome = world
                .spip(&[command, "--no-cache-dir", "quillbarn"])
                .arg(if command == "download" { "-d" } else { "-w" })
                .arg(&out)
                .finish();
            outcome.succeeds();
            let saved = fs::read(out.join(&filename)).unwrap();
            assert_eq!(spip_tests::sha256(&saved), expected, "{outcome}");
        }
    });
}

#[test]
fn locked_files_are_judged_by_what_the_index_says_of_them() {
    with_every_pip_from(26, 1, |pip| {
        let offers: [(Offer, &str); 2] = [
            (
                fresh(package("quillbarn", "1.4.0").wheel()),
                "medium[release-age]",
            ),
            (
                Offer::of(package("quillbarn", "1.4.0").wheel()).yanked("malware"),
                "medium[yanked-release]",
            ),
        ];
        for (offer, finding) in offers {
            let world = World::with(pip);
            let wheel = package("quillbarn", "1.4.0").wheel();
            world.index.offer(offer);
            world.write(
                "pylock.toml",
                &format!(
                    "lock-version = \"1.0\"\ncreated-by = \"test\"\n[[packages]]\n\
                     name = \"quillbarn\"\nversion = \"1.4.0\"\n[[packages.wheels]]\n\
                     name = \"{0}\"\nurl = \"{1}\"\nhashes = {{sha256 = \"{2}\"}}\n",
                    wheel.filename,
                    world.index.file_url(&wheel.filename),
                    wheel.sha256()
                ),
            );
            let outcome = world.spip(&["install", "-r", "pylock.toml"]).finish();
            outcome.refuses(100).says(finding);
        }
    });
}

#[test]
fn two_logins_at_one_address_are_two_indexes() {
    let world = World::new();
    let other = Index::start();
    world.index.offer(package("quillbarn", "1.2").wheel());
    other.offer(package("quillbarn", "99.0").wheel());
    let control = other.url();
    let outcome = world
        .spip(&["install", "quillbarn", "--extra-index-url", &control])
        .finish();
    outcome.refuses(100).says("medium[index-confusion]");
    // The same page under two logins: the very file is on both, and both are asked.
    let (one, two) = (
        world.index.url_with_login("one", "secret-1"),
        world.index.url_with_login("two", "secret-2"),
    );
    let outcome = world
        .spip(&["install", "-i", &one, "--extra-index-url", &two])
        .arg("--spip-debug")
        .arg("quillbarn")
        .finish();
    outcome
        .succeeds()
        .never_says("secret-1")
        .never_says("secret-2");
    assert!(!outcome.stderr.contains("only one index"), "{outcome}");
}

#[test]
fn a_version_that_is_shell_syntax_never_reaches_a_line_to_copy() {
    let world = World::new();
    let mut sdist = package("plindorf", "1.0").sdist();
    sdist.filename = "plindorf-1.0;echo${IFS}oops;.tar.gz".to_owned();
    let address = world
        .index
        .file_url("plindorf-1.0%3Becho%24%7BIFS%7Doops%3B.tar.gz");
    world.index.offer(sdist);
    let needs = format!("plindorf @ {address}");
    world
        .index
        .offer(package("quillbarn", "1.4.0").needs(&needs).wheel());
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome.changes_nothing();
    for line in outcome
        .stderr
        .lines()
        .filter(|line| line.contains("--spip-allow"))
    {
        assert!(!line.contains(';') && !line.contains('$'), "{line}");
    }
}
