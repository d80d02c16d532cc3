//! Errors of the operating system, as words in a sentence of ours.

/// What the system said, in words only: without the number that Rust puts behind it.
pub(crate) fn in_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_quoted_in_words() {
        let table = [
            (std::io::Error::from_raw_os_error(111), "Connection refused"),
            (std::io::Error::other("no answer within 5 s"), "no answer within 5 s"),
        ];
        for (error, words) in table {
            assert_eq!(in_words(&error), words);
        }
    }
}
