//! The classic systems on the ports they had: each is a page and a WebSocket.
//!
//! ```text
//! --compat broadway=8000,9000      PAGE port: index.html, Decoder.js …  or a folder of the user (--static)
//!                                  WS port:   a WebSocket at any path   (server/classic.rs chooses the transport)
//! ```
//! A page is a folder with an index.html, in which the server fills in the WebSocket's address and the picture's size. On a
//! PAGE port that is also one of ours, only `/`, `/index.html` and the folder's own files are the page's.

mod check;
mod fill;
mod folder;
mod page;
mod typed;

pub use check::{CompatError, Config, Ports, System, check_ports};
pub use folder::{Folder, FolderError};
pub use page::{Page, routes, share};
pub use typed::{Typed, TypedCompat};
