//! Lints stay quiet, and foreign attributes stay where they are.
#![deny(warnings, missing_docs, clippy::pedantic)]
#![forbid(unsafe_code)]

/// Another name for a result.
pub type Shipped<T> = Result<T, larder::Error>;

/// Locked by a part of its arguments.
///
/// # Errors
/// Without the lock.
#[larder::with_lock(key = "{user.id}", lease = "30s", fair)]
#[tracing::instrument(skip_all)]
pub async fn f<T: Into<String> + Send>(user: &User, mut texts: Vec<T>) -> Shipped<String> {
    let Some(text) = texts.pop() else {
        return Ok(user.id.to_string());
    };
    Ok(text.into())
}

/// Locked by two keys, and nothing to do.
///
/// # Errors
/// Without the locks.
#[larder::with_lock(key = ["a:{from}", "b:{to}"], try)]
pub async fn g(from: u64, to: u64) -> Result<(), larder::Error> {
    Ok(())
}

/// Writes to what it was given before it reads it.
///
/// # Errors
/// Without the lock.
#[larder::with_lock(key = "{id}")]
pub async fn h(mut id: u64, (mut from, to): (u64, u64), mut user: User) -> Shipped<u64> {
    id = to;
    from = id + 1;
    user.id = from;
    Ok(user.id)
}

/// Somebody.
#[derive(Debug)]
pub struct User {
    id: u64,
}

fn is_send<T: Send>(_: &T) {}

fn main() {
    let user = User { id: 7 };
    is_send(&f(&user, vec!["text"]));
    is_send(&g(1, 2));
    is_send(&h(1, (2, 3), User { id: 8 }));
}
