//! Any bytes as a module.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spip_scan_fuzz::module("demo.py", bytes));
