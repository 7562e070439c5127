//! bincode 2.0.1, the last release there will be: limited, and checked for what it leaves over.

use bincode::config::{Configuration, Limit, LittleEndian, Varint, standard};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Codec;
use super::guard::Limits;
use crate::error::{Error, ErrorKind, Result};

/// The largest value in bytes.
const LARGEST: usize = 16 << 20;

/// The crate counts every number at its full width, which is up to 16 bytes for one that is
/// written.
const LARGEST_COUNT: usize = 16 * LARGEST;

const CONFIGURATION: Configuration<LittleEndian, Varint, Limit<LARGEST_COUNT>> =
    standard().with_limit::<LARGEST_COUNT>();

pub(super) fn encode<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<()> {
    match bincode::serde::encode_into_std_write(value, into, CONFIGURATION) {
        Ok(length) if length > LARGEST => Err(too_large(length)),
        Ok(_) => Ok(()),
        Err(cause) => Err(Codec::Bincode.cannot_encode(cause)),
    }
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    if bytes.len() > LARGEST {
        return None;
    }
    let limits = Limits::of(bytes);
    match bincode::serde::seed_decode_from_slice(limits.seed::<T>(), bytes, CONFIGURATION) {
        // What is left over belongs to a field that this build does not know.
        Ok((value, consumed)) if consumed == bytes.len() => Some(value),
        _ => None,
    }
}

fn too_large(length: usize) -> Error {
    Error::new(
        ErrorKind::TooLarge,
        "encode",
        "bincode neither writes nor reads values beyond 16 MiB: choose another codec",
    )
    .with("bytes", length)
}
