//! Reads MessagePack piece by piece: what stands there, whatever it is to become.

use std::fmt;

use rmp::Marker;
use serde::de;

/// What stands at one place. Of a container it is the beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Piece<'de> {
    Nil,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float32(f32),
    Float64(f64),
    Text(&'de [u8]),
    Bytes(&'de [u8]),
    /// So many values.
    Array(usize),
    /// So many pairs.
    Map(usize),
    /// A type of somebody's own, and its content.
    Extension(i8, &'de [u8]),
}

/// What stands where the name of a field is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Name<'de> {
    Text(&'de str),
    Bytes(&'de [u8]),
    Unsigned(u64),
    Signed(i64),
    Bool(bool),
    /// No name.
    Unreadable,
}

/// Stands before a `Some` that would be taken for nothing. MessagePack never uses this byte.
pub(super) const SOME: u8 = 0xC1;

/// It is not a value of this type, or not MessagePack. Why, nobody asks: it is a miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// The bytes that were not read yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'de> {
    rest: &'de [u8],
}

impl<'de> Reader<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left, and so how many values at most.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next piece. Nothing is believed of a length but that its bytes are there; those of
    /// containers each item has to prove.
    #[inline]
    pub(super) fn piece(&mut self) -> Result<Piece<'de>, Unreadable> {
        let [marker] = self.array()?;
        match marker {
            // Most of what there is: names, and values that are short.
            0xA0..=0xBF => self.bytes(usize::from(marker & 0x1F)).map(Piece::Text),
            _ => self.piece_of(marker),
        }
    }

    /// The next piece as a name. What is no text is bytes.
    #[inline]
    pub(super) fn name(&mut self) -> Name<'de> {
        match self.piece() {
            Ok(Piece::Text(text)) => {
                std::str::from_utf8(text).map_or(Name::Bytes(text), Name::Text)
            }
            Ok(Piece::Bytes(bytes)) => Name::Bytes(bytes),
            Ok(Piece::Unsigned(number)) => Name::Unsigned(number),
            Ok(Piece::Signed(number)) => Name::Signed(number),
            Ok(Piece::Bool(value)) => Name::Bool(value),
            _ => Name::Unreadable,
        }
    }

    /// The piece that begins with this byte.
    fn piece_of(&mut self, marker: u8) -> Result<Piece<'de>, Unreadable> {
        use Marker as M;

        Ok(match Marker::from_u8(marker) {
            M::Null => Piece::Nil,
            M::False => Piece::Bool(false),
            M::True => Piece::Bool(true),
            M::FixPos(number) => Piece::Unsigned(number.into()),
            M::FixNeg(number) => Piece::Signed(number.into()),
            M::U8 => Piece::Unsigned(u8::from_be_bytes(self.array()?).into()),
            M::U16 => Piece::Unsigned(u16::from_be_bytes(self.array()?).into()),
            M::U32 => Piece::Unsigned(u32::from_be_bytes(self.array()?).into()),
            M::U64 => Piece::Unsigned(u64::from_be_bytes(self.array()?)),
            M::I8 => Piece::Signed(i8::from_be_bytes(self.array()?).into()),
            M::I16 => Piece::Signed(i16::from_be_bytes(self.array()?).into()),
            M::I32 => Piece::Signed(i32::from_be_bytes(self.array()?).into()),
            M::I64 => Piece::Signed(i64::from_be_bytes(self.array()?)),
            M::F32 => Piece::Float32(f32::from_be_bytes(self.array()?)),
            M::F64 => Piece::Float64(f64::from_be_bytes(self.array()?)),
            M::FixStr(length) => Piece::Text(self.bytes(length.into())?),
            M::Str8 => Piece::Text(self.sized::<1>()?),
            M::Str16 => Piece::Text(self.sized::<2>()?),
            M::Str32 => Piece::Text(self.sized::<4>()?),
            M::Bin8 => Piece::Bytes(self.sized::<1>()?),
            M::Bin16 => Piece::Bytes(self.sized::<2>()?),
            M::Bin32 => Piece::Bytes(self.sized::<4>()?),
            M::FixArray(items) => Piece::Array(items.into()),
            M::Array16 => Piece::Array(self.length::<2>()?),
            M::Array32 => Piece::Array(self.length::<4>()?),
            M::FixMap(pairs) => Piece::Map(pairs.into()),
            M::Map16 => Piece::Map(self.length::<2>()?),
            M::Map32 => Piece::Map(self.length::<4>()?),
            M::FixExt1 => self.extension(1)?,
            M::FixExt2 => self.extension(2)?,
            M::FixExt4 => self.extension(4)?,
            M::FixExt8 => self.extension(8)?,
            M::FixExt16 => self.extension(16)?,
            M::Ext8 => self.sized_extension::<1>()?,
            M::Ext16 => self.sized_extension::<2>()?,
            M::Ext32 => self.sized_extension::<4>()?,
            M::Reserved => return Err(Unreadable),
        })
    }

    /// Whether the next piece is nothing, which then is read.
    pub(super) fn skips_nil(&mut self) -> bool {
        self.skips(Marker::Null.to_u8())
    }

    /// Whether a `Some` is said to be one, which is passed over then.
    #[inline]
    pub(super) fn skips_some(&mut self) -> bool {
        self.skips(SOME)
    }

    #[inline]
    fn skips(&mut self, byte: u8) -> bool {
        match self.rest.strip_prefix(&[byte]) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn extension(&mut self, length: usize) -> Result<Piece<'de>, Unreadable> {
        let kind = i8::from_be_bytes(self.array()?);
        Ok(Piece::Extension(kind, self.bytes(length)?))
    }

    fn sized_extension<const N: usize>(&mut self) -> Result<Piece<'de>, Unreadable> {
        let length = self.length::<N>()?;
        self.extension(length)
    }

    /// Bytes with their length before them.
    fn sized<const N: usize>(&mut self) -> Result<&'de [u8], Unreadable> {
        let length = self.length::<N>()?;
        self.bytes(length)
    }

    fn bytes(&mut self, length: usize) -> Result<&'de [u8], Unreadable> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Unreadable)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// A length of `N` bytes, the highest first.
    fn length<const N: usize>(&mut self) -> Result<usize, Unreadable> {
        let digits = self.array::<N>()?;
        let length = digits.iter();
        Ok(length.fold(0, |length, digit| length << 8 | usize::from(*digit)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(Unreadable)?;
        self.rest = rest;
        Ok(*bytes)
    }
}

impl de::Error for Unreadable {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self
    }

    fn invalid_type(_found: de::Unexpected<'_>, _expected: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_value(_found: de::Unexpected<'_>, _expected: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_length(_length: usize, _expected: &dyn de::Expected) -> Self {
        Self
    }

    fn unknown_variant(_variant: &str, _expected: &'static [&'static str]) -> Self {
        Self
    }

    fn unknown_field(_field: &str, _expected: &'static [&'static str]) -> Self {
        Self
    }

    fn missing_field(_field: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_field: &'static str) -> Self {
        Self
    }
}

impl std::error::Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes are not a value of this type")
    }
}
