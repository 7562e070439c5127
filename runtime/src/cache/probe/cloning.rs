//! Whether a value can be cloned, and how a copy in this process becomes a caller's own.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::cache::local::{CloneOut, Copying};
use crate::cache::shape::CacheValue;

/// How a copy that is kept in this process becomes a caller's own: by a clone, if the value can be
/// cloned.
pub struct Cloning<V> {
    pub(crate) copying: Copying,
    pub(crate) clone_out: CloneOut<V>,
}

impl<V> Cloning<V> {
    /// It cannot be cloned.
    pub const fn none() -> Self {
        Self {
            copying: Copying::No,
            clone_out: None,
        }
    }
}

impl<V: Clone + Send + Sync + 'static> Cloning<V> {
    /// A clone for each caller.
    pub const fn by_clone() -> Self {
        Self {
            copying: Copying::by_clone::<V>(),
            clone_out: Some(|held| held.downcast_ref::<V>().cloned()),
        }
    }
}

/// Asks whether a value can be cloned; `V` is the stored type.
#[derive(Debug)]
pub struct CloneProbe<V>(CloneFallback<V>);

/// What [`CloneProbe`] answers for values that can be stored and not cloned.
#[derive(Debug)]
pub struct CloneFallback<V>(CloneLastResort<V>);

/// What [`CloneProbe`] answers for values that cannot be stored either: of those the compiler says
/// so already.
#[derive(Debug)]
pub struct CloneLastResort<V>(PhantomData<fn() -> V>);

impl<V> CloneProbe<V> {
    /// The question.
    pub const fn new() -> Self {
        Self(CloneFallback(CloneLastResort(PhantomData)))
    }
}

impl<V: Clone + Send + Sync + 'static> CloneProbe<V> {
    /// A clone each.
    pub const fn cloning(&self) -> Cloning<V> {
        Cloning::by_clone()
    }
}

impl<V: Clone> CloneProbe<V> {
    /// It can be cloned.
    pub const fn answer(&self) -> Cloneable {
        Cloneable
    }
}

impl<V: CacheValue> CloneFallback<V> {
    /// It cannot be cloned.
    pub const fn answer(&self) -> NotCloneable<V> {
        NotCloneable(PhantomData)
    }
}

impl<V> CloneLastResort<V> {
    /// No clones.
    pub const fn cloning(&self) -> Cloning<V> {
        Cloning::none()
    }

    /// No mistake that is not reported already.
    pub const fn answer(&self) -> Cloneable {
        Cloneable
    }
}

impl<V> Deref for CloneProbe<V> {
    type Target = CloneFallback<V>;

    fn deref(&self) -> &CloneFallback<V> {
        &self.0
    }
}

impl<V> Deref for CloneFallback<V> {
    type Target = CloneLastResort<V>;

    fn deref(&self) -> &CloneLastResort<V> {
        &self.0
    }
}

/// The answer: it can be cloned.
#[derive(Debug, Clone, Copy)]
pub struct Cloneable;

/// The answer: it cannot be cloned.
#[derive(Debug)]
pub struct NotCloneable<V>(PhantomData<fn() -> V>);

/// What `local` can be said about.
#[diagnostic::on_unimplemented(
    message = "`local` is for values that can be cloned",
    label = "every caller gets a clone of the copy in this process",
    note = "add `#[derive(Clone)]` to the type, or return `Arc<…>` of it, whose clone copies nothing",
    note = "or remove `local` from the attribute"
)]
pub trait MayBeLocal {}

impl MayBeLocal for Cloneable {}

/// Refuses `local` on what cannot be cloned.
pub const fn require_clone<A: MayBeLocal>(_answer: &A) {}

impl<V> Clone for Cloning<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Cloning<V> {}

impl<V> fmt::Debug for Cloning<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.clone_out.is_some() {
            "by clone"
        } else {
            "none"
        };
        f.debug_tuple("Cloning").field(&name).finish()
    }
}
