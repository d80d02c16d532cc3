//! Values whose name says that they are secret: in queries, settings, JSON, XML, options of a command, headers of HTTP.
//!
//! ```text
//! name ─ is it secret? ─► what stands between (= : => " %3D, or nothing behind an option) ─► value, masked
//! ```

use super::mask::{MASK, encoded};

/// A name that holds one of these, whatever stands around it and however it is separated, is secret.
const SECRET: [&str; 17] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "streamkey",
    "authkey",
    "credential",
    "authorization",
    "cookie",
    "loginpas",
    "sessionid",
];
/// A name whose last part is one of these is secret.
const SECRET_ENDS: [&str; 8] = ["key", "pass", "auth", "oauth", "sig", "signature", "pw", "psk"];
/// Parts that end as a secret one does: filters of ffmpeg, and words.
const NO_PASSWORDS: [&str; 6] = ["lowpass", "highpass", "bandpass", "allpass", "bypass", "compass"];
/// Names whose value is the rest of the line.
const WHOLE_LINE: [&str; 3] = ["authorization", "cookie", "passphrase"];
/// How the value of a header begins whose rest is a credential (RFC 9110, 11.4).
const SCHEMES: [&str; 5] = ["basic", "bearer", "digest", "negotiate", "token"];
/// Options of curl that take `user:password`.
const USER_OPTIONS: [&str; 4] = ["-u", "-U", "--user", "--proxy-user"];

/// `text` with every value masked whose name is secret.
pub(super) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((begin, end)) = next_name(text, at) {
        let value = secret_value(text, begin, end).filter(|(from, to)| from < to);
        let Some((from, to)) = value else {
            out.push_str(&text[at..end]);
            at = end;
            continue;
        };
        out.push_str(&text[at..from]);
        out.push_str(MASK);
        at = behind_names_within(text, from, to, &mut out);
    }
    out.push_str(&text[at..]);
    out
}

/// What looks like a value may be the next name, as in `password= --token x`: then the value of that is masked, too. Returns where
/// the last of them ends.
fn behind_names_within(text: &str, from: usize, mut to: usize, out: &mut String) -> usize {
    let mut at = from;
    while let Some((begin, end)) = next_name(text, at).filter(|(begin, _)| *begin < to && to < text.len()) {
        at = end;
        let value = secret_value(text, begin, end).filter(|(from, behind)| from < behind && *behind > to);
        if let Some((from, behind)) = value {
            if from > to {
                out.push_str(&text[to..from]);
                out.push_str(MASK);
            }
            to = behind;
        }
    }
    to
}

/// The next run of letters, digits and what joins them.
fn next_name(text: &str, at: usize) -> Option<(usize, usize)> {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
    let begin = at + text[at..].find(is_part)?;
    let end = text[begin..].find(|character| !is_part(character)).map_or(text.len(), |length| begin + length);
    // Two digits behind a percent sign are an encoded character.
    let is_encoded = text[..begin].ends_with('%') && end - begin > 2 && text.is_char_boundary(begin + 2);
    Some((if is_encoded { begin + 2 } else { begin }, end))
}

/// Where the value of the name between `begin` and `end` stands, if it is secret.
fn secret_value(text: &str, begin: usize, end: usize) -> Option<(usize, usize)> {
    let name = &text[begin..end];
    if let Some(value) = user_and_password(text, begin, end) {
        return Some(value);
    }
    let squashed: String =
        name.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    if SCHEMES.contains(&squashed.as_str()) && text[end..].starts_with(' ') {
        let from = end + blanks(&text[end..]);
        let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'');
        let to = text[from..].find(is_end).map_or(text.len(), |length| from + length);
        if looks_random(&text[from..to]) {
            return Some((from, to));
        }
    }
    if !is_secret(name, &squashed) {
        return None;
    }
    if let Some(value) = element(text, begin, end) {
        return Some(value);
    }
    let from = value_begin(text, begin, end)?;
    let before = text[..begin].chars().next_back().filter(|before| matches!(before, '"' | '\'' | '`'));
    let first_word = text[from..].split([' ', '"', '\'']).next().unwrap_or_default().to_lowercase();
    let takes_line =
        WHOLE_LINE.iter().any(|whole| squashed.contains(whole)) || SCHEMES.contains(&first_word.as_str());
    if let Some(value) = quoted(text, from) {
        return Some(value);
    }
    if takes_line {
        let to = before.and_then(|quote| text[from..].find(quote)).map_or(text.len(), |length| from + length);
        return Some((from, to));
    }
    Some((from, unquoted_end(text, from)))
}

fn is_secret(name: &str, squashed: &str) -> bool {
    if SECRET.iter().any(|secret| squashed.contains(secret)) {
        return true;
    }
    let name = name.trim_end_matches(|last: char| last.is_ascii_digit() || matches!(last, '_' | '-' | '.'));
    let mut last_part = name.rsplit(['_', '-', '.']).next().unwrap_or_default();
    let bytes = last_part.as_bytes();
    let hump = (1..bytes.len())
        .rev()
        .find(|at| bytes[at - 1].is_ascii_lowercase() && bytes[*at].is_ascii_uppercase());
    if let Some(hump) = hump {
        last_part = &last_part[hump..];
    }
    let last_part = last_part.to_lowercase();
    let is_password = last_part.ends_with("pass") && !NO_PASSWORDS.contains(&last_part.as_str());
    is_password || SECRET_ENDS.contains(&last_part.as_str())
}

