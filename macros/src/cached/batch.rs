//! The rules for functions that load many values at once.

use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{FnArg, Pat, ReceiverKind, Signature, Type};

use super::args::{Args, BatchArg};
use super::pairs::pair;
use super::placement::Placement;
use super::returns::{Returned, is_known};
use crate::diagnostics::Diagnostics;
use crate::parse::item::{Parameter, bare, last_segment, type_arguments};

/// Maps of other crates that hold pairs, and that a batched function cannot return all the same.
const OTHER_MAPS: [&str; 6] = [
    "AHashMap",
    "DashMap",
    "IndexMap",
    "LinkedHashMap",
    "OrderMap",
    "SkipMap",
];

/// What a batched function is called with.
pub(super) struct Batch {
    /// The argument that holds the ids.
    pub(super) ids: Ident,
    /// How the function takes them.
    pub(super) taking: Taking,
}

/// How a function takes its ids.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taking {
    /// `&[T]`, or `&Vec<T>`.
    Borrowed,
    /// `Vec<T>`.
    Owned,
}

impl Batch {
    /// Every rule for batches; `None` if one of them is broken.
    pub(super) fn plan(
        given: &BatchArg,
        args: &Args,
        sig: &Signature,
        placement: &Placement,
        returned: &Returned,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        check_room(given, placement, diagnostics)?;
        check_errors(args, diagnostics);
        // A function without ids is none for batches, and its return type no second mistake.
        let (ids, taking) = find_ids(given, args, sig, diagnostics)?;
        let pair = check_pairs(returned, diagnostics);
        check_same_ids(&ids, sig, pair.as_ref(), diagnostics);
        check_others(&ids, sig, diagnostics);
        Some(Self { ids, taking })
    }
}

/// The body of a function beside it stands in another function, which can be called more than once.
fn check_room(
    given: &BatchArg,
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let message = match placement {
        Placement::Associated { is_boxed: true, .. } => {
            "`batch` is for an `async fn`: this one answers one future of its own, and the body of a batched function may run more than once: put the attribute on a method of the type itself"
        }
        Placement::Associated { sibling: None, .. } => {
            "`batch` writes functions beside this one, for which the `impl` of a trait has no room: put the attribute on a method of the type itself, or write `entry = …` if this is one"
        }
        _ => return Some(()),
    };
    diagnostics.error(given.span, message);
    None
}

fn find_ids(
    given: &BatchArg,
    args: &Args,
    sig: &Signature,
    diagnostics: &mut Diagnostics,
) -> Option<(Ident, Taking)> {
    let parameters: Vec<_> = sig.inputs.iter().filter_map(Parameter::of).collect();
    if let Some(named) = &given.ids {
        let Some(parameter) = parameters.iter().find(|it| it.name == *named) else {
            diagnostics.error(named.span(), format!("there is no argument `{named}`"));
            return None;
        };
        let Some(taking) = taking(&parameter.ty) else {
            diagnostics.error_at(&parameter.ty, "ids are taken as `&[Id]` or as `Vec<Id>`");
            return None;
        };
        if args.skip.contains(named) {
            diagnostics.error(
                named.span(),
                format!("`{named}` is in `skip(..)`, and by its ids one value is told from another: remove it there"),
            );
            return None;
        }
        return Some((parameter.name.clone(), taking));
    }
    let is_skipped = |it: &Parameter| args.skip.contains(&it.name);
    let mut many = parameters
        .iter()
        .filter(|it| !is_skipped(it))
        .filter_map(|it| Some((it, taking(&it.ty)?)));
    match (many.next(), many.next()) {
        (Some((parameter, taking)), None) => Some((parameter.name.clone(), taking)),
        (Some((first, _)), Some((second, _))) => {
            diagnostics.error(
                given.span,
                format!(
                    "`{0}` and `{1}` both hold many values: say which of them are the ids, such as `batch = {0}`",
                    first.name, second.name
                ),
            );
            None
        }
        (None, _) => {
            diagnostics.error(
                sig.ident.span(),
                "a batched function takes its ids as `&[Id]` or as `Vec<Id>`: there is no such argument",
            );
            None
        }
    }
}

/// How ids of this type are taken, if it holds many.
fn taking(ty: &Type) -> Option<Taking> {
    let is_vec = |ty: &Type| last_segment(ty).is_some_and(|it| it.ident == "Vec");
    match bare(ty) {
        Type::Reference(reference) if reference.mutability.is_none() => {
            let held = bare(&reference.elem);
            (matches!(held, Type::Slice(_)) || is_vec(held)).then_some(Taking::Borrowed)
        }
        held => is_vec(held).then_some(Taking::Owned),
    }
}

