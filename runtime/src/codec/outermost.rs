//! Keeps `Some` of nothing apart from nothing, where a value is written.
//!
//! Codecs that describe themselves write `Some(x)` as they write `x`, so `Some(None)` and
//! `Some(())` would come back as `None`: a row whose column is null, as a row that is not there.
//! That is kept apart where a value begins. Within containers it is not: what stands there is
//! written by the codec alone.

use std::fmt::Display;

use serde::ser::{Error, Serialize, Serializer};

/// A codec's own serializer, which may have a way to write `Some` of nothing.
pub(super) trait SelfDescribing: Serializer {
    /// Whether a struct without fields is written as nothing is, and a float that is not finite.
    const WRITES_MORE_AS_NOTHING: bool;
    /// The name of newtypes that the codec writes in a way of its own.
    const OWN_NEWTYPE: Option<&'static str> = None;

    /// Writes nothing, in so many `Some`s.
    fn nothing_in(self, somes: Somes) -> Result<Self::Ok, Self::Error>;
}

/// How many `Some`s stand around a place; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Somes(u8);

impl Somes {
    pub(super) fn count(self) -> usize {
        usize::from(self.0)
    }
}

/// Where a value begins.
pub(super) struct Outermost<S> {
    inner: S,
    /// How many `Some`s were opened so far.
    somes: u8,
}

impl<S: SelfDescribing> Outermost<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, somes: 0 }
    }

    fn nothing(
        self,
        plainly: impl FnOnce(S) -> Result<S::Ok, S::Error>,
    ) -> Result<S::Ok, S::Error> {
        match self.somes {
            0 => plainly(self.inner),
            somes => self.inner.nothing_in(Somes(somes)),
        }
    }
}

/// What is not nothing is the codec's own affair.
macro_rules! pass_on {
    ($($method:ident($($argument:ident: $ty:ty),*) -> $ok:ident),+ $(,)?) => {$(
        fn $method(self $(, $argument: $ty)*) -> Result<S::$ok, S::Error> {
            self.inner.$method($($argument),*)
        }
    )+};
}

impl<S: SelfDescribing> Serializer for Outermost<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = S::SerializeSeq;
    type SerializeTuple = S::SerializeTuple;
    type SerializeTupleStruct = S::SerializeTupleStruct;
    type SerializeTupleVariant = S::SerializeTupleVariant;
    type SerializeMap = S::SerializeMap;
    type SerializeStruct = S::SerializeStruct;
    type SerializeStructVariant = S::SerializeStructVariant;

    pass_on!(
        serialize_bool(value: bool) -> Ok,
        serialize_i8(value: i8) -> Ok,
        serialize_i16(value: i16) -> Ok,
        serialize_i32(value: i32) -> Ok,
        serialize_i64(value: i64) -> Ok,
        serialize_i128(value: i128) -> Ok,
        serialize_u8(value: u8) -> Ok,
        serialize_u16(value: u16) -> Ok,
        serialize_u32(value: u32) -> Ok,
        serialize_u64(value: u64) -> Ok,
        serialize_u128(value: u128) -> Ok,
        serialize_char(value: char) -> Ok,
        serialize_str(value: &str) -> Ok,
        serialize_bytes(value: &[u8]) -> Ok,
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str) -> Ok,
        serialize_seq(length: Option<usize>) -> SerializeSeq,
        serialize_tuple(length: usize) -> SerializeTuple,
        serialize_tuple_struct(name: &'static str, length: usize) -> SerializeTupleStruct,
        serialize_tuple_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> SerializeTupleVariant,
        serialize_map(length: Option<usize>) -> SerializeMap,
        serialize_struct(name: &'static str, length: usize) -> SerializeStruct,
        serialize_struct_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> SerializeStructVariant,
    );

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.nothing(S::serialize_none)
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.nothing(S::serialize_unit)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        if S::WRITES_MORE_AS_NOTHING {
            self.nothing(|inner| inner.serialize_unit_struct(name))
        } else {
            self.inner.serialize_unit_struct(name)
        }
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        if S::WRITES_MORE_AS_NOTHING && !value.is_finite() {
            self.nothing(|inner| inner.serialize_f32(value))
        } else {
            self.inner.serialize_f32(value)
        }
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if S::WRITES_MORE_AS_NOTHING && !value.is_finite() {
            self.nothing(|inner| inner.serialize_f64(value))
        } else {
            self.inner.serialize_f64(value)
        }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let Some(somes) = self.somes.checked_add(1) else {
            return Err(S::Error::custom("nested too deeply"));
        };
        value.serialize(Self {
            inner: self.inner,
            somes,
        })
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        if S::OWN_NEWTYPE == Some(name) {
            return self.inner.serialize_newtype_struct(name, value);
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner
            .serialize_newtype_variant(name, index, variant, value)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
