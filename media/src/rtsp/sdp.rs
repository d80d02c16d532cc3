//! What a camera offers, as a session description (RFC 8866) with the parameters of H.264 (RFC 6184 section 8.1).
//!
//! Recorders and VLC do not begin without the parameter sets in it.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::TRACK;
use crate::h264::avcc::parameter_sets;

/// What is offered.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The camera's name.
    pub name: &'a str,
    /// A number that is another one for each description.
    pub id: u64,
    /// The IP address of the server, as the client reached it.
    pub server: &'a str,
    /// The payload type of its packets.
    pub payload_type: u8,
    /// The decoder configuration record.
    pub avcc: &'a [u8],
}

/// The description.
#[must_use]
pub fn describe(offer: &Offer<'_>) -> String {
    let Offer { name, id, server, payload_type, avcc } = offer;
    let (family, any) = if server.contains(':') { ("IP6", "::") } else { ("IP4", "0.0.0.0") };
    let (sps, pps) = parameter_sets(avcc);
    let sets: Vec<String> = sps.iter().chain(&pps).map(|unit| STANDARD.encode(unit)).collect();
    let profile = sps.first().and_then(|sps| sps.get(1..4)).unwrap_or(&[0x42, 0xc0, 0x1f]);
    let profile: String = profile.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = [
        "v=0".to_owned(),
        format!("o=- {id} 1 IN {family} {server}"),
        format!("s={name}"),
        format!("c=IN {family} {any}"),
        "t=0 0".to_owned(),
        "a=control:*".to_owned(),
        "a=range:npt=now-".to_owned(),
        format!("m=video 0 RTP/AVP {payload_type}"),
        format!("a=rtpmap:{payload_type} H264/90000"),
        format!(
            "a=fmtp:{payload_type} packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={}",
            sets.join(",")
        ),
        "a=recvonly".to_owned(),
        format!("a=control:{TRACK}"),
    ];
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_what_recorders_need() {
        let avcc = [1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, 4, 0x67, 0x42, 0xc0, 0x1f, 1, 0, 2, 0x68, 0xce];
        let text =
            describe(&Offer { name: "door", id: 7, server: "192.168.1.20", payload_type: 96, avcc: &avcc });
        let expected = "v=0\r\no=- 7 1 IN IP4 192.168.1.20\r\ns=door\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n\
            a=range:npt=now-\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n\
            a=fmtp:96 packetization-mode=1;profile-level-id=42c01f;sprop-parameter-sets=Z0LAHw==,aM4=\r\n\
            a=recvonly\r\na=control:trackID=0\r\n";
        assert_eq!(text, expected);
    }
}
