//! What `tracing` is told of a call.

use tracing::Span;

/// The span in which a call is answered; nothing unless somebody listens at the level DEBUG.
pub(super) fn span(verb: &'static str, namespace: &'static str) -> Span {
    let outcome = tracing::field::Empty;
    tracing::debug_span!(target: "larder", "cache", verb, namespace, outcome)
}
