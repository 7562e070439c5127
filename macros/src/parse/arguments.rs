//! The list in an attribute's parentheses: `name = value`, `name(..)` and bare names, apart by
//! commas.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Lit, Path, Token, parse_quote, token};

use super::did_you_mean;
use crate::diagnostics::Diagnostics;

/// What was written in an attribute's parentheses, taken out one by one by name.
///
/// Duplicates and unknown names are found here and nowhere else.
pub(crate) struct Arguments {
    known: Vec<Argument>,
    all_understood: bool,
}

/// A value and the argument that gave it.
pub(crate) struct Given<T> {
    pub(crate) name: Ident,
    pub(crate) value: T,
}

/// One argument of the list.
pub(crate) struct Argument {
    name: Ident,
    form: Form,
}

enum Form {
    Bare,
    Value(Expr),
    List(TokenStream),
}

impl Arguments {
    /// Reads the list; `attribute` and `legal` name what may stand in it.
    pub(crate) fn parse(
        tokens: TokenStream,
        attribute: &str,
        legal: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let parser = Punctuated::<Argument, Token![,]>::parse_terminated;
        let written = diagnostics.take(parser.parse2(tokens));
        let is_understood = written.is_some();
        let mut arguments = Self::sort(written.unwrap_or_default(), attribute, legal, diagnostics);
        arguments.all_understood &= is_understood;
        arguments
    }

    /// Takes a list that was read elsewhere.
    pub(crate) fn sort(
        written: impl IntoIterator<Item = Argument>,
        attribute: &str,
        legal: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut all_understood = true;
        let mut known: Vec<Argument> = Vec::new();
        for argument in written {
            let name = argument.name.to_string();
            if !legal.contains(&name.as_str()) {
                all_understood = false;
                let nearest = did_you_mean(&name, legal.iter().copied());
                let legal = legal.join("`, `");
                diagnostics.error(
                    argument.name.span(),
                    format!("`{attribute}` has no argument `{name}`{nearest}\nit takes `{legal}`"),
                );
            } else if known.iter().any(|before| before.name == argument.name) {
                diagnostics.error(
                    argument.name.span(),
                    format!("`{name}` is written twice: remove one of the two"),
                );
            } else {
                known.push(argument);
            }
        }
        Self {
            known,
            all_understood,
        }
    }

    /// The expression in `name = expression`.
    pub(crate) fn value(
        &mut self,
        name: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Given<Expr>> {
        let argument = self.take(name)?;
        match argument.form {
            Form::Value(value) => Some(Given {
                name: argument.name,
                value,
            }),
            Form::Bare | Form::List(_) => {
                diagnostics.error(
                    argument.name.span(),
                    format!("`{name}` takes a value: write `{name} = …`"),
                );
                None
            }
        }
    }

    /// Whether `name` stands in the list, by itself.
    pub(crate) fn flag(&mut self, name: &str, diagnostics: &mut Diagnostics) -> bool {
        let Some(argument) = self.take(name) else {
            return false;
        };
        if !matches!(argument.form, Form::Bare) {
            diagnostics.error(
                argument.name.span(),
                format!("`{name}` stands by itself: write nothing behind it"),
            );
        }
        true
    }

    /// Where `name` stands, if it does.
    pub(crate) fn place(&self, name: &str) -> Option<Span> {
        let argument = self.known.iter().find(|known| known.name == name)?;
        Some(argument.name.span())
    }

    /// `name` by itself, or the expression in `name = expression`.
    pub(crate) fn word_or_value(
        &mut self,
        name: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Given<Option<Expr>>> {
        let Argument { name, form } = self.take(name)?;
        let value = match form {
            Form::Bare => None,
            Form::Value(value) => Some(value),
            Form::List(_) => {
                diagnostics.error(
                    name.span(),
                    format!("`{name}` stands by itself, or takes a value: write `{name}` or `{name} = …`"),
                );
                return None;
            }
        };
        Some(Given { name, value })
    }

    /// The names in `name(a, b, self)`.
    pub(crate) fn names(&mut self, name: &str, diagnostics: &mut Diagnostics) -> Vec<Ident> {
        let Some(argument) = self.take(name) else {
            return Vec::new();
        };
        let Form::List(tokens) = argument.form else {
            diagnostics.error(
                argument.name.span(),
                format!("`{name}` takes names: write `{name}(a, b)`"),
            );
            return Vec::new();
        };
        let parser = |input: ParseStream<'_>| {
            Punctuated::<Ident, Token![,]>::parse_terminated_with(input, Ident::parse_any)
        };
        let names = parser.parse2(tokens).map_err(|error| {
            let message = format!("`{name}` takes names and nothing else: write `{name}(a, b)`");
            syn::Error::new(error.span(), message)
        });
        diagnostics.take(names).into_iter().flatten().collect()
    }

    /// The pairs in `name(a = x, b = y)`.
    pub(crate) fn pairs(
        &mut self,
        name: &str,
        diagnostics: &mut Diagnostics,
    ) -> Vec<(Ident, Expr)> {
        let Some(argument) = self.take(name) else {
            return Vec::new();
        };
        let tokens = match argument.form {
            Form::List(tokens) if !tokens.is_empty() => tokens,
            _ => {
                diagnostics.error(
                    argument.name.span(),
                    format!("`{name}` takes names with values: write `{name}(team = value.team)`"),
                );
                return Vec::new();
            }
        };
        let pair = |input: ParseStream<'_>| {
            let key: Ident = input.parse().map_err(|error| {
                let message = "a name comes first: write `team = value.team`";
                syn::Error::new(error.span(), message)
            })?;
            let is_given = input.parse::<Option<Token![=]>>()?.is_some();
            if !is_given || ends(input) {
                let message = format!("what is it made of? Write `{key} = value.{key}`");
                return Err(syn::Error::new(key.span(), message));
            }
            Ok((key, input.parse()?))
        };
        let parser = |input: ParseStream<'_>| {
            Punctuated::<(Ident, Expr), Token![,]>::parse_terminated_with(input, pair)
        };
        diagnostics
            .take(parser.parse2(tokens))
            .into_iter()
            .flatten()
            .collect()
    }

    /// The path in `crate = path`, by default `::larder`.
    pub(crate) fn krate(&mut self, diagnostics: &mut Diagnostics) -> Path {
        let default = || parse_quote!(::larder);
        let Some(given) = self.value("crate", diagnostics) else {
            return default();
        };
        match given.value {
            Expr::Path(path) if path.qself.is_none() => path.path,
            other => {
                diagnostics.error_at(
                    other,
                    "expected a path, such as `crate = ::my_crate::larder`",
                );
                default()
            }
        }
    }

    /// Whether the argument was written.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.known.iter().any(|argument| argument.name == name)
    }

    /// Whether every word in the list was one of the legal arguments.
    pub(crate) fn all_understood(&self) -> bool {
        self.all_understood
    }

    fn take(&mut self, name: &str) -> Option<Argument> {
        let index = self
            .known
            .iter()
            .position(|argument| argument.name == name)?;
        Some(self.known.swap_remove(index))
    }
}

