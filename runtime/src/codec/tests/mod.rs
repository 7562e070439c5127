//! What must hold of codecs and of what stands around their bytes.

mod deploy;
mod envelope;
mod hostile;
mod message_pack;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Codec;
use crate::error::ErrorKind;

/// All that are in this build.
const CODECS: &[Codec] = &[
    Codec::MessagePack,
    #[cfg(feature = "json")]
    Codec::Json,
    #[cfg(feature = "postcard")]
    Codec::Postcard,
    #[cfg(feature = "bincode")]
    Codec::Bincode,
];

/// A value with something of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Everything {
    text: String,
    number: i64,
    float: f64,
    nothing: Option<u8>,
    something: Option<Box<Everything>>,
    list: Vec<(u8, String)>,
    map: BTreeMap<String, [bool; 2]>,
    choice: Choice,
    unit: (),
    newtype: Newtype,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Newtype(char);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Choice {
    Nothing,
    One(u128),
    Two(i8, Vec<u8>),
    Named { left: u16, right: Box<Choice> },
}

/// A list that is nested as deep as it is long.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum List {
    End,
    Item(Box<List>),
}

fn everything() -> Everything {
    let inner = Everything {
        text: String::new(),
        number: i64::MIN,
        float: -0.5,
        nothing: None,
        something: None,
        list: Vec::new(),
        map: BTreeMap::new(),
        choice: Choice::Nothing,
        unit: (),
        newtype: Newtype('é'),
    };
    Everything {
        text: "Ann".repeat(100),
        number: 7,
        nothing: Some(0),
        something: Some(Box::new(inner.clone())),
        list: vec![(1, "a".into()), (255, "é".into())],
        map: BTreeMap::from([("yes".into(), [true, false])]),
        choice: Choice::Named {
            left: 500,
            right: Box::new(Choice::Two(-1, vec![0, 255])),
        },
        ..inner
    }
}

fn list(length: usize) -> List {
    (0..length).fold(List::End, |list, _| List::Item(Box::new(list)))
}

fn encoded<T: Serialize + ?Sized>(codec: Codec, value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec.encode(value, &mut bytes).unwrap();
    bytes
}

fn returns<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(codec: Codec, value: &T) {
    let bytes = encoded(codec, value);
    assert_eq!(&codec.decode::<T>(&bytes).unwrap(), value, "{codec:?}");
}

#[test]
fn what_is_encoded_comes_back() {
    for &codec in CODECS {
        returns(codec, &everything());
        returns(codec, &Choice::One(u128::from(u64::MAX)));
        returns(codec, &());
        returns(codec, &vec![(); 3]);
        returns(codec, &String::new());
        returns(codec, &list(100));
    }
}

/// A float that came back as its neighbour would be another value: no longer equal to what was
/// loaded, and further away with every change.
#[test]
fn floats_come_back_to_the_bit() {
    let mut random = fastrand::Rng::with_seed(1);
    let by_chance = std::iter::repeat_with(|| f64::from_bits(random.u64(..)));
    let ends = [
        31.245_270_191_439_438,
        f64::MIN_POSITIVE,
        f64::MAX,
        -0.0,
        5e-324,
    ];
    let finite = by_chance
        .take(10_000)
        .chain(ends)
        .filter(|float| float.is_finite());
    for float in finite {
        for &codec in CODECS {
            let back: f64 = codec.decode(&encoded(codec, &float)).unwrap();
            assert_eq!(back.to_bits(), float.to_bits(), "{codec:?}: {float:?}");
            let single = float as f32;
            if single.is_finite() {
                let back: f32 = codec.decode(&encoded(codec, &single)).unwrap();
                assert_eq!(back.to_bits(), single.to_bits(), "{codec:?}: {single:?}");
            }
        }
    }
}

/// What a nullable column of a row that may be missing is.
type Nullable = Option<Option<u8>>;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Column(Nullable);

