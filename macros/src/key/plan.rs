//! The rules of keys. What tells two calls apart must be in the key, or be left out in so many
//! words.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{FnArg, GenericParam, Pat, Receiver, Signature, Type};

use super::KeyParameter;
use crate::diagnostics::Diagnostics;
use crate::emit::attributes::conditions;
use crate::parse::did_you_mean;
use crate::parse::item::{Parameter, bare, mentions};
use crate::parse::template::{Placeholder, PlaceholderKind, Segment, Template};

/// What the attribute says about the key.
pub(crate) enum KeySource {
    /// Every argument that is not skipped.
    Implicit,
    /// Exactly this, and every argument is in it or skipped.
    Template(Template),
    /// Exactly this, whatever else the function takes. It is written where the function's arguments
    /// have been taken apart.
    Part(Template),
    /// Something that was wrong and is reported already.
    Unknown,
}

/// A key, as it will be written.
pub(crate) struct Key {
    /// The arguments that it is made of, in the order of the function.
    pub(crate) parameters: Vec<KeyParameter>,
    /// The receiver, if the key is made of it.
    pub(crate) receiver: Option<Receiver>,
    pub(crate) steps: Vec<Step>,
}

/// One step of writing a key.
pub(crate) enum Step {
    /// An argument of an implicit key: an index into the parameters.
    Argument(usize),
    /// A constant parameter of the function in an implicit key.
    Constant(Ident),
    /// A template's text.
    Text(String),
    /// A template's placeholder that is an argument as it is.
    Whole(usize),
    /// A template's placeholder that is something of an argument, or a constant.
    Value(Placeholder),
    /// A template's placeholder that is the receiver as it is.
    Receiver(Span),
}

impl Key {
    pub(crate) fn plan(
        sig: &Signature,
        source: KeySource,
        skip: &[Ident],
        elsewhere: &[&Placeholder],
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let parameters = match source {
            KeySource::Part(_) | KeySource::Unknown => Parameter::bound_by(sig),
            KeySource::Implicit | KeySource::Template(_) => named_parameters(sig, diagnostics)?,
        };
        let arguments = Arguments {
            sig,
            skipped: skip.iter().map(ToString::to_string).collect(),
            parameters,
            elsewhere,
        };
        arguments.check_skip(skip, diagnostics);
        match source {
            KeySource::Implicit => Some(arguments.implicit(diagnostics)),
            KeySource::Template(template) => {
                Some(arguments.of_template(template, Rest::IsReported, diagnostics))
            }
            KeySource::Part(template) => {
                Some(arguments.of_template(template, Rest::MayBe, diagnostics))
            }
            KeySource::Unknown => None,
        }
    }

    /// Whether this argument, or the receiver, is in the key.
    pub(crate) fn has(&self, name: &str) -> bool {
        let is_receiver = name == "self" && self.receiver.is_some();
        is_receiver || self.parameters.iter().any(|it| it.name == name)
    }

    /// How to write something else that is made of the arguments of the key.
    pub(crate) fn step_of(&self, placeholder: Placeholder) -> Step {
        Step::of(placeholder, &self.parameters, self.receiver.as_ref())
    }

