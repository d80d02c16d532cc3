//! Which of a camera's tracks its source writes: at most one of each medium. Recipes make the others.

use lenscast_media::{codec::Medium, rendition::Rendition};

/// The tracks that a source writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origins {
    video: Rendition,
    audio: Option<Rendition>,
}

impl Origins {
    /// A source that gives these pictures and no sound.
    #[must_use]
    pub const fn of_video(video: Rendition) -> Self {
        Self { video, audio: None }
    }

    /// The pictures that the source gives; what it is expected to give as long as it has given nothing.
    #[must_use]
    pub const fn video(&self) -> Rendition {
        self.video
    }

    /// What the source gives of `medium`.
    #[must_use]
    pub const fn of(&self, medium: Medium) -> Option<Rendition> {
        match medium {
            Medium::Video => Some(self.video),
            Medium::Audio => self.audio,
        }
    }

    /// Whether the source writes the track of this rendition.
    #[must_use]
    pub fn contains(&self, rendition: Rendition) -> bool {
        self.video == rendition || self.audio == Some(rendition)
    }

    /// The source gives `rendition` from now on; whether that is news.
    pub(super) fn set(&mut self, rendition: Rendition) -> bool {
        let is_news = !self.contains(rendition);
        match rendition.codec.medium() {
            Medium::Video => self.video = rendition,
            Medium::Audio => self.audio = Some(rendition),
        }
        is_news
    }

    /// Nothing gives sound any more; whether that is news.
    pub(super) fn unset_sound(&mut self) -> bool {
        self.audio.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::codec::Codec;

    use super::*;

    #[test]
    fn there_is_one_of_each_medium() {
        let opus = Rendition::of(Codec::Opus);
        let mut origins = Origins::of_video(Rendition::H264);
        assert!(origins.set(opus) && !origins.set(opus));
        assert!(origins.set(Rendition::MPEG1));
        assert!(origins.contains(opus) && origins.contains(Rendition::MPEG1));
        assert!(!origins.contains(Rendition::H264), "pictures replace pictures");
    }
}
