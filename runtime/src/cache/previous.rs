//! The old value, for a load that is to replace it.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::shape::CacheValue;
use crate::codec::Codec;
use crate::codec::envelope;

/// What a load is told by [`get_or_spawn`](crate::Entry::get_or_spawn): whether it refreshes a
/// value that is stored, and which.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # const FEEDS: larder::CacheSpec = larder::CacheSpec::new("feeds", larder::Ttl::after(std::time::Duration::from_secs(300)));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # async fn download_if_newer(than: Option<&String>) -> Option<String> { Some("news".to_owned()) }
/// # let entry = larder::Larder::memory().cache::<String>(FEEDS).entry(|key| key.arg("news"));
/// let feed = entry.get_or_spawn(|reload| async move {
///     let previous = reload.previous();
///     match download_if_newer(previous.as_deref()).await {
///         Some(feed) => feed,
///         None => previous.map(|it| it.not_modified()).unwrap_or_default(),
///     }
/// }).await;
/// # }
/// ```
pub struct Reload<V> {
    codec: Codec,
    old: Option<Old>,
    value: PhantomData<fn() -> V>,
}

/// The value that a load is to replace. It reads like the value.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::Previous;
///
/// /// Downloads the page, unless it is the one that is stored.
/// async fn page(previous: Option<Previous<String>>) -> String {
///     # let is_new = false;
///     match previous {
///         Some(previous) if !is_new => previous.not_modified(),
///         _ => "the new page".to_owned(),
///     }
/// }
/// ```
pub struct Previous<V>(V);

/// An entry as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Old(Arc<Vec<u8>>);

impl<V> Reload<V> {
    pub(crate) fn new(codec: Codec, old: Option<Old>) -> Self {
        Self {
            codec,
            old,
            value: PhantomData,
        }
    }
}

impl<V: CacheValue> Reload<V> {
    /// The value that is to be replaced; `None` if nothing is stored.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const FEEDS: larder::CacheSpec = larder::CacheSpec::new("feeds", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let entry = larder::Larder::memory().cache::<u64>(FEEDS).entry(|key| key.arg("news"));
    /// let version = entry
    ///     .get_or_spawn(|reload| async move { reload.previous().map_or(1, |it| *it + 1) })
    ///     .await;
    /// assert_eq!(version, 1);
    /// # }
    /// ```
    pub fn previous(&self) -> Option<Previous<V>> {
        let old = self.old.as_ref()?;
        self.codec.read(old.payload()).map(Previous)
    }
}

impl<V> Previous<V> {
    /// The value, to be returned where it has not changed: it is fresh again for its TTL. What is
    /// stored is what the load returns, so something else may be made of it too.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// fn unchanged(previous: larder::Previous<String>) -> String {
    ///     previous.not_modified()
    /// }
    /// ```
    pub fn not_modified(self) -> V {
        self.0
    }
}

impl<V> Previous<Option<V>> {
    /// The value, if there is one.
    pub(crate) fn present(self) -> Option<Previous<V>> {
        self.0.map(Previous)
    }
}

impl Old {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }

    /// The encoded value.
    pub(crate) fn payload(&self) -> &[u8] {
        envelope::payload(&self.0)
    }
}

impl<V> Deref for Previous<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0
    }
}

impl<V: fmt::Debug> fmt::Debug for Previous<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Previous").field(&self.0).finish()
    }
}

impl<V> fmt::Debug for Reload<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_refresh = self.old.is_some();
        f.debug_struct("Reload")
            .field("is_refresh", &is_refresh)
            .finish_non_exhaustive()
    }
}
