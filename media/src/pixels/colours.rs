//! What the numbers of a picture mean, and the way to BT.601 in limited range.

use crate::picture::Size;

/// How luma and colour of a camera are coded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colours {
    /// Black is 0 and white 255, instead of 16 and 235.
    pub is_full_range: bool,
    /// By BT.709 (HD capture devices), instead of BT.601.
    pub is_bt709: bool,
}

/// One in the fixed point numbers here.
const ONE: i32 = 1 << 14;
/// BT.709 to BT.601, both in limited range: luma gets a part of each colour, and each colour one of the other.
/// (luma_of_u, luma_of_v, u_of_u, u_of_v, v_of_u, v_of_v)
const TO_601: [i32; 6] = [1627, 3141, 16218, -1813, -1187, 16112];

impl Colours {
    /// Makes planes Y, U and V what the rest of the program takes them for.
    pub(super) fn adjust(self, planes: &mut [u8], size: Size) {
        let (luma, colour) = planes.split_at_mut(size.pixels());
        if self.is_full_range {
            for value in luma.iter_mut() {
                *value = limited(*value, 16, 219);
            }
            for value in colour.iter_mut() {
                *value = limited_colour(*value);
            }
        }
        if self.is_bt709 {
            let (u, v) = colour.split_at_mut(size.pixels() / 4);
            from_bt709(luma, u, v, size.width() as usize);
        }
    }
}

/// 0 to 255 as `black` to `black + range`.
fn limited(value: u8, black: u16, range: u16) -> u8 {
    // At most 16 + 219.
    (black + (u16::from(value) * range + 127) / 255) as u8
}

/// 128 stays, and what is around it comes closer.
fn limited_colour(value: u8) -> u8 {
    // From 16 to 240.
    (128 + (i32::from(value) - 128) * 224 / 255) as u8
}

fn from_bt709(luma: &mut [u8], u_plane: &mut [u8], v_plane: &mut [u8], width: usize) {
    let [luma_of_u, luma_of_v, u_of_u, u_of_v, v_of_u, v_of_v] = TO_601;
    let colour_rows = u_plane.chunks_exact_mut(width / 2).zip(v_plane.chunks_exact_mut(width / 2));
    for (rows, (u_row, v_row)) in luma.chunks_exact_mut(width * 2).zip(colour_rows) {
        let (top, bottom) = rows.split_at_mut(width);
        let pixels = top.as_chunks_mut::<2>().0.iter_mut().zip(bottom.as_chunks_mut::<2>().0);
        for ((top, bottom), (u, v)) in pixels.zip(u_row.iter_mut().zip(v_row)) {
            let (blue, red) = (i32::from(*u) - 128, i32::from(*v) - 128);
            let more = (luma_of_u * blue + luma_of_v * red + ONE / 2) >> 14;
            for value in top.iter_mut().chain(bottom) {
                *value = (i32::from(*value) + more).clamp(16, 235) as u8;
            }
            *u = (128 + ((u_of_u * blue + u_of_v * red + ONE / 2) >> 14)).clamp(16, 240) as u8;
            *v = (128 + ((v_of_u * blue + v_of_v * red + ONE / 2) >> 14)).clamp(16, 240) as u8;
        }
    }
}
