//! What is read here is what `rmp-serde` reads, which writes it.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::Codec;
use super::{Everything, List, encoded, everything, list};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Pair(i8, Option<Unit>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flattened {
    own: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Untagged>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
    Float(f64),
    List(Vec<Untagged>),
    Nothing,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Empty,
    Full { content: Vec<u8> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "content")]
enum Beside {
    Empty,
    One(Pair),
    Two(u8, String),
}

/// As `serde_bytes` does it.
#[derive(Debug, PartialEq)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<u8>::deserialize(deserializer).map(Self)
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "_ExtStruct")]
struct Extension((i8, Raw));

/// Bytes that are read as such.
#[derive(Debug, PartialEq)]
struct Raw(Vec<u8>);

impl Serialize for Raw {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Raw;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Raw, E> {
                Ok(Raw(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

/// The value comes back, and bytes that are cut off or go on are no value.
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let mut bytes = encoded(Codec::MessagePack, value);
    let theirs: T = rmp_serde::from_slice(&bytes).unwrap();
    assert_eq!(&theirs, value, "of rmp-serde");
    let ours: T = Codec::MessagePack.decode(&bytes).unwrap();
    assert_eq!(&ours, value);
    // All places of what is short, and some of what is long.
    for length in (0..bytes.len()).step_by(1 + bytes.len() / 100) {
        let cut = Codec::MessagePack.decode::<T>(&bytes[..length]);
        assert!(cut.is_err(), "{length} bytes of {value:?}");
    }
    bytes.push(0xc0);
    assert!(Codec::MessagePack.decode::<T>(&bytes).is_err(), "{value:?}");
}

/// Where we read a value, `rmp-serde` reads the same.
fn agrees<T: DeserializeOwned + Debug>(bytes: &[u8]) {
    let Ok(ours) = Codec::MessagePack.decode::<T>(bytes) else {
        return;
    };
    let theirs: T = rmp_serde::from_slice(bytes).unwrap();
    // By their words: some floats are not equal to themselves.
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
}

#[test]
fn what_is_written_comes_back() {
    comes_back(&everything());
    comes_back(&list(100));
    comes_back(&Unit);
    comes_back(&Pair(-1, None));
    comes_back(&vec![Some(Some('é')), None]);
    comes_back(&(
        u64::MAX,
        i64::MIN,
        i32::MIN,
        70_000_u32,
        -129_i16,
        1.5_f32,
        true,
    ));
    comes_back(&(u128::MAX, i128::MIN, 5_u128, -5_i128));
    comes_back(&vec![
        "x".repeat(31),
        "x".repeat(32),
        "x".repeat(300),
        "x".repeat(70_000),
    ]);
    comes_back(&(0..70_000).collect::<Vec<u32>>());
    comes_back(
        &(0..20)
            .map(|it| (it, None))
            .collect::<BTreeMap<i32, Option<u8>>>(),
    );
    comes_back(
        &(0..70_000)
            .map(|it| (it, it))
            .collect::<HashMap<u32, u32>>(),
    );
    comes_back(&Flattened {
        own: 1,
        rest: BTreeMap::from([
            ("a".into(), Untagged::Number(-7)),
            (
                "b".into(),
                Untagged::List(vec![Untagged::Text("x".into()), Untagged::Nothing]),
            ),
            ("c".into(), Untagged::Float(0.5)),
        ]),
    });
    comes_back(&vec![
        Tagged::Empty,
        Tagged::Full {
            content: vec![1, 200],
        },
    ]);
    comes_back(&vec![
        Beside::Empty,
        Beside::One(Pair(3, None)),
        Beside::Two(9, "y".into()),
    ]);
    comes_back(&vec![Ok(1_u8), Err("no".to_owned())]);
    comes_back(&vec![
        Bytes(vec![0; 10]),
        Bytes(vec![1; 300]),
        Bytes(vec![2; 70_000]),
    ]);
    for length in [1, 2, 3, 4, 8, 16, 300, 70_000] {
        comes_back(&Extension((-2, Raw(vec![7; length]))));
    }
}

/// What text is in no language, whoever asks for bytes gets.
#[test]
fn a_text_that_is_none_is_bytes() {
    agrees::<Raw>(b"\xa2\xff\xfe");
    assert!(Codec::MessagePack.decode::<Raw>(b"\xa2\xff\xfe").is_ok());
    assert!(
        Codec::MessagePack
            .decode::<String>(b"\xa2\xff\xfe")
            .is_err()
    );
}

/// A lone type in itself, whose options have no bytes of their own, does not exhaust the stack.
#[test]
fn options_within_options_end() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is read and nothing else")]
    struct Turtles(Option<Box<Turtles>>);

    assert!(Codec::MessagePack.decode::<Turtles>(b"\xc0").is_ok());
    assert!(Codec::MessagePack.decode::<Turtles>(b"\x07").is_err());
}

/// Nobody reads what a container claims to have beyond what the type asks it for, so it would not
/// be missed.
#[test]
fn a_container_that_claims_more_than_it_has_is_no_value() {
    type Two = (u8, u8);

    assert_eq!(
        Codec::MessagePack.decode::<Two>(b"\x92\x01\x02").ok(),
        Some((1, 2))
    );
    assert!(Codec::MessagePack.decode::<Two>(b"\x93\x01\x02").is_err());
    assert!(
        Codec::MessagePack
            .decode::<(u8, Two)>(b"\x92\x07\x93\x01\x02")
            .is_err()
    );
}

/// The fields of a struct are found by their names, and written with them.
#[test]
fn an_array_is_no_struct() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Point {
        x: u8,
        y: u8,
    }

