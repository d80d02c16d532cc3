//! The system calls of video devices, and the only unsafe code around them.
//!
//! ```text
//! a call     fd + struct of `abi`, read and written by the kernel during the call
//! a buffer   memory of the driver, mapped here:   ours ──queue──► the kernel's ──dequeue──► ours
//! ```
//! Only a buffer that is ours can be looked at, so what it holds never changes under the eyes of a reader.
#![expect(unsafe_code, reason = "ioctl and mmap have no safe form")]

use std::{
    ffi::{c_int, c_void},
    io::{Error, ErrorKind, Result},
    os::fd::{AsFd, BorrowedFd},
};

use rustix::{
    ioctl::{Setter, Updater, ioctl, opcode},
    mm::{MapFlags, ProtFlags, mmap, munmap},
};

use super::abi::{
    Buffer, Capability, Control, Format, FormatDescription, FormatPlanes, FrameInterval, FrameSize, Plane,
    QueryControl, QueryMenu, QueueKind, RequestBuffers, StreamParameters,
};

/// Largest buffer that is mapped: a 4096x4096 picture of four bytes a pixel.
const MAX_BUFFER_BYTES: usize = 64 << 20;

/// Calls that take and give one struct without pointers: name, direction, number, struct.
macro_rules! calls {
    ($($name:ident = $direction:ident($number:literal, $value:ty);)*) => {
        $(pub(super) fn $name(fd: impl AsFd, value: &mut $value) -> Result<()> {
            // SAFETY: the number was made from the struct that linux/videodev2.h has for this call, the kernel reads
            // and writes that struct only, during the call only, and every bit pattern of it is a value of it.
            unsafe {
                ioctl(fd, Updater::<{ opcode::$direction::<$value>(b'V', $number) }, $value>::new(value))?;
            }
            Ok(())
        })*

        #[cfg(test)]
        const NUMBERS: &[(&str, rustix::ioctl::Opcode)] =
            &[$((stringify!($name), opcode::$direction::<$value>(b'V', $number))),*];
    };
}

calls! {
    query_capability = read(0, Capability);
    enumerate_format = read_write(2, FormatDescription);
    get_format = read_write(4, Format);
    set_format = read_write(5, Format);
    set_format_planes = read_write(5, FormatPlanes);
    request_buffers = read_write(8, RequestBuffers);
    get_parameters = read_write(21, StreamParameters);
    set_parameters = read_write(22, StreamParameters);
    get_control = read_write(27, Control);
    set_control = read_write(28, Control);
    query_control = read_write(36, QueryControl);
    query_menu = read_write(37, QueryMenu);
    enumerate_size = read_write(74, FrameSize);
    enumerate_interval = read_write(75, FrameInterval);
}

/// Starts the flow of buffers.
pub(super) fn stream_on(fd: impl AsFd, kind: QueueKind) -> Result<()> {
    // SAFETY: VIDIOC_STREAMON reads one int, the kind of the queue.
    unsafe { ioctl(fd, Setter::<{ opcode::write::<c_int>(b'V', 18) }, u32>::new(kind as u32))? };
    Ok(())
}

/// Stops it; all buffers are ours again.
pub(super) fn stream_off(fd: impl AsFd, kind: QueueKind, buffers: &mut [MappedBuffer]) -> Result<()> {
    // SAFETY: VIDIOC_STREAMOFF reads one int, the kind of the queue.
    unsafe { ioctl(fd, Setter::<{ opcode::write::<c_int>(b'V', 19) }, u32>::new(kind as u32))? };
    for buffer in buffers {
        buffer.is_kernels = false;
    }
    Ok(())
}

/// `VIDIOC_QUERYBUF`, `VIDIOC_QBUF` and `VIDIOC_DQBUF` have one form; for a queue with planes the buffer points to one.
fn buffer_call<const NUMBER: rustix::ioctl::Opcode>(
    fd: BorrowedFd<'_>,
    buffer: &mut Buffer,
    plane: &mut Plane,
    has_planes: bool,
) -> Result<()> {
    if has_planes {
        buffer.place = plane;
        buffer.length = 1;
    } else {
        buffer.place = std::ptr::null_mut();
    }
    // SAFETY: NUMBER is one of the three calls on `v4l2_buffer`. The memory is the driver's (MMAP), so the kernel
    // follows a pointer only for a queue with planes; that one points to `length` planes, which live until the end of
    // this function. Of a queue without planes the kernel reads no pointer.
    unsafe { ioctl(fd, Updater::<NUMBER, Buffer>::new(buffer))? };
    Ok(())
}

