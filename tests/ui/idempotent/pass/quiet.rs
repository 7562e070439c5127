//! Lints stay quiet, and foreign attributes stay where they are.
#![deny(warnings, missing_docs, clippy::pedantic)]
#![forbid(unsafe_code)]

/// Another name for a result.
pub type Placed<T> = Result<T, larder::Error>;

/// Runs once for each request.
///
/// # Errors
/// That it may not run.
#[larder::idempotent(namespace = "n", key = "{user.id}:{request}", ttl = "1h", skip(user, text))]
#[tracing::instrument(skip_all)]
pub async fn f<T: Into<String> + Send>(user: &User, request: u64, text: T) -> Placed<String> {
    let text = text.into();
    if text.is_empty() {
        return Ok(user.id.to_string());
    }
    Ok(text)
}

/// Somebody.
#[derive(Debug)]
pub struct User {
    id: u64,
}

fn is_send<T: Send>(_: &T) {}

fn main() {
    let user = User { id: 7 };
    is_send(&f(&user, 8, "text"));
}
