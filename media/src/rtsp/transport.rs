//! The header field `Transport` (RFC 2326 section 12.39): how a client wants its packets, in the order of its wishes.
//!
//! ```text
//! RTP/AVP/TCP;unicast;interleaved=0-1          in the RTSP connection
//! RTP/AVP;unicast;client_port=5000-5001        in datagrams: passed over
//! ```

/// The numbers of packets that travel in the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Of RTP.
    pub rtp: u8,
    /// Of RTCP.
    pub rtcp: u8,
}

/// The first way that a client offers and that there is here; `None` if there is none.
#[must_use]
pub fn offered(header: &str) -> Option<Channels> {
    header.split(',').find_map(one)
}

fn one(text: &str) -> Option<Channels> {
    let mut parts = text.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case("RTP/AVP/TCP") {
        return None;
    }
    let mut channels = Some(Channels { rtp: 0, rtcp: 1 });
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key.to_ascii_lowercase().as_str() {
            "multicast" => return None,
            "mode" if !value.trim_matches('"').eq_ignore_ascii_case("play") => return None,
            "interleaved" => channels = pair(value),
            _ => {}
        }
    }
    channels
}

/// `a-b`, or `a` for `a` and the next; two different numbers.
fn pair(text: &str) -> Option<Channels> {
    let (rtp, rtcp) = match text.split_once('-') {
        Some((rtp, rtcp)) => (rtp.trim().parse().ok()?, rtcp.trim().parse().ok()?),
        None => {
            let rtp: u8 = text.trim().parse().ok()?;
            (rtp, rtp.checked_add(1)?)
        }
    };
    (rtp != rtcp).then_some(Channels { rtp, rtcp })
}

impl Channels {
    /// The field of the answer, for a stream with this SSRC.
    #[must_use]
    pub fn answer(self, ssrc: u32) -> String {
        format!("RTP/AVP/TCP;unicast;interleaved={}-{};ssrc={ssrc:08X}", self.rtp, self.rtcp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_write() {
        let table = [
            ("ffmpeg", "RTP/AVP/TCP;unicast;interleaved=0-1", Some((0, 1))),
            ("no numbers", "RTP/AVP/TCP;unicast", Some((0, 1))),
            ("one number", "RTP/AVP/TCP;unicast;interleaved=4", Some((4, 5))),
            (
                "several ways",
                "RTP/AVP/UDP;unicast;client_port=4-5, RTP/AVP/TCP;interleaved=2-3;mode=\"PLAY\"",
                Some((2, 3)),
            ),
            ("ffmpeg, UDP", "RTP/AVP/UDP;unicast;client_port=23010-23011", None),
            ("live555", "RTP/AVP;unicast;client_port=5000-5001", None),
            ("the same twice", "RTP/AVP/TCP;interleaved=1-1", None),
            ("too large", "RTP/AVP/TCP;interleaved=256-257", None),
            ("the last number alone", "RTP/AVP/TCP;interleaved=255", None),
            ("encrypted", "RTP/SAVP/TCP;unicast;interleaved=0-1", None),
            ("to record", "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record", None),
            ("to many", "RTP/AVP/TCP;multicast", None),
            ("nothing", "", None),
        ];
        for (name, header, expected) in table {
            let expected = expected.map(|(rtp, rtcp)| Channels { rtp, rtcp });
            assert_eq!(offered(header), expected, "{name}");
        }
        let answer = Channels { rtp: 2, rtcp: 3 }.answer(0xabc);
        assert_eq!(answer, "RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=00000ABC");
    }
}
