//! Which renditions of a camera may be made beside each other: each variant of JPEG costs an encoder.

use lenscast_media::{codec::Codec, rendition::Rendition};

use crate::hub::{Admission, ExistingRendition, RenditionRefused};

/// Variants of JPEG that are made of one camera at once, beside the one without settings.
pub const MAX_JPEG_VARIANTS: usize = 4;

/// Says whether `wanted` may be made beside what `existing` are made already. The rendition without settings always may.
/// Where all variants are taken, one that nobody wants any more makes room.
///
/// # Errors
/// When all variants are wanted by somebody.
pub fn admit(wanted: Rendition, existing: &[ExistingRendition]) -> Result<Admission, RenditionRefused> {
    let is_variant = |rendition: Rendition| rendition.codec == Codec::Jpeg && !rendition.is_plain();
    let variants = existing.iter().filter(|existing| is_variant(existing.rendition)).count();
    if !is_variant(wanted) || variants < MAX_JPEG_VARIANTS {
        return Ok(Admission::Add);
    }
    let unwanted = existing.iter().position(|existing| is_variant(existing.rendition) && !existing.is_wanted);
    unwanted.map(Admission::Replace).ok_or_else(|| {
        RenditionRefused(format!(
            "This camera already serves {MAX_JPEG_VARIANTS} JPEG variants. Use the fps, width and quality of one of them, \
             or omit all three."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_variants_are_made_at_once() {
        let variant = |width| Rendition { width: Some(width), ..Rendition::JPEG };
        let watched = |widths: &[u32], unwanted: &[u32]| -> Vec<ExistingRendition> {
            let of = |width: &u32| ExistingRendition {
                rendition: variant(*width),
                is_wanted: !unwanted.contains(width),
            };
            let plain = ExistingRendition { rendition: Rendition::JPEG, is_wanted: false };
            std::iter::once(plain).chain(widths.iter().map(of)).collect()
        };
        let table = [
            ("the first", variant(9), watched(&[], &[]), Some(Admission::Add)),
            ("the fourth", variant(9), watched(&[1, 2, 3], &[]), Some(Admission::Add)),
            ("a fifth", variant(9), watched(&[1, 2, 3, 4], &[]), None),
            (
                "in place of an unwanted one",
                variant(9),
                watched(&[1, 2, 3, 4], &[3]),
                Some(Admission::Replace(3)),
            ),
            ("without settings", Rendition::JPEG, watched(&[1, 2, 3, 4], &[]), Some(Admission::Add)),
            ("not JPEG", Rendition::MPEG1, watched(&[1, 2, 3, 4], &[]), Some(Admission::Add)),
        ];
        for (name, wanted, existing, expected) in table {
            assert_eq!(admit(wanted, &existing).ok(), expected, "{name}");
        }
    }
}
