//! Transport streams from bytes to frames: frames do not depend on cuts, and keep their promises.
#![no_main]

#[path = "shared/containers.rs"]
mod containers;

use lenscast_media::input::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| containers::check(Format::MpegTs, data));
