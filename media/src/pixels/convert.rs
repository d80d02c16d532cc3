//! Every pixel format to planes Y, U and V.
//!
//! Colour that has more rows than 4:2:0 is the rounded mean of two; of RGB that of four pixels.

use super::format::PixelFormat;
use crate::picture::Size;

/// The planes being filled, and their width.
struct Planes<'a> {
    y: &'a mut [u8],
    u: &'a mut [u8],
    v: &'a mut [u8],
    width: usize,
}

/// Planes of a picture that is known to be whole, and whose first plane has rows of so many bytes, and so many of them.
pub(super) fn to_planes(
    format: PixelFormat,
    picture: &[u8],
    (stride, rows): (usize, usize),
    size: Size,
) -> Vec<u8> {
    let width = size.width() as usize;
    let mut planes = vec![128; size.pixels() + size.pixels() / 2];
    let (y, chroma) = planes.split_at_mut(size.pixels());
    let (u, v) = chroma.split_at_mut(size.pixels() / 4);
    let out = Planes { y, u, v, width };
    let (luma, colour) = picture.split_at(stride * rows);
    match format {
        PixelFormat::Yuyv422 => packed::<0, 1>(luma, stride, out),
        PixelFormat::Uyvy422 => packed::<1, 0>(luma, stride, out),
        PixelFormat::Yvyu422 => packed::<0, 3>(luma, stride, out),
        PixelFormat::Rgb24 => rgb::<0>(luma, stride, out),
        PixelFormat::Bgr24 => rgb::<2>(luma, stride, out),
        PixelFormat::Gray => copy_rows(luma, stride, out.y, width),
        PixelFormat::Nv12 | PixelFormat::Nv21 => {
            copy_rows(luma, stride, out.y, width);
            let (first, second) = if format == PixelFormat::Nv12 { (out.u, out.v) } else { (out.v, out.u) };
            let rows = colour.chunks(stride);
            let pairs = rows.flat_map(|row| row[..width].as_chunks::<2>().0);
            for ((pair, first), second) in pairs.zip(first).zip(second) {
                [*first, *second] = *pair;
            }
        }
        PixelFormat::Nv16 => {
            copy_rows(luma, stride, out.y, width);
            let rows = colour.chunks(stride * 2).map(|rows| (&rows[..width], &rows[stride..stride + width]));
            let pairs =
                rows.flat_map(|(top, bottom)| top.as_chunks::<2>().0.iter().zip(bottom.as_chunks::<2>().0));
            for ((([u_top, v_top], [u_bottom, v_bottom]), u), v) in pairs.zip(out.u).zip(out.v) {
                (*u, *v) = (mean(*u_top, *u_bottom), mean(*v_top, *v_bottom));
            }
        }
        PixelFormat::Yuv420p | PixelFormat::Yvu420p => {
            copy_rows(luma, stride, out.y, width);
            let (first, second) =
                if format == PixelFormat::Yuv420p { (out.u, out.v) } else { (out.v, out.u) };
            let (first_plane, second_plane) = colour.split_at(colour.len() / 2);
            copy_rows(first_plane, stride / 2, first, width / 2);
            copy_rows(second_plane, stride / 2, second, width / 2);
        }
        PixelFormat::Yuv422p => {
            copy_rows(luma, stride, out.y, width);
            let (u, v) = colour.split_at(colour.len() / 2);
            halve_rows(u, stride / 2, out.u, width / 2);
            halve_rows(v, stride / 2, out.v, width / 2);
        }
    }
    planes
}

fn mean(first: u8, second: u8) -> u8 {
    first.midpoint(second)
}

fn copy_rows(rows: &[u8], stride: usize, out: &mut [u8], width: usize) {
    if stride == width {
        return out.copy_from_slice(&rows[..out.len()]);
    }
    for (row, out) in rows.chunks(stride).zip(out.chunks_exact_mut(width)) {
        out.copy_from_slice(&row[..width]);
    }
}

