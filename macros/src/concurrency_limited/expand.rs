//! Writes the limited function. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::plan::Plan;
use crate::emit::attributes::kept;
use crate::emit::body::statements;
use crate::emit::located;
use crate::key::Side;

/// ```text
/// async fn export(user: UserId) -> Result<Report, ApiError> {
///     let __call = permitted(spec, |__key| …);
///     __call.run(refused::<Result<Report, ApiError>>(), async move { … }).await
/// }
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    let attrs = kept(&plan.function.attrs);
    let vis = &plan.function.vis;
    let sig = &plan.function.sig;
    let call = call(plan);
    let rest = if plan.is_boxed {
        boxed(plan)
    } else {
        direct(plan)
    };
    quote! {
        #(#attrs)*
        #vis #sig { #call #rest }
    }
}

fn direct(plan: &Plan) -> TokenStream {
    let body = statements(&plan.returned, &plan.function.body);
    let run = run(plan, &quote!(async move { #body }));
    quote!(#run.await)
}

/// The key is written when the function is called, before its arguments move into the future.
fn boxed(plan: &Plan) -> TokenStream {
    let body = &plan.function.body;
    let run = run(plan, &quote_spanned!(Span::mixed_site()=> __body));
    quote_spanned! {Span::mixed_site()=>
        #[allow(unused_braces)]
        let __body = { #body };
        ::std::boxed::Box::pin(async move { #run.await })
    }
}

/// `let __call = permitted(spec, |__key| …);`
fn call(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let spec = spec(plan);
    let key = plan.key.writer(Side::Function);
    quote_spanned! {Span::mixed_site()=>
        let __call = #krate::__private::permitted(#spec, #key);
    }
}

/// How a call returns that did not run stands at the return type: that is what an error that cannot be returned is about.
fn run(plan: &Plan, body: &TokenStream) -> TokenStream {
    let span = Span::mixed_site().located_at(plan.returned.span());
    let krate = located(&plan.krate, span);
    let returned = &plan.returned;
    let refused = quote_spanned!(span=> #krate::__private::refused::<#returned>());
    quote_spanned!(Span::mixed_site()=> __call.run(#refused, #body))
}

/// `const { PermitSpec::new("exports", 10) }`
fn spec(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let (namespace, limit) = (&plan.namespace, plan.limit);
    let mut spec = quote!(#krate::__private::PermitSpec::new(#namespace, #limit));
    if let Some(lease) = &plan.lease {
        let lease = lease.tokens();
        spec.extend(quote!(.lease(#lease)));
    }
    if let Some(wait) = &plan.wait {
        let wait = wait.tokens();
        spec.extend(quote!(.wait(#wait)));
    }
    if plan.is_constant() {
        quote!(const { #spec })
    } else {
        spec
    }
}
