//! Sorted sets by ranges: of ranks, of scores, of members.

use std::ops::Bound;

use super::super::database::{Database, Protocol};
use super::super::dictionary::Bytes;
use super::super::keyspace::Effect;
use super::super::number::parse_float;
use super::super::refusal::{Outcome, not_an_integer, syntax};
use super::super::value::{Score, SortedSet, range};
use super::arguments::{bulk, count, integer, is, next, number};
use super::key::counted;
use crate::backend::{Reply, ServerError};

/// A member with its score, as it is answered.
type Scored = (Bytes, Score);

/// By what a range names its members.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Index,
    Score,
    Bytes,
}

/// In which order a range is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    LowestFirst,
    HighestFirst,
}

/// Whether a range is answered with scores.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Members,
    MembersAndScores,
}

/// What `ZRANGE` and its older cousins are asked for.
struct RangeOptions {
    by: By,
    order: Order,
    show: Show,
    limit: Option<(i64, i64)>,
}

pub(super) fn zcount(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let scores = Scores::parse(arguments[1], arguments[2])?;
    let set = database.keyspace.read::<SortedSet>(arguments[0])?;
    Ok(number(set.map_or(0, |set| scores.within(set).count())))
}

pub(super) fn zrange(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let mut options = RangeOptions::new(By::Index, Order::LowestFirst);
    let mut rest = arguments[3..].iter();
    while let Some(word) = rest.next() {
        if is(word, "BYSCORE") && options.by == By::Index {
            options.by = By::Score;
        } else if is(word, "BYLEX") && options.by == By::Index {
            options.by = By::Bytes;
        } else if is(word, "REV") && options.order == Order::LowestFirst {
            options.order = Order::HighestFirst;
        } else {
            options.read(word, &mut rest)?;
        }
    }
    answer_range(database, arguments, &options)
}

pub(super) fn zrevrange(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    range_of_old(database, arguments, By::Index, Order::HighestFirst)
}

pub(super) fn zrangebyscore(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    range_of_old(database, arguments, By::Score, Order::LowestFirst)
}

pub(super) fn zrevrangebyscore(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    range_of_old(database, arguments, By::Score, Order::HighestFirst)
}

/// What the older cousins answer, whose names say what `ZRANGE` has words for.
fn range_of_old(database: &mut Database, arguments: &[&[u8]], by: By, order: Order) -> Outcome {
    let mut options = RangeOptions::new(by, order);
    let mut rest = arguments[3..].iter();
    while let Some(word) = rest.next() {
        options.read(word, &mut rest)?;
    }
    answer_range(database, arguments, &options)
}

impl RangeOptions {
    fn new(by: By, order: Order) -> Self {
        Self {
            by,
            order,
            show: Show::Members,
            limit: None,
        }
    }

