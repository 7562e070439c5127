//! Whatever a server may send is read or refused: never a panic, an exhausted stack or a large
//! allocation; and what is read is what was written, under the same key.
#![no_main]

use std::collections::BTreeMap;
use std::time::Duration;

use larder_runtime::codec::Codec;
use larder_runtime::codec::envelope::{
    Envelope, Expectation, Header, SectionsBuffer, Token, belongings, payload, read, write_value,
};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    key: &'a [u8],
    other_key: &'a [u8],
    codec: u8,
    fingerprint: u64,
    damaged: u16,
    bit: u8,
    indexes: Vec<(&'a [u8], &'a [u8])>,
    tags: Vec<(&'a [u8], [u8; 16])>,
    bytes: &'a [u8],
}

/// A type with everything that makes decoding hard: depth, lengths, names, and items that take no
/// byte.
#[derive(Deserialize)]
#[allow(dead_code)]
enum Tree {
    Leaf,
    Items(Vec<Tree>),
    Named {
        left: Box<Tree>,
        right: Option<Box<Tree>>,
    },
    Map(BTreeMap<String, Tree>),
    Empty(Vec<()>),
    Bytes(Vec<u8>),
    Numbers(u128, i64, f32, char, bool),
}

fuzz_target!(|input: Input<'_>| {
    let codec = Codec::from_id(input.codec % 4 + 1).unwrap_or_default();
    let expected = Expectation {
        codec,
        fingerprint: input.fingerprint,
        max_bytes: 1 << 20,
    };
    // As it comes.
    let _ = read(input.bytes, input.key, expected);
    let _ = belongings(input.bytes, input.key);
    let _ = payload(input.bytes);

    // As a payload in an envelope of its own, past the checksum.
    let header = Header {
        codec,
        fingerprint: input.fingerprint,
        stored_at: 1,
        fresh_until: Some(2),
        cost: Duration::from_micros(3),
        token: Token::new([4; 16]),
    };
    let mut sections = SectionsBuffer::default();
    for (index, value) in &input.indexes {
        let _ = sections.index(index, value);
    }
    for (tag, version) in &input.tags {
        let _ = sections.tag(tag, Token::new(*version));
    }
    let sections = sections.as_sections();
    let Ok(mut envelope) = write_value(input.key, &header, sections, |buffer| {
        buffer.extend(input.bytes);
        Ok(())
    }) else {
        panic!("the payload was written without an error");
    };
    match read(&envelope, input.key, expected) {
        Ok(Envelope::Value {
            header: found,
            sections: belongs,
            payload,
        }) => {
            assert_eq!((found, payload), (header, input.bytes));
            assert_eq!(belongs, sections);
            assert!(belongs.indexes().eq(input.indexes.iter().copied()));
            let tags = input
                .tags
                .iter()
                .map(|(tag, version)| (*tag, Token::new(*version)));
            assert!(belongs.tags().eq(tags));
            let _ = codec.decode::<Tree>(payload);
            let _ = codec.decode::<BTreeMap<String, Option<Vec<String>>>>(payload);
            let _ = codec.decode::<serde::de::IgnoredAny>(payload);
        }
        Err(_) if envelope.len() > expected.max_bytes => {}
        other => panic!("{other:?}"),
    }
    if input.key != input.other_key {
        assert!(read(&envelope, input.other_key, expected).is_err());
    }

    // With one bit flipped.
    let place = usize::from(input.damaged) % envelope.len();
    envelope[place] ^= 1 << (input.bit % 8);
    assert!(read(&envelope, input.key, expected).is_err());
});
