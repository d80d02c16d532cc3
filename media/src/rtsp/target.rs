//! Addresses: the part that says which camera is meant, and carries credentials.
//!
//! ```text
//! rtsp://pi.local:8554/door/trackID=0      /door            the track is the only one
//! rtsp://pi.local:8554/door?token=T/       /door?token=T    the slash is of clients that put an address together of two halves
//! ```

/// The last part of the address of the only track.
pub const TRACK: &str = "trackID=0";

/// Path and query of an address, which may be a path alone, without the track. `None` for what is none of RTSP.
#[must_use]
pub fn path_and_query(address: &str) -> Option<String> {
    let path = match address.split_once("://") {
        Some((scheme, rest))
            if scheme.eq_ignore_ascii_case("rtsp") || scheme.eq_ignore_ascii_case("rtsps") =>
        {
            let host_bytes = rest.find(['/', '?']).unwrap_or(rest.len());
            &rest[host_bytes..]
        }
        Some(_) => return None,
        None => address,
    };
    let path = path.split('#').next().unwrap_or_default();
    let whole = path.strip_suffix(TRACK).filter(|rest| rest.is_empty() || rest.ends_with('/'));
    let path = whole.unwrap_or(path).trim_end_matches('/');
    Some(if path.starts_with('/') { path.to_owned() } else { format!("/{path}") })
}

/// The camera that a path names; `None` for the first one.
#[must_use]
pub fn camera_in(path: &str) -> Option<&str> {
    Some(path.trim_matches('/')).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let table = [
            ("rtsp://pi:8554/door", "/door"),
            ("rtsp://pi:8554/door/", "/door"),
            ("RTSP://[::1]:8554", "/"),
            ("rtsp://pi/", "/"),
            ("rtsp://pi/door/trackID=0", "/door"),
            ("rtsp://pi/trackID=0", "/"),
            ("rtsp://pi?token=T", "/?token=T"),
            ("rtsp://pi/door?token=T/trackID=0", "/door?token=T"),
            ("rtsp://pi/door/?token=T/", "/door/?token=T"),
            ("rtsp://pi/xtrackID=0", "/xtrackID=0"),
            ("/door", "/door"),
            ("*", "/*"),
        ];
        for (address, expected) in table {
            assert_eq!(path_and_query(address).as_deref(), Some(expected), "{address}");
        }
        assert_eq!(path_and_query("http://pi/"), None);
        let cameras = ["/door/", "/", ""].map(camera_in);
        assert_eq!(cameras, [Some("door"), None, None]);
    }
}
