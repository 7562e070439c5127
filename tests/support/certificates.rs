//! An authority and the certificates that it signed, as files.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tempfile::TempDir;

/// Certificates of one authority, made for one test. A second one is an authority that the first
/// one's friends do not trust.
#[derive(Debug)]
pub(crate) struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// An authority, a server (`localhost`, `127.0.0.1`) and a client, made now.
    pub(crate) fn create() -> Self {
        let folder = TempDir::with_prefix("larder-certificates-").expect("a temporary folder");
        let certificates = Self { folder };

        let key = KeyPair::generate().expect("a key");
        let mut authority = parameters("larder test authority", &[]);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = authority.self_signed(&key).expect("an authority");
        write(&certificates.authority(), &certificate.pem());
        let authority = Issuer::new(authority, key);

        let mut server = parameters("larder test server", &["localhost", "127.0.0.1"]);
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        certificates.sign("server", &server, &authority);

        let mut client = parameters("larder test client", &[]);
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        certificates.sign("client", &client, &authority);
        certificates
    }

    /// The authority's certificate (PEM).
    pub(crate) fn authority(&self) -> PathBuf {
        self.path("authority.pem")
    }

    /// The server's certificate (PEM).
    pub(crate) fn server_certificate(&self) -> PathBuf {
        self.path("server.pem")
    }

    /// The server's key (PEM).
    pub(crate) fn server_key(&self) -> PathBuf {
        self.path("server.key")
    }

    /// The client's certificate (PEM).
    pub(crate) fn client_certificate(&self) -> PathBuf {
        self.path("client.pem")
    }

    /// The client's key (PEM).
    pub(crate) fn client_key(&self) -> PathBuf {
        self.path("client.key")
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn sign(&self, name: &str, parameters: &CertificateParams, authority: &Issuer<'_, KeyPair>) {
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters
            .signed_by(&key, authority)
            .expect("a certificate");
        write(&self.path(&format!("{name}.pem")), &certificate.pem());
        write(&self.path(&format!("{name}.key")), &key.serialize_pem());
    }
}

fn parameters(common_name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut parameters = CertificateParams::new(names).expect("valid names");
    parameters
        .distinguished_name
        .push(DnType::CommonName, common_name);
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("our own folder");
}
