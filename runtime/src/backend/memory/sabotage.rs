//! What the server does wrong on purpose, so that a checker of what it did can be seen to find it.

#[cfg(feature = "testing")]
pub(crate) use testing::{OfCommand, OfScript, Sabotage};

#[cfg(not(feature = "testing"))]
pub(super) use none::Sabotage;

/// What becomes of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    GetsLost,
}

/// From when on the server tells of changes of what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    FromTheReadOn,
    /// From when the reply has arrived: what happens to the key on the way nobody hears of.
    #[cfg_attr(
        not(feature = "testing"),
        allow(dead_code, reason = "only tests plant a mistake")
    )]
    FromItsReplyOn,
}

#[cfg(not(feature = "testing"))]
mod none {
    use super::{Fate, Told};
    use crate::backend::Push;

    /// The server does what it is told.
    #[derive(Debug, Clone, Copy, Default)]
    pub(in super::super) struct Sabotage {}

    impl Sabotage {
        #[allow(clippy::unused_self, reason = "its twin in tests looks")]
        pub(in super::super) fn of_command(self, _: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
            None
        }

        #[allow(clippy::unused_self, reason = "its twin in tests looks")]
        pub(in super::super) fn of_script(self, _: &[u8]) -> Option<Vec<u8>> {
            None
        }

        #[allow(clippy::unused_self, reason = "its twin in tests looks")]
        pub(in super::super) fn of_push(self, _: &Push, fate: Fate) -> Fate {
            fate
        }

        #[allow(clippy::unused_self, reason = "its twin in tests looks")]
        pub(in super::super) fn of_read(self, _: &[u8]) -> Told {
            Told::FromTheReadOn
        }

        #[allow(clippy::unused_self, reason = "its twin in tests looks")]
        pub(in super::super) fn is_of_reads(self) -> bool {
            false
        }
    }
}

#[cfg(feature = "testing")]
mod testing {
    use super::{Fate, Told};
    use crate::backend::Push;

    /// What is run in the place of a command that a link has sent.
    pub(crate) type OfCommand = fn(&[&[u8]]) -> Option<Vec<Vec<u8>>>;

    /// What is run in the place of a script that a link has taught the server.
    pub(crate) type OfScript = fn(&str) -> Option<String>;

    /// What becomes of a push that would have this fate.
    type OfPush = fn(&Push, Fate) -> Fate;

    /// From when on who reads this key is told of its changes.
    type OfRead = fn(&[u8]) -> Told;

    /// Swaps what the server runs, and what it tells. Nobody is told of that: the replies look as
    /// if the right thing had been done.
    #[derive(Debug, Clone, Copy, Default)]
    pub(crate) struct Sabotage {
        pub(crate) command: Option<OfCommand>,
        pub(crate) script: Option<OfScript>,
        pub(crate) push: Option<OfPush>,
        pub(crate) read: Option<OfRead>,
    }

    impl Sabotage {
        /// The words to run instead of these.
        pub(in super::super) fn of_command(self, words: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
            self.command.and_then(|swap| swap(words))
        }

        /// The script to run under the digest of this one.
        pub(in super::super) fn of_script(self, text: &[u8]) -> Option<Vec<u8>> {
            let text = std::str::from_utf8(text).ok()?;
            self.script
                .and_then(|swap| swap(text))
                .map(String::into_bytes)
        }

        /// What becomes of this push.
        pub(in super::super) fn of_push(self, push: &Push, fate: Fate) -> Fate {
            self.push.map_or(fate, |change| change(push, fate))
        }

        /// From when on who reads this key is told of its changes.
        pub(in super::super) fn of_read(self, key: &[u8]) -> Told {
            self.read.map_or(Told::FromTheReadOn, |told| told(key))
        }

        /// Whether it changes anything about reads.
        pub(in super::super) fn is_of_reads(self) -> bool {
            self.read.is_some()
        }
    }
}
