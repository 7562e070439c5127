//! What `#[cached]` is going to write, and every rule across its arguments and the function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, Item, LitStr, Safety, Signature, Visibility};

use super::args::{Args, Asked, IndexArg, OnError};
use super::batch::Batch;
use super::groups::{Groups, placeholder_of};
use super::independence::refuse_arguments;
use super::returns::{Optional, Returned, Shape};
use super::staleness::{self, Staleness};
use super::surroundings::{Around, around};
use crate::declaring::{Codec, Local, Ttl, check_idle};
use crate::diagnostics::Diagnostics;
use crate::emit::{Words, located};
use crate::key::{Key, KeySource};
use crate::parse::Given;
use crate::parse::duration::Time;
use crate::parse::item::{Asynchrony, Function, mentions};
use crate::parse::template::Template;

/// A cached function, checked.
pub(super) struct Plan {
    pub(super) krate: Words,
    /// The same path at the place of the return type, where most of what is written stands.
    pub(super) krate_at_site: Words,
    /// How the return splits.
    pub(super) shape: Words,
    /// The stored type.
    pub(super) value: Words,
    /// What is returned in place of a value.
    pub(super) error: Words,
    pub(super) function: Function,
    pub(super) placement: Placement,
    pub(super) returned: Returned,
    pub(super) key: Key,
    pub(super) spec: Spec,
    pub(super) rules: Rules,
    pub(super) groups: Groups,
    pub(super) bypass: Vec<Bypass>,
    /// How many values are loaded at once, if that is what the function does.
    pub(super) batch: Option<Batch>,
}

/// Where the function stands, and so what can be written beside it.
pub(super) enum Placement {
    /// Outside of an `impl`: a type of its name holds the companions and the body.
    Free,
    /// In an `impl` or a `trait`: the body stays where it is, and there is at most one function beside it.
    Associated {
        sibling: Option<Ident>,
        is_boxed: bool,
    },
}

/// The declaration of the cache.
pub(super) struct Spec {
    pub(super) namespace: LitStr,
    pub(super) ttl: Option<Ttl>,
    pub(super) idle: Option<Time>,
    pub(super) jitter: Option<f64>,
    pub(super) version: Option<u32>,
    pub(super) codec: Option<Given<Codec>>,
    pub(super) none_ttl: Option<Ttl>,
    pub(super) err_ttl: Option<Ttl>,
    pub(super) fails_on_error: bool,
    pub(super) budget: Option<Time>,
    pub(super) lease: Option<Time>,
    pub(super) wait: Option<Time>,
    pub(super) local: Option<Local>,
    pub(super) staleness: Staleness,
    pub(super) is_stale_on_error: bool,
}

/// What is decided by the value or the error.
pub(super) struct Rules {
    pub(super) ttl_from: Option<Expr>,
    pub(super) store_if: Option<Expr>,
    pub(super) cache_err: Option<Expr>,
}

/// A condition under which the body runs as if there were no cache.
pub(super) enum Bypass {
    /// `if`: when it does not hold.
    Unless(Expr),
    /// `unless`: when it holds.
    When(Expr),
}

impl Spec {
    /// Whether the stored type's fingerprint stands in for a version: values without field names must not be read by a
    /// build in which the fields have changed.
    pub(super) fn needs_fingerprint(&self) -> bool {
        let codec = self.codec.as_ref();
        self.version.is_none() && codec.is_some_and(|it| it.value.is_positional())
    }

    /// Whether all that tells an `Option` from the value in it is that we say so.
    pub(super) fn tells_options_apart(&self) -> bool {
        let codec = self.codec.as_ref();
        self.version.is_some() && codec.is_some_and(|it| it.value.is_positional())
    }
}

