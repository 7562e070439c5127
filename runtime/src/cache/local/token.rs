//! What an invalidation answers.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// When an invalidation took place, by the server's clock. Whoever is given it can ask not to be
/// answered from a copy that is older, on whichever node.
///
/// It is made to travel, in a session or in a header of HTTP: as text it is a number of at most
/// twenty digits, which reads back. Of two tokens the greater asks for more, so of several the
/// greatest is enough.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::InvalidationToken;
///
/// let token: InvalidationToken = "1763678000123456".parse()?;
/// assert_eq!(token.to_string(), "1763678000123456");
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvalidationToken {
    /// Microseconds since the Unix epoch, by the server's clock.
    micros: u64,
}

impl InvalidationToken {
    /// The invalidation happened no later than when the server's clock showed this.
    pub(crate) fn at(micros: u64) -> Self {
        Self { micros }
    }

    /// When it happened is not known: no copy is young enough.
    pub(crate) const UNKNOWN: Self = Self { micros: u64::MAX };

    /// Whether what was read when the server's clock showed this was read after the invalidation.
    /// In the same microsecond it may have been before.
    pub(crate) fn is_before(self, read_at: u64) -> bool {
        self.micros < read_at
    }
}

impl fmt::Display for InvalidationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.micros)
    }
}

impl fmt::Debug for InvalidationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidationToken({self})")
    }
}

impl FromStr for InvalidationToken {
    type Err = Error;

    /// Reads what `Display` wrote.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] for anything else.
    fn from_str(text: &str) -> Result<Self, Error> {
        let is_a_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let micros = text.parse().ok().filter(|_| is_a_number);
        micros.map(Self::at).ok_or_else(|| {
            let message = "this is no token of an invalidation: it would be a number";
            Error::new(ErrorKind::Decode, "token", message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_and_nothing_else_reads() {
        for token in [
            InvalidationToken::at(0),
            InvalidationToken::at(1_763_678_000_123_456),
            InvalidationToken::UNKNOWN,
        ] {
            assert_eq!(
                token.to_string().parse::<InvalidationToken>().ok(),
                Some(token)
            );
        }
        for text in ["", "+7", "-1", " 7", "7 ", "0x7", "99999999999999999999"] {
            let error = text.parse::<InvalidationToken>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{text}");
        }
    }

    #[test]
    fn what_was_read_in_the_same_microsecond_may_have_been_read_before() {
        let token = InvalidationToken::at(7);
        assert!(!token.is_before(6));
        assert!(!token.is_before(7));
        assert!(token.is_before(8));
        assert!(!InvalidationToken::UNKNOWN.is_before(u64::MAX));
    }
}
