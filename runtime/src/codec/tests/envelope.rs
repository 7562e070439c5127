//! An envelope gives back what was put in, under its own key and as it was written, or says why
//! not.

use std::time::Duration;

use proptest::prelude::*;

use super::super::Codec;
use super::super::envelope::{
    Envelope, Expectation, Header, REFRESH_TOKEN, RefreshLease, Sections, SectionsBuffer, Token,
    Unreadable, belongings, has_tags, is_refreshable, payload as payload_of, read, write_lease,
    write_negative, write_value,
};
use crate::error::{Error, ErrorKind};

const KEY: &[u8] = b"shop::users:1:7";
const PAYLOAD: &[u8] = b"the payload";
const TOKEN: Token = Token::new(*b"0123456789abcdef");

const EXPECTED: Expectation = Expectation {
    codec: Codec::MessagePack,
    fingerprint: 42,
    max_bytes: 1 << 20,
};

const HEADER: Header = Header {
    codec: Codec::MessagePack,
    fingerprint: 42,
    stored_at: 1_700_000_000_123,
    fresh_until: Some(1_700_000_300_123),
    cost: Duration::from_micros(1_500),
    token: TOKEN,
};

fn value() -> Vec<u8> {
    value_with(&HEADER)
}

fn value_with(header: &Header) -> Vec<u8> {
    write_value(KEY, header, Sections::NONE, |buffer| {
        buffer.extend(PAYLOAD);
        Ok(())
    })
    .unwrap()
}

#[test]
fn a_value_comes_back() {
    let header = HEADER;
    let payload = PAYLOAD;
    assert_eq!(
        read(&value(), KEY, EXPECTED),
        Ok(Envelope::Value {
            header,
            sections: Sections::NONE,
            payload
        })
    );
}

#[test]
fn a_key_is_checked_by_the_hash_that_other_implementations_know() {
    let checked = |key: &[u8]| write_lease(key, TOKEN)[14..22].to_vec();
    // XXH3 of nothing and of the key, as another implementation gives them.
    assert_eq!(checked(b""), 0x2D06_8005_38D3_94C2_u64.to_be_bytes());
    assert_eq!(checked(KEY), 0xFC49_EADC_0C6B_4A10_u64.to_be_bytes());
}

#[test]
fn what_was_not_found_comes_back() {
    let header = Header {
        fresh_until: None,
        ..HEADER
    };
    let bytes = write_negative(KEY, &header, Sections::NONE, |_| Ok(())).unwrap();
    let payload = b"";
    assert_eq!(
        read(&bytes, KEY, EXPECTED),
        Ok(Envelope::Negative {
            header,
            sections: Sections::NONE,
            payload
        })
    );
}

#[test]
fn a_stored_error_comes_back() {
    let header = HEADER;
    let bytes = write_negative(KEY, &header, Sections::NONE, |buffer| {
        Codec::MessagePack.encode("gone", buffer)
    })
    .unwrap();
    let payload = b"\xa4gone";
    assert_eq!(
        read(&bytes, KEY, EXPECTED),
        Ok(Envelope::Negative {
            header,
            sections: Sections::NONE,
            payload
        })
    );
}

#[test]
fn a_lease_comes_back_and_is_always_the_same_bytes() {
    let bytes = write_lease(KEY, TOKEN);
    assert_eq!(
        read(&bytes, KEY, EXPECTED),
        Ok(Envelope::Lease { token: TOKEN })
    );
    assert_eq!(bytes, write_lease(KEY, TOKEN));
    assert_ne!(bytes, write_lease(KEY, Token::new([0; 16])));
    assert_ne!(bytes, write_lease(b"another key", TOKEN));
}

/// Two builds with different types load one key at the same time: each must see that the other
/// does.
#[test]
fn a_lease_is_read_by_every_build() {
    let bytes = write_lease(KEY, TOKEN);
    let expected = Expectation {
        codec: Codec::Bincode,
        fingerprint: 1,
        ..EXPECTED
    };
    assert_eq!(
        read(&bytes, KEY, expected),
        Ok(Envelope::Lease { token: TOKEN })
    );
}

