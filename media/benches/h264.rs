//! How fast a byte stream becomes units and frames.
#![allow(missing_docs, reason = "criterion_group! makes a public function")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lenscast_media::{
    arrival_clock::ArrivalClock,
    h264::annexb::Splitter,
    input::{Format, InputStream},
    time::Moment,
};

/// What a read from a pipe gives at most.
const CHUNK_BYTES: usize = 64 << 10;
const FRAMES: usize = 600;

/// A stream of real headers with slices of `slice_bytes`, as 720p at 2 Mbit/s has them with 8 KiB.
fn stream(slice_bytes: usize) -> Vec<u8> {
    let golden = include_bytes!("../tests/golden/x264-baseline.h264");
    let key_end = memchr::memmem::find_iter(golden, &[0, 0, 1, 0x41]).next().expect("a P frame");
    let mut out = golden[..key_end].to_vec();
    let mut seed = 1u32;
    for _ in 1..FRAMES {
        out.extend_from_slice(&[0, 0, 1, 0x41, 0x9a]);
        out.extend((0..slice_bytes).map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // No zeros, which an encoder would have to take apart.
            seed.to_be_bytes()[0] | 1
        }));
    }
    out
}

fn split(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("splitter");
    for slice_bytes in [1 << 10, 8 << 10, 64 << 10] {
        let bytes = stream(slice_bytes);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("{slice_bytes} bytes a unit"), |bencher| {
            bencher.iter(|| {
                let mut splitter = Splitter::new();
                for chunk in bytes.chunks(CHUNK_BYTES) {
                    splitter.push(chunk, |unit| drop(black_box(unit)));
                }
            });
        });
    }
    group.finish();
}

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream");
    for slice_bytes in [1 << 10, 8 << 10, 64 << 10] {
        let bytes = stream(slice_bytes);
        group.throughput(Throughput::Elements(FRAMES as u64));
        group.bench_function(format!("frames of {slice_bytes} bytes"), |bencher| {
            bencher.iter(|| {
                let mut stream =
                    InputStream::new(Some(Format::H264), ArrivalClock::new(Moment::default(), 0, 3_000));
                let mut events = Vec::new();
                let mut count = 0;
                for (index, chunk) in bytes.chunks(CHUNK_BYTES).enumerate() {
                    stream.push(chunk, Moment::from_micros(index as u64 * 33_333), &mut events);
                    count += events.drain(..).len();
                }
                stream.end(Moment::default(), &mut events);
                assert_eq!(count + events.len(), FRAMES);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, split, frames);
criterion_main!(benches);
