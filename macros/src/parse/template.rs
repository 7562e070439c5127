//! Key templates: `"{org.id}:{user}"`.
//!
//! The template's text is the key's text. Between two values there must be a character that the
//! key's encoding escapes inside of values, or two calls could share a key: with `{a}{b}`,
//! `("ab", "c")` and `("a", "bc")` would.

use std::ops::Range;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Expr, LitStr, parse_str};

use crate::diagnostics::Diagnostics;

/// The characters that are escaped inside of values.
const SEPARATORS: [char; 5] = [':', '/', '|', '#', ';'];

/// A key as it was written.
pub(crate) struct Template {
    pub(crate) segments: Vec<Segment>,
}

/// A piece of a template.
pub(crate) enum Segment {
    /// Text that stands in every key.
    Text(String),
    /// Something of a call.
    Placeholder(Placeholder),
}

/// What stands between two braces.
pub(crate) struct Placeholder {
    /// The value, with the place of the literal.
    pub(crate) value: Expr,
    /// What the value is taken from.
    pub(crate) root: Ident,
    pub(crate) kind: PlaceholderKind,
    /// Where it stands: inside the literal if the compiler tells, else the literal.
    pub(crate) span: Span,
}

/// How a placeholder reaches its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaceholderKind {
    /// `{id}`.
    Whole,
    /// `{org.id}`, `{pair.0}`, `{name.len()}`.
    Part,
    /// `{T::KIND}`.
    Constant,
}

/// What a template is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// A key: two different calls must never share one.
    Key,
    /// A tag: two calls that share one are invalidated together.
    Tag,
}

impl Use {
    fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Tag => "tag",
        }
    }
}

impl Template {
    /// Reads a template; mistakes are reported where they stand.
    pub(crate) fn parse(
        literal: &LitStr,
        used: Use,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let text = literal.value();
        let mut errors = Vec::new();
        let segments = split(&text, used, &mut errors);
        if text.is_empty() {
            let problem = match used {
                Use::Key => "an empty key: write what tells the calls apart",
                Use::Tag => "an empty tag: write what the entries have in common",
            };
            errors.push((0..0, problem.to_owned()));
        }
        let mut read = Vec::new();
        for (range, piece) in segments {
            match piece {
                Piece::Text => read.push(Segment::Text(text[range].to_owned())),
                Piece::Placeholder => {
                    match placeholder(literal, &text[range.clone()], range.clone(), used) {
                        Ok(placeholder) => {
                            if used == Use::Key
                                && let Some(problem) = meets_the_last(&read)
                            {
                                errors.push((range, problem));
                            }
                            read.push(Segment::Placeholder(placeholder));
                        }
                        Err(problem) => errors.push((range, problem)),
                    }
                }
            }
        }
        let good = errors.is_empty();
        for (range, problem) in errors {
            diagnostics.error(place(literal, range), problem);
        }
        good.then_some(Self { segments: read })
    }

    /// The placeholders, in their order.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Placeholder(placeholder) => Some(placeholder),
            Segment::Text(_) => None,
        })
    }
}

enum Piece {
    Text,
    Placeholder,
}

/// Where text and placeholders begin and end; for a placeholder without its braces.
fn split(
    text: &str,
    used: Use,
    errors: &mut Vec<(Range<usize>, String)>,
) -> Vec<(Range<usize>, Piece)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while let Some(brace) = text[start..].find(['{', '}']).map(|found| start + found) {
        if start < brace {
            pieces.push((start..brace, Piece::Text));
        }
        let inside = brace + 1;
        let end = text[inside..].find(['{', '}']).map(|found| inside + found);
        match end {
            Some(end) if text[brace..].starts_with('{') && text[end..].starts_with('}') => {
                pieces.push((inside..end, Piece::Placeholder));
                start = end + 1;
            }
            _ => {
                errors.push((
                    brace..inside,
                    format!(
                        "a brace without its other half: in a {}, braces stand around arguments only",
                        used.name()
                    ),
                ));
                return Vec::new();
            }
        }
    }
    if start < text.len() {
        pieces.push((start..text.len(), Piece::Text));
    }
    pieces
}

