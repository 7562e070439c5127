//! Calls of other functions, made into what their companions say of them.
//!
//! A free function's companions stand on a type of its name: `db::user(id)` has
//! `db::user::invalidate(id)`. A method's entry has a function of its own: `self.user(id)` has
//! `self.user_entry(id)`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Expr, ExprPath, Path, PathArguments, PathSegment};

/// What a call in an attribute is about.
pub(crate) enum About {
    /// The cache of a free function: the companion of this name is to be called.
    Companion(Companion),
    /// The entry of a method, whose function is called here.
    Entry(TokenStream),
    /// What is called here invalidates something by itself: `user::clear()`.
    Itself(TokenStream),
    /// It is no call.
    Nothing,
}

/// The companions of a free function, and the arguments for one.
pub(crate) struct Companion {
    path: Path,
    types: PathArguments,
    arguments: TokenStream,
}

impl Companion {
    /// The call of this companion.
    pub(crate) fn named(&self, name: &str) -> TokenStream {
        let (path, types, arguments) = (&self.path, &self.types, &self.arguments);
        // In the place of the function's name, since what is wrong with the arguments is about
        // that.
        let place = path.segments.last().map(|segment| segment.ident.span());
        let name = format_ident!(
            "{name}",
            span = place.unwrap_or_else(proc_macro2::Span::call_site)
        );
        let types = match types {
            PathArguments::None => None,
            types => Some(quote!(:: #types)),
        };
        quote!(#path::#name #types(#arguments))
    }
}

impl About {
    pub(crate) fn of(expr: &Expr) -> Self {
        match expr {
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => Self::of_path(path, call.args.to_token_stream()),
                _ => Self::Nothing,
            },
            Expr::MethodCall(call) => {
                let name = call.method.unraw().to_string();
                if invalidates(&name) {
                    return Self::Itself(quote!(#call));
                }
                let mut call = call.clone();
                if !is_entry(&name) {
                    call.method = entry_of(&call.method);
                }
                Self::Entry(quote!(#call))
            }
            Expr::Group(group) => Self::of(&group.expr),
            _ => Self::Nothing,
        }
    }

    fn of_path(function: &ExprPath, arguments: TokenStream) -> Self {
        let path = &function.path;
        let Some(last) = path.segments.last() else {
            return Self::Nothing;
        };
        let name = last.ident.unraw().to_string();
        if invalidates(&name) {
            return Self::Itself(quote!(#function(#arguments)));
        }
        let owner = path.segments.iter().rev().nth(1);
        if is_entry(&name) {
            return Self::Entry(quote!(#function(#arguments)));
        }
        if function.qself.is_some() || owner.is_some_and(is_type) {
            let mut function = function.clone();
            if let Some(last) = function.path.segments.last_mut() {
                last.ident = entry_of(&last.ident);
            }
            return Self::Entry(quote!(#function(#arguments)));
        }
        let mut path = path.clone();
        let mut types = PathArguments::None;
        if let Some(last) = path.segments.last_mut() {
            types = std::mem::replace(&mut last.arguments, PathArguments::None);
        }
        if let PathArguments::AngleBracketed(types) = &mut types {
            types.colon2_token = None;
        }
        Self::Companion(Companion {
            path,
            types,
            arguments,
        })
    }
}

/// Whether what has this name invalidates: companions of groups and of whole caches, which are
/// called as they are.
fn invalidates(name: &str) -> bool {
    let name = name
        .rsplit_once("_invalidate_")
        .map_or(name, |_| "invalidate");
    name == "clear" || name == "invalidate" || name.starts_with("invalidate_")
}

/// Whether what has this name answers an entry: a method's function beside it, or that of a
/// `Cache`.
fn is_entry(name: &str) -> bool {
    name == "entry" || name.ends_with("_entry")
}

fn entry_of(method: &Ident) -> Ident {
    format_ident!("{}_entry", method.unraw(), span = method.span())
}

/// Whether a path's segment names a type: by convention it begins with a capital letter.
fn is_type(segment: &PathSegment) -> bool {
    let name = segment.ident.unraw().to_string();
    name.starts_with(|letter: char| letter.is_uppercase())
}
