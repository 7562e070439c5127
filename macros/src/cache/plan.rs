//! What `cache!` is going to write, and every rule across the options of one cache.

use proc_macro2::Ident;
use syn::{Attribute, GenericArgument, LitStr, PathArguments, Type, Visibility};

use super::args::{Declaration, Options};
use crate::declaring::{Local, Refreshing, Ttl, borrowed, check_idle};
use crate::diagnostics::Diagnostics;
use crate::parse::duration::Time;

/// One cache, checked.
pub(super) struct Plan {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) name: Ident,
    /// What it holds.
    pub(super) value: Type,
    pub(super) namespace: LitStr,
    pub(super) options: Options,
}

impl Plan {
    /// `None` means that something is missing which has been reported.
    pub(super) fn new(args: Declaration, diagnostics: &mut Diagnostics) -> Option<Self> {
        let value = only_argument(&args.ty, "Cache");
        if value.is_none() {
            diagnostics.error_at(
                &args.ty,
                "a cache says what it holds: write `Cache<…>`, with the type of its values",
            );
        }
        if !args.options.has_ttl {
            diagnostics.error(
                args.namespace.span(),
                "how long is a value good? Write `, ttl \"5m\"` behind the namespace, or `, ttl \"never\"` if it is until it is invalidated",
            );
        }
        check_copies(&args.options, diagnostics);
        if let Some(ttl) = &args.options.ttl {
            check_idle(args.options.idle.as_ref(), ttl, diagnostics);
            args.options.refreshing.check_against(ttl, diagnostics);
        }
        check_wait(&args.options.refreshing, diagnostics);
        let value = value?;
        if let Some(borrowed) = borrowed(&value) {
            diagnostics.error_at(
                borrowed,
                "a cached value is read back from the store and cannot borrow: hold one that owns what it has, such as `String` for `&str`",
            );
            return None;
        }
        if let Some(given) = &args.options.none_ttl
            && only_argument(&value, "Option").is_none()
        {
            diagnostics.error(
                given.span(),
                "`none_ttl` is for values that may be absent: write `Cache<Option<…>>`, or remove it",
            );
            return None;
        }
        Some(Self {
            attrs: args.attrs,
            vis: args.vis,
            name: args.name,
            value,
            namespace: args.namespace,
            options: args.options,
        })
    }
}

/// The `T` in `Name<T>`, by whatever path.
pub(super) fn only_argument(ty: &Type, name: &str) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|it| it.ident == name)?;
    match &last.arguments {
        PathArguments::AngleBracketed(of) if of.args.len() == 1 => match of.args.first()? {
            GenericArgument::Type(ty) => Some(ty.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Nobody waits for a refresh where there is none.
fn check_wait(refreshing: &Refreshing, diagnostics: &mut Diagnostics) {
    if let (Some(given), None) = (&refreshing.soft, refreshing.option()) {
        diagnostics.error(
            given.span(),
            "`soft` is how long a call waits that has an old value to answer: write `stale \"1h\"`, `early …` or `refresh_every …` too",
        );
    }
}

/// A copy ends with what it is a copy of.
fn check_copies(options: &Options, diagnostics: &mut Diagnostics) {
    if let (Some(given), Some(Ttl::After(Time::Exact(ttl)))) = (&options.local, &options.ttl)
        && let Local::For(Time::Exact(local)) = &given.value
        && local > ttl
    {
        diagnostics.error(
            given.span(),
            "`local` is longer than `ttl`, and a copy ends with what it is a copy of: write a shorter time, or `local true` for as long as the value is good",
        );
    }
}
