//! Errors that are stored like values.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::Codec;
use crate::error::Result;

/// How errors of one type are written and read; made where the type is known to allow it.
pub(crate) struct ErrorCodec<E> {
    pub(crate) encode: fn(Codec, &E, &mut Vec<u8>) -> Result<()>,
    pub(crate) decode: fn(Codec, &[u8]) -> Result<E>,
}

impl<E: Serialize + DeserializeOwned> ErrorCodec<E> {
    pub(crate) fn new() -> Self {
        Self {
            encode: |codec, error, into| codec.encode(error, into),
            decode: |codec, bytes| codec.decode(bytes),
        }
    }
}

impl<E> Clone for ErrorCodec<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ErrorCodec<E> {}
