//! Any bytes as a wheel's list of files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spip_scan_fuzz::dist_info("RECORD", bytes));
