#![doc = include_str!("../macros/src/cached/docs.md")]

#[doc = include_str!("../macros/src/cache/docs.md")]
mod cache {}

#[doc = include_str!("../macros/src/invalidates/docs.md")]
mod invalidates {}

#[doc = include_str!("../macros/src/cache_put/docs.md")]
mod cache_put {}

#[doc = include_str!("../macros/src/with_lock/docs.md")]
mod with_lock {}

#[doc = include_str!("../macros/src/rate_limited/docs.md")]
mod rate_limited {}

#[doc = include_str!("../macros/src/concurrency_limited/docs.md")]
mod concurrency_limited {}

#[doc = include_str!("../macros/src/idempotent/docs.md")]
mod idempotent {}

#[doc = include_str!("../macros/src/test/docs.md")]
mod test {}

#[doc = include_str!("../macros/src/cache_key/docs.md")]
mod cache_key {}

#[doc = include_str!("../macros/src/schema/docs.md")]
mod schema {}

/// What an annotated function captures it captures in every edition: the words that say so are
/// those of the attribute.
///
/// ```edition2021
/// #[larder::cached(namespace = "pages", ttl = "5m", skip(site))]
/// pub async fn page<S: Sync + ?Sized>(path: &str, language: &String, site: &S) -> String {
///     let _ = site;
///     format!("{language}{path}")
/// }
///
/// # async fn checked() -> larder::Result<()> {
/// let (path, language) = ("/".to_owned(), "de".to_owned());
/// assert_eq!(page(&path, &language, "here").await, "de/");
/// assert_eq!(page::refresh(&path, &language, "here").await, "de/");
/// # Ok(()) }
/// ```
mod edition {}
