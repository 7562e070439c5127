//! Arguments in brief: a few numbers and short texts as they are. To write them as they stand in a
//! key takes longer than to find a copy by them.

use std::fmt;
use std::hash::{BuildHasher, Hasher};

use super::arguments::Arguments;
use super::buffer::KeyBuffer;
use super::writer::KeyWriter;
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

/// Arguments that are kept in brief as long as they can be, and written for whoever needs their
/// text.
pub struct BriefArguments {
    brief: Brief,
    written: Arguments,
}

impl BriefArguments {
    /// No arguments yet.
    ///
    /// ```
    /// # use larder_runtime::key::{BriefArguments, Scope};
    /// let mut arguments = BriefArguments::new();
    /// arguments.writer().arg(&7_u64);
    ///
    /// let key = Scope::new("shop", None).join("users", 1, arguments.written());
    /// assert_eq!(key.to_string(), "shop::users:1:7");
    /// ```
    #[inline]
    pub fn new() -> Self {
        Self {
            brief: Brief::NONE,
            written: Arguments::new(),
        }
    }

    /// Takes them.
    #[inline]
    pub fn writer(&mut self) -> KeyWriter<'_> {
        self.written.writer_in_brief(&mut self.brief)
    }

    /// What tells them from others.
    #[inline]
    pub(super) fn brief(&self) -> &Brief {
        &self.brief
    }

    /// Takes note of their text, if they were written: from now on they can be told from others.
    #[inline]
    pub(super) fn settle(&mut self) {
        if self.brief.shape == WRITTEN {
            self.settle_written();
        }
    }

    #[cold]
    fn settle_written(&mut self) {
        self.brief = Brief::of_text(self.written.as_slice());
    }

    /// As they stand in a key.
    pub fn written(&mut self) -> &Arguments {
        if !self.brief.is_written() && self.written.as_slice().is_empty() {
            self.written.write(&self.brief);
        }
        &self.written
    }
}

impl Default for BriefArguments {
    fn default() -> Self {
        Self::new()
    }
}

impl Brief {
    /// No arguments.
    pub(super) const NONE: Self = Self {
        words: [0; WORDS],
        shape: 0,
        len: 0,
        taken: 0,
    };

    /// Arguments that were written.
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

impl fmt::Debug for BriefArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BriefArguments").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::CacheKey;

