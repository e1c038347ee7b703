//! Any bytes as a pickle.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spip_scan_fuzz::module("model.pkl", bytes));