#[test]
fn costs_beyond_the_field_are_cut() {
    let cost = |cost| {
        let bytes = value_with(&Header { cost, ..HEADER });
        match read(&bytes, KEY, EXPECTED) {
            Ok(Envelope::Value { header, .. }) => header.cost,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(cost(Duration::from_nanos(1_999)), Duration::from_micros(1));
    assert_eq!(cost(Duration::MAX), Duration::from_micros(u32::MAX.into()));
}

#[test]
fn an_error_of_the_payload_is_passed_on() {
    let error = Error::new(ErrorKind::Encode, "encode", "no");
    let result = write_value(KEY, &HEADER, Sections::NONE, |_| Err(error));
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Encode);
}

fn unreadable(bytes: &[u8], expected: Expectation) -> Unreadable {
    read(bytes, KEY, expected).unwrap_err()
}

#[test]
fn what_cannot_be_read_says_why() {
    let bytes = value();
    assert_eq!(unreadable(b"", EXPECTED), Unreadable::Foreign);
    assert_eq!(unreadable(b"plain text", EXPECTED), Unreadable::Foreign);
    assert_eq!(unreadable(&bytes[..2], EXPECTED), Unreadable::Truncated);
    assert_eq!(unreadable(&bytes[..61], EXPECTED), Unreadable::Truncated);
    assert_eq!(unreadable(&bytes[..62], EXPECTED), Unreadable::Corrupt);
    assert_eq!(
        read(&bytes, b"shop::users:1:8", EXPECTED),
        Err(Unreadable::OtherKey)
    );

    let max_bytes = bytes.len();
    let exact = Expectation {
        max_bytes,
        ..EXPECTED
    };
    assert!(read(&bytes, KEY, exact).is_ok());
    let max_bytes = bytes.len() - 1;
    assert_eq!(
        unreadable(
            &bytes,
            Expectation {
                max_bytes,
                ..EXPECTED
            }
        ),
        Unreadable::TooLarge
    );

    let codec = Codec::Json;
    assert_eq!(
        unreadable(&bytes, Expectation { codec, ..EXPECTED }),
        Unreadable::Codec
    );
}

#[test]
fn the_fingerprint_is_checked_by_those_who_have_one() {
    let expecting = |fingerprint| Expectation {
        fingerprint,
        ..EXPECTED
    };
    let bytes = value();
    assert!(read(&bytes, KEY, expecting(42)).is_ok());
    assert!(read(&bytes, KEY, expecting(0)).is_ok());
    assert_eq!(unreadable(&bytes, expecting(43)), Unreadable::Fingerprint);
    // A value of a shape that nobody knows is not taken for one of a known shape.
    let fingerprint = 0;
    let unknown = value_with(&Header {
        fingerprint,
        ..HEADER
    });
    assert_eq!(unreadable(&unknown, expecting(42)), Unreadable::Fingerprint);
}

/// Writes one byte of the header, as another build might, with the checksum that goes with it.
fn with_byte(mut bytes: Vec<u8>, place: usize, byte: u8) -> Vec<u8> {
    bytes[place] = byte;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..58]);
    hasher.update(&bytes[62..]);
    bytes[58..62].copy_from_slice(&hasher.finalize().to_be_bytes());
    bytes
}

#[test]
fn what_a_later_release_may_write_is_a_miss() {
    assert_eq!(
        unreadable(&with_byte(value(), 2, 2), EXPECTED),
        Unreadable::Version(2)
    );
    for kind in [0, 3, 4, 255] {
        assert_eq!(
            unreadable(&with_byte(value(), 3, kind), EXPECTED),
            Unreadable::Kind
        );
    }
    for codec in [0, 5, 255] {
        assert_eq!(
            unreadable(&with_byte(value(), 4, codec), EXPECTED),
            Unreadable::Codec
        );
    }
    for bit in 0..8 {
        let flagged = unreadable(&with_byte(value(), 5, 1 << bit), EXPECTED);
        if bit == 2 || bit == 3 {
            // The payload is taken for a section that this build would know.
            assert_eq!(flagged, Unreadable::Truncated);
        } else if bit == 4 {
            // The place of a lease would not be checked, and the payload was.
            assert_eq!(flagged, Unreadable::Corrupt);
        } else {
            assert_eq!(flagged, Unreadable::Flags);
        }
        let lease = with_byte(write_lease(KEY, TOKEN), 5, 1 << bit);
        assert_eq!(unreadable(&lease, EXPECTED), Unreadable::Flags);
    }
    // A lease with anything in it is one that no script would know again.
    let lease = with_byte(write_lease(KEY, TOKEN), 30, 1);
    assert_eq!(unreadable(&lease, EXPECTED), Unreadable::Kind);
}

