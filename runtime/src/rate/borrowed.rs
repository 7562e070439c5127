//! Units that this process has borrowed and gives out without asking the server.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{self, Handle};
use tokio::sync::watch;

use super::decision::LimitState;
use super::spec::{MOST_LIMITS, RateSpec};
use crate::clock::Moment;
use crate::hash::QuickHash;
use crate::key::Key;

/// How many keys have borrowed units at most; what is beyond is not kept, and so was used up.
const MOST_KEYS: usize = 65_536;
/// How often all of them are looked through for those that have nothing left, at most.
const BETWEEN_SWEEPS: Duration = Duration::from_secs(1);

/// What is left of what was borrowed.
#[derive(Debug, Default)]
pub(super) struct Borrowed(Mutex<Loans>);

#[derive(Debug, Default)]
struct Loans {
    kept: HashMap<Key, Loan, QuickHash>,
    /// Who borrows just now: one for each key, or callers who come together would each borrow a
    /// batch; and in each runtime for himself, since another may stand still, and with it whoever
    /// borrows there.
    borrowers: HashMap<Name, watch::Receiver<()>, QuickHash>,
    swept: Option<Moment>,
}

/// Where somebody borrows, and for which key.
type Name = (Option<runtime::Id>, Key);

#[derive(Debug)]
struct Loan {
    units: u64,
    /// After a period it counts for another one.
    until: Moment,
    limits: [Option<LimitState>; MOST_LIMITS],
}

/// What a caller is to do.
#[derive(Debug)]
pub(super) enum Turn<'borrowed> {
    /// Go on: here is where the limits stood when the units were borrowed.
    Lent([Option<LimitState>; MOST_LIMITS]),
    /// Wait for another, who borrows already.
    Waits(Other),
    /// Borrow.
    Borrows(Borrower<'borrowed>),
}

/// Another who borrows for the same key.
#[derive(Debug)]
pub(super) struct Other(watch::Receiver<()>);

/// Whoever borrows for a key, until it is dropped.
#[derive(Debug)]
pub(super) struct Borrower<'borrowed> {
    borrowed: &'borrowed Borrowed,
    name: Name,
    /// Dropped with it, which wakes whoever waits.
    _returns: watch::Sender<()>,
}

impl Borrowed {
    /// Gives out so many units, if there are as many. What was borrowed under other limits is worth
    /// nothing.
    pub(super) fn take(&self, spec: &RateSpec, key: &Key, cost: u64, now: Moment) -> Turn<'_> {
        let mut loans = self.loans();
        if let Some(loan) = loans.kept.get_mut(key) {
            if loan.until <= now || !loan.is_under(spec) {
                loans.kept.remove(key);
            } else if let Some(left) = loan.units.checked_sub(cost) {
                loan.units = left;
                return Turn::Lent(loan.limits);
            }
        }
        let runtime = Handle::try_current().ok().map(|runtime| runtime.id());
        let name = (runtime, key.clone());
        if let Some(borrower) = loans.borrowers.get(&name) {
            return Turn::Waits(Other(borrower.clone()));
        }
        let (returns, borrower) = watch::channel(());
        loans.borrowers.insert(name.clone(), borrower);
        Turn::Borrows(Borrower {
            borrowed: self,
            name,
            _returns: returns,
        })
    }

    /// Nothing is borrowed for the key any more.
    pub(super) fn forget(&self, key: &Key) {
        self.loans().kept.remove(key);
    }

    fn loans(&self) -> MutexGuard<'_, Loans> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Loans {
    /// Makes room, where what is kept is as much as there may be.
    fn sweep(&mut self, now: Moment) {
        let is_due = self.swept.is_none_or(|swept| swept + BETWEEN_SWEEPS <= now);
        if self.kept.len() >= MOST_KEYS && is_due {
            self.kept
                .retain(|_, loan| loan.until > now && loan.units > 0);
            self.swept = Some(now);
        }
    }
}

impl Loan {
    fn is_under(&self, spec: &RateSpec) -> bool {
        let limits = self.limits.iter().flatten().map(|state| &state.limit);
        limits.eq(spec.limits())
    }
}

