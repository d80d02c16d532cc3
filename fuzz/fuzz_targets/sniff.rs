//! What bytes look like: any bytes have an answer.
#![no_main]

use lenscast_media::input::sniff::looks_like;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| assert!(!looks_like(data).to_string().is_empty()));
