//! `index` and `tags`.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use syn::{Expr, Lit};

use crate::diagnostics::Diagnostics;
use crate::parse::literal::literal;
use crate::parse::template::{Template, Use};
use crate::parse::{Given, Reader};

/// One index, as it was written.
pub(in crate::cached) struct IndexArg {
    pub(in crate::cached) name: Ident,
    pub(in crate::cached) value: Expr,
}

impl Reader<'_> {
    /// The indexes in `index(team = value.team, user = id)`.
    pub(super) fn indexes(&mut self) -> Vec<IndexArg> {
        let pairs = self.arguments.pairs("index", self.diagnostics);
        let mut indexes: Vec<IndexArg> = Vec::new();
        for (name, value) in pairs {
            if indexes.iter().any(|before| before.name == name) {
                self.diagnostics.error(
                    name.span(),
                    format!("the index `{name}` is written twice: remove one of the two"),
                );
                continue;
            }
            indexes.push(IndexArg { name, value });
        }
        indexes
    }
}

/// Reads the list in `tags = ["…"]`.
pub(super) fn tags(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<Vec<Template>> {
    let Expr::Array(array) = &given.value else {
        diagnostics.error_at(
            &given.value,
            "`tags` takes a list of texts: write `tags = [\"user:{id}\"]`",
        );
        return None;
    };
    let mut tags = Vec::new();
    let mut seen = BTreeSet::new();
    for element in &array.elems {
        let Some(Lit::Str(text)) = literal(element) else {
            diagnostics.error_at(element, "a tag is a text, such as `\"user:{id}\"`");
            return None;
        };
        if !seen.insert(text.value()) {
            diagnostics.error(
                text.span(),
                "this tag is written twice: remove one of the two",
            );
            return None;
        }
        tags.push(Template::parse(text, Use::Tag, diagnostics)?);
    }
    Some(tags)
}
