//! Sentences for requests that never become one: hyper answers them itself, with an empty body. Pure.
//!
//! ```text
//! hyper ─ "HTTP/1.1 431 … content-length: 0" ─► Watched ─► the same with a sentence
//! ```

/// Status lines as hyper writes them, and what to say. No handler of ours answers with an empty body and one of these.
const SENTENCES: [(&str, &str); 3] = [
    ("HTTP/1.1 400 Bad Request", "This is not a request of HTTP/1.1 or HTTP/1.0"),
    ("HTTP/1.1 414 URI Too Long", "The address of a request may have 16 kB with its headers"),
    (
        "HTTP/1.1 431 Request Header Fields Too Large",
        "The address and the headers of a request may have 16 kB, and there may be 100 headers",
    ),
];

/// The answer with a sentence, if `written` is one of hyper's own.
pub(super) fn with_sentence(written: &[u8]) -> Option<String> {
    let (status, sentence) = SENTENCES.iter().find(|(status, _)| written.starts_with(status.as_bytes()))?;
    let head = std::str::from_utf8(written).ok().filter(|head| head.ends_with("\r\n\r\n"))?;
    head.lines().find(|line| line.eq_ignore_ascii_case("content-length: 0"))?;
    let length = sentence.len() + 1;
    Some(format!(
        "{status}\r\ncontent-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n\
         connection: close\r\ncontent-length: {length}\r\n\r\n{sentence}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_hyper_says_by_itself_gets_a_sentence() {
        let hypers = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\
                      date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n";
        let answer = with_sentence(hypers.as_bytes()).expect("a sentence");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{answer}");
        assert!(body.contains("16 kB") && body.ends_with('\n'), "{body}");
        for other in [
            "",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 9\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        ] {
            assert_eq!(with_sentence(other.as_bytes()), None, "{other}");
        }
    }
}
