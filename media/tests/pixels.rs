//! Pixel formats, held against what ffmpeg makes of the same pictures (golden_pixels/make), and their limits.

use std::{fs, path::Path};

use lenscast_media::{
    picture::Size,
    pixels::{Colours, Layout, Matrix, PixelError, PixelFormat},
};

/// Rounding differs by so much.
const TOLERANCE: u8 = 2;

fn size() -> Size {
    Size::new(48, 32).expect("even")
}

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden_pixels").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The golden picture in `format`; two that ffmpeg does not write are made of their neighbours.
fn picture(format: PixelFormat) -> Vec<u8> {
    let luma = size().pixels();
    match format {
        PixelFormat::Yvu420p => {
            let picture = golden("yuv420p.raw");
            [&picture[..luma], &picture[luma * 5 / 4..], &picture[luma..luma * 5 / 4]].concat()
        }
        PixelFormat::Nv16 => {
            let picture = golden("yuv422p.raw");
            let (u, v) = picture[luma..].split_at(luma / 2);
            let colour = u.iter().zip(v).flat_map(|(u, v)| [*u, *v]);
            picture[..luma].iter().copied().chain(colour).collect()
        }
        _ => golden(&format!("{}.raw", format.name())),
    }
}

fn assert_near(name: &str, found: &[u8], expected: &[u8], tolerance: u8) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(found.abs_diff(*expected) <= tolerance, "{name} at {at}: {found} instead of {expected}");
    }
}

#[test]
fn every_format_becomes_what_ffmpeg_makes_of_it() {
    for format in PixelFormat::ALL {
        let name = match format {
            PixelFormat::Gray => continue, // in a test of its own
            PixelFormat::Yvu420p => "yuv420p",
            PixelFormat::Nv16 => "yuv422p",
            _ => format.name(),
        };
        let found = Layout::packed(format, size()).convert(&picture(format), Colours::default());
        assert_near(name, &found.expect("a whole picture"), &golden(&format!("{name}.i420")), TOLERANCE);
    }
}

#[test]
fn gray_has_no_colour() {
    let luma = size().pixels();
    // ffmpeg's gray is of full range.
    let full = Colours { is_full_range: true, matrix: Matrix::Bt601 };
    let found = Layout::packed(PixelFormat::Gray, size()).convert(&golden("gray.raw"), full).expect("whole");
    assert_near("gray", &found[..luma], &golden("yuv420p.raw")[..luma], TOLERANCE);
    assert!(found[luma..].iter().all(|&value| value == 128));
}

#[test]
fn other_colours_become_bt601_in_limited_range() {
    let expected = golden("rgb24.i420");
    let table = [
        ("full-range", true, Matrix::Bt601),
        ("bt709", false, Matrix::Bt709),
        ("bt709-full-range", true, Matrix::Bt709),
    ];
    let layout = Layout::packed(PixelFormat::Yuv420p, size());
    for (name, is_full_range, matrix) in table {
        let picture = golden(&format!("{name}.raw"));
        let found = layout.convert(&picture, Colours { is_full_range, matrix }).expect("whole");
        assert_near(name, &found, &expected, 3);
        let as_it_is = layout.convert(&picture, Colours::default()).expect("whole");
        assert!(
            as_it_is.iter().zip(&expected).any(|(found, expected)| found.abs_diff(*expected) > 8),
            "{name}"
        );
    }
}

/// The same picture with `pad` bytes of rubbish behind each row of luma, and in proportion behind those of colour.
fn padded(format: PixelFormat, picture: &[u8], pad: usize) -> Vec<u8> {
    let (width, height) = (size().width() as usize, size().height() as usize);
    let planes: &[(usize, usize, usize)] = match format {
        PixelFormat::Yuyv422 | PixelFormat::Uyvy422 | PixelFormat::Yvyu422 => &[(width * 2, height, pad)],
        PixelFormat::Rgb24 | PixelFormat::Bgr24 => &[(width * 3, height, pad)],
        PixelFormat::Gray => &[(width, height, pad)],
        PixelFormat::Nv12 | PixelFormat::Nv21 => &[(width, height * 3 / 2, pad)],
        PixelFormat::Nv16 => &[(width, height * 2, pad)],
        PixelFormat::Yuv420p | PixelFormat::Yvu420p => &[(width, height, pad), (width / 2, height, pad / 2)],
        PixelFormat::Yuv422p => &[(width, height, pad), (width / 2, height * 2, pad / 2)],
    };
    let (mut rows, mut out) = (picture, Vec::new());
    for &(bytes, count, pad) in planes {
        for _ in 0..count {
            let (row, rest) = rows.split_at(bytes);
            out.extend_from_slice(row);
            out.extend(std::iter::repeat_n(0xaa, pad));
            rows = rest;
        }
    }
    assert!(rows.is_empty());
    out
}