impl Other {
    /// Ready when it has borrowed or has not.
    pub(super) async fn has_returned(mut self) {
        // Nothing is ever sent: the end of the channel is the message.
        let _ = self.0.changed().await;
    }
}

impl Borrower<'_> {
    /// Puts in what is left after the caller that borrowed has taken its part.
    pub(super) fn lend(
        self,
        units: u64,
        limits: [Option<LimitState>; MOST_LIMITS],
        (now, until): (Moment, Moment),
    ) {
        let mut loans = self.borrowed.loans();
        let (_, key) = &self.name;
        loans.sweep(now);
        if let Some(loan) = loans.kept.get_mut(key) {
            // It was too little for this caller, or is what another runtime has borrowed meanwhile.
            let left = if loan.until > now { loan.units } else { 0 };
            loan.units = units.saturating_add(left);
            loan.until = until;
            loan.limits = limits;
        } else if loans.kept.len() < MOST_KEYS {
            let loan = Loan {
                units,
                until,
                limits,
            };
            loans.kept.insert(key.clone(), loan);
        }
    }
}

impl Drop for Borrower<'_> {
    fn drop(&mut self) {
        self.borrowed.loans().borrowers.remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::limit::Limit;
    use super::*;
    use crate::clock::Clock;
    use crate::key::Scope;

    const LIMIT: Limit = Limit::new(10, BETWEEN_SWEEPS);
    const SPEC: RateSpec = RateSpec::new("n", LIMIT);
    const STATE: LimitState = LimitState {
        limit: LIMIT,
        remaining: 0,
        reset_after: BETWEEN_SWEEPS,
    };

    fn key(number: u64) -> Key {
        Scope::new("app", None).key("n", 1, |writer| writer.arg(&number))
    }

    /// Whether so many units are lent after what was left has been put in.
    fn borrows(borrowed: &Borrowed, number: u64, now: Moment) -> bool {
        let key = key(number);
        if let Turn::Borrows(borrower) = borrowed.take(&SPEC, &key, 1, now) {
            let limits = [Some(STATE), None, None, None];
            borrower.lend(9, limits, (now, now + BETWEEN_SWEEPS));
        }
        matches!(borrowed.take(&SPEC, &key, 9, now), Turn::Lent(_))
    }

    #[test]
    fn one_borrows_at_a_time_and_the_others_wait() {
        let borrowed = Borrowed::default();
        let now = Clock::system().now();
        let first = borrowed.take(&SPEC, &key(1), 1, now);
        assert!(matches!(first, Turn::Borrows(_)));
        assert!(matches!(
            borrowed.take(&SPEC, &key(1), 1, now),
            Turn::Waits(_)
        ));
        assert!(matches!(
            borrowed.take(&SPEC, &key(2), 1, now),
            Turn::Borrows(_)
        ));
        drop(first);
        assert!(borrows(&borrowed, 1, now));
        // All of it is given out, and then the next one borrows.
        assert!(matches!(
            borrowed.take(&SPEC, &key(1), 1, now),
            Turn::Borrows(_)
        ));
        assert!(borrowed.loans().borrowers.is_empty());
    }

    #[test]
    fn there_is_a_bound_and_what_is_over_makes_room_once_in_a_while() {
        let borrowed = Borrowed::default();
        let now = Clock::system().now();
        for number in 0..MOST_KEYS as u64 {
            assert!(borrows(&borrowed, number, now));
        }
        // Nothing is left of any of them, so the first look makes room for all.
        assert!(borrows(&borrowed, 1 << 32, now));
        assert_eq!(borrowed.loans().kept.len(), 1);
        for number in 0..MOST_KEYS as u64 {
            borrows(&borrowed, number, now);
        }
        // It is full again, and not looked through at every call.
        assert!(!borrows(&borrowed, 1 << 33, now));
        assert!(borrows(&borrowed, 1 << 33, now + BETWEEN_SWEEPS));
    }
}
