//! Whose turn it is to speak to the server, as all see it, and what he says.

/// What is said to the server.
#[derive(Debug)]
pub(super) enum Errand {
    Join(Vec<u8>),
    Leave(Vec<u8>),
}

/// Somebody's turn, as all see it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) number: u64,
    /// How often he has said that he is there.
    pub(super) answers: u64,
}

/// What another has seen of somebody's turn when he knocked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Knock {
    number: u64,
    answers: u64,
}

impl Place {
    pub(super) fn new(number: u64) -> Self {
        Self { number, answers: 0 }
    }

    pub(super) fn knock(&self) -> Knock {
        Knock {
            number: self.number,
            answers: self.answers,
        }
    }
}