    /// Reads a word that every range knows, and what belongs to it.
    fn read<'a>(
        &mut self,
        word: &[u8],
        rest: &mut impl Iterator<Item = &'a &'a [u8]>,
    ) -> Outcome<()> {
        if is(word, "WITHSCORES") {
            self.show = Show::MembersAndScores;
        } else if is(word, "LIMIT") {
            self.limit = Some(limit(rest)?);
        } else {
            return Err(syntax());
        }
        Ok(())
    }

    /// Whether what is asked for goes together.
    fn check(&self) -> Outcome<()> {
        // An amount of -1 is what stands there when nobody says anything.
        if self.limit.is_some_and(|(_, amount)| amount != -1) && self.by == By::Index {
            return Err(ServerError::new(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if self.show == Show::MembersAndScores && self.by == By::Bytes {
            return Err(ServerError::new(
                "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
            ));
        }
        Ok(())
    }
}

/// What stands behind `LIMIT`: where to begin, and how many. Both must be there before one is read.
fn limit<'a>(rest: &mut impl Iterator<Item = &'a &'a [u8]>) -> Outcome<(i64, i64)> {
    let (offset, amount) = (next(rest)?, next(rest)?);
    Ok((integer(offset)?, integer(amount)?))
}

fn answer_range(database: &mut Database, arguments: &[&[u8]], options: &RangeOptions) -> Outcome {
    options.check()?;
    let (first, last) = (arguments[1], arguments[2]);
    let is_reversed = options.order == Order::HighestFirst;
    let (lowest, highest) = if is_reversed {
        (last, first)
    } else {
        (first, last)
    };
    let found: Vec<Scored> = match options.by {
        By::Index => {
            let (first, last) = (integer(first)?, integer(last)?);
            let set = database.keyspace.read::<SortedSet>(arguments[0])?;
            set.map_or_else(Vec::new, |set| by_index(set, first, last, options.order))
        }
        By::Score => {
            let scores = Scores::parse(lowest, highest)?;
            let set = database.keyspace.read::<SortedSet>(arguments[0])?;
            let members = set.into_iter().flat_map(|set| scores.within(set));
            limited(members.map(owned).collect(), options)
        }
        By::Bytes => {
            let words = Words::parse(lowest, highest)?;
            let set = database.keyspace.read::<SortedSet>(arguments[0])?;
            let members = set.into_iter().flat_map(SortedSet::iter);
            let members = members.filter(|(member, _)| words.hold(member));
            limited(members.map(owned).collect(), options)
        }
    };
    Ok(match options.show {
        Show::Members => Reply::Array(
            found
                .into_iter()
                .map(|(member, _)| bulk(&*member))
                .collect(),
        ),
        Show::MembersAndScores => with_scores(database, found),
    })
}

fn by_index(set: &SortedSet, first: i64, last: i64, order: Order) -> Vec<Scored> {
    let places = range(first, last, set.len());
    match order {
        Order::LowestFirst => set.by_place(places),
        Order::HighestFirst => {
            let (start, end) = (set.len() - places.end, set.len() - places.start);
            let mut found = set.by_place(start..end);
            found.reverse();
            found
        }
    }
}

fn owned((member, score): (&Bytes, Score)) -> Scored {
    (Bytes::clone(member), score)
}

/// The members in the order and within the limit that were asked for.
fn limited(mut members: Vec<Scored>, options: &RangeOptions) -> Vec<Scored> {
    if options.order == Order::HighestFirst {
        members.reverse();
    }
    let Some((offset, amount)) = options.limit else {
        return members;
    };
    // A negative offset answers nothing, a negative amount everything, as in Redis.
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let amount = usize::try_from(amount).unwrap_or(usize::MAX);
    members.into_iter().skip(offset).take(amount).collect()
}

/// Members with their scores: pairs in the newer protocol, one flat row in the older.
fn with_scores(database: &Database, members: Vec<Scored>) -> Reply {
    let pairs = members
        .into_iter()
        .map(|(member, score)| [bulk(&*member), Reply::Double(score.get())]);
    Reply::Array(match database.step.protocol {
        Protocol::Resp2 => pairs.flatten().collect(),
        Protocol::Resp3 => pairs.map(|pair| Reply::Array(pair.into())).collect(),
    })
}

/// A range of scores.
#[derive(Clone, Copy)]
struct Scores {
    lowest: Bound<Score>,
    highest: Bound<Score>,
}

impl Scores {
    fn parse(lowest: &[u8], highest: &[u8]) -> Outcome<Self> {
        let bound = |word: &[u8]| {
            let (number, is_excluded) = match word.strip_prefix(b"(") {
                Some(rest) => (rest, true),
                None => (word, false),
            };
            let score = parse_bound(number)
                .and_then(Score::new)
                .ok_or_else(|| ServerError::new("ERR min or max is not a float"))?;
            Ok(if is_excluded {
                Bound::Excluded(score)
            } else {
                Bound::Included(score)
            })
        };
        Ok(Self {
            lowest: bound(lowest)?,
            highest: bound(highest)?,
        })
    }

    fn within(self, set: &SortedSet) -> impl Iterator<Item = (&Bytes, Score)> {
        set.by_score(self.lowest, self.highest)
    }
}

/// The number of a bound, which Redis reads less strictly than a score: nothing is zero, and spaces
/// in front of it are none.
fn parse_bound(number: &[u8]) -> Option<f64> {
    match number.trim_ascii_start() {
        _ if number.is_empty() => Some(0.0),
        number => parse_float(number),
    }
}

/// A range of members by their bytes.
struct Words {
    lowest: WordBound,
    highest: WordBound,
}

enum WordBound {
    BeforeAll,
    BehindAll,
    Included(Vec<u8>),
    Excluded(Vec<u8>),
}

impl Words {
    fn parse(lowest: &[u8], highest: &[u8]) -> Outcome<Self> {
        let bound = |word: &[u8]| match word {
            b"-" => Ok(WordBound::BeforeAll),
            b"+" => Ok(WordBound::BehindAll),
            [b'[', rest @ ..] => Ok(WordBound::Included(rest.to_vec())),
            [b'(', rest @ ..] => Ok(WordBound::Excluded(rest.to_vec())),
            _ => Err(ServerError::new(
                "ERR min or max not valid string range item",
            )),
        };
        Ok(Self {
            lowest: bound(lowest)?,
            highest: bound(highest)?,
        })
    }

    fn hold(&self, member: &[u8]) -> bool {
        let is_above = match &self.lowest {
            WordBound::BeforeAll => true,
            WordBound::BehindAll => false,
            WordBound::Included(bound) => member >= bound.as_slice(),
            WordBound::Excluded(bound) => member > bound.as_slice(),
        };
        let is_below = match &self.highest {
            WordBound::BeforeAll => false,
            WordBound::BehindAll => true,
            WordBound::Included(bound) => member <= bound.as_slice(),
            WordBound::Excluded(bound) => member < bound.as_slice(),
        };
        is_above && is_below
    }
}

pub(super) fn zremrangebyscore(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let scores = Scores::parse(arguments[1], arguments[2])?;
    remove_those(database, arguments[0], |set| {
        scores
            .within(set)
            .map(|(member, _)| Bytes::clone(member))
            .collect()
    })
}

pub(super) fn zremrangebyrank(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (first, last) = (integer(arguments[1])?, integer(arguments[2])?);
    remove_those(database, arguments[0], |set| {
        let members = by_index(set, first, last, Order::LowestFirst);
        members.into_iter().map(|(member, _)| member).collect()
    })
}

fn remove_those(
    database: &mut Database,
    key: &[u8],
    choose: impl FnOnce(&SortedSet) -> Vec<Bytes>,
) -> Outcome {
    let removed = database.keyspace.update::<SortedSet, _>(key, |set| {
        let members = choose(set);
        Ok(counted(
            members.iter().filter(|member| set.remove(member)).count(),
        ))
    })?;
    Ok(number(removed.unwrap_or(0)))
}

pub(super) fn zpopmin(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    pop(database, arguments, Order::LowestFirst)
}

pub(super) fn zpopmax(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    pop(database, arguments, Order::HighestFirst)
}

fn pop(database: &mut Database, arguments: &[&[u8]], order: Order) -> Outcome {
    let wanted = match arguments[1..] {
        [] => None,
        [word] => Some(count(word)?),
        _ => return Err(syntax()),
    };
    let popped = database
        .keyspace
        .update::<SortedSet, _>(arguments[0], |set| {
            let last = i64::try_from(wanted.unwrap_or(1)).map_err(|_| not_an_integer())? - 1;
            let popped = if last < 0 {
                Vec::new()
            } else {
                by_index(set, 0, last, order)
            };
            for (member, _) in &popped {
                set.remove(member);
            }
            let effect = Effect::of_count(popped.len());
            Ok((popped, effect))
        })?;
    let popped = popped.unwrap_or_default();
    if wanted.is_some() {
        return Ok(with_scores(database, popped));
    }
    // A single member is answered flat in both protocols.
    let flat = popped
        .into_iter()
        .flat_map(|(member, score)| [bulk(&*member), Reply::Double(score.get())]);
    Ok(Reply::Array(flat.collect()))
}
