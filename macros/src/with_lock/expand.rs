//! Writes the function under its lock. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::args::{Fairness, Mode, Patience, Placement, Reentrance};
use super::plan::Plan;
use crate::emit::located;
use crate::guarding::{around, constant, timed};
use crate::key::Side;

/// ```text
/// async fn ship(order: u64) -> Result<Parcel, ApiError> {
///     let __call = locked(spec, &[&|__key| …]);
///     match __call.run(async move { … }).await {
///         Ok(__returned) => __returned,
///         Err(__error) => <Result<Parcel, ApiError> as Locked>::without_lock(__error),
///     }
/// }
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    around(&plan.guarded, &call(plan), |body| run(plan, body))
}

/// `let __call = locked(spec, &[&|__key| …]);`
fn call(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let spec = spec(plan);
    let writers = plan.keys.iter().map(|key| key.writer(Side::Function));
    quote_spanned! {Span::mixed_site()=>
        let __call = #krate::__private::locked(#spec, &[#(&#writers),*]);
    }
}

/// All of it stands at the return type: that is what an error that cannot be returned is about.
fn run(plan: &Plan, body: &TokenStream) -> TokenStream {
    let span = Span::mixed_site().located_at(plan.guarded.returned.span());
    let krate = located(&plan.krate, span);
    let returned = &plan.guarded.returned;
    quote_spanned! {span=>
        match __call.run(#body).await {
            ::core::result::Result::Ok(__returned) => __returned,
            ::core::result::Result::Err(__error) => {
                <#returned as #krate::__private::Locked>::without_lock(__error)
            }
        }
    }
}

/// `const { LockSpec::new("locks").lease(…).wait(…) }`
fn spec(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let namespace = &plan.namespace;
    let spec = quote!(#krate::__private::LockSpec::new(#namespace));
    let (lease, wait) = (plan.lease.as_ref(), plan.wait.as_ref());
    let mut spec = timed(spec, lease, wait);
    if plan.patience == Patience::Tries {
        spec.extend(quote!(.wait(::core::time::Duration::ZERO)));
    }
    if plan.mode == Mode::Read {
        spec.extend(quote!(.mode(#krate::__private::LockMode::Read)));
    }
    if plan.fairness == Fairness::Fair {
        spec.extend(quote!(.fairness(#krate::__private::LockFairness::Fair)));
    }
    if plan.reentrance == Reentrance::Allowed {
        spec.extend(quote!(.reentrance(#krate::__private::LockReentrance::Allowed)));
    }
    if let Placement::Quorum(_) = plan.placement {
        spec.extend(quote!(.placement(#krate::__private::LockPlacement::Quorum)));
    }
    constant(&spec, lease.into_iter().chain(wait))
}
