//! The name `value`, which expressions in attributes have for what a function answers.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{Expr, ExprPath};

/// The first `value` in an expression.
pub(crate) fn value_in(expr: &Expr) -> Option<Ident> {
    struct Finder(Option<Ident>);

    impl Finder {
        fn find_in(&mut self, tokens: TokenStream) {
            for token in tokens {
                match token {
                    TokenTree::Ident(ident) if ident == "value" => {
                        self.0.get_or_insert(ident);
                    }
                    TokenTree::Group(group) => self.find_in(group.stream()),
                    _ => {}
                }
            }
        }
    }

    impl Visit<'_> for Finder {
        fn visit_expr_path(&mut self, path: &ExprPath) {
            if let Some(ident) = path.path.get_ident()
                && ident == "value"
            {
                self.0.get_or_insert_with(|| ident.clone());
            }
        }

        // What a macro makes of its tokens is its business; that they name the value is enough.
        fn visit_macro(&mut self, call: &syn::Macro) {
            self.find_in(call.tokens.clone());
        }
    }

    let mut finder = Finder(None);
    finder.visit_expr(expr);
    finder.0
}
