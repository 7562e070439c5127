//! What `#[concurrency_limited]` calls.

use super::guarded::Guarded;
use crate::error::Result;
use crate::global::complain_once;
use crate::key::KeyWriter;
use crate::larder::Larder;
use crate::permits::{PermitCall, PermitSpec};

/// One call of a function of which so many may run at a time. It never fails: an error waits for
/// the run.
#[derive(Debug)]
pub struct PermittedCall(Result<PermitCall>);

/// A call that needs a permit of this key.
pub fn permitted(spec: PermitSpec, key: impl Fn(&mut KeyWriter<'_>)) -> PermittedCall {
    let call = Larder::with_current(|larder| larder.permitted(spec, &key)).flatten();
    if let Err(error) = &call {
        complain_once(error);
    }
    PermittedCall(call)
}

impl PermittedCall {
    /// Runs the body under a permit.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "it is a function, and what is written by an attribute needs no reference"
    )]
    pub fn run<R>(
        self,
        refused: Refused<R>,
        body: impl Future<Output = R>,
    ) -> impl Future<Output = R> {
        // Boxed before anything else: each layer around a body, and there are some, would hold it
        // twice.
        let body = Box::pin(body);
        let refused = refused.0;
        async move {
            let ran = async {
                let permit = self.0?.acquire().await?;
                permit.run(body).await
            };
            ran.await.unwrap_or_else(refused)
        }
    }
}

/// How a call returns that did not run.
#[derive(Debug, Clone, Copy)]
pub struct Refused<R>(fn(crate::error::Error) -> R);

/// How a call returns that did not run.
#[must_use]
pub fn refused<R: Guarded>() -> Refused<R> {
    Refused(R::refused)
}
