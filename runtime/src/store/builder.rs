//! Settings for a typed store.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::engine::StoreEngine;
use super::handle::{Space, Store};
use crate::cache::Ttl;
use crate::codec::Codec;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Scope;

/// Settings for a typed store: made by [`Larder::store`](crate::Larder::store), finished by
/// [`ttl`](Self::ttl) or [`durable`](Self::durable).
///
/// There is no default for how long things live: no key is without an end unless somebody has said
/// so.
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::Larder;
/// use std::time::Duration;
///
/// let larder = Larder::memory();
/// let sessions = larder.store::<String>("sessions").ttl(Duration::from_secs(1800))?;
/// let settings = larder.store::<String>("settings").version(2).durable()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "say how long things live, by `ttl` or `durable`, to get the store"]
pub struct StoreBuilder<T> {
    engine: Arc<StoreEngine>,
    scope: Result<Scope>,
    namespace: &'static str,
    version: Option<u32>,
    codec: Codec,
    value: PhantomData<fn() -> T>,
}

impl<T> StoreBuilder<T> {
    pub(crate) fn new(
        engine: Arc<StoreEngine>,
        scope: Result<Scope>,
        namespace: &'static str,
    ) -> Self {
        Self {
            engine,
            scope,
            namespace,
            version: None,
            codec: Codec::default(),
            value: PhantomData,
        }
    }

    /// The version of what is stored: stores with different versions never see each other's keys,
    /// save by [`clear`](Store::clear). Default: 1.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # fn main() -> Result<()> {
    /// let carts = Larder::memory().store::<Vec<String>>("carts").version(2).durable()?;
    /// assert_eq!(carts.key(&7), "larder::=carts:2:7");
    /// # Ok(())
    /// # }
    /// ```
    pub fn version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self
    }

    /// How values are encoded. Default: [`Codec::MessagePack`]. The positional codecs, which would
    /// decode a changed type into wrong values, need a [`version`](Self::version) to be said.
    ///
    /// ```
    /// # use larder_runtime::{Codec, Larder, Result};
    /// # fn main() -> Result<()> {
    /// let carts = Larder::memory().store::<Vec<String>>("carts").codec(Codec::MessagePack).durable()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// The store, whose keys live this long unless [`Store::with_ttl`] says otherwise.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result, Ttl};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let carts = Larder::memory().store::<String>("carts").ttl(Duration::from_secs(60))?;
    /// carts.set(&7, &"tea".to_owned()).await?;
    /// assert!(carts.ttl(&7).await? <= Some(Ttl::after(Duration::from_secs(60))));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::TenantRequired`] if tenancy is required and the Larder has no tenant;
    /// [`ErrorKind::Configuration`] for an empty namespace, a TTL of zero, and a positional codec
    /// without a version.
    pub fn ttl(self, ttl: impl Into<Ttl>) -> Result<Store<T>> {
        let ttl = ttl.into();
        if ttl.to_millis().is_none() {
            return Err(wrong("the TTL is zero: give things at least 1 ms to live"));
        }
        if self.namespace.is_empty() {
            return Err(wrong("the namespace is empty: give the store a name"));
        }
        if self.codec.is_positional() && self.version.is_none() {
            let message = "a positional codec decodes a changed type into wrong values: say `.version(1)`, and count it up with every change of the type";
            return Err(wrong(message).with("codec", self.codec.name()));
        }
        let space = Space {
            scope: self.scope?.of_stores(),
            counters: self.engine.context().metrics().of(self.namespace),
            engine: self.engine,
            namespace: self.namespace,
            version: self.version.unwrap_or(1),
            codec: self.codec,
        };
        Ok(Store::new(space, ttl))
    }

    /// The store, whose keys live until they are removed: `ttl(Ttl::NEVER)`.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result, Ttl};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let settings = Larder::memory().store::<String>("settings").durable()?;
    /// settings.set("theme", &"dark".to_owned()).await?;
    /// assert_eq!(settings.ttl("theme").await?, Some(Ttl::NEVER));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`ttl`](Self::ttl).
    pub fn durable(self) -> Result<Store<T>> {
        self.ttl(Ttl::NEVER)
    }
}

fn wrong(message: &'static str) -> Error {
    Error::new(ErrorKind::Configuration, "store", message)
}

impl<T> fmt::Debug for StoreBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreBuilder")
            .field("namespace", &self.namespace)
            .field("version", &self.version)
            .field("codec", &self.codec)
            .finish_non_exhaustive()
    }
}
