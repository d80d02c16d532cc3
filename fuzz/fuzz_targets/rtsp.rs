//! What a client of RTSP sends: whatever comes is survived, what is read does not depend on how it was cut, and an answer that
//! repeats it is one answer.
#![no_main]

use lenscast_media::{
    rtsp::{Incoming, ReadError, Reader, Response, Status, camera_in, offered, path_and_query},
};
use libfuzzer_sys::fuzz_target;

fn read<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<Result<Incoming, ReadError>> {
    let (mut reader, mut read) = (Reader::default(), Vec::new());
    for part in parts {
        reader.push(part);
        loop {
            match reader.next_incoming() {
                Ok(Some(incoming)) => read.push(Ok(incoming)),
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
    for incoming in whole.iter().flatten() {
        let Incoming::Request(request) = incoming else { continue };
        let path = path_and_query(&request.address);
        assert!(path.iter().all(|path| path.starts_with('/')));
        let camera = path.as_deref().and_then(camera_in).unwrap_or_default();
        let way = offered(request.header("Transport").unwrap_or_default());
        let way = way.map_or_else(String::new, |channels| channels.answer(1));
        assert!(way.is_empty() || offered(&way) == offered(request.header("Transport").unwrap_or_default()));
        let answer = Response::new(Status::NotFound, camera, request.sequence())
            .with("Content-Base", &request.address)
            .with("Transport", way)
            .into_bytes();
        let answer = std::str::from_utf8(&answer).expect("it was text");
        assert_eq!(answer.lines().filter(|line| line.is_empty()).count(), 1, "{answer}");
        assert!(answer.ends_with("\r\n\r\n") && answer.matches("\r\n").count() <= 6, "{answer}");
    }
});
