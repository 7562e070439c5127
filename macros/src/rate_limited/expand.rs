//! Writes the limited function. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::args::{Algorithm, OnError};
use super::plan::Plan;
use crate::emit::located;
use crate::guarding::{boxed, constant, function};
use crate::key::Side;

/// ```text
/// async fn charge(user: UserId, amount: u64) -> Result<Receipt, ApiError> {
///     let __limited = limited(spec, |__key| …).check(1, None).await;
///     if let Err(__denied) = __limited {
///         return <Result<Receipt, ApiError> as Limited>::denied(__denied);
///     }
///     …
/// }
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    let (call, check) = (call(plan), check(plan));
    if plan.guarded.is_boxed {
        let run = quote_spanned!(Span::mixed_site()=> #check __body.await);
        return boxed(&plan.guarded, &call, &run);
    }
    let body = &plan.guarded.function.body;
    function(&plan.guarded, &quote!(#call #check #body))
}

/// `let __limited = limited(spec, |__key| …);`
fn call(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let spec = spec(plan);
    let writer = plan.key.writer(Side::Function);
    let cost = plan
        .cost
        .as_ref()
        .map_or_else(|| quote!(1), |cost| quote!(#cost));
    quote_spanned! {Span::mixed_site()=>
        let __limited = #krate::__private::limited(#spec, #writer);
        let __cost: ::core::primitive::u64 = #cost;
    }
}

/// All of it stands at the return type: that is what an error that cannot be returned is about.
fn check(plan: &Plan) -> TokenStream {
    let span = Span::mixed_site().located_at(plan.guarded.returned.span());
    let krate = located(&plan.krate, span);
    let returned = &plan.guarded.returned;
    let max_wait = plan.max_wait.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |time| {
            let time = time.tokens();
            quote!(::core::option::Option::Some(#time))
        },
    );
    quote_spanned! {span=>
        if let ::core::result::Result::Err(__denied) = __limited.check(__cost, #max_wait).await {
            return <#returned as #krate::__private::Limited>::denied(__denied);
        }
    }
}

/// `const { RateSpec::new("api", Limit::new(10, …)).limit(…) }`
fn spec(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let namespace = &plan.namespace;
    let mut limits = plan.limits.iter().map(|limit| {
        let (units, millis) = (limit.units, limit.millis);
        let burst = limit.burst.map(|burst| quote!(.burst(#burst)));
        quote!(#krate::__private::Limit::new(#units, ::core::time::Duration::from_millis(#millis)) #burst)
    });
    let first = limits.next();
    let mut spec = quote!(#krate::__private::RateSpec::new(#namespace, #first));
    for limit in limits {
        spec.extend(quote!(.limit(#limit)));
    }
    if let Some(algorithm) = plan.algorithm {
        let algorithm = algorithm.tokens();
        spec.extend(quote!(.algorithm(#krate::__private::Algorithm::#algorithm)));
    }
    if let Some(on_error) = plan.on_error {
        let on_error = on_error.tokens();
        spec.extend(quote!(.on_error(#krate::__private::RateOnError::#on_error)));
    }
    if plan.is_shadow {
        spec.extend(quote!(.shadow()));
    }
    if let Some(batch) = plan.batch {
        spec.extend(quote!(.batch(#batch)));
    }
    if let Some(timeout) = &plan.timeout {
        let timeout = timeout.tokens();
        spec.extend(quote!(.timeout(#timeout)));
    }
    constant(&spec, &plan.timeout)
}

impl Algorithm {
    fn tokens(self) -> TokenStream {
        match self {
            Self::Gcra => quote!(Gcra),
            Self::TokenBucket => quote!(TokenBucket),
            Self::FixedWindow => quote!(FixedWindow),
            Self::SlidingWindow => quote!(SlidingWindow),
            Self::SlidingLog => quote!(SlidingLog),
        }
    }
}

impl OnError {
    fn tokens(self) -> TokenStream {
        match self {
            Self::Fail => quote!(Fail),
            Self::Allow => quote!(Allow),
            Self::Local => quote!(Local),
        }
    }
}