fn belonging() -> SectionsBuffer {
    let mut sections = SectionsBuffer::default();
    sections.index(b"team", b"3").unwrap();
    sections.index(b"", b"").unwrap();
    sections.tag(b"user%3A7", TOKEN).unwrap();
    sections
}

/// Value, negative, lease, and a value with everything that a value can have.
fn envelopes() -> [Vec<u8>; 4] {
    let negative = write_negative(KEY, &HEADER, Sections::NONE, |_| Ok(())).unwrap();
    let full = write_value(KEY, &HEADER, belonging().as_sections(), |buffer| {
        buffer.extend(PAYLOAD);
        Ok(())
    });
    [value(), negative, write_lease(KEY, TOKEN), full.unwrap()]
}

#[test]
fn what_an_entry_belongs_to_is_read_by_every_build() {
    let [value, negative, lease, full] = envelopes();
    let (token, sections) = belongings(&full, KEY).unwrap();
    assert_eq!(token, TOKEN);
    let indexes: Vec<_> = sections.indexes().collect();
    assert_eq!(indexes, [(b"team".as_slice(), b"3".as_slice()), (b"", b"")]);
    let tags: Vec<_> = sections.tags().collect();
    assert_eq!(tags, [(b"user%3A7".as_slice(), TOKEN)]);
    assert_eq!(payload_of(&full), PAYLOAD);
    assert!(has_tags(&full) && !has_tags(&value));

    assert_eq!(belongings(&value, KEY), Some((TOKEN, Sections::NONE)));
    assert_eq!(belongings(&negative, KEY), Some((TOKEN, Sections::NONE)));
    assert_eq!(belongings(&lease, KEY), None, "a lease is no entry");
    assert_eq!(belongings(&full, b"another key"), None);
}

/// The checksum is right, so somebody has written it so: the sections must add up all the same.
#[test]
fn sections_that_do_not_add_up_are_a_miss() {
    let [.., full] = envelopes();
    let section = 62..66;
    for length in [0_u32, 1, 14, 16, 200, u32::MAX] {
        let mut damaged = full.clone();
        damaged[section.clone()].copy_from_slice(&length.to_be_bytes());
        let damaged = with_byte(damaged, 0, 0xC1);
        assert!(
            matches!(
                unreadable(&damaged, EXPECTED),
                Unreadable::Truncated | Unreadable::Corrupt
            ),
            "{length}"
        );
        assert_eq!(belongings(&damaged, KEY), None);
    }
    for length in [0, 3, 5, 255] {
        let damaged = with_byte(full.clone(), 67, length);
        assert!(read(&damaged, KEY, EXPECTED).is_err(), "{length}");
    }
}

#[test]
fn what_has_no_room_is_refused() {
    let mut sections = SectionsBuffer::default();
    assert!(sections.index(b"team", &vec![b'x'; 65_535]).is_ok());
    assert!(sections.index(b"team", &vec![b'x'; 65_536]).is_err());
    let added = (0..100).filter(|_| sections.tag(&vec![b'x'; 60_000], TOKEN).is_ok());
    assert!(added.count() < 20, "a section ends somewhere");
}

