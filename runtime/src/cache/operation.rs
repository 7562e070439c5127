//! What a companion of a cached function answers: something that is done when it is awaited.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::{Error, ErrorKind, Result};

/// One operation on a cache, by a companion of a cached function: `user::peek(7)`,
/// `user::invalidate(7)`. It does nothing until it is awaited.
///
/// It owns what it sends: arguments and values were written when it was made, so it may be spawned
/// and sent to other threads. Which Larder and which tenant it is about is settled when it is first
/// polled: those in use there, so `larder.scope(user::peek(7))` asks that Larder.
///
/// It takes at most the command timeout of the Larder (1 s unless set); `clear`, and what reads or
/// invalidates by an index, goes page by page, and takes that for a page. With the backend away it
/// is an error, and so it is without a Larder. Dropping it while it is awaited leaves open whether
/// the server has done it: no entry is left half done, and an invalidation is queued, to be carried
/// out all the same.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[allow(non_camel_case_types)] struct user {}
/// # impl user {
/// #     fn draft(id: u64) -> larder::__private::Draft<String> {
/// #         let ttl = larder::Ttl::after(std::time::Duration::from_secs(300));
/// #         let spec = larder::CacheSpec::new("users", ttl);
/// #         larder::__private::Drafting::<String>::new().draft(&[&id], larder::__private::Declaration::made(spec))
/// #     }
/// #     fn peek(id: u64) -> larder::CacheOperation<Option<String>> { Self::draft(id).peek() }
/// #     fn put(id: u64, value: &String) -> larder::CacheOperation<()> { Self::draft(id).put(value) }
/// #     fn invalidate(id: u64) -> larder::CacheOperation<larder::InvalidationToken> { Self::draft(id).invalidate() }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::Larder;
///
/// // `user` is an annotated function that returns a `String`.
/// let larder = Larder::memory();
/// larder.scope(user::put(7, &"Ada".to_owned())).await?;
/// assert_eq!(larder.scope(user::peek(7)).await?, Some("Ada".to_owned()));
///
/// larder.install()?;
/// tokio::spawn(user::invalidate(7)).await.unwrap()?;
/// assert_eq!(user::peek(7).await?, None);
/// # Ok(())
/// # }
/// ```
#[must_use = "an operation does nothing until it is awaited"]
pub struct CacheOperation<R> {
    verb: &'static str,
    /// Gone once it has answered.
    asking: Option<Asking<R>>,
}

type Asking<R> = Pin<Box<dyn Future<Output = Result<R>> + Send>>;

impl<R> CacheOperation<R> {
    /// The operation that does this.
    pub(crate) fn new(
        verb: &'static str,
        asking: impl Future<Output = Result<R>> + Send + 'static,
    ) -> Self {
        Self {
            verb,
            asking: Some(Box::pin(asking)),
        }
    }

    /// What stands for an operation in a program that does not compile.
    pub(crate) fn never(verb: &'static str) -> Self {
        Self { verb, asking: None }
    }
}

impl<R> Future for CacheOperation<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        let Some(asking) = &mut self.asking else {
            let message = "this operation was awaited before: make another one";
            return Poll::Ready(Err(Error::new(
                ErrorKind::Configuration,
                self.verb,
                message,
            )));
        };
        let polled = asking.as_mut().poll(context);
        if polled.is_ready() {
            self.asking = None;
        }
        polled
    }
}

impl<R> fmt::Debug for CacheOperation<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CacheOperation").field(&self.verb).finish()
    }
}
