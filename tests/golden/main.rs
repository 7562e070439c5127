#![allow(clippy::unwrap_used, reason = "in a test the panic is the report")]

//! Stored values of every released format: today's build reads them all, and writes the newest to
//! the byte.
//!
//! How to add a format is in `README.md` beside this file.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use larder_runtime::codec::Codec;
use larder_runtime::codec::envelope::{
    self, Envelope, Expectation, Header, Sections, SectionsBuffer, Token, write_lease,
    write_negative, write_value,
};
use serde::{Deserialize, Serialize};

const KEY: &[u8] = b"shop:acme:users:1:7";
const TOKEN: Token = Token::new(*b"0123456789abcdef");
const CODECS: [Codec; 4] = [
    Codec::MessagePack,
    Codec::Json,
    Codec::Postcard,
    Codec::Bincode,
];

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    balance: i64,
    score: f64,
    email: Option<String>,
    phone: Option<String>,
    roles: Vec<Role>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Role {
    Guest,
    Member(u32),
    Owner { since: u16 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Failure {
    NotFound { id: u64 },
}

fn user() -> User {
    User {
        id: 7,
        name: "Ann \u{e9}".to_owned(),
        balance: -12_345,
        score: 0.5,
        email: Some("ann@example.com".to_owned()),
        phone: None,
        roles: vec![
            Role::Guest,
            Role::Member(70_000),
            Role::Owner { since: 2026 },
        ],
    }
}

fn failure() -> Failure {
    Failure::NotFound { id: 7 }
}

fn header(codec: Codec) -> Header {
    Header {
        codec,
        fingerprint: 0x0123_4567_89AB_CDEF,
        stored_at: 1_790_000_000_123,
        fresh_until: Some(1_790_000_300_123),
        cost: Duration::from_micros(1_234),
        token: TOKEN,
    }
}

/// Beside the header of a value: what does not become stale.
fn lasting(codec: Codec) -> Header {
    Header {
        fresh_until: None,
        ..header(codec)
    }
}

/// The bytes of a file of format 1. A file that is not there yet is written if
/// `LARDER_WRITE_GOLDEN` says so; one that is there is never changed.
fn golden(name: &str, written_today: &[u8]) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/golden/format-1", name]
        .iter()
        .collect();
    if !path.exists() && std::env::var_os("LARDER_WRITE_GOLDEN").is_some() {
        fs::write(&path, written_today).unwrap();
    }
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(bytes: &[u8], codec: Codec) -> Envelope<'_> {
    let expected = Expectation {
        codec,
        fingerprint: 0x0123_4567_89AB_CDEF,
        max_bytes: 1 << 20,
    };
    envelope::read(bytes, KEY, expected).unwrap()
}

#[test]
fn values_of_every_codec() {
    for codec in CODECS {
        let written = write_value(KEY, &header(codec), Sections::NONE, |buffer| {
            codec.encode(&user(), buffer)
        })
        .unwrap();
        let stored = golden(&format!("value-{}.bin", codec.name()), &written);
        let Envelope::Value {
            header: found,
            payload,
            ..
        } = read(&stored, codec)
        else {
            panic!("{codec:?} is no value");
        };
        assert_eq!(found, header(codec));
        assert_eq!(codec.decode::<User>(payload).unwrap(), user(), "{codec:?}");
        assert_eq!(written, stored, "{codec:?} is written differently");
    }
}

#[test]
fn that_nothing_was_found() {
    let codec = Codec::MessagePack;
    let written = write_negative(KEY, &lasting(codec), Sections::NONE, |_| Ok(())).unwrap();
    let stored = golden("negative-nothing.bin", &written);
    let payload = b"";
    let header = lasting(codec);
    let sections = Sections::NONE;
    assert_eq!(
        read(&stored, codec),
        Envelope::Negative {
            header,
            sections,
            payload
        }
    );
    assert_eq!(written, stored);
}

#[test]
fn that_the_load_failed() {
    let codec = Codec::MessagePack;
    let written = write_negative(KEY, &header(codec), Sections::NONE, |buffer| {
        codec.encode(&failure(), buffer)
    })
    .unwrap();
    let stored = golden("negative-error.bin", &written);
    let Envelope::Negative {
        header: found,
        payload,
        ..
    } = read(&stored, codec)
    else {
        panic!("no negative entry");
    };
    assert_eq!(found, header(codec));
    assert_eq!(codec.decode::<Failure>(payload).unwrap(), failure());
    assert_eq!(written, stored);
}

#[test]
fn what_an_entry_belongs_to() {
    let codec = Codec::MessagePack;
    let mut indexes = SectionsBuffer::default();
    indexes.index(b"team", b"3").unwrap();
    indexes.index(b"session", b"%").unwrap();
    let mut tags = SectionsBuffer::default();
    tags.tag(b"user%3A7", Token::new([7; 16])).unwrap();
    let mut both = indexes.clone();
    both.tag(b"user%3A7", Token::new([7; 16])).unwrap();
    for (name, buffer) in [
        ("indexes", indexes),
        ("tags", tags),
        ("indexes-and-tags", both),
    ] {
        let sections = buffer.as_sections();
        let encode = |into: &mut Vec<u8>| codec.encode(&user(), into);
        let written = write_value(KEY, &header(codec), sections, encode).unwrap();
        let stored = golden(&format!("value-with-{name}.bin"), &written);
        let Envelope::Value {
            sections: found,
            payload,
            ..
        } = read(&stored, codec)
        else {
            panic!("{name}: no value");
        };
        assert_eq!(found, sections, "{name}");
        assert_eq!(codec.decode::<User>(payload).unwrap(), user(), "{name}");
        assert_eq!(written, stored, "{name} is written differently");
    }
}

#[test]
fn an_entry_that_may_be_refreshed() {
    let codec = Codec::MessagePack;
    let mut buffer = SectionsBuffer::default();
    buffer.leave_room_for_refresh();
    buffer.tag(b"user%3A7", Token::new([7; 16])).unwrap();
    let encode = |into: &mut Vec<u8>| codec.encode(&user(), into);
    let written = write_value(KEY, &header(codec), buffer.as_sections(), encode).unwrap();
    let stored = golden("value-to-be-refreshed.bin", &written);
    let Envelope::Value {
        sections, payload, ..
    } = read(&stored, codec)
    else {
        panic!("no value");
    };
    assert_eq!(sections, buffer.as_sections());
    assert_eq!(codec.decode::<User>(payload).unwrap(), user());
    assert_eq!(written, stored);
}

#[test]
fn a_lease() {
    let written = write_lease(KEY, TOKEN);
    let stored = golden("lease.bin", &written);
    assert_eq!(
        read(&stored, Codec::MessagePack),
        Envelope::Lease { token: TOKEN }
    );
    assert_eq!(written, stored);
}
