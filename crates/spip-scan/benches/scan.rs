//! How fast honest inputs are read: throughput, growth, and the large ones.
//!
//! `cargo bench -p spip-scan`; the inputs are made here.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

#[path = "../tests/archives/support.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod support;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use spip_scan::{Input, Limits, scan};

use support::{honest_source, scan_wheel, wheel, wheel_members, zip64};

/// The one of `spip`, so that what is measured here holds there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// A wheel of so many modules, each of 20 kB and each different.
fn wheel_of(modules: usize) -> Vec<u8> {
    let files: Vec<(String, String)> = (0..modules)
        .map(|index| {
            let source = format!("NAME = \"{index}\"\n{}", honest_source(20_000));
            (format!("demo/m{index}.py"), source)
        })
        .collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, source)| (name.as_str(), source.as_bytes()))
        .collect();
    wheel(&files)
}

/// The same modules once, twice, four and eight times: the time per module stays.
#[divan::bench(args = [25, 50, 100, 200], sample_count = 10)]
fn wheel_of_modules(bencher: Bencher<'_, '_>, modules: usize) {
    let bytes = wheel_of(modules);
    bencher
        .counter(BytesCount::new(modules * 20_000))
        .bench(|| scan_wheel(black_box(&bytes)));
}

/// A module by itself, of one to eight times as many bytes.
#[divan::bench(args = [125_000, 250_000, 500_000, 1_000_000], sample_count = 10)]
fn module_of_bytes(bencher: Bencher<'_, '_>, bytes: usize) {
    bench_module(bencher, bytes);
}

#[divan::bench(sample_count = 5)]
fn module_of_five_megabytes(bencher: Bencher<'_, '_>) {
    bench_module(bencher, 5_000_000);
}

fn bench_module(bencher: Bencher<'_, '_>, bytes: usize) {
    let source = honest_source(bytes);
    bencher.counter(BytesCount::new(source.len())).bench(|| {
        let input = Input::Module {
            path: "demo.py",
            bytes: black_box(source.as_bytes()),
        };
        scan(input, &Limits::default(), &|| false)
    });
}

/// Native code and data: unpacked, summed and digested, not understood.
#[divan::bench(sample_count = 10)]
fn wheel_of_data(bencher: Bencher<'_, '_>) {
    let mut state = 1_u32;
    let data: Vec<u8> = (0..8_000_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 26).to_le_bytes()[0]
        })
        .collect();
    let bytes = wheel(&[("demo/data.bin", &data)]);
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| scan_wheel(black_box(&bytes)));
}

#[divan::bench(sample_count = 5)]
fn archive_of_a_hundred_thousand_members(bencher: Bencher<'_, '_>) {
    let names: Vec<String> = (0..100_000)
        .map(|index| format!("demo/m{index}.py"))
        .collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), &b"x = 1\n"[..]))
        .collect();
    let bytes = zip64(&wheel_members(&files));
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| scan_wheel(black_box(&bytes)));
}
