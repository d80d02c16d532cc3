//! What the operating system gives beyond the standard library: clocks, receive time stamps, namespaces, ports, processes.

pub(crate) mod clock;
pub(crate) mod held_address;
pub(crate) mod network;
pub(crate) mod process;
pub(crate) mod receive;