impl<T> Given<T> {
    /// Where the argument's name stands.
    pub(crate) fn span(&self) -> Span {
        self.name.span()
    }
}

impl Argument {
    pub(crate) fn name(&self) -> &Ident {
        &self.name
    }

    /// `name value`, in which an `=` may stand as elsewhere.
    pub(crate) fn spaced(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("every option has a name: write `name value`"));
        }
        let name = input.call(Ident::parse_any)?;
        if input.peek(Token![:]) {
            return Err(input.error(format!("a blank stands behind a name: write `{name} …`")));
        }
        input.parse::<Option<Token![=]>>()?;
        let ends = input.is_empty() || input.peek(Token![,]) || input.peek(Token![;]);
        let form = if ends {
            Form::Bare
        } else {
            Form::Value(ungrouped(input.parse()?))
        };
        Ok(Self { name, form })
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("every argument has a name: write `name = value`"));
        }
        let name = input.call(Ident::parse_any)?;
        let misses_equals = || format!("`=` stands behind a name: write `{name} = …`");
        let form = if input.peek(Token![:]) || input.peek(Token![==]) || input.peek(Token![=>]) {
            return Err(input.error(misses_equals()));
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Form::Value(value_of(&name, input)?)
        } else if input.peek(token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Form::List(content.parse()?)
        } else if input.peek(Lit) {
            return Err(input.error(misses_equals()));
        } else {
            Form::Bare
        };
        if !ends(input) {
            let message = match form {
                Form::Bare => format!("`=` or a comma stands behind a name: write `{name} = …`"),
                _ => "a comma stands between two arguments: write one before this".to_owned(),
            };
            return Err(input.error(message));
        }
        Ok(Self { name, form })
    }
}

/// The expression behind `name =`. While it is being typed it is not there, or ends too early: then
/// the name is what can be pointed at.
pub(crate) fn value_of(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    let missing = || {
        let message = format!("`{name}` takes a value: write `{name} = …`");
        syn::Error::new(name.span(), message)
    };
    if ends(input) {
        return Err(missing());
    }
    let value = input.parse().map_err(|error: syn::Error| {
        let is_unfinished = input.is_empty() && error.to_string().contains("end of input");
        if is_unfinished { missing() } else { error }
    });
    value.map(ungrouped)
}

/// Whether an argument ends here.
fn ends(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// What a `macro_rules!` passed on comes in an invisible group.
fn ungrouped(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => ungrouped(*group.expr),
        expr => expr,
    }
}

/// `name = value` of a value that may stand first without its name, if one does.
pub(crate) fn with_name(name: &str, tokens: TokenStream) -> TokenStream {
    match tokens.clone().into_iter().next() {
        Some(first) if is_literal(&first) => {
            let name = Ident::new(name, first.span());
            quote_spanned!(first.span()=> #name = #tokens)
        }
        _ => tokens,
    }
}

fn is_literal(token: &TokenTree) -> bool {
    match token {
        TokenTree::Literal(_) => true,
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let mut inside = group.stream().into_iter();
            inside.next().is_some_and(|token| is_literal(&token)) && inside.next().is_none()
        }
        _ => false,
    }
}
