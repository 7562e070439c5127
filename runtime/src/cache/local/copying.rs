//! Whether a value can be copied within this process, and how, for those who do not know its type.

use std::any::{Any, TypeId};
use std::sync::Arc;

use super::copy::{Label, LocalCopy};
use super::reading::Answered;

/// Whether values can be cloned.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Copying {
    ByClone(ByClone),
    No,
}

/// What is to be known of a type to make copies of its values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByClone {
    /// Of which type a copy has to be that such a value can be cloned out of.
    pub(crate) of: fn() -> TypeId,
    copy: MakeCopy,
}

/// Copies a value that was read from this key; the label again if it is of another type.
type MakeCopy = fn(&dyn Any, &[u8], &Answered, Label) -> Result<Arc<LocalCopy>, Label>;

/// How a copy becomes a caller's own, if it can.
pub(crate) type CloneOut<V> = Option<fn(&LocalCopy) -> Option<V>>;

impl Copying {
    /// Values of this type are cloned.
    pub(crate) const fn by_clone<V: Clone + Send + Sync + 'static>() -> Self {
        Self::ByClone(ByClone {
            of: TypeId::of::<V>,
            copy: |value, key, read, label| match value.downcast_ref::<V>() {
                Some(value) => Ok(LocalCopy::of_value(key, read, label, value.clone())),
                None => Err(label),
            },
        })
    }

    /// A copy of what was read from this key; the label again if it cannot be cloned.
    pub(crate) fn copy(
        self,
        value: &dyn Any,
        key: &[u8],
        read: &Answered,
        label: Label,
    ) -> Result<Arc<LocalCopy>, Label> {
        match self {
            Self::ByClone(by_clone) => (by_clone.copy)(value, key, read, label),
            Self::No => Err(label),
        }
    }
}
