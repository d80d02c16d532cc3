//! Where decoding begins, and from which frame on its pictures are whole.
//!
//! ```text
//! keyframe        begin here
//! leading frames  not decoded: they are shown before the keyframe and need what is before it
//! recovery        decoded and not shown, until as many frames as the keyframe says have refreshed the picture
//! ```

use lenscast_media::frame::{Frame, Role};

/// What a decoder does with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It is passed over.
    Skip,
    /// It is decoded.
    Decode {
        /// Nothing before it is known.
        begins: bool,
        /// Its picture is whole.
        is_whole: bool,
    },
}

/// Follows the frames of a track, each of which is decoded or not.
#[derive(Debug)]
pub(super) struct Beginning {
    awaits_keyframe: bool,
    /// Frames to come, disposable ones not counted, until the pictures are whole.
    recovering: u32,
    /// While frames that are shown before this time cannot be decoded.
    shown_from: Option<i64>,
}

impl Beginning {
    pub(super) const fn new() -> Self {
        Self { awaits_keyframe: true, recovering: 0, shown_from: None }
    }

    /// A frame was not decoded, or some are missing: decoding begins again at a keyframe.
    pub(super) const fn lost(&mut self) {
        self.awaits_keyframe = true;
    }

    /// What to do with the next frame in decode order.
    pub(super) fn next(&mut self, frame: &Frame) -> Use {
        let shown_at = frame.pts.ticks;
        if self.awaits_keyframe {
            if frame.role != Role::Key {
                return Use::Skip;
            }
            self.awaits_keyframe = false;
            self.recovering = frame.recovery_frames;
            self.shown_from = Some(shown_at);
            return Use::Decode { begins: true, is_whole: self.recovering == 0 };
        }
        if let Some(shown_from) = self.shown_from {
            if shown_at < shown_from {
                return Use::Skip;
            }
            self.shown_from = None;
        }
        if frame.role != Role::Disposable {
            self.recovering = self.recovering.saturating_sub(1);
        }
        if frame.role == Role::Key && frame.recovery_frames == 0 {
            self.recovering = 0;
        }
        Use::Decode { begins: false, is_whole: self.recovering == 0 }
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::fixtures::lettered;

    use super::*;

    /// Frames by [`lettered`], and `|` a loss. `B` begins with a whole picture, `b` with another; `+` whole, `-` not whole, `.`
    /// skipped.
    fn uses(letters: &str) -> String {
        let mut beginning = Beginning::new();
        let mut uses = String::new();
        for (place, letter) in (0..).zip(letters.chars()) {
            if letter == '|' {
                beginning.lost();
                uses.push('|');
                continue;
            }
            uses.push(match beginning.next(&lettered(letter, place)) {
                Use::Skip => '.',
                Use::Decode { begins: true, is_whole: true } => 'B',
                Use::Decode { begins: true, is_whole: false } => 'b',
                Use::Decode { is_whole: true, .. } => '+',
                Use::Decode { is_whole: false, .. } => '-',
            });
        }
        uses
    }

    #[test]
    fn begins_at_a_keyframe_and_shows_whole_pictures() {
        let table = [
            ("IDR pictures", "ppKppKp", "..B++++"),
            ("intra refresh", "pRppRp", ".b-+++"),
            ("disposable frames refresh nothing", "Rdpdp", "b---+"),
            ("an IDR picture refreshes all", "RpKp", "b-++"),
            ("leading frames", "pKlplp", ".B.+++"),
            ("a loss", "Kp|ppKp", "B+|..B+"),
            ("a loss in a refresh", "Rppp|pRppp", "b-++|.b-++"),
        ];
        for (name, letters, expected) in table {
            assert_eq!(uses(letters), expected, "{name}");
        }
    }
}
