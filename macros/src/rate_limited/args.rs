//! What is written in `#[rate_limited(..)]`, each argument right by itself.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Lit, LitInt, LitStr, Path};

use super::limits::{Limit, count, limits};
use crate::diagnostics::Diagnostics;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::{literal, namespace, string, word};
use crate::parse::template::{Template, Use};
use crate::parse::{Arguments, Given, Reader, with_name};

/// Every argument, in the order of the documentation.
const LEGAL: [&str; 15] = [
    "limits",
    "limit",
    "per",
    "burst",
    "namespace",
    "key",
    "cost",
    "algorithm",
    "on_limit",
    "max_wait",
    "on_error",
    "shadow",
    "batch",
    "timeout",
    "crate",
];

/// The arguments as they were written.
pub(super) struct Args {
    pub(super) krate: Path,
    /// `None` where they are wrong or missing, which is reported.
    pub(super) limits: Option<Vec<Limit>>,
    pub(super) namespace: Option<LitStr>,
    pub(super) key: Option<Template>,
    pub(super) cost: Option<Given<Expr>>,
    pub(super) algorithm: Option<Given<Algorithm>>,
    pub(super) on_limit: Option<OnLimit>,
    pub(super) max_wait: Option<Time>,
    /// Where the two stand, be they wrong.
    pub(super) on_limit_at: Option<Span>,
    pub(super) max_wait_at: Option<Span>,
    pub(super) on_error: Option<OnError>,
    pub(super) is_shadow: bool,
    pub(super) batch: Option<u64>,
    pub(super) timeout: Option<Time>,
}

/// How limits count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Gcra,
    TokenBucket,
    FixedWindow,
    SlidingWindow,
    SlidingLog,
}

/// What becomes of a call that is denied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnLimit {
    Error,
    Wait,
}

/// What becomes of calls while the server is away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnError {
    Fail,
    Allow,
    Local,
}

const ALGORITHMS: [(&str, Algorithm); 5] = [
    ("gcra", Algorithm::Gcra),
    ("token_bucket", Algorithm::TokenBucket),
    ("fixed_window", Algorithm::FixedWindow),
    ("sliding_window", Algorithm::SlidingWindow),
    ("sliding_log", Algorithm::SlidingLog),
];

const ON_LIMIT: [(&str, OnLimit); 2] = [("error", OnLimit::Error), ("wait", OnLimit::Wait)];

const ON_ERROR: [(&str, OnError); 3] = [
    ("fail", OnError::Fail),
    ("allow", OnError::Allow),
    ("local", OnError::Local),
];

impl Args {
    pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        // The limits may stand first without their name.
        let tokens = with_name("limits", tokens);
        let mut arguments = Arguments::parse(tokens, "#[rate_limited]", &LEGAL, diagnostics);
        let mut reader = Reader::new(&mut arguments, diagnostics);
        let limits = read_limits(&mut reader);
        let args = Self {
            limits,
            krate: reader.arguments.krate(reader.diagnostics),
            namespace: reader.needed(
                "namespace",
                "a limit needs a name: write `namespace = \"api\"`, which every process that shares it writes too",
                |given, it| namespace(&given, it),
            ),
            key: reader.needed(
                "key",
                "who is limited? Write `key = \"{user}\"`, or a text without an argument, such as `key = \"all\"`, for all callers together",
                |given, it| Template::parse(&string(&given, it)?, Use::Key, it),
            ),
            cost: reader.arguments.value("cost", reader.diagnostics),
            algorithm: reader.named("algorithm", |given, it| word(&given, &ALGORITHMS, it)),
            on_limit_at: reader.arguments.place("on_limit"),
            max_wait_at: reader.arguments.place("max_wait"),
            on_limit: reader.read("on_limit", |given, it| word(&given, &ON_LIMIT, it)),
            max_wait: reader.read("max_wait", |given, it| duration(given, Zero::Refused, it)),
            on_error: reader.read("on_error", |given, it| word(&given, &ON_ERROR, it)),
            is_shadow: reader.arguments.flag("shadow", reader.diagnostics),
            batch: reader.read("batch", |given, it| integer(&given, it)),
            timeout: reader.read("timeout", |given, it| duration(given, Zero::Refused, it)),
        };
        reader.report_missing(
            "how much may pass, and for whom? Write `#[rate_limited(\"10/s\", namespace = \"api\", key = \"{user}\")]`",
        );
        args
    }
}

/// As one text, or as numbers of a single limit.
fn read_limits(reader: &mut Reader<'_>) -> Option<Vec<Limit>> {
    let text = reader.arguments.has("limits");
    let number = reader.arguments.has("limit");
    let limit = reader.named("limit", |given, it| integer(&given, it));
    let per = reader.named("per", |given, it| duration(given, Zero::Refused, it));
    let burst = reader.named("burst", |given, it| integer(&given, it));
    if text {
        let beside = [
            limit.map(|it| it.name),
            per.map(|it| it.name),
            burst.map(|it| it.name),
        ];
        if let Some(name) = beside.into_iter().flatten().next() {
            reader.diagnostics.error(
                name.span(),
                format!(
                    "`{name}` is said in the text of the limits already: remove one of the two"
                ),
            );
        }
        return reader.read("limits", |given, it| limits(&text_of(&given, it)?, it));
    }
    if !number {
        let message = "how much may pass? Write `#[rate_limited(\"10/s, 1000/h\", …)]`, or `limit = 10, per = \"1s\"`";
        reader.misses(message);
        return None;
    }
    let (units, Some(per)) = (limit?, per) else {
        reader.misses("`limit` in what time? Write `per = \"1m\"` too");
        return None;
    };
    let Time::Exact(period) = per.value else {
        reader.diagnostics.error(
            per.span(),
            "`per` is written out, such as `per = \"1m\"`: limits that are known only when the program runs are for `larder.limiter(..)`",
        );
        return None;
    };
    let limit = Limit {
        units: units.value,
        millis: period.as_millis() as u64,
        burst: burst.as_ref().map(|it| it.value),
    };
    let place = burst.map_or(per.name, |it| it.name);
    if let Some(problem) = limit.problem() {
        reader.diagnostics.error(place.span(), problem);
        return None;
    }
    Some(vec![limit])
}

/// The text of the limits, which may stand without its name.
fn text_of(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    if let Some(Lit::Str(text)) = literal(&given.value) {
        return Some(text.clone());
    }
    diagnostics.error_at(
        &given.value,
        "limits are a text: write `\"10/s, 1000/h\"`, or `limit = 10, per = \"1s\"`",
    );
    None
}

fn integer(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<u64> {
    if let Some(Lit::Int(number)) = literal(&given.value) {
        let number: &LitInt = number;
        return count(number, diagnostics);
    }
    diagnostics.error_at(
        &given.value,
        format!("`{0}` is a whole number: write `{0} = 10`", given.name),
    );
    None
}
