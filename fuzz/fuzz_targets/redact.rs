//! What is shown of a foreign text: one line without hidden characters, and no password wherever it stands.
#![no_main]

// It is pure, and needs nothing of the server.
#[path = "../../src/redact/mod.rs"]
mod redact;

use libfuzzer_sys::fuzz_target;
use redact::redacted;

/// A password that no input spells by chance.
const SECRET: &str = "Tr0ub4dor-and-3";

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let shown = redacted(&text);
    assert!(!shown.contains(|character: char| character.is_control() || character == '\u{202e}'), "{shown:?}");
    // The fuzzer finds out the password, and spells it with characters in between that are not shown.
    if text.chars().filter(char::is_ascii_graphic).collect::<String>().contains(SECRET) {
        return;
    }
    for form in [
        format!("rtsp://admin:{SECRET}@host/"),
        format!("admin:{SECRET}@host"),
        format!("password={SECRET}"),
        format!("\"token\": \"{SECRET}\""),
        format!("--api-key {SECRET}"),
        format!("Authorization: Basic {SECRET}"),
    ] {
        let line = format!("{text} {form}");
        assert!(!redacted(&line).contains(SECRET), "{line:?} is shown as {:?}", redacted(&line));
        let line = format!("{form} {text}");
        assert!(!redacted(&line).contains(SECRET), "{line:?} is shown as {:?}", redacted(&line));
    }
});
