//! MessagePack with named fields, the default.

use rmp::Marker;
use rmp_serde::decode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Codec, DEEPEST, NOT_THIS_TYPE};
use crate::error::Result;

pub(super) fn encode<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<()> {
    rmp_serde::encode::write_named(into, value)
        .map_err(|cause| Codec::MessagePack.cannot_encode(cause))
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // The decoder trusts lengths, and its own limit of depth does not count enums.
    if !is_plainly_harmless(bytes) && !is_one_value(bytes) {
        let what = "the bytes are not one value of MessagePack, or it is nested too deeply";
        return Err(Codec::MessagePack.cannot_decode(what));
    }
    let mut decoder = rmp_serde::Deserializer::from_read_ref(bytes);
    let value = T::deserialize(&mut decoder);
    // Where nothing is left there is no marker to read; the decoder does not say otherwise how far it came.
    let left_over = u8::deserialize(&mut decoder);
    match (value, left_over) {
        (Ok(value), Err(decode::Error::InvalidMarkerRead(_))) => Ok(value),
        _ => Err(Codec::MessagePack.cannot_decode(NOT_THIS_TYPE)),
    }
}

/// Whether the bytes can be seen to be harmless without understanding them, as those of most values can: each container
/// begins with a byte of its own, so few of these bytes cannot be nested deeply, and short ones claim little.
fn is_plainly_harmless(bytes: &[u8]) -> bool {
    let (mut short, mut long) = (0, 0);
    // Without branches and counted in bytes, the compiler does sixteen of them or more at a time.
    for bytes in bytes.chunks(usize::from(u8::MAX)) {
        short += usize::from(count(bytes, |byte| matches!(byte, 0x80..=0x9F)));
        long += usize::from(count(bytes, |byte| matches!(byte, 0xDC..=0xDF)));
    }
    long == 0 && short <= DEEPEST
}

/// How many of at most 255 bytes are such.
fn count(bytes: &[u8], is_such: impl Fn(u8) -> bool) -> u8 {
    bytes
        .iter()
        .fold(0, |count, byte| count + u8::from(is_such(*byte)))
}

/// Whether the bytes are one value, all of it and nothing more, and not nested too deeply.
fn is_one_value(mut bytes: &[u8]) -> bool {
    skip_value(&mut bytes, DEEPEST).is_some() && bytes.is_empty()
}

/// Steps over one value, if all of it is there.
fn skip_value(bytes: &mut &[u8], depth: usize) -> Option<()> {
    use Marker as M;

    let (marker, rest) = bytes.split_first()?;
    *bytes = rest;
    match Marker::from_u8(*marker) {
        M::FixPos(_) | M::FixNeg(_) | M::Null | M::False | M::True => Some(()),
        M::U8 | M::I8 => skip_bytes(bytes, 1),
        // An extension has a byte for its type beside its content.
        M::U16 | M::I16 | M::FixExt1 => skip_bytes(bytes, 2),
        M::U32 | M::I32 | M::F32 => skip_bytes(bytes, 4),
        M::U64 | M::I64 | M::F64 => skip_bytes(bytes, 8),
        M::FixStr(length) => skip_bytes(bytes, length.into()),
        M::Str8 | M::Bin8 => skip_sized_bytes::<1>(bytes, 0),
        M::Str16 | M::Bin16 => skip_sized_bytes::<2>(bytes, 0),
        M::Str32 | M::Bin32 => skip_sized_bytes::<4>(bytes, 0),
        M::FixArray(items) => skip_items(bytes, items.into(), depth),
        M::Array16 => read_length::<2>(bytes).and_then(|items| skip_items(bytes, items, depth)),
        M::Array32 => read_length::<4>(bytes).and_then(|items| skip_items(bytes, items, depth)),
        M::FixMap(entries) => skip_items(bytes, 2 * usize::from(entries), depth),
        M::Map16 => {
            read_length::<2>(bytes).and_then(|entries| skip_items(bytes, 2 * entries, depth))
        }
        M::Map32 => read_length::<4>(bytes)
            .and_then(|entries| skip_items(bytes, entries.checked_mul(2)?, depth)),
        M::FixExt2 => skip_bytes(bytes, 1 + 2),
        M::FixExt4 => skip_bytes(bytes, 1 + 4),
        M::FixExt8 => skip_bytes(bytes, 1 + 8),
        M::FixExt16 => skip_bytes(bytes, 1 + 16),
        M::Ext8 => skip_sized_bytes::<1>(bytes, 1),
        M::Ext16 => skip_sized_bytes::<2>(bytes, 1),
        M::Ext32 => skip_sized_bytes::<4>(bytes, 1),
        M::Reserved => None,
    }
}

/// Steps over this many values. As each takes at least a byte, this ends with the bytes, whatever is claimed.
fn skip_items(bytes: &mut &[u8], items: usize, depth: usize) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    (0..items).try_for_each(|_| skip_value(bytes, depth))
}

/// Steps over bytes with their length before them, and `more` that the length does not count.
fn skip_sized_bytes<const N: usize>(bytes: &mut &[u8], more: usize) -> Option<()> {
    let length = read_length::<N>(bytes)?;
    skip_bytes(bytes, length.checked_add(more)?)
}

fn skip_bytes(bytes: &mut &[u8], length: usize) -> Option<()> {
    *bytes = bytes.get(length..)?;
    Some(())
}

/// A length of `N` bytes, the highest first.
fn read_length<const N: usize>(bytes: &mut &[u8]) -> Option<usize> {
    let (digits, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(
        digits
            .iter()
            .fold(0, |length, digit| length << 8 | usize::from(*digit)),
    )
}
