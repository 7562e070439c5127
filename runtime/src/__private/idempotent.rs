//! What `#[idempotent]` calls.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::guarded::Guarded;
use crate::error::Result;
use crate::global::complain_once;
use crate::idempotency::{Errors, IdempotencySpec, Request, run};
use crate::key::{Arguments, KeyWriter};
use crate::larder::Larder;

/// One call of an idempotent function: which record, which request. It never fails: an error waits for the run.
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
    pub async fn run<R>(self, body: impl Future<Output = R>) -> R
    where
        R: Guarded<Value: Outcome>,
    {
        let body = async { body.await.into_result() };
        R::from_result(run(self.0, Errors::none(), body).await)
    }

    /// The same; errors that the rule picks are stored too.
    pub async fn run_storing<R>(
        self,
        which: fn(&R::Error) -> bool,
        body: impl Future<Output = R>,
    ) -> R
    where
        R: Guarded<Value: Outcome, Error: Serialize + DeserializeOwned + 'static>,
    {
        let body = async { body.await.into_result() };
        R::from_result(run(self.0, Errors::storing(which), body).await)
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
