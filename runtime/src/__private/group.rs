//! All entries of a cached function with one value of an index, as its companions name them.
//!
//! Which Larder is asked is settled when the operation is first polled, as with every companion.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::cache::shape::CacheValue;
use crate::cache::{CacheOperation, Declaration, Group, Sight};
use crate::error::Result;
use crate::key::{CacheKey, IndexValue};
use crate::larder::Larder;

/// The entries with one value of an index.
pub struct GroupDraft<V>(UnstorableGroup<V>);

/// What [`GroupDraft`] is for values that cannot be stored.
pub struct UnstorableGroup<V> {
    draft: Draft,
    values: PhantomData<fn() -> V>,
}

#[derive(Debug, Clone)]
struct Draft {
    spec: Declaration,
    value: IndexValue,
    sight: Sight,
}

/// The entries of this cache with this value of the index, which is one of so many.
pub fn group<V>(
    spec: Declaration,
    index: &'static str,
    value: &(impl CacheKey + ?Sized),
    indexes: usize,
) -> GroupDraft<V> {
    let sight = match indexes {
        1 => Sight::Blind,
        _ => Sight::Look,
    };
    let value = IndexValue::new(index, |writer| writer.arg(value));
    GroupDraft(UnstorableGroup {
        draft: Draft { spec, value, sight },
        values: PhantomData,
    })
}

impl<V: CacheValue> GroupDraft<V> {
    /// Their values.
    pub fn values(self) -> CacheOperation<Vec<V>> {
        let draft = self.0.draft;
        CacheOperation::new("by_index", async move { draft.group()?.values().await })
    }
}

impl<V> GroupDraft<Option<V>>
where
    Option<V>: CacheValue,
{
    /// Their values, of those that have one.
    pub fn present(self) -> CacheOperation<Vec<V>> {
        let draft = self.0.draft;
        CacheOperation::new("by_index", async move {
            let values = draft.group()?.values::<Option<V>>().await?;
            Ok(values.into_iter().flatten().collect())
        })
    }
}

impl<V> GroupDraft<V> {
    /// Their keys.
    pub fn keys(self) -> CacheOperation<Vec<String>> {
        let draft = self.0.draft;
        CacheOperation::new("keys_by_index", async move { draft.group()?.keys().await })
    }

    /// Removes them.
    pub fn invalidate(self) -> CacheOperation<u64> {
        let draft = self.0.draft;
        let verb = "invalidate_index";
        CacheOperation::new(verb, async move { draft.group()?.invalidate().await })
    }
}

impl<V> UnstorableGroup<V> {
    /// Nothing.
    pub fn values(&self) -> CacheOperation<Vec<V>> {
        CacheOperation::never("by_index")
    }
}

impl<V> UnstorableGroup<Option<V>> {
    /// Nothing.
    pub fn present(&self) -> CacheOperation<Vec<V>> {
        CacheOperation::never("by_index")
    }
}

impl Draft {
    fn group(self) -> Result<Group> {
        Larder::current()?.index_group(self.spec, self.value, self.sight)
    }
}

impl<V> Deref for GroupDraft<V> {
    type Target = UnstorableGroup<V>;

    fn deref(&self) -> &UnstorableGroup<V> {
        &self.0
    }
}

impl<V> fmt::Debug for GroupDraft<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GroupDraft").field(&self.0.draft).finish()
    }
}

impl<V> fmt::Debug for UnstorableGroup<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnstorableGroup").field(&self.draft).finish()
    }
}
