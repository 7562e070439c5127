//! What `#[cached]` is going to write.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{Expr, LitStr};

use super::args::{Args, Asked, OnError, Staleness};
use super::batch::Batch;
use super::checks;
use super::groups::{Groups, placeholder_of};
use super::independence::check_independence;
use super::placement::{Placement, place};
use super::returns::Returned;
use super::staleness;
use crate::declaring::{Codec, Local, Ttl, check_idle};
use crate::diagnostics::Diagnostics;
use crate::emit::{Words, located};
use crate::key::{Key, KeySource};
use crate::parse::duration::Time;
use crate::parse::item::{Asynchrony, Function};
use crate::parse::template::Template;
use crate::parse::{Given, function};

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
    /// Whether the stored type's fingerprint stands in for a version: values without field names
    /// must not be read by a build in which the fields have changed.
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
        let function: Function = diagnostics.take(function(item, "cached"))?;
        let sig = &function.sig;
        let (asynchrony, output) = function.asynchrony();
        if let Asynchrony::None = asynchrony {
            diagnostics.error(
                sig.fn_token.span,
                "only async functions can be cached: write `async fn`",
            );
            return None;
        }
        checks::qualifiers(sig, diagnostics);
        check_independence(&args, sig, diagnostics);
        let returned = Returned::plan(output, args.returns, args.batch.as_ref(), diagnostics);
        checks::against_return(&args, &returned, diagnostics);
        checks::what_is_required(&args, sig, diagnostics);
        checks::remembered_errors(&args, &returned, diagnostics);
        checks::copies(&args, diagnostics);
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
        checks::room_for_indexes(&args.indexes, &placement, diagnostics);
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
