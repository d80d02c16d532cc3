//! One line of characters that are seen as they are.
//!
//! A terminal obeys control characters and escape sequences, and U+202E turns the rest of a line around (Unicode Standard Annex 9):
//! with them a child could overwrite what the log says, or hide a word from whoever looks for it.

/// `text` on one line: line ends and tabs become a space; colours, control and invisible characters are removed.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = &rest[escape_sequence(rest).unwrap_or(character.len_utf8())..];
        match character {
            '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => line.push(' '),
            character if is_hidden(character) => {}
            character => line.push(character),
        }
    }
    line
}

/// The length of the change of colour (ECMA-48, 8.3.117) that `text` begins with, which may stand within a name. Of other sequences
/// the rest stays: their last letter may be the first one of a name.
fn escape_sequence(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[").or_else(|| text.strip_prefix('\u{9b}'))?;
    let end = parameters.find(|character| !('0'..=';').contains(&character))?;
    parameters[end..].starts_with('m').then(|| text.len() - parameters.len() + end + 1)
}

/// Whether a character has no picture of its own: control characters, marks of direction, invisible ones, tags.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_obeyed_and_nothing_is_hidden() {
        let table = [
            ("plain Küche 🎥", "plain Küche 🎥"),
            ("a\tb\nc\r\nd", "a b c  d"),
            ("\x1b[1;31mred\x1b[0m", "red"),
            ("\u{9b}2Jnot cleared \u{9b}38:5:1mred", "2Jnot cleared red"),
            ("\x1b]0;title\x07", "]0;title"),
            ("\x1b[", "["),
            ("\x1bc\x08\x7f\0", "c"),
            ("evil\u{202e}gnp.exe\u{2066}\u{feff}", "evilgnp.exe"),
            ("a\u{2028}b\u{85}c", "a b c"),
        ];
        for (text, expected) in table {
            assert_eq!(one_line(text), expected, "{text:?}");
            assert_eq!(one_line(expected), expected, "again: {text:?}");
        }
    }
}
