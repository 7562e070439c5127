//! How one function's values and errors are treated.

use super::failures::Failures;
use super::patience::GivingUp;
use super::rules::{ErrorRules, ValueRules};
use super::shape::Shape;
use crate::error::Error;

/// What the rules and the types of a function say about storing.
pub(crate) struct Policy<S: Shape> {
    pub(super) values: ValueRules<S::Value>,
    pub(super) errors: ErrorRules<S::Error>,
}

impl<S: Shape> Policy<S> {
    /// These rules.
    pub(crate) fn new(values: ValueRules<S::Value>, errors: ErrorRules<S::Error>) -> Self {
        Self { values, errors }
    }

    /// After how long a call gives its load up, if that is declared.
    pub(super) fn giving_up(&self) -> Option<GivingUp<S::Error>> {
        self.errors.declared.giving_up()
    }

    /// The error to return instead of running the body, if that is declared.
    pub(crate) fn rescue(&self) -> Option<fn(Error) -> S::Error> {
        self.errors.declared.rescue()
    }
}

/// What an attribute says.
impl<S: Shape> From<(ValueRules<S::Value>, Failures<S::Error>)> for Policy<S> {
    fn from((values, failures): (ValueRules<S::Value>, Failures<S::Error>)) -> Self {
        Self::new(values, ErrorRules::declared(failures))
    }
}

impl<S: Shape> Clone for Policy<S> {
    fn clone(&self) -> Self {
        Self::new(self.values.clone(), self.errors.clone())
    }
}

impl<S: Shape> std::fmt::Debug for Policy<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("values", &self.values)
            .field("errors", &self.errors)
            .finish()
    }
}
