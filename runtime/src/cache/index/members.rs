//! What a set of an index lists.

use crate::codec::envelope::Token;
use crate::key::{IndexKeys, Key};

/// One entry on the list of a value: the load that stored it, and its key. It is true if, and only
/// if, that load's value, or its lease, stands under the key. A token's lease is taken once, before
/// its members are listed: so a member that is not true any more never becomes it again, and
/// whoever finds it may take it off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) token: Token,
    pub(crate) key: Key,
}

impl Member {
    /// As it stands in the set.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        [self.token.as_bytes(), self.key.as_bytes()].concat()
    }

    /// What stands in the set; `None` for the mark, and for what is no entry of this namespace and
    /// version.
    pub(crate) fn from_bytes(bytes: &[u8], keys: &IndexKeys) -> Option<Self> {
        let (token, key) = bytes.split_first_chunk()?;
        Some(Self {
            token: Token::new(*token),
            key: keys.entry(key)?,
        })
    }
}
