//! Turns raw pictures as Exif says (tag 0x0112): cameras that hang upside down or stand on their side say it there.
//!
//! ```text
//! 1 as it is   2 mirrored        3 upside down       4 upside down, mirrored
//! 5 mirrored, then 8             6 a quarter right   7 mirrored, then 6       8 a quarter left
//! ```

use bytes::Bytes;
use lenscast_media::{
    jpeg::Orientation,
    picture::{RawPicture, Size},
};

/// `picture` as it is shown.
pub(super) fn turned(picture: RawPicture<Bytes>, orientation: Orientation) -> RawPicture<Bytes> {
    if !(2..=8).contains(&orientation) {
        return picture;
    }
    let from = picture.size();
    let sides = if orientation < 5 { (from.width(), from.height()) } else { (from.height(), from.width()) };
    let Ok(size) = Size::new(sides.0, sides.1) else { return picture };
    let mut planes = Vec::with_capacity(size.picture_bytes());
    let (y, u, v) = picture.planes();
    for (plane, half) in [(y, 1), (u, 2), (v, 2)] {
        turn(
            plane,
            ((from.width() / half) as usize, (from.height() / half) as usize),
            orientation,
            &mut planes,
        );
    }
    RawPicture::from_planes(size, planes.into()).unwrap_or(picture)
}

/// Appends a plane of `width` by `height`, turned, to `to`.
fn turn(plane: &[u8], (width, height): (usize, usize), orientation: Orientation, to: &mut Vec<u8>) {
    let rows = || plane.chunks_exact(width);
    let columns = || (0..width).map(move |x| plane[x..].iter().step_by(width));
    match orientation {
        2 => rows().for_each(|row| to.extend(row.iter().rev())),
        3 => to.extend(plane.iter().rev()),
        4 => rows().rev().for_each(|row| to.extend(row)),
        5 => columns().for_each(|column| to.extend(column)),
        6 => columns().for_each(|column| to.extend(column.rev())),
        7 => columns().rev().for_each(|column| to.extend(column.rev())),
        _ => columns().rev().for_each(|column| to.extend(column)),
    }
    debug_assert_eq!(plane.len(), width * height);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation() {
        // abc
        // def
        let table: [(u8, &[u8]); 7] = [
            (2, b"cbafed"),
            (3, b"fedcba"),
            (4, b"defabc"),
            (5, b"adbecf"),
            (6, b"daebfc"),
            (7, b"fcebda"),
            (8, b"cfbead"),
        ];
        for (orientation, expected) in table {
            let mut turned = Vec::new();
            turn(b"abcdef", (3, 2), orientation, &mut turned);
            assert_eq!(turned, expected, "{orientation}");
        }
    }

    #[test]
    fn a_quarter_changes_the_sides_and_no_orientation_nothing() {
        let size = Size::new(32, 16).expect("even");
        let picture = RawPicture::from_planes(size, Bytes::from(RawPicture::black(size).into_planes()));
        let picture = picture.expect("its planes");
        for (orientation, sides) in
            [(0, "32x16"), (1, "32x16"), (3, "32x16"), (6, "16x32"), (8, "16x32"), (9, "32x16")]
        {
            assert_eq!(turned(picture.clone(), orientation).size().to_string(), sides, "{orientation}");
        }
    }
}