const QUERY_BUFFER: rustix::ioctl::Opcode = opcode::read_write::<Buffer>(b'V', 9);
const QUEUE_BUFFER: rustix::ioctl::Opcode = opcode::read_write::<Buffer>(b'V', 15);
const DEQUEUE_BUFFER: rustix::ioctl::Opcode = opcode::read_write::<Buffer>(b'V', 17);

/// Memory of the driver, mapped here.
#[derive(Debug)]
pub(super) struct MappedBuffer {
    memory: *mut c_void,
    length: usize,
    index: u32,
    kind: QueueKind,
    is_kernels: bool,
}

// SAFETY: the memory is shared with the kernel and belongs to no thread.
unsafe impl Send for MappedBuffer {}

impl MappedBuffer {
    /// Maps buffer `index` of a queue, whose buffers were requested.
    pub(super) fn map(fd: BorrowedFd<'_>, kind: QueueKind, index: u32) -> Result<Self> {
        let (mut buffer, mut plane) = (Buffer::new(kind, index), Plane::default());
        buffer_call::<QUERY_BUFFER>(fd, &mut buffer, &mut plane, kind.has_planes())?;
        let (length, place) = if kind.has_planes() {
            (plane.length, plane.memory)
        } else {
            (buffer.length, buffer.place.addr())
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length == 0 || length > MAX_BUFFER_BYTES {
            return Err(Error::new(ErrorKind::InvalidData, format!("a buffer of {length} bytes")));
        }
        // The offset is the first four bytes of a union with a pointer.
        let [first, second, third, fourth, ..] = place.to_ne_bytes();
        let offset = u32::from_ne_bytes([first, second, third, fourth]);
        // SAFETY: the address is the kernel's choice, so nothing that exists is mapped over.
        let memory = unsafe {
            mmap(
                std::ptr::null_mut(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                fd,
                offset.into(),
            )?
        };
        Ok(Self { memory, length, index, kind, is_kernels: false })
    }

    /// What it holds; nothing while it is the kernel's.
    pub(super) fn bytes(&self) -> &[u8] {
        if self.is_kernels {
            return &[];
        }
        // SAFETY: the mapping is `length` bytes and lives as long as `self`; the kernel does not write to a buffer that
        // is not queued.
        unsafe { std::slice::from_raw_parts(self.memory.cast(), self.length) }
    }

    /// What it holds, to be written; nothing while it is the kernel's.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        if self.is_kernels {
            return &mut [];
        }
        // SAFETY: as in `bytes`, and `self` is borrowed by this caller alone.
        unsafe { std::slice::from_raw_parts_mut(self.memory.cast(), self.length) }
    }

    /// Gives it to the kernel, to be filled, or with `bytes_used` bytes in it.
    pub(super) fn queue(&mut self, fd: BorrowedFd<'_>, mut buffer: Buffer, bytes_used: u32) -> Result<()> {
        let length = u32::try_from(self.length).unwrap_or(u32::MAX);
        let mut plane = Plane { bytes_used, length, ..Plane::default() };
        buffer.index = self.index;
        buffer.kind = self.kind as u32;
        buffer.bytes_used = bytes_used;
        // From here on it may be the kernel's, whatever the call says.
        self.is_kernels = true;
        buffer_call::<QUEUE_BUFFER>(fd, &mut buffer, &mut plane, self.kind.has_planes())
    }
}

