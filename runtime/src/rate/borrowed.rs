//! Units that this process has borrowed and gives out without asking the server.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::decision::LimitState;
use super::spec::MOST_LIMITS;
use crate::clock::Moment;
use crate::hash::QuickHash;
use crate::key::Key;

/// How many keys have borrowed units at most; what is beyond is not kept, and so was used up.
const MOST_KEYS: usize = 65_536;

/// What is left of what was borrowed.
#[derive(Debug, Default)]
pub(super) struct Borrowed(Mutex<HashMap<Key, Loan, QuickHash>>);

#[derive(Debug)]
struct Loan {
    units: u64,
    /// After a period it counts for another one.
    until: Moment,
    limits: [Option<LimitState>; MOST_LIMITS],
}

impl Borrowed {
    /// Gives out so many units, if there are as many. Answers where the limits stood when they were
    /// borrowed.
    pub(super) fn take(
        &self,
        key: &Key,
        cost: u64,
        now: Moment,
    ) -> Option<[Option<LimitState>; MOST_LIMITS]> {
        let mut loans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let loan = loans.get_mut(key)?;
        if loan.until <= now {
            loans.remove(key);
            return None;
        }
        loan.units = loan.units.checked_sub(cost)?;
        Some(loan.limits)
    }

    /// Puts in what is left after the caller that borrowed has taken its part.
    pub(super) fn put(
        &self,
        key: &Key,
        units: u64,
        limits: [Option<LimitState>; MOST_LIMITS],
        (now, until): (Moment, Moment),
    ) {
        let mut loans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if loans.len() >= MOST_KEYS {
            loans.retain(|_, loan| loan.until > now && loan.units > 0);
        }
        if let Some(loan) = loans.get_mut(key) {
            // Two callers may have borrowed at once.
            let left = if loan.until > now { loan.units } else { 0 };
            loan.units = units.saturating_add(left);
            loan.until = until;
            loan.limits = limits;
        } else if loans.len() < MOST_KEYS {
            let loan = Loan {
                units,
                until,
                limits,
            };
            loans.insert(key.clone(), loan);
        }
    }

    /// Nothing is borrowed for the key any more.
    pub(super) fn forget(&self, key: &Key) {
        let mut loans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loans.remove(key);
    }
}
