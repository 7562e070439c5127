//! Bodies that own what they need, and so may outlive a call.

use std::future::Future;
use std::pin::Pin;

/// A body that owns what it needs.
pub(crate) type Owned<R> = Pin<Box<dyn Future<Output = R> + Send>>;

/// Starts a task that has the Larder and the tenant of the one that starts it.
pub(crate) type Spawn = fn(Owned<()>);
