//! Two builds side by side, of which one changed the type: never a wrong value.
//!
//! A build writes its own type and the other reads it as its own, through the envelope and with
//! what the macro gives it: no fingerprint where fields have names, the fingerprint of the type
//! where they have only a position.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::Codec;
use super::super::envelope::{self, Envelope, Expectation, Header, Sections};
use super::super::schema::{Fingerprint, Schema};
use super::CODECS;

const KEY: &[u8] = b"shop::users:1:7";

/// A type of one build, with the shape that `#[derive(Schema)]` would give it.
macro_rules! build {
    ($name:ident { $($(#[$attribute:meta])* $field:ident: $ty:ty),+ $(,)? }) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        struct $name { $($(#[$attribute])* $field: $ty),+ }

        impl Schema for $name {
            const FINGERPRINT: u64 = Fingerprint::new("struct")
                $(.field(stringify!($field), <$ty as Schema>::FINGERPRINT))+
                .finish();
        }
    };
}

build!(Stock {
    id: u64,
    name: String,
    free: u32,
    sold: u32
});
build!(Swapped {
    id: u64,
    name: String,
    sold: u32,
    free: u32
});
build!(Renamed {
    id: u64,
    name: String,
    free: u32,
    gone: u32
});
build!(Retyped {
    id: u64,
    name: String,
    free: i64,
    sold: u32
});
build!(Shorter {
    id: u64,
    name: String,
    free: u32
});
build!(Longer {
    id: u64,
    name: String,
    free: u32,
    sold: u32,
    #[serde(default)]
    held: u32
});
build!(Stricter {
    id: u64,
    name: String,
    free: u32,
    sold: u32,
    held: u32
});

#[derive(Debug, Clone, Copy, PartialEq)]
enum Outcome<T> {
    Right(T),
    Miss,
}

fn stock() -> Stock {
    Stock {
        id: 7,
        name: "cup".into(),
        free: 3,
        sold: 90,
    }
}

/// What a build that has type `B` reads of a value that another build wrote as `A`.
fn exchange<A: Serialize + Schema, B: DeserializeOwned + Schema>(
    codec: Codec,
    written: &A,
) -> Outcome<B> {
    let fingerprint = |shape| if codec.is_positional() { shape } else { 0 };
    let header = Header {
        codec,
        fingerprint: fingerprint(A::FINGERPRINT),
        stored_at: 0,
        fresh_until: None,
        cost: std::time::Duration::ZERO,
        token: envelope::Token::default(),
    };
    let bytes = envelope::write_value(KEY, &header, Sections::NONE, |buffer| {
        codec.encode(written, buffer)
    })
    .unwrap();
    let expected = Expectation {
        codec,
        fingerprint: fingerprint(B::FINGERPRINT),
        max_bytes: 1 << 20,
    };
    match envelope::read(&bytes, KEY, expected) {
        Ok(Envelope::Value { payload, .. }) => {
            codec.decode(payload).map_or(Outcome::Miss, Outcome::Right)
        }
        Ok(other) => panic!("{other:?}"),
        Err(_) => Outcome::Miss,
    }
}

/// Where fields have names the value is carried over, where they have not it is a miss.
fn carried_over_by_name<T: DeserializeOwned + Schema + PartialEq + Debug>(
    written: &(impl Serialize + Schema),
    read: T,
) {
    let by_name = Outcome::Right(read);
    for &codec in CODECS {
        let expected = if codec.is_positional() {
            &Outcome::Miss
        } else {
            &by_name
        };
        assert_eq!(&exchange::<_, T>(codec, written), expected, "{codec:?}");
    }
}

fn never_read<T: DeserializeOwned + Schema + PartialEq + Debug>(
    written: &(impl Serialize + Schema),
) {
    for &codec in CODECS {
        assert_eq!(exchange::<_, T>(codec, written), Outcome::Miss, "{codec:?}");
    }
}

#[test]
fn the_same_type_is_read() {
    for &codec in CODECS {
        assert_eq!(
            exchange(codec, &stock()),
            Outcome::Right(stock()),
            "{codec:?}"
        );
    }
}

#[test]
fn fields_that_changed_places_keep_their_values() {
    let Stock {
        id,
        name,
        free,
        sold,
    } = stock();
    carried_over_by_name(
        &stock(),
        Swapped {
            id,
            name,
            sold,
            free,
        },
    );
}

#[test]
fn a_field_that_was_removed_is_ignored() {
    let Stock { id, name, free, .. } = stock();
    carried_over_by_name(&stock(), Shorter { id, name, free });
}

#[test]
fn a_field_that_was_added_has_its_default() {
    let Stock {
        id,
        name,
        free,
        sold,
    } = stock();
    let held = 0;
    carried_over_by_name(
        &stock(),
        Longer {
            id,
            name,
            free,
            sold,
            held,
        },
    );
}

#[test]
fn a_field_that_was_added_without_a_default_is_a_miss() {
    never_read::<Stricter>(&stock());
}

#[test]
fn a_field_that_was_renamed_is_a_miss() {
    never_read::<Renamed>(&stock());
}

#[test]
fn a_number_that_became_wider_keeps_its_value() {
    let Stock {
        id,
        name,
        free,
        sold,
    } = stock();
    let free = free.into();
    carried_over_by_name(
        &stock(),
        Retyped {
            id,
            name,
            free,
            sold,
        },
    );
}

#[test]
fn a_number_that_no_longer_fits_is_a_miss() {
    let retyped = Retyped {
        id: 7,
        name: "cup".into(),
        free: -2,
        sold: 90,
    };
    never_read::<Stock>(&retyped);
}

/// The danger that the fingerprint is there for: without it, both would be read, and wrongly.
#[cfg(all(feature = "postcard", feature = "bincode"))]
#[test]
fn without_a_fingerprint_a_positional_codec_reads_wrong_values() {
    for codec in [Codec::Postcard, Codec::Bincode] {
        let bytes = super::encoded(codec, &stock());
        let swapped: Swapped = codec.decode(&bytes).unwrap();
        assert_eq!((swapped.free, swapped.sold), (90, 3));
    }
}
