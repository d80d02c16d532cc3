//! What is typed behind `--source`: no panic, and whatever is taken apart has the parts that its grammar allows.
#![no_main]

#[allow(dead_code, reason = "the kinds of sources use the rest")]
#[path = "../../src/option_value.rs"]
mod option_value;
#[path = "shared/source.rs"]
mod source;

use libfuzzer_sys::fuzz_target;
use source::spec::SourceSpec;

fuzz_target!(|text: &str| {
    let spec: SourceSpec = match text.parse() {
        Ok(spec) => spec,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    if let Some(name) = &spec.name {
        assert!((1..=32).contains(&name.len()), "{name:?}");
        let is_allowed = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        assert!(name.bytes().all(is_allowed), "{name:?}");
        assert!(text.starts_with(&format!("{name}=")));
    }
    // A later option takes the place of an earlier one.
    let mut twice = spec.clone();
    twice.set("size".to_owned(), "1x1".into());
    twice.set("size".to_owned(), "2x2".into());
    let taken = twice.take_options(&["size"]);
    assert_eq!(taken, [("size".to_owned(), "2x2".into())]);
    assert!(twice.take_options(&["size"]).is_empty());
});
