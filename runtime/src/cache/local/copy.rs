//! A copy: a value in this process, or what stands in its place.

use std::any::{Any, TypeId};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::answered::Answered;
use super::stamps::Membership;
use crate::clock::Moment;
use crate::codec::Codec;
use crate::key::SplitKey;
use crate::metrics::Counters;

/// A copy of what a key held. What it holds comes last, so that all copies are of one type behind
/// their `Arc`.
pub(crate) struct LocalCopy<C: ?Sized = dyn Any + Send + Sync> {
    about: About,
    content: C,
}

/// What is known of a copy, whatever it holds.
pub(crate) struct About {
    /// Of what it is a copy.
    pub(super) key: SplitKey,
    pub(super) terms: Terms,
    /// When the read began.
    pub(super) read_at: Moment,
    /// What the server's clock showed before it was read, in microseconds since the Unix epoch.
    pub(super) server_time: u64,
    /// It is good while they hold.
    pub(super) groups: Membership,
    pub(super) weight: u64,
    /// Of the namespace that it belongs to: a hit has no time to look them up.
    pub(super) counters: Arc<Counters>,
}

/// On what terms a copy is served. They are short, and kept wherever a copy is found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// The epoch in which its read began; see [`Tier`](super::Tier).
    pub(super) epoch: u64,
    /// From when on it is not served.
    pub(super) ends: Moment,
    pub(super) form: Form,
}

/// How what a key holds is to be read. Two functions may share a key and not be able to read each
/// other's values; their copies are as far apart as what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) codec: Codec,
    pub(crate) fingerprint: u64,
}

/// What a copy holds that is to be decoded for each caller.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Encoded<'copy> {
    /// A value that cannot be cloned.
    Value(&'copy [u8]),
    /// The error that is remembered in the value's place.
    Error(&'copy [u8]),
}

/// Whether a copy has answered a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    Yes,
    /// It holds what takes the longer way.
    No,
}

/// What is known of a value that was read, beside the value.
#[derive(Debug)]
pub(crate) struct Label {
    pub(crate) form: Form,
    /// The groups that it belongs to.
    pub(crate) groups: Membership,
    /// For how long it may be served, from when the read began.
    pub(crate) lives: Duration,
    /// How many bytes it has when encoded.
    pub(crate) encoded_bytes: usize,
    pub(crate) counters: Arc<Counters>,
}

/// A value as it is encoded.
pub(super) struct EncodedValue(pub(super) Box<[u8]>);

/// An error as it is encoded.
pub(super) struct EncodedError(pub(super) Box<[u8]>);

/// What a copy costs beside its key and what it holds: its place in the table, counters of its
/// `Arc`, notes.
const OVERHEAD: u64 = 128;

impl<C: Any + Send + Sync> LocalCopy<C> {
    /// A copy of what was read from this key.
    fn new(key: &[u8], read: &Answered, label: Label, content: C) -> Arc<LocalCopy> {
        Arc::new(LocalCopy {
            about: About::new(key, read, label, size_of::<C>()),
            content,
        })
    }
}

impl About {
    /// What is known of a copy that holds so many bytes of what was read from this key. Knows no
    /// types, so it is compiled here and not with each of them.
    fn new(key: &[u8], read: &Answered, label: Label, content_bytes: usize) -> Self {
        // An estimate: only the value itself could say what it has on the heap. What it is encoded
        // to is about as long. The key is here and in the table.
        let weight = 2 * key.len() + label.encoded_bytes + content_bytes;
        let began = read.filling.began();
        Self {
            key: SplitKey::new(key),
            terms: Terms {
                epoch: read.filling.epoch(),
                // The read began before the server said what time it is, so the copy never outlives
                // what it is of.
                ends: began + label.lives,
                form: label.form,
            },
            read_at: began,
            server_time: read.server_time,
            groups: label.groups,
            weight: weight as u64 + OVERHEAD,
            counters: label.counters,
        }
    }
}

impl<C: ?Sized> Deref for LocalCopy<C> {
    type Target = About;

    #[inline]
    fn deref(&self) -> &About {
        &self.about
    }
}

impl LocalCopy {
    /// A copy of a value, to be cloned for each caller.
    pub(crate) fn of_value<V>(key: &[u8], read: &Answered, label: Label, value: V) -> Arc<Self>
    where
        V: Send + Sync + 'static,
    {
        LocalCopy::new(key, read, label, value)
    }

    /// A copy of a value that cannot be cloned, to be decoded for each caller.
    pub(crate) fn of_encoded_value(
        key: &[u8],
        read: &Answered,
        label: Label,
        payload: &[u8],
    ) -> Arc<Self> {
        LocalCopy::new(key, read, label, EncodedValue(payload.into()))
    }

    /// A copy of an error, to be decoded for each caller.
    pub(crate) fn of_error(key: &[u8], read: &Answered, label: Label, payload: &[u8]) -> Arc<Self> {
        LocalCopy::new(key, read, label, EncodedError(payload.into()))
    }

    /// When the read of it began.
    pub(crate) fn read_at(&self) -> Moment {
        self.read_at
    }

    /// What the server's clock showed before it was read, in microseconds since the Unix epoch.
    pub(crate) fn server_time(&self) -> u64 {
        self.server_time
    }

    /// The counters of its namespace.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The value that it holds, to be cloned; `None` if it holds one of another type, or something
    /// encoded.
    pub(crate) fn value<V: 'static>(&self) -> Option<&V> {
        self.content.downcast_ref()
    }

    /// What it holds.
    pub(crate) fn content(&self) -> &dyn Any {
        &self.content
    }

    /// What it holds, if that is encoded.
    pub(crate) fn encoded(&self) -> Option<Encoded<'_>> {
        if let Some(EncodedError(payload)) = self.content.downcast_ref() {
            return Some(Encoded::Error(payload));
        }
        let EncodedValue(payload) = self.content.downcast_ref()?;
        Some(Encoded::Value(payload))
    }

    /// Whether it holds a value of this type.
    pub(crate) fn is_of(&self, of: TypeId) -> bool {
        self.content.type_id() == of
    }
}

impl<C: ?Sized> fmt::Debug for LocalCopy<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalCopy")
            .field("terms", &self.terms)
            .field("read_at", &self.read_at)
            .finish_non_exhaustive()
    }
}
