//! What a key can hold.

mod hash;
mod list;
mod set;
mod sorted_set;

pub(super) use hash::Hash;
pub(super) use list::{End, List};
pub(super) use set::Set;
pub(super) use sorted_set::{Score, SortedSet};

/// What an element costs beside its bytes: an estimate of the pointers and places of its
/// collection.
pub(super) const ELEMENT_COST: usize = 64;

/// A key's value.
#[derive(Debug)]
pub(super) enum Value {
    Text(Text),
    List(List),
    Hash(Hash),
    Set(Set),
    SortedSet(SortedSet),
}

/// A string.
#[derive(Debug, Default)]
pub(super) struct Text(pub(super) Vec<u8>);

/// One of the five types, so that a key is read and changed in the same way whatever it holds.
pub(super) trait DataType: Default {
    /// The value as this type, if it is of this type.
    fn of(value: &Value) -> Option<&Self>;

    /// The value as this type, to be changed.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;

    /// The value to put under a key.
    fn into_value(self) -> Value;

    /// Whether a key that holds this is as good as none: Redis keeps no empty collections.
    fn is_spent(&self) -> bool;
}

macro_rules! data_type {
    ($name:ident, $is_spent:expr) => {
        impl DataType for $name {
            fn of(value: &Value) -> Option<&Self> {
                match value {
                    Value::$name(this) => Some(this),
                    _ => None,
                }
            }

            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                match value {
                    Value::$name(this) => Some(this),
                    _ => None,
                }
            }

            fn into_value(self) -> Value {
                Value::$name(self)
            }

            fn is_spent(&self) -> bool {
                $is_spent(self)
            }
        }
    };
}

data_type!(Text, |_: &Text| false);
data_type!(List, List::is_empty);
data_type!(Hash, Hash::is_empty);
data_type!(Set, Set::is_empty);
data_type!(SortedSet, SortedSet::is_empty);

impl Value {
    /// The type's name, as `TYPE` answers it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::List(_) => "list",
            Self::Hash(_) => "hash",
            Self::Set(_) => "set",
            Self::SortedSet(_) => "zset",
        }
    }

    /// How many bytes it takes, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.0.len(),
            Self::List(list) => list.size(),
            Self::Hash(hash) => hash.size(),
            Self::Set(set) => set.size(),
            Self::SortedSet(sorted) => sorted.size(),
        }
    }

    /// Whether there is nothing in it that a key could be kept for.
    pub(super) fn is_spent(&self) -> bool {
        match self {
            Self::Text(text) => text.is_spent(),
            Self::List(list) => list.is_spent(),
            Self::Hash(hash) => hash.is_spent(),
            Self::Set(set) => set.is_spent(),
            Self::SortedSet(sorted) => sorted.is_spent(),
        }
    }
}

/// The places `first..end` that two indexes from Redis name in a row of `length`, where negative
/// indexes count from the end and `last` is inside. Empty if they name none.
pub(super) fn range(first: i64, last: i64, length: usize) -> std::ops::Range<usize> {
    let signed = i64::try_from(length).unwrap_or(i64::MAX);
    let from_start = |index: i64| {
        if index < 0 {
            index.saturating_add(signed)
        } else {
            index
        }
    };
    let first = usize::try_from(from_start(first).max(0)).unwrap_or(length);
    let last = from_start(last).min(signed - 1);
    match usize::try_from(last) {
        Ok(last) if first <= last => first..last + 1,
        _ => 0..0,
    }
}

/// The place that one index from Redis names.
pub(super) fn place(index: i64, length: usize) -> Option<usize> {
    let length_signed = i64::try_from(length).ok()?;
    let place = if index < 0 {
        index.checked_add(length_signed)?
    } else {
        index
    };
    usize::try_from(place).ok().filter(|place| *place < length)
}
