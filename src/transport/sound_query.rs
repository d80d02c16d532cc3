//! `?audio=1`, `?audio=0` and `?audio=only`: whether a viewer gets the camera's sound.

use serde::Deserialize;

use super::admission::Wanted;

/// The query of an address whose stream may have sound.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct SoundQuery {
    audio: Option<String>,
}

impl SoundQuery {
    /// What its sender gets, where the address can give sound alone.
    pub(super) fn wanted_or_only(&self, by_default: bool) -> Wanted {
        if self.audio.as_deref() == Some("only") { Wanted::Sound } else { self.wanted(by_default) }
    }

    /// What its sender gets; sound `by_default` where it does not say. Anything but `0` means yes.
    pub(super) fn wanted(&self, by_default: bool) -> Wanted {
        let listens = self.audio.as_deref().map_or(by_default, |audio| audio != "0");
        if listens { Wanted::VideoAndSound } else { Wanted::Video }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_nothing_gets_the_default() {
        let wanted = |audio: Option<&str>, by_default| {
            let query = SoundQuery { audio: audio.map(str::to_owned) };
            query.wanted(by_default) == Wanted::VideoAndSound
        };
        let table =
            [(None, true, true), (None, false, false), (Some("0"), true, false), (Some("1"), false, true)];
        for (audio, by_default, expected) in table {
            assert_eq!(wanted(audio, by_default), expected, "{audio:?}");
        }
        let only = SoundQuery { audio: Some("only".to_owned()) };
        assert_eq!((only.wanted_or_only(false), only.wanted(false)), (Wanted::Sound, Wanted::VideoAndSound));
    }
}
