//! What a walk through a tree gives, and what it says instead.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn lay_out(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn walked(root: &Path, owner: Owner, limits: &Limits) -> Vec<String> {
    let entries = Walk::new(root, owner, limits);
    let line = |entry: TreeEntry| {
        let what = match entry.what {
            TreeWhat::File { bytes, executable } => {
                let executable = if executable { "*" } else { "" };
                format!("{}{executable}", String::from_utf8_lossy(&bytes))
            }
            TreeWhat::Link { target } => format!("-> {target}"),
            TreeWhat::Other(what) => what.to_owned(),
            TreeWhat::Unread(cause, detail) => format!("{cause}: {detail}"),
        };
        format!("{}: {what}", entry.path)
    };
    entries.map(line).collect()
}

#[test]
fn gives_every_file_once_in_the_order_of_names_and_follows_no_link() {
    let root = lay_out(&[("b/c.py", "1"), ("b.py", "2"), ("a/x", "3")]);
    symlink("/etc", root.path().join("d")).unwrap();
    symlink("b", root.path().join("e")).unwrap();
    let script = root.path().join("a/x");
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
    let found = walked(root.path(), Owner::User, &Limits::default());
    let expected = ["a/x: 3*", "b/c.py: 1", "b.py: 2", "d: -> /etc", "e: -> b"];
    assert_eq!(found, expected);
}

#[test]
fn leaves_out_environments_of_the_user_but_nothing_of_a_repository() {
    let root = lay_out(&[
        (".git/config", ""),
        ("a/.git/config", ""),
        (".venv/pyvenv.cfg", ""),
        (".venv/lib/x.py", ""),
        ("node_modules/y/y.py", ""),
        ("venv/z.py", ""),
    ]);
    let found = walked(root.path(), Owner::User, &Limits::default());
    assert_eq!(found, ["venv/z.py: "]);
    let found = walked(root.path(), Owner::Repository, &Limits::default());
    assert_eq!(found.len(), 5, "{found:?}");
}

#[test]
fn looks_into_an_environment_that_is_named_itself() {
    let root = lay_out(&[("pyvenv.cfg", ""), ("x.py", "")]);
    let found = walked(root.path(), Owner::User, &Limits::default());
    assert_eq!(found, ["pyvenv.cfg: ", "x.py: "]);
}

#[test]
fn nothing_of_a_package_hides_behind_the_marks_of_tools() {
    for files in [
        &["demo/__init__.py", "demo/pyvenv.cfg"][..],
        &["demo/core/x.py", "demo/pyvenv.cfg"],
        &["demo/__init__.py", "demo/a/.git/x/y.py"],
        &["demo/__init__.py", "demo/node_modules/x/y.py"],
        &["node_modules/x.py"],
        &[".git/x.py"],
    ] {
        let files: Vec<_> = files.iter().map(|path| (*path, "")).collect();
        let found = walked(lay_out(&files).path(), Owner::User, &Limits::default());
        assert_eq!(found.len(), files.len(), "{files:?}");
    }
}

#[test]
fn says_what_lies_beyond_a_bound() {
    let files = [
        ("a.py", "123"),
        ("b.py", "12345"),
        ("c.csv", "12345"),
        ("d", ""),
    ];
    let root = lay_out(&files);
    let limits = Limits {
        whole: 4,
        members: 4,
        ..Limits::default()
    };
    let found = walked(root.path(), Owner::User, &limits);
    assert_eq!(found[0], "a.py: 123");
    assert!(found[1].starts_with("b.py: too-large: larger than"));
    assert_eq!(found[2], "c.csv: 1234");
    assert_eq!(found[3], "d: too-large: more files than are looked at");
    let found = walked(root.path(), Owner::Repository, &limits);
    assert!(found[2].starts_with("c.csv: too-large: larger than"));
    let mut deep = PathBuf::from("d");
    for _ in 0..DEEPEST {
        deep.push("d");
    }
    let root = lay_out(&[(&deep.join("x.py").to_string_lossy(), "")]);
    let found = walked(root.path(), Owner::User, &Limits::default());
    assert!(found[0].contains("too-large: more than 100"), "{found:?}");
}

#[test]
fn does_not_wait_for_what_is_no_file() {
    let root = lay_out(&[]);
    let pipe = root.path().join("pipe");
    let made = rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        Mode::RUSR,
        0,
    );
    made.unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
    let found = walked(root.path(), Owner::User, &Limits::default());
    let expected = [
        "pipe: device, pipe or socket",
        "socket: device, pipe or socket",
    ];
    assert_eq!(found, expected);
    let found = walked(Path::new("/dev/zero"), Owner::User, &Limits::default());
    assert_eq!(found, [": device, pipe or socket"]);
    assert!(open_file(&pipe, Links::Refuse).is_ok(), "not at once");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_no_file_of_that_content() {
    use std::io::Write as _;

    let root = lay_out(&[("a.py", "1234"), ("b.py", "1234"), ("c.py", "1234")]);
    let open = |name: &str| open_file(&root.path().join(name), Links::Refuse).unwrap();
    let change = |name: &str| {
        let path = root.path().join(name);
        fs::OpenOptions::new().append(true).open(path).unwrap()
    };
    let (same, grown, cut) = (open("a.py"), open("b.py"), open("c.py"));
    let before = [&same, &grown, &cut].map(|file| file.metadata().unwrap());
    change("b.py").write_all(&vec![b'5'; 100_000]).unwrap();
    change("c.py").set_len(2).unwrap();
    let expected = Some(b"1234".to_vec());
    assert_eq!(read_unchanged(&same, &before[0]).unwrap(), expected);
    assert_eq!(read_unchanged(&grown, &before[1]).unwrap(), None);
    assert_eq!(read_unchanged(&cut, &before[2]).unwrap(), None);
}

#[test]
fn what_has_more_than_its_size_says_is_no_file_of_that_content() {
    // The kernel makes up such files while they are read, and says that they are empty.
    let file = open_file(Path::new("/proc/self/status"), Links::Refuse).unwrap();
    let before = file.metadata().unwrap();
    assert_eq!(read_unchanged(&file, &before).unwrap(), None);
}

#[test]
fn links_that_lead_to_themselves_end_nothing() {
    let root = lay_out(&[("a/x.py", "1"), ("z.py", "2")]);
    symlink("loop", root.path().join("loop")).unwrap();
    symlink("..", root.path().join("a/up")).unwrap();
    symlink("q", root.path().join("p")).unwrap();
    symlink("p", root.path().join("q")).unwrap();
    let found = walked(root.path(), Owner::User, &Limits::default());
    let expected = [
        "a/up: -> ..",
        "a/x.py: 1",
        "loop: -> loop",
        "p: -> q",
        "q: -> p",
        "z.py: 2",
    ];
    assert_eq!(found, expected);
    let found = walked(&root.path().join("loop"), Owner::User, &Limits::default());
    assert!(found[0].starts_with(": unreadable: "), "{found:?}");
}

#[test]
fn tells_of_a_directory_that_is_not_there() {
    let found = walked(Path::new("/nonexistent"), Owner::User, &Limits::default());
    assert!(found[0].starts_with(": unreadable: "), "{found:?}");
}
