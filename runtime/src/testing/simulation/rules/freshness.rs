//! Nothing is read after its time: a value lives for its TTL from when it was stored, at the latest
//! when the operation that made it had ended.

use std::time::Duration;

use super::super::history::{History, Operation};
use super::super::source::Origin;

/// How long after its end a value may still be read. Whoever declares values that may be served
/// stale says more.
const STALE_FOR: Duration = Duration::ZERO;

/// The server counts in milliseconds.
const ROUNDING: Duration = Duration::from_millis(1);

pub(super) fn check(history: &History) -> Vec<String> {
    let readers = history.operations.iter().flat_map(|reader| {
        reader.returned().into_iter().filter_map(|origin| {
            let made = maker(history, origin)?.end()?;
            let age = reader.began.time.checked_sub(made.time)?;
            let most = history.terms.ttl + STALE_FOR + ROUNDING;
            (age > most).then(|| {
                format!(
                    "#{} began {age:?} after what it returned was made, which lives {:?}",
                    reader.number, history.terms.ttl
                )
            })
        })
    });
    readers.collect()
}

/// The operation that made this.
fn maker(history: &History, origin: Origin) -> Option<&Operation> {
    match history.load(origin) {
        Some(load) => history.operations.get(load.operation),
        None => history.put(origin),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::history::Draft;
    use super::*;

    #[test]
    fn a_value_is_not_read_after_its_end() {
        let read_at = |millis: u64| {
            let mut draft = Draft::default();
            let value = draft.at(100).load_at_once(0);
            let call = draft.at(millis).call(1);
            draft.read(call, value);
            check(&draft.history())
        };
        assert_eq!(read_at(1601), [""; 0]);
        assert_eq!(
            read_at(1602),
            ["#1 began 1.502s after what it returned was made, which lives 1.5s"]
        );
    }
}
