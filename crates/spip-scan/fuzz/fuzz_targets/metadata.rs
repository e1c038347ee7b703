//! Any bytes as a wheel's core metadata.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spip_scan_fuzz::dist_info("METADATA", bytes));
