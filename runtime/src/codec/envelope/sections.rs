//! What an entry belongs to: the sections between header and payload.
//!
//! A section is its length in 4 bytes and its parts, one behind the other. A part of the indexes is
//! the name of an index and a value; a part of the tags is a tag and its version. Names, values and
//! tags are as they stand in keys, behind their lengths in 2 bytes. A section without parts is not
//! written, and its flag is not set. Before them stands the lease of a refresh, where there is a
//! place for one.

use super::{INDEXES, REFRESH, RefreshLease, TAGS, Token, Unreadable, take};

/// The indexes and tags of an entry, as they are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sections<'a> {
    refresh_lease: Option<RefreshLease>,
    indexes: &'a [u8],
    tags: &'a [u8],
}

/// Sections to be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SectionsBuffer {
    refresh_lease: Option<RefreshLease>,
    indexes: Vec<u8>,
    tags: Vec<u8>,
}

/// A part is too long for its place, or there are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// The longest section, in bytes: far beyond use, and far below what would be a burden to each
/// read.
const LONGEST_SECTION: usize = 1 << 20;

impl<'a> Sections<'a> {
    /// No indexes and no tags, and no place for the lease of a refresh.
    pub const NONE: Self = Self {
        refresh_lease: None,
        indexes: &[],
        tags: &[],
    };

    /// The values of indexes under which the entry is listed, each with the name of its index.
    pub fn indexes(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut rest = self.indexes;
        std::iter::from_fn(move || Some((piece(&mut rest)?, piece(&mut rest)?)))
    }

    /// The tags of the entry, each with the version that it had before the load began.
    pub fn tags(self) -> impl Iterator<Item = (&'a [u8], Token)> {
        let mut rest = self.tags;
        std::iter::from_fn(move || Some((piece(&mut rest)?, Token::new(take(&mut rest)?))))
    }

    /// The lease of a refresh; `None` if the entry has no place for one.
    pub fn refresh_lease(self) -> Option<RefreshLease> {
        self.refresh_lease
    }

    /// Whether the entry has tags.
    pub fn has_tags(self) -> bool {
        !self.tags.is_empty()
    }

    /// The same tags, no indexes, and the same place for the lease of a refresh, which is free.
    pub fn only_tags(self) -> SectionsBuffer {
        SectionsBuffer {
            refresh_lease: self.refresh_lease.map(|_| RefreshLease::FREE),
            indexes: Vec::new(),
            tags: self.tags.to_vec(),
        }
    }

    /// How many bytes they take.
    pub(super) fn len(self) -> usize {
        self.indexes.len() + self.tags.len() + 8 + RefreshLease::LENGTH
    }

    pub(super) fn has_indexes(self) -> bool {
        !self.indexes.is_empty()
    }

    /// Reads the sections that are there, and leaves what comes behind them.
    pub(super) fn read_from(flags: u8, bytes: &mut &'a [u8]) -> Result<Self, Unreadable> {
        let mut sections = Self::NONE;
        if flags & REFRESH != 0 {
            let lease = RefreshLease::read_from(bytes).ok_or(Unreadable::Truncated)?;
            sections.refresh_lease = Some(lease);
        }
        if flags & INDEXES != 0 {
            sections.indexes = section(bytes).ok_or(Unreadable::Truncated)?;
        }
        if flags & TAGS != 0 {
            sections.tags = section(bytes).ok_or(Unreadable::Truncated)?;
        }
        if sections.is_whole() {
            Ok(sections)
        } else {
            Err(Unreadable::Corrupt)
        }
    }

    pub(super) fn append_to(self, bytes: &mut Vec<u8>) {
        if let Some(lease) = self.refresh_lease {
            lease.append_to(bytes);
        }
        for section in [self.indexes, self.tags] {
            if !section.is_empty() {
                bytes.extend((section.len() as u32).to_be_bytes());
                bytes.extend(section);
            }
        }
    }

    /// Whether the parts end where their sections do.
    fn is_whole(self) -> bool {
        let indexes = self.indexes();
        let tags = self.tags();
        let named: usize = indexes
            .map(|(name, value)| 4 + name.len() + value.len())
            .sum();
        let tagged: usize = tags.map(|(tag, _)| 2 + tag.len() + 16).sum();
        (named, tagged) == (self.indexes.len(), self.tags.len())
    }
}

impl SectionsBuffer {
    /// Says that the entry is listed under this value of the index.
    ///
    /// # Errors
    /// If there is no room for it.
    pub fn index(&mut self, name: &[u8], value: &[u8]) -> Result<(), TooLong> {
        push(&mut self.indexes, &[name, value], &[])
    }

    /// Says that the entry has this tag, which had this version before the load began.
    ///
    /// # Errors
    /// If there is no room for it.
    pub fn tag(&mut self, tag: &[u8], version: Token) -> Result<(), TooLong> {
        push(&mut self.tags, &[tag], version.as_bytes())
    }

    /// Leaves a place for the lease of a refresh.
    pub fn leave_room_for_refresh(&mut self) {
        self.refresh_lease = Some(RefreshLease::FREE);
    }

    /// Leaves none.
    pub fn leave_no_room_for_refresh(&mut self) {
        self.refresh_lease = None;
    }

    /// The sections as they are written.
    pub fn as_sections(&self) -> Sections<'_> {
        Sections {
            refresh_lease: self.refresh_lease,
            indexes: &self.indexes,
            tags: &self.tags,
        }
    }
}

/// Adds a part whole, or not at all.
fn push(section: &mut Vec<u8>, pieces: &[&[u8]], end: &[u8]) -> Result<(), TooLong> {
    let length: usize = pieces.iter().map(|piece| 2 + piece.len()).sum();
    let is_long = pieces
        .iter()
        .any(|piece| u16::try_from(piece.len()).is_err());
    if is_long || section.len() + length + end.len() > LONGEST_SECTION {
        return Err(TooLong);
    }
    for piece in pieces {
        section.extend((piece.len() as u16).to_be_bytes());
        section.extend(*piece);
    }
    section.extend(end);
    Ok(())
}

fn section<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_be_bytes(take(bytes)?);
    split(bytes, usize::try_from(length).ok()?)
}

fn piece<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u16::from_be_bytes(take(bytes)?);
    split(bytes, length.into())
}

fn split<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
