//! Durations and rules hold for every call alike, so they may not depend on a call's arguments.
//!
//! A companion that stores a value (`put`) has only the arguments of the key, and the body may have
//! consumed the others: whoever wrote an argument into a rule would get the compiler's words about
//! code that they never saw.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use quote::format_ident;
use syn::visit::{self, Visit};
use syn::{Expr, ExprPath, PatIdent, Signature};

use super::args::{Args, Asked};
use crate::declaring::Ttl;
use crate::diagnostics::Diagnostics;
use crate::parse::Given;
use crate::parse::duration::Time;
use crate::parse::item::names;

/// Refuses whatever depends on an argument and may not.
pub(super) fn check_independence(args: &Args, sig: &Signature, diagnostics: &mut Diagnostics) {
    let by_value = "let the value decide with `ttl_from = |value| …`";
    if let Asked::Given(Ttl::After(Time::Expression(expr))) = &args.ttl {
        refuse_arguments(&format_ident!("ttl"), expr, sig, by_value, diagnostics);
    }
    for given in [&args.none_ttl, &args.err_ttl].into_iter().flatten() {
        if let Ttl::After(Time::Expression(expr)) = &given.value {
            refuse_arguments(&given.name, expr, sig, "write a constant", diagnostics);
        }
    }
    for given in [&args.idle, &args.budget, &args.lease, &args.wait]
        .into_iter()
        .flatten()
    {
        if let Time::Expression(expr) = &given.value {
            refuse_arguments(&given.name, expr, sig, "write a constant", diagnostics);
        }
    }
    let rules: [(&Option<Given<Expr>>, &str); 3] = [
        (&args.ttl_from, "it sees the value and nothing else"),
        (
            &args.store_if,
            "it sees the value; conditions on arguments are `if = …` and `unless = …`",
        ),
        (&args.cache_err, "it sees the error and nothing else"),
    ];
    for (given, cure) in rules {
        if let Some(given) = given {
            refuse_arguments(&given.name, &given.value, sig, cure, diagnostics);
        }
    }
}

/// Refuses an expression that names an argument of the function; `cure` says what to write.
pub(super) fn refuse_arguments(
    argument: &Ident,
    expr: &Expr,
    sig: &Signature,
    cure: &str,
    diagnostics: &mut Diagnostics,
) {
    if let Some(used) = argument_in(expr, sig) {
        diagnostics.error(
            used.span(),
            format!("`{argument}` is the same for every call and cannot use the argument `{used}`: {cure}"),
        );
    }
}

/// The first argument of the function that an expression names.
pub(super) fn argument_in(expr: &Expr, sig: &Signature) -> Option<Ident> {
    let mut found = Names::default();
    found.visit_expr(expr);
    let declared = declared(sig);
    // A closure may call its own argument like the function's.
    found.used.into_iter().find(|name| {
        let name = name.to_string();
        declared.contains(&name) && !found.bound.contains(&name)
    })
}

#[derive(Default)]
struct Names {
    used: Vec<Ident>,
    bound: BTreeSet<String>,
}

impl Visit<'_> for Names {
    fn visit_expr_path(&mut self, path: &ExprPath) {
        self.used.extend(path.path.get_ident().cloned());
    }

    fn visit_pat_ident(&mut self, pat: &PatIdent) {
        self.bound.insert(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }
}

fn declared(sig: &Signature) -> BTreeSet<String> {
    let receiver = sig.receiver().map(|_| "self".to_owned());
    receiver
        .into_iter()
        .chain(names(sig).map(ToString::to_string))
        .collect()
}
