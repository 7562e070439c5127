//! What is written in `#[idempotent(..)]`, each argument right by itself.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, LitStr, Path};

use crate::diagnostics::Diagnostics;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::{namespace, string};
use crate::parse::template::{Template, Use};
use crate::parse::{Arguments, Given};

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
        let mut reader = Reader {
            arguments: &mut arguments,
            diagnostics,
            missing: Vec::new(),
        };
        let args = Self {
            krate: reader.arguments.krate(reader.diagnostics),
            namespace: reader.asked(
                "namespace",
                "an idempotent function needs a name for what it does: write `namespace = \"payments\"`",
                |given, it| namespace(&given, it),
            ),
            key: reader.asked(
                "key",
                "which calls are the same? Write `key = \"{request_id}\"`, an argument that the caller sends again when it tries again",
                |given, it| Template::parse(&string(&given, it)?, Use::Key, it),
            ),
            ttl: reader.asked(
                "ttl",
                "how long is a result kept? Write `ttl = \"24h\"`",
                |given, it| duration(given, Zero::Refused, it),
            ),
            lease: reader.read("lease", |given, it| duration(given, Zero::Refused, it)),
            wait: reader.read("wait", |given, it| duration(given, Zero::Allowed, it)),
            skip: reader.arguments.names("skip", reader.diagnostics),
            store_err: reader.closure("store_err"),
        };
        reader.report_missing();
        args
    }
}

/// Takes arguments out of the list, each with the function that reads its value.
struct Reader<'a> {
    arguments: &'a mut Arguments,
    diagnostics: &'a mut Diagnostics,
    /// What to say of each argument that is not there.
    missing: Vec<&'static str>,
}

impl Reader<'_> {
    fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Given<Expr>, &mut Diagnostics) -> Option<T>,
    ) -> Option<T> {
        let given = self.arguments.value(name, self.diagnostics)?;
        read(given, self.diagnostics)
    }

    /// Like `read`, for arguments that must be there.
    fn asked<T>(
        &mut self,
        name: &str,
        missing: &'static str,
        read: impl FnOnce(Given<Expr>, &mut Diagnostics) -> Option<T>,
    ) -> Option<T> {
        if !self.arguments.has(name) {
            self.missing.push(missing);
            return None;
        }
        self.read(name, read)
    }

    /// A closure, or the path of a function that stands for one.
    fn closure(&mut self, name: &str) -> Option<Given<Expr>> {
        let given = self.arguments.value(name, self.diagnostics)?;
        if matches!(given.value, Expr::Closure(_) | Expr::Path(_)) {
            return Some(given);
        }
        self.diagnostics.error_at(
            &given.value,
            format!("`{name}` says which errors are stored: write `{name} = |error| …`"),
        );
        None
    }

    /// Says what is missing, in one message, unless what was not understood may have been it.
    fn report_missing(&mut self) {
        let message = match self.missing[..] {
            [] => return,
            [message] => message,
            _ => {
                "which calls are the same, and how long is a result kept? Write `#[idempotent(namespace = \"payments\", key = \"{request_id}\", ttl = \"24h\")]`"
            }
        };
        if self.arguments.all_understood() {
            self.diagnostics.error(Span::call_site(), message);
        }
    }
}
