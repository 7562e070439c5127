//! The certificates of encrypted connections.

use std::path::PathBuf;

use super::wrong;
use crate::error::Result;

/// Whom to trust on a `rediss://` connection, and as whom to appear.
///
/// All files are PEM. They are read again whenever a connection is made, so a renewed certificate
/// needs no restart. There is no way to leave the server's certificate unchecked.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The authorities that may have signed the server's certificate. Default: those that the
    /// system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others).
    pub ca: Option<PathBuf>,
    /// The certificate that this client shows, with the chain up to its authority. Needs `key`.
    /// Default: none.
    pub certificate: Option<PathBuf>,
    /// The private key of `certificate`. Default: none.
    pub key: Option<PathBuf>,
}

impl TlsSettings {
    /// Whether nothing was set.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses half a client certificate.
    pub(super) fn check(&self) -> Result<()> {
        match (&self.certificate, &self.key) {
            (Some(_), None) => Err(wrong("`tls.certificate` needs `tls.key` beside it")),
            (None, Some(_)) => Err(wrong("`tls.key` needs `tls.certificate` beside it")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_client_certificate_is_refused() {
        let alone = |certificate: Option<&str>, key: Option<&str>| TlsSettings {
            ca: None,
            certificate: certificate.map(PathBuf::from),
            key: key.map(PathBuf::from),
        };
        let error = alone(Some("client.pem"), None).check().unwrap_err();
        assert!(error.message().contains("needs `tls.key`"), "{error}");
        let error = alone(None, Some("client.key")).check().unwrap_err();
        assert!(
            error.message().contains("needs `tls.certificate`"),
            "{error}"
        );
        alone(Some("client.pem"), Some("client.key"))
            .check()
            .unwrap();
    }
}