    type Write<'w> = &'w dyn Fn(&mut KeyWriter<'_>);

    /// Arguments in brief and as they are written elsewhere.
    fn both(write: Write<'_>) -> (BriefArguments, String) {
        let (mut brief, mut plain) = (BriefArguments::new(), Arguments::new());
        write(&mut brief.writer());
        write(&mut plain.writer());
        let text = String::from_utf8_lossy(plain.as_slice()).into_owned();
        (brief, text)
    }

    /// Writes more than its part, or less.
    struct Strange(&'static str);

    impl CacheKey for Strange {
        fn write_key(&self, writer: &mut KeyWriter<'_>) {
            for kind in self.0.bytes() {
                match kind {
                    b'n' => writer.integer(7),
                    b't' => writer.text("a:b"),
                    b'l' => writer.text(&"x".repeat(70)),
                    b'a' => writer.arg(&7),
                    b'v' => writer.variant("V", |items| items.item(&7)),
                    _ => writer.none(),
                }
            }
        }
    }

    #[test]
    fn what_was_in_brief_is_written_as_it_would_have_been() {
        let long = "x".repeat(70);
        let written: &[Write<'_>] = &[
            &|_| {},
            &|key| key.arg(&0_u64),
            &|key| key.arg(&u64::MAX),
            &|key| key.arg(&i64::MIN),
            &|key| key.arg(&u128::MAX),
            &|key| key.arg(&-1_i8),
            &|key| key.arg(""),
            &|key| key.arg("a b"),
            &|key| key.arg("\0"),
            &|key| key.arg("sixteen bytes:::"),
            &|key| key.arg("seventeen bytes::"),
            &|key| key.arg(&'é'),
            &|key| key.arg(&true),
            &|key| key.arg(&long),
            &|key| key.arg(&Some(7)),
            &|key| key.arg(&(1, "a")),
            &|key| key.arg(&[1_u8, 2]),
            &|key| key.arg(&1.5),
            &|key| (1..=5).for_each(|id: u16| key.arg(&id)),
            &|key| (1..=5).for_each(|_| key.arg("")),
            &|key| [1, -2].iter().for_each(|number| key.arg(number)),
            &|key| ["a", "nine bytes"].iter().for_each(|text| key.arg(text)),
            &|key| {
                key.arg(&7);
                key.arg(&long);
            },
            &|key| {
                key.arg(&7);
                key.arg(&None::<u8>);
                key.arg("b");
            },
            &|key| {
                key.part(&7);
                key.literal("/");
                key.part("a");
            },
            &|key| {
                key.arg(&7);
                key.arg("a");
                key.literal("/");
                key.arg(&8);
            },
        ];
        for write in written {
            let (mut brief, plain) = both(write);
            brief.settle();
            let known = brief.brief;
            assert_eq!(text(&mut brief), plain);
            assert_eq!(text(&mut brief), plain, "the second time");
            assert_eq!(brief.brief, known);
        }
        for kinds in [
            "", "n", "t", "nn", "tn", "tt", "v", "nv", "-", "n-", "nl", "l", "a", "an", "na",
        ] {
            for before in [0, 1, 2] {
                let (mut brief, plain) = both(&|key| {
                    (0..before).for_each(|id: u64| key.arg(&id));
                    key.arg(&Strange(kinds));
                });
                assert_eq!(text(&mut brief), plain, "{kinds} behind {before}");
                let (mut brief, plain) = both(&|key| {
                    (0..before).for_each(|id: u64| key.arg(&id));
                    key.arg(&Strange(kinds));
                    key.arg(&8);
                });
                assert_eq!(
                    text(&mut brief),
                    plain,
                    "{kinds} behind {before} before one"
                );
            }
        }
    }

    #[test]
    fn a_second_writer_goes_on_behind_the_first() {
        for (one, other) in [("a", "b"), ("a", "more bytes than have room"), ("a b", "c")] {
            let (mut brief, mut plain) = (BriefArguments::new(), Arguments::new());
            brief.writer().arg(one);
            plain.writer().arg(one);
            brief.writer().part(other);
            plain.writer().part(other);
            assert_eq!(brief.written().as_slice(), plain.as_slice());

            let (mut brief, mut plain) = (BriefArguments::new(), Arguments::new());
            for argument in [one, other, one] {
                brief.writer().arg(argument);
                plain.writer().arg(argument);
            }
            brief.writer().part(other);
            plain.writer().part(other);
            assert_eq!(brief.written().as_slice(), plain.as_slice());
        }
    }

    fn text(brief: &mut BriefArguments) -> String {
        String::from_utf8_lossy(brief.written().as_slice()).into_owned()
    }

    #[test]
    fn what_is_equal_is_written_alike() {
        let texts = [
            "",
            "\0",
            "a",
            "a\0",
            "7",
            "-7",
            "eight by",
            "eight by\0",
            "sixteen bytes of",
        ];
        let numbers = [0, 1, 7, 0x61, -1, -7, i64::MAX, i64::MIN];
        let mut known: Vec<(Brief, String)> = Vec::new();
        let mut learn = |write: Write<'_>| {
            let (mut brief, plain) = both(write);
            brief.settle();
            known.push((brief.brief, plain));
        };
        learn(&|_| {});
        learn(&|key| key.arg(&u64::MAX));
        for one in texts {
            learn(&|key| key.arg(one));
            learn(&|key| key.part(one));
            for number in numbers {
                learn(&|key| key.arg(&number));
                learn(&|key| {
                    key.arg(one);
                    key.arg(&number);
                });
                learn(&|key| {
                    key.arg(&number);
                    key.arg(one);
                });
            }
            for other in texts {
                learn(&|key| {
                    key.arg(one);
                    key.arg(other);
                });
            }
        }
        for (brief, text) in &known {
            for (other, other_text) in &known {
                let is_long = brief.is_long();
                assert!(
                    brief != other || text == other_text || is_long,
                    "{text} {other_text}"
                );
            }
        }
    }

    #[test]
    fn numbers_and_short_texts_are_not_written() {
        let in_brief: &[Write<'_>] = &[
            &|_| {},
            &|key| key.arg(&7_u64),
            &|key| key.arg(&-7),
            &|key| key.arg("ada"),
            &|key| key.arg(&&String::from("sixteen bytes of")),
            &|key| {
                key.arg(&7_u32);
                key.arg("eight by");
            },
        ];
        for write in in_brief {
            let (brief, _) = both(write);
            assert!(!brief.brief.is_written());
        }
    }
}
