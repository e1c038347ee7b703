//! Scans the given paths and prints what was read: one line per act, oddity and unread member.
//!
//! `cargo run --release -p spip-scan --example scan -- [--quiet] PATH...`
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::unwrap_used,
    reason = "a small tool for people who work on the scanner"
)]

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use spip_core::Contents;
use spip_scan::{Input, Limits, ReadAt, TreeEntry, TreeWhat, scan};

/// What `spip` itself allocates with, so that times are those that people see.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct OpenFile(File, u64);

impl ReadAt for OpenFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn len(&self) -> u64 {
        self.1
    }
}

fn main() {
    let mut quiet = false;
    let mut total = (Duration::ZERO, 0_u64);
    for argument in std::env::args().skip(1) {
        if argument == "--quiet" {
            quiet = true;
            continue;
        }
        let path = Path::new(&argument);
        let size = path.metadata().map_or(0, |found| found.len());
        let begin = Instant::now();
        let contents = scan_path(path);
        let took = begin.elapsed();
        total = (total.0 + took, total.1 + size);
        print(path, &contents, took, size, quiet);
    }
    let speed = speed(total.1, total.0);
    println!(
        "total {:.3} s, {} bytes, {speed:.1} MB/s",
        total.0.as_secs_f64(),
        total.1
    );
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn speed(bytes: u64, took: Duration) -> f64 {
    bytes as f64 / 1e6 / took.as_secs_f64().max(1e-9)
}

fn scan_path(path: &Path) -> Contents {
    let name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let limits = Limits::default();
    let never = || false;
    if path.is_dir() {
        let mut files = Vec::new();
        walk(path, path, &mut files);
        let mut files = files.into_iter().map(|(root, file)| entry(&root, &file));
        return scan(Input::Tree { files: &mut files }, &limits, &never);
    }
    let file = File::open(path).unwrap();
    let length = file.metadata().unwrap().len();
    let bytes = OpenFile(file, length);
    let archive = [".gz", ".tgz", ".zip", ".bz2", ".xz", ".tar"];
    if name.ends_with(".whl") {
        let input = Input::Wheel {
            filename: &name,
            bytes: &bytes,
        };
        scan(input, &limits, &never)
    } else if archive.iter().any(|ending| name.ends_with(ending)) {
        let input = Input::Sdist {
            filename: &name,
            bytes: &bytes,
        };
        scan(input, &limits, &never)
    } else {
        let bytes = std::fs::read(path).unwrap();
        let input = Input::Module {
            path: &name,
            bytes: &bytes,
        };
        scan(input, &limits, &never)
    }
}

fn walk(root: &Path, directory: &Path, files: &mut Vec<(PathBuf, PathBuf)>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(root, &path, files);
        } else {
            files.push((root.to_owned(), path));
        }
    }
}

fn entry(root: &Path, file: &Path) -> TreeEntry {
    let path = file
        .strip_prefix(root)
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let what = match std::fs::read_link(file) {
        Ok(target) => TreeWhat::Link {
            target: target.to_string_lossy().into_owned(),
        },
        Err(_) => TreeWhat::File {
            bytes: std::fs::read(file).unwrap(),
            executable: false,
        },
    };
    TreeEntry { path, what }
}

fn print(path: &Path, contents: &Contents, took: Duration, size: u64, quiet: bool) {
    let name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    if !quiet {
        for act in &contents.acts {
            let place = format!("{}:{}", act.site.member, act.site.line);
            println!(
                "{name}: act {:?} {} {:?} {place} {:?} [{}]{}{}",
                act.deed,
                act.callee,
                act.trigger,
                act.texts,
                act.taints.words(),
                if act.disguised { " disguised" } else { "" },
                "*".repeat(act.layers.into())
            );
        }
    }
    for odd in &contents.oddities {
        let place = format!("{}:{}", odd.site.member, odd.site.line);
        println!(
            "{name}: odd {:?} {:?} {place} {} | {}",
            odd.what,
            odd.trigger,
            odd.detail,
            odd.site.excerpt.escape_debug()
        );
    }
    for unread in &contents.unread {
        println!(
            "{name}: unread {} {} {}",
            unread.member, unread.cause, unread.detail
        );
    }
    let milliseconds = took.as_secs_f64() * 1e3;
    let speed = speed(size, took);
    println!(
        "{name}: {} members, {milliseconds:.1} ms, {speed:.1} MB/s",
        contents.members
    );
}
