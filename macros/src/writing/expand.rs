//! A body, and what is written to caches when it has answered.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type};

use crate::emit::attributes::kept;
use crate::emit::{body, located};
use crate::parse::item::{Function, names};

/// A function and what comes after its body.
pub(crate) struct Writing<'plan> {
    pub(crate) krate: &'plan Path,
    pub(crate) function: &'plan Function,
    pub(crate) returned: &'plan Type,
    /// Whether what is returned is a `Result`, after whose errors nothing is written.
    pub(crate) is_result: bool,
    pub(crate) is_boxed: bool,
    /// Whether what could not be written is an error of the call.
    pub(crate) fails: bool,
    /// What is made before the arguments move into the body.
    pub(crate) before: TokenStream,
    /// Calls on the list of writes that need nothing of the answer:
    /// `.invalidate(user::invalidate(id))`.
    pub(crate) early: TokenStream,
    /// Calls on the list of writes that name the answer, and its name where they do.
    pub(crate) late: Option<(Ident, TokenStream)>,
}

/// ```text
/// async fn rename(id: u64, name: String) -> Result<User, DbError> {
///     let __writes = Writes::new().invalidate(user::invalidate(id));
///     let __returned: Result<User, DbError> = async move { … }.await;
///     written(shape, __writes, __returned, |value, writes| writes.invalidate(team::invalidate(value.team))).await
/// }
/// ```
pub(crate) fn expand(writing: &Writing<'_>) -> TokenStream {
    let (function, krate) = (writing.function, writing.krate);
    let attrs = kept(&function.attrs);
    let (vis, sig) = (&function.vis, &function.sig);
    let has_underscore = names(sig).any(|name| name.to_string().starts_with('_'));
    let allowed = has_underscore.then(|| quote!(#[allow(clippy::used_underscore_binding)]));
    let (before, early) = (&writing.before, &writing.early);
    let writes = quote_spanned! {Span::mixed_site()=>
        #before
        let __writes = #krate::__private::Writes::new() #early;
    };
    let settled = settled(writing);
    let (returned, body) = (writing.returned, &function.body);
    let statements = if writing.is_boxed {
        quote_spanned! {Span::mixed_site()=>
            #writes
            #[allow(unused_braces)]
            let __body = { #body };
            ::std::boxed::Box::pin(async move {
                let __returned: #returned = __body.await;
                #settled
            })
        }
    } else {
        let body = function.block(body::statements(sig, returned, body));
        quote_spanned! {Span::mixed_site()=>
            #writes
            let __returned: #returned = async move #body.await;
            #settled
        }
    };
    quote! {
        #(#attrs)*
        #allowed
        #vis #sig { #statements }
    }
}

/// All of it stands at the return type: that is what an error that cannot be returned is about.
fn settled(writing: &Writing<'_>) -> TokenStream {
    let returned = writing.returned;
    let span = Span::mixed_site().located_at(returned.span());
    let krate = located(writing.krate, span);
    let shape = if writing.is_result {
        Ident::new("Fallible", span)
    } else {
        Ident::new("Direct", span)
    };
    let shape = quote_spanned!(span=> #krate::__private::#shape<#returned>);
    let written = if writing.fails {
        quote_spanned!(span=> #krate::__private::written_or_failed)
    } else {
        quote_spanned!(span=> #krate::__private::written)
    };
    let more = if let Some((value, late)) = &writing.late {
        quote_spanned!(Span::mixed_site()=> |#value, __writes| __writes #late)
    } else {
        quote_spanned!(Span::mixed_site()=> |_, __writes| __writes)
    };
    quote_spanned! {span=>
        #written(<#shape as #krate::__private::Shape>::CHOSEN, __writes, __returned, #more).await
    }
}
