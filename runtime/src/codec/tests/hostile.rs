//! Bytes that nobody who means well would send: never a panic, an abort, a long wait or a large
//! allocation.

use std::cell::Cell;
use std::fmt;

use proptest::prelude::*;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::super::Codec;
use super::{CODECS, Everything, List, encoded, everything, list};

/// Decodes the bytes as one type after the other.
fn decode_as_anything(codec: Codec, bytes: &[u8]) {
    let _ = codec.decode::<Everything>(bytes);
    let _ = codec.decode::<List>(bytes);
    let _ = codec.decode::<Vec<Vec<Vec<()>>>>(bytes);
    let _ = codec.decode::<std::collections::HashMap<String, Option<Vec<u8>>>>(bytes);
    let _ = codec.decode::<serde::de::IgnoredAny>(bytes);
    #[cfg(feature = "json")]
    let _ = codec.decode::<serde_json::Value>(bytes);
}

proptest! {
    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes: Vec<u8>) {
        for &codec in CODECS {
            decode_as_anything(codec, &bytes);
        }
    }

    #[test]
    fn a_damaged_value_is_a_value_or_an_error(place: prop::sample::Index, byte: u8, end: prop::sample::Index) {
        for &codec in CODECS {
            let mut bytes = encoded(codec, &everything());
            let place = place.index(bytes.len());
            bytes[place] = byte;
            decode_as_anything(codec, &bytes);
            decode_as_anything(codec, &bytes[..end.index(bytes.len())]);
        }
    }

    /// Bytes that claim more than there is: what is reserved stays within a small multiple of what
    /// came.
    #[test]
    fn what_is_reserved_is_bounded_by_what_came(
        head in proptest::collection::vec(claim(), 1..40),
        tail in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let bytes = [head.concat(), tail].concat();
        for &codec in CODECS {
            RESERVED.set(0);
            let _ = codec.decode::<Reserving>(&bytes);
            prop_assert!(RESERVED.get() <= bytes.len() + 1024, "{codec:?} reserved {}", RESERVED.get());
        }
    }
}

/// The beginning of a container in one codec or another: long ones, and short ones that could be
/// true.
fn claim() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"\xdd\xff\xff\xff\xff".to_vec()),
        Just(b"\xdc\x00\x20".to_vec()),
        Just(b"\x91".to_vec()),
        Just(b"\xff\xff\xff\xff\x0f".to_vec()),
        Just(b"\xfc\xff\xff\xff\x00".to_vec()),
        Just(b"[".to_vec()),
        (1..40_u8).prop_map(|length| vec![length]),
    ]
}

thread_local! {
    /// For how many items the types that are decoded by this thread were told to make room.
    static RESERVED: Cell<usize> = const { Cell::new(0) };
}

/// A nested list that makes no room but notes for how many items it would have.
struct Reserving;

impl<'de> Deserialize<'de> for Reserving {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self)
    }
}

impl<'de> Visitor<'de> for Reserving {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of lists")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        RESERVED.set(
            RESERVED
                .get()
                .saturating_add(items.size_hint().unwrap_or(0)),
        );
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }
}

/// Within the two megabytes of stack that a thread of the runtime has.
#[test]
fn a_value_nested_too_deeply_is_an_error() {
    for &codec in CODECS {
        assert!(
            codec.decode::<List>(&encoded(codec, &list(120))).is_ok(),
            "{codec:?}"
        );
        assert!(
            codec.decode::<List>(&encoded(codec, &list(1000))).is_err(),
            "{codec:?}"
        );
    }
    // As long as an envelope may be, and as deep: decoding it would exhaust any stack.
    let million = 1_000_000;
    assert!(
        Codec::MessagePack
            .decode::<List>(&b"\x81\xa4Item".repeat(million))
            .is_err()
    );
    assert!(
        Codec::MessagePack
            .decode::<serde::de::IgnoredAny>(&vec![0x91; million])
            .is_err()
    );
    for &codec in CODECS {
        assert!(
            codec.decode::<List>(&vec![1; million]).is_err(),
            "{codec:?}"
        );
        assert!(
            codec.decode::<Chain>(&vec![1; million]).is_err(),
            "{codec:?}"
        );
        assert!(
            codec.decode::<Vec<Tree>>(&vec![1; million]).is_err(),
            "{codec:?}"
        );
    }
}

#[derive(Serialize, Deserialize)]
struct Chain(Option<(u8, Box<Chain>)>);

#[derive(Serialize, Deserialize)]
struct Tree {
    children: Vec<Tree>,
}

#[test]
fn a_claim_of_four_gigabytes_is_an_error() {
    for bytes in [
        b"\xdd\xff\xff\xff\xff\x00".as_slice(), // an array
        b"\xdf\xff\xff\xff\xff\x00\x00", // a map, whose items are twice as many as a length can say
        b"\xdb\xff\xff\xff\xff\x00",     // a text
        b"\xc6\xff\xff\xff\xff\x00",     // bytes
        b"\xc9\xff\xff\xff\xff\x00\x00", // an extension
    ] {
        assert!(Codec::MessagePack.decode::<Vec<u64>>(bytes).is_err());
        assert!(
            Codec::MessagePack
                .decode::<serde::de::IgnoredAny>(bytes)
                .is_err()
        );
    }
}

/// Items that take no byte: as many of them as can be claimed would take hours to count.
#[cfg(feature = "postcard")]
#[test]
fn items_without_bytes_are_limited() {
    assert_eq!(
        Codec::Postcard
            .decode::<Vec<()>>(b"\x80\x08")
            .unwrap()
            .len(),
        1024
    );
    assert!(
        Codec::Postcard
            .decode::<Vec<()>>(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
            .is_err()
    );
    let nested = [[100].as_slice(), &b"\xff\x07".repeat(100)].concat();
    assert!(Codec::Postcard.decode::<Vec<Vec<()>>>(&nested).is_err());
}

/// A text that can only be had from the input, without a copy of its own.
#[derive(Debug)]
struct Borrowed;

impl<'de> Deserialize<'de> for Borrowed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_string(Self)
    }
}

impl<'de> Visitor<'de> for Borrowed {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text of the input")
    }

    fn visit_borrowed_str<E>(self, _: &'de str) -> Result<Self, E> {
        Ok(self)
    }
}

/// Left to itself bincode allocates as much for a text as is claimed, before it looks how much
/// there is.
#[test]
fn a_text_is_looked_at_before_it_is_copied() {
    for &codec in CODECS {
        codec.decode::<Borrowed>(&encoded(codec, "text")).unwrap();
    }
}

#[cfg(feature = "bincode")]
#[test]
fn bincode_does_not_believe_what_is_claimed() {
    for claim in [
        b"\xfc\x00\x00\xf0\x00".as_slice(),
        b"\xfd\x00\x00\x00\x00\x00\x01\x00\x00",
    ] {
        assert!(Codec::Bincode.decode::<String>(claim).is_err());
        assert!(Codec::Bincode.decode::<Vec<()>>(claim).is_err());
    }
}
