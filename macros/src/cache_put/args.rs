//! What is written in `#[cache_put(..)]`, each argument right by itself.

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
    pub(super) puts: Option<Vec<PutArg>>,
    pub(super) on_error: Option<Given<OnError>>,
    pub(super) returns: Option<Returns>,
}

/// `user(id)`, or `user(id) = value.user`.
pub(super) struct PutArg {
    pub(super) call: Expr,
    pub(super) about: About,
    pub(super) value: Option<Expr>,
}

impl Args {
    pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let found = Calls::parse(tokens, diagnostics);
        let mut arguments = Arguments::parse(found.named, "#[cache_put]", &LEGAL, diagnostics);
        if found.written.is_empty() && found.is_whole && arguments.all_understood() {
            diagnostics.error(
                Span::call_site(),
                "where is it put? Write a call of a cached function with the arguments of its key, such as `#[cache_put(user(id))]`",
            );
        }
        let is_missing = found.written.is_empty();
        let puts = found.written.into_iter().map(|call| put(call, diagnostics));
        // All of them first, so that each mistake is reported.
        let puts: Vec<_> = puts.collect();
        let puts: Option<Vec<_>> = puts.into_iter().collect();
        Self {
            krate: arguments.krate(diagnostics),
            puts: puts.filter(|_| !is_missing),
            on_error: on_error(&mut arguments, diagnostics),
            returns: returns(&mut arguments, diagnostics),
        }
    }
}

fn put(written: Expr, diagnostics: &mut Diagnostics) -> Option<PutArg> {
    let (call, value) = match written {
        Expr::Assign(assign) => (*assign.left, Some(*assign.right)),
        call => (call, None),
    };
    let about = About::of(&call);
    if matches!(about, About::Companion(_) | About::Entry(_)) {
        return Some(PutArg { call, about, value });
    }
    diagnostics.error_at(
        &call,
        "this names no entry: write a call of a cached function, such as `user(id)` or `self.user(id)`",
    );
    None
}
