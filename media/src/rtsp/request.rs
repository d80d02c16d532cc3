//! A request: its first line and its header fields (RFC 2326 section 6).

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// What the server can do.
    Options,
    /// What a camera offers.
    Describe,
    /// How its packets are to travel.
    Setup,
    /// Begin to send.
    Play,
    /// Nothing: players send it to say that they are there.
    GetParameter,
    /// The same, as some players do it.
    SetParameter,
    /// End.
    Teardown,
    /// Anything else.
    Other,
}

impl Method {
    fn of(word: &str) -> Self {
        match word {
            "OPTIONS" => Self::Options,
            "DESCRIBE" => Self::Describe,
            "SETUP" => Self::Setup,
            "PLAY" => Self::Play,
            "GET_PARAMETER" => Self::GetParameter,
            "SET_PARAMETER" => Self::SetParameter,
            "TEARDOWN" => Self::Teardown,
            _ => Self::Other,
        }
    }
}

/// A request without its body, which says nothing that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked for.
    pub method: Method,
    /// The address, as it was sent.
    pub address: String,
    /// The header fields, in their order.
    headers: Vec<(String, String)>,
}

impl Request {
    /// Reads the lines before the empty one. `None` for what is no request of RTSP 1.0.
    pub(super) fn parse(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n").flat_map(|line| line.split('\n'));
        let mut words = lines.next()?.split(' ').filter(|word| !word.is_empty());
        let (method, address, version) = (words.next()?, words.next()?, words.next()?);
        if version.trim_end() != "RTSP/1.0" || words.next().is_some() {
            return None;
        }
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                // A line that goes on (RFC 2326 section 15.1).
                let (_, value) = headers.last_mut()?;
                value.push(' ');
                value.push_str(line.trim());
            } else {
                let (name, value) = line.split_once(':')?;
                headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Some(Self { method: Method::of(method), address: address.to_owned(), headers })
    }

    /// The value of a header field, the first if there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The number by which its answer is found.
    #[must_use]
    pub fn sequence(&self) -> Option<u32> {
        self.header("CSeq")?.parse().ok()
    }

    /// The session that it belongs to, without its parameters.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.header("Session").map(|value| value.split(';').next().unwrap_or_default().trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests() {
        let head = "SETUP rtsp://pi:8554/door/trackID=0 RTSP/1.0\r\nCSeq: 3\r\nsession : 12;timeout=60\r\n\
                    Transport: RTP/AVP;\r\n unicast\r\n";
        let request = Request::parse(head).expect("a request");
        assert_eq!(
            (request.method, request.address.as_str()),
            (Method::Setup, "rtsp://pi:8554/door/trackID=0")
        );
        assert_eq!((request.sequence(), request.session()), (Some(3), Some("12")));
        assert_eq!(request.header("TRANSPORT"), Some("RTP/AVP; unicast"));
        assert_eq!(Request::parse("PAUSE * RTSP/1.0").expect("a request").method, Method::Other);
        for wrong in [
            "",
            "GET / HTTP/1.1\r\nHost: pi",
            "OPTIONS * RTSP/2.0",
            "OPTIONS RTSP/1.0",
            "OPTIONS * x RTSP/1.0",
            "RTSP/1.0 200 OK",
            "OPTIONS * RTSP/1.0\r\nno field",
            "OPTIONS * RTSP/1.0\r\n goes on",
        ] {
            assert_eq!(Request::parse(wrong), None, "{wrong}");
        }
    }
}
