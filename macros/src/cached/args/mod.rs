//! What is written in `#[cached(..)]`, each argument right by itself.

mod batch;
mod groups;
mod staleness;

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, ExprPath, LitStr, Path};

use crate::declaring::{Codec, Local, Refreshing, Ttl, codec, local, ttl};
use crate::diagnostics::Diagnostics;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::{namespace, share, string, version, word};
use crate::parse::template::{Template, Use};
use crate::parse::{Arguments, Given, Reader};
use groups::tags;

pub(super) use batch::BatchArg;
pub(super) use groups::IndexArg;
pub(super) use staleness::Staleness;

/// Every argument, in the order of the documentation.
const LEGAL: [&str; 33] = [
    "namespace",
    "ttl",
    "ttl_from",
    "idle",
    "jitter",
    "key",
    "skip",
    "version",
    "codec",
    "if",
    "unless",
    "store_if",
    "none_ttl",
    "err_ttl",
    "cache_err",
    "index",
    "tags",
    "on_error",
    "stale",
    "throttle",
    "early",
    "refresh_every",
    "soft",
    "hard",
    "reload",
    "budget",
    "lease",
    "wait",
    "local",
    "batch",
    "returns",
    "entry",
    "crate",
];

/// The arguments as they were written.
pub(super) struct Args {
    pub(super) krate: Path,
    pub(super) namespace: Asked<LitStr>,
    pub(super) ttl: Asked<Ttl>,
    pub(super) ttl_from: Option<Given<Expr>>,
    pub(super) idle: Option<Given<Time>>,
    pub(super) jitter: Option<f64>,
    pub(super) key: Asked<Template>,
    pub(super) skip: Vec<Ident>,
    pub(super) version: Option<u32>,
    pub(super) codec: Option<Given<Codec>>,
    pub(super) run_if: Option<Given<Expr>>,
    pub(super) run_unless: Option<Given<Expr>>,
    pub(super) store_if: Option<Given<Expr>>,
    pub(super) none_ttl: Option<Given<Ttl>>,
    pub(super) err_ttl: Option<Given<Ttl>>,
    pub(super) cache_err: Option<Given<Expr>>,
    pub(super) indexes: Vec<IndexArg>,
    pub(super) tags: Vec<Template>,
    pub(super) on_error: Option<Given<OnError>>,
    pub(super) staleness: Staleness,
    pub(super) budget: Option<Given<Time>>,
    pub(super) lease: Option<Given<Time>>,
    pub(super) wait: Option<Given<Time>>,
    pub(super) local: Option<Given<Local>>,
    pub(super) batch: Option<BatchArg>,
    pub(super) returns: Option<Returns>,
    pub(super) entry: Asked<Ident>,
}

/// An argument that something else depends on being written: wrong is not the same as missing, or
/// the one mistake would be reported twice.
pub(super) enum Asked<T> {
    Given(T),
    Wrong,
    Missing,
}

/// What happens when the backend is away, or a refresh fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnError {
    Run,
    Fail,
    Stale,
}

/// What the user says about the return type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    Value,
    Result,
}

