//! What `#[rate_limited]` calls.

use crate::error::{Error, Result};
use crate::global::complain_once;
use crate::key::KeyWriter;
use crate::larder::Larder;
use crate::rate::{LimitedCall, RateSpec};

/// One call of a limited function: which limits, which key. It never fails: an error waits for the
/// check.
pub fn limited(spec: RateSpec, arguments: impl Fn(&mut KeyWriter<'_>)) -> LimitedCall {
    let call = Larder::with_current(|larder| larder.limited(spec, &arguments)).flatten();
    if let Err(error) = &call {
        complain_once(error);
    }
    LimitedCall::new(call)
}

/// What a limited function may return.
#[diagnostic::on_unimplemented(
    message = "a rate limited function returns a `Result`, because a call that is denied returns an error",
    label = "this is no `Result`",
    note = "write `Result<{Self}, larder::Error>`, or one with an error of your own that is `From<larder::Error>`"
)]
pub trait Limited {
    /// The return of a call that was denied, or could not be decided.
    fn denied(error: Error) -> Self;
}

/// An error that can say that a limit was used up.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that a call was denied",
    label = "the error of a rate limited function must be `From<larder::Error>`",
    note = "write `impl From<larder::Error> for {Self} {{ … }}`"
)]
pub trait Denial: From<Error> {}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> Denial for E {}

impl<T, E: Denial> Limited for Result<T, E> {
    fn denied(error: Error) -> Self {
        Err(E::from(error))
    }
}
