//! Settings from the environment.

use std::time::Duration;

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

/// Puts the settings that `variable` answers over those of the builder.
pub(crate) fn apply(
    mut builder: LarderBuilder,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<LarderBuilder> {
    // An empty variable is one that a deployment has left out.
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(url) = variable("LARDER_URL").or_else(|| variable("REDIS_URL")) {
        builder = builder.url(url);
    } else {
        tracing::info!(
            "neither LARDER_URL nor REDIS_URL is set: using the embedded backend, memory:"
        );
    }
    if let Some(app) = variable("LARDER_APP") {
        builder = builder.app(app);
    }
    if let Some(tenancy) = variable("LARDER_TENANCY") {
        builder = builder.tenancy(match tenancy.as_str() {
            "optional" => Tenancy::Optional,
            "required" => Tenancy::Required,
            _ => {
                return Err(wrong(
                    "LARDER_TENANCY",
                    &tenancy,
                    "`optional` or `required`",
                ));
            }
        });
    }
    if let Some(lazy) = variable("LARDER_LAZY") {
        builder = builder.lazy(match lazy.as_str() {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => return Err(wrong("LARDER_LAZY", &lazy, "`true` or `false`")),
        });
    }
    let duration = |name: &str| {
        variable(name)
            .map(|value| parse_duration(name, &value))
            .transpose()
    };
    if let Some(budget) = duration("LARDER_CALL_BUDGET")? {
        builder = builder.call_budget(budget);
    }
    if let Some(timeout) = duration("LARDER_COMMAND_TIMEOUT")? {
        builder = builder.command_timeout(timeout);
    }
    if let Some(timeout) = duration("LARDER_CONNECT_TIMEOUT")? {
        builder = builder.connect_timeout(timeout);
    }
    if let Some(bytes) = variable("LARDER_MAX_VALUE_BYTES") {
        let parsed = bytes.parse();
        let bytes = parsed.map_err(|_| {
            wrong(
                "LARDER_MAX_VALUE_BYTES",
                &bytes,
                "a number of bytes, such as 16777216",
            )
        })?;
        builder = builder.max_value_bytes(bytes);
    }
    if let Some(local) = variable("LARDER_LOCAL") {
        builder = builder.local(match local.as_str() {
            "true" => Local::WhileFresh,
            "false" => Local::Off,
            time => Local::For(humantime::parse_duration(time).map_err(|_| {
                wrong(
                    "LARDER_LOCAL",
                    &local,
                    "`true`, `false`, or a duration such as `10s`",
                )
            })?),
        });
    }
    if let Some(bytes) = variable("LARDER_LOCAL_BYTES") {
        let parsed = bytes.parse();
        let bytes = parsed.map_err(|_| {
            wrong(
                "LARDER_LOCAL_BYTES",
                &bytes,
                "a number of bytes, such as 67108864",
            )
        })?;
        builder = builder.local_bytes(bytes);
    }
    if let Some(urls) = variable("LARDER_QUORUM") {
        builder = builder.quorum(urls.split(',').map(str::trim));
    }
    if let Some(ca) = variable("LARDER_TLS_CA") {
        builder = builder.tls_ca(ca);
    }
    match (
        variable("LARDER_TLS_CERTIFICATE"),
        variable("LARDER_TLS_KEY"),
    ) {
        (Some(certificate), Some(key)) => builder = builder.tls_client(certificate, key),
        (None, None) => {}
        (Some(_), None) => return Err(alone("LARDER_TLS_CERTIFICATE", "LARDER_TLS_KEY")),
        (None, Some(_)) => return Err(alone("LARDER_TLS_KEY", "LARDER_TLS_CERTIFICATE")),
    }
    Ok(builder)
}

/// Warns of variables that look like settings and are none. Not an error: in Kubernetes a service
/// of the name `larder` puts variables such as `LARDER_SERVICE_HOST` into every container.
pub(crate) fn warn_of_unknown<'name>(names: impl Iterator<Item = &'name str>) {
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

fn parse_duration(name: &str, value: &str) -> Result<Duration> {
    humantime::parse_duration(value).map_err(|_| {
        wrong(
            name,
            value,
            "a duration with its unit, such as `50ms` or `1s`",
        )
    })
}

fn wrong(name: &str, value: &str, instead: &str) -> Error {
    let message = format!("`{name}` is `{value}`: write {instead}");
    Error::new(ErrorKind::Configuration, "from_env", message)
}

fn alone(name: &str, missing: &str) -> Error {
    let message = format!("`{name}` is set without `{missing}`: a client certificate needs both");
    Error::new(ErrorKind::Configuration, "from_env", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<LarderBuilder> {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
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
            ("LARDER_LAZY", "maybe", "`true` or `false`"),
            ("LARDER_TENANCY", "on", "`required`"),
            ("LARDER_MAX_VALUE_BYTES", "1MB", "number of bytes"),
            ("LARDER_LOCAL", "10", "`10s`"),
            ("LARDER_LOCAL_BYTES", "64MiB", "number of bytes"),
            ("LARDER_TLS_KEY", "k.pem", "LARDER_TLS_CERTIFICATE"),
        ] {
            let error = from(&[(name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let text = error.to_string();
            assert!(text.contains(name) && text.contains(cure), "{text}");
        }
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
