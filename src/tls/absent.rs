//! TLS of a program that was built without it: the types have no values.

use std::{
    io::{IoSlice, Read, Write},
    path::Path,
    sync::Arc,
};

use super::{Certificate, TlsError};

/// A certificate and what is agreed on with it: there is none.
#[derive(Clone, Debug)]
pub enum Tls {}

/// The state of an encrypted connection: there is none.
#[derive(Debug)]
pub enum Session {}

impl Tls {
    /// Refuses whatever is configured.
    ///
    /// # Errors
    /// Always.
    pub fn new(_: &Certificate, _: Option<&Path>) -> Result<Self, TlsError> {
        Err(TlsError::NotBuilt)
    }

    /// Never called.
    pub fn look_again(&self) {
        match *self {}
    }

    /// Never called.
    #[must_use]
    pub fn authority(&self) -> Option<Arc<str>> {
        match *self {}
    }

    /// Never called.
    #[must_use]
    pub fn is_for(&self, _: &str) -> bool {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub fn session(&self) -> std::io::Result<Session> {
        match *self {}
    }
}

impl Session {
    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub fn handshake(&mut self, _: &mut (impl Read + Write)) -> std::io::Result<()> {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub fn read(&mut self, _: &mut (impl Read + Write), _: &mut [u8]) -> std::io::Result<usize> {
        match *self {}
    }

    /// Never called.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub fn write(&mut self, _: &mut impl Write, _: &[IoSlice<'_>]) -> std::io::Result<usize> {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub fn flush(&mut self, _: &mut impl Write) -> std::io::Result<()> {
        match *self {}
    }

    /// Never called.
    #[must_use]
    pub fn has_unsent(&self) -> bool {
        match *self {}
    }

    /// Never called.
    pub fn end(&mut self) {
        match *self {}
    }
}
