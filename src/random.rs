//! Random numbers of the system.

use rustix::rand::{GetRandomFlags, getrandom};

/// Bytes that nobody can guess: 256 at most, which Linux always gives at once (getrandom(2)).
pub(crate) fn random_bytes<const COUNT: usize>() -> [u8; COUNT] {
    const { assert!(COUNT <= 256, "more may be given in part") };
    let mut bytes = [0; COUNT];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty());
    assert_eq!(filled, Ok(COUNT), "Linux always gives so few bytes at once (getrandom(2))");
    bytes
}
