//! Writes the arguments of a call into a key.

use std::fmt;

use super::brief::Brief;
use super::buffer::{KeyBuffer, stands_for_itself};
use super::cache_key::{Before, Items, KeyWriter};

/// An argument whose encoding is longer than this many bytes is replaced by its digest.
const LONGEST_ARGUMENT: usize = 64;

impl<'k> KeyWriter<'k> {
    pub(super) fn new(buffer: &'k mut KeyBuffer) -> Self {
        Self {
            buffer,
            brief: None,
            start: 0,
            before: Before::Nothing,
        }
    }

    /// A writer that goes on behind what stands there.
    #[inline]
    pub(super) fn behind(buffer: &'k mut KeyBuffer) -> Self {
        let before = Before::those(buffer.len());
        Self {
            before,
            ..Self::new(buffer)
        }
    }

    /// The same, as long as it can in brief.
    #[inline]
    pub(super) fn in_brief(buffer: &'k mut KeyBuffer, brief: &'k mut Brief) -> Self {
        if brief.is_written() {
            return Self::behind(buffer);
        }
        let before = Before::those(brief.len() as usize);
        Self {
            brief: Some(brief),
            before,
            ..Self::new(buffer)
        }
    }

    /// Writes the text between the placeholders of a template, as it is. Where its first byte could
    /// belong to the value before it, a `;` comes between, or else `{a}1{b}` could not tell
    /// `("1", "2")` from `("", "12")`.
    pub fn literal(&mut self, text: &str) {
        let Some(first) = text.bytes().next() else {
            return;
        };
        self.leave_brief();
        if self.before == Before::Value && may_stand_in_a_value(first) {
            self.buffer.push(b';');
        }
        self.buffer.extend(text.as_bytes());
        self.before = Before::Separator;
    }

    /// Writes a text.
    #[inline]
    pub fn text(&mut self, text: &str) {
        if !self.keep(|brief| brief.push_text(text)) {
            self.write_text(text);
        }
    }

    /// Writes bytes, as hexadecimal digits.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.begin();
        if bytes.is_empty() {
            self.buffer.push(b'%');
        }
        self.buffer.push_hexadecimal(bytes);
    }

    /// Writes a float, as the hexadecimal digits of its bits.
    pub fn float(&mut self, value: f64) {
        self.bytes(&value.to_bits().to_be_bytes());
    }

    /// Writes an integer, in decimal. 128 bits are wide enough for every other integer.
    pub fn integer(&mut self, value: i128) {
        self.number(value);
    }

    /// Writes that there is no value.
    pub fn none(&mut self) {
        self.begin();
        self.buffer.push(b'~');
    }

    /// Writes that there is a value, and the value.
    pub fn some(&mut self, value: impl FnOnce(&mut Self)) {
        self.begin();
        self.buffer.push(b'+');
        self.before = Before::Separator;
        value(self);
        self.before = Before::Value;
    }

    /// Writes as many items as there are.
    pub fn sequence(&mut self, items: impl FnOnce(&mut Items<'_, 'k>)) {
        self.begin();
        self.enclose(b'[', items, b']');
    }

    /// Writes the items of a tuple or the fields of a struct.
    pub fn tuple(&mut self, items: impl FnOnce(&mut Items<'_, 'k>)) {
        self.begin();
        self.enclose(b'(', items, b')');
    }

    /// Writes a variant without fields.
    pub fn unit_variant(&mut self, name: &str) {
        self.text(name);
    }

    /// Writes a variant and its fields.
    pub fn variant(&mut self, name: &str, items: impl FnOnce(&mut Items<'_, 'k>)) {
        self.write_text(name);
        self.enclose(b'(', items, b')');
    }

    #[inline]
    pub(super) fn number<N>(&mut self, value: N)
    where
        N: itoa::Integer + Copy,
        u64: TryFrom<N>,
        i64: TryFrom<N>,
    {
        if !self.keep(|brief| brief.push_number(value)) {
            self.write_number(value);
        }
    }

    #[inline(never)]
    fn write_number(&mut self, value: impl itoa::Integer) {
        self.begin();
        self.buffer.push_number(value);
    }

    /// A text that stands in the key whatever is in brief.
    fn write_text(&mut self, text: &str) {
        self.begin();
        self.buffer.push_escaped(text);
    }

    /// Keeps in brief what is a whole argument, if there is room for it.
    #[inline]
    fn keep(&mut self, push: impl FnOnce(&mut Brief) -> bool) -> bool {
        if self.before == Before::Value {
            return false;
        }
        let is_kept = self.brief.as_deref_mut().is_some_and(push);
        if is_kept {
            self.before = Before::Value;
        }
        is_kept
    }

    /// Writes what was in brief, since something comes that is not.
    pub(super) fn leave_brief(&mut self) {
        if let Some(brief) = self.brief.take() {
            self.write_brief(brief);
        }
    }

    #[cold]
    fn write_brief(&mut self, brief: &mut Brief) {
        let last = brief.give_up(self.buffer);
        if self.before == Before::Value {
            self.start = last;
            return;
        }
        // Within an argument of which nothing was kept.
        if self.before == Before::Separator && self.buffer.len() > 0 {
            self.buffer.push(b':');
        }
        self.start = self.buffer.len();
    }

    /// Writes what the value looks like when it is displayed, without a `String` in between.
    pub(super) fn display(&mut self, value: &impl fmt::Display) {
        use fmt::Write as _;

        self.begin();
        let start = self.buffer.len();
        // Writing into a buffer does not fail, and neither do the standard library's types.
        let _ = write!(Escaped(self.buffer), "{value}");
        if self.buffer.len() == start {
            self.buffer.push(b'%');
        }
    }

    /// Begins a value. Two values side by side come from an implementation that calls more than one
    /// method.
    #[inline]
    fn begin(&mut self) {
        self.leave_brief();
        if self.before == Before::Value {
            self.buffer.push(b'|');
        }
        self.before = Before::Value;
    }

    fn enclose(&mut self, open: u8, items: impl FnOnce(&mut Items<'_, 'k>), close: u8) {
        self.buffer.push(open);
        items(&mut Items(self));
        self.buffer.push(close);
        self.before = Before::Value;
    }

    /// Ends the argument that begins here. If it is long, its digest takes its place.
    pub(super) fn end_argument(&mut self, start: usize) {
        self.before = Before::Value;
        let written = &self.buffer.as_slice()[start..];
        if written.len() > LONGEST_ARGUMENT {
            let digest = blake3::hash(written);
            self.buffer.truncate(start);
            self.buffer.push(b'#');
            self.buffer.push_hexadecimal(&digest.as_bytes()[..16]);
        }
    }
}

impl Before {
    /// Behind so much.
    #[inline]
    fn those(before: usize) -> Self {
        match before {
            0 => Self::Nothing,
            _ => Self::Value,
        }
    }
}

/// Whether a value, once encoded, may hold this byte.
const fn may_stand_in_a_value(byte: u8) -> bool {
    stands_for_itself(byte)
        || matches!(
            byte,
            b'%' | b'[' | b']' | b'(' | b')' | b',' | b'~' | b'+' | b'#' | b'|'
        )
}

/// Escapes what is formatted into a key.
struct Escaped<'b>(&'b mut KeyBuffer);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_escaped_fragment(text);
        Ok(())
    }
}
