//! Passwords: hashed with argon2id (RFC 9106), as PHC strings.
//!
//! The parameters suit a Raspberry Pi Zero 2 W: 12 MiB of memory and three passes. A hash of a user says its own parameters;
//! those that cost more than a server can afford are refused when the configuration is read.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use super::key::fill_random;

/// Shortest password that may be set, in characters.
pub(super) const MIN_PASSWORD_CHARS: usize = 8;
/// Longest password, in bytes: a longer one is refused before it is hashed.
pub(super) const MAX_PASSWORD_BYTES: usize = 256;
/// KiB of memory that a new hash takes.
const MEMORY_KIB: u32 = 12 << 10;
/// Passes of a new hash.
const PASSES: u32 = 3;
/// KiB of memory that the hash of a user may take.
const MAX_MEMORY_KIB: u32 = 256 << 10;
/// KiB times passes that the hash of a user may take: about a second on a small computer.
const MAX_WORK_KIB: u64 = 1 << 20;

/// Why a password cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It is easy to guess.
    #[error("the password is too short: it needs at least {MIN_PASSWORD_CHARS} characters")]
    Short,
    /// Nobody types it.
    #[error("the password is too long: it has at most {MAX_PASSWORD_BYTES} bytes")]
    Long,
    /// It cannot be typed into every program.
    #[error("the password has a control character, which is not allowed")]
    Control,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a salt")]
    Random,
}

/// Why a hash in the configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// It is something else.
    #[error("it is no argon2id hash: lenscast user passwd writes one")]
    NoHash,
    /// To check it would cost too much.
    #[error("it takes too much memory or time to check: lenscast user passwd writes one that does not")]
    Expensive,
}

/// A hash that has been checked to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedHash(String);

impl CheckedHash {
    /// Checks a PHC string.
    ///
    /// # Errors
    /// When it is no argon2id hash, or one that costs too much.
    pub fn new(text: &str) -> Result<Self, HashError> {
        let hash = PasswordHash::new(text).map_err(|_| HashError::NoHash)?;
        let is_argon2id = Algorithm::new(hash.algorithm.as_str()) == Ok(Algorithm::Argon2id);
        if !is_argon2id || hash.salt.is_none() || hash.hash.is_none() {
            return Err(HashError::NoHash);
        }
        let params = Params::try_from(&hash).map_err(|_| HashError::NoHash)?;
        let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
        if params.m_cost() > MAX_MEMORY_KIB || work > MAX_WORK_KIB {
            return Err(HashError::Expensive);
        }
        Ok(Self(text.to_owned()))
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// When the password may not be set.
    pub fn of(password: &str) -> Result<Self, PasswordError> {
        check_new(password)?;
        let mut salt = [0; 16];
        fill_random(&mut salt).map_err(|_| PasswordError::Random)?;
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("they are within argon2's limits");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash =
            argon2.hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| PasswordError::Long)?;
        Ok(Self(hash.to_string()))
    }

    /// Whether `password` is the one that was hashed. Takes tens of milliseconds or more of a processor.
    #[must_use]
    pub fn is_of(&self, password: &str) -> bool {
        if password.len() > MAX_PASSWORD_BYTES {
            return false;
        }
        let hash = PasswordHash::new(&self.0);
        hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    }

    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_new(password: &str) -> Result<(), PasswordError> {
    if password.chars().any(char::is_control) {
        return Err(PasswordError::Control);
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::Long);
    }
    if password.chars().count() < MIN_PASSWORD_CHARS {
        return Err(PasswordError::Short);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_verified_by_its_hash() {
        let hash = CheckedHash::of("correct horse").expect("it may be set");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=12288,t=3,p=1$"), "{hash:?}");
        assert_eq!(CheckedHash::new(hash.as_str()), Ok(hash.clone()));
        for (password, right) in
            [("correct horse", true), ("correct horsf", false), ("", false), ("Correct horse", false)]
        {
            assert_eq!(hash.is_of(password), right, "{password:?}");
        }
        assert!(!hash.is_of(&"a".repeat(MAX_PASSWORD_BYTES + 1)));
        assert_ne!(CheckedHash::of("correct horse"), Ok(hash), "each has a salt of its own");
    }

    #[test]
    fn passwords_that_may_not_be_set() {
        let table = [
            ("1234567", PasswordError::Short),
            ("", PasswordError::Short),
            ("tab\tin it, long", PasswordError::Control),
        ];
        for (password, expected) in table {
            assert_eq!(CheckedHash::of(password), Err(expected), "{password:?}");
        }
        assert_eq!(CheckedHash::of(&"a".repeat(300)), Err(PasswordError::Long));
        assert!(CheckedHash::of("Füße123!").is_ok());
    }

    #[test]
    fn hashes_that_are_refused() {
        let salt_and_hash = "c29tZXNhbHRzb21lc2FsdA$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ";
        let table = [
            (String::new(), HashError::NoHash),
            ("secret".to_owned(), HashError::NoHash),
            ("$2b$12$abcdefghijklmnopqrstuv".to_owned(), HashError::NoHash),
            (format!("$argon2i$v=19$m=4096,t=3,p=1${salt_and_hash}"), HashError::NoHash),
            ("$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHRzb21lc2FsdA".to_owned(), HashError::NoHash),
            (format!("$argon2id$v=19$m=4194304,t=1,p=1${salt_and_hash}"), HashError::Expensive),
            (format!("$argon2id$v=19$m=65536,t=1000,p=1${salt_and_hash}"), HashError::Expensive),
        ];
        for (text, expected) in table {
            assert_eq!(CheckedHash::new(&text), Err(expected), "{text}");
        }
    }
}
