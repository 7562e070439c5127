//! What is written in `cache! { .. }`, each option right by itself.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, LitStr, Path, Token, Type, Visibility};

use crate::declaring::{Codec, Local, Refreshing, Ttl, codec, local, ttl};
use crate::diagnostics::Diagnostics;
use crate::parse::duration::{Time, Zero, duration};
use crate::parse::literal::{legal_namespace, share, version};
use crate::parse::{Argument, Arguments, Given, Reader};

/// Every option, in the order of the documentation.
const LEGAL: [&str; 16] = [
    "ttl",
    "idle",
    "jitter",
    "version",
    "codec",
    "none_ttl",
    "err_ttl",
    "stale",
    "early",
    "refresh_every",
    "soft",
    "local",
    "budget",
    "lease",
    "wait",
    "crate",
];

/// What only an annotated function can be told, and what to do instead.
const OF_FUNCTIONS: [(&str, &str); 2] = [
    (
        "hard",
        "`hard` answers an error when a load takes too long, and only whoever loads knows of which type: remove it, and load by `try_get_or_spawn_with` with `ErrorRules::new().give_up_after(..)`",
    ),
    (
        "reload",
        "`reload` stands in the place of a function's body, and a cache has none: remove it, and load by `get_or_spawn`, which is told of the old value",
    ),
];

/// The declarations as they were written.
pub(super) struct Args {
    pub(super) declarations: Vec<Declaration>,
}

/// One cache, as it was written.
pub(super) struct Declaration {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) name: Ident,
    pub(super) ty: Type,
    pub(super) namespace: LitStr,
    pub(super) options: Options,
}

/// What stands behind the namespace.
pub(super) struct Options {
    pub(super) krate: Path,
    /// Whether there is one, be it wrong.
    pub(super) has_ttl: bool,
    pub(super) ttl: Option<Ttl>,
    pub(super) idle: Option<Given<Time>>,
    pub(super) jitter: Option<f64>,
    pub(super) version: Option<u32>,
    pub(super) codec: Option<Given<Codec>>,
    pub(super) none_ttl: Option<Given<Ttl>>,
    pub(super) err_ttl: Option<Ttl>,
    pub(super) refreshing: Refreshing,
    pub(super) local: Option<Given<Local>>,
    pub(super) budget: Option<Time>,
    pub(super) lease: Option<Time>,
    pub(super) wait: Option<Time>,
}

impl Args {
    pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let parser = Punctuated::<Written, Token![;]>::parse_terminated;
        let written = diagnostics
            .take(parser.parse2(tokens))
            .into_iter()
            .flatten();
        let declarations = written.map(|it| it.read(diagnostics)).collect();
        Self { declarations }
    }
}

/// One cache, whose options are not looked at yet.
struct Written {
    attrs: Vec<Attribute>,
    vis: Visibility,
    name: Ident,
    ty: Type,
    namespace: LitStr,
    options: Vec<Argument>,
}

impl Written {
    fn read(self, diagnostics: &mut Diagnostics) -> Declaration {
        // One that is wrong is reported, and does for what is written in spite of that.
        let namespace = legal_namespace(self.namespace.clone(), diagnostics);
        let namespace = namespace.unwrap_or(self.namespace);
        let options = self.options.into_iter().filter(|option| {
            let refused = OF_FUNCTIONS.iter().find(|(name, _)| option.name() == name);
            if let Some((_, message)) = refused {
                diagnostics.error(option.name().span(), message);
            }
            refused.is_none()
        });
        let options: Vec<_> = options.collect();
        let arguments = Arguments::sort(options, "cache!", &LEGAL, diagnostics);
        Declaration {
            attrs: self.attrs,
            vis: self.vis,
            name: self.name,
            ty: self.ty,
            namespace,
            options: Options::read(arguments, diagnostics),
        }
    }
}

impl Options {
    fn read(mut arguments: Arguments, diagnostics: &mut Diagnostics) -> Self {
        // What was not understood may have been it.
        let has_ttl = arguments.has("ttl") || !arguments.all_understood();
        let krate = arguments.krate(diagnostics);
        let mut reader = Reader::new(&mut arguments, diagnostics);
        Self {
            krate,
            has_ttl,
            ttl: reader.read("ttl", ttl),
            idle: reader.named("idle", |given, it| duration(given, Zero::Refused, it)),
            jitter: reader.read("jitter", |given, it| share(&given, it)),
            version: reader.read("version", |given, it| version(&given, it)),
            codec: reader.named("codec", |given, it| codec(&given, it)),
            none_ttl: reader.named("none_ttl", ttl),
            err_ttl: reader.read("err_ttl", ttl),
            refreshing: Refreshing::read(&mut reader),
            local: reader.named("local", local),
            budget: reader.read("budget", |given, it| duration(given, Zero::Refused, it)),
            lease: reader.read("lease", |given, it| duration(given, Zero::Refused, it)),
            wait: reader.read("wait", |given, it| duration(given, Zero::Allowed, it)),
        }
    }
}

impl Parse for Written {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if input.peek(Token![static]) || input.peek(Token![const]) {
            return Err(input.error("a cache begins with its name: remove this word"));
        }
        let name: Ident = input.parse()?;
        if !input.peek(Token![:]) {
            let message = format!("what does it hold? Write `{name}: Cache<…>`");
            return Err(syn::Error::new(name.span(), message));
        }
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        if !input.peek(Token![=]) {
            return Err(syn::Error::new_spanned(
                ty,
                "a cache needs a namespace, different from every other: write `= \"confirmations\"` behind this",
            ));
        }
        input.parse::<Token![=]>()?;
        let namespace = input.parse().map_err(|error| {
            let message =
                "the namespace comes first, between quotation marks: write `= \"confirmations\"`";
            syn::Error::new(error.span(), message)
        })?;
        let mut options = Vec::new();
        while !input.is_empty() && !input.peek(Token![;]) {
            if !input.peek(Token![,]) {
                return Err(input.error("a comma stands before every option: write `, ttl \"5m\"`"));
            }
            input.parse::<Token![,]>()?;
            // A last comma may be left over.
            if !input.is_empty() && !input.peek(Token![;]) {
                options.push(Argument::spaced(input)?);
            }
        }
        Ok(Self {
            attrs,
            vis,
            name,
            ty,
            namespace,
            options,
        })
    }
}
