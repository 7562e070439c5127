//! Turns: one after the other, and none for longer than whoever waits for the next has patience.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use crate::clock::Clock;

/// Who has a turn holds this.
pub(crate) type Turn = OwnedMutexGuard<()>;

/// The turns of all who share this.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<Arc<tokio::sync::Mutex<()>>>);

impl Turns {
    /// The next turn. Whoever has it may stand still with his runtime, or be next and do so: after
    /// so long he is passed over, and others take their turns without him.
    pub(super) async fn next(&self, clock: &Clock, patience: Duration) -> Turn {
        loop {
            let queue = Arc::clone(&self.queue());
            let next = Arc::clone(&queue).lock_owned();
            if let Ok(turn) = clock.timeout_at(clock.now() + patience, next).await {
                return turn;
            }
            let mut current = self.queue();
            if Arc::ptr_eq(&current, &queue) {
                *current = Arc::default();
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Arc<tokio::sync::Mutex<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn turns_come_one_after_the_other() {
        let (turns, clock) = (Turns::default(), Clock::system());
        let first = turns.next(&clock, SECOND).await;
        let mut second = Box::pin(turns.next(&clock, SECOND));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        let _second = second.now_or_never().expect("it is free");
        assert!(turns.next(&clock, SECOND).now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn who_keeps_his_turn_too_long_is_passed_over() {
        let (turns, clock) = (Turns::default(), Clock::system());
        let began = clock.now();
        let _still = turns.next(&clock, SECOND).await;
        let second = turns.next(&clock, SECOND).await;
        assert_eq!(clock.now().saturating_since(began), SECOND);
        assert!(turns.next(&clock, SECOND).now_or_never().is_none());
        drop(second);
        assert!(turns.next(&clock, SECOND).now_or_never().is_some());
    }
}
