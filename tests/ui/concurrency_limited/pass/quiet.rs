//! Lints stay quiet, and foreign attributes stay where they are.
#![deny(warnings, missing_docs, clippy::pedantic)]
#![forbid(unsafe_code)]

/// Another name for a result.
pub type Done<T> = Result<T, larder::Error>;

/// So many at a time.
///
/// # Errors
/// That there was no permit.
#[larder::concurrency_limited(10, namespace = "n", key = "{user.id}", lease = "30s", wait = "0s")]
#[tracing::instrument(skip_all)]
pub async fn f<T: Into<String> + Send>(user: &User, text: T) -> Done<String> {
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
    is_send(&f(&user, "text"));
}
