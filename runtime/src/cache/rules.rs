//! What a plain call says of values and errors: what the attribute's closures are to an annotated function.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error_codec::ErrorCodec;
use super::index::IndexValues;
use super::patience::GivingUp;
use super::probe::{Absent, Cloning, Sharing};
use super::spec::CacheSpec;
use super::stored::Presence;
use super::ttl::Ttl;
use crate::error::Error;
use crate::key::IndexValue;

/// Decides something by looking at a value.
pub(crate) enum Rule<T, Answer> {
    /// An attribute's, which sees nothing but the value.
    Fixed(fn(&T) -> Answer),
    /// A plain call's, and what asks it.
    Shared(Held, fn(&Held, &T) -> Option<Answer>),
}

/// A closure with its type forgotten: what drops it and counts its owners is then the same for all rules of all types, and
/// translated once.
#[derive(Clone)]
pub(crate) struct Held(Arc<dyn Any + Send + Sync>);

/// What the value decides.
pub(crate) struct ValueRules<V> {
    /// How to tell an absent value, which is stored only with a `none_ttl`.
    pub(crate) absent: Absent<V>,
    /// How long a value lives; the spec's TTL is the ceiling.
    pub(crate) ttl_from: Option<Rule<V, Ttl>>,
    /// Whether a loaded value is stored.
    pub(crate) store_if: Option<Rule<V, bool>>,
    /// Under what a value is listed.
    pub(crate) lists: Option<Lists<V>>,
    /// How copies of it are kept in this process.
    pub(crate) cloning: Cloning<V>,
}

/// Names the values of indexes under which a value is listed.
pub(crate) enum Lists<V> {
    /// An attribute's, which sees nothing but the value.
    Fixed(fn(&V, &mut IndexValues)),
    /// A plain call's, and what asks it.
    Shared(Held, fn(&Held, &V, &mut IndexValues)),
}

impl Held {
    fn new(rule: impl Any + Send + Sync) -> Self {
        Self(Arc::new(rule))
    }

    /// The closure, to who knows its type.
    fn rule<F: 'static>(&self) -> Option<&F> {
        self.0.downcast_ref()
    }
}

impl<V> Lists<V> {
    /// What this closure names.
    pub(crate) fn shared<F>(lists: F) -> Self
    where
        F: Fn(&V, &mut IndexValues) + Send + Sync + 'static,
    {
        Self::Shared(Held::new(lists), |held, value, values| {
            if let Some(lists) = held.rule::<F>() {
                lists(value, values);
            }
        })
    }

    /// Adds what it names for this value.
    pub(crate) fn ask(&self, value: &V, values: &mut IndexValues) {
        match self {
            Self::Fixed(lists) => lists(value, values),
            Self::Shared(lists, ask) => ask(lists, value, values),
        }
    }
}

impl<T, Answer> Rule<T, Answer> {
    /// What this closure says.
    pub(crate) fn shared<F>(rule: F) -> Self
    where
        F: Fn(&T) -> Answer + Send + Sync + 'static,
    {
        Self::Shared(Held::new(rule), |held, value| {
            held.rule::<F>().map(|rule| rule(value))
        })
    }

    /// What it says of this value, if it says something.
    pub(crate) fn ask(&self, value: &T) -> Option<Answer> {
        match self {
            Self::Fixed(rule) => Some(rule(value)),
            Self::Shared(rule, ask) => ask(rule, value),
        }
    }
}

impl<V> ValueRules<V> {
    /// No rules: every value is present, and lives as long as the spec says.
    pub(crate) const fn new() -> Self {
        Self::of_type(|_| false, Cloning::none())
    }

    /// What the type of a value says, and no other rules.
    pub(crate) const fn of_type(absent: Absent<V>, cloning: Cloning<V>) -> Self {
        Self {
            absent,
            ttl_from: None,
            store_if: None,
            lists: None,
            cloning,
        }
    }

    /// Under what this value is listed.
    pub(crate) fn listed(&self, value: &V) -> Vec<IndexValue> {
        let mut values = IndexValues::default();
        if let Some(lists) = &self.lists {
            lists.ask(value, &mut values);
        }
        values.into_found()
    }

    /// Whether this value says that there is none, and is remembered as such.
    pub(crate) fn presence(&self, spec: &CacheSpec, value: &V) -> Presence {
        if spec.none_ttl.is_some() && (self.absent)(value) {
            Presence::Absent
        } else {
            Presence::Present
        }
    }

    /// How long to store a value that was loaded, before jitter; `None` if it is not to be stored.
    pub(crate) fn ttl_of_loaded(&self, spec: &CacheSpec, value: &V) -> Option<Ttl> {
        if let Some(store_if) = &self.store_if
            && let Some(false) = store_if.ask(value)
        {
            return None;
        }
        if (self.absent)(value) {
            return spec.none_ttl;
        }
        Some(self.ttl_of_present(spec, value))
    }

    /// How long to store a value that is put, before jitter: whoever puts it wants it stored.
    pub(crate) fn ttl_of_put(&self, spec: &CacheSpec, value: &V) -> Ttl {
        match spec.none_ttl {
            Some(ttl) if (self.absent)(value) => ttl,
            _ => self.ttl_of_present(spec, value),
        }
    }

    fn ttl_of_present(&self, spec: &CacheSpec, value: &V) -> Ttl {
        if let Some(ttl_from) = &self.ttl_from
            && let Some(ttl) = ttl_from.ask(value)
        {
            return ttl.min(spec.ttl);
        }
        spec.ttl
    }
}

