//! Return types of which a part has no name.

use syn::{GenericArgument, PathArguments, Token, Type, parse_quote};

/// The type as it may stand in a body, where `impl Trait` may not: with a `_` in its place, which
/// the compiler settles by what the body answers.
///
/// ```text
/// Input:  Result<impl IntoResponse, ApiError>
///
/// Output: Result<_, ApiError>
/// ```
pub(super) fn settled_by_body(mut ty: Type) -> Type {
    settle(&mut ty);
    ty
}

fn settle(ty: &mut Type) {
    match ty {
        Type::ImplTrait(unnamed) => {
            let place = Token![_](unnamed.impl_token.span);
            *ty = parse_quote!(#place);
        }
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    arguments.args.iter_mut().for_each(settle_argument);
                }
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(settle),
        Type::Reference(reference) => settle(&mut reference.elem),
        Type::Slice(slice) => settle(&mut slice.elem),
        Type::Array(array) => settle(&mut array.elem),
        Type::Paren(paren) => settle(&mut paren.elem),
        Type::Group(group) => settle(&mut group.elem),
        _ => {}
    }
}

fn settle_argument(argument: &mut GenericArgument) {
    if let GenericArgument::Type(ty) = argument {
        settle(ty);
    }
}
