//! What is written in `#[concurrency_limited(..)]`, each argument right by itself.

use proc_macro2::TokenStream;
use syn::{Expr, Lit, LitStr, Path};

use crate::diagnostics::Diagnostics;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::{literal, namespace, string};
use crate::parse::template::{Template, Use};
use crate::parse::{Arguments, Given, Reader, with_name};

/// Every argument, in the order of the documentation.
const LEGAL: [&str; 6] = ["limit", "namespace", "key", "lease", "wait", "crate"];

/// The arguments as they were written.
pub(super) struct Args {
    pub(super) krate: Path,
    /// `None` where they are wrong or missing, which is reported.
    pub(super) limit: Option<u32>,
    pub(super) namespace: Option<LitStr>,
    pub(super) key: Option<Template>,
    pub(super) lease: Option<Time>,
    pub(super) wait: Option<Time>,
}

impl Args {
    pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        // The number may stand first without its name.
        let tokens = with_name("limit", tokens);
        let mut arguments = Arguments::parse(tokens, "#[concurrency_limited]", &LEGAL, diagnostics);
        let mut reader = Reader::new(&mut arguments, diagnostics);
        let args = Self {
            krate: reader.arguments.krate(reader.diagnostics),
            limit: reader.needed(
                "limit",
                "how many may run at a time? Write `#[concurrency_limited(10, …)]`",
                |given, it| number(&given, it),
            ),
            namespace: reader.needed(
                "namespace",
                "the permits need a name: write `namespace = \"exports\"`, which every process that shares them writes too",
                |given, it| namespace(&given, it),
            ),
            key: reader.needed(
                "key",
                "whose calls are counted together? Write `key = \"{user}\"`, or a text without an argument, such as `key = \"all\"`, for all calls",
                |given, it| Template::parse(&string(&given, it)?, Use::Key, it),
            ),
            lease: reader.read("lease", |given, it| duration(given, Zero::Refused, it)),
            wait: reader.read("wait", |given, it| duration(given, Zero::Allowed, it)),
        };
        reader.report_missing(
            "how many may run at a time, and of whose calls? Write `#[concurrency_limited(10, namespace = \"exports\", key = \"{user}\")]`",
        );
        args
    }
}

fn number(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<u32> {
    if let Some(Lit::Int(number)) = literal(&given.value)
        && let Ok(number) = number.base10_parse::<u32>()
        && number > 0
    {
        return Some(number);
    }
    diagnostics.error_at(
        &given.value,
        "how many may run at a time is a whole number of at least one: write `#[concurrency_limited(10, …)]`",
    );
    None
}
