//! Writes what is different in a function that loads many values at once.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::FnArg;
use syn::spanned::Spanned;

use super::batch::{Batch, Taking};
use super::expand::arguments;
use super::lent::Lent;
use super::placement::Placement;
use super::plan::Plan;
use crate::emit::generics::turbofish;
use crate::emit::located;
use crate::key::Side;
use crate::parse::Given;
use crate::parse::item::Parameter;

/// How arguments are had more than once.
#[derive(Default)]
struct Repeated {
    /// The statements that make them the body's own, where it may outlive its caller.
    owning: Vec<TokenStream>,
    /// Those that make them for one more run.
    again: Vec<TokenStream>,
    /// What the body is handed then.
    handed: Vec<TokenStream>,
}

impl Plan {
    /// What is returned for many ids: pairs.
    pub(super) fn collection(&self) -> TokenStream {
        self.returned.value_tokens(&self.krate_at_site, &self.shape)
    }

    /// ```text
    /// let __draft = users::draft(ids, org);
    /// let __body = move |__ids: Vec<_>| {
    ///     let org = again(&org);
    ///     async move { users::uncached(&__ids, org).await }
    /// };
    /// batched(shape, __draft, failures, __body).await
    /// ```
    ///
    /// On a method the draft is made here, and the body stands in a function beside it. A body that
    /// may outlive its caller is made in two steps: what it owns, once and only if it is to run;
    /// and then what it is called with.
    ///
    /// ```text
    /// let __body = move || {
    ///     let org = Arc::new(own(org));
    ///     move |__ids: Vec<_>, _: ReloadMany<HashMap<u64, User>>| {
    ///         let org = Arc::clone(&org);
    ///         async move { users::uncached(&__ids, (*org).borrow()).await }
    ///     }
    /// };
    /// batched_behind(shape, __draft, failures, __body).await
    /// ```
    pub(super) fn batched_statements(&self, batch: &Batch) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let (sig, namespace) = (&self.function.sig, &self.spec.namespace);
        let conditions = self.conditions();
        let body = self.function_of_body();
        let (types, arguments) = (turbofish(&sig.generics), arguments(sig));
        let bypass = self.bypassed().map(|condition| {
            quote_spanned! {span=>
                if #condition {
                    #krate::__private::bypassed(#namespace);
                    return #body #types(#(#arguments),*).await;
                }
            }
        });
        let draft = match self.placement {
            Placement::Free => {
                let name = &sig.ident;
                self.draft_of_companion(&quote!(#name))
            }
            Placement::Associated { .. } => {
                let draft = self.draft_of_batch(batch, Side::Function);
                quote!({ #draft })
            }
        };
        let clone = self.require_clone();
        let probe = self.probe_for_hidden_result();
        let run = self.batched_run(batch, &body);
        quote_spanned! {span=>
            #conditions
            #bypass
            let __draft = #draft;
            #clone
            #probe
            #run
        }
    }

    /// The statements that answer `__draft` from the cache, or by this function, which holds the
    /// body.
    fn batched_run(&self, batch: &Batch, function: &TokenStream) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let shape = &self.shape;
        let name = &self.function.sig.ident;
        let failures = self.failures_of(&quote!(#name));
        let types = turbofish(&self.function.sig.generics);
        let Repeated {
            owning,
            again,
            handed,
        } = self.repeated(batch);
        let body = quote!(#function #types(#(#handed),*).await);
        if !self.spec.staleness.is_declared() {
            return quote_spanned! {span=>
                let __body = move |__ids: ::std::vec::Vec<_>| {
                    #(#again)*
                    async move { #body }
                };
                #krate::__private::batched(<#shape as #krate::__private::Shape>::CHOSEN, __draft, #failures, __body).await
            };
        }
        let collection = self.collection();
        let (reloading, body) = match &self.spec.staleness.reload {
            None => (quote_spanned!(span=> _), body),
            Some(Given { value: reload, .. }) => {
                let place = Span::mixed_site().located_at(reload.span());
                let previous = Ident::new("__previous", place);
                let reload = quote_spanned!(reload.span()=> #reload(#(#handed,)* #previous).await);
                let body = quote_spanned! {span=>
                    match __reload.previous() {
                        ::core::option::Option::None => #body,
                        ::core::option::Option::Some(#previous) => #reload,
                    }
                };
                (quote_spanned!(span=> __reload), body)
            }
        };
        quote_spanned! {span=>
            let __body = move || {
                #(#owning)*
                move |__ids: ::std::vec::Vec<_>, #reloading: #krate::__private::ReloadMany<#collection>| {
                    #(#again)*
                    async move { #body }
                }
            };
            #krate::__private::batched_behind(<#shape as #krate::__private::Shape>::CHOSEN, __draft, #failures, __body).await
        }
    }

    /// The function that holds the body, which takes what the function takes.
    fn function_of_body(&self) -> TokenStream {
        let name = &self.function.sig.ident;
        match self.placement {
            Placement::Free => quote!(#name::uncached),
            Placement::Associated { .. } => {
                let body = self.body_function();
                quote!(Self::#body)
            }
        }
    }

    /// How the arguments are had more than once.
    fn repeated(&self, batch: &Batch) -> Repeated {
        let ids = quote_spanned!(self.site()=> __ids);
        let this = Ident::new("__this", Span::mixed_site());
        let outlives = self.spec.staleness.is_declared();
        let mut repeated = Repeated::default();
        for arg in &self.function.sig.inputs {
            let (name, own_name, place) = match arg {
                FnArg::Receiver(receiver) => {
                    let name = receiver.self_token;
                    (quote!(#name), this.clone(), receiver.span())
                }
                FnArg::Typed(_) => match Parameter::of(arg) {
                    None => continue,
                    Some(it) if it.name == batch.ids => {
                        repeated.handed.push(match batch.taking {
                            Taking::Borrowed => quote!(&#ids),
                            Taking::Owned => ids.clone(),
                        });
                        continue;
                    }
                    Some(Parameter { name, ty }) => (quote!(#name), name, ty.span()),
                },
            };
            // At the type: what is wrong if it cannot be had again is the type.
            let span = Span::mixed_site().located_at(place);
            let krate = located(&self.krate, span);
            let is_lent = outlives && matches!(Lent::of(arg), Lent::AsIs);
            if is_lent {
                // Shared by all runs: the owned form of what is lent may be another type, of which
                // nothing more is asked.
                let own =
                    quote_spanned!(span=> ::std::sync::Arc::new(#krate::__private::own(#name)));
                let again = quote_spanned!(span=> ::std::sync::Arc::clone(&#own_name));
                repeated.owning.push(let_be(&own_name, &own));
                repeated.again.push(let_be(&own_name, &again));
                repeated
                    .handed
                    .push(quote_spanned!(span=> ::core::borrow::Borrow::borrow(&*#own_name)));
                continue;
            }
            let again = quote_spanned!(span=> #krate::__private::again(&#name));
            if outlives {
                repeated.owning.push(let_be(&own_name, &again));
                let again = quote_spanned!(span=> #krate::__private::again(&#own_name));
                repeated.again.push(let_be(&own_name, &again));
            } else {
                repeated.again.push(let_be(&own_name, &again));
            }
            repeated.handed.push(quote!(#own_name));
        }
        repeated
    }

    /// The call, with a key for each id.
    ///
    /// ```text
    /// let mut __draft = batch::<HashMap<u64, User>>(spec, cloning, ids.len());
    /// for ids in ids.iter() {
    ///     let mut __key = __draft.writer(ids);
    ///     __key.arg(ids);
    ///     __key.arg(&org);
    ///     let _ = __draft.groups().index("org", &org);
    /// }
    /// __draft.ttl_from(rule).lists(|__value, __values| { … })
    /// ```
    pub(super) fn draft_of_batch(&self, batch: &Batch, side: Side) -> TokenStream {
        let span = self.site();
        let krate = &self.krate_at_site;
        let (collection, spec, cloning) = (self.collection(), self.spec(), self.cloning());
        let ids = &batch.ids;
        let draft = quote_spanned!(span=> __draft);
        let place = self.key.parameters.iter().find(|it| it.name == *ids);
        let place = place.map_or(span, |it| Span::mixed_site().located_at(it.ty.span()));
        let writer = quote_spanned!(place=> #draft.writer(#ids));
        let key = self.key.written_by(&writer, side);
        let groups = self.memberships(side);
        let groups = (!groups.is_empty()).then(|| quote!(let _ = #draft.groups() #groups;));
        let (ruled, lists) = (self.ruled(draft.clone()), self.lists());
        quote_spanned! {span=>
            let mut #draft = #krate::__private::batch::<#collection>(#spec, #cloning, #ids.len());
            for #ids in #ids.iter() {
                #key
                #groups
            }
            #ruled #lists
        }
    }
}

/// `let name = value;`
fn let_be(name: &Ident, value: &TokenStream) -> TokenStream {
    quote!(let #name = #value;)
}
