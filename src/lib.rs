//! Lenscast: live video from a camera to every web browser.
//!
//! ```text
//! source ─► encode ─► hub ◄─ transport ─► http      (ARCHITECTURE.md has the walls between them)
//! ```

pub mod clock;
pub mod http;
pub mod hub;
pub mod transport;
