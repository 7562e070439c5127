//! The words of a command, and the memory for them.
//!
//! Most commands have a few short words. To allocate for those, and to free it again, is more than
//! half of what they cost, so each thread keeps the memory of one command for its next.

use std::cell::Cell;

use redis::{Arg, Cmd, ToRedisArgs};

/// What takes more is given back at once.
const MOST_WORDS: usize = 16;
const MOST_BYTES: usize = 512;

thread_local! {
    static SPARE: Cell<Option<Cmd>> = const { Cell::new(None) };
}

/// Name and arguments, as the driver has them.
#[derive(Clone)]
pub(super) struct Words(Cmd);

impl Words {
    /// None yet.
    pub(super) fn new() -> Self {
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        // Room for a name and an ordinary key, so that most commands allocate no more than once for
        // their words and once for the bytes.
        Self(spare.unwrap_or_else(|| Cmd::with_capacity(4, 96)))
    }

    /// Puts one more behind those that are there.
    pub(super) fn push(&mut self, word: impl ToRedisArgs) {
        self.0.arg(word);
    }

    /// In order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.0.args_iter().map(|word| match word {
            Arg::Simple(bytes) => bytes,
            // `Cursor` stands for a position that only `Cmd::cursor_arg` puts in, which nothing
            // here calls.
            _ => b"0".as_slice(),
        })
    }

    pub(super) fn driver(&self) -> &Cmd {
        &self.0
    }

    fn are_few(&self) -> bool {
        let words = self.iter();
        words.len() <= MOST_WORDS && words.map(<[u8]>::len).sum::<usize>() <= MOST_BYTES
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        if self.are_few() {
            let mut spare = self.0.take();
            spare.clear();
            // A thread that ends keeps nothing.
            let _ = SPARE.try_with(|kept| kept.set(Some(spare)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Words {
        let mut all = Words::new();
        for word in words {
            all.push(*word);
        }
        all
    }

    fn is_spare() -> bool {
        let spare = SPARE.take();
        let is_there = spare.is_some();
        SPARE.set(spare);
        is_there
    }

    #[test]
    fn a_command_takes_the_place_of_another_and_has_none_of_its_words() {
        drop(words(&["SET", "a key", "a secret"]));
        assert!(is_spare());
        let next = words(&["GET", "a key"]);
        assert!(!is_spare());
        assert_eq!(
            next.driver().get_packed_command(),
            redis::cmd("GET").arg("a key").get_packed_command()
        );
    }

    #[test]
    fn a_clone_has_words_of_its_own() {
        let one = words(&["GET", "a key"]);
        let other = one.clone();
        drop(one);
        let next = words(&["DEL", "another"]);
        assert_eq!(
            other.driver().get_packed_command(),
            redis::cmd("GET").arg("a key").get_packed_command()
        );
        drop((other, next));
    }

    #[test]
    fn what_takes_much_memory_is_not_kept() {
        let long = "x".repeat(MOST_BYTES);
        for much in [vec!["SET", &long], vec!["x"; MOST_WORDS + 1]] {
            drop(SPARE.take());
            drop(words(&much));
            assert!(!is_spare());
        }
    }
}
