//! WebSocket frames from a client: whatever comes is survived, and the messages do not depend on how it was cut.
#![no_main]

use lenscast_media::websocket::{Message, ProtocolError, Reader};
use libfuzzer_sys::fuzz_target;

const MAX_MESSAGE_BYTES: usize = 1_000;

fn read<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<Result<Message, ProtocolError>> {
    let mut reader = Reader::new(MAX_MESSAGE_BYTES);
    let mut read = Vec::new();
    for part in parts {
        reader.push(part);
        loop {
            match reader.next_message() {
                Ok(Some(message)) => read.push(Ok(message)),
                Ok(None) => break,
                Err(error) => {
                    read.push(Err(error));
                    return read;
                }
            }
        }
    }
    read
}

fuzz_target!(|data: &[u8]| {
    let Some((cut, bytes)) = data.split_first() else { return };
    let whole = read(std::iter::once(bytes));
    assert_eq!(whole, read(bytes.chunks(usize::from(*cut) + 1)));
    for message in whole.iter().flatten() {
        match message {
            Message::Text(text) => assert!(text.len() <= MAX_MESSAGE_BYTES),
            Message::Binary(bytes) => assert!(bytes.len() <= MAX_MESSAGE_BYTES),
            Message::Ping(bytes) | Message::Pong(bytes) => assert!(bytes.len() <= 125),
            Message::Close(_) => {}
        }
    }
});
