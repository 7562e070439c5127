//! The one place that wraps a user's body.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{FnArg, PatIdent, Signature, Type};

/// Statements of an `async` block that is the body: the return type first, by a `return` that never
/// runs, then what the user wrote.
///
/// Without the first, the compiler would learn the type of `return` and `?` only behind the block
/// and report mistakes in the body at the attribute. The user's statements are not put into braces
/// of their own: those would be unnecessary braces, and the lint that says so would fire in the
/// user's code.
///
/// ```text
/// Input:  (mut id: u64) -> Result<User, DbError> { load(id).await }
///
/// Output: if let Some(__never) = None::<Result<User, DbError>> { return __never; }
///         let _ = &id;
///         load(id).await
/// ```
pub(crate) fn statements(sig: &Signature, returned: &Type, body: &TokenStream) -> TokenStream {
    let span = Span::mixed_site().located_at(returned.span());
    let edge = quote_spanned! {span=>
        if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<#returned> {
            #[allow(unreachable_code)]
            return __never;
        }
    };
    let taken = taken_whole(sig);
    quote_spanned!(span=> #edge #taken #body)
}

/// `let _ = &name;` for each argument that the body may write to.
///
/// An `async` block takes as little of an argument as it can, and takes it when it is made. Where
/// the body writes to what is taken before it reads it, the compiler would say to the user, who
/// sees no block, that it was taken in vain.
fn taken_whole(sig: &Signature) -> TokenStream {
    struct Find(TokenStream);

    impl Visit<'_> for Find {
        fn visit_pat_ident(&mut self, pat: &PatIdent) {
            if pat.mutability.is_some() {
                let name = &pat.ident;
                self.0
                    .extend(quote_spanned!(Span::mixed_site()=> let _ = &#name;));
            }
            visit::visit_pat_ident(self, pat);
        }
    }

    let mut find = Find(TokenStream::new());
    for arg in &sig.inputs {
        match arg {
            FnArg::Receiver(receiver) if receiver.mutability.is_some() => {
                let this = receiver.self_token;
                find.0
                    .extend(quote_spanned!(Span::mixed_site()=> let _ = &#this;));
            }
            FnArg::Receiver(_) => {}
            FnArg::Typed(typed) => find.visit_pat(&typed.pat),
        }
    }
    find.0
}
