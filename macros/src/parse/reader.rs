//! Options and arguments, each read by a function of its own.

use proc_macro2::Span;
use syn::Expr;

use super::{Arguments, Given};
use crate::diagnostics::Diagnostics;

/// Takes arguments out of the list, each with the function that reads its value.
pub(crate) struct Reader<'a> {
    pub(crate) arguments: &'a mut Arguments,
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// What to say of each argument that is not there and must be.
    missing: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(arguments: &'a mut Arguments, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            arguments,
            diagnostics,
            missing: Vec::new(),
        }
    }

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

    /// Like `read`, for arguments that must be there.
    pub(crate) fn needed<T>(
        &mut self,
        name: &str,
        missing: &'static str,
        read: impl FnOnce(Given<Expr>, &mut Diagnostics) -> Option<T>,
    ) -> Option<T> {
        if !self.arguments.has(name) {
            self.misses(missing);
            return None;
        }
        self.read(name, read)
    }

    /// This is to be said of what is not there.
    pub(crate) fn misses(&mut self, message: &'static str) {
        self.missing.push(message);
    }

    /// Says what is missing, in one message, unless what was not understood may have been it; this,
    /// if it is more than one.
    pub(crate) fn report_missing(&mut self, several: &str) {
        let message = match self.missing[..] {
            [] => return,
            [message] => message,
            _ => several,
        };
        if self.arguments.all_understood() {
            self.diagnostics.error(Span::call_site(), message);
        }
    }
}
