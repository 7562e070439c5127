//! Sorted sets.

use super::super::database::Database;
use super::super::keyspace::Effect;
use super::super::refusal::{Outcome, syntax};
use super::super::value::{Score, SortedSet};
use super::arguments::{is, number, score};
use super::key::counted;
use crate::backend::{Reply, ServerError};

pub(super) fn zadd(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (options, pairs) = AddOptions::parse(&arguments[1..])?;
    let additions = pairs
        .iter()
        .map(|[number, member]| Ok((score(number)?, *member)))
        .collect::<Outcome<Vec<_>>>()?;
    if options.have(AddOption::OnlyExisting) && !database.keyspace.contains(arguments[0]) {
        return Ok(if options.have(AddOption::AddToScore) {
            Reply::Nil
        } else {
            Reply::Int(0)
        });
    }
    database
        .keyspace
        .upsert::<SortedSet, _>(arguments[0], |set| {
            let (mut added, mut updated, mut last) = (0, 0, Reply::Nil);
            for (score, member) in additions {
                let before = set.score(member);
                let Some(score) = options.score_for(before, score)? else {
                    continue;
                };
                set.set(member, score);
                last = Reply::Double(score.get());
                match before {
                    None => added += 1,
                    Some(before) if before != score => updated += 1,
                    Some(_) => {}
                }
            }
            let effect = Effect::of_count(added + updated);
            let reply = if options.have(AddOption::AddToScore) {
                last
            } else if options.have(AddOption::CountUpdates) {
                number(added + updated)
            } else {
                number(added)
            };
            Ok((reply, effect))
        })
}

/// When `ZADD` does its work and what it answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AddOption {
    OnlyNew,
    OnlyExisting,
    OnlyGreater,
    OnlyLess,
    CountUpdates,
    AddToScore,
}

struct AddOptions(Vec<AddOption>);

impl AddOptions {
    /// The options and the pairs of score and member behind them.
    fn parse<'a, 'b>(words: &'a [&'b [u8]]) -> Outcome<(Self, &'a [[&'b [u8]; 2]])> {
        let options: Vec<AddOption> = words
            .iter()
            .map_while(|word| AddOption::named(word))
            .collect();
        let (pairs, []) = words[options.len()..].as_chunks::<2>() else {
            return Err(syntax());
        };
        if pairs.is_empty() {
            return Err(syntax());
        }
        let options = Self(options);
        options.check(pairs.len())?;
        Ok((options, pairs))
    }

    fn have(&self, option: AddOption) -> bool {
        self.0.contains(&option)
    }

    fn check(&self, pairs: usize) -> Outcome<()> {
        let (is_greater, is_less) = (
            self.have(AddOption::OnlyGreater),
            self.have(AddOption::OnlyLess),
        );
        let is_new = self.have(AddOption::OnlyNew);
        let text = if is_new && self.have(AddOption::OnlyExisting) {
            "ERR XX and NX options at the same time are not compatible"
        } else if is_greater && is_less || is_new && (is_greater || is_less) {
            "ERR GT, LT, and/or NX options at the same time are not compatible"
        } else if self.have(AddOption::AddToScore) && pairs > 1 {
            "ERR INCR option supports a single increment-element pair"
        } else {
            return Ok(());
        };
        Err(ServerError::new(text))
    }

    /// The score that a member gets that has this one now; `None` to leave it as it is.
    fn score_for(&self, before: Option<Score>, given: Score) -> Outcome<Option<Score>> {
        let Some(before) = before else {
            return Ok((!self.have(AddOption::OnlyExisting)).then_some(given));
        };
        if self.have(AddOption::OnlyNew) {
            return Ok(None);
        }
        let score = if self.have(AddOption::AddToScore) {
            sum(before, given)?
        } else {
            given
        };
        let is_refused = self.have(AddOption::OnlyGreater) && score <= before
            || self.have(AddOption::OnlyLess) && score >= before;
        Ok((!is_refused).then_some(score))
    }
}

impl AddOption {
    fn named(word: &[u8]) -> Option<Self> {
        [
            ("NX", Self::OnlyNew),
            ("XX", Self::OnlyExisting),
            ("GT", Self::OnlyGreater),
            ("LT", Self::OnlyLess),
            ("CH", Self::CountUpdates),
            ("INCR", Self::AddToScore),
        ]
        .into_iter()
        .find_map(|(name, option)| is(word, name).then_some(option))
    }
}

fn sum(left: Score, right: Score) -> Outcome<Score> {
    Score::new(left.get() + right.get())
        .ok_or_else(|| ServerError::new("ERR resulting score is not a number (NaN)"))
}

pub(super) fn zincrby(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    // Redis reads it as a `ZADD` with `INCR`, where this would be another option.
    if AddOption::named(arguments[1]).is_some() {
        return Err(syntax());
    }
    let by = score(arguments[1])?;
    database
        .keyspace
        .upsert::<SortedSet, _>(arguments[0], |set| {
            let before = set.score(arguments[2]);
            let score = match before {
                None => by,
                Some(before) => sum(before, by)?,
            };
            set.set(arguments[2], score);
            let effect = if before == Some(score) {
                Effect::Unchanged
            } else {
                Effect::Changed
            };
            Ok((Reply::Double(score.get()), effect))
        })
}

pub(super) fn zrem(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let removed = database
        .keyspace
        .update::<SortedSet, _>(arguments[0], |set| {
            let members = &arguments[1..];
            Ok(counted(
                members.iter().filter(|member| set.remove(member)).count(),
            ))
        })?;
    Ok(number(removed.unwrap_or(0)))
}

pub(super) fn zscore(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let set = database.keyspace.read::<SortedSet>(arguments[0])?;
    Ok(score_or_nil(set, arguments[1]))
}

pub(super) fn zmscore(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let set = database.keyspace.read::<SortedSet>(arguments[0])?;
    let members = arguments[1..].iter();
    Ok(Reply::Array(
        members.map(|member| score_or_nil(set, member)).collect(),
    ))
}

fn score_or_nil(set: Option<&SortedSet>, member: &[u8]) -> Reply {
    set.and_then(|set| set.score(member))
        .map_or(Reply::Nil, |score| Reply::Double(score.get()))
}

pub(super) fn zcard(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let set = database.keyspace.read::<SortedSet>(arguments[0])?;
    Ok(number(set.map_or(0, SortedSet::len)))
}

pub(super) fn zrank(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let set = database.keyspace.read::<SortedSet>(arguments[0])?;
    let rank = set.and_then(|set| set.rank(arguments[1]));
    Ok(rank.map_or(Reply::Nil, number))
}

pub(super) fn zrevrank(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let set = database.keyspace.read::<SortedSet>(arguments[0])?;
    let rank = set.and_then(|set| Some(set.len() - 1 - set.rank(arguments[1])?));
    Ok(rank.map_or(Reply::Nil, number))
}
