//! One schedule of an adversary, by chance.

use crate::given_time::{GivenTime, passes};
use crate::model::{Kind, Limit};

/// How long all of its limits are.
pub(crate) const PERIOD: u64 = 1_000_000;
/// More than is ever let pass, by far.
const ENDLESS: usize = 1000;

/// What a caller has reserved and still has.
struct Reserved {
    id: String,
    cost: u64,
    /// Where it stands among what has passed.
    place: usize,
    lapses: u64,
}

/// The most units in any stretch as long as the period.
fn most_in_a_period(passed: &[(u64, u64)]) -> u64 {
    let in_period = |first: usize| {
        let (start, _) = passed[first];
        let inside = passed[first..].iter();
        inside
            .take_while(|(at, _)| *at < start + PERIOD)
            .map(|(_, cost)| cost)
            .sum()
    };
    (0..passed.len()).map(in_period).max().unwrap_or(0)
}

/// One schedule; answers the most that passed in a period.
pub(crate) async fn play(
    (kind, script): (Kind, &GivenTime),
    key: &str,
    limits: [Limit; 2],
    random: &mut fastrand::Rng,
) -> u64 {
    let mut now = 1_790_000_000_000_000 + random.u64(..PERIOD);
    // What has passed by the server's clock; setting it back takes no time.
    let mut elapsed = 0;
    let mut passed = Vec::new();
    let mut reserved: Vec<Reserved> = Vec::new();
    // What has lapsed by a clock that was then set back may have been given back.
    let mut latest = now;
    let can_reserve = kind == Kind::Gcra && random.bool();
    let is_changed = random.bool();
    for _ in 0..random.usize(3..8) {
        // Another build, perhaps.
        let limit = [limits[usize::from(is_changed && random.bool())]];
        let edge = PERIOD - now % PERIOD;
        let fraction = PERIOD / limit[0].units;
        let before = now;
        now = match random.u8(..10) {
            0 => now,
            // Just before, at and after the edge of a window.
            1 | 2 => now + edge.saturating_sub(1000),
            3 => now + edge,
            4 => now + edge + 1,
            5 => now + random.u64(..2 * PERIOD),
            6 => now + fraction,
            7 => now + PERIOD - 1,
            // A clock that is set back, and forwards.
            8 => now - random.u64(..2 * PERIOD),
            _ => now + random.u64(..10 * PERIOD),
        };
        let cost = random.u64(1..=2);
        elapsed += now.saturating_sub(before);
        latest = latest.max(now);
        let mut gives_back = random.bool();
        // As often as it passes, and once more. What never ends is found by its bound.
        while passed.len() < ENDLESS {
            let id = format!("{cost}:{}", passed.len());
            let lease = random.u64(1..2 * PERIOD);
            let is_reserved = can_reserve && random.u8(..3) > 0;
            let reply = if is_reserved {
                script.reserve((&id, lease), key, &limit, cost, now).await
            } else {
                script.take(key, &limit, cost, now).await
            };
            if passes(&reply) {
                if is_reserved {
                    let (place, lapses) = (passed.len(), now + lease);
                    reserved.push(Reserved {
                        id,
                        cost,
                        place,
                        lapses,
                    });
                }
                passed.push((elapsed, cost));
            } else if gives_back && !reserved.is_empty() {
                let number = random.usize(..reserved.len());
                gives_back = random.u8(..4) > 0;
                let it = reserved.swap_remove(number);
                // What has lapsed may have been given back: its work was dropped.
                let cost = if it.lapses > latest {
                    random.u64(..=it.cost)
                } else {
                    0
                };
                let reply = script.settle(&it.id, key, &limit, cost, now).await;
                assert!(
                    it.lapses <= latest || passes(&reply),
                    "{} still stood",
                    it.id
                );
                passed[it.place].1 = cost;
            } else {
                break;
            }
        }
    }
    // Whatever was never settled has cost nothing, as far as anybody knows.
    for it in reserved.iter().filter(|it| it.lapses <= latest) {
        passed[it.place].1 = 0;
    }
    most_in_a_period(&passed)
}
