//! Why a slice header cannot be read, or its parameter sets are missing.

use super::nal::NalUnitType;
use crate::bits::BitError;

/// Why a slice header cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SliceError {
    /// Not a unit that begins with a slice header.
    #[error("{0:?} has no slice header")]
    NotASlice(NalUnitType),
    /// It ends too early, or holds an impossible code.
    #[error("slice header {0}")]
    Bits(#[from] BitError),
    /// Its parameter set never came.
    #[error("slice names PPS {0}, which did not come")]
    NoPps(u32),
    /// The SPS of its PPS never came.
    #[error("slice needs SPS {0}, which did not come")]
    NoSps(u8),
}
