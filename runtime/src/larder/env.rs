//! Settings from the environment.

use std::ffi::OsString;

use super::quorum::QuorumSettings;
use super::variable::Variable;
use super::{LarderBuilder, Tenancy};
use crate::cache::Local;
use crate::error::{Error, ErrorKind, Result};

const KNOWN: [&str; 14] = [
    "LARDER_APP",
    "LARDER_CALL_BUDGET",
    "LARDER_COMMAND_TIMEOUT",
    "LARDER_CONNECT_TIMEOUT",
    "LARDER_LAZY",
    "LARDER_LOCAL",
    "LARDER_LOCAL_BYTES",
    "LARDER_MAX_VALUE_BYTES",
    "LARDER_QUORUM",
    "LARDER_TENANCY",
    "LARDER_TLS_CA",
    "LARDER_TLS_CERTIFICATE",
    "LARDER_TLS_KEY",
    "LARDER_URL",
];

impl LarderBuilder {
    /// The settings in the environment, over the defaults.
    ///
    /// | variable | setting |
    /// |---|---|
    /// | `LARDER_URL`, else `REDIS_URL` | [`url`](Self::url); without it, the embedded backend, which the log says |
    /// | `LARDER_APP` | [`app`](Self::app) |
    /// | `LARDER_TENANCY` | [`tenancy`](Self::tenancy): `optional` or `required` |
    /// | `LARDER_LAZY` | [`lazy`](Self::lazy): `true` or `false` |
    /// | `LARDER_CALL_BUDGET` | [`call_budget`](Self::call_budget), such as `50ms` |
    /// | `LARDER_COMMAND_TIMEOUT` | [`command_timeout`](Self::command_timeout), such as `1s` |
    /// | `LARDER_CONNECT_TIMEOUT` | [`connect_timeout`](Self::connect_timeout), such as `1s` |
    /// | `LARDER_MAX_VALUE_BYTES` | [`max_value_bytes`](Self::max_value_bytes) |
    /// | `LARDER_LOCAL` | [`local`](Self::local): `true`, `false`, or for how long, such as `10s` |
    /// | `LARDER_LOCAL_BYTES` | [`local_bytes`](Self::local_bytes) |
    /// | `LARDER_QUORUM` | [`quorum`](Self::quorum): URLs, with a comma between them; one in a password is written `%2C` |
    /// | `LARDER_TLS_CA`, `LARDER_TLS_CERTIFICATE`, `LARDER_TLS_KEY` | [`tls_ca`](Self::tls_ca), [`tls_client`](Self::tls_client): paths of PEM files |
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration), naming the variable and what
    /// to write instead. A mistake in a URL, or in the quorum, waits for [`build`](Self::build),
    /// since code may name another.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::LarderBuilder;
    ///
    /// // The settings of the environment, then these.
    /// let larder = LarderBuilder::from_env()?.app("shop").build().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_env() -> Result<Self> {
        let names: Vec<_> = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .collect();
        warn_of_unknown(names.iter().map(String::as_str));
        apply(Self::new(), &|name| std::env::var_os(name))
    }
}

