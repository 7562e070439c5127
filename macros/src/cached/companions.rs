//! The companions of a free function: a type of its name with the body and the verbs of an entry.
//!
//! The type is braced and empty, so it takes the name among types only, beside the function's among
//! values, and a `use` of the name brings both.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::documentation::{CLEAR, ENTRY, INVALIDATE, KEY, PEEK, PUT, REFRESH, TTL, UNCACHED};
use super::pieces::Verb;
use super::plan::Plan;
use crate::emit::Words;
use crate::emit::attributes::{allowed, conditions, is_hidden, lint_levels};
use crate::emit::generics::{has_lifetimes, turbofish};
use crate::emit::signature::without_mut;
use crate::key::{KeyParameter, Side};

/// Plain functions wherever they can be: a compiler takes many times longer over an `async fn`.
///
/// ```text
/// pub struct user {}
///
/// impl user {
///     pub async fn uncached(id: u64) -> Result<User, DbError> { … }
///     pub fn refresh(id: u64) -> impl Future<Output = Result<User, DbError>> { Self::call(Verb::Refreshed, id) }
///     fn call(verb: Verb, id: u64) -> impl Future<Output = Result<User, DbError>> {
///         Around { call: cached(verb, shape, failures, Self::draft(id)), body: Self::uncached(id) }
///     }
///     pub fn entry(id: u64) -> Entry<User> { Self::draft(id).entry() }
///     pub fn key(id: u64) -> Result<String, Error> { Self::draft(id).key() }
///     pub fn peek(id: u64) -> CacheOperation<Option<User>> { Self::draft(id).peek() }
///     …
///     pub fn clear() -> CacheOperation<u64> { … }
///     fn draft(id: u64) -> Draft<User> { … }
/// }
/// ```
pub(super) fn expand(plan: &Plan) -> TokenStream {
    let name = &plan.function.sig.ident;
    let vis = &plan.function.vis;
    let attrs = conditions(&plan.function.attrs);
    let hidden = is_hidden(&plan.function.attrs).then(|| quote!(#[doc(hidden)]));
    let doc = format!(
        " The companions of [`{name}`](fn@{name}): its cache, to be looked at and changed by hand."
    );
    let allowed = allowed_lints(plan);
    let of_body = [uncached(plan), calls(plan)];
    let of_key = [
        verbs(plan),
        plan.index_companions(None, &TokenStream::new()),
        clear(plan),
        draft(plan),
    ];
    let of_errors = plan.has_companion_for_failures().then(|| failures(plan));
    quote! {
        #[doc = #doc]
        #(#attrs)*
        #hidden
        #[allow(
            non_camel_case_types,
            dead_code,
            missing_copy_implementations,
            missing_debug_implementations
        )]
        #vis struct #name {}

        #(#attrs)*
        #allowed
        impl #name {
            #(#of_body)*
            #(#of_key)*
            #of_errors
        }
    }
}

/// What a user's lints would say about signatures that are made from theirs: nobody has to use
/// every companion, and an argument that is not a reference in the function is one here whatever
/// its type. In a `macro_rules!` a lint takes them for written by hand, and overlooks their
/// documentation.
pub(super) fn allowed_lints(plan: &Plan) -> TokenStream {
    let lifetimes = has_lifetimes(&plan.function.sig.generics)
        .then(|| quote!(single_use_lifetimes, clippy::needless_lifetimes,));
    let allowed = allowed(&plan.function.attrs);
    quote! {
        #(#allowed)*
        #[allow(
            dead_code,
            #lifetimes
            clippy::borrowed_box,
            clippy::missing_errors_doc,
            clippy::missing_panics_doc,
            clippy::ptr_arg,
            clippy::ref_option,
            clippy::too_many_arguments,
            clippy::trivially_copy_pass_by_ref,
            clippy::used_underscore_binding
        )]
    }
}

/// The only copy of the body.
pub(super) fn uncached(plan: &Plan) -> TokenStream {
    let sig = &plan.function.sig;
    let vis = &plan.function.vis;
    let levels = lint_levels(&plan.function.attrs);
    let body = plan.function.block(&plan.function.body);
    let (params, _, clause) = sig.generics.split_for_impl();
    let (inputs, output) = (&sig.inputs, &sig.output);
    quote! {
        #[doc = #UNCACHED]
        #(#levels)*
        #vis async fn uncached #params(#inputs) #output #clause #body
    }
}

