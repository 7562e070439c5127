//! What the answers of several servers come to.

use std::time::Duration;

use crate::error::Error;
use crate::lock::scripts::{Ruling, Word};

/// The answers to one request for a lock.
#[derive(Debug)]
pub(super) struct Vote {
    majority: usize,
    lease: Duration,
    /// What each server has said, if it has.
    words: Vec<Option<Word>>,
    failed: Vec<Error>,
}

/// What they come to.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It depends on those that have not answered yet.
    Open,
    /// The lock is had.
    Held { fence: u64 },
    /// It is not: it may be worth asking again after so long, or when one of these servers tells of
    /// a change.
    Busy {
        left: Duration,
        refusers: Refusers,
        obstacle: Obstacle,
    },
    /// Too few servers can be asked.
    Away(Error),
}

/// Why a lock cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lock) enum Obstacle {
    /// Others have it.
    Holders,
    /// Enough servers would give it, and one of them may have given it to somebody before it lost
    /// its memory.
    Newcomers,
}

/// Servers, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lock) struct Refusers(u64);

impl Refusers {
    /// Any server.
    pub(in crate::lock) const ALL: Self = Self(u64::MAX);

    pub(in crate::lock) fn contains(self, server: usize) -> bool {
        self.0 >> server & 1 == 1
    }
}

impl Vote {
    /// A vote of so many servers, of which so many decide, about a lock with this lease.
    pub(super) fn new(voters: usize, majority: usize, lease: Duration) -> Self {
        Self {
            majority,
            lease,
            words: vec![None; voters],
            failed: Vec::new(),
        }
    }

    /// A server has answered, or could not be asked.
    pub(super) fn count(&mut self, server: usize, answer: Result<Word, Error>) {
        match answer {
            Ok(word) => self.words[server] = Some(word),
            Err(error) => self.failed.push(error),
        }
    }

    /// A lock is had from a majority whose memory goes back for a lease: one of them would know of
    /// a holder whose end is still to come. Or from all servers, whatever they remember: else
    /// nobody could begin with new ones.
    pub(super) fn verdict(&self) -> Verdict {
        let voters = self.words.len();
        let words = || self.words.iter().flatten();
        let fences = || words().filter_map(Word::fence);
        let vouched = words().filter(|word| self.vouches(word)).count();
        if vouched >= self.majority || fences().count() == voters {
            let fence = fences().max().unwrap_or_default();
            return Verdict::Held { fence };
        }
        let open = voters - words().count() - self.failed.len();
        let all_may_give = fences().count() + open == voters;
        if open > 0 && (vouched + open >= self.majority || all_may_give) {
            return Verdict::Open;
        }
        match self.failed.last() {
            Some(error) if voters - self.failed.len() < self.majority => {
                Verdict::Away(error.clone())
            }
            _ => Verdict::Busy {
                left: self.left(),
                refusers: self.refusers(),
                obstacle: if fences().count() >= self.majority {
                    Obstacle::Newcomers
                } else {
                    Obstacle::Holders
                },
            },
        }
    }

    /// How many have answered.
    pub(super) fn answered(&self) -> usize {
        self.words.iter().flatten().count()
    }

    fn vouches(&self, word: &Word) -> bool {
        word.fence().is_some() && word.remembers >= self.lease
    }

    /// How long until a majority may give it.
    fn left(&self) -> Duration {
        let of_one = |word: &Word| {
            let young = self.lease.saturating_sub(word.remembers);
            match word.ruling {
                Ruling::Held { .. } => young,
                Ruling::Busy { left } => young.max(left),
            }
        };
        let mut left: Vec<_> = self.words.iter().flatten().map(of_one).collect();
        left.sort_unstable();
        let needed = self.majority.min(left.len());
        needed
            .checked_sub(1)
            .map_or(Duration::ZERO, |last| left[last])
    }

    /// Those that would not give it.
    fn refusers(&self) -> Refusers {
        let words = self.words.iter().enumerate();
        let refusers = words.filter(|(_, word)| word.as_ref().and_then(Word::fence).is_none());
        Refusers(refusers.fold(0, |sum, (server, _)| sum | 1 << server))
    }
}

