//! Filling a cache before it is asked.

use std::fmt;
use std::future::Future;

use futures_util::StreamExt;
use futures_util::stream;

/// Calls a function for many ids before anybody needs them: what [`warm_up`] answers.
///
/// Nothing happens before [`run`](Self::run) does. Whatever is stored already is read and not
/// loaded again, since it is the cached function itself that is called.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # async fn user(id: u64) -> Result<u64, String> { Ok(id) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let warming: larder::WarmUp<u64> = larder::warm_up([7, 8]).batches_of(1);
/// let warmed = warming.run(|ids| async move { user(ids[0]).await.map(drop) }).await;
/// assert_eq!(warmed.progress.done, 2);
/// # }
/// ```
#[must_use = "nothing is warmed up before `run`"]
pub struct WarmUp<K> {
    ids: Vec<K>,
    size: usize,
    at_once: usize,
    progress: Option<Box<dyn Fn(WarmUpProgress) + Send + Sync>>,
}

/// How far a warm-up has come.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # async fn user(id: u64) -> Result<u64, String> { Ok(id) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let warmed = larder::warm_up([7, 8]).batches_of(1).run(|ids| async move { user(ids[0]).await.map(drop) }).await;
/// assert_eq!((warmed.progress.done, warmed.progress.failed, warmed.progress.total), (2, 0, 2));
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WarmUpProgress {
    /// Ids whose calls have succeeded.
    pub done: usize,
    /// Ids whose calls have failed.
    pub failed: usize,
    /// All ids.
    pub total: usize,
}

/// What a warm-up has come to.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # async fn user(id: u64) -> Result<u64, String> { Ok(id) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let warmed = larder::warm_up([7, 8]).batches_of(1).run(|ids| async move { user(ids[0]).await.map(drop) }).await;
/// for (ids, error) in warmed.failures {
///     println!("{ids:?}: {error}");
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct WarmedUp<K, E> {
    /// How many ids it was, and how many of them failed.
    pub progress: WarmUpProgress,
    /// The calls that failed: their ids, and why.
    pub failures: Vec<(Vec<K>, E)>,
}

/// Prepares a warm-up for these ids: in batches of 100, of which four are under way at once, unless
/// it is told otherwise.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # async fn prices(articles: &[u32]) -> Result<Vec<(u32, u64)>, String> { Ok(articles.iter().map(|id| (*id, 250)).collect()) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // `prices` is a batched function.
/// let warmed = larder::warm_up(0..1000_u32)
///     .batches_of(50)
///     .at_once(2)
///     .on_progress(|progress| println!("{} of {}", progress.done, progress.total))
///     .run(|ids| async move { prices(&ids).await.map(drop) })
///     .await;
/// assert_eq!(warmed.progress.done, 1000);
/// assert!(warmed.failures.is_empty());
/// # }
/// ```
pub fn warm_up<K>(ids: impl IntoIterator<Item = K>) -> WarmUp<K> {
    WarmUp {
        ids: ids.into_iter().collect(),
        size: 100,
        at_once: 4,
        progress: None,
    }
}

impl<K> WarmUp<K> {
    /// How many ids one call gets; with 1, a function for one id will do. At least one.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # async fn user(id: u64) -> Result<u64, String> { Ok(id) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// // `user` is a cached function for one id.
    /// let warming = larder::warm_up([7, 8]).batches_of(1);
    /// let warmed = warming.run(|ids| async move { user(ids[0]).await.map(drop) }).await;
    /// assert_eq!(warmed.progress.done, 2);
    /// # }
    /// ```
    pub fn batches_of(mut self, size: usize) -> Self {
        self.size = size.max(1);
        self
    }

    /// How many calls are under way at once: what the source can bear. At least one.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # async fn user(id: u64) -> Result<u64, String> { Ok(id) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let warming = larder::warm_up([7, 8]).batches_of(1).at_once(2);
    /// let warmed = warming.run(|ids| async move { user(ids[0]).await.map(drop) }).await;
    /// # assert_eq!(warmed.progress.done, 2);
    /// # }
    /// ```
    pub fn at_once(mut self, calls: usize) -> Self {
        self.at_once = calls.max(1);
        self
    }

    /// Has this called after each call, with how far it has come by then.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # async fn user(id: u64) -> Result<u64, String> { Ok(id) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let warming = larder::warm_up([7, 8])
    ///     .batches_of(1)
    ///     .on_progress(|progress| println!("{} of {}", progress.done, progress.total));
    /// let warmed = warming.run(|ids| async move { user(ids[0]).await.map(drop) }).await;
    /// # assert_eq!(warmed.progress.done, 2);
    /// # }
    /// ```
    pub fn on_progress(mut self, tell: impl Fn(WarmUpProgress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Box::new(tell));
        self
    }

    /// Makes the calls, in the order of the ids. One that fails does not stop the others.
    ///
    /// All of it is part of this future: the calls have its Larder and its tenant, and dropping it
    /// ends them. With the backend away the cached function does as it says, so its body runs and
    /// nothing is stored.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # async fn user(id: u64) -> Result<u64, String> { Ok(id) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let warmed = larder::warm_up([7, 8]).batches_of(1).run(|ids| async move { user(ids[0]).await.map(drop) }).await;
    /// assert_eq!(warmed.progress.done, 2);
    /// # }
    /// ```
    pub async fn run<E, F>(self, call: impl Fn(Vec<K>) -> F) -> WarmedUp<K, E>
    where
        K: Clone,
        F: Future<Output = Result<(), E>>,
    {
        let mut progress = WarmUpProgress {
            total: self.ids.len(),
            ..WarmUpProgress::default()
        };
        let mut failures = Vec::new();
        let calls = self.ids.chunks(self.size).map(|ids| {
            let called = call(ids.to_vec());
            async move { (ids, called.await) }
        });
        let mut calls = stream::iter(calls).buffer_unordered(self.at_once);
        while let Some((ids, outcome)) = calls.next().await {
            match outcome {
                Ok(()) => progress.done += ids.len(),
                Err(error) => {
                    progress.failed += ids.len();
                    failures.push((ids.to_vec(), error));
                }
            }
            if let Some(tell) = &self.progress {
                tell(progress);
            }
        }
        WarmedUp { progress, failures }
    }
}

impl<K> fmt::Debug for WarmUp<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WarmUp")
            .field("ids", &self.ids.len())
            .field("batches_of", &self.size)
            .field("at_once", &self.at_once)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn no_more_calls_are_under_way_than_may_be() {
        let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let call = async |ids: Vec<u32>| {
            let now = under_way.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            for _ in ids {
                tokio::task::yield_now().await;
            }
            under_way.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, ()>(())
        };
        let warmed = warm_up(0..95).batches_of(10).at_once(3).run(call).await;
        assert_eq!(warmed.progress.done, 95);
        assert_eq!(most.into_inner(), 3);
    }

    #[tokio::test]
    async fn a_call_that_fails_is_told_and_does_not_stop_the_others() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&told);
        let warmed = warm_up(0..5)
            .batches_of(2)
            .at_once(1)
            .on_progress(move |progress| {
                let mut told = tell.lock().unwrap();
                told.push((progress.done, progress.failed));
            })
            .run(|ids| async move {
                if ids == [2, 3] {
                    Err("no database")
                } else {
                    Ok(())
                }
            })
            .await;
        assert_eq!(warmed.failures, [(vec![2, 3], "no database")]);
        assert_eq!(*told.lock().unwrap(), [(2, 0), (2, 2), (3, 2)]);
    }
}
