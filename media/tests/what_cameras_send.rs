//! Streams of H.264 with the habits of real cameras (tests/inputs at the root), held against what ffmpeg decodes of them.

use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::{Frame, Role},
    input::{Format, InputStream, event::StreamEvent},
    pixels::PixelAspect,
    time::Moment,
};

fn input(name: &str) -> Vec<u8> {
    let path = format!("{}/../tests/inputs/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The frames of `bytes`, pushed in two pieces.
fn frames(bytes: &[u8], cut: usize) -> Vec<Frame> {
    let mut stream = InputStream::new(Some(Format::H264), ArrivalClock::new(Moment::default(), 0, 9_000));
    let mut events = Vec::new();
    stream.push(&bytes[..cut], Moment::default(), &mut events);
    stream.push(&bytes[cut..], Moment::default(), &mut events);
    stream.end(Moment::default(), &mut events);
    let frames = events.into_iter().filter_map(|event| match event {
        StreamEvent::Frame(frame, _) => Some(frame),
        StreamEvent::Trouble(_) | StreamEvent::Lost => None,
    });
    frames.collect()
}

/// What is expected of a file.
struct Expected {
    name: &'static str,
    /// As `ffprobe -count_frames` counts them.
    frames: usize,
    /// As ffprobe flags packets, those before the first parameter sets not counted.
    keyframes: usize,
    /// Of the first keyframe.
    recovery_frames: u32,
    size: (u32, u32),
    shown: (u32, u32),
}

const fn row(
    name: &'static str,
    frames: usize,
    keyframes: usize,
    recovery_frames: u32,
    size: (u32, u32),
    shown: (u32, u32),
) -> Expected {
    Expected { name, frames, keyframes, recovery_frames, size, shown }
}

#[test]
fn all_pictures_play_wherever_the_stream_is_cut() {
    let square = (64, 48);
    let table = [
        row("control-good-with-bitstream-restriction-10-fps", 40, 2, 0, square, square),
        row("h264-cropped-4-rows-at-top-and-bottom", 20, 2, 0, (64, 40), (64, 40)),
        row("h264-forbidden-bit-unit-before-each-picture", 30, 3, 0, square, square),
        row("h264-gop-of-250-at-5-fps", 500, 2, 0, square, square),
        // ffmpeg leaves out one that decodes.
        row("h264-i-pictures-no-idr", 30, 3, 0, square, square),
        // ffmpeg does not show those before the recovery.
        row("h264-intra-refresh-joined-late", 43, 5, 2, square, square),
        row("h264-no-bitstream-restriction-10-fps", 40, 2, 0, square, square),
        row("h264-recovery-points-no-idr", 30, 3, 0, square, square),
        row("h264-sar-2-1", 30, 3, 0, square, (128, 48)),
        row("h264-second-pps-comes-within-gop", 40, 4, 0, square, square),
    ];
    for expected in table {
        let name = expected.name;
        let bytes = input(&format!("{name}.h264"));
        for cut in (0..bytes.len()).step_by(61) {
            let frames = frames(&bytes, cut);
            assert_eq!(frames.len(), expected.frames, "{name}, cut at {cut}");
            let keyframes: Vec<&Frame> = frames.iter().filter(|frame| frame.role == Role::Key).collect();
            assert_eq!(keyframes.len(), expected.keyframes, "{name}, cut at {cut}");
            assert_eq!(keyframes[0].sequence, 0);
            assert_eq!(keyframes[0].recovery_frames, expected.recovery_frames, "{name}");
            for frame in &frames {
                let video = frame.config.video().expect("pictures");
                assert_eq!((video.width, video.height), expected.size, "{name}");
                assert_eq!(
                    video.pixel_aspect.shown_size((video.width, video.height)),
                    expected.shown,
                    "{name}"
                );
                assert_eq!(video.reorder_depth, 0, "{name}");
                assert_eq!(frame.pts, frame.dts, "{name}");
            }
        }
    }
}

#[test]
fn an_sps_that_leaves_reordering_open_is_given_with_what_the_stream_shows() {
    let open = frames(&input("h264-no-bitstream-restriction-10-fps.h264"), 0);
    let control = frames(&input("control-good-with-bitstream-restriction-10-fps.h264"), 0);
    for (open, control) in open.iter().zip(&control).filter(|(frame, _)| frame.role == Role::Key) {
        let sps = |frame: &Frame| {
            let unit = frame.nal_units().find(|unit| unit[0] & 0x1f == 7).expect("an SPS").to_vec();
            lenscast_media::h264::sps::Sps::parse(&unit).expect("an SPS")
        };
        let (open, control) = (sps(open), sps(control));
        let reordering = open.vui.and_then(|vui| vui.reordering).expect("it is written in");
        assert_eq!(
            (reordering.max_reorder_frames, reordering.max_stored_frames),
            (0, open.max_reference_frames)
        );
        assert_eq!(open.reorder_depth(), control.reorder_depth());
        assert!(open.is_whole);
    }
}

#[test]
fn the_pixel_aspect_is_that_of_the_stream() {
    let frames = frames(&input("h264-sar-2-1.h264"), 0);
    assert_eq!(frames[0].config.video().expect("pictures").pixel_aspect, PixelAspect::new(2, 1));
}
