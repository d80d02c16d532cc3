//! `user:password@` in addresses (RFC 3986, 3.2.1), as they are typed: the password may hold what should have been
//! percent-encoded, the whole address may be percent-encoded or JSON, and the scheme may be missing.

use super::mask::{MASK, encoded};

/// What ends the name of a user on its left.
const BEFORE_USER: [char; 14] = ['/', '\\', '"', '\'', '`', '(', '[', '{', '<', '=', ',', ';', '|', '&'];

/// `text` with every user and password masked.
pub(super) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let blanks = text[at..].len() - text[at..].trim_start().len();
        out.push_str(&text[at..at + blanks]);
        at = word(text, at + blanks, &mut out);
    }
    out
}

/// Writes the word at `at`, and what belongs to an address in it. Returns where that ends.
fn word(text: &str, mut at: usize, out: &mut String) -> usize {
    let mut end = word_end(text, at);
    let mut is_in_address = false;
    while let Some((slashes, behind)) = authority(text, at, end) {
        if is_in_address {
            out.push_str(&text[at..slashes]);
        } else {
            without_scheme(&text[at..slashes], out);
        }
        is_in_address = true;
        out.push_str(&text[slashes..behind]);
        at = behind;
        if let Some(length) = user_information(&text[behind..]) {
            out.push_str(MASK);
            at += length;
            end = word_end(text, at);
        }
    }
    if is_in_address {
        out.push_str(&text[at..end]);
    } else {
        without_scheme(&text[at..end], out);
    }
    end
}

fn word_end(text: &str, at: usize) -> usize {
    text[at..].find(char::is_whitespace).map_or(text.len(), |length| at + length)
}

/// Where the next `://` between `at` and `end` begins and ends.
fn authority(text: &str, at: usize, end: usize) -> Option<(usize, usize)> {
    let word = &text[at..end];
    let ends = |colon: usize| {
        let slashes = colon + encoded(&word[colon..], ':', "3a")?;
        let first = slashes + slash(&word[slashes..])?;
        Some((at + colon, at + first + slash(&word[first..])?))
    };
    word.match_indices([':', '%']).find_map(|(colon, _)| ends(colon))
}

fn slash(text: &str) -> Option<usize> {
    // JSON may write it with a backslash.
    if text.starts_with("\\/") { Some(2) } else { encoded(text, '/', "2f") }
}

/// The length of `user:password` at the start of `text`, which stands behind `://`. It ends with the last `@` of the word, for a
/// password may hold the characters that end an authority.
fn user_information(text: &str) -> Option<usize> {
    let word = &text[..word_end(text, 0)];
    let authority = &word[..word.find(['/', '?', '#']).unwrap_or(word.len())];
    // Masked before.
    if word.strip_prefix(MASK).is_some_and(|host| host.starts_with('@')) {
        return Some(MASK.len());
    }
    // An IPv6 address has colons of its own.
    if word.starts_with('[') {
        return last_at(authority);
    }
    let Some((_, password)) = first_colon(authority) else { return last_at(authority) };
    let has_port = begins_with_port(&word[password..]);
    // Behind host and port an address may hold another one, with a user of its own.
    if has_port && self::authority(word, password, word.len()).is_some() {
        return last_at(authority);
    }
    if let Some(at) = last_at(authority).filter(|at| *at >= password && has_host_and_port(&authority[*at..]))
    {
        return Some(at);
    }
    if let Some(at) = last_at(word).filter(|at| *at >= password) {
        return Some(at);
    }
    if password == word.len() || has_port {
        return None;
    }
    // No host has such a port. At the end of a text its writer was cut off before the `@`.
    let is_cut = authority.len() == text.trim_end().len();
    end_behind_spaces(text, word.len()).or_else(|| is_cut.then_some(authority.len()))
}

/// Where `user:password` ends, when the password has spaces and begins in the word before `from`.
fn end_behind_spaces(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    while at < text.len() {
        at += text[at..].len() - text[at..].trim_start().len();
        let word = &text[at..word_end(text, at)];
        if let Some(end) = last_at(word).filter(|end| *end > 0 && end + 1 < word.len()) {
            return Some(at + end);
        }
        at += word.len();
    }
    None
}

fn begins_with_port(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=5).contains(&digits) && !text[digits..].starts_with(char::is_alphanumeric)
}

/// Whether `text`, which begins with an `@`, goes on with a name and a port, and nothing else: no password looks like that.
fn has_host_and_port(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(_, port)| begins_with_port(port) && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The last `@`, encoded or not.
fn last_at(text: &str) -> Option<usize> {
    text.rmatch_indices(['@', '%']).map(|(at, _)| at).find(|at| encoded(&text[*at..], '@', "40").is_some())
}

/// Where the first colon begins and ends, encoded or not.
fn first_colon(text: &str) -> Option<(usize, usize)> {
    let ends = |at: usize| Some((at, at + encoded(&text[at..], ':', "3a")?));
    text.match_indices([':', '%']).find_map(|(at, _)| ends(at))
}

/// Writes `word`, which has no `://`, with a user and password masked that stand before a host.
fn without_scheme(word: &str, out: &mut String) {
    let Some((begin, end)) = user_before_host(word) else { return out.push_str(word) };
    out.push_str(&word[..begin]);
    out.push_str(MASK);
    out.push_str(&word[end..]);
}

fn user_before_host(word: &str) -> Option<(usize, usize)> {
    let end = last_at(word)?;
    let host = end + encoded(&word[end..], '@', "40")?;
    if !word[host..].starts_with(|first: char| first.is_alphanumeric() || first == '[') {
        return None;
    }
    let is_quote = |character: char| matches!(character, '"' | '\'');
    let is_of_user = |(at, length): (usize, usize)| {
        let password = &word[at + length..end];
        // The colon behind a name of JSON, and one before nothing.
        let of_json = word[..at].ends_with(is_quote) || password.starts_with(is_quote);
        (!password.is_empty() && !of_json).then_some(at)
    };
    let colons = word[..end].match_indices([':', '%']).map(|(at, _)| at);
    let colon =
        colons.filter_map(|at| Some((at, encoded(&word[at..end], ':', "3a")?))).find_map(is_of_user)?;
    // Behind a colon and a slash stands an address whose second slash was forgotten.
    if word[colon + 1..end].starts_with('/') && !word[colon + 1..end].starts_with("//") {
        return Some((colon + 2, end)).filter(|(begin, end)| begin < end);
    }
    let begin = word[..colon]
        .rfind(BEFORE_USER)
        .map_or(0, |before| before + word[before..].chars().next().map_or(1, char::len_utf8));
    Some((begin, end))
}
