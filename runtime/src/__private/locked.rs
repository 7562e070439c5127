//! What `#[with_lock]` calls.

use crate::error::Error;
use crate::global::complain_once;
use crate::key::KeyWriter;
use crate::larder::Larder;
use crate::lock::{LockCall, LockSpec};

/// One call of a function under a lock: which lock, which keys. It never fails: an error waits for
/// the body.
pub fn locked(spec: LockSpec, keys: &[&dyn Fn(&mut KeyWriter<'_>)]) -> LockCall {
    let wanted = Larder::with_current(|larder| larder.locked(&spec, keys)).flatten();
    if let Err(error) = &wanted {
        complain_once(error);
    }
    LockCall::new(wanted, spec)
}

/// What a function under a lock may return.
#[diagnostic::on_unimplemented(
    message = "a function under a lock returns a `Result`, because without the lock it returns an error",
    label = "this is no `Result`",
    note = "write `Result<{Self}, larder::Error>`, or one with an error of your own that is `From<larder::Error>`"
)]
pub trait Locked {
    /// The return of a call that did not get its lock, or has lost it.
    fn without_lock(error: Error) -> Self;
}

/// An error that can say that a lock could not be had.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that the lock could not be had",
    label = "the error of a function under a lock must be `From<larder::Error>`",
    note = "write `impl From<larder::Error> for {Self} {{ … }}`"
)]
pub trait LockRefusal: From<Error> {}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> LockRefusal for E {}

impl<T, E: LockRefusal> Locked for Result<T, E> {
    fn without_lock(error: Error) -> Self {
        Err(E::from(error))
    }
}
