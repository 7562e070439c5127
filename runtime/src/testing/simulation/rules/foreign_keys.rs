//! Invariant 7: keys of others are left alone.

use super::super::history::{History, Holds};

pub(super) fn check(history: &History) -> Vec<String> {
    let touched = history
        .remains
        .iter()
        .filter(|remain| remain.holds == Holds::ForeignTouched);
    touched.map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::history::Draft;
    use super::*;

    #[test]
    fn a_key_that_was_touched_is_found() {
        let mut draft = Draft::default();
        draft.remains(None, Holds::Foreign);
        draft.remains(None, Holds::ForeignTouched);
        assert_eq!(check(&draft.history()).len(), 1);
    }
}
