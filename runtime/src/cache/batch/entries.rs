//! The entries of one call of a batched method, to be looked at and changed by hand.

use std::collections::HashMap;
use std::fmt;

use super::call::BatchCall;
use super::pairs::{BatchId, Pairs};
use crate::cache::local::InvalidationToken;
use crate::cache::rules::ValueRules;
use crate::cache::shape::CacheValue;
use crate::cache::verbs::Given;
use crate::error::{Error, ErrorKind, Result};

/// The entries of a batched method's call, one for each id: what stands beside `repo.users(&ids)`
/// is `repo.users_entry(&ids)`. `C` is what the method returns, such as `HashMap<u64, User>`.
///
/// They are names, not a snapshot, like an [`Entry`](crate::Entry): every verb asks the backend
/// anew, in as few round trips as for one entry, and takes at most the command timeout of the
/// Larder (1 s unless set). Where there is no Larder or no tenant, every verb says so.
/// `#[invalidates(self.users(&ids))]` takes them too.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::Entries;
/// use std::collections::HashMap;
///
/// /// How many of these names are stored; none of them is afterwards.
/// async fn forget(names: Entries<HashMap<u64, String>>) -> larder::Result<usize> {
///     let stored = names.peek().await?;
///     names.invalidate().await?;
///     Ok(stored.len())
/// }
///
/// /// Puts them back, and answers under which keys.
/// async fn restore(
///     names: Entries<HashMap<u64, String>>,
///     stored: HashMap<u64, String>,
/// ) -> larder::Result<Vec<String>> {
///     names.put(stored).await?;
///     names.keys()
/// }
/// ```
pub struct Entries<C: Pairs> {
    call: BatchCall<C::Id>,
    rules: ValueRules<Option<C::Value>>,
}

impl<C: Pairs> Entries<C> {
    pub(crate) fn new(call: BatchCall<C::Id>, rules: ValueRules<Option<C::Value>>) -> Self {
        Self { call, rules }
    }

    /// What they are of, whatever their values are.
    pub(crate) fn into_call(self) -> BatchCall<()> {
        self.call.apart().1
    }

    /// The keys under which the backend has them, in the order of the ids.
    ///
    /// # Errors
    /// If no Larder is installed, or a tenant is required and none is in scope.
    pub fn keys(&self) -> Result<Vec<String>> {
        self.call.keys()
    }

    /// Removes them and voids the loads of them that are under way, as
    /// [`Entry::invalidate`](crate::Entry::invalidate) does. One round trip.
    ///
    /// # Errors
    /// The backend's. If it was away the invalidation [is queued](crate::Error::is_queued), and
    /// tried until it is done; otherwise some of the entries may still be there.
    pub async fn invalidate(&self) -> Result<InvalidationToken> {
        self.call.invalidate().await
    }
}

impl<C> Entries<C>
where
    C: Pairs<Id: BatchId>,
    Option<C::Value>: CacheValue,
{
    /// The stored values, as the method would return them, without loading. One round trip.
    ///
    /// # Errors
    /// The backend's.
    pub async fn peek(&self) -> Result<C> {
        let (ids, call) = self.call.clone().without_repetitions().apart();
        let kept = call.peek::<Option<C::Value>>().await?;
        let pairs = ids.into_iter().zip(kept);
        Ok(C::from_pairs(
            pairs.filter_map(|(id, kept)| Some((id, kept??))),
        ))
    }

    /// Stores these values in the place of what is there, and voids the loads of them that are
    /// under way. Entries whose ids are not among the pairs stay as they are. One round trip; where
    /// entries have tags, two.
    ///
    /// # Errors
    /// The backend's, after which some of the values may be stored; [`ErrorKind::Configuration`],
    /// with nothing stored, for an id that none of these entries is of; [`ErrorKind::TooLarge`] and
    /// [`ErrorKind::Encode`] for values that cannot be stored.
    pub async fn put(&self, values: C) -> Result<()> {
        let ids = self.call.ids.iter().enumerate();
        let places: HashMap<_, _> = ids.map(|(place, id)| (id, place)).collect();
        let (mut wanted, mut given) = (Vec::new(), Vec::new());
        for (id, value) in values.into_pairs() {
            let Some(place) = places.get(&id) else {
                let message = "a value is of an id that none of these entries is of: name all ids when you ask for the entries";
                let error = Error::new(ErrorKind::Configuration, "put", message);
                return Err(error.with("namespace", self.call.spec.namespace));
            };
            wanted.push(*place);
            given.push(Given::new(&self.call.spec, &self.rules, &Some(value)));
        }
        self.call.of(&wanted).put(given).await
    }
}

impl<C: Pairs> fmt::Debug for Entries<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries")
            .field("namespace", &self.call.spec.namespace)
            .field("keys", &self.call.keys())
            .finish_non_exhaustive()
    }
}
