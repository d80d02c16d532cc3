//! `Host` headers: no panic, what is read writes the same again, and nothing in a name means anything in a page or a path.
#![no_main]

#[path = "../../src/http/host.rs"]
mod host;

use host::Host;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(Host { name, port }) = Host::parse(text) else { return };
    assert!(text.starts_with(name) && !name.is_empty() && name.len() < 512);
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:%[]".contains(&byte)));
    assert_eq!(name.contains(':'), name.starts_with('[') && name.ends_with(']'));
    let again = port.map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
    assert_eq!(Host::parse(&again), Ok(Host { name, port }));
    assert!(Host::parse(&format!("user@{text}")).is_err());
});
