//! Writes one cache. Nothing here can fail.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::plan::{Plan, only_argument};
use crate::declaring::{Local, Ttl};
use crate::emit::located;

/// ```text
/// pub static CONFIRMATIONS: Cache<Action> =
///     predefined(Declaration::written(const { &CacheSpec::new("confirmation", Ttl::after(…)) }), Absent::never(), Cloning::none());
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    let (attrs, vis, name, value) = (&plan.attrs, &plan.vis, &plan.name, &plan.value);
    // A value that cannot be stored is an error at its type.
    let span = Span::mixed_site().located_at(value.span());
    let krate = located(&plan.options.krate, span);
    let (spec, absent, cloning) = (spec(plan), absent(plan), cloning(plan));
    quote_spanned! {span=>
        #(#attrs)*
        #vis static #name: #krate::__private::Cache<#value> =
            #krate::__private::predefined::<#value>(#spec, #absent, #cloning);
    }
}

/// `Declaration::written(const { &CacheSpec::new("confirmation", Ttl::after(…)).version(2) })`
fn spec(plan: &Plan) -> TokenStream {
    let options = &plan.options;
    let (krate, namespace) = (&options.krate, &plan.namespace);
    let ttl = options.ttl.as_ref().unwrap_or(&Ttl::Never).tokens(krate);
    let mut built = quote!(#krate::__private::CacheSpec::new(#namespace, #ttl));
    if let Some(jitter) = options.jitter {
        let jitter = Literal::f64_unsuffixed(jitter);
        built.extend(quote!(.jitter(#jitter)));
    }
    if let Some(version) = options.version {
        built.extend(quote!(.version(#version)));
    }
    if let Some(codec) = &options.codec {
        let tokens = codec.tokens(krate);
        built.extend(quote!(.codec(#tokens)));
        if codec.value.is_positional() && options.version.is_none() {
            built.extend(fingerprint(plan));
        } else if only_argument(&plan.value, "Option").is_some() {
            built.extend(quote!(.of_options()));
        }
    }
    let none_ttl = options.none_ttl.as_ref().map(|given| &given.value);
    for (name, ttl) in [
        ("none_ttl", none_ttl),
        ("err_ttl", options.err_ttl.as_ref()),
    ] {
        if let Some(ttl) = ttl {
            let (name, ttl) = (Ident::new(name, Span::call_site()), ttl.tokens(krate));
            built.extend(quote!(.#name(#ttl)));
        }
    }
    let idle = options.idle.as_ref().map(|given| &given.value);
    let times = [
        ("idle", idle),
        ("budget", options.budget.as_ref()),
        ("lease", options.lease.as_ref()),
        ("wait", options.wait.as_ref()),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            let (name, time) = (Ident::new(name, Span::call_site()), time.tokens());
            built.extend(quote!(.#name(#time)));
        }
    }
    built.extend(options.refreshing.tokens(krate));
    if let Some(local) = &options.local {
        let local = local.value.tokens(krate);
        built.extend(quote!(.local(#local)));
    }
    quote!(#krate::__private::Declaration::written(const { &#built }))
}

/// Values without the names of their fields must not be read by a build in which the fields have
/// changed.
fn fingerprint(plan: &Plan) -> TokenStream {
    let value = &plan.value;
    let span = Span::mixed_site().located_at(value.span());
    let krate = located(&plan.options.krate, span);
    quote_spanned!(span=> .fingerprint(<#value as #krate::__private::Schema>::FINGERPRINT))
}

/// How to tell an absent value.
fn absent(plan: &Plan) -> TokenStream {
    let krate = &plan.options.krate;
    if plan.options.none_ttl.is_some() {
        quote!(#krate::__private::Absent::none())
    } else {
        quote!(#krate::__private::Absent::never())
    }
}

/// How copies in the process are made: at the type, where the compiler says if it cannot be cloned.
fn cloning(plan: &Plan) -> TokenStream {
    let span = Span::mixed_site().located_at(plan.value.span());
    let krate = located(&plan.options.krate, span);
    let local = plan.options.local.as_ref().map(|given| &given.value);
    match local {
        Some(Local::For(_) | Local::WhileFresh) => {
            quote_spanned!(span=> #krate::__private::Cloning::by_clone())
        }
        Some(Local::Off) | None => quote_spanned!(span=> #krate::__private::Cloning::none()),
    }
}
