//! The function that is guarded.

use proc_macro2::TokenStream;
use syn::Type;

use crate::diagnostics::Diagnostics;
use crate::parse::item::{Asynchrony, Function, mentions};

/// An asynchronous function, and what it answers.
pub(crate) struct Guarded {
    pub(crate) function: Function,
    /// It returns its future in a box.
    pub(crate) is_boxed: bool,
    pub(crate) returned: Type,
}

impl Guarded {
    /// The function under the attribute of this name; of one that is not asynchronous, this is
    /// said.
    pub(crate) fn parse(
        item: TokenStream,
        attribute: &str,
        not_async: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let function: Function = diagnostics.take(parse_function(item, attribute))?;
        let (asynchrony, returned) = function.asynchrony();
        if let Asynchrony::None = asynchrony {
            let message = format!("{not_async}: write `async fn`");
            diagnostics.error(function.sig.fn_token.span, message);
            return None;
        }
        Some(Self {
            is_boxed: matches!(asynchrony, Asynchrony::Boxed),
            returned,
            function,
        })
    }
}

fn parse_function(item: TokenStream, attribute: &str) -> syn::Result<Function> {
    let place = item.clone();
    syn::parse2(item).map_err(|error| {
        if mentions(&place, &|word| word == "fn") {
            error
        } else {
            let message = format!("`#[{attribute}]` goes on an `async fn`");
            syn::Error::new_spanned(place, message)
        }
    })
}
