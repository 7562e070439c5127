//! Tags.

use super::{Cache, Larder};
use crate::cache::{InvalidationToken, invalidate_tag};
use crate::error::Result;
use crate::key::Tag;

impl Larder {
    /// Invalidates every entry with this tag, of all functions of this app and tenant, and voids
    /// the loads of such entries that are under way. It costs the same for one entry and for a
    /// million: one round trip.
    ///
    /// The text is the tag as `tags = ["user:{id}"]` writes it, so `format!("user:{id}")` is right
    /// for ids that are texts, numbers, truth values or UUIDs. What is answered can be asked for by
    /// readers: see [`at_least`](crate::at_least).
    ///
    /// # Errors
    /// The backend's. If it [is queued](crate::Error::is_queued), it is tried until it is done;
    /// otherwise it may not be invalidated, and calling again does no harm.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let larder = larder::Larder::memory();
    /// let cart = larder.cache::<u64>(USERS).entry(|key| key.arg("cart")).tag("user:7");
    /// cart.put(&3).await?;
    /// larder.invalidate_tag("user:7").await?;
    /// assert_eq!(cart.peek().await?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invalidate_tag(&self, tag: impl AsRef<str>) -> Result<InvalidationToken> {
        let tag = Tag::new(tag.as_ref());
        let key = self.key_scope("invalidate_tag")?.tag_key(&tag);
        invalidate_tag(self.cache_engine(), &key).await
    }
}

impl<V> Cache<V> {
    /// Gives every entry of this cache a tag; [`Entry::tag`](crate::Entry::tag) gives one to a
    /// single entry. Entries that were stored without it are misses.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// let users = larder::Larder::memory().cache::<u64>(USERS).tag("directory");
    /// ```
    #[must_use]
    pub fn tag(mut self, tag: impl AsRef<str>) -> Self {
        self.tags.push(tag.as_ref().to_owned());
        self
    }
}
