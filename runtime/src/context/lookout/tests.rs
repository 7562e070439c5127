//! When a silence has lasted too long for whom, to the millisecond.

use std::time::Duration;

use super::silence::Silence;
use super::*;

const MILLI: Duration = Duration::from_millis(1);
const BUDGET: Duration = Duration::from_millis(50);

fn clock() -> Clock {
    Clock::system()
}

#[tokio::test(start_paused = true)]
async fn a_silence_is_over_for_each_when_his_own_budget_has_passed() {
    let start = clock().now();
    let mut silence = Silence::new(start);
    silence.begin(BUDGET, start);
    silence.begin(8 * BUDGET, start);
    silence.asks(start + 10 * MILLI);
    assert_eq!(silence.end(BUDGET), Some(start + 45 * MILLI));
    assert_eq!(silence.end(8 * BUDGET), Some(start + 395 * MILLI));
    assert_eq!(silence.next_end(start), Some(start + 45 * MILLI));
    let first = start + 45 * MILLI;
    assert_eq!(silence.next_end(first), Some(start + 395 * MILLI));
    silence.is_broken(first);
    assert_eq!(silence.next_end(first), None);
}

#[tokio::test(start_paused = true)]
async fn the_smallest_budget_says_how_often_to_ask() {
    let start = clock().now();
    let mut silence = Silence::new(start);
    assert_eq!(silence.smallest(), None);
    silence.begin(8 * BUDGET, start);
    assert_eq!(silence.next_question(8 * BUDGET), start + 80 * MILLI);
    assert_eq!(silence.begin(BUDGET, start), BUDGET);
    assert_eq!(silence.next_question(BUDGET), start + 10 * MILLI);
    silence.leave(BUDGET);
    assert_eq!(silence.smallest(), Some(8 * BUDGET));
}

/// A process that was stopped knows nothing of the server, good or bad.
#[tokio::test(start_paused = true)]
async fn a_time_in_which_nobody_asked_is_no_silence() {
    let start = clock().now();
    let mut silence = Silence::new(start);
    silence.begin(BUDGET, start);
    let late = start + 3600 * 1000 * MILLI;
    assert_eq!(silence.end(BUDGET), None);
    silence.asks(late);
    assert_eq!(silence.end(BUDGET), Some(late + 35 * MILLI));
}

#[tokio::test(start_paused = true)]
async fn of_the_time_before_anybody_waited_nothing_is_held_against_the_server() {
    let start = clock().now();
    let mut silence = Silence::new(start);
    silence.begin(BUDGET, start);
    silence.asks(start + 10 * MILLI);
    silence.leave(BUDGET);
    let later = start + 1000 * MILLI;
    silence.begin(BUDGET, later);
    assert_eq!(silence.end(BUDGET), None);
    assert_eq!(silence.next_question(BUDGET), later + 10 * MILLI);
}
