//! Encryption, by rustls.

#[cfg(feature = "tls")]
pub(super) use with_rustls::{check, encrypt};

#[cfg(not(feature = "tls"))]
pub(super) use without::{check, encrypt};

#[cfg(feature = "tls")]
mod with_rustls {
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use rustls::crypto::{CryptoProvider, ring};
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
    use rustls::{ClientConfig, RootCertStore};
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;

    use crate::config::TlsSettings;
    use crate::config::tls::{CA, CERTIFICATE, KEY};
    use crate::error::{Error, ErrorKind, Result};

    /// Reads every file once, so that a mistake shows before anything is dialled.
    pub(in super::super) fn check(settings: &TlsSettings) -> Result<()> {
        client_config(settings).map(drop)
    }

    /// Shakes hands with the server of this name.
    pub(in super::super) async fn encrypt(
        stream: TcpStream,
        host: &str,
        settings: &TlsSettings,
    ) -> Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            wrong("the host in the URL is neither a name nor an address that a certificate can be for")
        })?;
        // The files are read again for each connection, so renewed certificates are used without a
        // restart.
        let settings = settings.clone();
        let config = tokio::task::spawn_blocking(move || client_config(&settings))
            .await
            .map_err(|error| wrong("the certificates could not be read").caused_by(error))??;
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .map_err(handshake)
    }

    fn client_config(settings: &TlsSettings) -> Result<ClientConfig> {
        let provider = CryptoProvider::get_default()
            .cloned()
            .unwrap_or_else(|| Arc::new(ring::default_provider()));
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong("no version of TLS is available").caused_by(error))?
            .with_root_certificates(authorities(settings)?);
        let (Some(certificate), Some(key)) = (&settings.certificate, &settings.key) else {
            return Ok(config.with_no_client_auth());
        };
        let chain = certificates(certificate, CERTIFICATE)?;
        let key =
            PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(KEY, key, &error))?;
        config.with_client_auth_cert(chain, key).map_err(|error| {
            wrong(format!("{CERTIFICATE} and {KEY} do not belong together")).caused_by(error)
        })
    }

    fn authorities(settings: &TlsSettings) -> Result<RootCertStore> {
        let mut authorities = RootCertStore::empty();
        if let Some(file) = &settings.ca {
            for certificate in certificates(file, CA)? {
                authorities.add(certificate).map_err(|error| {
                    wrong(format!(
                        "{CA} is {}, which holds something that is not an authority: {error}",
                        file.display()
                    ))
                })?;
            }
        } else {
            let found = rustls_native_certs::load_native_certs();
            authorities.add_parsable_certificates(found.certs);
            if authorities.is_empty() {
                return Err(wrong(format!(
                    "this system trusts no certificate authority: install its CA certificates, or name one by {CA}"
                )));
            }
        }
        Ok(authorities)
    }

    /// Every certificate in a file, and at least one.
    fn certificates(file: &Path, setting: &str) -> Result<Vec<CertificateDer<'static>>> {
        let certificates: Vec<_> = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect)
            .map_err(|error| unreadable(setting, file, &error))?;
        if certificates.is_empty() {
            return Err(wrong(format!(
                "{setting} is {}, which holds no certificate in PEM form",
                file.display()
            )));
        }
        Ok(certificates)
    }

    fn unreadable(setting: &str, file: &Path, error: &rustls::pki_types::pem::Error) -> Error {
        wrong(format!(
            "{setting} is {}, which cannot be read: {error}",
            file.display()
        ))
    }

    fn handshake(error: io::Error) -> Error {
        let cause = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match cause {
            Some(rustls::Error::InvalidCertificate(why)) => wrong(format!(
                "the server's certificate is not accepted: {why}. If it is signed by an authority of your own, name that \
                 by {CA}"
            )),
            Some(rustls::Error::InvalidMessage(_)) => wrong(
                "the server does not speak TLS on this port: write `redis://`, or the port of its TLS listener",
            ),
            _ => Error::new(
                ErrorKind::Unreachable,
                "connect",
                format!("the TLS handshake failed: {error}"),
            ),
        }
        .caused_by(error)
    }

    fn wrong(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::Configuration, "connect", message)
    }
}

#[cfg(not(feature = "tls"))]
mod without {
    use tokio::net::TcpStream;

    use crate::config::TlsSettings;
    use crate::error::{Error, ErrorKind, Result};

    /// There is no TLS in this build.
    pub(in super::super) fn check(_: &TlsSettings) -> Result<()> {
        Err(absent())
    }

    /// There is no TLS in this build.
    pub(in super::super) async fn encrypt(
        _: TcpStream,
        _: &str,
        _: &TlsSettings,
    ) -> Result<TcpStream> {
        Err(absent())
    }

    fn absent() -> Error {
        Error::new(
            ErrorKind::Configuration,
            "connect",
            "`rediss://` needs TLS, which this build leaves out: switch on the feature `tls` of the crate `larder`",
        )
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_error_names_the_feature() {
            let error = check(&TlsSettings::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.message().contains("feature `tls`"), "{error}");
        }
    }
}
