//! Writes the idempotent function. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::plan::Plan;
use crate::emit::located;
use crate::guarding::{around, constant, timed};
use crate::key::Side;

/// ```text
/// async fn pay(request_id: String, cents: u64) -> Result<Receipt, ApiError> {
///     let __call = idempotent(spec, |__key| …, |__key| …);
///     __call.run(<Result<Receipt, ApiError> as Once>::values(), async move { … }).await
/// }
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    around(&plan.guarded, &call(plan), |body| run(plan, body))
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

/// How the result is stored stands at the return type: that is what an error that cannot be
/// returned, or a value that cannot be stored, is about.
fn run(plan: &Plan, body: &TokenStream) -> TokenStream {
    let span = Span::mixed_site().located_at(plan.guarded.returned.span());
    let krate = located(&plan.krate, span);
    let returned = &plan.guarded.returned;
    let way = match &plan.store_err {
        None => quote_spanned!(span=> <#returned as #krate::__private::Once>::values()),
        Some(rule) => {
            quote_spanned!(span=> <#returned as #krate::__private::Once>::storing(#rule))
        }
    };
    quote_spanned!(Span::mixed_site()=> __call.run(#way, #body).await)
}

/// `const { IdempotencySpec::new("payments", …) }`
fn spec(plan: &Plan) -> TokenStream {
    let krate = located(&plan.krate, Span::mixed_site());
    let namespace = &plan.namespace;
    let ttl = plan.ttl.tokens();
    let spec = quote!(#krate::__private::IdempotencySpec::new(#namespace, #ttl));
    let (lease, wait) = (plan.lease.as_ref(), plan.wait.as_ref());
    let spec = timed(spec, lease, wait);
    constant(&spec, [&plan.ttl].into_iter().chain(lease).chain(wait))
}
