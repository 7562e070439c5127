//! The second half of invariant 3: when everything is well again, everything works again. The first
//! who asks for a key may have to load it; everybody after it finds it.

use super::super::history::{Actor, Ending, History};
use super::super::source::Origin;

pub(super) fn check(history: &History) -> Vec<String> {
    let Some(quiet) = history.quiet_since else {
        return Vec::new();
    };
    let late = history
        .operations
        .iter()
        .filter(|operation| operation.began.order > quiet.order);
    let mut found = Vec::new();
    let mut seen: Vec<(super::super::address::Address, Origin)> = Vec::new();
    for operation in late {
        let (Some(address), Actor::Node(node)) = (operation.action.address(), operation.actor)
        else {
            continue;
        };
        let Some((_, Ending::Read(Some(value)))) = &operation.ended else {
            found.push(format!(
                "#{} got no value of {address} though all is well",
                operation.number
            ));
            continue;
        };
        match seen.iter().find(|(known, _)| *known == address) {
            None => seen.push((address, value.origin)),
            Some((_, origin)) if *origin == value.origin => {}
            Some(_) => found.push(format!(
                "#{} on node {node} did not find the value of {address} that was there",
                operation.number
            )),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::history::Draft;
    use super::*;

    #[test]
    fn whoever_asks_second_finds_what_the_first_has_loaded() {
        let mut draft = Draft::default();
        draft.load_at_once(0);
        draft.quiet();
        let value = draft.load_at_once(0);
        let call = draft.call(1);
        draft.read(call, value);
        assert_eq!(check(&draft.history()), [""; 0]);
    }

    #[test]
    fn a_node_that_still_does_without_the_cache_is_found() {
        let mut draft = Draft::default();
        draft.quiet();
        draft.load_at_once(0);
        draft.load_at_once(1);
        let failed = draft.call(1);
        draft.end(failed, Ending::Failed);
        assert_eq!(check(&draft.history()).len(), 2);
    }
}
