//! A function that writes to caches of other functions, checked.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, Type};

use crate::diagnostics::Diagnostics;
use crate::parse::item::{Asynchrony, Function, mentions, names, reads_like_result};
use crate::parse::value::value_in;
use crate::parse::{Given, function};
use crate::writing::arguments::{OnError, Returns};

/// The function under `#[invalidates]` or `#[cache_put]`.
pub(crate) struct Writer {
    pub(crate) function: Function,
    pub(crate) returned: Type,
    pub(crate) is_result: bool,
    pub(crate) is_boxed: bool,
    pub(crate) fails: bool,
}

impl Writer {
    /// `None` means that something is missing which has been reported.
    pub(crate) fn new(
        attribute: &'static str,
        item: TokenStream,
        on_error: Option<&Given<OnError>>,
        returns: Option<Returns>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let function = diagnostics.take(function(item, attribute))?;
        let (asynchrony, returned) = function.asynchrony();
        if let Asynchrony::None = asynchrony {
            diagnostics.error(
                function.sig.fn_token.span,
                format!("`#[{attribute}]` goes on async functions: write `async fn`"),
            );
            return None;
        }
        if mentions(&quote::quote!(#returned), &|word| word == "impl") {
            diagnostics.error_at(
                &returned,
                format!("`#[{attribute}]` needs a return type with a name: write the type that is returned"),
            );
            return None;
        }
        let is_result = match returns {
            Some(Returns::Result) => true,
            Some(Returns::Value) => false,
            None => reads_like_result(&returned),
        };
        let fails = on_error.filter(|it| it.value == OnError::Fail);
        if let Some(given) = fails
            && !is_result
        {
            diagnostics.error(
                given.span(),
                "`on_error = \"fail\"` is for functions that return a `Result`: remove it, or write `returns = \"result\"` if this is one under another name",
            );
        }
        Some(Self {
            returned,
            is_result,
            is_boxed: matches!(asynchrony, Asynchrony::Boxed),
            fails: fails.is_some(),
            function,
        })
    }

    /// The `value` in an expression, if it stands for what the function answers.
    pub(crate) fn answer_in(&self, expr: &Expr, diagnostics: &mut Diagnostics) -> Option<Ident> {
        let value = value_in(expr)?;
        if names(&self.function.sig).any(|argument| argument == "value") {
            diagnostics.error(
                value.span(),
                "`value` is what the function answers, and an argument has the same name: rename the argument",
            );
        }
        Some(value)
    }
}
