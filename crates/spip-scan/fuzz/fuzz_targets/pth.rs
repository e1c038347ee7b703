//! Any bytes as a file that site reads at every start.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spip_scan_fuzz::wheel(&[
    ("demo.pth", bytes),
    ("demo.start", bytes)
]));
