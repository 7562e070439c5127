//! What an index answers belongs to the value that was asked for; when all is well, it is exactly
//! what belongs to it, and what it lists beyond that is gone.

use std::collections::BTreeMap;

use super::super::action::Action;
use super::super::address::{Address, Namespace};
use super::super::groups::Group;
use super::super::history::{Ending, History, Holds, Look, Operation, Stamp};
use super::super::source::{Origin, Value};
use super::stale_fill::candidates;

pub(super) fn check(history: &History) -> Vec<String> {
    let mut found = Vec::new();
    let mut late = BTreeMap::new();
    for operation in &history.operations {
        let is_late = |quiet: Stamp| operation.began.order > quiet.order;
        let is_late = history.quiet_since.is_some_and(is_late);
        if is_late {
            remember(&mut late, operation);
        }
        let (Action::ByIndex(namespace, group) | Action::KeysByIndex(namespace, group)) =
            operation.action
        else {
            continue;
        };
        let asked = (namespace, group);
        let wrong = match &operation.ended {
            Some((_, Ending::Listed(values))) => wrong_values(values, asked)
                .or_else(|| is_late.then(|| missing(&origins(values), &late, asked))?),
            Some((_, Ending::Named(addresses))) => wrong_keys(history, operation, addresses)
                .or_else(|| is_late.then(|| missing_keys(addresses, &late, asked))?),
            _ => is_late.then(|| "got no answer though all is well".to_owned()),
        };
        found.extend(wrong.map(|wrong| format!("#{} {wrong}", operation.number)));
    }
    let garbage = history.remains.iter().filter(|remain| {
        remain.look == Look::WhenAllIsWell
            && matches!(remain.holds, Holds::List { garbage: 1.., .. })
    });
    found.extend(garbage.map(|list| format!("garbage is left: {list}")));
    found
}

/// What is stored when all is well.
type Stored = BTreeMap<Address, Value>;

fn remember(stored: &mut Stored, operation: &Operation) {
    if let Some((_, Ending::Read(Some(value)))) = &operation.ended {
        stored.insert(value.address(), *value);
    }
}

fn origins(values: &[Value]) -> Vec<Origin> {
    let mut origins: Vec<Origin> = values.iter().map(|value| value.origin).collect();
    origins.sort();
    origins
}

/// What does not belong to what was asked for, or came twice.
fn wrong_values(values: &[Value], asked: (Namespace, Group)) -> Option<String> {
    if let Some(value) = values
        .iter()
        .find(|value| !belongs(value.address(), value.version, asked))
    {
        return Some(format!("found {value}, which is not of {}", asked.1));
    }
    let mut seen = origins(values);
    seen.dedup();
    (seen.len() < values.len()).then(|| "found the same twice".to_owned())
}

/// The same of keys: nothing of the entry has ever belonged to what was asked for.
fn wrong_keys(
    history: &History,
    reader: &Operation,
    addresses: &[Option<Address>],
) -> Option<String> {
    addresses.iter().find_map(|address| match address {
        None => Some("was told a key of nobody".to_owned()),
        Some(address) => {
            let has_been = candidates(history, reader, *address).next().is_some();
            (!has_been).then(|| format!("was told {address}, which was never listed"))
        }
    })
}

fn belongs(address: Address, version: u64, (namespace, group): (Namespace, Group)) -> bool {
    address.namespace() == namespace && group.has(address, version)
}

fn expected(stored: &Stored, asked: (Namespace, Group)) -> impl Iterator<Item = &Value> {
    let all = stored.values();
    all.filter(move |value| belongs(value.address(), value.version, asked))
}

fn missing(found: &[Origin], stored: &Stored, asked: (Namespace, Group)) -> Option<String> {
    let mut wanted: Vec<Origin> = expected(stored, asked).map(|value| value.origin).collect();
    wanted.sort();
    (found != wanted).then(|| format!("found {found:?} when {wanted:?} were stored"))
}

fn missing_keys(
    found: &[Option<Address>],
    stored: &Stored,
    asked: (Namespace, Group),
) -> Option<String> {
    let mut found: Vec<Address> = found.iter().copied().flatten().collect();
    found.sort();
    let wanted: Vec<Address> = expected(stored, asked)
        .map(|value| value.address())
        .collect();
    (found != wanted).then(|| format!("was told {found:?} when {wanted:?} were stored"))
}

#[cfg(test)]
mod tests {
    use super::super::super::history::{Draft, Marked};
    use super::*;

    const USERS: Namespace = Namespace::Users;

    fn read(draft: &mut Draft, group: Group, values: &[Value]) {
        let read = draft.begin(0, Action::ByIndex(USERS, group));
        draft.end(read, Ending::Listed(values.to_vec()));
    }

    fn name(draft: &mut Draft, group: Group, addresses: &[Option<Address>]) {
        let named = draft.begin(0, Action::KeysByIndex(USERS, group));
        draft.end(named, Ending::Named(addresses.to_vec()));
    }

    #[test]
    fn what_is_found_belongs_to_what_was_asked_for_and_comes_once() {
        let mut draft = Draft::default();
        let value = draft.load_at_once(0);
        read(&mut draft, Group::Team(1), &[value]);
        read(&mut draft, Group::Team(1), &[]);
        read(&mut draft, Group::Team(0), &[value]);
        read(&mut draft, Group::Floor(0), &[value, value]);
        name(&mut draft, Group::Team(1), &[Some(Draft::KEY)]);
        name(&mut draft, Group::Team(0), &[Some(Draft::KEY)]);
        name(&mut draft, Group::Team(1), &[None]);
        assert_eq!(check(&draft.history()).len(), 4);
    }

    #[test]
    fn when_all_is_well_everything_is_found() {
        let mut draft = Draft::default();
        draft.quiet();
        let value = draft.load_at_once(0);
        read(&mut draft, Group::Team(1), &[value]);
        name(&mut draft, Group::Floor(0), &[Some(Draft::KEY)]);
        assert_eq!(check(&draft.history()), [""; 0]);

        let mut draft = Draft::default();
        draft.quiet();
        draft.load_at_once(0);
        read(&mut draft, Group::Team(1), &[]);
        name(&mut draft, Group::Floor(0), &[]);
        let failed = draft.begin(0, Action::ByIndex(USERS, Group::Team(1)));
        draft.end(failed, Ending::Failed);
        assert_eq!(check(&draft.history()).len(), 3);
    }

    #[test]
    fn garbage_is_gone_in_the_end() {
        for (garbage, found) in [(0, 0), (1, 1)] {
            let mut draft = Draft::default();
            let marked = Marked::No;
            draft.remains(None, Holds::List { garbage, marked });
            assert_eq!(check(&draft.history()).len(), found);
        }
    }
}
