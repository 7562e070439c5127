//! What is written in `#[with_lock(..)]`, each argument right by itself.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, LitStr, Path};

use crate::diagnostics::Diagnostics;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::{namespace, string};
use crate::parse::template::{Template, Use};
use crate::parse::{Arguments, Given};

/// Every argument, in the order of the documentation.
const LEGAL: [&str; 10] = [
    "key",
    "namespace",
    "lease",
    "wait",
    "try",
    "read",
    "fair",
    "reentrant",
    "quorum",
    "crate",
];

/// What is locked where nobody says in which namespace.
const NAMESPACE: &str = "locks";

/// The arguments as they were written.
pub(super) struct Args {
    pub(super) krate: Path,
    pub(super) namespace: Option<LitStr>,
    /// `None` where they are wrong or missing, which is reported.
    pub(super) keys: Option<Vec<Template>>,
    pub(super) lease: Option<Given<Time>>,
    pub(super) wait: Option<Given<Time>>,
    pub(super) patience: Patience,
    pub(super) mode: Mode,
    pub(super) fairness: Fairness,
    pub(super) reentrance: Reentrance,
    pub(super) placement: Placement,
}

/// Whether a call waits for its lock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    Waits,
    Tries,
}

/// Whom a call shares its lock with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Write,
    Read,
}

/// Who is next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fairness {
    Quick,
    Fair,
}

/// Whether a body may take its own lock again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reentrance {
    Refused,
    Allowed,
}

/// Who keeps the lock.
#[derive(Clone, Copy)]
pub(super) enum Placement {
    Server,
    /// Declared here.
    Quorum(Span),
}

impl Args {
    pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut arguments = Arguments::parse(tokens, "#[with_lock]", &LEGAL, diagnostics);
        let quorum = arguments.place("quorum");
        let [tries, reads, fair, reentrant, _] = ["try", "read", "fair", "reentrant", "quorum"]
            .map(|name| arguments.flag(name, diagnostics));
        let name = arguments.value("namespace", diagnostics);
        let namespace = match name {
            None => Some(LitStr::new(NAMESPACE, Span::call_site())),
            Some(given) => namespace(&given, diagnostics),
        };
        let lease = arguments.value("lease", diagnostics);
        let wait = arguments.value("wait", diagnostics);
        Self {
            krate: arguments.krate(diagnostics),
            namespace,
            keys: keys(&mut arguments, diagnostics),
            lease: lease.and_then(|given| named_duration(given, Zero::Refused, diagnostics)),
            wait: wait.and_then(|given| named_duration(given, Zero::Allowed, diagnostics)),
            patience: if tries {
                Patience::Tries
            } else {
                Patience::Waits
            },
            mode: if reads { Mode::Read } else { Mode::Write },
            fairness: if fair {
                Fairness::Fair
            } else {
                Fairness::Quick
            },
            reentrance: if reentrant {
                Reentrance::Allowed
            } else {
                Reentrance::Refused
            },
            placement: quorum.map_or(Placement::Server, Placement::Quorum),
        }
    }
}

/// `key = "order:{id}"`, or several in brackets.
fn keys(arguments: &mut Arguments, diagnostics: &mut Diagnostics) -> Option<Vec<Template>> {
    if !arguments.has("key") {
        if arguments.all_understood() {
            diagnostics.error(
                Span::call_site(),
                "what is locked? Write `key = \"order:{id}\"`, or a text without an argument, such as `key = \"all\"`, for one call at a time",
            );
        }
        return None;
    }
    let Given { name, value } = arguments.value("key", diagnostics)?;
    let mut seen = BTreeSet::new();
    let mut template = |value: Expr| {
        let name: Ident = name.clone();
        let text = string(&Given { name, value }, diagnostics)?;
        if !seen.insert(text.value()) {
            diagnostics.error(
                text.span(),
                "this key is written twice, and a lock is taken once: remove one of the two",
            );
            return None;
        }
        Template::parse(&text, Use::Key, diagnostics)
    };
    let Expr::Array(several) = value else {
        return Some(vec![template(value)?]);
    };
    if several.elems.is_empty() {
        diagnostics.error_at(
            &several,
            "nothing is locked: write `key = [\"account:{from}\", \"account:{to}\"]`",
        );
        return None;
    }
    several.elems.into_iter().map(template).collect()
}

fn named_duration(
    given: Given<Expr>,
    zero: Zero,
    diagnostics: &mut Diagnostics,
) -> Option<Given<Time>> {
    let name = given.name.clone();
    let value = duration(given, zero, diagnostics)?;
    Some(Given { name, value })
}
