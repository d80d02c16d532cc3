//! The decoder configuration record of any parameter sets: what is read back is what was put in.
#![no_main]

use lenscast_media::h264::{
    avcc::{decoder_configuration, parameter_sets},
    sps::{Sps, has_chroma_fields},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (sps, pps) = parameter_sets(data);
    assert!(sps.iter().chain(&pps).map(|unit| unit.len()).sum::<usize>() <= data.len());
    let [sps_length, pps_length, data @ ..] = data else { return };
    let (sps_unit, rest) = data.split_at(usize::from(*sps_length).min(data.len()));
    let Ok(sps) = Sps::parse(sps_unit) else { return };
    let pps: Vec<&[u8]> = rest.chunks(usize::from(*pps_length) + 1).collect();
    let record = decoder_configuration(&sps, sps_unit, pps.iter().copied());
    let (head, mut rest) = record.split_at(6);
    assert_eq!(parameter_sets(&record), (vec![sps_unit], pps[..pps.len().min(255)].to_vec()));
    assert_eq!(head, [1, sps.profile_idc, sps.constraints, sps.level_idc, 0xff, 0xe1]);
    assert_eq!(take_unit(&mut rest), sps_unit);
    let count = usize::from(rest[0]);
    rest = &rest[1..];
    assert_eq!(count, pps.len().min(255));
    for unit in &pps[..count] {
        assert_eq!(take_unit(&mut rest), *unit);
    }
    assert_eq!(rest.len(), if has_chroma_fields(sps.profile_idc) { 4 } else { 0 });
});

fn take_unit<'a>(record: &mut &'a [u8]) -> &'a [u8] {
    let length = usize::from(u16::from_be_bytes([record[0], record[1]]));
    let (unit, rest) = record[2..].split_at(length);
    *record = rest;
    unit
}
