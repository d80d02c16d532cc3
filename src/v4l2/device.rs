//! One open video device: what it is, and what it can give.
//!
//! ```text
//! open ─► identity ─► formats ─► sizes of a format ─► rates of a size ─► set_format, set_rate ─► Queue
//! ```
//! An enumeration ends where the driver ends it, at most after [`MAX_ENTRIES`] entries. A driver without it gives no entries.

use std::{
    io::{Error, ErrorKind, Result},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, open},
};

use super::{
    abi::{
        Capability, DISCRETE, Format, FormatDescription, FormatPlanes, Fraction, FrameInterval, FrameSize,
        PixelFormat, PixelFormatPlanes, QueueKind, StreamParameters, capability,
    },
    fourcc::FourCc,
    sys,
};

/// Most formats, sizes of a format or rates of a size that are asked for.
const MAX_ENTRIES: u32 = 128;

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The kernel's driver.
    pub(crate) driver: String,
    /// Name for people.
    pub(crate) card: String,
    /// Where it is plugged in.
    pub(crate) bus: String,
    /// Bits of `abi::capability`, of this node.
    pub(crate) capabilities: u32,
}

impl Identity {
    /// Whether it has all of these bits.
    pub(crate) const fn has(&self, bits: u32) -> bool {
        self.capabilities & bits == bits
    }
}

/// Sizes that a device gives in a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sizes {
    /// This one.
    One {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// All of these: least, most and step.
    Range {
        /// Pixels across.
        width: Steps,
        /// Pixels down.
        height: Steps,
    },
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    pub(crate) least: u32,
    pub(crate) most: u32,
    pub(crate) step: u32,
}

/// Time between pictures that a device can keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interval {
    /// This one.
    One(Fraction),
    /// All from the shortest to the longest.
    Range { shortest: Fraction, longest: Fraction },
}

/// What `Device::wait` waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ready {
    /// A buffer of the capture queue is full.
    pub(crate) readable: bool,
    /// A buffer of the output queue is empty again.
    pub(crate) writable: bool,
    /// The device is gone, or has no buffers to work with.
    pub(crate) failed: bool,
}

/// An open device; no call on it waits for a picture.
#[derive(Debug)]
pub(crate) struct Device(OwnedFd);

impl AsFd for Device {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Device {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(Self(open(path, flags, Mode::empty())?))
    }

    /// What it is; an error for what is no video device.
    pub(crate) fn identity(&self) -> Result<Identity> {
        let mut value = Capability::default();
        sys::query_capability(self, &mut value)?;
        let own = value.capabilities & capability::DEVICE_CAPS != 0;
        Ok(Identity {
            driver: text(&value.driver),
            card: text(&value.card),
            bus: text(&value.bus),
            capabilities: if own { value.device_capabilities } else { value.capabilities },
        })
    }

    /// Formats of a queue, in the order of the driver, with its words for them.
    pub(crate) fn formats(&self, kind: QueueKind) -> Vec<(FourCc, String)> {
        let enumerate = |index| {
            let mut value = FormatDescription { index, kind: kind as u32, ..Default::default() };
            sys::enumerate_format(self, &mut value)?;
            Ok((FourCc(value.pixel_format), text(&value.description)))
        };
        entries(enumerate)
    }

    /// Sizes of a format.
    pub(crate) fn sizes(&self, format: FourCc) -> Vec<Sizes> {
        let enumerate = |index| {
            let mut value = FrameSize { index, pixel_format: format.0, ..Default::default() };
            sys::enumerate_size(self, &mut value)?;
            let [first, second, third, fourth, fifth, sixth] = value.sides;
            if value.kind == DISCRETE {
                return Ok(Sizes::One { width: first, height: second });
            }
            let steps = |least, most, step: u32| Steps { least, most, step: step.max(1) };
            Ok(Sizes::Range { width: steps(first, second, third), height: steps(fourth, fifth, sixth) })
        };
        entries(enumerate)
    }

