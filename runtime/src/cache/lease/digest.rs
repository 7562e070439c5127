//! How a value that was read is named to a script.

use crate::codec::envelope::Token;

/// The name of a value that was read: its SHA-1 in hexadecimal, as scripts compute it; or the token
/// of a refresh whose lease stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digest(Vec<u8>);

impl Digest {
    /// The name of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(
            sha1_smol::Sha1::from(bytes)
                .digest()
                .to_string()
                .into_bytes(),
        )
    }

    /// The name of whatever holds the lease of this refresh.
    pub(crate) fn of_refresh(token: Token) -> Self {
        Self(token.as_bytes().to_vec())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
