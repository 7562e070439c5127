//! Lists entries, and takes them off the lists.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::members::Member;
use crate::backend::{Call, Invocation, Reply, Script};
use crate::codec::envelope::{self, Sections, Token};
use crate::context::{Context, Question};
use crate::error::Result;
use crate::key::{IndexValue, Key};
use crate::length::millis;

/// A load of an indexed function that took longer is not stored: a mark that it would have to see
/// may have ended.
pub(crate) const LONGEST_LOAD: Duration = Duration::from_hours(1);
/// How long a value of an index stays marked after its invalidation: longer than any load that has
/// to see it.
const MARK: Duration = Duration::from_mins(61);
/// How long a counter is kept at least: longer than the loads that have read it, and than the marks
/// that were made of it.
const COUNTER: Duration = Duration::from_hours(2);
/// How many members that have ended are removed for one that is added.
const TRIMMED: u32 = 16;
/// How many members one script takes off a list. Each has to be found in what may be a long list,
/// so this is what holds up the server most; scripts that are sent together cost no more round
/// trips.
const STRUCK: usize = 32;

/// The indexes of one Larder.
#[derive(Debug)]
pub(crate) struct Indexes {
    context: Arc<Context>,
    scripts: Scripts,
}

#[derive(Debug)]
struct Scripts {
    enlist: Script,
    strike: Script,
    count: Script,
    raise: Script,
    mark: Script,
    discard: Script,
}

/// An entry that is to be listed.
#[derive(Debug)]
pub(crate) struct Listing<'load> {
    pub(crate) key: &'load Key,
    pub(crate) token: Token,
    pub(crate) values: &'load [IndexValue],
    /// How long the entry lives at most, counted from now; `None` for one without an end.
    pub(crate) lives: Option<Duration>,
    /// What the counter said before the load began; `None` if no invalidation can have come before
    /// the value.
    pub(crate) count: Option<u64>,
}

/// An entry that is no more, and what it was listed under.
#[derive(Debug)]
pub(crate) struct Retired {
    key: Key,
    token: Token,
    values: Vec<IndexValue>,
}

/// Whether an entry was listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// Under all its values.
    Yes,
    /// Under none: one of them was invalidated since the load began.
    Voided,
}

/// Whether a counter is made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counter {
    Make,
    Leave,
}

/// Whether whoever removes an entry has to see it, to know what other lists it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    Look,
    Blind,
}

impl Retired {
    /// What stood under this key, if it was listed anywhere.
    pub(crate) fn of(bytes: &[u8], key: &Key) -> Option<Self> {
        let (token, sections) = envelope::belongings(bytes, key.as_bytes())?;
        Self::new(key, token, listed_under(sections).collect())
    }

    /// The entry of a load that is not stored after all.
    pub(crate) fn new(key: &Key, token: Token, values: Vec<IndexValue>) -> Option<Self> {
        (!values.is_empty()).then(|| Self {
            key: key.clone(),
            token,
            values,
        })
    }

    /// The sets that list it, and the member in each.
    pub(crate) fn members(self) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
        let keys = self.key.indexes();
        let member = Member {
            token: self.token,
            key: self.key,
        };
        let member = member.to_bytes();
        let sets = self
            .values
            .into_iter()
            .map(move |value| keys.set(&value).as_bytes().to_vec());
        sets.map(move |set| (set, member.clone()))
    }
}

