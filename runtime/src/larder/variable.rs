//! One variable of the environment: what it says, or the error that names it.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::config::Endpoint;
use crate::error::{Error, ErrorKind, Result};

/// A variable that is set.
#[derive(Debug)]
pub(super) struct Variable {
    name: &'static str,
    value: OsString,
}

impl Variable {
    /// The variable of this name; an empty one is one that a deployment has left out.
    pub(super) fn of(name: &'static str, value: Option<OsString>) -> Option<Self> {
        let value = value.filter(|value| !value.is_empty())?;
        Some(Self { name, value })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The text of it. Where it is none it is not shown, since it may be a URL with a password.
    pub(super) fn text(&self) -> Result<&str> {
        let not_text = "is not UTF-8: write it in UTF-8, in a URL percent-encoded";
        self.value.to_str().ok_or_else(|| self.wrong(not_text))
    }

    /// Where this URL, which stands in it, leads.
    pub(super) fn endpoint(&self, url: &str) -> Result<Endpoint> {
        url.parse().map_err(|error: Error| {
            let message = format!("`{}`: {}", self.name, error.message());
            Error::new(error.kind(), error.operation(), message)
        })
    }

    /// A path, in whatever bytes the system takes.
    pub(super) fn path(self) -> PathBuf {
        self.value.into()
    }

    /// A duration, which is never zero.
    pub(super) fn duration(&self) -> Result<Duration> {
        let duration = humantime::parse_duration(self.text()?).ok();
        let duration = duration.filter(|duration| !duration.is_zero());
        duration.ok_or_else(|| {
            self.no("a duration with its unit, such as `50ms` or `1s`, and longer than nothing")
        })
    }

    /// A number of bytes, such as this one.
    pub(super) fn bytes<N: FromStr + Display + Copy>(&self, example: N) -> Result<N> {
        let number = self.text()?.parse();
        number.map_err(|_| self.no(format_args!("a number of bytes, such as {example}")))
    }

    /// The error for a value that is no such thing.
    pub(super) fn no(&self, wanted: impl Display) -> Error {
        let value = self.value.display();
        self.wrong(format_args!("is `{value}`: write {wanted}"))
    }

    fn wrong(&self, message: impl Display) -> Error {
        let message = format!("`{}` {message}", self.name);
        Error::new(ErrorKind::Configuration, "from_env", message)
    }
}
