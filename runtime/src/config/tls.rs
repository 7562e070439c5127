//! The certificates of encrypted connections.

use std::path::PathBuf;

use super::wrong;
use crate::error::Result;

/// The settings as users write them, in code and in the environment: errors call them so.
#[cfg(feature = "tls")]
pub(crate) const CA: &str = "`tls_ca` (`LARDER_TLS_CA`)";
pub(crate) const CERTIFICATE: &str = "the certificate of `tls_client` (`LARDER_TLS_CERTIFICATE`)";
pub(crate) const KEY: &str = "the key of `tls_client` (`LARDER_TLS_KEY`)";

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
            (Some(_), None) => Err(wrong(format!("{CERTIFICATE} needs {KEY} beside it"))),
            (None, Some(_)) => Err(wrong(format!("{KEY} needs {CERTIFICATE} beside it"))),
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
        assert!(error.message().contains("needs the key"), "{error}");
        let error = alone(None, Some("client.key")).check().unwrap_err();
        assert!(error.message().contains("needs the certificate"), "{error}");
        alone(Some("client.pem"), Some("client.key"))
            .check()
            .unwrap();
    }
}
