//! What `rpicam-vid --version` says.
//!
//! ```text
//! rpicam-apps build: v1.5.0 a1b2c3d4e5f6-intree 05-07-2024 (12:00:00)
//! rpicam-apps capabilites: egl:1 qt:1 drm:1 libav:1      since 1.5; spelt like this
//! libcamera build: v0.3.0+65-6ddd79b5
//! ```

use std::fmt;

/// Version of rpicam-apps, or of libcamera-apps as they were called before 1.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) [u32; 3]);

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(out, "{major}.{minor}.{patch}")
    }
}

/// What is known about the installed program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Build {
    /// Its version; a build from a working copy may have none.
    pub(super) version: Option<Version>,
    /// Whether it was built with libav; `None` if it does not say.
    pub(super) has_libav: Option<bool>,
}

impl Build {
    /// Whether the program is this version or newer. A program without a version counts as older.
    pub(super) fn is_at_least(self, major: u32, minor: u32, patch: u32) -> bool {
        self.version.is_some_and(|version| version >= Version([major, minor, patch]))
    }

    /// Reads what the program printed.
    pub(super) fn parse(text: &str) -> Self {
        let mut build = Self::default();
        for line in text.lines() {
            if let Some((name, rest)) = line.split_once(" build: ")
                && matches!(name, "rpicam-apps" | "libcamera-apps")
            {
                build.version = rest.split_whitespace().next().and_then(version);
            }
            if line.contains(" capabilit") {
                let libav = line.split_whitespace().find_map(|word| word.strip_prefix("libav:"));
                build.has_libav = libav.map(|libav| libav == "1");
            }
        }
        build
    }
}

/// `v1.5.0`, also with something behind a hyphen or plus.
fn version(word: &str) -> Option<Version> {
    let numbers = word.strip_prefix('v')?.split(['-', '+', '~']).next()?;
    let mut parts = numbers.split('.').map(|part| part.parse().ok());
    let version = [parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?];
    parts.next().is_none().then_some(Version(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_they_are_printed() {
        let table = [
            (
                "rpicam-apps build: v1.9.1 a1b2c3d4e5f6-intree 14-08-2025 (10:10:10)\n\
                 rpicam-apps capabilites: egl:1 qt:1 drm:1 libav:1\nlibcamera build: v0.5.2+99-bfd68f78\n",
                Some([1, 9, 1]),
                Some(true),
            ),
            (
                "rpicam-apps build: v1.5.0 x\nrpicam-apps capabilities: egl:0 qt:0 drm:1 libav:0\n",
                Some([1, 5, 0]),
                Some(false),
            ),
            ("libcamera-apps build: v1.2.1 22-06-2023\nlibcamera build: v0.0.5\n", Some([1, 2, 1]), None),
            (
                "rpicam-apps build: v1.12.0 28-11-2026 (15:50:24)\n\
                 rpicam-apps capabilites: egl:0 qt:0 drm:0 libav:1\nlibcamera build: v0.7.1\n",
                Some([1, 12, 0]),
                Some(true),
            ),
            ("rpicam-apps build: v1.10-rc1 x\n", Some([1, 10, 0]), None),
            ("libcamera-apps build: 7e4d3d71867f 17-07-2022 (07:34:37)\n", None, None),
            ("rpicam-apps build: v1.2.3.4\n", None, None),
            ("libcamera build: v0.3.0\n", None, None),
            ("", None, None),
        ];
        for (text, version, has_libav) in table {
            assert_eq!(Build::parse(text), Build { version: version.map(Version), has_libav }, "{text}");
        }
        let build = Build { version: Some(Version([1, 10, 0])), has_libav: None };
        assert!(build.is_at_least(1, 9, 9) && build.is_at_least(1, 10, 0) && !build.is_at_least(1, 10, 1));
        assert!(!Build::default().is_at_least(0, 0, 0));
    }
}
