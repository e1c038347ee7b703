//! Any bytes as a wheel's entry points.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spip_scan_fuzz::dist_info("entry_points.txt", bytes));