/// Two rows to one.
fn halve_rows(rows: &[u8], stride: usize, out: &mut [u8], width: usize) {
    for (rows, out) in rows.chunks(stride * 2).zip(out.chunks_exact_mut(width)) {
        for ((out, top), bottom) in out.iter_mut().zip(&rows[..width]).zip(&rows[stride..]) {
            *out = mean(*top, *bottom);
        }
    }
}

/// Packed 4:2:2, two pixels in four bytes: the first luma at `Y`, U at `U`, V two bytes from it.
fn packed<const Y: usize, const U: usize>(picture: &[u8], stride: usize, out: Planes<'_>) {
    let width = out.width;
    let rows = picture.chunks(stride * 2).zip(out.y.chunks_exact_mut(width * 2));
    let colour = out.u.chunks_exact_mut(width / 2).zip(out.v.chunks_exact_mut(width / 2));
    for ((rows, luma), (u, v)) in rows.zip(colour) {
        let (top, bottom) = (&rows[..width * 2], &rows[stride..stride + width * 2]);
        for (row, luma) in [top, bottom].into_iter().zip(luma.chunks_exact_mut(width)) {
            for (luma, pixels) in luma.as_chunks_mut::<2>().0.iter_mut().zip(row.as_chunks::<4>().0) {
                *luma = [pixels[Y], pixels[Y + 2]];
            }
        }
        let pixels = top.as_chunks::<4>().0.iter().zip(bottom.as_chunks::<4>().0);
        for (((top, bottom), u), v) in pixels.zip(u).zip(v) {
            *u = mean(top[U], bottom[U]);
            *v = mean(top[(U + 2) % 4], bottom[(U + 2) % 4]);
        }
    }
}

/// RGB, three bytes a pixel, red at `RED` and blue at the other end: full range to BT.601 in limited range.
fn rgb<const RED: usize>(picture: &[u8], stride: usize, out: Planes<'_>) {
    let width = out.width;
    let rows = picture.chunks(stride * 2).zip(out.y.chunks_exact_mut(width * 2));
    let colour = out.u.chunks_exact_mut(width / 2).zip(out.v.chunks_exact_mut(width / 2));
    for ((rows, luma), (u, v)) in rows.zip(colour) {
        let (top, bottom) = (&rows[..width * 3], &rows[stride..stride + width * 3]);
        for (row, luma) in [top, bottom].into_iter().zip(luma.chunks_exact_mut(width)) {
            for (luma, pixel) in luma.iter_mut().zip(row.as_chunks::<3>().0) {
                let [red, green, blue] = split::<RED>(*pixel);
                // At most 235 x 256 and a half, so it fits.
                *luma = ((66 * red + 129 * green + 25 * blue + 128) / 256 + 16) as u8;
            }
        }
        let pairs = top.as_chunks::<6>().0.iter().zip(bottom.as_chunks::<6>().0);
        for (((top, bottom), u), v) in pairs.zip(u).zip(v) {
            let mut sum = [0_i32; 3];
            for pixel in [top, bottom].into_iter().flat_map(|pair| pair.as_chunks::<3>().0) {
                for (sum, part) in sum.iter_mut().zip(split::<RED>(*pixel)) {
                    *sum += part;
                }
            }
            let [red, green, blue] = sum;
            // From 16 to 240, as the sums of four pixels are divided by 4 x 256.
            *u = ((-38 * red - 74 * green + 112 * blue + 512) / 1024 + 128).clamp(16, 240) as u8;
            *v = ((112 * red - 94 * green - 18 * blue + 512) / 1024 + 128).clamp(16, 240) as u8;
        }
    }
}

fn split<const RED: usize>(pixel: [u8; 3]) -> [i32; 3] {
    [pixel[RED], pixel[1], pixel[2 - RED]].map(i32::from)
}
