//! The function under an attribute: its signature parsed, its body kept as tokens.
//!
//! The body is never parsed: code that is being typed does not parse, and an editor should still
//! understand the rest.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::visit::{self, Visit};
use syn::{
    AttrStyle, Attribute, FnArg, GenericArgument, Pat, PatIdent, Path, PathArguments, PathSegment,
    ReturnType, Signature, Token, Type, TypeParamBound, Visibility, braced, parse_quote_spanned,
};

/// A function with its attributes.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// What stands between the braces.
    pub(crate) body: TokenStream,
    /// The place of the braces.
    braces: Span,
}

/// How a function says that it is asynchronous.
pub(crate) enum Asynchrony {
    /// `async fn`.
    Keyword,
    /// It returns `Pin<Box<dyn Future<Output = R>>>`, which is what `#[async_trait]` leaves of an
    /// `async fn`.
    Boxed,
    /// It is not.
    None,
}

/// An argument with a name.
#[derive(Clone)]
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
}

impl Function {
    /// These statements between braces where the user's are: a body that answers too little is
    /// shown there. They are our own, so that lints do not take the function for written by hand:
    /// that it awaits nothing is no reason to write it without `async`.
    pub(crate) fn block(&self, statements: impl ToTokens) -> TokenTree {
        let mut block = Group::new(Delimiter::Brace, statements.into_token_stream());
        block.set_span(Span::mixed_site().located_at(self.braces));
        block.into()
    }

    /// Where it begins, behind its attributes.
    pub(crate) fn beginning(&self) -> Span {
        match &self.vis {
            Visibility::Public(public) => public.span,
            Visibility::Restricted(restricted) => restricted.pub_token.span,
            Visibility::Inherited => match &self.sig.asyncness {
                Some(asyncness) => asyncness.span,
                None => self.sig.fn_token.span,
            },
        }
    }

    /// How it is asynchronous, and what the future answers.
    pub(crate) fn asynchrony(&self) -> (Asynchrony, Type) {
        let written = match &self.sig.output {
            ReturnType::Default => {
                // With the place of the parentheses, so that an error about it has a place.
                let span = self.sig.paren_token.span.join();
                parse_quote_spanned!(span=> ())
            }
            ReturnType::Type(_, ty) => (**ty).clone(),
        };
        if self.sig.asyncness.is_some() {
            return (Asynchrony::Keyword, written);
        }
        match boxed_output(&written) {
            Some(output) => (Asynchrony::Boxed, output.clone()),
            None => (Asynchrony::None, written),
        }
    }

    /// Whether the signature or the body names `Self`, which only a function in an `impl` or a
    /// `trait` can.
    pub(crate) fn mentions_self_type(&self) -> bool {
        let sig = self.sig.to_token_stream();
        may_mention(&sig, "Self") && mentions(&sig, &|word| word == "Self")
            || may_mention(&self.body, "Self") && body_mentions_self_type(self.body.clone())
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(input.error(
                "a declaration has no body: put the attribute on the function in the `impl`",
            ));
        }
        let content;
        let braces = braced!(content in input).span.join();
        // `#![allow(..)]` inside the braces means the function; outside of them it may stand before
        // other statements.
        for mut attr in content.call(Attribute::parse_inner)? {
            attr.style = AttrStyle::Outer;
            attrs.push(attr);
        }
        Ok(Self {
            attrs,
            vis,
            sig,
            body: content.parse()?,
            braces,
        })
    }
}

impl Parameter {
    /// The argument as a parameter, if its pattern is a plain name.
    pub(crate) fn of(arg: &FnArg) -> Option<Self> {
        let FnArg::Typed(typed) = arg else {
            return None;
        };
        match &*typed.pat {
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(Self {
                name: pat.ident.clone(),
                ty: (*typed.ty).clone(),
            }),
            _ => None,
        }
    }
}

