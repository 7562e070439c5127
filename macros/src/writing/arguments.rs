//! The arguments that `#[invalidates]` and `#[cache_put]` share.

use crate::diagnostics::Diagnostics;
use crate::parse::literal::word;
use crate::parse::{Arguments, Given};

/// What becomes of a call whose writes the server could not be told of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnError {
    Queue,
    Fail,
}

/// What the user says about the return type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    Value,
    Result,
}

const ON_ERROR: [(&str, OnError); 2] = [("queue", OnError::Queue), ("fail", OnError::Fail)];

const RETURNS: [(&str, Returns); 2] = [("value", Returns::Value), ("result", Returns::Result)];

/// `on_error = "queue"`.
pub(crate) fn on_error(
    arguments: &mut Arguments,
    diagnostics: &mut Diagnostics,
) -> Option<Given<OnError>> {
    let given = arguments.value("on_error", diagnostics)?;
    let name = given.name.clone();
    let value = word(&given, &ON_ERROR, diagnostics)?;
    Some(Given { name, value })
}

/// `returns = "result"`.
pub(crate) fn returns(arguments: &mut Arguments, diagnostics: &mut Diagnostics) -> Option<Returns> {
    let given = arguments.value("returns", diagnostics)?;
    word(&given, &RETURNS, diagnostics)
}
