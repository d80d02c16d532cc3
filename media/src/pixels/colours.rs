//! What the numbers of a picture mean, and the way to BT.601 in limited range.

use serde::{Deserialize, Serialize};

use crate::picture::Size;

/// How luma and colour of a picture are coded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colours {
    /// Black is 0 and white 255, instead of 16 and 235.
    pub is_full_range: bool,
    /// What red, green and blue have in luma.
    pub matrix: Matrix,
}

/// What red, green and blue have in luma.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Matrix {
    /// ITU-R BT.601: standard definition, webcams, JPEG.
    #[default]
    Bt601,
    /// ITU-R BT.709: high definition.
    Bt709,
    /// ITU-R BT.2020, non-constant luminance: ultra high definition.
    Bt2020,
}

/// One in the fixed point numbers here.
const ONE: i32 = 1 << 14;

impl Matrix {
    /// The way to BT.601, both in limited range: luma gets a part of each colour, and each colour one of the other.
    /// (luma_of_u, luma_of_v, u_of_u, u_of_v, v_of_u, v_of_v); `None` where there is none to go.
    const fn to_601(self) -> Option<[i32; 6]> {
        match self {
            Self::Bt601 => None,
            Self::Bt709 => Some([1627, 3141, 16218, -1813, -1187, 16112]),
            Self::Bt2020 => Some([1888, 1690, 16306, -976, -1378, 15999]),
        }
    }
}

impl Colours {
    /// Makes planes Y, U and V of a picture of that `size` what the rest of the program takes them for.
    pub fn adjust(self, planes: &mut [u8], size: Size) {
        let (luma, colour) = planes.split_at_mut(size.pixels());
        if self.is_full_range {
            for value in luma.iter_mut() {
                *value = limited(*value, 16, 219);
            }
            for value in colour.iter_mut() {
                *value = limited_colour(*value);
            }
        }
        if let Some(to_601) = self.matrix.to_601() {
            let (u, v) = colour.split_at_mut(size.pixels() / 4);
            change_matrix(to_601, luma, u, v, size.width() as usize);
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

fn change_matrix(parts: [i32; 6], luma: &mut [u8], u_plane: &mut [u8], v_plane: &mut [u8], width: usize) {
    let [luma_of_u, luma_of_v, u_of_u, u_of_v, v_of_u, v_of_v] = parts;
    // What the colours of a row add to luma, at most 40 either way; by itself, so that the loops are made wide.
    let mut more = vec![0_i16; width];
    let colour_rows = u_plane.chunks_exact_mut(width / 2).zip(v_plane.chunks_exact_mut(width / 2));
    for (rows, (u_row, v_row)) in luma.chunks_exact_mut(width * 2).zip(colour_rows) {
        for ((u, v), more) in u_row.iter_mut().zip(v_row).zip(more.as_chunks_mut::<2>().0) {
            let (blue, red) = (i32::from(*u) - 128, i32::from(*v) - 128);
            *more = [((luma_of_u * blue + luma_of_v * red + ONE / 2) >> 14) as i16; 2];
            *u = (128 + ((u_of_u * blue + u_of_v * red + ONE / 2) >> 14)).clamp(16, 240) as u8;
            *v = (128 + ((v_of_u * blue + v_of_v * red + ONE / 2) >> 14)).clamp(16, 240) as u8;
        }
        for row in rows.chunks_exact_mut(width) {
            for (value, more) in row.iter_mut().zip(&more) {
                *value = (i16::from(*value) + more).clamp(16, 235) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts of red and blue in luma (ITU-T H.264 table E-5).
    const fn weights(matrix: Matrix) -> (f64, f64) {
        match matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
            Matrix::Bt2020 => (0.2627, 0.0593),
        }
    }

    /// Luma and colours of red, green and blue (0 to 1), by the definition.
    fn coded([red, green, blue]: [f64; 3], Colours { is_full_range, matrix }: Colours) -> [f64; 3] {
        let (of_red, of_blue) = weights(matrix);
        let luma = of_red * red + (1.0 - of_red - of_blue) * green + of_blue * blue;
        let (u, v) = ((blue - luma) / (2.0 - 2.0 * of_blue), (red - luma) / (2.0 - 2.0 * of_red));
        if is_full_range {
            [luma * 255.0, 128.0 + u * 255.0, 128.0 + v * 255.0]
        } else {
            [16.0 + luma * 219.0, 128.0 + u * 224.0, 128.0 + v * 224.0]
        }
    }

    #[test]
    fn every_colour_becomes_bt601_in_limited_range() {
        let size = Size::new(16, 16).expect("even");
        let steps = [0.0, 0.25, 0.5, 0.75, 1.0];
        for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020] {
            for is_full_range in [false, true] {
                let colours = Colours { is_full_range, matrix };
                for number in 0..125 {
                    let rgb = [number % 5, number / 5 % 5, number / 25].map(|step| steps[step]);
                    let [y, u, v] = coded(rgb, colours).map(|value| value.round().clamp(0.0, 255.0) as u8);
                    let mut planes = [vec![y; 256], vec![u; 64], vec![v; 64]].concat();
                    colours.adjust(&mut planes, size);
                    let expected = coded(rgb, Colours::default());
                    for (at, expected) in [0, 256, 320].into_iter().zip(expected) {
                        let found = f64::from(planes[at]);
                        assert!(
                            (found - expected).abs() < 2.0,
                            "{colours:?} {rgb:?}: {found}, not {expected}"
                        );
                    }
                    assert!(planes[..256].iter().all(|value| *value == planes[0]));
                }
            }
        }
    }

    #[test]
    fn bt601_in_limited_range_stays_as_it_is() {
        let mut planes: Vec<u8> = (0..384).map(|at| at as u8).collect();
        let before = planes.clone();
        Colours::default().adjust(&mut planes, Size::new(16, 16).expect("even"));
        assert_eq!(planes, before);
    }
}