impl Parameter {
    /// Whatever has a name in the function's body, be it a part of an argument that is taken apart,
    /// whose type is not known then.
    pub(crate) fn bound_by(sig: &Signature) -> Vec<Self> {
        let parameters = sig
            .inputs
            .iter()
            .flat_map(|arg| match (Self::of(arg), arg) {
                (Some(whole), _) => vec![whole],
                (None, FnArg::Typed(typed)) => bindings(&typed.pat)
                    .into_iter()
                    .map(|name| Self {
                        ty: parse_quote_spanned!(name.span()=> _),
                        name,
                    })
                    .collect(),
                (None, FnArg::Receiver(_)) => Vec::new(),
            });
        parameters.collect()
    }
}

/// The names that a pattern gives.
pub(crate) fn bindings(pat: &Pat) -> Vec<Ident> {
    struct Find(Vec<Ident>);

    impl Visit<'_> for Find {
        fn visit_pat_ident(&mut self, pat: &PatIdent) {
            self.0.push(pat.ident.clone());
            visit::visit_pat_ident(self, pat);
        }
    }

    let mut find = Find(Vec::new());
    find.visit_pat(pat);
    find.0
}

/// The names of the arguments, without the receiver.
pub(crate) fn names(sig: &Signature) -> impl Iterator<Item = &Ident> {
    sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(pat) => Some(&pat.ident),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}

/// The type with the groups and parentheses around it removed.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// The last segment of a type that is a path.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match bare(ty) {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

/// `Result`, or a name that ends with `Result` and has arguments, like `DbResult<User>`.
pub(crate) fn reads_like_result(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| {
        let name = segment.ident.to_string();
        name == "Result" || (name.ends_with("Result") && !segment.arguments.is_none())
    })
}

/// The types among the arguments of a path segment.
pub(crate) fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// `R` of `Pin<Box<dyn Future<Output = R> + …>>`.
fn boxed_output(ty: &Type) -> Option<&Type> {
    let future = only_argument(only_argument(ty, "Pin")?, "Box")?;
    let Type::TraitObject(object) = bare(future) else {
        return None;
    };
    object.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => output(&bound.path),
        _ => None,
    })
}

fn only_argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    match type_arguments(segment)[..] {
        [argument] => Some(argument),
        _ => None,
    }
}

/// `R` of `Future<Output = R>`.
fn output(path: &Path) -> Option<&Type> {
    let segment = path.segments.last().filter(|it| it.ident == "Future")?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}

/// Whether one of the words in these tokens, at any depth, is one that is looked for.
pub(crate) fn mentions(tokens: &TokenStream, wanted: &dyn Fn(&str) -> bool) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => wanted(&ident.to_string()),
        TokenTree::Group(group) => mentions(&group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Whether some tokens may have this word among them. The compiler writes a text, and searches it,
/// many times faster than these macros, which as a rule are built without optimization, look at
/// each token.
pub(crate) fn may_mention(tokens: &TokenStream, word: &str) -> bool {
    tokens.to_string().contains(word)
}

/// The words with which items begin that have a `Self` of their own.
const ITEMS: [&str; 5] = ["impl", "trait", "struct", "enum", "union"];

/// Whether a body names `Self` outside of items that have a `Self` of their own.
fn body_mentions_self_type(tokens: TokenStream) -> bool {
    let begins_item = |ident: &Ident| ITEMS.iter().any(|word| ident == word);
    let mut in_item = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if begins_item(&ident) => in_item = true,
            // `struct Node(Box<Self>);`
            TokenTree::Punct(punct) if punct.as_char() == ';' => in_item = false,
            TokenTree::Ident(ident) if ident == "Self" && !in_item => return true,
            TokenTree::Group(group) => {
                let ends_item = group.delimiter() == Delimiter::Brace;
                if !in_item && body_mentions_self_type(group.stream()) {
                    return true;
                }
                in_item &= !ends_item;
            }
            _ => {}
        }
    }
    false
}