/// Takes a buffer back from the kernel: its place in `buffers`, and how many of its bytes are used.
pub(super) fn dequeue(
    fd: BorrowedFd<'_>,
    kind: QueueKind,
    buffers: &mut [MappedBuffer],
) -> Result<(usize, usize, Buffer)> {
    let (mut buffer, mut plane) = (Buffer::new(kind, 0), Plane::default());
    buffer_call::<DEQUEUE_BUFFER>(fd, &mut buffer, &mut plane, kind.has_planes())?;
    buffer.place = std::ptr::null_mut();
    let unknown =
        || Error::new(ErrorKind::InvalidData, format!("a buffer {} that was not asked for", buffer.index));
    let index = usize::try_from(buffer.index).unwrap_or(usize::MAX);
    let mapped = buffers.get_mut(index).ok_or_else(unknown)?;
    mapped.is_kernels = false;
    let used = if kind.has_planes() { plane.bytes_used } else { buffer.bytes_used };
    Ok((index, usize::try_from(used).unwrap_or(usize::MAX).min(mapped.length), buffer))
}

impl Drop for MappedBuffer {
    fn drop(&mut self) {
        // SAFETY: `map` made this mapping, and no slice of it outlives `self`.
        let _ = unsafe { munmap(self.memory, self.length) };
    }
}

/// Sizes of the structs as `linux/videodev2.h` has them, for 64-bit and 32-bit programs.
const _: () = {
    use super::abi::{Fraction, PixelFormat, PixelFormatPlanes, PlaneFormat, Timeval};
    const fn size<T>(on_64_bit: usize, on_32_bit: usize) {
        let expected = if cfg!(target_pointer_width = "64") { on_64_bit } else { on_32_bit };
        assert!(size_of::<T>() == expected);
    }
    size::<Capability>(104, 104);
    size::<FormatDescription>(64, 64);
    size::<FrameSize>(44, 44);
    size::<FrameInterval>(52, 52);
    size::<Fraction>(8, 8);
    size::<PixelFormat>(48, 48);
    size::<PlaneFormat>(20, 20);
    size::<PixelFormatPlanes>(192, 192);
    size::<Format>(208, 204);
    size::<FormatPlanes>(208, 204);
    size::<StreamParameters>(204, 204);
    size::<RequestBuffers>(20, 20);
    size::<Timeval>(16, 8);
    size::<Plane>(64, 60);
    size::<Buffer>(88, 68);
    size::<Control>(8, 8);
    size::<QueryControl>(68, 68);
    size::<QueryMenu>(44, 44);
};

#[cfg(test)]
mod tests {
    use super::*;

    /// As `gcc -E -dD linux/videodev2.h` gives them on x86-64; on 32 bits the structs with pointers are shorter.
    #[test]
    fn the_numbers_of_the_calls_are_those_of_the_kernel() {
        let wide = cfg!(target_pointer_width = "64");
        let by_width = |on_64_bit, on_32_bit| if wide { on_64_bit } else { on_32_bit };
        let expected = [
            ("query_capability", 0x8068_5600),
            ("enumerate_format", 0xc040_5602),
            ("get_format", by_width(0xc0d0_5604, 0xc0cc_5604)),
            ("set_format", by_width(0xc0d0_5605, 0xc0cc_5605)),
            ("set_format_planes", by_width(0xc0d0_5605, 0xc0cc_5605)),
            ("request_buffers", 0xc014_5608),
            ("get_parameters", 0xc0cc_5615),
            ("set_parameters", 0xc0cc_5616),
            ("get_control", 0xc008_561b),
            ("set_control", 0xc008_561c),
            ("query_control", 0xc044_5624),
            ("query_menu", 0xc02c_5625),
            ("enumerate_size", 0xc02c_564a),
            ("enumerate_interval", 0xc034_564b),
        ];
        assert_eq!(NUMBERS, expected);
        assert_eq!(QUERY_BUFFER, by_width(0xc058_5609, 0xc044_5609));
        assert_eq!(QUEUE_BUFFER, by_width(0xc058_560f, 0xc044_560f));
        assert_eq!(DEQUEUE_BUFFER, by_width(0xc058_5611, 0xc044_5611));
        assert_eq!(opcode::write::<c_int>(b'V', 18), 0x4004_5612, "stream_on");
        assert_eq!(opcode::write::<c_int>(b'V', 19), 0x4004_5613, "stream_off");
    }
}
