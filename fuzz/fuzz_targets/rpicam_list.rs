//! What `rpicam-vid --list-cameras` prints: no panic, no more than is allowed, and what was read reads the same again.
#![no_main]

// The one parser outside `media`: it is pure, and needs nothing of the server.
#[path = "../../src/source/rpicam/cameras.rs"]
mod cameras;

use std::fmt::Write;

use cameras::{ListedCamera, parse_list};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let cameras = parse_list(&String::from_utf8_lossy(data));
    assert!(cameras.len() <= 64);
    for camera in &cameras {
        assert!(camera.modes.len() <= 256 && (!camera.in_use || camera.modes.is_empty()));
        let mut rates = camera.modes.iter().filter_map(|mode| mode.frames_per_second);
        assert!(rates.all(|rate| rate.is_finite() && rate > 0.0));
    }
    let again = parse_list(&printed(&cameras));
    assert_eq!(again, cameras);
});

/// As rpicam-vid would print it, with each format anew.
fn printed(cameras: &[ListedCamera]) -> String {
    let mut text = "Available cameras\n-----------------\n".to_owned();
    for ListedCamera { number, sensor, description, id, modes, in_use } in cameras {
        let _ = writeln!(text, "{number} : {sensor} [{description}] ({id})\n    Modes: ");
        if *in_use {
            text += "'SRGGB10_CSI2P' : 640x480 [30.00 fps - (65535, 65535)/65535x65535 crop]\n";
        }
        for mode in modes {
            let rate = mode.frames_per_second.map_or_else(|| "nan".to_owned(), |rate| rate.to_string());
            let (format, width, height) = (&mode.format, mode.width, mode.height);
            let _ = writeln!(text, "'{format}' : {width}x{height} [{rate} fps - (0, 0)/640x480 crop]");
        }
    }
    text
}