#[test]
fn the_lease_of_a_refresh_may_change_and_nothing_else() {
    let mut sections = SectionsBuffer::default();
    sections.leave_room_for_refresh();
    sections.tag(b"tag", TOKEN).unwrap();
    let encode = |into: &mut Vec<u8>| Codec::MessagePack.encode("value", into);
    let bytes = write_value(KEY, &HEADER, sections.as_sections(), encode).unwrap();
    let lease_of = |bytes: &[u8]| match read(bytes, KEY, EXPECTED) {
        Ok(Envelope::Value {
            sections, payload, ..
        }) => {
            assert_eq!((payload, sections.has_tags()), (&b"\xa5value"[..], true));
            sections.refresh_lease()
        }
        _ => None,
    };
    assert!(is_refreshable(&bytes));
    assert_eq!(lease_of(&bytes), Some(RefreshLease::FREE));
    assert_eq!(payload_of(&bytes), b"\xa5value");

    let place = REFRESH_TOKEN..REFRESH_TOKEN + 24;
    let mut taken = bytes.clone();
    taken[place.clone()].copy_from_slice(&[7; 24]);
    let lease = lease_of(&taken).unwrap();
    assert_eq!(
        (lease.token, lease.until),
        (Token::new([7; 16]), u64::from_be_bytes([7; 8]))
    );
    for byte in (0..bytes.len()).filter(|byte| !place.contains(byte)) {
        let mut changed = bytes.clone();
        changed[byte] ^= 1;
        assert!(read(&changed, KEY, EXPECTED).is_err(), "byte {byte}");
    }
    for length in 0..bytes.len() {
        assert!(
            read(&bytes[..length], KEY, EXPECTED).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn no_flipped_bit_passes() {
    for bytes in envelopes() {
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(
                read(&flipped, KEY, EXPECTED).is_err(),
                "bit {bit} of {bytes:?}"
            );
        }
    }
}

#[test]
fn no_truncation_passes() {
    for bytes in envelopes() {
        for length in 0..bytes.len() {
            assert!(
                read(&bytes[..length], KEY, EXPECTED).is_err(),
                "{length} bytes of {bytes:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, key: Vec<u8>) {
        let _ = read(&bytes, &key, EXPECTED);
        let _ = belongings(&bytes, &key);
        let _ = payload_of(&bytes);
        // Behind a true beginning, so that more than the magic is looked at.
        let _ = read(&[b"\xc1\x4c\x01".as_slice(), &bytes].concat(), &key, EXPECTED);
        if bytes.len() >= 62 {
            let _ = read(&with_byte(bytes, 0, 0xC1), &key, EXPECTED);
        }
    }

    #[test]
    fn whatever_is_written_comes_back_under_its_own_key_alone(
        key: Vec<u8>,
        other: Vec<u8>,
        payload: Vec<u8>,
        fingerprint: u64,
        stored_at: u64,
        fresh_until in proptest::option::of(1..=u64::MAX),
        cost: u32,
        token: [u8; 16],
        indexes in proptest::collection::vec(any::<(Vec<u8>, Vec<u8>)>(), 0..4),
        tags in proptest::collection::vec(any::<(Vec<u8>, [u8; 16])>(), 0..4),
    ) {
        let header = Header {
            codec: Codec::MessagePack,
            fingerprint,
            stored_at,
            fresh_until,
            cost: Duration::from_micros(cost.into()),
            token: Token::new(token),
        };
        let expected = Expectation { fingerprint, ..EXPECTED };
        let mut sections = SectionsBuffer::default();
        for (name, value) in &indexes {
            sections.index(name, value).unwrap();
        }
        for (tag, version) in &tags {
            sections.tag(tag, Token::new(*version)).unwrap();
        }
        let sections = sections.as_sections();
        let bytes = write_value(&key, &header, sections, |buffer| {
            buffer.extend(&payload);
            Ok(())
        })
        .unwrap();
        prop_assert_eq!(read(&bytes, &key, expected), Ok(Envelope::Value { header, sections, payload: &payload }));
        let found: Vec<_> = sections.indexes().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        prop_assert_eq!(found, indexes);
        prop_assert!(sections.tags().map(|(tag, version)| (tag, *version.as_bytes())).eq(tags.iter().map(|(tag, version)| (tag.as_slice(), *version))));
        prop_assert_eq!(payload_of(&bytes), payload.as_slice());
        if key != other {
            prop_assert_eq!(read(&bytes, &other, expected), Err(Unreadable::OtherKey));
        }
    }
}