    /// Times between pictures at a size.
    pub(crate) fn intervals(&self, format: FourCc, width: u32, height: u32) -> Vec<Interval> {
        let enumerate = |index| {
            let mut value =
                FrameInterval { index, pixel_format: format.0, width, height, ..Default::default() };
            sys::enumerate_interval(self, &mut value)?;
            let [first, second, _] = value.intervals;
            if value.kind == DISCRETE {
                return Ok(Interval::One(first));
            }
            Ok(Interval::Range { shortest: first, longest: second })
        };
        entries(enumerate)
    }

    /// The present format of the capture queue.
    pub(crate) fn format(&self) -> Result<PixelFormat> {
        let mut value = Format::new(QueueKind::Capture, PixelFormat::default());
        sys::get_format(self, &mut value)?;
        Ok(value.pixels)
    }

    /// Asks for a format of the capture queue; gives what the driver made of it.
    pub(crate) fn set_format(&self, pixels: PixelFormat) -> Result<PixelFormat> {
        let mut value = Format::new(QueueKind::Capture, pixels);
        sys::set_format(self, &mut value)?;
        Ok(value.pixels)
    }

    /// Asks for a format of a queue with planes; gives what the driver made of it.
    pub(crate) fn set_format_planes(
        &self,
        kind: QueueKind,
        pixels: PixelFormatPlanes,
    ) -> Result<PixelFormatPlanes> {
        let mut value = FormatPlanes::new(kind, pixels);
        sys::set_format_planes(self, &mut value)?;
        Ok(value.pixels)
    }

    /// Asks for a time between pictures; gives what the driver made of it. Many drivers know none.
    pub(crate) fn set_interval(&self, kind: QueueKind, interval: Fraction) -> Result<Fraction> {
        let mut value = StreamParameters::new(kind, interval);
        sys::set_parameters(self, &mut value)?;
        Ok(value.time_per_frame)
    }

    /// The present time between pictures.
    pub(crate) fn interval(&self, kind: QueueKind) -> Result<Fraction> {
        let mut value = StreamParameters::new(kind, Fraction::default());
        sys::get_parameters(self, &mut value)?;
        Ok(value.time_per_frame)
    }

    /// Waits, at most for `timeout`, until a buffer can be taken back.
    pub(crate) fn wait(&self, for_input_too: bool, timeout: Duration) -> Result<Ready> {
        let mut wanted = PollFlags::IN;
        if for_input_too {
            wanted |= PollFlags::OUT;
        }
        let mut polled = [PollFd::new(self, wanted)];
        let timeout = Timespec::try_from(timeout).map_err(|_| Error::from(ErrorKind::InvalidInput))?;
        match poll(&mut polled, Some(&timeout)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(Ready::default()),
            Err(error) => return Err(error.into()),
        }
        let got = polled[0].revents();
        Ok(Ready {
            readable: got.contains(PollFlags::IN),
            writable: got.contains(PollFlags::OUT),
            failed: got.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL),
        })
    }
}

/// Entries of an enumeration, until the driver says that there is no more.
fn entries<T>(enumerate: impl Fn(u32) -> Result<T>) -> Vec<T> {
    (0..MAX_ENTRIES).map_while(|index| enumerate(index).ok()).collect()
}

/// Text of a field that ends with a zero or is full.
pub(super) fn text(field: &[u8]) -> String {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    let printable = String::from_utf8_lossy(&field[..end]);
    printable.chars().filter(|letter| !letter.is_control()).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_driver_is_cut_at_its_end() {
        let table: [(&[u8], &str); 4] = [
            (b"uvcvideo\0\0\0junk", "uvcvideo"),
            (b"full field, no zero", "full field, no zero"),
            (b" HD \x1b[31mcam\0", "HD [31mcam"),
            (b"\xff\0", "\u{fffd}"),
        ];
        for (field, expected) in table {
            assert_eq!(text(field), expected);
        }
    }

    #[test]
    fn what_is_no_video_device_says_so() {
        let device = Device::open(Path::new("/dev/null")).expect("it opens");
        assert!(device.identity().is_err());
        assert!(device.formats(QueueKind::Capture).is_empty());
        assert!(device.sizes(FourCc::new(b"YUYV")).is_empty());
    }

    #[test]
    fn enumerations_are_bounded() {
        assert_eq!(entries(Ok).len(), MAX_ENTRIES as usize);
    }
}
