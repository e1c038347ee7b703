//! Any bytes as the configuration of a source archive.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let names = [
        "demo-1.0/pyproject.toml",
        "demo-1.0/setup.cfg",
        "demo-1.0/PKG-INFO",
        "demo-1.0/install.sh",
    ];
    let files: Vec<_> = names
        .into_iter()
        .zip(spip_scan_fuzz::parts(bytes))
        .collect();
    spip_scan_fuzz::sdist_bytes("demo-1.0.tar", &spip_scan_fuzz::tar(&files));
});
