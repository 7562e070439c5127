//! Several attributes on one function: read from top to bottom, the first is the outermost.
//!
//! The compiler expands the topmost attribute first, and each wraps what it is given: left alone,
//! the topmost would end up innermost. So the first to be expanded writes the attributes again in
//! reverse, each marked, and from then on each wraps what is below it. Foreign attributes stay
//! where they are: whatever stands between two of ours runs between them.
//!
//! Ours are known by the last word of their paths. One that was imported by another name cannot be
//! told from a foreign one; it notices when its turn comes, since it then gets a function that
//! another of ours has expanded, and says so.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Meta, parse_quote};

use crate::diagnostics::Diagnostics;
use crate::parse::item::may_mention;

/// The attributes that may stand above each other, and what to write instead of one of them twice.
const STACKABLE: [(&str, &str); 7] = [
    ("cached", "remove one of the two"),
    (
        "rate_limited",
        "write the limits in one, such as `\"10/s, 1000/h\"`",
    ),
    ("concurrency_limited", "remove one of them"),
    (
        "with_lock",
        "write the keys in one, such as `key = [\"account:{from}\", \"account:{to}\"]`",
    ),
    ("idempotent", "remove one of them"),
    ("invalidates", "write everything in one"),
    ("cache_put", "write everything in one"),
];

/// The argument of one that stands where it belongs.
const MARK: &str = "__stacked";

/// What the expansions call at run time. Whatever names one of these behind `__private` has been
/// expanded.
const CALLED: [&str; 9] = [
    "Verb",
    "behind",
    "batched",
    "batched_behind",
    "limited",
    "permitted",
    "locked",
    "idempotent",
    "Writes",
];

/// What an attribute makes of its arguments and its item; the errors, if it makes nothing.
pub(crate) type Expansion = Result<TokenStream, TokenStream>;

/// Expands this attribute, or has all of them expanded in their order.
pub(crate) fn expand(
    name: &str,
    args: TokenStream,
    item: TokenStream,
    attribute: fn(TokenStream, TokenStream) -> Expansion,
) -> TokenStream {
    let Ok((mut attrs, rest)) = Parser::parse2(split, item.clone()) else {
        return alone(args, item, attribute);
    };
    if let Some(args) = marked(&args) {
        return alone(args, item, attribute);
    }
    if may_mention(&rest, "__private") && is_expanded(rest.clone()) {
        return failed(renamed(name), item);
    }
    if !attrs.iter().any(is_ours) {
        return alone(args, item, attribute);
    }
    attrs.insert(0, itself(name, &args));
    if let Some(errors) = twice(&attrs) {
        return failed(errors, item);
    }
    reversed(&mut attrs);
    quote!(#(#attrs)* #rest)
}

/// Expands an attribute that stands where it belongs.
fn alone(
    args: TokenStream,
    item: TokenStream,
    attribute: fn(TokenStream, TokenStream) -> Expansion,
) -> TokenStream {
    attribute(args, item.clone()).unwrap_or_else(|errors| failed(errors, item))
}

/// The errors, and the item without the attribute, so that nothing that uses it is an error too;
/// and without those above it, which would say the same again.
fn failed(errors: TokenStream, item: TokenStream) -> TokenStream {
    let Ok((mut attrs, rest)) = Parser::parse2(split, item.clone()) else {
        return TokenStream::from_iter([errors, item]);
    };
    attrs.retain(|attr| !is_ours(attr));
    quote!(#errors #(#attrs)* #rest)
}

fn split(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    Ok((input.call(Attribute::parse_outer)?, input.parse()?))
}

fn is_ours(attr: &Attribute) -> bool {
    ours(attr).is_some()
}

/// The place of an attribute among ours. `#[cached::cached]` is of another crate.
fn ours(attr: &Attribute) -> Option<usize> {
    let segments = &attr.path().segments;
    let (first, last) = (segments.first()?, segments.last()?);
    if segments.len() > 1 && first.ident == "cached" {
        return None;
    }
    STACKABLE.iter().position(|(name, _)| last.ident == name)
}

/// What is said of each attribute that stands there already.
fn twice(attrs: &[Attribute]) -> Option<TokenStream> {
    let mut diagnostics = Diagnostics::default();
    let mut seen = [false; STACKABLE.len()];
    for attr in attrs {
        let Some(at) = ours(attr) else { continue };
        if std::mem::replace(&mut seen[at], true) {
            let (name, instead) = STACKABLE[at];
            let message = format!("`#[{name}]` is written twice: {instead}");
            diagnostics.error(attr.path().span(), message);
        }
    }
    diagnostics.report()
}

/// Ours in reverse, each in a place of one of ours.
fn reversed(attrs: &mut [Attribute]) {
    let places: Vec<usize> = (0..attrs.len()).filter(|at| is_ours(&attrs[*at])).collect();
    let ours: Vec<Attribute> = places.iter().map(|at| attrs[*at].clone()).collect();
    for (place, mut attr) in places.into_iter().zip(ours.into_iter().rev()) {
        mark(&mut attr);
        attrs[place] = attr;
    }
}

/// `#[with_lock(key = "…")]` as `#[with_lock(__stacked, key = "…")]`.
fn mark(attr: &mut Attribute) {
    let mark = Ident::new(MARK, Span::call_site());
    match &mut attr.meta {
        Meta::Path(path) => attr.meta = parse_quote!(#path(#mark)),
        Meta::List(list) if marked(&list.tokens).is_none() => {
            let args = &list.tokens;
            list.tokens = quote!(#mark, #args);
        }
        // The compiler says what is wrong with `#[with_lock = "…"]`.
        Meta::List(_) | Meta::NameValue(_) => {}
    }
}

/// The other arguments of an attribute that is marked.
fn marked(args: &TokenStream) -> Option<TokenStream> {
    let mut tokens = args.clone().into_iter();
    match tokens.next()? {
        TokenTree::Ident(ident) if ident == MARK => {}
        _ => return None,
    }
    // The comma.
    Some(tokens.skip(1).collect())
}

/// The attribute that is being expanded, as it could be written: under which name it was imported
/// is not told.
fn itself(name: &str, args: &TokenStream) -> Attribute {
    let krate = krate(args);
    let name = Ident::new(name, Span::call_site());
    parse_quote!(#[#krate::#name(#args)])
}

/// The path behind `crate =`, or where the crate usually is.
fn krate(args: &TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = args.clone().into_iter().collect();
    let is_comma = |token: &TokenTree| token.to_string() == ",";
    let path = tokens.split(is_comma).find_map(|argument| match argument {
        [TokenTree::Ident(name), TokenTree::Punct(is), path @ ..]
            if name == "crate" && is.as_char() == '=' =>
        {
            Some(path.iter().map(ToTokens::to_token_stream).collect())
        }
        _ => None,
    });
    path.unwrap_or_else(|| quote!(::larder))
}

/// Whether another attribute of ours has expanded this function.
fn is_expanded(function: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = function.into_iter().collect();
    let calls_ours = tokens.windows(4).any(|tokens| match tokens {
        [TokenTree::Ident(module), _, _, TokenTree::Ident(called)] => {
            module == "__private" && CALLED.iter().any(|name| called == name)
        }
        _ => false,
    });
    calls_ours
        || tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => is_expanded(group.stream()),
            _ => false,
        })
}

/// What is said of an attribute that has been missed by those above it.
fn renamed(name: &str) -> TokenStream {
    let message = format!(
        "`#[{name}]` was not seen by the attribute of Larder above it, and the order of the two would be another one than is written: import both by their own names"
    );
    syn::Error::new(Span::call_site(), message).to_compile_error()
}
