//! What may be done again: an operation alone, and many of them one after the other.

use std::collections::HashMap;

use crate::backend::Resend;

/// What it is to do an operation a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The same: it only asks.
    Ask,
    /// The same, whatever was there: it takes the place of all of it.
    Replace,
    /// The same: what it adds is there already.
    Add,
    /// The same, if the key is there, and to both it answers whether it is.
    Change,
    /// Another: it counts, takes away, or tells what it has changed itself.
    Differ,
}

/// What the next operation on a key finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// What this pipeline has put there, each time that it is done.
    Replaced,
    /// What was there, and what this pipeline has added.
    Added,
    /// What was there and somebody was told of.
    Asked,
}

impl Repeat {
    /// Whether such an operation may be sent again.
    pub(super) fn alone(self) -> Resend {
        match self {
            Self::Differ => Resend::Never,
            _ => Resend::Idempotent,
        }
    }

    /// What is found behind this operation; `None` if the next time, all of it would be another.
    fn behind(self, found: Option<Found>) -> Option<Found> {
        match (found, self) {
            // Whatever comes finds the same each time.
            (Some(Found::Replaced), Self::Ask | Self::Replace | Self::Add | Self::Change)
            | (None, Self::Replace) => Some(Found::Replaced),
            (None | Some(Found::Added), Self::Add) => Some(Found::Added),
            (None | Some(Found::Added), Self::Ask | Self::Change)
            | (Some(Found::Asked), Self::Ask) => Some(Found::Asked),
            _ => None,
        }
    }
}

/// Whether operations on these keys may be sent again together. Each of them may be, and all of them
/// may not: who asks whether a key is there and then sets it would be told the second time that it
/// is, because he has set it.
pub(super) fn together<'key>(
    operations: impl Iterator<Item = (&'key [u8], Repeat)> + Clone,
) -> Resend {
    let mut repeats = operations.clone().map(|(_, repeat)| repeat);
    // Nearly all pipelines do the same with many keys.
    if let Some(first) = repeats.next()
        && repeats.all(|other| other == first)
    {
        return first.alone();
    }
    let mut found = HashMap::new();
    for (key, repeat) in operations {
        let Some(behind) = repeat.behind(found.get(key).copied()) else {
            return Resend::Never;
        };
        found.insert(key, behind);
    }
    Resend::Idempotent
}

#[cfg(test)]
mod tests {
    use super::Repeat::{Add, Ask, Change, Differ, Replace};
    use super::*;

    fn on_one_key(repeats: &[Repeat]) -> Resend {
        together(repeats.iter().map(|repeat| (b"key".as_slice(), *repeat)))
    }

    #[test]
    fn what_finds_the_same_the_second_time_is_sent_again() {
        let all: [&[Repeat]; 8] = [
            &[],
            &[Ask, Ask],
            &[Change, Change],
            &[Replace, Ask, Change, Ask, Replace],
            &[Replace, Add],
            &[Add, Add, Ask, Ask],
            &[Add, Change, Ask],
            &[Change, Ask],
        ];
        for repeats in all {
            assert_eq!(on_one_key(repeats), Resend::Idempotent, "{repeats:?}");
        }
    }

    #[test]
    fn what_would_find_what_it_has_done_itself_is_sent_once() {
        let all: [&[Repeat]; 8] = [
            &[Differ],
            &[Ask, Differ],
            &[Ask, Replace],
            &[Ask, Add],
            &[Ask, Change],
            &[Change, Replace],
            &[Change, Add],
            &[Add, Replace],
        ];
        for repeats in all {
            assert_eq!(on_one_key(repeats), Resend::Never, "{repeats:?}");
        }
    }

    #[test]
    fn other_keys_do_not_matter() {
        let operations = [(b"a".as_slice(), Ask), (b"b", Replace), (b"a", Ask)];
        assert_eq!(together(operations.into_iter()), Resend::Idempotent);
        let operations = [(b"a".as_slice(), Ask), (b"b", Replace), (b"a", Replace)];
        assert_eq!(together(operations.into_iter()), Resend::Never);
    }
}
