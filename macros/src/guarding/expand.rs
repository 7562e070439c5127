//! Writes the function again, with its guard before its body.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::Guarded;
use crate::emit::attributes::kept;
use crate::emit::body;
use crate::parse::item::Parameter;

/// The function whose body is run by what this makes of it, behind these statements.
///
/// ```text
/// async fn export(user: UserId) -> Report {
///     let __call = …;
///     __call.run(…, async move { … }).await
/// }
/// ```
pub(crate) fn around(
    guarded: &Guarded,
    call: &TokenStream,
    run: impl Fn(&TokenStream) -> TokenStream,
) -> TokenStream {
    if guarded.is_boxed {
        let run = run(&quote_spanned!(Span::mixed_site()=> __body));
        return boxed(guarded, call, &run);
    }
    let body = body::statements(
        &guarded.function.sig,
        &guarded.returned,
        &guarded.function.body,
    );
    let block = guarded.function.block(&body);
    let run = run(&quote_spanned!(Span::mixed_site()=> async move #block));
    function(guarded, &quote!(#call #run))
}

/// A function that returns its future in a box. The key is written when it is called, before its
/// arguments move into the future.
pub(crate) fn boxed(guarded: &Guarded, call: &TokenStream, run: &TokenStream) -> TokenStream {
    let body = &guarded.function.body;
    let statements = quote_spanned! {Span::mixed_site()=>
        #call
        #[allow(unused_braces)]
        let __body = { #body };
        ::std::boxed::Box::pin(async move { #run })
    };
    function(guarded, &statements)
}

/// The function with these statements.
pub(crate) fn function(guarded: &Guarded, statements: &TokenStream) -> TokenStream {
    let attrs = kept(&guarded.function.attrs);
    // An argument that the user does not use may be in the key.
    let mut bound = Parameter::bound_by(&guarded.function.sig).into_iter();
    let has_underscore = bound.any(|it| it.name.to_string().starts_with('_'));
    let allowed = has_underscore.then(|| quote!(#[allow(clippy::used_underscore_binding)]));
    let (vis, sig) = (&guarded.function.vis, &guarded.function.sig);
    let block = guarded.function.block(statements);
    quote! {
        #(#attrs)*
        #allowed
        #vis #sig #block
    }
}
