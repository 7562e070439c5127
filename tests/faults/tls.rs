//! Encrypted connections: who is trusted, and what is said when nobody is.

use std::path::PathBuf;
use std::time::Duration;

use larder_runtime::config::ConnectSettings;
use larder_runtime::error::{Error, ErrorKind};

use crate::rig::{bulk, connect_with, get, patiently, set, settings};
use crate::support::certificates::Certificates;
use crate::support::server::RedisServer;

/// Trusts these certificates' authority.
fn trusting(certificates: &Certificates) -> ConnectSettings {
    let mut settings = settings();
    settings.tls.ca = Some(certificates.authority());
    settings
}

/// Trusts them and shows their client certificate.
fn appearing(certificates: &Certificates) -> ConnectSettings {
    let mut settings = trusting(certificates);
    settings.tls.certificate = Some(certificates.client_certificate());
    settings.tls.key = Some(certificates.client_key());
    settings
}

async fn refusal(url: &str, settings: &ConnectSettings) -> Error {
    patiently(connect_with(url, settings)).await.unwrap_err()
}

#[tokio::test]
async fn with_an_authority_of_our_own() {
    let certificates = Certificates::create();
    let server = RedisServer::builder().tls(&certificates).start();
    let url = format!("rediss://127.0.0.1:{}", server.port());
    let backend = connect_with(&url, &trusting(&certificates)).await.unwrap();
    set(&backend, "key", "value").await.unwrap();
    assert_eq!(get(&backend, "key").await.unwrap(), bulk("value"));
    // And by name, which the certificate is for as well.
    let url = format!("rediss://localhost:{}", server.port());
    connect_with(&url, &trusting(&certificates)).await.unwrap();
}

#[tokio::test]
async fn with_a_client_certificate_where_one_is_asked_for() {
    let certificates = Certificates::create();
    let server = RedisServer::builder()
        .tls(&certificates)
        .config("tls-auth-clients", "yes")
        .start();
    let backend = connect_with(&server.url(), &appearing(&certificates))
        .await
        .unwrap();
    set(&backend, "key", "value").await.unwrap();

    let error = refusal(&server.url(), &trusting(&certificates)).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
}

#[tokio::test]
async fn not_with_a_server_of_another_authority() {
    let server = RedisServer::builder().tls(&Certificates::create()).start();
    let others = Certificates::create();
    let error = refusal(&server.url(), &trusting(&others)).await;
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error.message().contains("certificate is not accepted"),
        "{error}"
    );
    assert!(
        error.message().contains("`tls_ca` (`LARDER_TLS_CA`)"),
        "{error}"
    );

    // Nor does the system trust an authority that was made for a test.
    let error = refusal(&server.url(), &settings()).await;
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error.message().contains("`tls_ca` (`LARDER_TLS_CA`)"),
        "{error}"
    );
}

#[tokio::test]
async fn not_with_a_server_of_another_name() {
    let certificates = Certificates::create();
    let server = RedisServer::builder().tls(&certificates).start();
    // The certificate is for 127.0.0.1 and localhost; this address leads to the same server.
    let url = format!("rediss://[::ffff:127.0.0.1]:{}", server.port());
    let error = refusal(&url, &trusting(&certificates)).await;
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("not valid for"), "{error}");
}

#[tokio::test]
async fn not_when_one_side_alone_encrypts() {
    let certificates = Certificates::create();
    // A plain server waits for the rest of what it takes for a command.
    let plain = RedisServer::start();
    let mut hasty = trusting(&certificates);
    hasty.connect_timeout = Duration::from_millis(200);
    let error = refusal(&plain.url().replace("redis://", "rediss://"), &hasty).await;
    assert!(error.message().contains("write `redis://`"), "{error}");

    let encrypted = RedisServer::builder().tls(&certificates).start();
    let error = refusal(
        &encrypted.url().replace("rediss://", "redis://"),
        &settings(),
    )
    .await;
    assert!(error.message().contains("write `rediss://`"), "{error}");
}

#[tokio::test]
async fn not_with_files_that_cannot_be_used() {
    let certificates = Certificates::create();
    let url = "rediss://127.0.0.1:1";

    let mut missing = settings();
    missing.tls.ca = Some(PathBuf::from("/nowhere/ca.pem"));
    let error = refusal(url, &missing).await;
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error
            .message()
            .contains("`LARDER_TLS_CA`) is /nowhere/ca.pem"),
        "{error}"
    );

    let mut no_certificate = settings();
    no_certificate.tls.ca = Some(certificates.client_key());
    let error = refusal(url, &no_certificate).await;
    assert!(error.message().contains("holds no certificate"), "{error}");

    let mut mismatched = appearing(&certificates);
    mismatched.tls.key = Some(certificates.server_key());
    let error = refusal(url, &mismatched).await;
    assert!(
        error.message().contains("do not belong together"),
        "{error}"
    );

    let mut half = trusting(&certificates);
    half.tls.certificate = Some(certificates.client_certificate());
    let error = refusal(url, &half).await;
    assert!(error.message().contains("(`LARDER_TLS_KEY`)"), "{error}");

    // Certificates for a connection that would not be encrypted.
    let error = refusal("redis://127.0.0.1:1", &trusting(&certificates)).await;
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("`rediss://`"), "{error}");
}
