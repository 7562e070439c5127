//! Larder itself, as its README sets it up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use larder::{Larder, cached};

use crate::measure::Result;
use crate::source::{self, User};

/// Connects it, for the rest of the process.
pub(crate) async fn connect(url: &str) -> Result<()> {
    Larder::builder()
        .url(url)
        .app("bench")
        .build()
        .await?
        .install()?;
    Ok(())
}

/// Connects it with all the time in the world. A machine that is busy with other things may stall
/// for longer than the 50 ms that a call has by default; the call then runs its body, and no hit is
/// measured.
pub(crate) async fn connect_patiently(url: &str) -> Result<()> {
    let patient = Larder::builder().call_budget(Duration::from_secs(5));
    patient.url(url).app("bench").build().await?.install()?;
    Ok(())
}

/// The function that is cached.
#[cached(namespace = "users", ttl = "5m")]
pub(crate) async fn user(id: u64) -> User {
    source::load(id).await
}

/// Many in one call.
#[cached(namespace = "batched.users", ttl = "5m", batch)]
pub(crate) async fn users(ids: &[u64]) -> HashMap<u64, User> {
    let mut users = HashMap::new();
    for id in ids {
        users.insert(*id, source::load(*id).await);
    }
    users
}

/// The same, with copies in this process.
#[cached(namespace = "local.users", ttl = "5m", local = true)]
pub(crate) async fn local_user(id: u64) -> User {
    source::load(id).await
}

/// The same, whose value is not copied.
#[cached(namespace = "local.shared", ttl = "5m", local = true)]
pub(crate) async fn shared_user(id: u64) -> Arc<User> {
    Arc::new(source::load(id).await)
}
