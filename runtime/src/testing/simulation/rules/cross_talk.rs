//! Invariant 5: what is read belongs to the key that was asked for, and is what somebody has made.

use super::super::address::Address;
use super::super::history::{Ending, History, Holds};
use super::super::source::Value;

pub(super) fn check(history: &History) -> Vec<String> {
    let read = history.operations.iter().flat_map(|operation| {
        let read = match &operation.ended {
            Some((_, Ending::Read(Some(value)))) => std::slice::from_ref(value),
            Some((_, Ending::Listed(values))) => values.as_slice(),
            _ => &[],
        };
        read.iter().filter_map(|value| {
            let asked = operation.action.address().unwrap_or(value.address());
            let wrong = what_is_wrong(history, asked, *value)?;
            Some(format!(
                "#{} returned {value}, which {wrong}",
                operation.number
            ))
        })
    });
    let stored = history.remains.iter().filter_map(|remain| {
        let Holds::Value(value) = remain.holds else {
            return None;
        };
        let wrong = what_is_wrong(history, value.address(), value)?;
        Some(format!("{} holds {value}, which {wrong}", remain.name))
    });
    read.chain(stored).collect()
}

fn what_is_wrong(history: &History, asked: Address, value: Value) -> Option<&'static str> {
    if value.address() != asked {
        return Some("is another entry's");
    }
    let made = history.made(value.origin);
    let made = made.map(|made| (made.address, made.version));
    (made != Some((asked, value.version))).then_some("nobody has made")
}

#[cfg(test)]
mod tests {
    use super::super::super::history::Draft;
    use super::super::super::source::Origin;
    use super::*;

    #[test]
    fn a_value_of_another_entry_is_found() {
        let mut draft = Draft::default();
        let value = draft.load_at_once(0);
        let call = draft.call(0);
        draft.read(call, Value::new(Address(1), 1, value.origin));
        let found = check(&draft.history());
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("another entry's"), "{found:?}");
    }

    #[test]
    fn so_is_one_that_nobody_has_made() {
        let mut draft = Draft::default();
        let value = draft.load_at_once(0);
        for made_up in [
            Draft::unheard_of(),
            Value::new(Draft::KEY, 2, value.origin),
            Value::new(Draft::KEY, 1, Origin(77)),
        ] {
            let call = draft.call(0);
            draft.read(call, made_up);
        }
        assert_eq!(check(&draft.history()).len(), 3);
    }

    #[test]
    fn what_was_loaded_or_put_is_right() {
        let mut draft = Draft::default();
        draft.load_at_once(0);
        let value = draft.value_to_put();
        draft.done(
            0,
            super::super::super::action::Action::Put(Draft::KEY, value),
        );
        let call = draft.call(1);
        draft.read(call, value);
        assert_eq!(check(&draft.history()), [""; 0]);
    }
}