/// The value of `-u user:password` and its like.
fn user_and_password(text: &str, begin: usize, end: usize) -> Option<(usize, usize)> {
    let name = &text[begin..end];
    if USER_OPTIONS.contains(&name) {
        let from = option_value(text, end)?;
        let (from, to) = quoted(text, from).unwrap_or_else(|| (from, unquoted_end(text, from)));
        // Behind a colon, or masked before.
        return (text[from..to].contains(':') || &text[from..to] == MASK).then_some((from, to));
    }
    let is_joined = name.starts_with("-u") && text[end..].starts_with(':');
    let from = end + 1;
    let is_word = text[..begin].chars().next_back().is_none_or(char::is_whitespace);
    (is_joined && is_word).then(|| (from, unquoted_end(text, from)))
}

/// The text of an XML element with this name.
fn element(text: &str, begin: usize, end: usize) -> Option<(usize, usize)> {
    let tag = text[..begin].rfind('<')?;
    let prefix = &text[tag + 1..begin];
    let is_namespace = |prefix: &str| prefix.chars().all(char::is_alphanumeric);
    if prefix.strip_suffix(':').map_or(!prefix.is_empty(), |prefix| !is_namespace(prefix)) {
        return None;
    }
    let from = end + text[end..].find('>')? + 1;
    let to = text[from..].find("</").map_or(text.len(), |length| from + length);
    Some((from, to))
}

/// Where the value begins that belongs to the name; `None` if nothing says that one does.
fn value_begin(text: &str, begin: usize, end: usize) -> Option<usize> {
    let is_option = text[begin..end].starts_with('-');
    let mut at = end;
    while text[at..].starts_with(['"', '\'', '`', '\\', ']']) {
        at += 1;
    }
    let was_quoted = at > end;
    let behind = at + blanks(&text[at..]);
    let rest = &text[behind..];
    let separator = ["=>", ":=", "=", ":"].iter().find(|separator| rest.starts_with(**separator));
    if let Some(separator) = separator {
        // The scheme of an address, not a name.
        if *separator == ":" && rest.starts_with("://") {
            return None;
        }
        let value = behind + separator.len();
        return Some(value + blanks(&text[value..]));
    }
    if let Some(length) = encoded(rest, '=', "3d").or_else(|| encoded(rest, ':', "3a")) {
        return Some(behind + length);
    }
    if is_option && was_quoted && rest.starts_with(',') {
        return Some(behind + 1 + blanks(&rest[1..]));
    }
    if is_option && !was_quoted { option_value(text, end) } else { None }
}

/// Where the word behind an option begins.
fn option_value(text: &str, end: usize) -> Option<usize> {
    let from = end + blanks(&text[end..]);
    (from > end && from < text.len()).then_some(from)
}

/// The inside of the quotes that begin at `from`. A quote that a letter follows is one of the value's own; without a closing one
/// the value goes on to the end.
fn quoted(text: &str, from: usize) -> Option<(usize, usize)> {
    let backslashes = text[from..].len() - text[from..].trim_start_matches('\\').len();
    let quote =
        text[from + backslashes..].chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    let begin = from + backslashes + 1;
    let mut searched = begin;
    while let Some(length) = text[searched..].find(quote) {
        let at = searched + length;
        let before = text[begin..at].len() - text[begin..at].trim_end_matches('\\').len();
        let goes_on = text[at + 1..].starts_with(char::is_alphanumeric);
        if before == backslashes && !goes_on {
            return Some((begin, at - before));
        }
        searched = at + 1;
    }
    Some((begin, text.len()))
}

/// Where a value without quotes ends: at a blank without a backslash, or where the next setting of a query begins.
fn unquoted_end(text: &str, from: usize) -> usize {
    let mut before = ' ';
    for (at, character) in text[from..].char_indices() {
        let ends = match character {
            '&' => begins_setting(&text[from + at + 1..]),
            '<' => text[from + at..].starts_with("</"),
            character => character.is_whitespace() && before != '\\',
        };
        if ends {
            return from + at;
        }
        before = character;
    }
    text.len()
}

fn begins_setting(text: &str) -> bool {
    let text = text.strip_prefix("amp;").unwrap_or(text);
    let is_part =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '[' | ']');
    let name = text.find(|letter| !is_part(letter));
    name.is_some_and(|length| length > 0 && text[length..].starts_with('='))
}

/// Whether a word is no word of a language: it has a digit, a capital letter within, or padding.
fn looks_random(word: &str) -> bool {
    word == MASK
        || word.len() >= 6
            && word
                .chars()
                .skip(1)
                .any(|letter| letter.is_ascii_digit() || letter.is_uppercase() || letter == '=')
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}
