//! How long a value may go unread.

use super::Ttl;
use crate::diagnostics::Diagnostics;
use crate::parse::Given;
use crate::parse::duration::Time;

/// A value that ends before it can have gone unread for so long says nothing by it.
pub(crate) fn check_idle(idle: Option<&Given<Time>>, ttl: &Ttl, diagnostics: &mut Diagnostics) {
    if let (Some(given), Ttl::After(Time::Exact(ttl))) = (idle, ttl)
        && let Time::Exact(unread) = &given.value
        && unread >= ttl
    {
        diagnostics.error(
            given.span(),
            "`idle` is no shorter than `ttl`, so a value ends before it can have gone unread for so long: write a shorter time, or a longer `ttl`",
        );
    }
}
