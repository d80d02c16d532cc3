//! What jsmpg.js of pistreaming does with its messages, written from what it is known to do: it takes the size from a
//! greeting, begins at an intra picture, and schedules one picture a message, when the start code of the next has come.

/// The player, without decoding.
#[derive(Default)]
pub struct OldPlayer {
    /// Size from the greeting.
    pub size: Option<(u16, u16)>,
    bytes: Vec<u8>,
    /// Up to here start codes were looked for.
    index: usize,
    /// Where the picture begins that is not complete yet, behind its start code.
    picture: Option<usize>,
    /// Pictures, each behind its start code and with that of the next.
    pub scheduled: Vec<Vec<u8>>,
}

impl OldPlayer {
    /// Takes a message; the number of pictures that it schedules, 0 or 1.
    pub fn receive(&mut self, message: &[u8]) -> usize {
        assert!(message.len() <= 512 << 10, "longer than its buffer");
        if let (None, [b'j', b's', b'm', b'p', a, b, c, d]) = (self.size, message) {
            self.size = Some((u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])));
        }
        self.bytes.extend_from_slice(message);
        let found = self.bytes[self.index..].windows(4).position(|four| four == [0, 0, 1, 0]);
        let Some(found) = found else {
            self.index = self.bytes.len().saturating_sub(3);
            return 0;
        };
        self.index += found + 4;
        match self.picture {
            None => {
                // Two bytes on: ten bits of a number, three of a type, and 1 is an intra picture.
                let kind = self.bytes.get(self.index + 1).map(|byte| byte >> 3 & 7);
                self.picture = (kind == Some(1)).then_some(self.index);
                0
            }
            Some(picture) => {
                self.scheduled.push(self.bytes[picture..self.index].to_vec());
                self.picture = Some(self.index);
                1
            }
        }
    }

    /// All that came behind the greeting: an elementary stream.
    pub fn stream(&self) -> &[u8] {
        self.bytes.get(8..).unwrap_or_default()
    }
}