impl Word {
    fn fence(&self) -> Option<u64> {
        match self.ruling {
            Ruling::Held { fence } => Some(fence),
            Ruling::Busy { .. } => None,
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "an answer is a word or an error, and each is written the same way"
)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::lock::quorum::Quorum;

    const LEASE: Duration = Duration::from_secs(10);

    fn held(fence: u64, remembers: u64) -> Result<Word, Error> {
        Ok(Word {
            ruling: Ruling::Held { fence },
            remembers: Duration::from_secs(remembers),
        })
    }

    fn busy(left: u64) -> Result<Word, Error> {
        Ok(Word {
            ruling: Ruling::Busy {
                left: Duration::from_secs(left),
            },
            remembers: LEASE,
        })
    }

    fn away() -> Result<Word, Error> {
        Err(Error::new(ErrorKind::Unreachable, "lock", "away"))
    }

    fn verdict(voters: usize, answers: Vec<Result<Word, Error>>) -> String {
        let mut vote = Vote::new(voters, Quorum::majority_of(voters), LEASE);
        for (server, answer) in answers.into_iter().enumerate() {
            vote.count(server, answer);
        }
        match vote.verdict() {
            Verdict::Open => "open".to_owned(),
            Verdict::Held { fence } => format!("held {fence}"),
            Verdict::Busy { left, obstacle, .. } => format!("busy {} {obstacle:?}", left.as_secs()),
            Verdict::Away(_) => "away".to_owned(),
        }
    }

    #[test]
    fn a_majority_decides_and_the_greatest_fence_counts() {
        assert_eq!(verdict(3, vec![held(1, 10)]), "open");
        assert_eq!(verdict(3, vec![held(1, 10), held(7, 10)]), "held 7");
        assert_eq!(verdict(3, vec![held(9, 10), away(), held(7, 99)]), "held 9");
        assert_eq!(verdict(4, vec![held(1, 10), held(2, 10)]), "open");
        assert_eq!(
            verdict(5, vec![held(1, 10), held(3, 10), held(2, 10)]),
            "held 3"
        );
    }

    #[test]
    fn a_server_that_has_just_begun_to_remember_does_not_count() {
        let answers = vec![held(1, 9), held(7, 10), away()];
        assert_eq!(verdict(3, answers), "busy 1 Newcomers");
        let answers = vec![held(1, 0), busy(4), held(2, 10)];
        assert_eq!(verdict(3, answers), "busy 4 Newcomers");
        assert_eq!(
            verdict(3, vec![held(1, 0), held(7, 10), held(2, 10)]),
            "held 7"
        );
    }

    #[test]
    fn new_servers_must_all_agree() {
        assert_eq!(verdict(3, vec![held(1, 0), held(2, 0)]), "open");
        assert_eq!(
            verdict(3, vec![held(1, 0), held(2, 0), held(3, 0)]),
            "held 3"
        );
        assert_eq!(
            verdict(3, vec![held(1, 0), held(2, 0), away()]),
            "busy 10 Newcomers"
        );
    }

    #[test]
    fn it_is_asked_again_when_a_majority_may_give_it() {
        assert_eq!(verdict(3, vec![busy(3), busy(5)]), "busy 5 Holders");
        assert_eq!(
            verdict(3, vec![busy(3), held(1, 10), busy(5)]),
            "busy 3 Holders"
        );
        assert_eq!(
            verdict(5, vec![busy(1), busy(3), busy(5)]),
            "busy 5 Holders"
        );
    }

    #[test]
    fn without_a_majority_nothing_can_be_said() {
        assert_eq!(verdict(3, vec![held(1, 10), away()]), "open");
        assert_eq!(verdict(3, vec![away(), away()]), "away");
        assert_eq!(verdict(3, vec![held(1, 10), away(), away()]), "away");
        assert_eq!(verdict(3, vec![busy(1), away()]), "busy 1 Holders");
    }

    #[test]
    fn only_those_that_refused_are_listened_to() {
        let mut vote = Vote::new(3, 2, LEASE);
        vote.count(0, busy(1));
        vote.count(1, held(1, 10));
        vote.count(2, busy(1));
        let Verdict::Busy { refusers, .. } = vote.verdict() else {
            panic!("two of three refuse");
        };
        assert_eq!(
            [0, 1, 2].map(|it| refusers.contains(it)),
            [true, false, true]
        );
    }
}
