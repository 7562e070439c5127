//! Literals that arguments ask for, and the refusals when something else was written.

use syn::{Expr, ExprLit, Lit, LitStr};

use super::{Given, did_you_mean};
use crate::diagnostics::Diagnostics;

/// The literal that an expression is, if it is one.
pub(crate) fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(ExprLit { lit, attrs, .. }) if attrs.is_empty() => Some(lit),
        // What a `macro_rules!` passed on comes in an invisible group.
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// A string literal.
pub(crate) fn string(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    if let Some(Lit::Str(text)) = literal(&given.value) {
        return Some(text.clone());
    }
    let name = &given.name;
    diagnostics.error_at(
        &given.value,
        format!("`{name}` takes a string literal: write `{name} = \"…\"`"),
    );
    None
}

/// The name of a namespace.
pub(crate) fn namespace(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    legal_namespace(string(given, diagnostics)?, diagnostics)
}

/// The text, if a namespace may be called that.
pub(crate) fn legal_namespace(literal: LitStr, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    let legal = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let text = literal.value();
    if let Some(letter) = text.chars().find(|letter| !legal(*letter)) {
        diagnostics.error(
            literal.span(),
            format!(
                "a namespace has no {letter:?}: it is made of letters, digits, `.`, `_` and `-`"
            ),
        );
        return None;
    }
    if text.is_empty() {
        diagnostics.error(
            literal.span(),
            "an empty namespace: name what is stored, such as `namespace = \"users\"`",
        );
        return None;
    }
    Some(literal)
}

/// One of a few words, each written as a string literal.
pub(crate) fn word<T: Copy>(
    given: &Given<Expr>,
    words: &[(&str, T)],
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let name = &given.name;
    let text = string(given, diagnostics)?;
    let written = text.value();
    let found = words.iter().find(|(word, _)| *word == written);
    if found.is_none() {
        let nearest = did_you_mean(&written, words.iter().map(|(word, _)| *word));
        let legal: Vec<_> = words
            .iter()
            .map(|(word, _)| format!("`\"{word}\"`"))
            .collect();
        diagnostics.error(
            text.span(),
            format!(
                "`{name}` cannot be `{written}`{nearest}\nit is one of {}",
                legal.join(", ")
            ),
        );
    }
    found.map(|(_, value)| *value)
}

/// A whole number from one up.
pub(crate) fn version(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<u32> {
    let number = match literal(&given.value) {
        Some(Lit::Int(number)) => number.base10_parse::<u32>().ok(),
        _ => None,
    };
    let number = number.filter(|number| *number > 0);
    if number.is_none() {
        diagnostics.error_at(
            &given.value,
            format!("`{0}` counts from 1: write `{0} = 1`", given.name),
        );
    }
    number
}

/// A share of a whole, from `"0%"` or `0.0` up to but not including the whole.
pub(crate) fn share(given: &Given<Expr>, diagnostics: &mut Diagnostics) -> Option<f64> {
    let share = match literal(&given.value) {
        Some(Lit::Str(text)) => percent(&text.value()),
        Some(Lit::Float(number)) => number.base10_parse::<f64>().ok(),
        _ => None,
    };
    let share = share.filter(|share| (0.0..1.0).contains(share));
    if share.is_none() {
        diagnostics.error_at(
            &given.value,
            format!(
                "`{0}` is a share below the whole: write `{0} = \"10%\"` or `{0} = 0.1`",
                given.name
            ),
        );
    }
    share
}

fn percent(text: &str) -> Option<f64> {
    let digits = text.strip_suffix('%')?;
    let number: f64 = digits.parse().ok()?;
    Some(number / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_a_share() {
        assert_eq!(percent("10%"), Some(0.1));
        assert_eq!(percent("2.5%"), Some(0.025));
        assert_eq!(percent("10"), None);
        assert_eq!(percent("ten%"), None);
    }
}
