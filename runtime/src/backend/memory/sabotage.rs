//! What the server does wrong on purpose, so that a checker of what it did can be seen to find it.

#[cfg(feature = "testing")]
pub(crate) use testing::{OfCommand, OfScript, Sabotage};

#[cfg(not(feature = "testing"))]
pub(super) use none::Sabotage;

#[cfg(not(feature = "testing"))]
mod none {
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
    }
}

#[cfg(feature = "testing")]
mod testing {
    /// What is run in the place of a command that a link has sent.
    pub(crate) type OfCommand = fn(&[&[u8]]) -> Option<Vec<Vec<u8>>>;

    /// What is run in the place of a script that a link has taught the server.
    pub(crate) type OfScript = fn(&str) -> Option<String>;

    /// Swaps what the server runs. Nobody is told: the replies look as if the right thing had been done.
    #[derive(Debug, Clone, Copy, Default)]
    pub(crate) struct Sabotage {
        pub(crate) command: Option<OfCommand>,
        pub(crate) script: Option<OfScript>,
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
    }
}
