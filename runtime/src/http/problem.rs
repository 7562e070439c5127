//! What a request is answered that did not get through: `application/problem+json`, RFC 9457.

use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};

use super::fields::seconds;
use crate::error::{Error, ErrorKind};
use crate::rate::Decision;

/// The problem type of the draft that defines the `RateLimit` fields.
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";
/// A type that says no more than the status does.
const BLANK: &str = "about:blank";
/// After how long a request may come again that failed for what passes by itself.
const SOON: Duration = Duration::from_secs(1);

/// Why a request is not served.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    violated: Vec<String>,
    retry_after: Option<Duration>,
}

impl Problem {
    /// These limits had no room for it.
    pub(super) fn too_many(retry_after: Duration, violated: Vec<String>) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            kind: QUOTA_EXCEEDED,
            title: "Request cannot be satisfied as assigned quota has been exceeded",
            detail: format!("too many requests: try again in {} s", seconds(retry_after)),
            violated,
            retry_after: Some(retry_after),
        }
    }

    /// What an error says to a client: no more than what to do. Its words are for the log, since
    /// they name servers and settings.
    pub(super) fn of(error: &Error) -> Self {
        if let Some(wait) = Decision::of(error).and_then(Decision::retry_after) {
            return Self::too_many(wait, Vec::new());
        }
        let (status, title, detail) = match error.kind() {
            ErrorKind::TenantRequired => (
                StatusCode::BAD_REQUEST,
                "Bad Request",
                "the request does not say whose data it is about",
            ),
            ErrorKind::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Unprocessable Content",
                "the idempotency key was used before by another request",
            ),
            ErrorKind::InProgress => (
                StatusCode::CONFLICT,
                "Conflict",
                "a request with this idempotency key is still being processed",
            ),
            _ if error.is_temporary() => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Service Unavailable",
                "what this needs is not there just now: try again",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal Server Error",
                "the service cannot do this",
            ),
        };
        Self {
            status,
            kind: BLANK,
            title,
            detail: detail.to_owned(),
            violated: Vec::new(),
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(SOON),
        }
    }

    pub(super) fn into_response<B: From<String>>(self) -> Response<B> {
        let mut response = Response::new(self.body().into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, json);
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds(wait).max(1).into());
        }
        response
    }

    fn body(&self) -> String {
        let mut body = serde_json::json!({
            "type": self.kind,
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if !self.violated.is_empty() {
            body["violated-policies"] = self.violated.as_slice().into();
        }
        body.to_string()
    }
}
