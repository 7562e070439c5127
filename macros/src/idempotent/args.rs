//! What is written in `#[idempotent(..)]`, each argument right by itself.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, LitStr, Path};

use crate::diagnostics::Diagnostics;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::{namespace, string};
use crate::parse::template::{Template, Use};
use crate::parse::{Arguments, Given, Reader};

/// Every argument, in the order of the documentation.
const LEGAL: [&str; 8] = [
    "namespace",
    "key",
    "ttl",
    "lease",
    "wait",
    "skip",
    "store_err",
    "crate",
];

/// The arguments as they were written.
pub(super) struct Args {
    pub(super) krate: Path,
    /// `None` where they are wrong or missing, which is reported.
    pub(super) namespace: Option<LitStr>,
    pub(super) key: Option<Template>,
    pub(super) ttl: Option<Time>,
    pub(super) lease: Option<Time>,
    pub(super) wait: Option<Time>,
    /// What of the request is not compared.
    pub(super) skip: Vec<Ident>,
    pub(super) store_err: Option<Given<Expr>>,
}

impl Args {
    pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut arguments = Arguments::parse(tokens, "#[idempotent]", &LEGAL, diagnostics);
        let mut reader = Reader::new(&mut arguments, diagnostics);
        let args = Self {
            krate: reader.arguments.krate(reader.diagnostics),
            namespace: reader.needed(
                "namespace",
                "an idempotent function needs a name for what it does: write `namespace = \"payments\"`",
                |given, it| namespace(&given, it),
            ),
            key: reader.needed(
                "key",
                "which calls are the same? Write `key = \"{request_id}\"`, an argument that the caller sends again when it tries again",
                |given, it| Template::parse(&string(&given, it)?, Use::Key, it),
            ),
            ttl: reader.needed(
                "ttl",
                "how long is a result kept? Write `ttl = \"24h\"`",
                |given, it| duration(given, Zero::Refused, it),
            ),
            lease: reader.read("lease", |given, it| duration(given, Zero::Refused, it)),
            wait: reader.read("wait", |given, it| duration(given, Zero::Allowed, it)),
            skip: reader.arguments.names("skip", reader.diagnostics),
            store_err: reader.read("store_err", closure),
        };
        reader.report_missing(
            "which calls are the same, and how long is a result kept? Write `#[idempotent(namespace = \"payments\", key = \"{request_id}\", ttl = \"24h\")]`",
        );
        args
    }
}

/// A closure, or the path of a function that stands for one.
fn closure(given: Given<Expr>, diagnostics: &mut Diagnostics) -> Option<Given<Expr>> {
    if matches!(given.value, Expr::Closure(_) | Expr::Path(_)) {
        return Some(given);
    }
    let name = &given.name;
    diagnostics.error_at(
        &given.value,
        format!("`{name}` says which errors are stored: write `{name} = |error| …`"),
    );
    None
}