    /// Tokens that name everything generic that the key needs.
    pub(crate) fn mentions(&self) -> TokenStream {
        let types = self.parameters.iter().map(|parameter| &parameter.ty);
        let steps = self.steps.iter().filter_map(|step| match step {
            Step::Constant(name) => Some(quote!(#name)),
            Step::Value(placeholder) => {
                let value = &placeholder.value;
                Some(quote!(#value))
            }
            _ => None,
        });
        quote!(#(#types)* #(#steps)*)
    }
}

/// What becomes of arguments that a template does not name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Calls that differ in them alone would share an entry.
    IsReported,
    /// They mean nothing to the key.
    MayBe,
}

struct Arguments<'a> {
    sig: &'a Signature,
    /// What else is made of the arguments of the key.
    elsewhere: &'a [&'a Placeholder],
    parameters: Vec<Parameter>,
    skipped: BTreeSet<String>,
}

impl Arguments<'_> {
    fn implicit(self, diagnostics: &mut Diagnostics) -> Key {
        if let Some(receiver) = self.sig.receiver()
            && !self.is_skipped("self")
        {
            diagnostics.error(
                receiver.self_token.span,
                "`self` is in neither `key` nor `skip(..)`: name what tells two of them apart, such as `key = \"{self.id}:{…}\"`, \
                 or write `skip(self)` if all of them share their entries",
            );
        }
        self.refuse_types_outside_of_the_key(diagnostics);
        let constants = self.sig.generics.const_params();
        let mut steps: Vec<_> = constants
            .map(|param| Step::Constant(param.ident.clone()))
            .collect();
        let mut parameters = Vec::new();
        for parameter in &self.parameters {
            if !self.is_skipped(&parameter.name.to_string()) {
                refuse_mutable(parameter, diagnostics);
                steps.push(Step::Argument(parameters.len()));
                let name = parameter.name.to_string();
                parameters.push(KeyParameter::new(parameter, self.in_parts_elsewhere(&name)));
            }
        }
        Key {
            parameters,
            receiver: None,
            steps,
        }
    }

    fn of_template(self, template: Template, rest: Rest, diagnostics: &mut Diagnostics) -> Key {
        let mut all_known = rest == Rest::IsReported;
        for placeholder in template.placeholders() {
            all_known &= self.check_placeholder(placeholder, diagnostics);
        }
        let is_used = |name: &str| template.placeholders().any(|it| it.root == name);
        let in_parts = |name: &str| {
            let mut of_it = template.placeholders().filter(|it| it.root == name);
            of_it.any(|it| it.kind == PlaceholderKind::Part) || self.in_parts_elsewhere(name)
        };

        let mut parameters = Vec::new();
        for parameter in &self.parameters {
            let name = parameter.name.to_string();
            if is_used(&name) {
                refuse_mutable(parameter, diagnostics);
                parameters.push(KeyParameter::new(parameter, in_parts(&name)));
            } else if all_known && !self.is_skipped(&name) {
                // What is not known may have been meant to be this one.
                left_out(&parameter.name, parameter.name.span(), diagnostics);
            }
        }
        let receiver = self.sig.receiver();
        if let Some(receiver) = receiver
            && all_known
            && !is_used("self")
            && !self.is_skipped("self")
        {
            left_out("self", receiver.self_token.span, diagnostics);
        }
        let receiver = receiver.filter(|_| is_used("self")).cloned();
        let steps = template.segments.into_iter().map(|segment| match segment {
            Segment::Text(text) => Step::Text(text),
            Segment::Placeholder(it) => Step::of(it, &parameters, receiver.as_ref()),
        });
        Key {
            steps: steps.collect(),
            receiver,
            parameters,
        }
    }

    fn check_skip(&self, skip: &[Ident], diagnostics: &mut Diagnostics) {
        for (index, name) in skip.iter().enumerate() {
            if !self.has(&name.to_string()) {
                self.unknown(name, name.span(), diagnostics);
            } else if skip[..index].contains(name) {
                diagnostics.error(
                    name.span(),
                    format!("`{name}` is skipped twice: remove one of the two"),
                );
            }
        }
    }

    /// Answers whether there is what it names.
    fn check_placeholder(&self, placeholder: &Placeholder, diagnostics: &mut Diagnostics) -> bool {
        let name = placeholder.root.to_string();
        let known = match placeholder.kind {
            PlaceholderKind::Constant => {
                name == "Self" || self.has_generic(&name, |it| matches!(it, GenericParam::Type(_)))
            }
            PlaceholderKind::Whole
                if self.has_generic(&name, |it| matches!(it, GenericParam::Const(_))) =>
            {
                true
            }
            PlaceholderKind::Whole | PlaceholderKind::Part => self.has(&name),
        };
        if !known && may_be_of_impl(placeholder) {
            diagnostics.error(
                placeholder.span,
                format!(
                    "there is no parameter `{name}` of the function: what an `impl` has is had by `Self`, so make a constant of it, \
                     such as `const NAME: …`, and write `{{Self::NAME}}`"
                ),
            );
        } else if !known {
            self.unknown(&placeholder.root, placeholder.span, diagnostics);
        } else if self.is_skipped(&name) {
            diagnostics.error(
                placeholder.span,
                format!("`{name}` is in `key` and in `skip(..)`: remove it from one of the two"),
            );
        }
        known
    }

    /// A type parameter that decides what is returned and that no argument settles would not be in
    /// the key at all.
    fn refuse_types_outside_of_the_key(&self, diagnostics: &mut Diagnostics) {
        let output = &self.sig.output;
        let inputs = &self.sig.inputs;
        for param in self.sig.generics.type_params() {
            let is_named = |tokens: &TokenStream| mentions(tokens, &|word| param.ident == word);
            if is_named(&quote!(#output)) && !is_named(&quote!(#inputs)) {
                diagnostics.error(
                    param.ident.span(),
                    format!(
                        "`{0}` decides what is stored but is not in the key, so two types would share an entry: \
                         put a constant of it into the key, such as `key = \"{{{0}::NAME}}:{{…}}\"`",
                        param.ident
                    ),
                );
            }
        }
    }

    fn unknown(&self, name: &Ident, span: Span, diagnostics: &mut Diagnostics) {
        let names = self.names();
        let nearest = did_you_mean(&name.to_string(), names.iter().map(String::as_str));
        let choice = match names.join("`, `") {
            none if none.is_empty() => "the function has no arguments".to_owned(),
            names => format!("the function has `{names}`"),
        };
        diagnostics.error(
            span,
            format!("there is no argument `{name}`{nearest}\n{choice}"),
        );
    }

    fn names(&self) -> Vec<String> {
        let receiver = self.sig.receiver().map(|_| "self".to_owned());
        let parameters = self.parameters.iter().map(|it| it.name.to_string());
        receiver.into_iter().chain(parameters).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.names().iter().any(|known| known == name)
    }

    fn has_generic(&self, name: &str, kind: impl Fn(&GenericParam) -> bool) -> bool {
        let mut params = self.sig.generics.params.iter().filter(|it| kind(it));
        params.any(|param| match param {
            GenericParam::Type(param) => param.ident == name,
            GenericParam::Const(param) => param.ident == name,
            GenericParam::Lifetime(_) => false,
        })
    }

    fn in_parts_elsewhere(&self, name: &str) -> bool {
        let mut of_it = self.elsewhere.iter().filter(|it| it.root == name);
        of_it.any(|it| it.kind == PlaceholderKind::Part)
    }

    fn is_skipped(&self, name: &str) -> bool {
        self.skipped.contains(name)
    }
}

impl Step {
    fn of(
        placeholder: Placeholder,
        parameters: &[KeyParameter],
        receiver: Option<&Receiver>,
    ) -> Self {
        let index = parameters.iter().position(|it| it.name == placeholder.root);
        let receiver = receiver.filter(|_| placeholder.root == "self");
        match (placeholder.kind, index, receiver) {
            (PlaceholderKind::Whole, Some(index), _) => Self::Whole(index),
            (PlaceholderKind::Whole, _, Some(receiver)) => {
                Self::Receiver(receiver.self_token.span.located_at(placeholder.span))
            }
            (PlaceholderKind::Part, Some(index), _) => {
                Self::Value(placeholder.named_at(parameters[index].name.span()))
            }
            (PlaceholderKind::Part, _, Some(receiver)) => {
                Self::Value(placeholder.named_at(receiver.self_token.span))
            }
            // What is no argument is a constant parameter, or reported already.
            _ => Self::Value(placeholder),
        }
    }
}

/// Whether a placeholder that means nothing in the function names a parameter of the `impl` around
/// it, as far as its words tell.
fn may_be_of_impl(placeholder: &Placeholder) -> bool {
    let name = placeholder.root.to_string();
    let is_named_so = name
        .chars()
        .all(|letter| letter.is_uppercase() || letter == '_');
    match placeholder.kind {
        PlaceholderKind::Constant => true,
        PlaceholderKind::Whole => is_named_so,
        PlaceholderKind::Part => false,
    }
}

/// The arguments behind the receiver; `None` if one of them has no name.
fn named_parameters(sig: &Signature, diagnostics: &mut Diagnostics) -> Option<Vec<Parameter>> {
    let mut all_named = true;
    let mut parameters = Vec::new();
    for arg in &sig.inputs {
        let FnArg::Typed(typed) = arg else { continue };
        if let Some(condition) = conditions(&typed.attrs).first() {
            all_named = false;
            diagnostics.error_at(
                condition,
                "an argument that is not always there would be in some keys and not in others: write two functions, each under its `#[cfg(..)]`",
            );
        }
        let Some(parameter) = Parameter::of(arg) else {
            all_named = false;
            let cure = if let Pat::Wild(_) = &*typed.pat {
                "give it a name, such as `_trace`; if it is not to be in the key, list it in `skip(..)`"
            } else {
                "take it whole and take it apart in the body"
            };
            diagnostics.error_at(
                &typed.pat,
                format!("an argument without a name cannot be in the key: {cure}"),
            );
            continue;
        };
        parameters.push(parameter);
    }
    all_named.then_some(parameters)
}

fn refuse_mutable(parameter: &Parameter, diagnostics: &mut Diagnostics) {
    if let Type::Reference(reference) = bare(&parameter.ty)
        && reference.mutability.is_some()
    {
        diagnostics.error_at(
            &parameter.ty,
            format!("a key is not made of what can change: write `skip({0})`, or take `{0}` by value or by `&`", parameter.name),
        );
    }
}

fn left_out(name: impl std::fmt::Display, span: Span, diagnostics: &mut Diagnostics) {
    diagnostics.error(
        span,
        format!("`{name}` is in neither `key` nor `skip(..)`: calls that differ in it would share an entry; write it in one of the two"),
    );
}
