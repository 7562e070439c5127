//! Lints stay quiet, and foreign attributes stay where they are.
#![deny(warnings, missing_docs, clippy::pedantic)]
#![forbid(unsafe_code)]

/// Another name for a result.
pub type Loaded<T> = Result<T, larder::Error>;

/// Limited by a part of its arguments.
///
/// # Errors
/// A denial.
#[larder::rate_limited("10/s, 100/m burst 20", namespace = "n", key = "{user.id}")]
#[tracing::instrument(skip_all)]
pub async fn f<T: Into<String> + Send>(user: &User, text: T) -> Loaded<String> {
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
