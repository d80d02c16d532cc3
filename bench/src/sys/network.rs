//! Network namespaces of our own, and TUN devices in them.
//!
//! A thread is in one namespace; sockets it makes and programs it starts are in that one too. A TUN device stays where
//! it was made while its file is read and written from anywhere.
#![expect(unsafe_code, reason = "requests to network devices are ioctls")]

use std::{
    fs::{File, OpenOptions},
    io, mem,
    net::Ipv4Addr,
    os::{
        fd::{AsFd, AsRawFd},
        unix::fs::OpenOptionsExt,
    },
};

use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

/// A network namespace.
#[derive(Debug)]
pub(crate) struct Namespace(File);

impl Namespace {
    /// The one this thread is in.
    pub(crate) fn current() -> io::Result<Self> {
        Ok(Self(File::open("/proc/thread-self/ns/net")?))
    }

    /// A new one, with its loopback device up and of `loopback_mtu` if given. This thread stays where it is.
    pub(crate) fn new(loopback_mtu: Option<u16>) -> io::Result<Self> {
        let before = Self::current()?;
        // SAFETY: only the network namespace of this thread changes; no memory or file is shared less by it.
        unsafe { unshare_unsafe(UnshareFlags::NEWNET)? };
        let made = Self::current().and_then(|made| {
            if let Some(mtu) = loopback_mtu {
                set_mtu("lo", mtu)?;
            }
            bring_up("lo")?;
            Ok(made)
        });
        before.enter()?;
        made
    }

    /// Moves this thread into it.
    pub(crate) fn enter(&self) -> io::Result<()> {
        Ok(move_into_link_name_space(self.0.as_fd(), Some(LinkNameSpaceType::Network))?)
    }

    /// Runs `work` in it and comes back.
    pub(crate) fn inside<T, E: From<io::Error>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let before = Self::current()?;
        self.enter()?;
        let done = work();
        before.enter()?;
        done
    }
}

/// A TUN device named `name` in this thread's namespace: packets without any header, `address`/24, `mtu`, up.
pub(crate) fn open_tun(name: &str, address: Ipv4Addr, mtu: u16) -> io::Result<File> {
    let file =
        OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/net/tun")?;
    let mut request = named(name);
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    call(&file, libc::TUNSETIFF, &mut request)?;
    let control = control_socket()?;
    let mut request = named(name);
    request.ifr_ifru.ifru_addr = socket_address(address);
    call(&control, libc::SIOCSIFADDR, &mut request)?;
    let mut request = named(name);
    request.ifr_ifru.ifru_netmask = socket_address(Ipv4Addr::new(255, 255, 255, 0));
    call(&control, libc::SIOCSIFNETMASK, &mut request)?;
    set_mtu(name, mtu)?;
    bring_up(name)?;
    Ok(file)
}

fn set_mtu(name: &str, mtu: u16) -> io::Result<()> {
    let mut request = named(name);
    request.ifr_ifru.ifru_mtu = i32::from(mtu);
    call(&control_socket()?, libc::SIOCSIFMTU, &mut request)
}

fn bring_up(name: &str) -> io::Result<()> {
    let mut request = named(name);
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    call(&control_socket()?, libc::SIOCSIFFLAGS, &mut request)
}

/// Any socket will do to talk about devices.
fn control_socket() -> io::Result<std::net::UdpSocket> {
    std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
}

fn named(name: &str) -> libc::ifreq {
    // SAFETY: `ifreq` is plain data for which zero is valid.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().take(libc::IFNAMSIZ - 1).zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    request
}

fn socket_address(address: Ipv4Addr) -> libc::sockaddr {
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: 0,
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.octets()) },
        sin_zero: [0; 8],
    };
    // SAFETY: both are the same 16 bytes, a `sockaddr_in` is made to be read as a `sockaddr`.
    unsafe { mem::transmute(address) }
}

fn call(file: &impl AsRawFd, request: libc::Ioctl, argument: &mut libc::ifreq) -> io::Result<()> {
    // SAFETY: the file is open and every request used here takes a pointer to an `ifreq`, which is alive.
    let failed = unsafe { libc::ioctl(file.as_raw_fd(), request, &raw mut *argument) };
    if failed < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