/// Puts the settings that `find` answers over those of the builder.
fn apply(
    mut builder: LarderBuilder,
    find: &dyn Fn(&str) -> Option<OsString>,
) -> Result<LarderBuilder> {
    let variable = |name: &'static str| Variable::of(name, find(name));
    if let Some(url) = variable("LARDER_URL").or_else(|| variable("REDIS_URL")) {
        builder.endpoint = url.endpoint(url.text()?);
    } else {
        tracing::info!(
            "neither LARDER_URL nor REDIS_URL is set: using the embedded backend, memory:"
        );
    }
    if let Some(app) = variable("LARDER_APP") {
        builder = builder.app(app.text()?);
    }
    if let Some(tenancy) = variable("LARDER_TENANCY") {
        builder = builder.tenancy(match tenancy.text()? {
            "optional" => Tenancy::Optional,
            "required" => Tenancy::Required,
            _ => return Err(tenancy.no("`optional` or `required`")),
        });
    }
    if let Some(lazy) = variable("LARDER_LAZY") {
        builder = builder.lazy(match lazy.text()? {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => return Err(lazy.no("`true` or `false`")),
        });
    }
    if let Some(budget) = variable("LARDER_CALL_BUDGET") {
        builder = builder.call_budget(budget.duration()?);
    }
    if let Some(timeout) = variable("LARDER_COMMAND_TIMEOUT") {
        builder = builder.command_timeout(timeout.duration()?);
    }
    if let Some(timeout) = variable("LARDER_CONNECT_TIMEOUT") {
        builder = builder.connect_timeout(timeout.duration()?);
    }
    if let Some(bytes) = variable("LARDER_MAX_VALUE_BYTES") {
        builder = builder.max_value_bytes(bytes.bytes(16_777_216)?);
    }
    if let Some(local) = variable("LARDER_LOCAL") {
        builder = builder.local(match local.text()? {
            "true" => Local::WhileFresh,
            "false" => Local::Off,
            _ => Local::For(local.duration().map_err(|_| {
                local.no("`true`, `false` for no copies, or a duration such as `10s`")
            })?),
        });
    }
    if let Some(bytes) = variable("LARDER_LOCAL_BYTES") {
        builder = builder.local_bytes(bytes.bytes(67_108_864)?);
    }
    if let Some(urls) = variable("LARDER_QUORUM") {
        let parts = urls.text()?.split(',');
        let endpoints = parts.map(|url| urls.endpoint(url).map_err(with_comma));
        builder.quorum = QuorumSettings::of_variable(urls.name(), endpoints);
    }
    if let Some(ca) = variable("LARDER_TLS_CA") {
        builder = builder.tls_ca(ca.path());
    }
    match (
        variable("LARDER_TLS_CERTIFICATE"),
        variable("LARDER_TLS_KEY"),
    ) {
        (Some(certificate), Some(key)) => {
            builder = builder.tls_client(certificate.path(), key.path());
        }
        (None, None) => {}
        (Some(_), None) => return Err(alone("LARDER_TLS_CERTIFICATE", "LARDER_TLS_KEY")),
        (None, Some(_)) => return Err(alone("LARDER_TLS_KEY", "LARDER_TLS_CERTIFICATE")),
    }
    Ok(builder)
}

/// Warns of variables that look like settings and are none. Not an error: in Kubernetes a service
/// of the name `larder` puts variables such as `LARDER_SERVICE_HOST` into every container.
fn warn_of_unknown<'name>(names: impl Iterator<Item = &'name str>) {
    for name in unknown(names) {
        tracing::warn!(
            "`{name}` is no setting of Larder; LarderBuilder::from_env lists those that there are"
        );
    }
}

fn unknown<'name>(names: impl Iterator<Item = &'name str>) -> impl Iterator<Item = &'name str> {
    let of_a_service =
        |name: &str| name.starts_with("LARDER_SERVICE_") || name.starts_with("LARDER_PORT");
    names.filter(move |name| {
        name.starts_with("LARDER_") && !KNOWN.contains(name) && !of_a_service(name)
    })
}

/// What to know of a URL among others.
fn with_comma(error: Error) -> Error {
    error.with("note", "a comma in a password must be written `%2C`")
}

