//! Lints stay quiet, and foreign attributes stay where they are.
#![deny(warnings, missing_docs, clippy::pedantic)]
#![forbid(unsafe_code)]

/// Somebody.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct User {
    id: u64,
    team: u32,
}

/// Loads.
#[larder::cached(namespace = "users", ttl = "1m", index(team = value.team))]
pub async fn user(id: u64) -> User {
    User { id, team: 3 }
}

/// Writes, and borrows.
///
/// # Errors
/// None.
#[larder::invalidates(user(id.into()), user::invalidate_team(&value.team))]
#[larder::cache_put(user(value.id))]
#[tracing::instrument(skip_all)]
#[must_use = "it may have failed"]
pub async fn write<T: Into<u64> + Copy + Send>(id: T, _note: &str) -> Result<User, larder::Error> {
    let id = id.into();
    if id == 0 {
        return Ok(User { id, team: 0 });
    }
    Ok(User { id, team: 3 })
}

/// Writes to what it was given before it reads it.
#[larder::invalidates(user(from.id))]
pub async fn replace(mut from: User) -> u32 {
    from.team = 7;
    from.team
}

/// Answers nothing.
#[larder::invalidates(user::clear())]
pub async fn reset() {}

fn is_send<T: Send>(_: &T) {}

fn main() {
    is_send(&write(7_u32, "text"));
    is_send(&reset());
}
