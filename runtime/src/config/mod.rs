//! What a backend needs to know before it starts: where the server is, and how to hold a connection
//! to it.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

mod endpoint;
pub(crate) mod tls;
mod url;

pub use endpoint::{Endpoint, RedisEndpoint};
pub use tls::TlsSettings;

pub(crate) use endpoint::{Address, Encryption};

/// How connections are made and kept.
///
/// ```
/// use std::time::Duration;
/// use larder_runtime::config::ConnectSettings;
///
/// let mut settings = ConnectSettings::default();
/// settings.connect_timeout = Duration::from_millis(500);
/// settings.client_name = Some("checkout".to_owned());
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectSettings {
    /// How long one attempt to connect may take, from the look-up of the host's name to the last
    /// answer of the set-up. Default: 1 s.
    pub connect_timeout: Duration,
    /// How long nothing may come in on a connection that is in doubt, though the server was sent a
    /// `PING`, before that connection is given up. Default: 250 ms.
    pub probe_timeout: Duration,
    /// How long a connection may stay without traffic before a `PING` finds out whether it still
    /// lives; `None` never asks, as a connection needs on which commands block for long. Default: 5
    /// s.
    pub heartbeat: Option<Duration>,
    /// About how long to wait after the first failed attempt to connect; each further failure
    /// doubles it. Every pause is drawn from the upper half of its length, so that many processes
    /// do not come back in step. Default: 50 ms.
    pub back_off_initial: Duration,
    /// The longest pause between attempts to connect. Default: 2 s.
    pub back_off_max: Duration,
    /// After how long without traffic the operating system begins to test a TCP connection, and how
    /// long sent bytes may stay unacknowledged, at twice this length. A second net below the
    /// heartbeat. Systems count it in whole seconds, from 1 to 32,767: what is shorter or longer is
    /// taken for these. Default: 15 s.
    pub keep_alive: Duration,
    /// The name that `CLIENT LIST` shows for the connections. Default: none.
    pub client_name: Option<String>,
    /// The certificates of `rediss://` connections. Default: the authorities that the system
    /// trusts, no client certificate.
    pub tls: TlsSettings,
}

impl Default for ConnectSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(1),
            probe_timeout: Duration::from_millis(250),
            heartbeat: Some(Duration::from_secs(5)),
            back_off_initial: Duration::from_millis(50),
            back_off_max: Duration::from_secs(2),
            keep_alive: Duration::from_secs(15),
            client_name: None,
            tls: TlsSettings::default(),
        }
    }
}

impl ConnectSettings {
    /// Refuses settings with which no connection could be made or kept.
    pub(crate) fn check(&self) -> Result<()> {
        let durations = [
            ("connect_timeout", self.connect_timeout),
            ("probe_timeout", self.probe_timeout),
            ("heartbeat", self.heartbeat.unwrap_or(Duration::MAX)),
            ("back_off_initial", self.back_off_initial),
            ("back_off_max", self.back_off_max),
            ("keep_alive", self.keep_alive),
        ];
        for (name, duration) in durations {
            if duration.is_zero() {
                return Err(wrong(format!("`{name}` must be longer than nothing")));
            }
        }
        let name = self.client_name.as_deref().unwrap_or_default();
        if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong(
                "`client_name` may hold letters, digits and punctuation only, without spaces",
            ));
        }
        self.tls.check()
    }
}

fn wrong(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, "configure", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_accepted() {
        ConnectSettings::default().check().unwrap();
    }

    #[test]
    fn a_duration_of_nothing_is_refused_by_name() {
        let settings = ConnectSettings {
            probe_timeout: Duration::ZERO,
            ..ConnectSettings::default()
        };
        let error = settings.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().contains("`probe_timeout`"), "{error}");
    }

    #[test]
    fn a_client_name_that_the_server_would_refuse_is_refused_before() {
        for name in ["two words", "a\nline", "café"] {
            let settings = ConnectSettings {
                client_name: Some(name.to_owned()),
                ..ConnectSettings::default()
            };
            let error = settings.check().unwrap_err();
            assert!(error.message().contains("`client_name`"), "{error}");
        }
    }
}
