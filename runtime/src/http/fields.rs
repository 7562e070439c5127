//! The fields of a response that tell a client its limits: `RateLimit-Policy` and `RateLimit`, as
//! in draft-ietf-httpapi-ratelimit-headers-11.

use std::fmt::Write;
use std::time::Duration;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

use crate::rate::{Decision, Limit, LimitState, RateSpec};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The limits of a limiter under the names that clients see.
#[derive(Debug, Clone)]
pub(super) struct Policies {
    named: Vec<(Limit, String)>,
    has_burst: bool,
    /// What `RateLimit-Policy` says: the same in every response.
    field: Option<HeaderValue>,
}

impl Policies {
    /// Each limit is called after its namespace and its period, such as `api:1s`, which stays when
    /// its units change.
    pub(super) fn of(spec: &RateSpec) -> Self {
        let name = |limit: &Limit| format!("{}:{}", spec.namespace(), limit.period());
        let named: Vec<_> = spec.limits().map(|limit| (*limit, name(limit))).collect();
        let has_burst = spec.has_burst();
        let items: Vec<String> = named
            .iter()
            .map(|(limit, name)| policy(limit, name, has_burst))
            .collect();
        Self {
            field: HeaderValue::try_from(items.join(", ")).ok(),
            named,
            has_burst,
        }
    }

    /// Says what the limits are, and where a request has left them. One that was denied hears only
    /// of the limits that denied it, so that it waits no longer than for those.
    pub(super) fn write(&self, decision: &Decision, cost: u64, headers: &mut HeaderMap) {
        let mut items = Vec::new();
        for state in decision.limits() {
            let name = self.name(&state.limit);
            match (decision.retry_after(), name) {
                (Some(wait), Some(name)) if state.remaining < cost => {
                    items.push(service_limit(&state, name, Some(wait)));
                }
                (None, Some(name)) => {
                    let next = next_unit(&state, self.has_burst);
                    items.push(service_limit(&state, name, next));
                }
                _ => {}
            }
        }
        if let Some(field) = &self.field {
            headers.append(POLICY, field.clone());
        }
        if let Ok(field) = HeaderValue::try_from(items.join(", "))
            && !items.is_empty()
        {
            headers.append(LIMIT, field);
        }
    }

    /// The names of the limits that had no room for the request.
    pub(super) fn violated(&self, decision: &Decision, cost: u64) -> Vec<String> {
        let without_room = decision.limits().filter(|state| state.remaining < cost);
        without_room
            .filter_map(|state| self.name(&state.limit).map(str::to_owned))
            .collect()
    }

    fn name(&self, limit: &Limit) -> Option<&str> {
        let mut named = self.named.iter();
        named
            .find(|(known, _)| known == limit)
            .map(|(_, name)| name.as_str())
    }
}

/// Whole seconds, rounded up: whoever comes then is not too early.
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// `"api:1m";q=100;w=60;larder-burst=20`
fn policy(limit: &Limit, name: &str, has_burst: bool) -> String {
    let mut item = format!("{};q={}", quoted(name), limit.units());
    let period = limit.per();
    // The window is whole seconds or is not said.
    if period.subsec_nanos() == 0 {
        let _ = write!(item, ";w={}", period.as_secs());
    }
    if has_burst && limit.burst_units() != limit.units() {
        let _ = write!(item, ";larder-burst={}", limit.burst_units());
    }
    item
}

/// `"api:1m";r=7;t=1`
fn service_limit(state: &LimitState, name: &str, next: Option<Duration>) -> String {
    let mut item = format!("{};r={}", quoted(name), state.remaining);
    if let Some(next) = next {
        let _ = write!(item, ";t={}", seconds(next));
    }
    item
}

/// After how long there is another unit; `None` if all are there. Windows do not tell, so that it
/// is then when all are.
fn next_unit(state: &LimitState, has_burst: bool) -> Option<Duration> {
    if state.reset_after.is_zero() {
        return None;
    }
    if !has_burst {
        return Some(state.reset_after);
    }
    let unit = state
        .limit
        .per()
        .as_nanos()
        .div_ceil(state.limit.units().into());
    let missing = u128::from(state.limit.burst_units().saturating_sub(state.remaining));
    // All are there after `reset_after`, and the last of the missing ones comes one unit after the
    // last but one.
    let others = unit.saturating_mul(missing.saturating_sub(1));
    let next = state.reset_after.as_nanos().saturating_sub(others);
    Some(Duration::from_nanos(
        u64::try_from(next).unwrap_or(u64::MAX),
    ))
}

/// A String of RFC 9651: what is not printable ASCII is written as in a URL.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', byte.into()]),
            b' '..=b'~' => quoted.push(byte.into()),
            _ => {
                let _ = write!(quoted, "%{byte:02X}");
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_strings_of_structured_fields() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(quoted("é\n"), "\"%C3%A9%0A\"");
    }

    #[test]
    fn the_next_unit_comes_before_all_are_there() {
        let limit = Limit::new(10, Duration::from_secs(10)).burst(4);
        let state = |remaining, millis| LimitState {
            limit,
            remaining,
            reset_after: Duration::from_millis(millis),
        };
        assert_eq!(
            next_unit(&state(0, 4000), true),
            Some(Duration::from_secs(1))
        );
        assert_eq!(
            next_unit(&state(1, 2500), true),
            Some(Duration::from_millis(500))
        );
        assert_eq!(next_unit(&state(4, 0), true), None);
        assert_eq!(
            next_unit(&state(1, 2500), false),
            Some(Duration::from_millis(2500))
        );
    }

    #[test]
    fn a_window_that_is_no_whole_seconds_is_not_said() {
        let limit = Limit::new(3, Duration::from_millis(1500));
        assert_eq!(policy(&limit, "api", true), "\"api\";q=3");
        let limit = Limit::new(100, Duration::from_mins(1)).burst(20);
        assert_eq!(
            policy(&limit, "api", true),
            "\"api\";q=100;w=60;larder-burst=20"
        );
    }
}
