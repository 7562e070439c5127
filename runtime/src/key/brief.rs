//! Arguments in brief: a few numbers and short texts as they are. To write them as they stand in a
//! key takes longer than to find a copy by them.

use std::hash::{BuildHasher, Hasher};

use super::buffer::KeyBuffer;
use crate::hash::QuickHash;

/// So many words of eight bytes.
const WORDS: usize = 2;
/// So many bytes of text have room in them. What they are escaped to is shorter than what is
/// replaced by a digest.
const ROOM: usize = WORDS * size_of::<u64>();

/// And so many arguments: each has a byte of the shape.
const MOST: u8 = 4;

/// What an argument is, if it is a number.
const NUMBER: u8 = 1;
const NEGATIVE: u8 = 2;
/// The same of a text, to which is added how many bytes it has.
const TEXT: u8 = 0x40;

/// The shape of arguments that were written after all, to which is added how many bytes they have.
/// Four arguments in brief are less.
const WRITTEN: u32 = 0xFF00_0000;
/// The shape of those whose bytes have no room. Their hash stands in their place.
const LONG: u32 = 0xFFFF_FFFF;

/// Arguments as they are, or as they were written if they are not a few numbers and short texts.
/// Those of one function that are equal stand for one key, unless they are long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brief {
    pub(super) words: [u64; WORDS],
    /// A byte for each argument, the last one lowest.
    pub(super) shape: u32,
    /// How many arguments there are in brief, and how many words they take.
    len: u8,
    taken: u8,
}

impl Brief {
    /// No arguments.
    pub(super) const NONE: Self = Self {
        words: [0; WORDS],
        shape: 0,
        len: 0,
        taken: 0,
    };

    /// Takes note of their text, if they were written: from now on they can be told from others.
    #[inline]
    pub(super) fn settle(&mut self, written: &[u8]) {
        if self.shape == WRITTEN {
            *self = Self::of_text(written);
        }
    }

    /// Arguments that were written.
    #[cold]
    fn of_text(text: &[u8]) -> Self {
        let (words, shape) = match words_of(text) {
            Some(words) => (words, WRITTEN | text.len() as u32),
            None => ([hash_of(text), 0], LONG),
        };
        Self {
            words,
            shape,
            ..Self::NONE
        }
    }

    /// How many there are in brief.
    #[inline]
    pub(super) fn len(&self) -> u8 {
        self.len
    }

    /// Whether what stands in these words and has this shape is the same.
    #[inline]
    pub(super) fn is(&self, words: &[u64; WORDS], shape: u32) -> bool {
        // Word by word: they were written so just now, and to read both at once would have to wait
        // until they are in the cache.
        let differs = (self.words[0] ^ words[0]) | (self.words[1] ^ words[1]);
        differs == 0 && self.shape == shape
    }

    /// Whether only their text tells them from others.
    #[inline]
    pub(super) fn is_long(&self) -> bool {
        self.shape == LONG
    }

    /// Whether they were written after all.
    #[inline]
    pub(super) fn is_written(&self) -> bool {
        self.shape >= WRITTEN
    }

    /// Adds a number; says whether there was room for it.
    #[inline]
    pub(super) fn push_number<N: Copy>(&mut self, number: N) -> bool
    where
        u64: TryFrom<N>,
        i64: TryFrom<N>,
    {
        let (kind, word) = match (u64::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => (NUMBER, number),
            (_, Ok(number)) => (NEGATIVE, number.cast_unsigned()),
            _ => return false,
        };
        let has_room = self.has_room_for(1);
        if has_room {
            self.words[usize::from(self.taken)] = word;
            self.add(kind, 1);
        }
        has_room
    }

    /// Adds a text; says whether there was room for it.
    pub(super) fn push_text(&mut self, text: &str) -> bool {
        let needed = text.len().div_ceil(size_of::<u64>());
        let words = words_of(text.as_bytes()).filter(|_| self.has_room_for(needed));
        if let Some(words) = words {
            let taken = usize::from(self.taken);
            self.words[taken..taken + needed].copy_from_slice(&words[..needed]);
            self.add(TEXT + text.len() as u8, needed as u8);
        }
        words.is_some()
    }

    #[inline]
    fn has_room_for(&self, words: usize) -> bool {
        usize::from(self.taken) + words <= WORDS && self.len < MOST
    }

    #[inline]
    fn add(&mut self, kind: u8, words: u8) {
        self.shape = self.shape << u8::BITS | u32::from(kind);
        self.len += 1;
        self.taken += words;
    }

    /// From now on they are written. What was in brief is written here; answers where the last of
    /// it begins.
    pub(super) fn give_up(&mut self, buffer: &mut KeyBuffer) -> usize {
        let last = self.write_to(buffer);
        *self = Self {
            shape: WRITTEN,
            ..Self::NONE
        };
        last
    }

    /// Writes what is in brief; answers where the last of it begins.
    pub(super) fn write_to(&self, buffer: &mut KeyBuffer) -> usize {
        let mut words = self.words.into_iter();
        let mut word = || words.next().unwrap_or_default();
        let mut last = buffer.len();
        for kind in self.shape.to_be_bytes().into_iter().filter(|it| *it != 0) {
            if buffer.len() > 0 {
                buffer.push(b':');
            }
            last = buffer.len();
            match kind {
                NUMBER => drop(buffer.push_number(word())),
                NEGATIVE => drop(buffer.push_number(word().cast_signed())),
                text => {
                    let mut bytes = [0; ROOM];
                    let length = usize::from(text - TEXT);
                    for eight in bytes[..length].chunks_mut(size_of::<u64>()) {
                        eight.copy_from_slice(&word().to_le_bytes()[..eight.len()]);
                    }
                    buffer.push_escaped_text(&bytes[..length]);
                }
            }
        }
        last
    }
}

/// The words that hold this text, if it has room in them.
fn words_of(text: &[u8]) -> Option<[u64; WORDS]> {
    let mut bytes = [0; ROOM];
    bytes.get_mut(..text.len())?.copy_from_slice(text);
    let (words, _) = bytes.as_chunks();
    Some(std::array::from_fn(|at| u64::from_le_bytes(words[at])))
}

fn hash_of(text: &[u8]) -> u64 {
    let mut hasher = QuickHash::seeded(0).build_hasher();
    hasher.write(text);
    hasher.finish()
}
