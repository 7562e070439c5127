//! What was seen of an entry's groups before its load began.

use super::tag::version_in;
use crate::backend::Reply;
use crate::codec::envelope::Token;
use crate::error::Result;

/// What was read of the groups before a load began: what the load may be stored under.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Observed {
    pub(super) versions: Vec<Token>,
    count: Option<u64>,
}

/// The same, read without making what is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Glance {
    pub(super) versions: Vec<Option<Token>>,
    count: Option<u64>,
}

impl Observed {
    /// That the indexes had this count, if it was asked for, and what the answers about the versions
    /// of tags say.
    pub(crate) fn new(count: Option<u64>, versions: impl Iterator<Item = Reply>) -> Result<Self> {
        let versions = versions.map(known_version).collect::<Result<_>>()?;
        Ok(Self { versions, count })
    }

    /// What the answers about the versions of tags say.
    pub(crate) fn of_tags(versions: Vec<Reply>) -> Result<Self> {
        Self::new(None, versions.into_iter())
    }

    /// What a look at the same moment would have seen.
    pub(crate) fn glance(&self) -> Glance {
        Glance {
            versions: self.versions.iter().copied().map(Some).collect(),
            count: self.count,
        }
    }

    /// How often the indexes had been invalidated.
    pub(crate) fn count(&self) -> Option<u64> {
        self.count
    }
}

impl Glance {
    /// A look at which the tags had these versions, and the indexes this count if it was asked for.
    pub(crate) fn new(versions: Vec<Option<Token>>, count: Option<u64>) -> Self {
        Self { versions, count }
    }

    /// Whether nothing was invalidated since that was observed.
    pub(crate) fn confirms(&self, observed: &Observed) -> bool {
        *self == observed.glance()
    }
}

/// The version of a tag that was made if there was none.
fn known_version(reply: Reply) -> Result<Token> {
    let version = version_in(reply.checked("tag")?)?;
    version.ok_or_else(|| Reply::Nil.unexpected("tag", "the version of a tag"))
}