impl Plan {
    /// `None` means that something is missing which has been reported.
    pub(super) fn new(
        args: Args,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let function: Function = diagnostics.take(parse_function(item))?;
        let sig = &function.sig;
        check_qualifiers(sig, diagnostics);
        let (asynchrony, output) = function.asynchrony();
        if let Asynchrony::None = asynchrony {
            diagnostics.error(
                sig.fn_token.span,
                "only async functions can be cached: write `async fn`",
            );
            return None;
        }
        check_independence(&args, sig, diagnostics);
        let returned = Returned::plan(output, args.returns, diagnostics);
        check_against_return(&args, &returned, diagnostics);
        check_what_is_required(&args, sig, diagnostics);
        check_remembered_errors(&args, diagnostics);
        check_copies(&args, diagnostics);
        if let Asked::Given(ttl) = &args.ttl {
            check_idle(args.idle.as_ref(), ttl, diagnostics);
        }
        staleness::check(&args, sig, diagnostics);
        let placement = place(&args.entry, &function, &asynchrony, diagnostics);
        let batch = match &args.batch {
            None => None,
            Some(given) => Some(Batch::plan(
                given,
                &args,
                sig,
                &placement,
                &returned,
                diagnostics,
            )?),
        };
        let source = match args.key {
            Asked::Given(template) => KeySource::Template(template),
            Asked::Missing => KeySource::Implicit,
            Asked::Wrong => KeySource::Unknown,
        };
        let of_arguments: Vec<_> = args
            .indexes
            .iter()
            .filter_map(|index| placeholder_of(&index.value))
            .collect();
        let in_tags = args.tags.iter().flat_map(Template::placeholders);
        let elsewhere: Vec<_> = of_arguments.iter().chain(in_tags).collect();
        let key = Key::plan(sig, source, &args.skip, &elsewhere, diagnostics);
        check_room_for_indexes(&args.indexes, &placement, diagnostics);
        staleness::check_room(&args.staleness, &placement, diagnostics);
        // Without a key it is not known what groups could be made of.
        let key = key?;
        let groups = Groups::plan(args.indexes, args.tags, &key, sig, diagnostics)?;
        let Asked::Given(namespace) = args.namespace else {
            return None;
        };
        let ttl = match args.ttl {
            Asked::Given(ttl) => Some(ttl),
            Asked::Wrong | Asked::Missing => None,
        };
        let on_error = args.on_error.map(|given| given.value);
        let when = args.run_if.map(|given| Bypass::Unless(given.value));
        let unless = args.run_unless.map(|given| Bypass::When(given.value));
        let krate_at_site = Words::of(located(&args.krate, returned.site()));
        let shape = Words::of(returned.shape_tokens(&krate_at_site));
        Some(Self {
            value: stored(&returned, &krate_at_site, &shape, batch.as_ref()),
            error: Words::of(returned.error_tokens(&krate_at_site, &shape)),
            krate_at_site,
            shape,
            krate: Words::of(args.krate),
            placement,
            returned,
            batch,
            key,
            groups,
            spec: Spec {
                namespace,
                ttl,
                idle: args.idle.map(|given| given.value),
                jitter: args.jitter,
                version: args.version,
                codec: args.codec,
                none_ttl: args.none_ttl.map(|given| given.value),
                err_ttl: args.err_ttl.map(|given| given.value),
                fails_on_error: on_error == Some(OnError::Fail),
                is_stale_on_error: on_error == Some(OnError::Stale),
                staleness: args.staleness,
                budget: args.budget.map(|given| given.value),
                lease: args.lease.map(|given| given.value),
                wait: args.wait.map(|given| given.value),
                local: args.local.map(|given| given.value),
            },
            rules: Rules {
                ttl_from: args.ttl_from.map(|given| given.value),
                store_if: args.store_if.map(|given| given.value),
                cache_err: args.cache_err.map(|given| given.value),
            },
            bypass: when.into_iter().chain(unless).collect(),
            function,
        })
    }
}

