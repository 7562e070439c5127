//! Whether a return that the attribute took for a plain value is a `Result` under another name.

use std::marker::PhantomData;
use std::ops::Deref;

use crate::cache::shape::CacheValue;

/// Asks whether a return that the attribute took for a plain value is a `Result` under another
/// name.
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

// Only for a `Result` that could be stored: of any other the compiler already says that it cannot
// be cached, and one mistake is one error.
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

#[cfg(test)]
mod tests {
    use super::*;

    type Loaded = Result<u8, String>;

    struct NotClone;

    #[test]
    fn a_result_is_found_behind_an_alias() {
        let HiddenResult = ResultProbe::<Loaded>::new().answer();
        let Plain = ResultProbe::<u8>::new().answer();
    }

    #[test]
    fn a_result_that_could_not_be_stored_is_left_to_the_bound_on_values() {
        let Plain = ResultProbe::<Result<u8, NotClone>>::new().answer();
    }
}
