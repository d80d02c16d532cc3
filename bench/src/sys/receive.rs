//! Receiving from TCP with the moment at which the kernel had the bytes.
//!
//! With `SO_TIMESTAMPING` a `recvmsg` on a TCP socket brings the software receive time of the newest segment among the
//! bytes it gives, on the real-time clock (Documentation/networking/timestamping.rst). So the time belongs to the last
//! byte read, and how late the probe itself runs does not count.
#![expect(unsafe_code, reason = "control messages of recvmsg with time stamps have no safe wrapper")]

use std::{io, mem, net::TcpStream, os::fd::AsRawFd};

const FLAGS: libc::c_uint = libc::SOF_TIMESTAMPING_RX_SOFTWARE | libc::SOF_TIMESTAMPING_SOFTWARE;
/// Room for control messages; a time stamp is three `timespec` behind a header.
const CONTROL_WORDS: usize = 32;

/// What one read gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    /// Bytes read; 0 at the end of the connection.
    pub(crate) bytes: usize,
    /// Real time at which the kernel had the last of them.
    pub(crate) kernel_ns: Option<u64>,
}

/// Asks the kernel for receive time stamps on `socket`.
pub(crate) fn ask_for_times(socket: &TcpStream) -> io::Result<()> {
    let flags = FLAGS;
    let size = libc::socklen_t::try_from(size_of_val(&flags)).expect("four bytes");
    // SAFETY: the socket is open and the option is an int of the size that is given.
    let failed = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_TIMESTAMPING,
            (&raw const flags).cast(),
            size,
        )
    };
    if failed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Reads into `buffer` without waiting.
pub(crate) fn receive(socket: &TcpStream, buffer: &mut [u8]) -> io::Result<Received> {
    let mut control = [0_u64; CONTROL_WORDS];
    let mut slice = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: `msghdr` is plain data for which zero is valid; the pointers set in it are to live buffers of the lengths
    // given; the control messages are walked with the macros made for that, inside what the kernel filled in.
    unsafe {
        let mut message: libc::msghdr = mem::zeroed();
        message.msg_iov = &raw mut slice;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = size_of_val(&control);
        let read = libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT);
        let bytes = usize::try_from(read).map_err(|_| io::Error::last_os_error())?;
        let mut kernel_ns = None;
        let mut header = libc::CMSG_FIRSTHDR(&raw const message);
        while !header.is_null() {
            if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_TIMESTAMPING {
                let software: libc::timespec =
                    libc::CMSG_DATA(header).cast::<libc::timespec>().read_unaligned();
                let ns = software.tv_sec.cast_unsigned() * 1_000_000_000 + software.tv_nsec.cast_unsigned();
                kernel_ns = Some(ns).filter(|ns| *ns > 0);
            }
            header = libc::CMSG_NXTHDR(&raw const message, header);
        }
        Ok(Received { bytes, kernel_ns })
    }
}
