//! A SARIF file, as hostile as the fuzzer can make it. Must not know: what is checked; that is `casemate::fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| casemate::fuzz::sarif(bytes));
