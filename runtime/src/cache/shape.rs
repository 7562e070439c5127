//! What of a function's return is stored: the shape of the return, and what a value must be.

use std::convert::Infallible;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// How a return splits into the value that is stored and the error that is not.
///
/// The attribute chooses between [`Direct`] and [`Fallible`] by the words of the signature, because
/// the companions must name the stored type; `returns = "value"` and `returns = "result"` overrule
/// it.
#[diagnostic::on_unimplemented(
    message = "the return type of this function is not a `Result`",
    label = "its name reads like a `Result`",
    note = "write `returns = \"value\"` in the attribute to store what is returned as it is"
)]
pub trait Shape {
    /// What the function returns.
    type Return;
    /// What is stored.
    type Value;
    /// What is returned in place of a value: [`Infallible`] if there is no such thing.
    type Error;
    /// `Chosen` of this shape.
    type Chosen;

    /// This shape, as an argument.
    const CHOSEN: Self::Chosen;

    /// The value or the error in a return.
    fn split(returned: Self::Return) -> Result<Self::Value, Self::Error>;

    /// The return with this value or error in it.
    fn join(outcome: Result<Self::Value, Self::Error>) -> Self::Return;
}

/// What is returned is what is stored.
#[derive(Debug)]
pub struct Direct<R>(PhantomData<fn() -> R>);

/// A `Result` is returned; what is in its `Ok` is stored.
#[derive(Debug)]
pub struct Fallible<R>(PhantomData<fn() -> R>);

/// A shape as an argument, got by [`Shape::CHOSEN`]. Where there is no such shape, the compiler has
/// said so there, and does not say once more that it does not fit into what asks for one.
#[derive(Debug)]
pub struct Chosen<S>(PhantomData<fn() -> S>);

impl<R> Shape for Direct<R> {
    type Return = R;
    type Value = R;
    type Error = Infallible;
    type Chosen = Chosen<Self>;

    const CHOSEN: Chosen<Self> = Chosen(PhantomData);

    fn split(returned: R) -> Result<R, Infallible> {
        Ok(returned)
    }

    fn join(outcome: Result<R, Infallible>) -> R {
        match outcome {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }
}

impl<T, E> Shape for Fallible<Result<T, E>> {
    type Return = Result<T, E>;
    type Value = T;
    type Error = E;
    type Chosen = Chosen<Self>;

    const CHOSEN: Chosen<Self> = Chosen(PhantomData);

    fn split(returned: Result<T, E>) -> Result<T, E> {
        returned
    }

    fn join(outcome: Result<T, E>) -> Result<T, E> {
        outcome
    }
}

/// What can be stored: whatever serde writes and reads back, and threads may share.
///
/// Every such type has it already. The trait exists so that the compiler can say what is missing in
/// words of ours.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cached",
    label = "a cached value must be `Serialize + DeserializeOwned + Send + Sync + 'static`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to the type, and return owned values",
    note = "if this is a `Result` under another name, write `returns = \"result\"` in the attribute"
)]
pub trait CacheValue: Serialize + DeserializeOwned + Send + Sync + 'static {}

// Without this the compiler would name the first of the bounds that fails, and not what was asked
// for.
#[diagnostic::do_not_recommend]
impl<T> CacheValue for T where T: Serialize + DeserializeOwned + Send + Sync + 'static {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direct_return_is_its_own_value() {
        assert_eq!(Direct::<Option<u8>>::split(None), Ok(None));
        assert_eq!(Direct::<u8>::join(Ok(7)), 7);
    }

    #[test]
    fn a_fallible_return_is_split_through_any_alias() {
        type Loaded<T> = Result<T, String>;

        assert_eq!(Fallible::<Loaded<u8>>::split(Ok(7)), Ok(7));
        let failed = Fallible::<Loaded<u8>>::join(Err("no".to_owned()));
        assert_eq!(failed, Err("no".to_owned()));
    }
}
