//! What the operating system gives beyond the standard library: clocks, receive time stamps, namespaces, processes.

pub(crate) mod clock;
pub(crate) mod network;
pub(crate) mod process;
pub(crate) mod receive;
