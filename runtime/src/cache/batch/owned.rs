//! Bodies of many ids that own what they need, and so may outlive a call.

use super::one::IdOf;
use crate::cache::owned::Owned;
use crate::cache::previous::Reload;
use crate::cache::shape::Shape;

/// A body that owns what it needs, and may run more than once: with the ids, and with what is
/// stored for those that have it.
pub(crate) type OwnedBody<S, T> =
    Box<dyn FnMut(Vec<IdOf<S>>, Vec<(IdOf<S>, Reload<T>)>) -> Owned<<S as Shape>::Return> + Send>;