impl Indexes {
    /// The indexes on this ground.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            scripts: Scripts {
                enlist: Script::new(include_str!("enlist.lua")),
                strike: Script::new(include_str!("strike.lua")),
                count: Script::new(include_str!("count.lua")),
                raise: Script::new(include_str!("raise.lua")),
                mark: Script::new(include_str!("mark.lua")),
                discard: Script::new(include_str!("discard.lua")),
            },
        }
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Lists an entry under all its values, and takes off the lists what is no more. Must be done
    /// while the entry's lease is held and before the entry is stored: then nobody can find the
    /// entry by its key who could not find it by its index.
    pub(crate) async fn list(
        &self,
        listing: &Listing<'_>,
        retired: Vec<Retired>,
        call: &Call,
    ) -> Result<Listed> {
        let retired = retired.into_iter().flat_map(Retired::members);
        if listing.values.is_empty() {
            self.strike(retired, call).await;
            return Ok(Listed::Yes);
        }
        let mut questions = self.strikes(retired);
        let strikes = questions.len();
        let keys = listing.key.indexes();
        let member = Member {
            token: listing.token,
            key: listing.key.clone(),
        };
        let member = member.to_bytes();
        let lives = listing.lives.map_or(0, millis);
        let count = listing.count.map(|count| count.to_string());
        questions.extend(listing.values.iter().map(|value| {
            let enlist = self.scripts.enlist.on(&[keys.set(value)]);
            let enlist = enlist.arg(&member).arg(lives);
            let enlist = enlist.arg(count.as_deref().unwrap_or(""));
            Question::Script(enlist.arg(TRIMMED))
        }));
        let replies = self.context.ask(&questions, call).await?;
        let mut added = Vec::new();
        for (value, reply) in listing.values.iter().zip(replies.into_iter().skip(strikes)) {
            if reply.checked("index")?.into_int("index")? == 1 {
                added.push(value.clone());
            }
        }
        if added.len() == listing.values.len() {
            return Ok(Listed::Yes);
        }
        let voided = Retired::new(listing.key, listing.token, added);
        self.strike(voided.into_iter().flat_map(Retired::members), call)
            .await;
        Ok(Listed::Voided)
    }

    /// Takes members off their lists, each named with its set. Should that fail, they are garbage
    /// that no reader takes for true and that ends.
    pub(crate) async fn strike(
        &self,
        members: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
        call: &Call,
    ) {
        let questions = self.strikes(members);
        if questions.is_empty() {
            return;
        }
        if let Err(error) = self.context.ask(&questions, call).await {
            tracing::debug!(%error, "an index keeps members that are no more until they end");
        }
    }

    /// One question for each set, or more where many members come off it.
    fn strikes(&self, members: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) -> Vec<Question<'_>> {
        let mut by_set: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
        for (set, member) in members {
            by_set.entry(set).or_default().push(member);
        }
        let mut questions = Vec::new();
        for (set, members) in by_set {
            questions.extend(members.chunks(STRUCK).map(|page| {
                let strike = self.scripts.strike.on(&[&set]).arg(millis(MARK));
                Question::Script(page.iter().fold(strike, Invocation::arg))
            }));
        }
        questions
    }

    /// Asks how often the indexes of this entry's namespace and version were invalidated: before
    /// its load begins.
    pub(crate) fn count(&self, entry: &Key) -> Question<'_> {
        let counter = entry.indexes().counter();
        Question::Script(self.scripts.count.on(&[counter]).arg(millis(COUNTER)))
    }

    /// Counts an invalidation.
    pub(crate) fn raise(&self, counter: &Key, made: Counter) -> Question<'_> {
        let raise = self.scripts.raise.on(&[counter]).arg(millis(COUNTER));
        Question::Script(raise.arg(match made {
            Counter::Make => "make",
            Counter::Leave => "leave",
        }))
    }

    /// Marks a set as invalidated at this count.
    pub(crate) fn mark(&self, set: &Key, count: u64) -> Question<'_> {
        Question::Script(self.scripts.mark.on(&[set]).arg(count).arg(millis(MARK)))
    }

    /// Removes the entry of a member, or revokes its lease.
    pub(crate) fn discard(&self, member: &Member, sight: Sight) -> Question<'_> {
        let discard = self.scripts.discard.on(&[&member.key]);
        let discard = discard.arg(member.token.as_bytes().as_slice());
        Question::Script(discard.arg(envelope::TOKEN).arg(match sight {
            Sight::Look => "look",
            Sight::Blind => "",
        }))
    }
}

/// The values of an index that an entry is listed under, as it carries them.
pub(crate) fn listed_under(sections: Sections<'_>) -> impl Iterator<Item = IndexValue> {
    let values = sections.indexes();
    values.map(|(index, value)| IndexValue::from_parts(index, value))
}

/// The count in a reply, if there is one.
pub(crate) fn count_in(reply: Reply) -> Result<Option<u64>> {
    let Some(digits) = reply.into_bytes("index")? else {
        return Ok(None);
    };
    let count = std::str::from_utf8(&digits)
        .ok()
        .and_then(|digits| digits.parse().ok());
    match count {
        Some(count) => Ok(Some(count)),
        None => Err(Reply::Nil.unexpected("index", "a count")),
    }
}