    comes_back(&Point { x: 1, y: 2 });
    assert!(Codec::MessagePack.decode::<Point>(b"\x92\x01\x02").is_err());
}

/// A variant with a value is a map of one, as it is written.
#[test]
fn an_array_is_no_variant_with_a_value() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Choice {
        One(u8),
    }

    let mut bytes = encoded(Codec::MessagePack, &Choice::One(1));
    assert_eq!(bytes[0], 0x81, "a map of one");
    bytes[0] = 0x91;
    assert!(Codec::MessagePack.decode::<Choice>(&bytes).is_err());
    assert!(rmp_serde::from_slice::<Choice>(&bytes).is_err());
}

/// Variants are written by their names. A number that stands there was never one, though it may be
/// the place of one: whoever has counted to 1 has not paid.
#[test]
fn a_number_is_no_variant() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Status {
        Open,
        Paid,
        Sent(u8),
    }

    let status = |bytes: &[u8]| Codec::MessagePack.decode::<Status>(bytes).ok();
    comes_back(&vec![Status::Open, Status::Paid, Status::Sent(2)]);
    assert_eq!(status(b"\xa4Paid"), Some(Status::Paid));
    assert_eq!(status(b"\x81\xa4Paid\xc0"), Some(Status::Paid));
    for bytes in [
        b"\x01".as_slice(),
        b"\xcc\x01",
        b"\xd0\x01",
        b"\xc3",
        b"\xc0",
        b"\xc4\x04Paid",
        b"\x81\x01\xc0",
        b"\x81\x02\x02",
        b"\x81\xc4\x04Sent\x02",
    ] {
        assert_eq!(status(bytes), None, "{bytes:x?}");
    }
}

#[test]
fn a_negative_number_is_none_without_a_sign() {
    for number in [-1_i64, -32, -33, -70_000, i64::MIN] {
        let bytes = encoded(Codec::MessagePack, &number);
        assert!(Codec::MessagePack.decode::<u128>(&bytes).is_err());
        let wide = Codec::MessagePack.decode::<i128>(&bytes).unwrap();
        assert_eq!(wide, number.into());
    }
    let bytes = encoded(Codec::MessagePack, &u64::MAX);
    let wide = Codec::MessagePack.decode::<u128>(&bytes).unwrap();
    assert_eq!(wide, u64::MAX.into());
}