/// The type that is stored.
fn stored(returned: &Returned, krate: &Words, shape: &Words, batch: Option<&Batch>) -> Words {
    let loaded = returned.value_tokens(krate, shape);
    match batch {
        // For each id its value, or that it has none.
        Some(_) => Words::of(quote_spanned!(returned.site()=> #krate::__private::Stored<#loaded>)),
        None => Words::of(loaded),
    }
}

fn parse_function(item: TokenStream) -> syn::Result<Function> {
    let place = item.clone();
    syn::parse2(item).map_err(|error| {
        let around = match syn::parse2(place.clone()) {
            Ok(Item::Impl(item)) => Some(item.impl_token.span),
            Ok(Item::Trait(item)) => Some(item.trait_token.span),
            Ok(Item::Mod(item)) => Some(item.mod_token.span),
            _ => None,
        };
        let is_function = mentions(&place, &|word| word == "fn");
        match around {
            Some(span) => syn::Error::new(
                span,
                "`#[cached]` goes on an `async fn`: put it on each function in here that is to be cached",
            ),
            None if is_function => error,
            None => syn::Error::new_spanned(place, "`#[cached]` goes on an `async fn`"),
        }
    })
}

/// `const` is left to the compiler, which refuses it beside `async` whatever we say.
fn check_qualifiers(sig: &Signature, diagnostics: &mut Diagnostics) {
    if let Safety::Unsafe(word) = &sig.safety {
        diagnostics.error(
            word.span,
            "a cached function cannot be `unsafe`: put the `unsafe` block into the body",
        );
    }
    if let Some(abi) = &sig.abi {
        diagnostics.error(
            abi.extern_token.span,
            "a cached function cannot be `extern`: remove it",
        );
    }
    if let Some(variadic) = &sig.variadic {
        diagnostics.error_at(
            variadic,
            "a cached function cannot be variadic: name its arguments",
        );
    }
}

/// A name and a lifetime. Whoever wrote neither has made one mistake.
fn check_what_is_required(args: &Args, sig: &Signature, diagnostics: &mut Diagnostics) {
    let has_name = !matches!(args.namespace, Asked::Missing);
    let has_end = !matches!((&args.ttl, &args.ttl_from), (Asked::Missing, None));
    let name = sig.ident.unraw();
    let missing = match (has_name, has_end) {
        (true, true) => return,
        (true, false) => {
            "how long is a value good? Write `ttl = \"5m\"`, or `ttl = \"never\"` if it is until it is invalidated".to_owned()
        }
        (false, true) => format!(
            "a cache needs a name: write `namespace = \"{name}\"`, different from every other function's"
        ),
        (false, false) => format!(
            "what is the cache called, and how long is a value good? Write `#[cached(namespace = \"{name}\", ttl = \"5m\")]`"
        ),
    };
    diagnostics.error(Span::call_site(), missing);
}

/// Which errors and for how long belong together.
fn check_remembered_errors(args: &Args, diagnostics: &mut Diagnostics) {
    // Of batches none are remembered, which is said elsewhere.
    if args.batch.is_some() {
        return;
    }
    match (&args.err_ttl, &args.cache_err) {
        (Some(given), None) => diagnostics.error(
            given.span(),
            "`err_ttl` needs to know which errors: write `cache_err = |error| …` too",
        ),
        (None, Some(given)) => diagnostics.error(
            given.span(),
            "`cache_err` needs to know for how long: write `err_ttl = \"10s\"` too",
        ),
        _ => {}
    }
}

/// A copy ends with what it is a copy of.
fn check_copies(args: &Args, diagnostics: &mut Diagnostics) {
    if let (Some(given), Asked::Given(Ttl::After(Time::Exact(ttl)))) = (&args.local, &args.ttl)
        && let Local::For(Time::Exact(local)) = &given.value
        && local > ttl
    {
        diagnostics.error(
            given.span(),
            "`local` is longer than `ttl`, and a copy ends with what it is a copy of: write a shorter time, or `local = true` for as long as the value is good",
        );
    }
}

/// What is only for functions that return a certain kind of thing.
fn check_against_return(args: &Args, returned: &Returned, diagnostics: &mut Diagnostics) {
    if let Some(given) = &args.none_ttl
        && args.batch.is_none()
        && returned.optional() == Optional::No
    {
        diagnostics.error(
            given.span(),
            "`none_ttl` is for functions that return an `Option`, or a `Result` of one: remove it",
        );
    }
    if returned.shape == Shape::Fallible {
        return;
    }
    let fails = args
        .on_error
        .as_ref()
        .filter(|it| it.value == OnError::Fail);
    // One of the two that belong together is enough.
    let rule = args.cache_err.as_ref().map(|it| &it.name);
    let ttl = args.err_ttl.as_ref().map(|it| &it.name);
    let is_single = args.batch.is_none();
    if let Some(hard) = &args.staleness.hard {
        diagnostics.error(
            hard.span(),
            "`hard` answers an error when a load takes too long, which this function cannot return: return a `Result<_, E>` where `E: From<larder::Error>`, or write `returns = \"result\"` if this is one under another name",
        );
    }
    for name in [rule.or(ttl).filter(|_| is_single), fails.map(|it| &it.name)]
        .into_iter()
        .flatten()
    {
        diagnostics.error(
            name.span(),
            format!(
                "`{name}` is for functions that return a `Result`: remove it, or write `returns = \"result\"` if this is one under another name"
            ),
        );
    }
}

fn check_independence(args: &Args, sig: &Signature, diagnostics: &mut Diagnostics) {
    let by_value = "let the value decide with `ttl_from = |value| …`";
    if let Asked::Given(Ttl::After(Time::Expression(expr))) = &args.ttl {
        refuse_arguments(&format_ident!("ttl"), expr, sig, by_value, diagnostics);
    }
    for given in [&args.none_ttl, &args.err_ttl].into_iter().flatten() {
        if let Ttl::After(Time::Expression(expr)) = &given.value {
            refuse_arguments(&given.name, expr, sig, "write a constant", diagnostics);
        }
    }
    for given in [&args.idle, &args.budget, &args.lease, &args.wait]
        .into_iter()
        .flatten()
    {
        if let Time::Expression(expr) = &given.value {
            refuse_arguments(&given.name, expr, sig, "write a constant", diagnostics);
        }
    }
    let rules: [(&Option<Given<Expr>>, &str); 3] = [
        (&args.ttl_from, "it sees the value and nothing else"),
        (
            &args.store_if,
            "it sees the value; conditions on arguments are `if = …` and `unless = …`",
        ),
        (&args.cache_err, "it sees the error and nothing else"),
    ];
    for (given, cure) in rules {
        if let Some(given) = given {
            refuse_arguments(&given.name, &given.value, sig, cure, diagnostics);
        }
    }
}

/// What an index is for stands in functions of its own.
fn check_room_for_indexes(
    indexes: &[IndexArg],
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    if let (Some(index), Placement::Associated { sibling: None, .. }) = (indexes.first(), placement)
    {
        diagnostics.error(
            index.name.span(),
            "an index writes functions beside this one, for which the `impl` of a trait has no room: \
             put the attribute on a method of the type itself, or write `entry = …` if this is one",
        );
    }
}

/// Whether what looks like a free function stands in an `impl` all the same.
fn check_surroundings(placement: &Placement, function: &Function, diagnostics: &mut Diagnostics) {
    let Placement::Free = placement else {
        return;
    };
    let name = &function.sig.ident;
    let message = match around(function.beginning()) {
        None => return,
        Some(Around::Type) => format!(
            "`{name}` has no `self`, so it would get the companions of a free function, which cannot stand here: write `entry = {}_entry`, a name for the function to be written beside it",
            name.unraw()
        ),
        Some(Around::TraitOfType) => format!(
            "`{name}` has no `self`, and nothing can be written beside a function of a trait: put `#[cached]` on a free function, and call that one here"
        ),
    };
    diagnostics.error(name.span(), message);
}

/// Where the function stands, by what is said of its entry and by what is around it.
fn place(
    entry: &Asked<Ident>,
    function: &Function,
    asynchrony: &Asynchrony,
    diagnostics: &mut Diagnostics,
) -> Placement {
    match entry {
        Asked::Given(entry) => placement(function, asynchrony, Some(entry.clone())),
        Asked::Wrong => placement(function, asynchrony, None),
        Asked::Missing => {
            let placement = placement(function, asynchrony, None);
            check_surroundings(&placement, function, diagnostics);
            placement
        }
    }
}

fn placement(function: &Function, asynchrony: &Asynchrony, entry: Option<Ident>) -> Placement {
    let is_boxed = matches!(asynchrony, Asynchrony::Boxed);
    let is_free = !is_boxed
        && entry.is_none()
        && function.sig.receiver().is_none()
        && !function.mentions_self_type();
    if is_free {
        return Placement::Free;
    }
    // Without a visibility it may stand in the `impl` of a trait, where nothing can be added.
    let sibling = entry.or_else(|| match function.vis {
        Visibility::Inherited => None,
        _ => Some(format_ident!(
            "{}_entry",
            function.sig.ident.unraw(),
            span = function.sig.ident.span()
        )),
    });
    Placement::Associated { sibling, is_boxed }
}