#[test]
fn a_whole_value_keeps_some_of_nothing_apart_from_nothing() {
    for &codec in CODECS.iter().filter(|codec| **codec != Codec::Json) {
        for value in [None, Some(None), Some(Some(7))] {
            returns::<Nullable>(codec, &value);
            returns(codec, &Some(value));
            returns(codec, &Column(value));
            returns(codec, &Box::new(Some(Column(value))));
        }
        returns(codec, &Some(()));
        returns(codec, &None::<()>);
        returns(codec, &Some(Some(())));
    }
    assert_eq!(encoded(Codec::MessagePack, &Some(Some(7_u8))), [7]);
    assert_eq!(encoded(Codec::MessagePack, &Some(None::<u8>)), [0xC1, 0xC0]);
}

#[test]
#[cfg(feature = "json")]
fn json_writes_nothing_that_it_would_read_as_another_value() {
    returns::<Nullable>(Codec::Json, &None);
    returns::<Nullable>(Codec::Json, &Some(Some(7)));
    let mut bytes = b"before".to_vec();
    let refused = [
        Codec::Json.encode::<Nullable>(&Some(None), &mut bytes),
        Codec::Json.encode(&Some(()), &mut bytes),
        Codec::Json.encode(&Column(Some(None)), &mut bytes),
        Codec::Json.encode(&Some(f64::NAN), &mut bytes),
        Codec::Json.encode(&Some(f32::INFINITY), &mut bytes),
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Encode);
    }
    assert_eq!(bytes, b"before");
}

#[test]
fn encoding_appends() {
    for &codec in CODECS {
        let mut bytes = b"before".to_vec();
        codec.encode(&7, &mut bytes).unwrap();
        assert_eq!(bytes, [b"before".as_slice(), &encoded(codec, &7)].concat());
    }
}

/// Writes a little and then fails.
struct Failing;

impl Serialize for Failing {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeTuple};

        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element("written already")?;
        Err(S::Error::custom("no more"))
    }
}

#[test]
fn a_value_that_fails_leaves_nothing_behind() {
    for &codec in CODECS {
        let mut bytes = b"before".to_vec();
        let error = codec.encode(&Failing, &mut bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode);
        assert_eq!(bytes, b"before", "{codec:?}");
    }
}

#[test]
fn bytes_left_over_are_an_error() {
    for &codec in CODECS {
        let mut bytes = encoded(codec, &everything());
        bytes.push(b'7');
        let error = codec.decode::<Everything>(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{codec:?}");
    }
}

#[test]
fn an_error_of_decoding_does_not_show_the_value() {
    for &codec in CODECS {
        let bytes = encoded(codec, "the password");
        let error = codec.decode::<(u8, Vec<bool>)>(&bytes).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("password"),
            "{codec:?}"
        );
        assert!(std::error::Error::source(&error).is_none());
    }
}

#[cfg(feature = "bincode")]
#[test]
fn bincode_refuses_to_write_what_it_would_not_read() {
    let mut bytes = Vec::new();
    let text = "x".repeat(16 << 20);
    let error = Codec::Bincode.encode(&text, &mut bytes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(bytes.is_empty());
    // The length takes five bytes.
    returns(Codec::Bincode, &text[..text.len() - 5].to_owned());
    // Numbers are read however wide they are once they are read.
    returns(Codec::Bincode, &vec![1_u64; 3 << 20]);
}

#[cfg(not(feature = "json"))]
#[test]
fn a_codec_that_is_not_in_the_build_says_which_feature() {
    let error = Codec::Json.encode(&7, &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("feature `json`"));
    let error = Codec::Json.decode::<u8>(b"7").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[test]
fn ids_and_names_are_stable() {
    let all = [
        (Codec::Bincode, 1, "bincode"),
        (Codec::Postcard, 2, "postcard"),
        (Codec::MessagePack, 3, "msgpack"),
        (Codec::Json, 4, "json"),
    ];
    for (codec, id, name) in all {
        assert_eq!((codec.id(), codec.name()), (id, name));
        assert_eq!(Codec::from_id(id), Some(codec));
    }
    assert_eq!(Codec::from_id(0), None);
    assert_eq!(Codec::from_id(5), None);
    assert_eq!(Codec::default(), Codec::MessagePack);
}