/// Why a placeholder cannot follow what was read so far.
fn meets_the_last(read: &[Segment]) -> Option<String> {
    let cure = "write one of `:`, `/`, `|`, `#`, `;` between them, which values cannot imitate";
    match read {
        [.., Segment::Placeholder(_)] => Some(format!(
            "two values without anything between them cannot be told apart: {cure}"
        )),
        [.., Segment::Placeholder(_), Segment::Text(text)] if !text.contains(SEPARATORS) => {
            Some(format!(
                "a value may itself contain `{text}`, so the two around it cannot be told apart: {cure}"
            ))
        }
        _ => None,
    }
}

fn placeholder(
    literal: &LitStr,
    text: &str,
    range: Range<usize>,
    used: Use,
) -> Result<Placeholder, String> {
    let refusal = || {
        format!(
            "`{{{text}}}` is not an argument: in the braces of a {} stand an argument, a field of it or a method without arguments, \
             such as `{{user}}`, `{{org.id}}` or `{{self.name()}}`",
            used.name()
        )
    };
    let value: Expr = parse_str(text).map_err(|_| refusal())?;
    let (mut root, kind) = root(&value).ok_or_else(refusal)?;
    let span = place(literal, range);
    // Names are resolved where the literal was written, even if the compiler shows them at a part
    // of it.
    let span = literal.span().located_at(span);
    let moved = moved(quote!(#value), span);
    root.set_span(span);
    Ok(Placeholder {
        root,
        value: syn::parse2(moved).map_err(|_| refusal())?,
        kind,
        span,
    })
}

impl Placeholder {
    /// The same, of the argument whose name stands at this place. Where a `macro_rules!` wrote the
    /// template and was told the name, or the other way around, the two would not be the same name.
    pub(crate) fn named_at(mut self, place: Span) -> Self {
        self.root.set_span(place.located_at(self.span));
        if let Some(root) = root_of(&mut self.value) {
            *root = self.root.clone();
        }
        self
    }

    /// An expression that stands by itself, if it is of the kind that may stand in braces.
    pub(crate) fn of_expression(value: &Expr) -> Option<Self> {
        let (root, kind) = root(value)?;
        (kind != PlaceholderKind::Constant).then(|| Self {
            span: root.span(),
            value: value.clone(),
            root,
            kind,
        })
    }
}

/// The argument from which an expression of the allowed kind takes its value.
fn root(value: &Expr) -> Option<(Ident, PlaceholderKind)> {
    let part = |(ident, kind)| {
        (kind != PlaceholderKind::Constant).then_some((ident, PlaceholderKind::Part))
    };
    match value {
        Expr::Path(path) if path.qself.is_none() && path.path.leading_colon.is_none() => {
            let first = path.path.segments.first()?;
            let plain = path
                .path
                .segments
                .iter()
                .all(|segment| segment.arguments.is_none());
            let kind = match path.path.segments.len() {
                1 => PlaceholderKind::Whole,
                _ => PlaceholderKind::Constant,
            };
            plain.then(|| (first.ident.clone(), kind))
        }
        Expr::Field(field) => root(&field.base).and_then(part),
        Expr::MethodCall(call) if call.args.is_empty() && call.turbofish.is_none() => {
            root(&call.receiver).and_then(part)
        }
        _ => None,
    }
}

/// Where the argument stands from which an expression of the allowed kind takes its value.
fn root_of(value: &mut Expr) -> Option<&mut Ident> {
    match value {
        Expr::Path(path) => path.path.segments.first_mut().map(|first| &mut first.ident),
        Expr::Field(field) => root_of(&mut field.base),
        Expr::MethodCall(call) => root_of(&mut call.receiver),
        _ => None,
    }
}

/// The same tokens at another place.
fn moved(tokens: TokenStream, span: Span) -> TokenStream {
    let tokens = tokens.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            let inside = moved(group.stream(), span);
            token = TokenTree::Group(Group::new(group.delimiter(), inside));
        }
        token.set_span(span);
        token
    });
    tokens.collect()
}

/// Where a part of a literal's text stands, if the literal is written as its text and the compiler
/// tells, else the literal.
fn place(literal: &LitStr, range: Range<usize>) -> Span {
    let token = literal.token();
    let source = token.to_string();
    let opening = source.find('"').map_or(0, |quote| quote + 1);
    let verbatim = source.starts_with('r') || !source.contains('\\');
    verbatim
        .then(|| token.subspan(opening + range.start..opening + range.end))
        .flatten()
        .unwrap_or_else(|| literal.span())
}
