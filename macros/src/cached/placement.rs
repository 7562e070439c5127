//! Where the function stands, and so what can be written beside it.

use proc_macro2::Ident;
use quote::format_ident;
use syn::Visibility;
use syn::ext::IdentExt;

use super::args::Asked;
use super::surroundings::{Around, around};
use crate::diagnostics::Diagnostics;
use crate::parse::item::{Asynchrony, Function};

/// Where the function stands.
pub(super) enum Placement {
    /// Outside of an `impl`: a type of its name holds the companions and the body.
    Free,
    /// In an `impl` or a `trait`: the body stays where it is, and there is at most one function
    /// beside it.
    Associated {
        sibling: Option<Ident>,
        is_boxed: bool,
    },
}

/// Where the function stands, by what is said of its entry and by what is around it.
pub(super) fn place(
    entry: &Asked<Ident>,
    function: &Function,
    asynchrony: &Asynchrony,
    diagnostics: &mut Diagnostics,
) -> Placement {
    match entry {
        Asked::Given(entry) => {
            check_name(entry, function, diagnostics);
            placement(function, asynchrony, Some(entry.clone()))
        }
        Asked::Wrong => placement(function, asynchrony, None),
        Asked::Missing => {
            let placement = placement(function, asynchrony, None);
            check_surroundings(&placement, function, diagnostics);
            placement
        }
    }
}

/// The function that is written stands beside the one that was.
fn check_name(entry: &Ident, function: &Function, diagnostics: &mut Diagnostics) {
    if *entry == function.sig.ident {
        let name = entry.unraw();
        diagnostics.error(
            entry.span(),
            format!("this is the function itself, and `entry` is the name of another beside it: write `entry = {name}_entry`"),
        );
    }
}

/// Whether what looks like a free function stands in an `impl` all the same.
fn check_surroundings(placement: &Placement, function: &Function, diagnostics: &mut Diagnostics) {
    let Placement::Free = placement else {
        return;
    };
    let name = &function.sig.ident;
    let message = match around(function.beginning()) {
        None => return,
        Some(Around::Type) => format!(
            "`{name}` has no `self`, so it would get the companions of a free function, which cannot stand here: write `entry = {}_entry`, a name for the function to be written beside it",
            name.unraw()
        ),
        Some(Around::TraitOfType) => format!(
            "`{name}` has no `self`, and nothing can be written beside a function of a trait: put `#[cached]` on a free function, and call that one here"
        ),
    };
    diagnostics.error(name.span(), message);
}

fn placement(function: &Function, asynchrony: &Asynchrony, entry: Option<Ident>) -> Placement {
    let is_boxed = matches!(asynchrony, Asynchrony::Boxed);
    let is_free = !is_boxed
        && entry.is_none()
        && function.sig.receiver().is_none()
        && !function.mentions_self_type();
    if is_free {
        return Placement::Free;
    }
    // Without a visibility it may stand in the `impl` of a trait, where nothing can be added.
    let sibling = entry.or_else(|| match function.vis {
        Visibility::Inherited => None,
        _ => Some(format_ident!(
            "{}_entry",
            function.sig.ident.unraw(),
            span = function.sig.ident.span()
        )),
    });
    Placement::Associated { sibling, is_boxed }
}
