//! Writes the limited function. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::plan::Plan;
use crate::emit::located;
use crate::guarding::{around, constant, timed};
use crate::key::Side;

/// ```text
/// async fn export(user: UserId) -> Result<Report, ApiError> {
///     let __call = permitted(spec, |__key| …);
///     __call.run(refused::<Result<Report, ApiError>>(), async move { … }).await
/// }
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    around(&plan.guarded, &call(plan), |body| run(plan, body))
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

/// How a call returns that did not run stands at the return type: that is what an error that cannot
/// be returned is about.
fn run(plan: &Plan, body: &TokenStream) -> TokenStream {
    let span = Span::mixed_site().located_at(plan.guarded.returned.span());
    let krate = located(&plan.krate, span);
    let returned = &plan.guarded.returned;
    let refused = quote_spanned!(span=> #krate::__private::refused::<#returned>());
    quote_spanned!(Span::mixed_site()=> __call.run(#refused, #body).await)
}

/// `const { PermitSpec::new("exports", 10) }`
fn spec(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let (namespace, limit) = (&plan.namespace, plan.limit);
    let spec = quote!(#krate::__private::PermitSpec::new(#namespace, #limit));
    let (lease, wait) = (plan.lease.as_ref(), plan.wait.as_ref());
    let spec = timed(spec, lease, wait);
    constant(&spec, lease.into_iter().chain(wait))
}
