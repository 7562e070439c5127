//! How a Larder begins.

/// What happens when the server cannot be reached at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// It is an error.
    Connected,
    /// It is connected to when it is there.
    Lazy,
}
