//! Any bytes as native code, as an image and as a file without a name that says anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    spip_scan_fuzz::wheel(&[
        ("demo/a.so", bytes),
        ("demo/b.dll", bytes),
        ("demo/c.png", bytes),
        ("demo/d", bytes),
    ]);
});
