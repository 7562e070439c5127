//! A number that changes when a type changes its shape.
//!
//! A positional codec does not notice that two fields changed places. The fingerprint of the type
//! stands in the envelope and makes a value of another shape a miss.

mod types;

#[cfg(test)]
mod tests;

/// A type whose shape has a fingerprint: derive it, with `#[derive(larder::Schema)]`.
///
/// Two types have the same fingerprint if values of the one may be decoded as values of the other:
/// they have the same fields of the same types under the same names in the same order.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::Schema;
///
/// assert_ne!(<(u64, String)>::FINGERPRINT, <(String, u64)>::FINGERPRINT);
/// ```
#[diagnostic::on_unimplemented(
    message = "a positional codec would decode a changed `{Self}` into wrong values",
    label = "the shape of this type is not known",
    note = "add `version = 1` to the attribute, or `#[derive(larder::Schema)]` to the type"
)]
pub trait Schema {
    /// The fingerprint of the type's shape; never 0.
    const FINGERPRINT: u64;
}

/// Makes the fingerprint of a shape out of what it is made of, in order.
///
/// ```
/// use larder_runtime::codec::schema::{Fingerprint, Schema};
///
/// struct User { id: u64, name: String }
///
/// impl Schema for User {
///     const FINGERPRINT: u64 = Fingerprint::new("struct")
///         .field("id", u64::FINGERPRINT)
///         .field("name", String::FINGERPRINT)
///         .finish();
/// }
/// ```
///
/// What it computes is part of what is stored and is never changed: 64-bit FNV-1a over a tag, a
/// length and the bytes of every part, finished with the mixer of `SplitMix64`.
#[derive(Debug, Clone, Copy)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Begins with what kind of type it is, such as `"struct"` or `"enum"`.
    #[must_use]
    pub const fn new(kind: &str) -> Self {
        Self(0xCBF2_9CE4_8422_2325).byte(b'k').text(kind)
    }

    /// Adds something that changes how the type is written, such as `rename_all = "camelCase"`.
    #[must_use]
    pub const fn attribute(self, text: &str) -> Self {
        self.byte(b'a').text(text)
    }

    /// Adds a field with a name.
    #[must_use]
    pub const fn field(self, name: &str, fingerprint: u64) -> Self {
        self.byte(b'f').text(name).number(fingerprint)
    }

    /// Adds a field without a name, or the type of the items of a container.
    #[must_use]
    pub const fn item(self, fingerprint: u64) -> Self {
        self.byte(b'i').number(fingerprint)
    }

    /// Adds a variant, whose content has a fingerprint of its own: that of the `"unit"`, the
    /// `"tuple"` or the `"struct"` that it holds.
    #[must_use]
    pub const fn variant(self, name: &str, fingerprint: u64) -> Self {
        self.byte(b'v').text(name).number(fingerprint)
    }

    /// The fingerprint, which is never 0.
    #[must_use]
    pub const fn finish(self) -> u64 {
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        if mixed == 0 { 1 } else { mixed }
    }

    /// The length stands before the text, so that two texts never run together.
    const fn text(self, text: &str) -> Self {
        self.number(text.len() as u64).bytes(text.as_bytes())
    }

    const fn number(self, number: u64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    const fn bytes(mut self, mut bytes: &[u8]) -> Self {
        while let [first, rest @ ..] = bytes {
            self = self.byte(*first);
            bytes = rest;
        }
        self
    }

    const fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(0x0000_0100_0000_01B3))
    }
}
