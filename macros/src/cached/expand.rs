//! Writes the cached function, and beside it what its place allows. Nothing here can fail.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{FnArg, Pat, ReturnType, Signature, Token, Type};

use super::companions;
use super::pieces::Verb;
use super::placement::Placement;
use super::plan::Plan;
use crate::emit::attributes::{conditions, kept, lint_levels};
use crate::emit::generics::turbofish;
use crate::emit::signature::{with_brackets, without_mut};
use crate::emit::{Words, body};
use crate::key::{KeyParameter, Side};
use crate::parse::item::names;

pub(super) fn expand(plan: &Plan) -> TokenStream {
    if let Some(batch) = &plan.batch {
        let sig = without_mut(&plan.function.sig);
        let function = around(plan, &sig, &plan.batched_statements(batch));
        let beside = match &plan.placement {
            Placement::Free => plan.companions_of_batch(batch),
            Placement::Associated { sibling, .. } => {
                let holder = body_function(plan, plan.body_function());
                let sibling = sibling.as_ref().map(|name| entry_function(plan, name));
                quote!(#holder #sibling)
            }
        };
        return quote!(#function #beside);
    }
    match &plan.placement {
        Placement::Free => {
            let function = if !plan.has_companion_for_calls() {
                free_function_behind(plan)
            } else if plan.only_calls() {
                desugared_function(plan)
            } else {
                free_function(plan)
            };
            let companions = companions::expand(plan);
            quote!(#function #companions)
        }
        Placement::Associated { sibling, is_boxed } => {
            let function = if *is_boxed {
                boxed_function(plan)
            } else if plan.spec.staleness.is_declared() {
                associated_function_behind(plan)
            } else {
                associated_function(plan)
            };
            let sibling = sibling.as_ref().map(|name| entry_function(plan, name));
            quote!(#function #sibling)
        }
    }
}

/// ```text
/// async fn user(id: u64) -> Result<User, DbError> {
///     user::call(Verb::Cached, id).await
/// }
/// ```
fn free_function(plan: &Plan) -> TokenStream {
    let sig = without_mut(&plan.function.sig);
    let name = &sig.ident;
    let conditions = plan.conditions();
    let from_copy = plan.answer_by_copy(|answer| answer);
    let probe = plan.probe_for_hidden_result();
    let bypass = plan.bypass_to(&plan.call_of_body(&quote!(#name)));
    let call = plan.call_of_companion(&quote!(#name), Verb::Cached);
    let statements = quote_spanned! {plan.site()=>
        #conditions
        #from_copy
        #probe
        #bypass
        #call.await
    };
    around(plan, &sig, &statements)
}

/// A function that does nothing but call, as the compiler would write an `async fn` that does: it
/// returns the future of the call. An `async fn` would be another future around that one, which is
/// a fifth of what an annotated function costs the compiler.
///
/// ```text
/// fn user(id: u64) -> impl Future<Output = Result<User, DbError>> {
///     user::call(Verb::Cached, id)
/// }
/// ```
fn desugared_function(plan: &Plan) -> TokenStream {
    let mut sig = without_mut(&plan.function.sig);
    sig.asyncness = None;
    let future = Type::Verbatim(plan.future());
    sig.output = ReturnType::Type(Token![->](plan.site()), Box::new(future));
    let name = &sig.ident;
    let probe = plan.probe_for_hidden_result();
    let call = plan.call_of_companion(&quote!(#name), Verb::Cached);
    let statements = quote_spanned!(plan.site()=> #probe #call);
    around(plan, &sig, &statements)
}

/// A function whose body may outlive its caller.
///
/// ```text
/// async fn user(id: u64, name: &str) -> Result<User, DbError> {
///     let __draft = user::draft(id, name);
///     behind(shape, __draft, failures, move |_| {
///         let name = own(name);
///         async move { user::uncached(id, name.borrow()).await }
///     }).await
/// }
/// ```
fn free_function_behind(plan: &Plan) -> TokenStream {
    let sig = without_mut(&plan.function.sig);
    let name = &sig.ident;
    let conditions = plan.conditions();
    let draft = plan.draft_of_companion(&quote!(#name));
    let from_copy = plan.answer_by_copy(|answer| answer);
    let bypass = plan.bypass_to(&plan.call_of_body(&quote!(#name)));
    let probe = plan.probe_for_hidden_result();
    let run = plan.run_behind(&quote!(#name::uncached));
    let statements = quote_spanned! {plan.site()=>
        #conditions
        let __draft = #draft;
        #from_copy
        #probe
        #bypass
        #run
    };
    around(plan, &sig, &statements)
}

/// The same of an associated function, whose body stands in a function beside it.
///
/// ```text
/// async fn user(&self, id: u64) -> Result<User, DbError> {
///     let __draft = { … };
///     behind(shape, __draft, failures, move |_| {
///         let __this = own(self);
///         async move { Self::__user_body(__this.borrow(), id).await }
///     }).await
/// }
///
/// async fn __user_body(&self, id: u64) -> Result<User, DbError> { … }
/// ```
fn associated_function_behind(plan: &Plan) -> TokenStream {
    let sig = without_mut(&plan.function.sig);
    let body = plan.body_function();
    let conditions = plan.conditions();
    let draft = plan.draft(Side::Function);
    let from_copy = plan.answer_by_copy(|answer| answer);
    let arguments = arguments(&sig);
    let turbofish = turbofish(&sig.generics);
    let bypass = plan.bypass_to(&quote!(Self::#body #turbofish(#(#arguments),*)));
    let probe = plan.probe_for_hidden_result();
    let run = plan.run_behind(&quote!(Self::#body));
    let statements = quote_spanned! {plan.site()=>
        #conditions
        let __draft = { #draft };
        #from_copy
        #probe
        #bypass
        #run
    };
    let function = around(plan, &sig, &statements);
    let holder = body_function(plan, body);
    quote!(#function #holder)
}

/// The function that holds the body of an associated one.
fn body_function(plan: &Plan, name: Ident) -> TokenStream {
    let conditions = conditions(&plan.function.attrs);
    let levels = lint_levels(&plan.function.attrs);
    let body = plan.function.block(&plan.function.body);
    let sig = Signature {
        ident: name,
        ..plan.function.sig.clone()
    };
    quote! {
        #(#conditions)*
        #(#levels)*
        #[doc(hidden)]
        #sig #body
    }
}

/// What a function is called with that has the same signature.
pub(super) fn arguments(sig: &Signature) -> Vec<TokenStream> {
    let arguments = sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Receiver(receiver) => {
            let receiver = &receiver.self_token;
            Some(quote!(#receiver))
        }
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(pat) => {
                let name = &pat.ident;
                Some(quote!(#name))
            }
            _ => None,
        },
    });
    arguments.collect()
}

/// ```text
/// async fn user(&self, id: u64) -> Result<User, DbError> {
///     let __draft = { … };
///     let __body = async move { … };
///     Around { call: cached(Verb::Cached, shape, failures, __draft), body: __body }.await
/// }
/// ```
fn associated_function(plan: &Plan) -> TokenStream {
    let conditions = plan.conditions();
    let draft = plan.draft(Side::Function);
    let from_copy = plan.answer_by_copy(|answer| answer);
    let body = body::statements(&plan.function.sig, &plan.returned.ty, &plan.function.body);
    let block = plan.function.block(body);
    let probe = plan.probe_for_hidden_result();
    let [of_key, of_body] = [
        quote_spanned!(plan.site()=> __draft),
        quote_spanned!(plan.site()=> __body),
    ];
    let run = plan.run(&of_key, &of_body);
    let statements = quote_spanned! {plan.site()=>
        #conditions
        #from_copy
        let __draft = { #draft };
        let __body = async move #block;
        #probe
        #run
    };
    around(plan, &plan.function.sig, &statements)
}

/// The key is written and the block runs when the function is called; what the block answers is a
/// future that does nothing yet.
///
/// ```text
/// fn user<'a>(&'a self, id: u64) -> Pin<Box<dyn Future<Output = User> + Send + 'a>> {
///     let __draft = { … };
///     let __body = { … };
///     Box::pin(async move {
///         Around { call: cached(Verb::Cached, shape, failures, __draft), body: __body }.await
///     })
/// }
/// ```
fn boxed_function(plan: &Plan) -> TokenStream {
    let conditions = plan.conditions();
    let draft = plan.draft(Side::Function);
    let ready = quote_spanned!(plan.site()=> ::std::boxed::Box::pin);
    let from_copy = plan.answer_by_copy(|answer| quote!(#ready(::core::future::ready(#answer))));
    let block = &plan.function.body;
    let probe = plan.probe_for_hidden_result();
    let [of_key, of_body] = [
        quote_spanned!(plan.site()=> __draft),
        quote_spanned!(plan.site()=> __body),
    ];
    let run = plan.run(&of_key, &of_body);
    let statements = quote_spanned! {plan.site()=>
        #conditions
        #from_copy
        let __draft = { #draft };
        #[allow(unused_braces)]
        let __body = { #block };
        ::std::boxed::Box::pin(async move {
            #probe
            #run
        })
    };
    around(plan, &plan.function.sig, &statements)
}

/// ```text
/// fn user_entry(&self, id: u64) -> Entry<User> {
///     let __draft = { … };
///     __draft.entry()
/// }
/// ```
fn entry_function(plan: &Plan, name: &Ident) -> TokenStream {
    let krate = &plan.krate_at_site;
    let function = &plan.function.sig.ident;
    let vis = &plan.function.vis;
    let attrs = conditions(&plan.function.attrs);
    let generics = plan.generics_of_key();
    let (params, _, clause) = generics.split_for_impl();
    let receiver = plan.key.receiver.as_ref().map(|receiver| {
        let this = receiver.self_token;
        quote!(&#this,)
    });
    let parameters = plan.key.parameters.iter().map(KeyParameter::declaration);
    let allowed = companions::allowed_lints(plan);
    let span = plan.site();
    let (entry, held, draft) = match &plan.batch {
        None => {
            let (value, draft) = (&plan.value, plan.draft(Side::Companion));
            let draft = quote_spanned!(span=> let __draft = { #draft }; __draft.entry());
            (Ident::new("Entry", span), value.clone(), draft)
        }
        Some(batch) => {
            let collection = plan.collection();
            let draft = plan.draft_of_batch(batch, Side::Companion);
            let draft = quote_spanned!(span=> let __draft = { #draft }; __draft.entries());
            (Ident::new("Entries", span), Words::of(collection), draft)
        }
    };
    let entry = quote_spanned!(span=> #krate::__private::#entry<#held>);
    let around = quote!(#(#attrs)* #allowed);
    let indexes = plan.index_companions(Some(function), &around);
    let what = match plan.batch {
        None => "entry",
        Some(_) => "entries",
    };
    let doc = format!(
        " The {what} of a call of [`{function}`](Self::{function}), to be looked at and changed by hand."
    );
    quote! {
        #[doc = #doc]
        #(#attrs)*
        #allowed
        #[must_use]
        #vis fn #name #params (#receiver #(#parameters),*) -> #entry #clause {
            #draft
        }

        #indexes
    }
}

/// The user's function with other statements in it.
fn around(plan: &Plan, sig: &Signature, statements: &TokenStream) -> TokenStream {
    let attrs = kept(&plan.function.attrs);
    let vis = &plan.function.vis;
    // Arguments that the user does not use are used here: for the key, and to hand them on.
    let has_underscore = names(sig).any(|name| name.to_string().starts_with('_'));
    let allowed = has_underscore.then(|| quote!(#[allow(clippy::used_underscore_binding)]));
    let sig = match plan.placement {
        Placement::Free => with_brackets(sig, plan.site()),
        Placement::Associated { .. } => quote!(#sig),
    };
    quote! {
        #(#attrs)*
        #allowed
        #vis #sig {
            #statements
        }
    }
}
