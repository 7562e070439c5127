//! What a function may return whose body may not run.

use crate::error::Error;

/// A `Result` that can say that the body did not run.
#[diagnostic::on_unimplemented(
    message = "this function returns a `Result`, because a call whose body may not run returns an error",
    label = "this is no `Result`",
    note = "write `Result<{Self}, larder::Error>`, or one with an error of your own that is `From<larder::Error>`"
)]
pub trait Guarded {
    /// The return of a call whose body did not run.
    fn refused(error: Error) -> Self;
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
    fn refused(error: Error) -> Self {
        Err(E::from(error))
    }
}
