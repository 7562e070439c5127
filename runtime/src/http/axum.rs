//! A Larder as an argument of axum's handlers, and errors as their answers.

use std::convert::Infallible;

use ::axum::extract::{FromRequestParts, OptionalFromRequestParts};
use ::axum::response::{IntoResponse, Response};
use http::request::Parts;

use super::problem::Problem;
use crate::error::{Error, ErrorKind};
use crate::larder::Larder;

/// The Larder that annotated functions use in this handler: that of a
/// [`LarderLayer`](crate::LarderLayer), else the installed one. If there is none, the request is
/// answered with status 500. (As a state, `State<Larder>`, it needs nothing: a Larder can be
/// cloned. But that one is the same for all requests, and has no tenant.)
impl<S: Sync> FromRequestParts<S> for Larder {
    type Rejection = Error;

    async fn from_request_parts(_head: &mut Parts, _state: &S) -> Result<Self, Error> {
        Self::current()
    }
}

/// The same, or `None` if there is none.
impl<S: Sync> OptionalFromRequestParts<S> for Larder {
    type Rejection = Infallible;

    async fn from_request_parts(_head: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(Self::current().ok())
    }
}

/// A problem of RFC 9457: 429 with `Retry-After` for a denied call, 503 for what passes by itself,
/// 400 for a missing tenant, 409 and 422 for an idempotency key that is in use or was used by
/// another request, else 500. The error's own words stand in the log and not in the answer: as an
/// error for 500, as a warning for a missing tenant, and at the level `DEBUG` for what passes by
/// itself or is the client's to mend.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self.kind() {
            // What clients do at will must not fill the log of a service that is well.
            ErrorKind::KeyReused => {
                tracing::debug!(error = %self, "a request was answered with an error of its client");
            }
            // Its client has left something out, or else the handler has asked a wrong Larder.
            ErrorKind::TenantRequired => {
                tracing::warn!(error = %self, "a request had no tenant");
            }
            _ if self.is_temporary() => {
                tracing::debug!(error = %self, "a request was answered with an error that passes");
            }
            _ => tracing::error!(error = %self, "a request was answered with an error"),
        }
        Problem::of(&self).into_response()
    }
}
