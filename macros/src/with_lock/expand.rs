//! Writes the function under its lock. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::args::{Fairness, Mode, Patience, Placement, Reentrance};
use super::plan::Plan;
use crate::emit::attributes::kept;
use crate::emit::{body, located};
use crate::key::Side;
use crate::parse::duration::Time;

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
    let attrs = kept(&plan.function.attrs);
    let vis = &plan.function.vis;
    let sig = &plan.function.sig;
    let statements = if plan.is_boxed {
        boxed(plan)
    } else {
        let call = call(plan);
        let body = body::statements(&plan.returned, &plan.function.body);
        let run = run(
            plan,
            &quote_spanned!(Span::mixed_site()=> async move { #body }),
        );
        quote!(#call #run)
    };
    quote! {
        #(#attrs)*
        #vis #sig { #statements }
    }
}

/// The keys are written when the function is called, before its arguments move into the future.
fn boxed(plan: &Plan) -> TokenStream {
    let call = call(plan);
    let run = run(plan, &quote_spanned!(Span::mixed_site()=> __body));
    let body = &plan.function.body;
    quote_spanned! {Span::mixed_site()=>
        #call
        #[allow(unused_braces)]
        let __body = { #body };
        ::std::boxed::Box::pin(async move { #run })
    }
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
    let span = Span::mixed_site().located_at(plan.returned.span());
    let krate = located(&plan.krate, span);
    let returned = &plan.returned;
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
    let mut spec = quote!(#krate::__private::LockSpec::new(#namespace));
    if let Some(lease) = &plan.lease {
        let lease = lease.tokens();
        spec.extend(quote!(.lease(#lease)));
    }
    if let Some(wait) = &plan.wait {
        let wait = wait.tokens();
        spec.extend(quote!(.wait(#wait)));
    }
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
    let mut times = plan.lease.iter().chain(&plan.wait);
    if times.all(Time::is_constant) {
        quote!(const { #spec })
    } else {
        spec
    }
}
