//! Any bytes as compiled Python.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spip_scan_fuzz::wheel(&[
    ("demo/__pycache__/a.cpython-312.pyc", bytes),
    ("demo/b.pyc", bytes)
]));
