//! How long a value lives that is changed where it stands.

/// How long a changed value lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// As long as it would have lived.
    Kept,
    /// As long as if it were put now.
    Anew,
}

impl Life {
    /// What it is called that changes a value so.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Kept => "update",
            Self::Anew => "touch",
        }
    }
}
