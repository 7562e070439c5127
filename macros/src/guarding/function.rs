//! The function that is guarded.

use proc_macro2::TokenStream;
use syn::Type;

use super::unnamed::settled_by_body;
use crate::diagnostics::Diagnostics;
use crate::parse::function;
use crate::parse::item::{Asynchrony, Function, bare};

/// An asynchronous function, and what it answers.
pub(crate) struct Guarded {
    pub(crate) function: Function,
    /// It returns its future in a box.
    pub(crate) is_boxed: bool,
    /// What it answers, with a `_` for whatever has no name.
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
        let function = diagnostics.take(function(item, attribute))?;
        let (asynchrony, returned) = function.asynchrony();
        if let Asynchrony::None = asynchrony {
            let message = format!("{not_async}: write `async fn`");
            diagnostics.error(function.sig.fn_token.span, message);
            return None;
        }
        if let Type::ImplTrait(unnamed) = bare(&returned) {
            diagnostics.error_at(
                unnamed,
                format!("a call that `#[{attribute}]` turns away answers an error: write `Result<impl …, larder::Error>`, or one with an error of your own that is `From<larder::Error>`"),
            );
            return None;
        }
        Some(Self {
            is_boxed: matches!(asynchrony, Asynchrony::Boxed),
            returned: settled_by_body(returned),
            function,
        })
    }
}
