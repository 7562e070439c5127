//! The one place that wraps a user's body.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Type;
use syn::spanned::Spanned;

/// Statements of an `async` block that is the body: the return type first, by a `return` that never
/// runs, then what the user wrote.
///
/// Without the first, the compiler would learn the type of `return` and `?` only behind the block
/// and report mistakes in the body at the attribute. The user's statements are not put into braces
/// of their own: those would be unnecessary braces, and the lint that says so would fire in the
/// user's code.
///
/// ```text
/// Input:  -> Result<User, DbError> { load(id).await }
///
/// Output: if let Some(__never) = None::<Result<User, DbError>> { return __never; }
///         load(id).await
/// ```
pub(crate) fn statements(returned: &Type, body: &TokenStream) -> TokenStream {
    let span = Span::mixed_site().located_at(returned.span());
    let edge = quote_spanned! {span=>
        if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<#returned> {
            #[allow(unreachable_code)]
            return __never;
        }
    };
    quote_spanned!(span=> #edge #body)
}