impl<T, Answer> Clone for Rule<T, Answer> {
    fn clone(&self) -> Self {
        match self {
            Self::Fixed(rule) => Self::Fixed(*rule),
            Self::Shared(rule, ask) => Self::Shared(rule.clone(), *ask),
        }
    }
}

impl<V> Clone for Lists<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Fixed(lists) => Self::Fixed(*lists),
            Self::Shared(lists, ask) => Self::Shared(lists.clone(), *ask),
        }
    }
}

impl<V> Clone for ValueRules<V> {
    fn clone(&self) -> Self {
        Self {
            absent: self.absent,
            ttl_from: self.ttl_from.clone(),
            store_if: self.store_if.clone(),
            lists: self.lists.clone(),
            cloning: self.cloning,
        }
    }
}

impl<V> fmt::Debug for ValueRules<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueRules")
            .field("ttl_from", &self.ttl_from.is_some())
            .field("store_if", &self.store_if.is_some())
            .field("lists", &self.lists.is_some())
            .finish_non_exhaustive()
    }
}

/// What becomes of the errors of a load, for [`Entry::try_get_or_load_with`](super::Entry::try_get_or_load_with).
///
/// Without any rule an error goes to the caller whose load met it and to nobody else, nothing of it is stored, and the
/// load runs when the backend is away.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::ErrorRules;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, Serialize, Deserialize)]
/// enum DbError { NoSuchUser, Down }
///
/// let rules = ErrorRules::new()
///     .share()
///     .cache_err(|error| matches!(error, DbError::NoSuchUser));   // for the spec's `err_ttl`
/// ```
pub struct ErrorRules<E> {
    pub(crate) sharing: Sharing<E>,
    pub(crate) stored: Option<(Rule<E, bool>, ErrorCodec<E>)>,
    pub(crate) rescue: Option<fn(Error) -> E>,
    pub(crate) giving_up: Option<GivingUp<E>>,
}

impl<E> ErrorRules<E> {
    /// No rules.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sharing: Sharing::none(),
            stored: None,
            rescue: None,
            giving_up: None,
        }
    }

    /// Callers of this process that wait for the same load get a clone of its error. Without this, each of them loads in
    /// its turn.
    #[must_use]
    pub fn share(mut self) -> Self
    where
        E: Clone + Send + 'static,
    {
        self.sharing = Sharing::by_clone();
        self
    }

    /// Errors that the rule picks are stored for the spec's [`err_ttl`](super::CacheSpec::err_ttl), and returned to later
    /// callers without a load. Without an `err_ttl` none is stored.
    #[must_use]
    pub fn cache_err(mut self, rule: impl Fn(&E) -> bool + Send + Sync + 'static) -> Self
    where
        E: Serialize + DeserializeOwned,
    {
        self.stored = Some((Rule::shared(rule), ErrorCodec::new()));
        self
    }

    /// With the backend away the call returns this error, and the load does not run: what `on_error = "fail"` is to an
    /// attribute.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::ErrorRules;
    ///
    /// #[derive(Debug)]
    /// struct Failed(String);
    ///
    /// impl From<larder::Error> for Failed {
    ///     fn from(error: larder::Error) -> Self {
    ///         Self(error.to_string())
    ///     }
    /// }
    ///
    /// let rules = ErrorRules::<Failed>::new().fail_on_error();
    /// ```
    #[must_use]
    pub fn fail_on_error(mut self) -> Self
    where
        E: From<Error>,
    {
        self.rescue = Some(E::from);
        self
    }

    /// A call that has nothing stored to answer waits for so long, and then returns an error of the kind
    /// [`LoadTimeout`](crate::ErrorKind::LoadTimeout): what `hard = "2s"` is to an attribute. The load goes on without it, and what
    /// it answers is stored.
    ///
    /// It is for loads that may outlive their caller, those of
    /// [`try_get_or_spawn_with`](crate::Entry::try_get_or_spawn_with). One that was lent to
    /// [`try_get_or_load_with`](crate::Entry::try_get_or_load_with) would be cut off, so there it says nothing.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// use larder::{ErrorKind, ErrorRules};
    /// use std::time::Duration;
    ///
    /// let rules = ErrorRules::<larder::Error>::new().give_up_after(Duration::from_secs(2));
    /// let slow = |_| async {
    ///     tokio::time::sleep(Duration::from_secs(5)).await;
    ///     Ok(1)
    /// };
    /// let answered = entry.try_get_or_spawn_with(&rules, slow).await;
    /// assert_eq!(answered.unwrap_err().kind(), ErrorKind::LoadTimeout);
    ///
    /// tokio::time::sleep(Duration::from_secs(4)).await;
    /// assert_eq!(entry.peek().await?, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn give_up_after(mut self, time: Duration) -> Self
    where
        E: From<Error>,
    {
        self.giving_up = Some(GivingUp::after(time));
        self
    }
}

impl<E> Clone for ErrorRules<E> {
    fn clone(&self) -> Self {
        Self {
            sharing: self.sharing,
            stored: self.stored.clone(),
            rescue: self.rescue,
            giving_up: self.giving_up,
        }
    }
}

impl<E> Default for ErrorRules<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> fmt::Debug for ErrorRules<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorRules")
            .field("share", &self.sharing.is_possible())
            .field("cache_err", &self.stored.is_some())
            .field("fail_on_error", &self.rescue.is_some())
            .field("give_up_after", &self.giving_up)
            .finish()
    }
}
