//! Whether there is a value, as the value says it.

/// Whether a value says that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Present,
    Absent,
}
