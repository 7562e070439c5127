//! What a batch is made of: ids, and what is returned for them.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// What can stand for one value of a batch.
///
/// Every such type has it already. The trait exists so that the compiler can say what is missing in
/// words of ours.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an id of a batch",
    label = "an id must be `Clone + Eq + Hash + Send + 'static`",
    note = "add `#[derive(Clone, PartialEq, Eq, Hash)]` to the type, and take ids that own what they have, such as `&[String]`"
)]
pub trait BatchId: Clone + Eq + Hash + Send + 'static {}

// Without this the compiler would name the first of the bounds that fails, and not what was asked
// for.
#[diagnostic::do_not_recommend]
impl<T: Clone + Eq + Hash + Send + 'static> BatchId for T {}

/// What a batched function returns, or what is in its `Ok`: pairs of an id and a value. An id
/// without a pair has no value.
///
/// These are `HashMap<Id, Value>` with any hasher, `BTreeMap<Id, Value>` and `Vec<(Id, Value)>`.
#[diagnostic::on_unimplemented(
    message = "a batched function returns pairs of an id and its value",
    label = "there is no telling which value belongs to which id",
    note = "return `HashMap<Id, Value>`, `BTreeMap<Id, Value>` or `Vec<(Id, Value)>`, in a `Result` if loading may fail"
)]
pub trait Pairs: Sized {
    /// What a value belongs to.
    type Id;
    /// What is stored for each.
    type Value;

    /// The pairs, one by one.
    fn into_pairs(self) -> impl Iterator<Item = (Self::Id, Self::Value)>;

    /// A collection of these.
    fn from_pairs(pairs: impl Iterator<Item = (Self::Id, Self::Value)>) -> Self;
}

impl<K: Eq + Hash, V, S: BuildHasher + Default> Pairs for HashMap<K, V, S> {
    type Id = K;
    type Value = V;

    fn into_pairs(self) -> impl Iterator<Item = (K, V)> {
        self.into_iter()
    }

    fn from_pairs(pairs: impl Iterator<Item = (K, V)>) -> Self {
        pairs.collect()
    }
}

impl<K: Ord, V> Pairs for BTreeMap<K, V> {
    type Id = K;
    type Value = V;

    fn into_pairs(self) -> impl Iterator<Item = (K, V)> {
        self.into_iter()
    }

    fn from_pairs(pairs: impl Iterator<Item = (K, V)>) -> Self {
        pairs.collect()
    }
}

impl<K, V> Pairs for Vec<(K, V)> {
    type Id = K;
    type Value = V;

    fn into_pairs(self) -> impl Iterator<Item = (K, V)> {
        self.into_iter()
    }

    fn from_pairs(pairs: impl Iterator<Item = (K, V)>) -> Self {
        pairs.collect()
    }
}

/// What is stored for an id, of which a function returns a value of type `V` or none.
pub trait Kept<V>: Sized {
    /// What stands for this; `None` if nothing does.
    fn of(value: Option<V>) -> Option<Self>;

    /// What it stands for.
    fn into_value(self) -> Option<V>;
}

/// The value as it is: that there is none cannot be stored.
impl<V> Kept<V> for V {
    fn of(value: Option<V>) -> Option<V> {
        value
    }

    fn into_value(self) -> Option<V> {
        Some(self)
    }
}

/// That there is none can be stored too.
impl<V> Kept<V> for Option<V> {
    fn of(value: Option<V>) -> Option<Self> {
        Some(value)
    }

    fn into_value(self) -> Option<V> {
        self
    }
}