fn alone(name: &str, missing: &str) -> Error {
    let message = format!("`{name}` is set without `{missing}`: a client certificate needs both");
    Error::new(ErrorKind::Configuration, "from_env", message)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;
    use crate::config::Endpoint;

    fn from<V: AsRef<OsStr>>(variables: &[(&str, V)]) -> Result<LarderBuilder> {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.as_ref().to_owned())
        };
        apply(LarderBuilder::new(), &find)
    }

    #[test]
    fn larder_url_goes_before_redis_url() {
        let builder = from(&[
            ("REDIS_URL", "redis://second"),
            ("LARDER_URL", "redis://first"),
        ])
        .unwrap();
        assert!(format!("{builder:?}").contains("first"));
    }

    #[test]
    fn a_wrong_value_is_an_error_that_names_variable_and_cure() {
        for (name, value, cure) in [
            ("LARDER_CALL_BUDGET", "50", "50ms"),
            ("LARDER_CALL_BUDGET", "0", "50ms"),
            ("LARDER_COMMAND_TIMEOUT", "0ms", "longer than nothing"),
            ("LARDER_CONNECT_TIMEOUT", "1", "1s"),
            ("LARDER_LAZY", "maybe", "`true` or `false`"),
            ("LARDER_TENANCY", "on", "`required`"),
            ("LARDER_MAX_VALUE_BYTES", "1MB", "number of bytes"),
            ("LARDER_LOCAL", "10", "`10s`"),
            ("LARDER_LOCAL", "0", "`false`"),
            ("LARDER_LOCAL", "0s", "`false`"),
            ("LARDER_LOCAL_BYTES", "64MiB", "number of bytes"),
            ("LARDER_TLS_KEY", "k.pem", "LARDER_TLS_CERTIFICATE"),
        ] {
            let error = from(&[(name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let text = error.to_string();
            assert!(text.contains(name) && text.contains(cure), "{text}");
        }
    }

    /// In code another URL may be named, so it is the building that fails.
    #[tokio::test]
    async fn so_is_a_wrong_url() {
        for (name, value, cure) in [
            ("LARDER_URL", "redis//:hunter2@h", "`redis://"),
            ("REDIS_URL", "redis://:hunter2@h/x", "a number"),
            (
                "LARDER_QUORUM",
                "redis://a,redis//:hunter2@b,redis://c",
                "`redis://",
            ),
            (
                "LARDER_QUORUM",
                "redis://a,redis://:hunter2,x@b,redis://c",
                "`%2C`",
            ),
            ("LARDER_QUORUM", "redis://a,redis://b", "three"),
            (
                "LARDER_QUORUM",
                "redis://a,redis://b,redis://a/1",
                "independent",
            ),
        ] {
            let builder = from(&[(name, value)]).unwrap();
            let error = builder.clone().build().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let text = format!("{error} {error:?} {builder:?}");
            assert!(text.contains(&format!("`{name}`")), "{text}");
            assert!(text.contains(cure), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
        let another = from(&[("REDIS_URL", "redis+cluster://h")]).unwrap();
        another.url("memory:").build().await.unwrap();
        let comma = [("LARDER_QUORUM", "redis://:a%2Cb@h, redis://i,redis://j")];
        let quorum = from(&comma).unwrap().quorum;
        quorum.check(&Endpoint::Memory).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_utf_8_is_an_error_that_names_the_variable_and_does_not_show_it() {
        use std::os::unix::ffi::OsStrExt;

        for name in KNOWN.into_iter().chain(["REDIS_URL"]) {
            let value = OsStr::from_bytes(b"redis://:hunter2\xe4@h");
            // A path may be of any bytes.
            if name.starts_with("LARDER_TLS_") {
                continue;
            }
            let error = from(&[(name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let text = format!("{error} {error:?}");
            assert!(text.contains(name), "{text}");
            assert!(text.contains("UTF-8"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
        let path = OsStr::from_bytes(b"/certificates/\xe4.pem");
        assert!(from(&[("LARDER_TLS_CA", path)]).is_ok());
    }

    #[test]
    fn a_misspelt_variable_is_noticed_and_a_services_is_not() {
        let names = [
            "LARDER_CALL_BUGET",
            "LARDER_URL",
            "LARDER_SERVICE_HOST",
            "LARDER_PORT_80_TCP",
            "HOME",
        ];
        assert_eq!(
            unknown(names.into_iter()).collect::<Vec<_>>(),
            ["LARDER_CALL_BUGET"]
        );
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        assert!(from(&[("LARDER_CALL_BUDGET", "")]).is_ok());
    }
}
