//! Pixel formats: any stride, size and number of bytes give a picture of the right size or an error.
#![no_main]

use lenscast_media::{
    picture::Size,
    pixels::{Colours, Layout, Matrix, PixelFormat},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [format, width, height, stride_low, stride_high, colours, bytes @ ..] = data else { return };
    let format = PixelFormat::ALL[usize::from(*format) % PixelFormat::ALL.len()];
    let Ok(size) = Size::new(u32::from(*width) * 2, u32::from(*height % 32) * 2) else { return };
    let stride = usize::from(u16::from_le_bytes([*stride_low, *stride_high]));
    let Ok(layout) = Layout::with_stride(format, size, stride) else { return };
    let matrix = [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020, Matrix::Bt601][usize::from(colours >> 1 & 3)];
    let colours = Colours { is_full_range: colours & 1 != 0, matrix };
    match layout.convert(bytes, colours) {
        Ok(planes) => assert!(bytes.len() >= layout.bytes() && planes.len() == size.pixels() * 3 / 2),
        Err(_) => assert!(bytes.len() < layout.bytes()),
    }
    let mut whole = bytes.to_vec();
    whole.resize(layout.bytes(), 7);
    assert_eq!(layout.convert(&whole, colours).map(|planes| planes.len()), Ok(size.pixels() * 3 / 2));
});
