//! Any bytes as a source archive, and as the inside of one.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spip_scan_fuzz::sdist(bytes));
