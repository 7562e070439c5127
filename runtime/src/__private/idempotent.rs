//! What `#[idempotent]` calls.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::guarded::Refusal;
use crate::error::Result;
use crate::global::complain_once;
use crate::idempotency::{IdempotencySpec, Request, Way, run};
use crate::key::{Arguments, KeyWriter};
use crate::larder::Larder;

/// One call of an idempotent function: which record, which request. It never fails: an error waits
/// for the run.
#[derive(Debug)]
pub struct IdempotentCall(Result<Request>);

/// A call with this key, of a request that is made of these arguments.
pub fn idempotent(
    spec: IdempotencySpec,
    key: impl Fn(&mut KeyWriter<'_>),
    arguments: impl FnOnce(&mut KeyWriter<'_>),
) -> IdempotentCall {
    let mut written = Arguments::new();
    arguments(&mut written.writer());
    let request = Larder::with_current(|larder| larder.idempotent(spec, &key, &written)).flatten();
    if let Err(error) = &request {
        complain_once(error);
    }
    IdempotentCall(request)
}

impl IdempotentCall {
    /// The stored result, or else that of the body.
    pub fn run<R>(self, way: Way<R>, body: impl Future<Output = R>) -> impl Future<Output = R> {
        // Boxed before anything else: each layer around a body, and there are some, would hold it
        // twice.
        run(self.0, way, Box::pin(body))
    }
}

/// What an idempotent function may return.
#[diagnostic::on_unimplemented(
    message = "an idempotent function returns a `Result`, because a call whose body may not run returns an error",
    label = "this is no `Result`",
    note = "write `Result<{Self}, larder::Error>`, or one with an error of your own that is `From<larder::Error>`"
)]
pub trait Once: Sized {
    /// How it fails.
    type Error;

    /// Errors are not stored.
    fn values() -> Way<Self>;

    /// Errors that the rule picks are stored too.
    fn storing(which: fn(&Self::Error) -> bool) -> Way<Self>
    where
        Self: 'static,
        Self::Error: Outcome + 'static;
}

impl<T: Outcome, E: Refusal> Once for Result<T, E> {
    type Error = E;

    fn values() -> Way<Self> {
        Way::values()
    }

    fn storing(which: fn(&E) -> bool) -> Way<Self>
    where
        Self: 'static,
        E: Outcome + 'static,
    {
        Way::storing(which)
    }
}

/// What can be stored as the result of a call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the stored result of a call",
    label = "what an idempotent function answers must be `Serialize + DeserializeOwned`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to the type, and return owned values"
)]
pub trait Outcome: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Outcome for T {}
