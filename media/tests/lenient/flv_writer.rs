//! Writes FLV in all the ways in which others do.

/// Tags as somebody writes them.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) stream_id: u8,
    /// The size behind a tag of so many bytes.
    pub(crate) trailer: fn(u32) -> u32,
    pub(crate) length_bytes: usize,
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self { stream_id: 0, trailer: |size| size, length_bytes: 4, bytes: header(9) }
    }

    pub(crate) fn tag(&mut self, tag_type: u8, time_ms: u32, body: &[u8]) {
        let [_, s0, s1, s2] = u32::try_from(body.len()).expect("small").to_be_bytes();
        let [t3, t0, t1, t2] = time_ms.to_be_bytes();
        self.bytes.extend([tag_type, s0, s1, s2, t0, t1, t2, t3, 0, 0, self.stream_id]);
        self.bytes.extend_from_slice(body);
        let size = u32::try_from(body.len() + 11).expect("small");
        self.bytes.extend((self.trailer)(size).to_be_bytes());
    }

    /// The body of a picture's tag.
    pub(crate) fn body(&self, units: &[Vec<u8>]) -> Vec<u8> {
        let first = if units.iter().any(|unit| unit[0] & 31 == 5) { 0x17 } else { 0x27 };
        let mut body = vec![first, 1, 0, 0, 0];
        for unit in units {
            body.extend(&u32::try_from(unit.len()).expect("small").to_be_bytes()[4 - self.length_bytes..]);
            body.extend_from_slice(unit);
        }
        body
    }

    pub(crate) fn picture(&mut self, number: usize, units: &[Vec<u8>]) {
        self.tag(9, time_ms(number), &self.body(units));
    }

    /// The configuration with the sets of the first of `access_units`.
    pub(crate) fn configuration(&mut self, units: &[Vec<u8>]) {
        self.tag(9, 0, &[&[0x17, 0, 0, 0, 0][..], &avcc(units, self.length_bytes)].concat());
    }
}

pub(crate) fn header(data_offset: u32) -> Vec<u8> {
    [&b"FLV\x01\x05"[..], &data_offset.to_be_bytes(), &[0; 4]].concat()
}

pub(crate) fn time_ms(number: usize) -> u32 {
    u32::try_from(number * 100).expect("small")
}

pub(crate) fn avcc(units: &[Vec<u8>], length_bytes: usize) -> Vec<u8> {
    let of = |unit_type| units.iter().filter(move |unit| unit[0] & 31 == unit_type);
    let last = 0xfc | u8::try_from(length_bytes - 1).expect("small");
    let mut out = vec![1, 100, 0, 10, last, 0xe0 | u8::try_from(of(7).count()).expect("small")];
    let put = |out: &mut Vec<u8>, unit: &[u8]| {
        out.extend(u16::try_from(unit.len()).expect("small").to_be_bytes());
        out.extend_from_slice(unit);
    };
    of(7).for_each(|unit| put(&mut out, unit));
    out.push(u8::try_from(of(8).count()).expect("small"));
    of(8).for_each(|unit| put(&mut out, unit));
    out
}
