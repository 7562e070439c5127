//! What stands before an element: one item of a list, one field's value of a hash, one member of a
//! set.
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 2 | magic, `C1 45` (no text, no number and no MessagePack begins with `C1`) |
//! | 2 | 1 | codec, see [`Codec::id`] |
//! | 3 | | payload |
//!
//! It is no [envelope](super::envelope), for a server finds members by their bytes: equal values
//! must be equal bytes, and nothing may stand in them that differs from one write to the next. A
//! new format gets a magic of its own.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Codec;
use crate::error::{Error, ErrorKind, Result};

const MAGIC: [u8; 2] = [0xC1, b'E'];

/// The element that holds this value.
pub(crate) fn write<T: Serialize + ?Sized>(codec: Codec, value: &T) -> Result<Vec<u8>> {
    let mut bytes = MAGIC.to_vec();
    bytes.push(codec.id());
    codec.encode(value, &mut bytes)?;
    Ok(bytes)
}

/// The value that an element holds.
///
/// # Errors
/// [`ErrorKind::Decode`] if these bytes are no element of the codec or hold no value of the type.
pub(crate) fn read<T: DeserializeOwned>(codec: Codec, bytes: &[u8]) -> Result<T> {
    let wrong = |what: &'static str| Error::new(ErrorKind::Decode, "decode", what);
    let rest = bytes
        .strip_prefix(&MAGIC)
        .ok_or_else(|| wrong("the element was not written by Larder"))?;
    match rest.split_first() {
        Some((id, payload)) if *id == codec.id() => codec.decode(payload),
        Some(_) => Err(wrong("the element was written by another codec")),
        None => Err(wrong("the element ends before its header does")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_every_release() {
        let written = write(Codec::MessagePack, &("a", 7_u8)).unwrap();
        assert_eq!(written, b"\xC1E\x03\x92\xA1a\x07");
        let read: (String, u8) = read(Codec::MessagePack, &written).unwrap();
        assert_eq!(read, ("a".to_owned(), 7));
    }

    #[test]
    fn whatever_else_is_an_error() {
        let whole = write(Codec::MessagePack, &7_u8).unwrap();
        let cases = [
            b"".as_slice(),
            b"7",
            &whole[..2],
            &whole[..3],
            b"\xC1E\x047",
        ];
        for bytes in cases {
            let error = read::<u8>(Codec::MessagePack, bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{bytes:?}");
        }
        assert!(read::<String>(Codec::MessagePack, &whole).is_err());
    }
}
