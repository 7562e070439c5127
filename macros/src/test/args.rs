//! What is written in `#[larder::test(..)]`, each argument right by itself.

use proc_macro2::TokenStream;
use syn::{Expr, Lit, Path};

use crate::diagnostics::Diagnostics;
use crate::parse::literal::{literal, word};
use crate::parse::{Arguments, Given};

const LEGAL: [&str; 3] = ["flavor", "worker_threads", "crate"];

/// The arguments as they were written.
pub(super) struct Args {
    pub(super) krate: Path,
    pub(super) flavor: Option<Flavor>,
    pub(super) worker_threads: Option<Given<usize>>,
}

/// Which runtime the test runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavor {
    CurrentThread,
    MultiThread,
}

const FLAVORS: [(&str, Flavor); 2] = [
    ("current_thread", Flavor::CurrentThread),
    ("multi_thread", Flavor::MultiThread),
];

impl Args {
    pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut arguments = Arguments::parse(tokens, "#[larder::test]", &LEGAL, diagnostics);
        let krate = arguments.krate(diagnostics);
        let flavor = arguments.value("flavor", diagnostics);
        let worker_threads = arguments.value("worker_threads", diagnostics);
        Self {
            krate,
            flavor: flavor.and_then(|given| word(&given, &FLAVORS, diagnostics)),
            worker_threads: worker_threads.and_then(|given| count(given, diagnostics)),
        }
    }
}

fn count(given: Given<Expr>, diagnostics: &mut Diagnostics) -> Option<Given<usize>> {
    let number = match literal(&given.value) {
        Some(Lit::Int(number)) => number.base10_parse::<usize>().ok(),
        _ => None,
    };
    let Some(value) = number.filter(|number| *number > 0) else {
        diagnostics.error_at(
            &given.value,
            "`worker_threads` is a number of threads: write `worker_threads = 2`",
        );
        return None;
    };
    Some(Given {
        name: given.name,
        value,
    })
}
