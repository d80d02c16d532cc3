//! An open camera: its mode set, its buffers filling.
//!
//! ```text
//! open ─► choose a mode ─► set format and rate ─► buffers ─► start ─► next buffer … ─► drop stops it
//! ```

use std::{
    io::{Error, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use lenscast_media::{
    picture::Size,
    pixels::{Colours, Layout, Matrix},
    time::Moment,
};
use rustix::time::{ClockId, clock_gettime};

use super::{
    config::Config,
    format::CameraFormat,
    framing::Times,
    list::{first_usable, no_camera},
    mode::{Mode, Wanted, modes, rate},
};
use crate::{
    clock::Clock,
    os_error::in_words,
    source::error::SourceError,
    v4l2::{
        abi::{self, PixelFormat, QueueKind, Timeval, colour, control},
        device::Device,
        fourcc::FourCc,
        queue::{Dequeued, Queue},
    },
};

/// Buffers that the driver fills while we look at one. They cost memory, no time: each is looked at when it is full.
const BUFFERS: u32 = 4;
/// A picture that is older when it comes has a time from another clock.
const MAX_AGE_US: u64 = 10_000_000;
/// Seconds from one keyframe to the next, for cameras with an encoder of their own.
const KEYFRAME_INTERVAL_S: f32 = 2.0;

/// A camera that gives pictures.
#[derive(Debug)]
pub(super) struct OpenCamera {
    device: Arc<Device>,
    path: PathBuf,
    queue: Queue,
    pub(super) format: CameraFormat,
    pub(super) size: Size,
    /// Pictures a second that the driver has promised.
    pub(super) frames_per_second: f32,
    pub(super) colours: Colours,
    bytes_per_line: u32,
    has_given: bool,
}

impl OpenCamera {
    /// Opens the camera that was named, or the first usable, and starts it.
    pub(super) fn open(config: &Config) -> Result<Self, SourceError> {
        let path = match &config.device {
            Some(path) => path.clone(),
            None => first_usable().ok_or_else(|| {
                SourceError::Camera("no usable camera is there: plug one in, or name its device".into())
            })?,
        };
        let trouble = |error| trouble(&path, &error);
        let device = Device::open(&path).map_err(trouble)?;
        let identity = device
            .identity()
            .map_err(|_| SourceError::Camera(format!("{} is no video device", path.display())))?;
        if let Some(reason) = no_camera(&identity) {
            let text = format!("{} ({}) is no camera: {reason}", path.display(), identity.card);
            return Err(SourceError::Camera(text));
        }
        let wanted =
            Wanted { format: config.format, size: config.size, frames_per_second: config.frames_per_second };
        let modes = modes(&device, config.size);
        let mode = wanted.choose(&modes).map_err(|reason| {
            SourceError::Camera(format!("{} ({}): {reason}", path.display(), identity.card))
        })?;
        let set = set_format(&device, mode).map_err(trouble)?;
        let got = FourCc(set.pixel_format);
        let (format, size) = match (CameraFormat::from_fourcc(got), Size::new(set.width, set.height)) {
            (Some(format), Ok(size)) if format == mode.format => (format, size),
            _ => {
                return Err(SourceError::Camera(format!(
                    "{} was asked for {} {} and gives {}x{} {got}",
                    path.display(),
                    mode.size,
                    mode.letters,
                    set.width,
                    set.height
                )));
            }
        };
        let frames_per_second = set_rate(&device, mode, wanted.rate());
        if format == CameraFormat::H264 {
            set_up_encoder(&device, config, frames_per_second);
        }
        let device = Arc::new(device);
        let mut queue = Queue::new(&device, QueueKind::Capture, BUFFERS).map_err(trouble)?;
        queue.fill().map_err(trouble)?;
        queue.start().map_err(trouble)?;
        tracing::info!(
            "camera opened: {} ({}): {size} {} at {frames_per_second} fps",
            path.display(),
            identity.card,
            format.name()
        );
        let colours = colours(&set);
        let bytes_per_line = set.bytes_per_line;
        Ok(Self {
            device,
            path,
            queue,
            format,
            size,
            frames_per_second,
            colours,
            bytes_per_line,
            has_given: false,
        })
    }

    /// Its name for people.
    pub(super) fn what(&self) -> String {
        format!("the camera {}", self.path.display())
    }

    /// Where the pixels of a raw picture are.
    pub(super) fn layout(&self, format: lenscast_media::pixels::PixelFormat) -> Result<Layout, SourceError> {
        let stride = usize::try_from(self.bytes_per_line).unwrap_or(usize::MAX);
        Layout::with_stride(format, self.size, stride)
            .map_err(|error| SourceError::Camera(format!("{}: {error}", self.path.display())))
    }

    /// The next full buffer; `None` when there is none within `timeout`.
    pub(super) fn next(&mut self, timeout: Duration) -> Result<Option<Dequeued>, SourceError> {
        let until = Instant::now() + timeout;
        loop {
            match self.queue.dequeue() {
                Ok(Some(full)) => {
                    self.has_given = true;
                    return Ok(Some(full));
                }
                Ok(None) => {}
                Err(error) => return Err(trouble(&self.path, &error)),
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let ready = self.device.wait(false, left).map_err(|error| trouble(&self.path, &error))?;
            if ready.failed && !ready.readable {
                // The next call returns the error, if the device still answers.
                if let Err(error) = self.queue.dequeue() {
                    return Err(trouble(&self.path, &error));
                }
                return Err(SourceError::Camera(format!(
                    "{} has stopped giving pictures",
                    self.path.display()
                )));
            }
        }
    }

    /// What a buffer holds.
    pub(super) fn bytes(&self, full: Dequeued) -> &[u8] {
        self.queue.bytes(full)
    }

    /// Returns a buffer to the driver.
    pub(super) fn give_back(&mut self, full: Dequeued) -> Result<(), SourceError> {
        self.queue.give_back(full.index).map_err(|error| trouble(&self.path, &error))
    }

    /// Asks the camera's own encoder for a keyframe; most cannot.
    pub(super) fn request_keyframe(&self) {
        if let Err(error) = self.device.set_control(control::FORCE_KEY_FRAME, 1) {
            tracing::debug!("keyframe request refused: {}: {error}", self.path.display());
        }
    }
}

fn set_format(device: &Device, mode: &Mode) -> std::io::Result<PixelFormat> {
    device.set_format(PixelFormat {
        width: mode.size.width(),
        height: mode.size.height(),
        pixel_format: mode.letters.0,
        field: abi::FIELD_ANY,
        private: abi::PRIVATE_MAGIC,
        ..PixelFormat::default()
    })
}

/// Sets the rate and gives what the driver made of it; a driver that knows none is believed to do what it should.
fn set_rate(device: &Device, mode: &Mode, wanted: f32) -> f32 {
    let set = match mode.interval(wanted) {
        Some(interval) => device.set_interval(QueueKind::Capture, interval),
        None => device.interval(QueueKind::Capture),
    };
    set.map(rate).ok().filter(|rate| *rate >= 0.1).unwrap_or(wanted)
}

/// For cameras that encode themselves: each of these is a wish that many do not know.
fn set_up_encoder(device: &Device, config: &Config, frames_per_second: f32) {
    let interval = (frames_per_second * KEYFRAME_INTERVAL_S).round() as i32;
    let bitrate = config.bits_per_second.and_then(|bits| i32::try_from(bits).ok());
    let wishes = [
        (control::REPEAT_SEQ_HEADER, Some(1)),
        (control::H264_I_PERIOD, Some(interval)),
        (control::BITRATE, bitrate),
    ];
    for (id, value) in wishes {
        if let Some(Err(error)) = value.map(|value| device.set_control(id, value)) {
            tracing::debug!("encoder control not supported: {id:#x}: {error}");
        }
    }
}

/// What the driver says of colours, with the kernel's defaults where it says nothing.
fn colours(set: &PixelFormat) -> Colours {
    let is_hd = matches!(set.colour_space, colour::SPACE_REC709 | colour::SPACE_DCI_P3);
    Colours {
        is_full_range: match set.quantization {
            colour::QUANTIZATION_DEFAULT => set.colour_space == colour::SPACE_JPEG,
            other => other == colour::QUANTIZATION_FULL,
        },
        matrix: match set.encoding {
            colour::ENCODING_DEFAULT if is_hd => Matrix::Bt709,
            colour::ENCODING_709 => Matrix::Bt709,
            _ => Matrix::Bt601,
        },
    }
}

/// When a buffer was filled, on the server's clock.
pub(super) fn times(full: Dequeued, clock: Clock) -> Times {
    let received_at = clock.now();
    let now = clock_gettime(ClockId::Monotonic);
    let now_us = micros(now.tv_sec, now.tv_nsec / 1_000);
    let age = full.monotonic.and_then(|Timeval { seconds, micros: part }| {
        now_us?.checked_sub(micros(seconds, part)?).filter(|age| *age < MAX_AGE_US)
    });
    let captured_at = age.map(|age| Moment::from_micros(received_at.as_micros().saturating_sub(age)));
    Times { captured_at, received_at }
}

fn micros(seconds: impl TryInto<u64>, micros: impl TryInto<u64>) -> Option<u64> {
    seconds.try_into().ok()?.checked_mul(1_000_000)?.checked_add(micros.try_into().ok()?)
}

/// A system error as a sentence that says what to do.
fn trouble(path: &Path, error: &Error) -> SourceError {
    use rustix::io::Errno;
    let path = path.display();
    let is = |errno: Errno| error.raw_os_error() == Some(errno.raw_os_error());
    SourceError::Camera(if error.kind() == ErrorKind::NotFound {
        format!("{path} is not there: is the camera plugged in?")
    } else if is(Errno::NODEV) || is(Errno::NXIO) {
        format!("{path} is gone: was the camera unplugged?")
    } else if is(Errno::BUSY) {
        format!("{path} is in use by another program: end that, or take another camera")
    } else if error.kind() == ErrorKind::PermissionDenied {
        format!("no permission to open {path}: add the user that runs this to the group video")
    } else if is(Errno::NOSPC) {
        format!(
            "{path} finds no room on its USB bus: take a smaller size, a lower rate or mjpeg, or another socket"
        )
    } else if is(Errno::NOLINK) || is(Errno::NOLCK) {
        format!("{path} has no signal")
    } else {
        format!("{path}: {}", in_words(error))
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::c_long;

    use super::*;

    fn words(error: Error) -> String {
        trouble(Path::new("/dev/video0"), &error).to_string()
    }

    #[test]
    fn every_trouble_has_its_sentence() {
        use rustix::io::Errno;
        let table = [
            (Errno::NOENT, "/dev/video0 is not there: is the camera plugged in?"),
            (Errno::NODEV, "/dev/video0 is gone: was the camera unplugged?"),
            (Errno::BUSY, "/dev/video0 is in use by another program: end that, or take another camera"),
            (
                Errno::ACCESS,
                "no permission to open /dev/video0: add the user that runs this to the group video",
            ),
            (Errno::NOLINK, "/dev/video0 has no signal"),
            (Errno::IO, "/dev/video0: Input/output error"),
        ];
        for (errno, expected) in table {
            assert_eq!(words(errno.into()), expected);
        }
    }

    #[test]
    fn colours_are_what_the_kernel_takes_for_granted() {
        let table = [
            ("sRGB", 8, 0, 0, (false, Matrix::Bt601)),
            ("JPEG", 7, 0, 0, (true, Matrix::Bt601)),
            ("HD", 3, 0, 0, (false, Matrix::Bt709)),
            ("said to be full", 8, 0, 1, (true, Matrix::Bt601)),
            ("said to be limited", 7, 0, 2, (false, Matrix::Bt601)),
            ("said to be 601", 3, 1, 0, (false, Matrix::Bt601)),
            ("said to be 709", 8, 2, 0, (false, Matrix::Bt709)),
        ];
        for (name, colour_space, encoding, quantization, (is_full_range, matrix)) in table {
            let set = PixelFormat { colour_space, encoding, quantization, ..PixelFormat::default() };
            assert_eq!(colours(&set), Colours { is_full_range, matrix }, "{name}");
        }
    }

    #[test]
    fn a_time_of_another_clock_is_no_capture_time() {
        let clock = Clock::start();
        let now = clock_gettime(ClockId::Monotonic);
        let at = |seconds: c_long| Timeval { seconds: now.tv_sec as c_long + seconds, micros: 0 };
        let full = |monotonic| Dequeued { index: 0, length: 0, monotonic, is_damaged: false };
        assert_eq!(times(full(None), clock).captured_at, None);
        assert_eq!(times(full(Some(at(-20))), clock).captured_at, None, "too old");
        assert_eq!(times(full(Some(at(5))), clock).captured_at, None, "in the future");
        let Times { captured_at, received_at } = times(full(Some(at(-2))), clock);
        let age = received_at.micros_since(captured_at.expect("two seconds ago"));
        assert!((1_999_000..=3_500_000).contains(&age), "{age}");
    }
}