/// A failure of a batch says nothing of any one id.
fn check_errors(args: &Args, diagnostics: &mut Diagnostics) {
    let rule = args.cache_err.as_ref().map(|it| &it.name);
    let ttl = args.err_ttl.as_ref().map(|it| &it.name);
    if let Some(name) = rule.or(ttl) {
        diagnostics.error(
            name.span(),
            "an error of a batch is not the error of any one id, so it is not stored: remove it, and leave out the ids that have no value",
        );
    }
}

/// What the words of the return type tell of pairs; the compiler sees the rest. Answers the type of
/// the ids in them.
fn check_pairs(returned: &Returned, diagnostics: &mut Diagnostics) -> Option<Type> {
    let collection = returned.words_of_value()?;
    let Some((id, value)) = pair(collection) else {
        if may_be_pairs(collection) {
            return None;
        }
        diagnostics.error_at(
            collection,
            "a batched function returns pairs of an id and its value: write `HashMap<Id, Value>`, `BTreeMap<Id, Value>` or `Vec<(Id, Value)>`",
        );
        return None;
    };
    if last_segment(value).is_some_and(|segment| segment.ident == "Option") {
        diagnostics.error_at(
            value,
            "an id that has no value is left out: write the value without `Option`, and `none_ttl = \"…\"` if its absence is to be remembered",
        );
    }
    Some(id.clone())
}

/// Whether a type whose words tell of no pairs may be another name for one that holds them.
fn may_be_pairs(ty: &Type) -> bool {
    match bare(ty) {
        Type::Tuple(_) | Type::Array(_) => false,
        _ => last_segment(ty).is_none_or(|segment| {
            let name = segment.ident.to_string();
            !is_known(&name) && !OTHER_MAPS.contains(&&*name)
        }),
    }
}

/// The ids that are taken are those that come back. Two names may be one type, but not two names of
/// the standard library.
fn check_same_ids(
    ids: &Ident,
    sig: &Signature,
    returned: Option<&Type>,
    diagnostics: &mut Diagnostics,
) {
    let mut parameters = sig.inputs.iter().filter_map(Parameter::of);
    let taken = parameters.find(|it| it.name == *ids);
    let (Some(taken), Some(returned)) = (taken.and_then(|it| item(&it.ty)), returned) else {
        return;
    };
    let name = |ty: &Type| match bare(ty) {
        Type::Reference(_) => Some("a reference".to_owned()),
        ty => last_segment(ty)
            .map(|segment| segment.ident.to_string())
            .filter(|name| is_known(name)),
    };
    if let (Some(one), Some(other)) = (name(&taken), name(returned))
        && one != other
    {
        diagnostics.error_at(
            returned,
            format!("`{ids}` holds ids of another type than this: write the same in both places, such as `&[u64]` and `HashMap<u64, Value>`"),
        );
    }
}

/// `T` of `&[T]`, `&Vec<T>` or `Vec<T>`.
fn item(ty: &Type) -> Option<Type> {
    match bare(ty) {
        Type::Reference(reference) => item(&reference.elem),
        Type::Slice(slice) => Some((*slice.elem).clone()),
        other => {
            let segment = last_segment(other).filter(|it| it.ident == "Vec")?;
            type_arguments(segment).first().map(|it| (*it).clone())
        }
    }
}

/// The body may run again, for ids that others were loading and did not load.
fn check_others(ids: &Ident, sig: &Signature, diagnostics: &mut Diagnostics) {
    const CURE: &str = "the body of a batched function may run more than once, for ids that others were loading: take `&` of what can be shared";
    if let Some(receiver) = sig.receiver()
        && let ReceiverKind::Reference(_, _, Some(mutable)) = &receiver.kind
    {
        diagnostics.error(mutable.span(), CURE);
    }
    for arg in &sig.inputs {
        let FnArg::Typed(typed) = arg else { continue };
        let is_ids = matches!(&*typed.pat, Pat::Ident(pat) if pat.ident == *ids);
        if let Type::Reference(reference) = bare(&typed.ty)
            && let Some(mutable) = &reference.mutability
            && !is_ids
        {
            diagnostics.error(mutable.span(), CURE);
        }
    }
}
