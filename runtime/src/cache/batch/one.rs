//! One id of a batch: what it is, and what it is answered with.

use super::pairs::Pairs;
use crate::cache::answer::Answering;
use crate::cache::policy::Policy;
use crate::cache::shape::{Fallible, Shape};
use crate::error::Result;

/// The ids of a batched function, and what it returns for one.
pub(crate) type IdOf<S> = <<S as Shape>::Value as Pairs>::Id;
pub(crate) type ValueOf<S> = <<S as Shape>::Value as Pairs>::Value;

/// How what is stored for one id is treated, where `T` is stored.
pub(crate) type PolicyOf<S, T> = Policy<One<S, T>>;

/// What is returned for one id, as if it had been asked for alone.
pub(crate) type One<S, T> = Fallible<Result<T, <S as Shape>::Error>>;

/// What is known of an id.
pub(super) enum Answer<T> {
    Unknown,
    /// This call is about to load it.
    Awaited,
    /// There is no value, and nothing that stands for that.
    Nothing,
    /// What is stored for it, or would be.
    Kept(T),
}

/// What one id is answered with.
pub(super) type AnsweringOne<'call, S, T> = Answering<One<S, T>, &'call PolicyOf<S, T>>;

impl<T> Answer<T> {
    /// What was loaded.
    pub(super) fn of<E>(loaded: Option<Result<T, E>>) -> Self {
        match loaded {
            Some(Ok(kept)) => Self::Kept(kept),
            Some(Err(_)) | None => Self::Nothing,
        }
    }
}
