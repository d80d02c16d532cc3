//! Motion JPEG from the first byte to the raw picture: detection, parts, pictures, decoder. Cuts make no difference, and the
//! decoder takes what is passed on without a panic, in its bounds.
#![no_main]

// The decoder is outside `media`: it is pure, and needs nothing of the server.
#[path = "../../src/encode/jpeg_decoder.rs"]
mod jpeg_decoder;
#[path = "../../src/encode/orientation.rs"]
mod orientation;

use jpeg_decoder::JpegDecoder;
use lenscast_media::{
    arrival_clock::ArrivalClock,
    input::{Format, InputStream, event::StreamEvent},
    picture::Size,
    time::Moment,
};
use libfuzzer_sys::fuzz_target;

/// Pictures with more pixels are not decoded here: they are slow, and nothing else.
const MAX_PIXELS: u32 = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let [cut, bytes @ ..] = data else { return };
    let whole = run([bytes]);
    assert_eq!(whole, run(bytes.chunks(usize::from(*cut) + 1)));
    let mut decoder = JpegDecoder::new();
    for (jpeg, (width, height)) in &whole {
        if width * height <= MAX_PIXELS
            && let Ok(picture) = decoder.decode(jpeg)
        {
            let size = picture.size();
            assert!(size.width().max(size.height()) <= Size::MAX_SIDE);
            assert_eq!(picture.as_bytes().len(), size.picture_bytes());
        }
    }
    let _error = decoder.decode(bytes).is_err_and(|error| error.is_for_all());
});

/// The JPEG frames in these pieces and their sizes.
fn run<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(Vec<u8>, (u32, u32))> {
    let now = Moment::from_micros(1);
    let mut stream = InputStream::new(None, ArrivalClock::new(now, 0, 3_000));
    let mut events = Vec::new();
    for piece in pieces {
        stream.push(piece, now, &mut events);
    }
    stream.end(now, &mut events);
    if stream.format() != Some(Format::Mjpeg) {
        return Vec::new();
    }
    let frames = events.into_iter().filter_map(|event| match event {
        StreamEvent::Frame(frame, _) => Some((frame.payload.to_vec(), frame.config.size()?)),
        _ => None,
    });
    frames.collect()
}
