//! What a function may return whose body may not run.

use crate::error::Error;

/// A `Result` that can say that the body did not run.
#[diagnostic::on_unimplemented(
    message = "this function returns a `Result`, because a call whose body may not run returns an error",
    label = "this is no `Result`",
    note = "write `Result<{Self}, larder::Error>`, or one with an error of your own that is `From<larder::Error>`"
)]
pub trait Guarded {
    /// What it answers.
    type Value;
    /// How it fails.
    type Error: Refusal;

    /// As the `Result` that it is.
    fn into_result(self) -> Result<Self::Value, Self::Error>;

    /// Back again.
    fn from_result(result: Result<Self::Value, Self::Error>) -> Self;
}

/// An error that can say that the body did not run.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that the body did not run",
    label = "the error of this function must be `From<larder::Error>`",
    note = "write `impl From<larder::Error> for {Self} {{ … }}`"
)]
pub trait Refusal: From<Error> {}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> Refusal for E {}

impl<T, E: Refusal> Guarded for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }

    fn from_result(result: Self) -> Self {
        result
    }
}
