//! Any bytes as the modules of a source tree that use each other.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let names = [
        "setup.py",
        "demo/__init__.py",
        "demo/a.py",
        "demo/b/__main__.py",
    ];
    let files: Vec<_> = names
        .into_iter()
        .zip(spip_scan_fuzz::parts(bytes))
        .collect();
    spip_scan_fuzz::tree(&files);
});
