//! Questions about types that generated code asks where it cannot know the answer.
//!
//! The attribute sees tokens, not types: `type Found = Option<User>` hides an `Option`, and nothing in a signature says
//! whether an error is `Clone`. A probe asks the compiler. `Probe<T>` has a method for the types in question, and
//! dereferences to a fallback with a method of the same name for all others. Method lookup tries the probe first, drops
//! it if its bounds do not hold, and only then follows the dereference:
//!
//! ```text
//! AbsentProbe::<Option<User>>::new().absent()   // the probe's own: `Option::is_none`
//! AbsentProbe::<User>::new().absent()           // the fallback's: never absent
//! ```
//!
//! No trait has to be in scope, so nothing is left unused in the user's module. Two limits: inside a generic function
//! the answer is what the function's own bounds say, not what a caller's types say; and lookup does not see lifetimes,
//! so the attribute does not ask about error types in which it reads one.
#![allow(
    clippy::new_without_default,
    reason = "a probe is a question with its type written out, never a default"
)]
#![allow(
    clippy::unused_self,
    reason = "the look-up of a method is the question"
)]

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::cache::local::Copying;
use crate::cache::rules::CloneOut;
use crate::cache::shape::CacheValue;

/// Tells an absent value (`None`) from a present one.
pub struct Absent<V> {
    /// Nothing if there is no absent value.
    pub(crate) tells: Option<fn(&dyn Any) -> bool>,
    of: PhantomData<fn(&V)>,
}

impl<V> Absent<V> {
    /// There is no absent value.
    pub const fn never() -> Self {
        Self {
            tells: None,
            of: PhantomData,
        }
    }
}

impl<T: 'static> Absent<Option<T>> {
    /// `None` is absent.
    pub const fn none() -> Self {
        Self {
            tells: Some(|value| value.downcast_ref().is_some_and(Option::<T>::is_none)),
            of: PhantomData,
        }
    }
}

/// How an error reaches other callers that wait for the same load: a clone of it, if it can be cloned and sent.
pub struct Sharing<E> {
    ways: Option<Ways<E>>,
}

struct Ways<E> {
    pack: fn(&E) -> Box<dyn Any + Send>,
    unpack: fn(&dyn Any) -> Option<E>,
}

impl<E> Sharing<E> {
    /// The error stays with the caller that met it.
    pub const fn none() -> Self {
        Self { ways: None }
    }

    /// Whether the error can be handed to others.
    pub const fn is_possible(&self) -> bool {
        self.ways.is_some()
    }

    /// A clone of the error with its type forgotten; `None` if this type of error is not shared.
    pub fn pack(&self, error: &E) -> Option<Box<dyn Any + Send>> {
        self.ways.map(|ways| (ways.pack)(error))
    }

    /// A clone of what was packed; `None` if it is an error of another type.
    pub fn unpack(&self, packed: &dyn Any) -> Option<E> {
        self.ways.and_then(|ways| (ways.unpack)(packed))
    }
}

impl<E: Clone + Send + 'static> Sharing<E> {
    /// The error is cloned for everyone who waits.
    pub const fn by_clone() -> Self {
        Self {
            ways: Some(Ways {
                pack: |error| Box::new(error.clone()),
                unpack: |packed| packed.downcast_ref::<E>().cloned(),
            }),
        }
    }
}

/// How a copy that is kept in this process becomes a caller's own: by a clone, if the value can be cloned.
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
            clone_out: Some(|copy| copy.value::<V>().cloned()),
        }
    }
}

/// Asks whether a value can be cloned; `V` is the stored type.
#[derive(Debug)]
pub struct CloneProbe<V>(CloneFallback<V>);

/// What [`CloneProbe`] answers for values that can be stored and not cloned.
#[derive(Debug)]
pub struct CloneFallback<V>(CloneLastResort<V>);

/// What [`CloneProbe`] answers for values that cannot be stored either: of those the compiler says so already.
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

/// Asks whether a value can be absent; `V` is the stored type.
#[derive(Debug)]
pub struct AbsentProbe<V>(AbsentFallback<V>);

/// What [`AbsentProbe`] answers for everything but an `Option`.
#[derive(Debug)]
pub struct AbsentFallback<V>(PhantomData<fn() -> V>);

impl<V> AbsentProbe<V> {
    /// The question.
    pub const fn new() -> Self {
        Self(AbsentFallback(PhantomData))
    }
}

impl<T: 'static> AbsentProbe<Option<T>> {
    /// `None` is absent.
    pub const fn absent(&self) -> Absent<Option<T>> {
        Absent::none()
    }

    /// There is a `None`.
    pub const fn answer(&self) -> Optional {
        Optional
    }
}

impl<V> AbsentFallback<V> {
    /// Nothing is absent.
    pub const fn absent(&self) -> Absent<V> {
        Absent::never()
    }

    /// There is always a value.
    pub const fn answer(&self) -> NeverAbsent {
        NeverAbsent
    }
}

impl<V> Deref for AbsentProbe<V> {
    type Target = AbsentFallback<V>;

    fn deref(&self) -> &AbsentFallback<V> {
        &self.0
    }
}

/// The answer: there is a `None`.
#[derive(Debug, Clone, Copy)]
pub struct Optional;

/// The answer: there is always a value.
#[derive(Debug, Clone, Copy)]
pub struct NeverAbsent;

/// What `none_ttl` can be said about.
#[diagnostic::on_unimplemented(
    message = "`none_ttl` is for functions that return an `Option`, or a `Result` of one",
    label = "this is never `None`",
    note = "remove `none_ttl` from the attribute"
)]
pub trait MayBeAbsent {}

