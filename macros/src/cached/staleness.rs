//! Values that are served when they are stale and refreshed while they are read: what is written of that, and what it asks of the
//! function. Its body may outlive its caller, so it must own what it needs.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{ExprPath, FnArg, Lifetime, ReceiverKind, Signature, Type, TypeFnPtr, TypeReference};

use super::args::{Args, Asked, OnError};
use super::independence::refuse_arguments;
use super::placement::Placement;
use super::plan::Plan;
use crate::declaring::{Refreshing, Ttl};
use crate::diagnostics::Diagnostics;
use crate::emit::generics::turbofish;
use crate::emit::located;
use crate::parse::Given;
use crate::parse::duration::Time;
use crate::parse::item::{Parameter, bare};

/// What is declared of staleness, and of bodies that may outlive their callers.
#[derive(Default)]
pub(super) struct Staleness {
    pub(super) refreshing: Refreshing,
    pub(super) throttle: Option<Given<Time>>,
    /// For how long a call waits that has nothing to fall back upon.
    pub(super) hard: Option<Given<Time>>,
    /// The function that loads in place of the body where there is an old value.
    pub(super) reload: Option<Given<ExprPath>>,
}

impl Staleness {
    /// The first of the options for which the body may outlive its caller.
    fn option(&self) -> Option<&Ident> {
        let hard = self.hard.as_ref().map(|it| &it.name);
        self.refreshing.option().or(hard)
    }

    /// Whether the body may outlive its caller.
    pub(super) fn is_declared(&self) -> bool {
        self.option().is_some()
    }

    /// The times that are the same for every call.
    pub(super) fn times(&self) -> impl Iterator<Item = &Given<Time>> {
        let times = [&self.throttle, &self.hard].into_iter().flatten();
        self.refreshing.times().chain(times)
    }

