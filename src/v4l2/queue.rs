//! A queue of buffers shared with a driver.
//!
//! ```text
//! camera    Queue::new ─ fill ─► start ─► dequeue ─► look at it ─► give_back ─► …
//! encoder   Queue::new ────────► start ─► free ─► write ─► send ─► dequeue ─► …
//! ```
//! Dropping it stops the flow and unmaps the buffers; the driver frees them when the device is closed.

use std::{
    io::{Error, ErrorKind, Result},
    os::fd::AsFd,
    sync::Arc,
};

use super::{
    abi::{Buffer, MEMORY_MMAP, QueueKind, RequestBuffers, Timeval, buffer_flag},
    device::Device,
    sys::{self, MappedBuffer},
};

/// A buffer that was taken back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dequeued {
    /// Its place in the queue.
    pub(crate) index: usize,
    /// Bytes that are used.
    pub(crate) length: usize,
    /// `CLOCK_MONOTONIC` when the picture was taken, if the driver says so.
    pub(crate) monotonic: Option<Timeval>,
    /// The driver could not fill it properly.
    pub(crate) is_damaged: bool,
}

/// The buffers of one queue of a device.
#[derive(Debug)]
pub(crate) struct Queue {
    device: Arc<Device>,
    kind: QueueKind,
    buffers: Vec<MappedBuffer>,
    /// Buffers that are ours and hold nothing that is needed.
    free: Vec<usize>,
}

impl Queue {
    /// Asks for `count` buffers of the format that was set, and maps them.
    pub(crate) fn new(device: &Arc<Device>, kind: QueueKind, count: u32) -> Result<Self> {
        let mut request =
            RequestBuffers { count, kind: kind as u32, memory: MEMORY_MMAP, ..Default::default() };
        sys::request_buffers(device, &mut request)?;
        if request.count == 0 {
            return Err(Error::new(ErrorKind::OutOfMemory, "the driver gave no buffers"));
        }
        let buffers = (0..request.count)
            .map(|index| MappedBuffer::map(device.as_fd(), kind, index))
            .collect::<Result<Vec<_>>>()?;
        let free = (0..buffers.len()).rev().collect();
        Ok(Self { device: Arc::clone(device), kind, buffers, free })
    }

    /// Gives all buffers to the driver, to be filled.
    pub(crate) fn fill(&mut self) -> Result<()> {
        while let Some(index) = self.free.pop() {
            self.give_back(index)?;
        }
        Ok(())
    }

    /// Starts the flow.
    pub(crate) fn start(&self) -> Result<()> {
        sys::stream_on(&self.device, self.kind)
    }

    /// A buffer the driver is done with, if there is one.
    pub(crate) fn dequeue(&mut self) -> Result<Option<Dequeued>> {
        let (index, length, buffer) = match sys::dequeue(self.device.as_fd(), self.kind, &mut self.buffers) {
            Ok(dequeued) => dequeued,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_monotonic = buffer.flags & buffer_flag::TIMESTAMP_MASK == buffer_flag::TIMESTAMP_MONOTONIC;
        Ok(Some(Dequeued {
            index,
            length,
            monotonic: is_monotonic.then_some(buffer.timestamp),
            is_damaged: buffer.flags & buffer_flag::ERROR != 0,
        }))
    }

    /// The used bytes of a buffer that was taken back.
    pub(crate) fn bytes(&self, dequeued: Dequeued) -> &[u8] {
        let bytes = self.buffers.get(dequeued.index).map_or(&[][..], MappedBuffer::bytes);
        &bytes[..dequeued.length.min(bytes.len())]
    }

    /// Gives a buffer to the driver, to be filled.
    pub(crate) fn give_back(&mut self, index: usize) -> Result<()> {
        let buffer = Buffer::new(self.kind, 0);
        self.buffers.get_mut(index).map_or(Ok(()), |mapped| mapped.queue(self.device.as_fd(), buffer, 0))
    }

    /// Keeps a buffer that was taken back and may be written again.
    pub(crate) fn keep(&mut self, dequeued: Dequeued) {
        self.free.push(dequeued.index);
    }

    /// Writes a free buffer with `write`, which says how many bytes it wrote, and gives it to the driver. False when no
    /// buffer is free.
    pub(crate) fn send(
        &mut self,
        timestamp: Timeval,
        write: impl FnOnce(&mut [u8]) -> usize,
    ) -> Result<bool> {
        let Some(index) = self.free.pop() else { return Ok(false) };
        let Some(mapped) = self.buffers.get_mut(index) else { return Ok(false) };
        let length = write(mapped.bytes_mut());
        let buffer = Buffer { timestamp, field: super::abi::FIELD_NONE, ..Buffer::new(self.kind, 0) };
        mapped.queue(self.device.as_fd(), buffer, u32::try_from(length).unwrap_or(u32::MAX))?;
        Ok(true)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if let Err(error) = sys::stream_off(&self.device, self.kind, &mut self.buffers) {
            tracing::debug!("video device not stopped, since it is gone: {error}");
        }
    }
}
