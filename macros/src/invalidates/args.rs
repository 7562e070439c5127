//! What is written in `#[invalidates(..)]`, each argument right by itself.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Path};

use crate::diagnostics::Diagnostics;
use crate::parse::{Arguments, Given};
use crate::writing::arguments::{OnError, Returns, on_error, returns};
use crate::writing::calls::Calls;
use crate::writing::entries::About;

/// Every argument with a name, in the order of the documentation.
const LEGAL: [&str; 3] = ["on_error", "returns", "crate"];

/// The arguments as they were written.
pub(super) struct Args {
    pub(super) krate: Path,
    /// `None` where one is wrong or missing, which is reported.
    pub(super) calls: Option<Vec<(Expr, About)>>,
    pub(super) on_error: Option<Given<OnError>>,
    pub(super) returns: Option<Returns>,
}

impl Args {
    pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let found = Calls::parse(tokens, diagnostics);
        let mut arguments = Arguments::parse(found.named, "#[invalidates]", &LEGAL, diagnostics);
        if found.written.is_empty() && found.is_whole && arguments.all_understood() {
            diagnostics.error(
                Span::call_site(),
                "what is invalidated? Write a call of a cached function with the arguments of its key, such as `#[invalidates(user(id))]`",
            );
        }
        let is_missing = found.written.is_empty();
        let calls = found
            .written
            .into_iter()
            .map(|call| call_of(call, diagnostics));
        // All of them first, so that each mistake is reported.
        let calls: Vec<_> = calls.collect();
        let calls: Option<Vec<_>> = calls.into_iter().collect();
        Self {
            krate: arguments.krate(diagnostics),
            calls: calls.filter(|_| !is_missing),
            on_error: on_error(&mut arguments, diagnostics),
            returns: returns(&mut arguments, diagnostics),
        }
    }
}

fn call_of(call: Expr, diagnostics: &mut Diagnostics) -> Option<(Expr, About)> {
    let about = About::of(&call);
    if !matches!(about, About::Nothing) {
        return Some((call, about));
    }
    let cure = match &call {
        Expr::Path(_) => {
            let name = quote::quote!(#call).to_string().replace(' ', "");
            format!("write `{name}(id)`, with the arguments of its key, or `{name}::clear()` for all of its values")
        }
        _ => "write a call of a cached function, such as `user(id)`, `user::invalidate_team(team)` or `self.user(id)`".to_owned(),
    };
    diagnostics.error_at(&call, format!("this names no entry: {cure}"));
    None
}
