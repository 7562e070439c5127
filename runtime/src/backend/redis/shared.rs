//! What must not be said on a connection that everybody shares.

use crate::backend::Command;
use crate::error::{Error, ErrorKind, Result};

/// These change the connection for every caller, or are not answered by one reply, after which
/// every caller would get another's.
const REFUSED: [&str; 13] = [
    "AUTH", "DISCARD", "EXEC", "HELLO", "MONITOR", "MULTI", "PSYNC", "QUIT", "RESET", "SELECT",
    "SYNC", "UNWATCH", "WATCH",
];
/// These are answered once for every channel.
const ONE_CHANNEL: [&str; 6] = [
    "PSUBSCRIBE",
    "PUNSUBSCRIBE",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "UNSUBSCRIBE",
];

/// Refuses a command that would do harm to the other callers.
pub(super) fn check(command: &Command) -> Result<()> {
    let name = command.name();
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    let cure = if REFUSED.iter().any(is) {
        "this command would change the connection for every caller; MULTI and EXEC are what an atomic pipeline is for"
    } else if is_of_channels(command) && command.words().count() != 2 {
        "name one channel in each command"
    } else if is(&"CLIENT") && switches_replies_off(command) {
        "every command of a shared connection needs its reply"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Unsupported, name, cure))
}

/// Whether a command is about channels.
pub(super) fn is_of_channels(command: &Command) -> bool {
    let name = command.name();
    ONE_CHANNEL
        .iter()
        .any(|other| name.eq_ignore_ascii_case(other))
}

/// Refuses a command that cannot be sent with others.
pub(super) fn check_among_others(command: &Command) -> Result<()> {
    if is_of_channels(command) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            command.name(),
            "send it alone: subscriptions have a connection of their own",
        ));
    }
    Ok(())
}

fn switches_replies_off(command: &Command) -> bool {
    command
        .words()
        .nth(1)
        .is_some_and(|word| word.eq_ignore_ascii_case(b"REPLY"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_would_harm_others_are_refused() {
        for command in [
            Command::new("MULTI"),
            Command::new("select").arg("1"),
            Command::new("MONITOR"),
            Command::new("SUBSCRIBE").arg("a").arg("b"),
            Command::new("UNSUBSCRIBE"),
            Command::new("CLIENT").arg("reply").arg("OFF"),
        ] {
            let error = check(&command).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{command:?}");
            assert_eq!(error.operation(), command.name());
        }
    }

    #[test]
    fn channels_are_subscribed_to_alone() {
        let error = check_among_others(&Command::new("subscribe").arg("a")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        check_among_others(&Command::new("PUBLISH").arg("a").arg("b")).unwrap();
    }

    #[test]
    fn all_others_pass() {
        for command in [
            Command::new("GET").arg("k"),
            Command::new("SUBSCRIBE").arg("a"),
            Command::new("CLIENT").arg("CACHING").arg("YES"),
            Command::new("EVALSHA"),
        ] {
            check(&command).unwrap();
        }
    }
}