#[test]
fn padding_behind_rows_is_left_out() {
    for format in PixelFormat::ALL {
        let name = format.name();
        let picture = picture(format);
        let packed = Layout::packed(format, size());
        assert_eq!(packed.bytes(), picture.len(), "{name}");
        let expected = packed.convert(&picture, Colours::default()).expect("whole");
        for pad in [2, 16, 64] {
            let bytes = padded(format, &picture, pad);
            let least = match format {
                PixelFormat::Yuyv422 | PixelFormat::Uyvy422 | PixelFormat::Yvyu422 => 96,
                PixelFormat::Rgb24 | PixelFormat::Bgr24 => 144,
                _ => 48,
            };
            let layout = Layout::with_stride(format, size(), least + pad).expect("it fits");
            assert_eq!(layout.bytes(), bytes.len(), "{name} with {pad}");
            assert_eq!(
                layout.convert(&bytes, Colours::default()).as_ref(),
                Ok(&expected),
                "{name} with {pad}"
            );
        }
    }
}

#[test]
fn what_cannot_be_a_picture_is_refused() {
    let short = Layout::packed(PixelFormat::Nv12, size()).convert(&[0; 2303], Colours::default());
    assert_eq!(short, Err(PixelError::TooShort { found: 2303, expected: 2304 }));
    let long = Layout::packed(PixelFormat::Nv12, size()).convert(&[0; 2400], Colours::default());
    assert_eq!(long.map(|planes| planes.len()), Ok(2304), "drivers round buffers up");
    for stride in [1, 95, 96 * 2 + 4097, usize::MAX] {
        let layout = Layout::with_stride(PixelFormat::Yuyv422, size(), stride);
        assert!(matches!(layout, Err(PixelError::Stride { .. })), "{stride}");
    }
    let packed = Layout::packed(PixelFormat::Yuyv422, size());
    assert_eq!(Layout::with_stride(PixelFormat::Yuyv422, size(), 0), Ok(packed));
}

#[test]
fn formats_are_found_by_their_names() {
    for format in PixelFormat::ALL {
        assert_eq!(PixelFormat::from_name(format.name()), Some(format));
    }
    assert_eq!(PixelFormat::from_name("YUYV"), None);
}

#[test]
fn rows_of_padding_are_not_part_of_the_picture() {
    let size = Size::new(16, 20).expect("allowed");
    for format in PixelFormat::ALL {
        let packed = Layout::packed(format, size);
        let padded = packed.with_rows(32).expect("more");
        assert!(padded.bytes() > packed.bytes(), "{}", format.name());
        assert_eq!(packed.padded(|bytes| bytes == padded.bytes()), Some(padded), "{}", format.name());
        assert_eq!(packed.padded(|bytes| bytes == packed.bytes()), None, "{}", format.name());
    }
    let planar = Layout::packed(PixelFormat::Yuv420p, size).with_rows(32).expect("more");
    let plane = |value: u8, rows: usize, all: usize, width: usize| {
        [vec![value; rows * width], vec![9; (all - rows) * width]].concat()
    };
    let bytes = [plane(50, 20, 32, 16), plane(100, 10, 16, 8), plane(150, 10, 16, 8)].concat();
    let expected = [vec![50; 320], vec![100; 80], vec![150; 80]].concat();
    assert_eq!(planar.convert(&bytes, Colours::default()).expect("whole"), expected);
    for format in [PixelFormat::Gray, PixelFormat::Bgr24, PixelFormat::Yuyv422] {
        let packed = Layout::packed(format, size);
        let picture = vec![200; packed.bytes()];
        let padded = [&picture[..], &vec![9; packed.bytes() * 12 / 20]].concat();
        let found = packed.with_rows(32).expect("more").convert(&padded, Colours::default());
        assert_eq!(found, packed.convert(&picture, Colours::default()), "{}", format.name());
    }
    for rows in [18, 21, 400] {
        assert!(planar.with_rows(rows).is_err(), "{rows}");
    }
}
