//! Makes a text that came from elsewhere fit for a log, a page or an answer: on one line, and without credentials.
//!
//! ```text
//! what a child says, what was typed, an error
//!    └─► characters (one line, nothing hidden) ─► address (user:password@) ─► named (password=, Authorization:) ─► shown
//! ```
//! This is the one place that knows what a credential looks like. It is applied where such a text enters (a child's standard
//! error, the error of a source) and again where a text leaves (the log, the terminal). It masks rather too much than too little:
//! in doubt a word is lost, not a password.
//!
//! Pure, so that it can be fuzzed.

mod address;
mod characters;
mod mask;
mod named;

/// `text` on one line, without credentials, control characters and characters that change how it is read.
pub(crate) fn redacted(text: &str) -> String {
    let line = characters::one_line(text);
    named::masked(&address::masked(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each_becomes(table: &[(&str, &str)]) {
        for (text, expected) in table {
            let found = redacted(text);
            assert_eq!(found, *expected, "{text}");
            assert_eq!(redacted(&found), found, "again: {text}");
        }
    }

    #[test]
    fn a_user_and_a_password_in_an_address_are_masked() {
        each_becomes(&[
            ("rtsp://admin:hunter2@cam.local:554/1: 401", "rtsp://***@cam.local:554/1: 401"),
            ("exec:ffmpeg -i rtsp://admin:hunter2@cam", "exec:ffmpeg -i rtsp://***@cam"),
            ("HTTP://admin:hunter2@cam/?a=b", "HTTP://***@cam/?a=b"),
            ("tcp+mpegts://admin:hunter2@h:1", "tcp+mpegts://***@h:1"),
            ("rtsp://admin:hun@ter2@cam/", "rtsp://***@cam/"),
            ("rtsp://admin:hun:ter2@cam/", "rtsp://***@cam/"),
            ("rtsp://admin:hun/ter2@cam/", "rtsp://***@cam/"),
            ("rtsp://admin:12/hunter2@cam/", "rtsp://***@cam/"),
            ("rtsp://admin:hun?ter2#@cam/", "rtsp://***@cam/"),
            ("rtsp://admin:p@x/hunter2@cam/", "rtsp://***@cam/"),
            ("rtsp://admin:p@hunter2@cam:554/1?a=b@c", "rtsp://***@cam:554/1?a=b@c"),
            ("rtsp://admin:it's\"hunter2@cam/", "rtsp://***@cam/"),
            ("rtsp://admin:hunter2 two@cam/ failed", "rtsp://***@cam/ failed"),
            ("rtsp://a%40b:hunter2%40@cam/", "rtsp://***@cam/"),
            ("rtsp://admin%3Ahunter2%40cam/", "rtsp://***%40cam/"),
            ("rtsp://admin:hunter2@[fe80::1%25eth0]:554/", "rtsp://***@[fe80::1%25eth0]:554/"),
            ("rtsp://:hunter2@cam/", "rtsp://***@cam/"),
            ("https://hunter2@cam/x", "https://***@cam/x"),
            ("http://x/?src=rtsp%3A%2F%2Fadmin%3Ahunter2%40cam", "http://x/?src=rtsp%3A%2F%2F***%40cam"),
            ("src=rtsp%253a%252f%252fadmin%253ahunter2%2540cam", "src=rtsp%253a%252f%252f***%2540cam"),
            ("http://x/?src=rtsp://admin:hunter2@cam", "http://x/?src=rtsp://***@cam"),
            ("http://x:80/?src=rtsp://admin:hunter2@cam", "http://x:80/?src=rtsp://***@cam"),
            (r"{\/\/:} rtsp:\/\/admin:hunter2@cam\/1", r"{\/\/:} rtsp:\/\/***@cam\/1"),
            ("http://one/,rtsp://admin:hunter2@two/", "http://one/,rtsp://***@two/"),
            ("cannot open http://admin:hunt", "cannot open http://***"),
            ("admin:hunter2@192.168.1.5:554", "***@192.168.1.5:554"),
            ("//admin:hunter2@cam", "//***@cam"),
            ("rtsp:/admin:hunter2@cam", "rtsp:/***@cam"),
            ("'admin:hunter2@[::1]'", "'***@[::1]'"),
            (r#"{"url":"admin:hunter2@cam"}"#, r#"{"url":"***@cam"}"#),
        ]);
    }

    #[test]
    fn a_value_with_a_secret_name_is_masked() {
        each_becomes(&[
            ("http://cam/?user=a&password=hunter2&x=1", "http://cam/?user=a&password=***&x=1"),
            ("rtsp://cam/user=a_password=hunter2_channel=1.sdp", "rtsp://cam/user=a_password=***"),
            ("?usr=a&loginpas=hunter2", "?usr=a&loginpas=***"),
            ("?X-Amz-Signature=hunter2&b=", "?X-Amz-Signature=***&b="),
            ("passwd=hunter2 pwd=hunter2 pass=hunter2 pw=hunter2", "passwd=*** pwd=*** pass=*** pw=***"),
            ("token=hunter2 access_token=hunter2", "token=*** access_token=***"),
            ("key=hunter2 api_key=hunter2 apiKey=hunter2", "key=*** api_key=*** apiKey=***"),
            ("secret=hunter2 client-secret=hunter2", "secret=*** client-secret=***"),
            ("auth=hunter2 sig=hunter2 signature=hunter2", "auth=*** sig=*** signature=***"),
            ("user-id=admin user-pw=hunter2", "user-id=admin user-pw=***"),
            ("next%3Fpassword%3Dhunter2", "next%3Fpassword%3D***"),
            ("%3Fkey%3Dhunter2", "%3Fkey%3D***"),
            ("user[password]=hunter2", "user[password]=***"),
            ("password= token=hunter2", "password= ***"),
            ("password: \"token\": \"hunter2\" x", "password: \"***\": \"***\" x"),
            ("PASSWORD = hunter2", "PASSWORD = ***"),
            ("Password: hunter2", "Password: ***"),
            ("password => hunter2", "password => ***"),
            ("password='hunter2 two' x", "password='***' x"),
            ("password='it's hunter2' x", "password='***' x"),
            ("password=\"hunter2 two", "password=\"***"),
            ("password=a\\ hunter2 x", "password=*** x"),
            ("password=a&hunter2&x=1", "password=***&x=1"),
            (r#"{"password":"hun\"ter2","x":1}"#, r#"{"password":"***","x":1}"#),
            (r#"{"password" : "hunter2"}"#, r#"{"password" : "***"}"#),
            (r#"--source "exec:x --password \"a hunter2\" y""#, r#"--source "exec:x --password \"***\" y""#),
            ("{'token': 'hunter2'}", "{'token': '***'}"),
            (
                "<wsse:Password Type=\"x\">hunter2</wsse:Password>",
                "<wsse:Password Type=\"x\">***</wsse:Password>",
            ),
            ("<token>hunter2</token>", "<token>***</token>"),
        ]);
    }

    #[test]
    fn what_an_option_or_a_header_holds_is_masked() {
        each_becomes(&[
            ("cam --password hunter2 -x", "cam --password *** -x"),
            ("cam --api-key=hunter2 -x", "cam --api-key=*** -x"),
            ("cam -pass \"hunter2 two\" -x", "cam -pass \"***\" -x"),
            ("cam --token 'hunter2 two' x", "cam --token '***' x"),
            (r#"["--token", "hunter2", "x"]"#, r#"["--token", "***", "x"]"#),
            ("curl -u admin:hunter2 http://cam/", "curl -u *** http://cam/"),
            ("curl -uadmin:hunter2 http://cam/", "curl -uadmin:*** http://cam/"),
            ("curl --user 'admin:hunter2 two' x", "curl --user '***' x"),
            ("> Authorization: Basic aHVudGVyMg==", "> Authorization: ***"),
            ("Authorization: Digest username=\"a\", response=\"hunter2\"", "Authorization: ***"),
            ("-headers 'Authorization: Bearer hunter2' -i x", "-headers 'Authorization: ***' -i x"),
            (r#"{"Authorization":"Bearer hunter2","x":1}"#, r#"{"Authorization":"***","x":1}"#),
            ("auth: Basic hunter2", "auth: ***"),
            ("Cookie: a=hunter2; b=hunter2", "Cookie: ***"),
            ("Set-Cookie: session=hunter2; Path=/", "Set-Cookie: ***"),
            ("sent Bearer Hunter2hunter2 to it", "sent Bearer *** to it"),
            // Hidden by characters that a terminal does not show.
            ("pass\u{202e}word=hunter2", "password=***"),
            ("pass\x1b[1mword=hunter2", "password=***"),
            ("rtsp://admin:\u{200b}hunter2@cam", "rtsp://***@cam"),
        ]);
    }

    #[test]
    fn other_text_stays_as_it_is() {
        let table = [
            "",
            "rtsp://cam.local:554/1: Connection refused",
            "[rtsp @ 0x55d0c8f3a1c0] method DESCRIBE failed: 401 Unauthorized",
            "http://127.0.0.1:8000/?fps=10&width=640",
            "http://[fe80::1]:8000/a@b",
            "http://cam.local/list?mail=a@b.c",
            "tcp://pi.local:99999 is not an address",
            "Stream #0:0: Video: h264 (High), yuv420p(tv, bt709), 1280x720",
            "0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)",
            "profile=baseline:keyint=250:keyint_min=25:lowpass=3",
            "highpass=200 keyframe=1 compass: 3",
            "Nobody has a password yet: everyone on this network can watch. lenscast user add NAME --may admin sets one.",
            "user \"anna\" has no password hash: lenscast user passwd writes one",
            "the password is too short: it needs at least 8 characters",
            "a wrong password was given",
            "Basic authentication failed",
            "Enter the password:",
            "token://x/",
            r#"{"mail":"a@b.c","name":"x"}"#,
            "Küche 前門 🎥",
        ];
        for text in table {
            assert_eq!(redacted(text), text);
        }
    }
}
