//! The query of a request for JPEG: `fps`, `width`, `quality`, and how the pictures are framed. Other parameters
//! (`action`, numbers that defeat caches) are ignored.

use std::{borrow::Cow, ops::RangeInclusive};

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use lenscast_media::{picture::Size, rendition::Rendition};

use crate::http::bad_request;

/// Allowed values of `fps`.
const RATES: RangeInclusive<u32> = 1..=120;
/// Allowed values of `width`.
const WIDTHS: RangeInclusive<u32> = Size::MIN_SIDE..=Size::MAX_SIDE;
/// Allowed values of `quality`.
const QUALITIES: RangeInclusive<u32> = 1..=100;

/// The settings of a request. As an extractor it answers bad ones itself, with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JpegQuery {
    pub(super) rendition: Rendition,
    /// Whether the headers of the next picture are to follow each picture at once.
    pub(super) advance_headers: bool,
}

impl Default for JpegQuery {
    fn default() -> Self {
        Self { rendition: Rendition::JPEG, advance_headers: false }
    }
}

/// A value that is not allowed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}={value} is not allowed: it is a whole number from {} to {}", allowed.start(), allowed.end())]
struct BadValue {
    key: &'static str,
    value: String,
    allowed: RangeInclusive<u32>,
}

impl JpegQuery {
    fn of(query: &str) -> Result<Self, BadValue> {
        let mut known = Self::default();
        for (key, value) in pairs(query) {
            let value = decoded(value);
            let value = value.as_ref();
            let number = |key: &'static str, allowed: RangeInclusive<u32>| {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit()).then_some(value);
                let number = digits.and_then(|digits| digits.parse().ok());
                number.filter(|number| allowed.contains(number)).ok_or(BadValue {
                    key,
                    value: shown(value),
                    allowed,
                })
            };
            match key {
                "fps" => known.rendition.frames_per_second = Some(number("fps", RATES)?),
                // Sides are even: 641 and 640 are the same picture.
                "width" => known.rendition.width = Some(number("width", WIDTHS)? & !1),
                "quality" => {
                    known.rendition.quality =
                        Some(u8::try_from(number("quality", QUALITIES)?).unwrap_or(100));
                }
                "advance_headers" => known.advance_headers = value == "1",
                _ => {}
            }
        }
        Ok(known)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for JpegQuery {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Self::of(parts.uri.query().unwrap_or_default()).map_err(|error| bad_request(&error))
    }
}

/// A value without its percent-encoding; what is no UTF-8 is no number either.
fn decoded(value: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(value).decode_utf8_lossy()
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// A value, cut to what fits a sentence.
fn shown(value: &str) -> String {
    value.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_parameters() {
        let settings = |frames_per_second, width, quality| JpegQuery {
            rendition: Rendition { frames_per_second, width, quality, ..Rendition::JPEG },
            advance_headers: false,
        };
        let table = [
            ("", JpegQuery::default()),
            ("fps=1&width=16&quality=1", settings(Some(1), Some(16), Some(1))),
            ("fps=120&width=4096&quality=100", settings(Some(120), Some(4096), Some(100))),
            ("action=stream&fps=5", settings(Some(5), None, None)),
            ("width=%31%30%30&fps=%35", settings(Some(5), Some(100), None)),
            ("width=641", settings(None, Some(640), None)),
            ("bypassCache=1234567&_=1&&x", JpegQuery::default()),
            ("advance_headers=1", JpegQuery { advance_headers: true, ..JpegQuery::default() }),
            ("advance_headers=0", JpegQuery::default()),
        ];
        for (query, expected) in table {
            assert_eq!(JpegQuery::of(query), Ok(expected), "{query}");
        }
    }

    #[test]
    fn values_that_are_not_allowed_are_named() {
        let table = [
            ("fps=0", "fps=0 is not allowed: it is a whole number from 1 to 120"),
            ("fps=", "fps= is not allowed: it is a whole number from 1 to 120"),
            ("fps=2.5", "fps=2.5 is not allowed: it is a whole number from 1 to 120"),
            ("fps", "fps= is not allowed: it is a whole number from 1 to 120"),
            ("width=15", "width=15 is not allowed: it is a whole number from 16 to 4096"),
            ("width=%ff", "width=\u{fffd} is not allowed: it is a whole number from 16 to 4096"),
            ("width=+640", "width=+640 is not allowed: it is a whole number from 16 to 4096"),
            ("quality=101", "quality=101 is not allowed: it is a whole number from 1 to 100"),
            (
                "quality=99999999999999999999999999",
                "quality=99999999999999999999 is not allowed: it is a whole number from 1 to 100",
            ),
        ];
        for (query, expected) in table {
            let error = JpegQuery::of(query).map_err(|error| error.to_string());
            assert_eq!(error, Err(expected.to_owned()), "{query}");
        }
    }
}
