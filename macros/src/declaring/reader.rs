//! Options and arguments, each read by a function of its own.

use syn::Expr;

use crate::diagnostics::Diagnostics;
use crate::parse::{Arguments, Given};

/// Takes arguments out of the list, each with the function that reads its value.
pub(crate) struct Reader<'a> {
    pub(crate) arguments: &'a mut Arguments,
    pub(crate) diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Given<Expr>, &mut Diagnostics) -> Option<T>,
    ) -> Option<T> {
        let given = self.arguments.value(name, self.diagnostics)?;
        read(given, self.diagnostics)
    }

    /// Like `read`, for arguments that rules across arguments point at.
    pub(crate) fn named<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Given<Expr>, &mut Diagnostics) -> Option<T>,
    ) -> Option<Given<T>> {
        let given = self.arguments.value(name, self.diagnostics)?;
        let name = given.name.clone();
        let value = read(given, self.diagnostics)?;
        Some(Given { name, value })
    }
}