impl MayBeAbsent for Optional {}

/// Passes on how to tell an absent value, if there is such a thing.
pub const fn require_absent<V, A: MayBeAbsent>(_answer: &A, absent: Absent<V>) -> Absent<V> {
    absent
}

/// Asks whether an error can be handed to other callers.
#[derive(Debug)]
pub struct ShareProbe<E>(ShareFallback<E>);

/// What [`ShareProbe`] answers for errors that cannot be cloned and sent.
#[derive(Debug)]
pub struct ShareFallback<E>(PhantomData<fn() -> E>);

impl<E> ShareProbe<E> {
    /// The question.
    pub const fn new() -> Self {
        Self(ShareFallback(PhantomData))
    }
}

impl<E: Clone + Send + 'static> ShareProbe<E> {
    /// A clone each.
    pub const fn sharing(&self) -> Sharing<E> {
        Sharing::by_clone()
    }
}

impl<E> ShareFallback<E> {
    /// No clones.
    pub const fn sharing(&self) -> Sharing<E> {
        Sharing::none()
    }
}

impl<E> Deref for ShareProbe<E> {
    type Target = ShareFallback<E>;

    fn deref(&self) -> &ShareFallback<E> {
        &self.0
    }
}

/// Asks whether a return that the attribute took for a plain value is a `Result` under another name.
#[derive(Debug)]
pub struct ResultProbe<R>(ResultFallback<R>);

/// What [`ResultProbe`] answers for everything but a `Result`.
#[derive(Debug)]
pub struct ResultFallback<R>(PhantomData<fn() -> R>);

/// The answer: a plain value.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

/// The answer: a `Result`.
#[derive(Debug, Clone, Copy)]
pub struct HiddenResult;

/// What may be stored as it is returned.
#[diagnostic::on_unimplemented(
    message = "this function returns a `Result` under another name",
    label = "errors would be stored like values",
    note = "write `returns = \"result\"` in the attribute to store what is in `Ok` and nothing else",
    note = "or `returns = \"value\"` to store errors too"
)]
pub trait PlainValue {}

impl PlainValue for Plain {}

/// Refuses a `Result` where a plain value was expected.
pub const fn require_plain<A: PlainValue>(_answer: &A) {}

impl<R> ResultProbe<R> {
    /// The question.
    pub const fn new() -> Self {
        Self(ResultFallback(PhantomData))
    }
}

// Only for a `Result` that could be stored: of any other the compiler already says that it cannot be cached, and one
// mistake is one error.
impl<T, E> ResultProbe<Result<T, E>>
where
    Result<T, E>: CacheValue,
{
    /// A `Result`.
    pub const fn answer(&self) -> HiddenResult {
        HiddenResult
    }
}

impl<R> ResultFallback<R> {
    /// A plain value.
    pub const fn answer(&self) -> Plain {
        Plain
    }
}

impl<R> Deref for ResultProbe<R> {
    type Target = ResultFallback<R>;

    fn deref(&self) -> &ResultFallback<R> {
        &self.0
    }
}

impl<V> Clone for Absent<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Absent<V> {}

impl<V> fmt::Debug for Absent<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.tells.is_some() {
            "none"
        } else {
            "never"
        };
        f.debug_tuple("Absent").field(&name).finish()
    }
}

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

impl<E> Clone for Sharing<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Sharing<E> {}

impl<E> Clone for Ways<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Ways<E> {}

impl<E> fmt::Debug for Sharing<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_possible() {
            "by clone"
        } else {
            "none"
        };
        f.debug_tuple("Sharing").field(&name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Option<u8>;
    type Loaded = Result<u8, String>;

    struct NotClone;

    #[test]
    fn only_an_option_can_be_absent() {
        let tells = AbsentProbe::<Found>::new().absent().tells.expect("a way");
        assert!(tells(&Found::None));
        assert!(!tells(&Found::Some(7)));
        assert!(!tells(&7_u8), "it is of another type");

        assert!(AbsentProbe::<u8>::new().absent().tells.is_none());
    }

    #[test]
    fn an_error_is_shared_if_it_can_be_cloned() {
        let sharing = ShareProbe::<String>::new().sharing();
        let packed = sharing.pack(&"no".to_owned()).expect("a clone");
        assert_eq!(sharing.unpack(&*packed), Some("no".to_owned()));
        assert_eq!(sharing.unpack(&7_u8), None);

        let sharing = ShareProbe::<NotClone>::new().sharing();
        assert!(!sharing.is_possible());
        assert!(sharing.pack(&NotClone).is_none());
    }

    #[test]
    fn an_error_that_cannot_be_sent_is_not_shared() {
        assert!(!ShareProbe::<std::rc::Rc<u8>>::new().sharing().is_possible());
    }

    #[test]
    fn a_result_is_found_behind_an_alias() {
        let HiddenResult = ResultProbe::<Loaded>::new().answer();
        let Plain = ResultProbe::<u8>::new().answer();
    }

    #[test]
    fn a_result_that_could_not_be_stored_is_left_to_the_bound_on_values() {
        let Plain = ResultProbe::<Result<u8, NotClone>>::new().answer();
    }

    #[test]
    fn a_generic_function_gets_the_answer_of_its_own_bounds() {
        fn shares<E: Clone + Send + 'static>() -> bool {
            ShareProbe::<E>::new().sharing().is_possible()
        }
        fn does_not<E>() -> bool {
            ShareProbe::<E>::new().sharing().is_possible()
        }
        assert!(shares::<String>());
        assert!(!does_not::<String>());
    }
}
