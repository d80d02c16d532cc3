//! Which renditions of a camera may be made beside each other: each variant of JPEG costs an encoder.

use lenscast_media::{codec::Codec, rendition::Rendition};

use crate::hub::{Admission, ExistingRendition, RenditionRefused};

/// Variants of JPEG that are made of one camera at once, beside the one without settings.
pub const MAX_JPEG_VARIANTS: usize = 4;

/// How many of them one address may want alone, unless it may have all viewers: one is left for others.
const MAX_JPEG_VARIANTS_OF_ADDRESS: usize = MAX_JPEG_VARIANTS - 1;

/// Says whether `wanted` may be made beside what `existing` are made already. The rendition without settings always may.
/// Where all variants are taken, one that nobody wants any more makes room.
///
/// # Errors
/// When all variants are wanted by somebody, or too many by the asker's address alone.
pub fn admit(wanted: Rendition, existing: &[ExistingRendition]) -> Result<Admission, RenditionRefused> {
    let is_variant = |rendition: Rendition| rendition.codec == Codec::Jpeg && !rendition.is_plain();
    let variants = existing.iter().filter(|existing| is_variant(existing.rendition)).count();
    let is_own = |existing: &&ExistingRendition| is_variant(existing.rendition) && existing.is_askers_alone;
    if is_variant(wanted) && existing.iter().filter(is_own).count() >= MAX_JPEG_VARIANTS_OF_ADDRESS {
        return Err(RenditionRefused(format!(
            "Your address already uses {MAX_JPEG_VARIANTS_OF_ADDRESS} of the {MAX_JPEG_VARIANTS} JPEG variants of this \
             camera. Use the fps, width and quality of one of them, or omit all three."
        )));
    }
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
        let of_asker = |widths: &[u32], others: &[u32]| -> Vec<ExistingRendition> {
            let of = |width: &u32| ExistingRendition {
                rendition: variant(*width),
                is_wanted: true,
                is_askers_alone: !others.contains(width),
            };
            widths.iter().chain(others).map(of).collect()
        };
        let watched = |widths: &[u32], unwanted: &[u32]| -> Vec<ExistingRendition> {
            let of = |width: &u32| ExistingRendition {
                rendition: variant(*width),
                is_wanted: !unwanted.contains(width),
                is_askers_alone: false,
            };
            let plain =
                ExistingRendition { rendition: Rendition::JPEG, is_wanted: false, is_askers_alone: false };
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
            ("the third of an address", variant(9), of_asker(&[1, 2], &[]), Some(Admission::Add)),
            ("the fourth of an address", variant(9), of_asker(&[1, 2, 3], &[]), None),
            (
                "the third of an address, beside another's",
                variant(9),
                of_asker(&[1, 2], &[3]),
                Some(Admission::Add),
            ),
            (
                "without settings, by the same",
                Rendition::JPEG,
                of_asker(&[1, 2, 3], &[]),
                Some(Admission::Add),
            ),
            ("without settings", Rendition::JPEG, watched(&[1, 2, 3, 4], &[]), Some(Admission::Add)),
            ("not JPEG", Rendition::MPEG1, watched(&[1, 2, 3, 4], &[]), Some(Admission::Add)),
        ];
        for (name, wanted, existing, expected) in table {
            assert_eq!(admit(wanted, &existing).ok(), expected, "{name}");
        }
    }
}
