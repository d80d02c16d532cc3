//! Fills in the placeholders of a classic page, `@NAME@` and `${NAME}`; any other text stays as it is.

/// The values of the placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    /// Host and port of the WebSocket, as the browser can reach it.
    pub(super) address: String,
    /// Port of the WebSocket.
    pub(super) socket_port: u16,
    /// Width and height in pixels.
    pub(super) size: (u32, u32),
}

/// The values of pistreaming's server.py.
const COLOR: &str = "#444";
const BACKGROUND: &str = "#333";
const ROTATION: &str = "0";

impl Values {
    /// `text` with its placeholders filled in.
    pub(super) fn fill(&self, text: &str) -> String {
        let table = [
            ("ADDRESS", self.address.clone()),
            ("WS_PORT", self.socket_port.to_string()),
            ("WIDTH", self.size.0.to_string()),
            ("HEIGHT", self.size.1.to_string()),
            ("COLOR", COLOR.to_owned()),
            ("BGCOLOR", BACKGROUND.to_owned()),
            ("ROTATION", ROTATION.to_owned()),
        ];
        table.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("@{name}@"), value).replace(&format!("${{{name}}}"), value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_placeholder() {
        let values = Values { address: "pi.local:8084".into(), socket_port: 8084, size: (640, 480) };
        let table = [
            ("new WebSocket('ws://@ADDRESS@/')", "new WebSocket('ws://pi.local:8084/')"),
            ("ws://host:${WS_PORT}/", "ws://host:8084/"),
            ("${WIDTH}x${HEIGHT} @WIDTH@", "640x480 640"),
            ("${COLOR} on ${BGCOLOR}", "#444 on #333"),
            ("rotate(${ROTATION}deg)", "rotate(0deg)"),
            ("${OTHER} $WIDTH @ WIDTH @ me@WIDTH", "${OTHER} $WIDTH @ WIDTH @ me@WIDTH"),
        ];
        for (text, expected) in table {
            assert_eq!(values.fill(text), expected);
        }
    }
}