    /// `.stale(…).early(…)`, behind `CacheSpec::new(…)`.
    pub(super) fn tokens(&self, krate: &impl ToTokens, is_stale_on_error: bool) -> TokenStream {
        let mut built = self.refreshing.tokens(krate);
        if is_stale_on_error {
            let thirty_seconds = || quote!(::core::time::Duration::from_secs(30));
            let throttle = self.throttle.as_ref();
            let throttle = throttle.map_or_else(thirty_seconds, |given| given.value.tokens());
            built.extend(quote!(.stale_on_error(#throttle)));
        }
        built
    }
}

/// The rules across the arguments.
pub(super) fn check(args: &Args, sig: &Signature, diagnostics: &mut Diagnostics) {
    let staleness = &args.staleness;
    for given in staleness.times() {
        if let Time::Expression(expr) = &given.value {
            refuse_arguments(&given.name, expr, sig, "write a constant", diagnostics);
        }
    }
    let is_stale_on_error = args
        .on_error
        .as_ref()
        .filter(|it| it.value == OnError::Stale);
    if let (Some(given), None) = (is_stale_on_error, &staleness.refreshing.stale) {
        diagnostics.error(
            given.span(),
            "`on_error = \"stale\"` needs to know for how long: write `stale = \"1h\"` too",
        );
    }
    if let (None, Some(given)) = (is_stale_on_error, &staleness.throttle) {
        diagnostics.error(
            given.span(),
            "`throttle` is for refreshes that fail: write `on_error = \"stale\"` too",
        );
    }
    match &args.ttl {
        // The value may decide for an end.
        Asked::Given(Ttl::Never) if args.ttl_from.is_some() => {}
        Asked::Given(ttl) => staleness.refreshing.check_against(ttl, diagnostics),
        Asked::Wrong | Asked::Missing => {}
    }
    check_what_needs_an_old_value(staleness, diagnostics);
    if let Some(option) = staleness.option() {
        check_arguments(option, args, sig, diagnostics);
    }
}

/// What is about an old value, where none is ever served.
fn check_what_needs_an_old_value(staleness: &Staleness, diagnostics: &mut Diagnostics) {
    if let (Some(soft), Some(hard)) = (&staleness.refreshing.soft, &staleness.hard)
        && let (Time::Exact(early), Time::Exact(late)) = (&soft.value, &hard.value)
        && early >= late
    {
        diagnostics.error(
            soft.span(),
            "`soft` is no shorter than `hard`, and a call with an old value would wait longer than one without: write a shorter time",
        );
    }
    if staleness.refreshing.option().is_some() {
        return;
    }
    if let Some(given) = &staleness.refreshing.soft {
        diagnostics.error(
            given.span(),
            "`soft` is how long a call waits that has an old value to answer: write `stale = \"1h\"` too, or `hard` for calls that have none",
        );
    }
    if let Some(given) = &staleness.reload {
        diagnostics.error(
            given.span(),
            "`reload` is for values that are refreshed while they are stored: write `stale = \"1h\"`, `early = …` or `refresh_every = …` too",
        );
    }
}

/// A body that may outlive its caller has to own its arguments.
fn check_arguments(option: &Ident, args: &Args, sig: &Signature, diagnostics: &mut Diagnostics) {
    for arg in &sig.inputs {
        match Lent::of(arg) {
            // Of batches that is said elsewhere.
            Lent::Mutably if args.batch.is_some() => {}
            Lent::Mutably => diagnostics.error_at(
                arg,
                format!("with `{option}` the body may outlive its caller, who would lend this to it: take it by value, or remove `{option}`"),
            ),
            Lent::Within(inner) => diagnostics.error_at(
                inner,
                format!("with `{option}` the body may outlive its caller, and what is borrowed in here has no owned form: take an argument that owns what it has, such as `Vec<String>` for `&[&str]`"),
            ),
            Lent::No | Lent::AsIs => {}
        }
    }
}

/// How an argument borrows.
pub(super) enum Lent {
    /// It does not.
    No,
    /// It is a reference to something that does not.
    AsIs,
    Mutably,
    /// By a lifetime within its type.
    Within(TokenStream),
}

impl Lent {
    pub(super) fn of(arg: &FnArg) -> Self {
        match arg {
            FnArg::Receiver(receiver) => match &receiver.kind {
                ReceiverKind::Reference(_, _, Some(_)) => Self::Mutably,
                ReceiverKind::Reference(..) => Self::AsIs,
                ReceiverKind::Typed(_, ty) => Self::of_type(ty),
                _ => Self::No,
            },
            FnArg::Typed(typed) => Self::of_type(&typed.ty),
        }
    }

    fn of_type(ty: &Type) -> Self {
        match bare(ty) {
            Type::Reference(reference) if is_static(reference) => Self::No,
            Type::Reference(reference) if reference.mutability.is_some() => Self::Mutably,
            Type::Reference(reference) => {
                lifetime_in(&reference.elem).map_or(Self::AsIs, Self::Within)
            }
            ty => lifetime_in(ty).map_or(Self::No, Self::Within),
        }
    }
}

fn is_static(reference: &TypeReference) -> bool {
    let lifetime = reference.lifetime.as_ref();
    lifetime.is_some_and(|lifetime| lifetime.ident == "static")
}

/// The first lifetime in a type, other than `'static`, or the reference that hides it.
fn lifetime_in(ty: &Type) -> Option<TokenStream> {
    struct Find(Option<TokenStream>);

    impl Visit<'_> for Find {
        fn visit_lifetime(&mut self, lifetime: &Lifetime) {
            if lifetime.ident != "static" {
                self.0.get_or_insert_with(|| quote!(#lifetime));
            }
        }

        fn visit_type_reference(&mut self, reference: &TypeReference) {
            if is_static(reference) {
                visit::visit_type_reference(self, reference);
            } else {
                self.0.get_or_insert_with(|| quote!(#reference));
            }
        }

        fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}
    }

    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

/// The body of a function beside it stands in another function.
pub(super) fn check_room(args: &Staleness, placement: &Placement, diagnostics: &mut Diagnostics) {
    let Some(option) = args.option() else { return };
    let message = match placement {
        Placement::Associated { is_boxed: true, .. } => {
            format!(
                "`{option}` is for an `async fn`: this one answers a future of the caller's, which a refresh cannot outlive"
            )
        }
        Placement::Associated { sibling: None, .. } => format!(
            "`{option}` writes a function beside this one, for which the `impl` of a trait has no room: put the attribute on a method of the type itself, or write `entry = …` if this is one"
        ),
        _ => return,
    };
    diagnostics.error(option.span(), message);
}

impl Plan {
    /// Makes a body that owns what it needs, when it is to run.
    ///
    /// ```text
    /// move |__reload| {
    ///     let name = own(name);
    ///     async move {
    ///         match __reload.previous() {
    ///             None => user::uncached(id, name.borrow()).await,
    ///             Some(__previous) => user_if_newer(id, name.borrow(), __previous).await,
    ///         }
    ///     }
    /// }
    /// ```
    pub(super) fn owned_body(&self, function: &TokenStream) -> TokenStream {
        let span = Span::mixed_site();
        let krate = &self.krate;
        let sig = &self.function.sig;
        let this = Ident::new("__this", span);
        let mut owning = Vec::new();
        let mut handed = Vec::new();
        for arg in &sig.inputs {
            let (name, own_name, site) = match arg {
                FnArg::Receiver(receiver) => {
                    let name = receiver.self_token;
                    (quote!(#name), this.clone(), receiver.span())
                }
                FnArg::Typed(_) => {
                    let Some(Parameter { name, ty }) = Parameter::of(arg) else {
                        continue;
                    };
                    (quote!(#name), name, ty.span())
                }
            };
            let Lent::AsIs = Lent::of(arg) else {
                handed.push(name);
                continue;
            };
            let site = span.located_at(site);
            let krate = located(krate, site);
            owning.push(quote_spanned!(site=> let #own_name = #krate::__private::own(#name);));
            handed.push(quote_spanned!(site=> ::core::borrow::Borrow::borrow(&#own_name)));
        }
        let turbofish = turbofish(&sig.generics);
        let body = quote!(#function #turbofish(#(#handed),*).await);
        let Some(Given { value: reload, .. }) = &self.spec.staleness.reload else {
            return quote_spanned! {self.site()=>
                move |_| {
                    #(#owning)*
                    async move { #body }
                }
            };
        };
        let (reloading, previous) = (Ident::new("__reload", span), Ident::new("__previous", span));
        let reload = quote_spanned!(reload.span()=> #reload(#(#handed,)* #previous).await);
        quote_spanned! {self.site()=>
            move |#reloading| {
                #(#owning)*
                async move {
                    match #reloading.previous() {
                        ::core::option::Option::None => #body,
                        ::core::option::Option::Some(#previous) => #reload,
                    }
                }
            }
        }
    }

    /// The name of the function that holds the body of an associated one.
    pub(super) fn body_function(&self) -> Ident {
        let name = &self.function.sig.ident;
        format_ident!("__{}_body", name.unraw(), span = name.span())
    }
}
