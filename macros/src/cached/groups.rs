//! What is written in `index(..)` and `tags = [..]`, and the rules for it.
//!
//! What an entry is grouped by must be known wherever it is stored or removed. The companions have
//! the arguments of the key and no others, so groups are made of these, or, for indexes, of the
//! value.

use proc_macro2::Ident;
use syn::{Expr, Signature};

use super::args::IndexArg;
use super::independence::argument_in;
use crate::diagnostics::Diagnostics;
use crate::key::{Key, Step};
use crate::parse::item::names;
use crate::parse::template::{Placeholder, Segment, Template};
use crate::parse::value::value_in;

/// What the entries of a function are grouped by.
pub(super) struct Groups {
    pub(super) indexes: Vec<Index>,
    pub(super) tags: Vec<Vec<TagStep>>,
}

/// An index of a function.
pub(super) struct Index {
    pub(super) name: Ident,
    pub(super) source: Source,
}

/// Where an index has its values from.
pub(super) enum Source {
    /// The loaded value: an expression over `value`.
    Value(Expr),
    /// An argument of the key, or something of it.
    Argument(Step),
}

/// A piece of a tag.
pub(super) enum TagStep {
    Text(String),
    Value(Step),
}

impl Groups {
    /// Every rule for groups; `None` if one of them cannot be written.
    pub(super) fn plan(
        indexes: Vec<IndexArg>,
        tags: Vec<Template>,
        key: &Key,
        sig: &Signature,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let rules = Rules { key, sig };
        let indexes: Vec<_> = indexes
            .into_iter()
            .map(|index| rules.index(index, diagnostics))
            .collect();
        let tags: Vec<_> = tags
            .into_iter()
            .map(|tag| rules.tag(tag, diagnostics))
            .collect();
        Some(Self {
            indexes: indexes.into_iter().collect::<Option<_>>()?,
            tags: tags.into_iter().collect::<Option<_>>()?,
        })
    }
}

/// What an index is made of, before it is known what the function has.
pub(super) fn placeholder_of(value: &Expr) -> Option<Placeholder> {
    if mentions_value(value) {
        return None;
    }
    Placeholder::of_expression(value)
}

struct Rules<'a> {
    key: &'a Key,
    sig: &'a Signature,
}

impl Rules<'_> {
    fn index(&self, index: IndexArg, diagnostics: &mut Diagnostics) -> Option<Index> {
        let IndexArg { name, value } = index;
        if mentions_value(&value) {
            if let Some(argument) = names(self.sig).find(|argument| *argument == "value") {
                diagnostics.error(
                    argument.span(),
                    "in `index(..)`, `value` is what the function returns: give this argument another name",
                );
                return None;
            }
            if let Some(argument) = argument_in(&value, self.sig) {
                diagnostics.error(
                    argument.span(),
                    format!("the index `{name}` is made of the value, so it cannot use the argument `{argument}`: make it of one of the two, or make two indexes"),
                );
                return None;
            }
            let source = Source::Value(value);
            return Some(Index { name, source });
        }
        let Some(placeholder) = Placeholder::of_expression(&value) else {
            diagnostics.error_at(
                &value,
                format!(
                    "an index is made of the value or of an argument: write `index({name} = value.{name})`, \
                     or an argument, a field of it or a method without arguments"
                ),
            );
            return None;
        };
        let place = format!("the index `{name}`");
        let source = Source::Argument(self.step(placeholder, &place, diagnostics)?);
        Some(Index { name, source })
    }

    fn tag(&self, tag: Template, diagnostics: &mut Diagnostics) -> Option<Vec<TagStep>> {
        let steps = tag.segments.into_iter().map(|segment| match segment {
            Segment::Text(text) => Some(TagStep::Text(text)),
            Segment::Placeholder(it) => self.step(it, "a tag", diagnostics).map(TagStep::Value),
        });
        // All of them first, so that each mistake is reported.
        let steps: Vec<_> = steps.collect();
        steps.into_iter().collect()
    }

    fn step(
        &self,
        placeholder: Placeholder,
        place: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Step> {
        let name = placeholder.root.to_string();
        if self.key.has(&name) {
            return Some(self.key.step_of(placeholder));
        }
        let is_argument = names(self.sig).any(|argument| *argument == name)
            || (name == "self" && self.sig.receiver().is_some());
        let message = if is_argument {
            format!(
                "`{name}` is in {place} but not in the key, so that `invalidate` and the other companions would not have it: \
                 put it into the key, or make {place} of something that is"
            )
        } else if name == "value" {
            format!(
                "{place} is known before the value is loaded, so it is made of arguments: for groups by value write `index(..)`"
            )
        } else {
            format!(
                "there is no argument `{name}` for {place}\n{}",
                self.choice()
            )
        };
        diagnostics.error(placeholder.span, message);
        None
    }

    fn choice(&self) -> String {
        let names: Vec<_> = self
            .key
            .parameters
            .iter()
            .map(|it| it.name.to_string())
            .collect();
        match names.join("`, `") {
            none if none.is_empty() => "there are no arguments in the key".to_owned(),
            names => format!("in the key are `{names}`"),
        }
    }
}

/// Whether an expression is about the loaded value.
fn mentions_value(expr: &Expr) -> bool {
    value_in(expr).is_some()
}