impl Args {
    pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut arguments = Arguments::parse(tokens, "#[cached]", &LEGAL, diagnostics);
        let has_rule = arguments.has("ttl_from");
        let mut reader = Reader::new(&mut arguments, diagnostics);
        let ttl_from = reader.closure("ttl_from");
        let lifetime = match reader.asked("ttl", ttl) {
            // A rule was asked for and is wrong: that is the mistake, not that there is no `ttl`.
            Asked::Missing if has_rule && ttl_from.is_none() => Asked::Wrong,
            ttl => ttl,
        };
        Self {
            krate: reader.arguments.krate(reader.diagnostics),
            namespace: reader.asked("namespace", |given, it| namespace(&given, it)),
            ttl: lifetime,
            ttl_from,
            idle: reader.named("idle", |given, it| duration(given, Zero::Refused, it)),
            jitter: reader.read("jitter", |given, diagnostics| share(&given, diagnostics)),
            key: reader.asked("key", |given, diagnostics| {
                Template::parse(&string(&given, diagnostics)?, Use::Key, diagnostics)
            }),
            skip: reader.arguments.names("skip", reader.diagnostics),
            version: reader.read("version", |given, diagnostics| version(&given, diagnostics)),
            codec: reader.named("codec", |given, it| codec(&given, it)),
            run_if: reader.arguments.value("if", reader.diagnostics),
            run_unless: reader.arguments.value("unless", reader.diagnostics),
            store_if: reader.closure("store_if"),
            none_ttl: reader.named("none_ttl", ttl),
            err_ttl: reader.named("err_ttl", ttl),
            cache_err: reader.closure("cache_err"),
            indexes: reader.indexes(),
            tags: reader
                .read("tags", |given, it| tags(&given, it))
                .unwrap_or_default(),
            on_error: reader.named("on_error", |given, it| word(&given, &ON_ERROR, it)),
            staleness: Staleness {
                refreshing: Refreshing::read(&mut reader),
                throttle: reader.named("throttle", |given, it| duration(given, Zero::Refused, it)),
                hard: reader.named("hard", |given, it| duration(given, Zero::Refused, it)),
                reload: reader.named("reload", function),
            },
            budget: reader.named("budget", |given, it| duration(given, Zero::Refused, it)),
            lease: reader.named("lease", |given, it| duration(given, Zero::Refused, it)),
            wait: reader.named("wait", |given, it| duration(given, Zero::Allowed, it)),
            local: reader.named("local", local),
            batch: reader.batch(),
            returns: reader.read("returns", |given, it| word(&given, &RETURNS, it)),
            entry: reader.asked("entry", |given, it| name(&given, it)),
        }
    }
}

const ON_ERROR: [(&str, OnError); 3] = [
    ("run", OnError::Run),
    ("fail", OnError::Fail),
    ("stale", OnError::Stale),
];

const RETURNS: [(&str, Returns); 2] = [("value", Returns::Value), ("result", Returns::Result)];

impl Reader<'_> {
    /// Like `read`, for arguments that must not be missed if they were written wrong.
    fn asked<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Given<Expr>, &mut Diagnostics) -> Option<T>,
    ) -> Asked<T> {
        if !self.arguments.has(name) {
            // What was not understood may have been it.
            return if self.arguments.all_understood() {
                Asked::Missing
            } else {
                Asked::Wrong
            };
        }
        match self.read(name, read) {
            Some(value) => Asked::Given(value),
            None => Asked::Wrong,
        }
    }

    /// Whether many values are loaded at once, and by which argument.
    fn batch(&mut self) -> Option<BatchArg> {
        let given = self.arguments.word_or_value("batch", self.diagnostics)?;
        BatchArg::of(given, self.diagnostics)
    }

    /// A closure, or the path of a function that stands for one.
    fn closure(&mut self, name: &str) -> Option<Given<Expr>> {
        let given = self.arguments.value(name, self.diagnostics)?;
        if matches!(given.value, Expr::Closure(_) | Expr::Path(_)) {
            return Some(given);
        }
        self.diagnostics.error_at(
            &given.value,
            format!("`{name}` takes a closure or a function: write `{name} = |value| …`"),
        );
        None
    }
}

/// The path of a function.
fn function(given: Given<Expr>, diagnostics: &mut Diagnostics) -> Option<ExprPath> {
    if let Expr::Path(path) = given.value {
        return Some(path);
    }
    diagnostics.error_at(
        &given.value,
        format!(
            "`{0}` is the path of an async function, which takes what this one does and then the old value: write `{0} = load_if_newer`",
            given.name
        ),
    );
    None
}

fn name(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<Ident> {
    let ident = match &given.value {
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    };
    if ident.is_none() {
        diagnostics.error_at(
            &given.value,
            format!(
                "`{0}` is the name of a function to be written: `{0} = user_entry`",
                given.name
            ),
        );
    }
    ident
}
