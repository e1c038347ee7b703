//! Any bytes as a wheel.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spip_scan_fuzz::wheel_bytes(bytes));
