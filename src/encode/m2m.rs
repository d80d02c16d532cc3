//! H.264 by the Raspberry Pi's own encoder (bcm2835-codec, `/dev/video11`; up to the Pi 4), as a V4L2 "M2M" device.
//!
//! ```text
//! RawPicture ─ copied ─► OUTPUT queue ─► encoder ─► CAPTURE queue ─► one access unit
//! ```
//! One picture in, its access unit out, before the next: the least delay. Both queues are asked without waiting for each
//! other, since the encoder may give nothing for a picture that its rate control leaves out. SPS and PPS stand in front
//! of every IDR; keyframes come on request. Untried on hardware so far: if it fails, the software takes over.

use std::{
    io::{Error, Result},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use lenscast_media::{picture::RawPicture, time::Moment};

use super::EncoderSettings;
use crate::v4l2::{
    abi::{
        FIELD_NONE, Fraction, PixelFormatPlanes, PlaneFormat, QueueKind, Timeval, capability, colour, control,
    },
    device::Device,
    fourcc::FourCc,
    queue::Queue,
};

/// Where the kernel of a Raspberry Pi has its encoder.
pub(super) const DEVICE: &str = "/dev/video11";
/// What the Pi's encoder can take at most on a side.
const MAX_SIDE: u32 = 1920;
/// Room for one access unit.
const CODED_BYTES: u32 = 1 << 20;
/// Pictures on their way in, and access units on their way out.
const BUFFERS: (u32, u32) = (2, 4);
/// An access unit that takes longer does not come: ten times what the hardware needs.
const GIVE_UP_AFTER: Duration = Duration::from_millis(200);
/// Quantizers: finer than the first is not seen, coarser than the second is not recognised.
const QUANTIZERS: (i32, i32) = (16, 40);

/// One running hardware encoder.
#[derive(Debug)]
pub(super) struct M2mEncoder {
    device: Arc<Device>,
    raw: Queue,
    coded: Queue,
    settings: EncoderSettings,
    stride: usize,
}

impl M2mEncoder {
    /// The Pi's encoder, if there is one that takes pictures of this size.
    pub(super) fn open(settings: EncoderSettings) -> Result<Self> {
        let device = Device::open(Path::new(DEVICE))?;
        let identity = device.identity()?;
        if identity.driver != "bcm2835-codec" || !identity.has(capability::VIDEO_M2M_MPLANE) {
            return Err(Error::other(format!("{DEVICE} is {}, no encoder of a Raspberry Pi", identity.card)));
        }
        let (width, height) = (settings.size.width(), settings.size.height());
        if width.max(height) > MAX_SIDE || width.min(height) < 32 {
            return Err(Error::other(format!("{DEVICE} takes no pictures of {}", settings.size)));
        }
        let controls = [
            (control::BITRATE_MODE, control::BITRATE_MODE_CBR),
            (control::BITRATE, i32::try_from(settings.bitrate_bps).unwrap_or(i32::MAX)),
            (control::REPEAT_SEQ_HEADER, 1),
            (control::H264_I_PERIOD, i32::try_from(settings.keyframe_interval_frames).unwrap_or(i32::MAX)),
            (control::H264_PROFILE, control::H264_PROFILE_CONSTRAINED_BASELINE),
            (control::H264_MIN_QP, QUANTIZERS.0),
            (control::H264_MAX_QP, QUANTIZERS.1),
        ];
        for (id, value) in controls {
            device.set_control(id, value)?;
        }
        Self::start(device, FourCc::new(b"H264"), settings)
    }

    /// Sets the formats of any stateful encoder with planes and starts it.
    fn start(device: Device, coded: FourCc, settings: EncoderSettings) -> Result<Self> {
        let (width, height) = (settings.size.width(), settings.size.height());
        let format = |letters: FourCc, size_image| {
            let mut pixels = PixelFormatPlanes {
                width,
                height,
                pixel_format: letters.0,
                field: FIELD_NONE,
                colour_space: colour::SPACE_SMPTE170M,
                plane_count: 1,
                ..PixelFormatPlanes::default()
            };
            pixels.planes[0] = PlaneFormat { size_image, ..PlaneFormat::default() };
            pixels
        };
        let input = device.set_format_planes(QueueKind::OutputPlanes, format(FourCc::new(b"YU12"), 0))?;
        let output = device.set_format_planes(QueueKind::CapturePlanes, format(coded, CODED_BYTES))?;
        let is_as_asked = input.pixel_format == FourCc::new(b"YU12").0
            && output.pixel_format == coded.0
            && (input.width, input.height, input.plane_count) == (width, height, 1);
        if !is_as_asked {
            return Err(Error::other(format!("the encoder does not take {} as it is", settings.size)));
        }
        let interval =
            Fraction { numerator: 1000, denominator: (settings.frames_per_second * 1000.0) as u32 };
        if let Err(error) = device.set_interval(QueueKind::OutputPlanes, interval) {
            tracing::debug!("hardware encoder: cannot set the frame rate: {error}");
        }
        let device = Arc::new(device);
        let raw = Queue::new(&device, QueueKind::OutputPlanes, BUFFERS.0)?;
        let mut coded = Queue::new(&device, QueueKind::CapturePlanes, BUFFERS.1)?;
        coded.fill()?;
        raw.start()?;
        coded.start()?;
        let stride = usize::try_from(input.planes[0].bytes_per_line).unwrap_or(usize::MAX);
        Ok(Self { device, raw, coded, settings, stride: stride.max(settings.size.width() as usize) })
    }

    /// Makes the next frame a keyframe.
    pub(super) fn request_keyframe(&self) -> Result<()> {
        self.device.set_control(control::FORCE_KEY_FRAME, 1)
    }

    /// The access unit of `picture`; `None` when the encoder left it out.
    pub(super) fn encode<B: AsRef<[u8]>>(
        &mut self,
        picture: &RawPicture<B>,
        at: Moment,
    ) -> Result<Option<Bytes>> {
        if picture.size() != self.settings.size {
            return Err(Error::other("the picture has another size"));
        }
        let late = self.take_coded()?;
        if late.is_some() {
            // It was given up. What follows must not need it.
            self.request_keyframe()?;
        }
        while let Some(done) = self.raw.dequeue()? {
            self.raw.keep(done);
        }
        let (width, stride) = (self.settings.size.width() as usize, self.stride);
        let micros = at.as_micros();
        let timestamp = Timeval {
            seconds: (micros / 1_000_000 % 1_000_000).try_into().unwrap_or_default(),
            micros: (micros % 1_000_000).try_into().unwrap_or_default(),
        };
        if !self.raw.send(timestamp, |buffer| lay_out(picture, width, stride, buffer))? {
            return Err(Error::other("the encoder takes no more pictures"));
        }
        let until = Instant::now() + GIVE_UP_AFTER;
        loop {
            if let Some(coded) = self.take_coded()? {
                return Ok(Some(coded));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.device.wait(false, left)?;
        }
    }

    fn take_coded(&mut self) -> Result<Option<Bytes>> {
        let Some(full) = self.coded.dequeue()? else { return Ok(None) };
        let bytes = Bytes::copy_from_slice(self.coded.bytes(full));
        self.coded.give_back(full.index)?;
        Ok((!bytes.is_empty() && !full.is_damaged).then_some(bytes))
    }
}

/// Copies the planes into `buffer`, rows of `stride` bytes and half of that for colour; gives the bytes used.
fn lay_out<B: AsRef<[u8]>>(picture: &RawPicture<B>, width: usize, stride: usize, buffer: &mut [u8]) -> usize {
    let (y, u, v) = picture.planes();
    let mut at = 0;
    for (plane, width, stride) in [(y, width, stride), (u, width / 2, stride / 2), (v, width / 2, stride / 2)]
    {
        for row in plane.chunks_exact(width) {
            // A buffer that is too small would be the driver's mistake; the picture is cut then.
            if let Some(place) = buffer.get_mut(at..at + width) {
                place.copy_from_slice(row);
            }
            at += stride;
        }
    }
    at.min(buffer.len())
}

#[cfg(test)]
mod tests {
    use lenscast_media::picture::Size;

    use super::*;

    #[test]
    fn planes_are_laid_out_in_rows_of_the_drivers_length() {
        let size = Size::new(16, 16).expect("even");
        let planes: Vec<u8> = (0..size.picture_bytes()).map(|at| at as u8).collect();
        let picture = RawPicture::from_planes(size, planes.clone()).expect("whole");
        let mut buffer = vec![0; 64 * 16 * 3 / 2];
        assert_eq!(lay_out(&picture, 16, 64, &mut buffer), buffer.len());
        assert_eq!(buffer[64..80], planes[16..32], "second row of luma");
        assert_eq!(buffer[64 * 16 + 32..64 * 16 + 40], planes[256 + 8..256 + 16], "second row of U");
        assert_eq!(buffer[64 * 20..64 * 20 + 8], planes[256 + 64..256 + 72], "first row of V");
        assert_eq!(lay_out(&picture, 16, 64, &mut buffer[..100]), 100, "too small");
    }

    #[test]
    fn a_machine_without_the_encoder_says_so() {
        let settings = EncoderSettings {
            size: Size::new(640, 480).expect("even"),
            frames_per_second: 30.0,
            bitrate_bps: 1_000_000,
            keyframe_interval_frames: 60,
        };
        if !Path::new(DEVICE).exists() {
            assert!(M2mEncoder::open(settings).is_err());
        }
    }
}