/// `refresh`, and what it shares with the function: whatever each of them says for itself the
/// compiler checks twice.
fn calls(plan: &Plan) -> TokenStream {
    let sig = without_mut(&plan.function.sig);
    let vis = &plan.function.vis;
    let (params, _, clause) = sig.generics.split_for_impl();
    let (inputs, future) = (&sig.inputs, plan.future());
    let of_companion = quote!(Self);
    let draft = plan.draft_of_companion(&of_companion);
    let body = plan.call_of_body(&of_companion);
    let (refresh, call) = if plan.has_companion_for_calls() {
        let krate = &plan.krate_at_site;
        let verb = quote_spanned!(Span::mixed_site()=> __verb);
        let around = plan.around(&verb, &draft, &body);
        let call = quote! {
            fn call #params(#verb: #krate::__private::Verb, #inputs) -> #future #clause { #around }
        };
        let refresh = plan.call_of_companion(&of_companion, Verb::Refreshed);
        (refresh, Some(call))
    } else {
        (plan.refresh(&draft, &body), None)
    };
    quote! {
        #[doc = #REFRESH]
        #vis fn refresh #params(#inputs) -> #future #clause { #refresh }

        #call
    }
}

/// The verbs of an entry, each with the arguments of the key. All of it stands at the return type,
/// save the names: if that type has no shape, each of them would say so, and the compiler takes
/// what is said twice in one place for one error.
fn verbs(plan: &Plan) -> TokenStream {
    let span = plan.site();
    let krate = &plan.krate_at_site;
    let vis = &plan.function.vis;
    let value = &plan.value;
    let generics = plan.generics_of_key();
    let (params, _, clause) = generics.split_for_impl();
    let turbofish = turbofish(&generics);
    let parameters = plan.key.parameters.iter().map(KeyParameter::declaration);
    let parameters = Words::of(quote!(#(#parameters,)*));
    let names = plan.key.parameters.iter().map(|it| &it.name);
    let draft = Words::of(quote_spanned!(span=> Self::draft #turbofish(#(#names),*)));
    let operation = Words::of(quote_spanned!(span=> #krate::__private::CacheOperation));
    let [entry, key, peek, put, invalidate, ttl] =
        ["entry", "key", "peek", "put", "invalidate", "ttl"]
            .map(|name| Ident::new(name, Span::call_site()));
    // Of our own making, so that it is another than an argument of the same name.
    let given = quote_spanned!(Span::mixed_site()=> value);
    quote_spanned! {span=>
        #[doc = #ENTRY]
        #[must_use]
        #vis fn #entry #params(#parameters) -> #krate::__private::Entry<#value> #clause {
            #draft.entry()
        }

        #[doc = #KEY]
        #vis fn #key #params(#parameters)
            -> ::core::result::Result<::std::string::String, #krate::__private::Error> #clause
        {
            #draft.key()
        }

        #[doc = #PEEK]
        #vis fn #peek #params(#parameters) -> #operation<::core::option::Option<#value>> #clause {
            #draft.peek()
        }

        #[doc = #PUT]
        #vis fn #put #params(#parameters #given: &#value) -> #operation<()> #clause {
            #draft.put(#given)
        }

        #[doc = #INVALIDATE]
        #vis fn #invalidate #params(#parameters) -> #operation<#krate::__private::InvalidationToken> #clause {
            #draft.invalidate()
        }

        #[doc = #TTL]
        #vis fn #ttl #params(#parameters) -> #operation<::core::option::Option<#krate::__private::Ttl>> #clause {
            #draft.ttl()
        }
    }
}

pub(super) fn clear(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let vis = &plan.function.vis;
    let namespace = &plan.spec.namespace;
    quote! {
        #[doc = #CLEAR]
        #vis fn clear() -> #krate::__private::CacheOperation<u64> {
            #krate::__private::clear(#namespace)
        }
    }
}

/// The one place where the arguments of the free function are written.
fn draft(plan: &Plan) -> TokenStream {
    let span = plan.site();
    let krate = &plan.krate_at_site;
    let value = &plan.value;
    let generics = plan.generics_of_key();
    let (params, _, clause) = generics.split_for_impl();
    let parameters = plan.key.parameters.iter().map(KeyParameter::declaration);
    let draft = plan.draft(Side::Companion);
    quote_spanned! {span=>
        fn draft #params(#(#parameters),*) -> #krate::__private::Draft<#value> #clause { #draft }
    }
}

pub(super) fn failures(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let error = &plan.error;
    let generics = plan.generics_of_failures();
    let (params, _, clause) = generics.split_for_impl();
    let failures = plan.failures();
    quote! {
        fn failures #params() -> #krate::__private::Failures<#error> #clause { #failures }
    }
}
