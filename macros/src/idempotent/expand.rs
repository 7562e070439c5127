//! Writes the idempotent function. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::plan::Plan;
use crate::emit::attributes::kept;
use crate::emit::body::statements;
use crate::emit::located;
use crate::key::Side;

/// ```text
/// async fn pay(request_id: String, cents: u64) -> Result<Receipt, ApiError> {
///     let __call = idempotent(spec, |__key| …, |__key| …);
///     __call.run(<Result<Receipt, ApiError> as Once>::values(), async move { … }).await
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

/// `let __call = idempotent(spec, |__key| …, |__key| …);`
fn call(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let spec = spec(plan);
    let key = plan.key.writer(Side::Function);
    let request = plan.request.writer(Side::Function);
    quote_spanned! {Span::mixed_site()=>
        let __call = #krate::__private::idempotent(#spec, #key, #request);
    }
}

/// How the result is stored stands at the return type: that is what an error that cannot be returned, or a value that cannot be stored, is about.
fn run(plan: &Plan, body: &TokenStream) -> TokenStream {
    let span = Span::mixed_site().located_at(plan.returned.span());
    let krate = located(&plan.krate, span);
    let returned = &plan.returned;
    let way = match &plan.store_err {
        None => quote_spanned!(span=> <#returned as #krate::__private::Once>::values()),
        Some(rule) => {
            quote_spanned!(span=> <#returned as #krate::__private::Once>::storing(#rule))
        }
    };
    quote_spanned!(Span::mixed_site()=> __call.run(#way, #body))
}

/// `const { IdempotencySpec::new("payments", …) }`
fn spec(plan: &Plan) -> TokenStream {
    let krate = located(&plan.krate, Span::mixed_site());
    let namespace = &plan.namespace;
    let ttl = plan.ttl.tokens();
    let mut spec = quote!(#krate::__private::IdempotencySpec::new(#namespace, #ttl));
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