/// What is no map is not taken for one without pairs, though a type may be content with that; and
/// it is not read as often as is claimed.
#[test]
fn what_is_no_map_is_no_struct_whose_fields_may_be_missing() {
    thread_local! {
        static READ: Cell<usize> = const { Cell::new(0) };
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Settings {
        size: u8,
        next: Option<Box<Settings>>,
    }

    impl Default for Settings {
        fn default() -> Self {
            READ.set(READ.get() + 1);
            assert!(READ.get() < 1000, "it is read again and again");
            Self {
                size: 7,
                next: None,
            }
        }
    }

    let settings = |bytes: &[u8]| Codec::MessagePack.decode::<Settings>(bytes).ok();
    assert_eq!(settings(b"\x80"), Some(Settings::default()));
    for bytes in [
        b"\x90".as_slice(),
        b"\x07",
        b"\xc0",
        b"\xa1x",
        b"",
        b"\x80\x80",
    ] {
        assert_eq!(settings(bytes), None, "{bytes:x?}");
    }
    // Within another.
    assert!(settings(b"\x81\xa4next\x80").is_some());
    assert_eq!(settings(b"\x81\xa4next\x07"), None);
    // As deep as is never read, and more of them behind it.
    let deep = b"\x81\xa4next".repeat(1000);
    assert_eq!(settings(&[&deep[..], b"\x80"].concat()), None);
    READ.set(0);
    let many = [b"\xdd\xff\xff\xff\xff".as_slice(), &deep].concat();
    assert!(Codec::MessagePack.decode::<Vec<Settings>>(&many).is_err());
    assert!(
        Codec::MessagePack
            .decode::<Vec<Settings>>(b"\xdd\xff\xff\xff\xff\x07")
            .is_err()
    );
}

/// The keys of a map that is flattened are asked for as the names of fields are.
#[test]
fn a_flattened_map_may_have_keys_that_are_no_text() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Counted<K: Ord> {
        name: String,
        #[serde(flatten)]
        counts: BTreeMap<K, u8>,
    }

    fn counted<K: Ord + Serialize + DeserializeOwned + Debug>(keys: [K; 2]) {
        comes_back(&Counted {
            name: "x".to_owned(),
            counts: keys.into_iter().map(|key| (key, 1)).collect(),
        });
    }
    counted(["a".to_owned(), "b".to_owned()]);
    counted([1_u64, u64::MAX]);
    counted([-1_i64, 300]);
    counted([false, true]);
    counted(['a', 'é']);
}

proptest! {
    #[test]
    fn any_bytes_are_what_they_are_to_rmp_serde(bytes: Vec<u8>) {
        agrees_on_all(&bytes);
    }

    #[test]
    fn damaged_bytes_are_what_they_are_to_rmp_serde(place: prop::sample::Index, byte: u8) {
        let mut bytes = encoded(Codec::MessagePack, &everything());
        let place = place.index(bytes.len());
        bytes[place] = byte;
        agrees::<Everything>(&bytes);
        agrees_on_all(&bytes);
    }
}

fn agrees_on_all(bytes: &[u8]) {
    agrees::<Everything>(bytes);
    agrees::<List>(bytes);
    agrees::<Flattened>(bytes);
    agrees::<Vec<Untagged>>(bytes);
    agrees::<Tagged>(bytes);
    agrees::<Beside>(bytes);
    agrees::<(Option<i64>, Unit)>(bytes);
    agrees::<Vec<Option<f32>>>(bytes);
    agrees::<BTreeMap<String, Option<u128>>>(bytes);
    agrees::<Bytes>(bytes);
    agrees::<String>(bytes);
}
