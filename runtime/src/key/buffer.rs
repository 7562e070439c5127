//! The bytes of a key while it is written: on the stack, on the heap only when the key is long.

use std::borrow::Cow;
use std::ops::Range;

use smallvec::SmallVec;

/// As many bytes as keys usually have.
const INLINE: usize = 120;

#[derive(Clone, Default)]
pub(super) struct KeyBuffer(SmallVec<[u8; INLINE]>);

impl KeyBuffer {
    /// These, one behind the other. All of them at once is a third of the work of each by itself.
    #[inline]
    pub(super) fn of_parts<const N: usize>(parts: [&[u8]; N]) -> Self {
        let length = parts.iter().map(|part| part.len()).sum();
        let mut bytes = [0; INLINE];
        let Some(mut room) = bytes.get_mut(..length) else {
            return Self(SmallVec::from_vec(parts.concat()));
        };
        for part in parts {
            let (place, rest) = room.split_at_mut(part.len());
            place.copy_from_slice(part);
            room = rest;
        }
        Self(SmallVec::from_buf_and_len(bytes, length))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[cfg(test)]
    pub(super) fn is_on_the_heap(&self) -> bool {
        self.0.spilled()
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.0.push(byte);
    }

    #[inline]
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Writes the number in decimal and says where it stands.
    #[inline]
    pub(super) fn push_number(&mut self, number: impl itoa::Integer) -> Range<usize> {
        let start = self.len();
        self.extend(itoa::Buffer::new().format(number).as_bytes());
        start..self.len()
    }

    pub(super) fn push_hexadecimal(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in bytes {
            self.push(DIGITS[usize::from(byte >> 4)]);
            self.push(DIGITS[usize::from(byte & 15)]);
        }
    }

    /// Writes text that may be anything, so that it reads back as itself. Empty text becomes a lone
    /// `%`, or else no argument and an empty argument would be the same.
    pub(super) fn push_escaped(&mut self, text: &str) {
        self.push_escaped_text(text.as_bytes());
    }

    /// The same of a text's bytes.
    pub(super) fn push_escaped_text(&mut self, text: &[u8]) {
        if text.is_empty() {
            self.push(b'%');
        }
        self.push_escaped_bytes(text);
    }

    /// Writes a fragment of a text that has more fragments than this one.
    pub(super) fn push_escaped_fragment(&mut self, text: &str) {
        self.push_escaped_bytes(text.as_bytes());
    }

    /// Writes bytes that may be anything, so that they read back as themselves; nothing for none.
    pub(super) fn push_escaped_bytes(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let mut rest = bytes;
        while let Some(position) = rest
            .iter()
            .position(|byte| !STANDS_FOR_ITSELF[usize::from(*byte)])
        {
            let byte = rest[position];
            self.extend(&rest[..position]);
            self.push(b'%');
            self.push(DIGITS[usize::from(byte >> 4)]);
            self.push(DIGITS[usize::from(byte & 15)]);
            rest = &rest[position + 1..];
        }
        self.extend(rest);
    }
}

/// The text as it stands in a key, where it can stand there as it is without a copy.
#[inline]
pub(super) fn escaped(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    let is_plain = |byte: &u8| STANDS_FOR_ITSELF[usize::from(*byte)];
    if !bytes.is_empty() && bytes.iter().all(is_plain) {
        return Cow::Borrowed(bytes);
    }
    let mut buffer = KeyBuffer::default();
    buffer.push_escaped(text);
    Cow::Owned(buffer.as_slice().to_vec())
}

/// The text that was escaped. What is no escape is left as it is.
pub(crate) fn unescape(escaped: &[u8]) -> String {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    let mut text = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            text.push(first);
        } else if let [high, low, after @ ..] = after
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            text.push(high << 4 | low);
            rest = after;
        } else if escaped != b"%" {
            text.push(first);
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// [`stands_for_itself`] of every byte, since this is asked for each byte of each key.
const STANDS_FOR_ITSELF: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = stands_for_itself(byte as u8);
        byte += 1;
    }
    table
};

/// Whether this byte of a text stands in a key as it is. All others are escaped, and so are free to
/// structure the key; none of those that stand for themselves means anything in a pattern of
/// `SCAN`.
pub(super) const fn stands_for_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'@' | b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_escaped_reads_as_it_was(text in ".*") {
            let mut buffer = KeyBuffer::default();
            buffer.push_escaped(&text);
            prop_assert_eq!(unescape(buffer.as_slice()), text);
        }
    }

    #[test]
    fn what_is_no_escape_is_left_as_it_is() {
        for text in ["%", "%4", "%zz", "a%", "[x,]"] {
            let read = unescape(text.as_bytes());
            assert_eq!(read, if text == "%" { "" } else { text });
        }
    }
}
