#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodytext_cli::fuzzing::mhtml(bytes));
