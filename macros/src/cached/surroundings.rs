//! Whether a function stands in an `impl`, as far as its file tells.
//!
//! The compiler shows an attribute the function and nothing around it. One without `self` looks like a free function, and what is
//! written beside a free function cannot stand in an `impl`: the compiler would say so several times, about structs that nobody has
//! written. So the file is looked at. All that this can do is to put one error in the place of those; where the file cannot be
//! read, or does not tell, nothing changes.

use proc_macro2::Span;

/// What a function stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// `impl Users { … }`, or `trait Users { … }`.
    Type,
    /// `impl Load for Users { … }`.
    TraitOfType,
}

/// What the function that begins here stands in, if it is no free one.
pub(super) fn around(beginning: Span) -> Option<Around> {
    if !proc_macro::is_available() {
        return None;
    }
    let span = beginning.unwrap();
    // What begins at the edge stands in nothing, as most functions do: a file is not read again for each of them.
    if span.column() == 1 {
        return None;
    }
    let text = std::fs::read_to_string(span.local_file()?).ok()?;
    around_line(&text, span.line())
}

/// What the beginning of a line stands in; lines count from one.
fn around_line(text: &str, line: usize) -> Option<Around> {
    let start = text.split_inclusive('\n').take(line.checked_sub(1)?);
    let before = text.get(..start.map(str::len).sum())?;
    let rest = &text[before.len()..];
    // Without one of the words there is nothing to stand in.
    let may_stand_in = || ["impl", "trait"].iter().any(|word| before.contains(word));
    (rest.starts_with([' ', '\t']) && may_stand_in())
        .then(|| Scanner::new(before).innermost())
        .flatten()
}

/// What a pair of braces is about to hold, as far as the words before it tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Heading {
    #[default]
    Unknown,
    Type,
    TraitOfType,
    Other,
    /// Round or square brackets, in which nothing begins and nothing ends.
    NoBraces,
}

/// Goes through a text, past comments and literals, and remembers which brackets are open.
struct Scanner<'a> {
    rest: &'a str,
    /// What each open bracket holds.
    open: Vec<Heading>,
    heading: Heading,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            open: Vec::new(),
            heading: Heading::Unknown,
        }
    }

    /// What the end of the text stands in.
    fn innermost(mut self) -> Option<Around> {
        while let Some(letter) = self.rest.chars().next() {
            let length = self.look_at(letter);
            self.rest = self.rest.get(length..).unwrap_or_default();
        }
        match self.open.last()? {
            Heading::Type => Some(Around::Type),
            Heading::TraitOfType => Some(Around::TraitOfType),
            Heading::Unknown | Heading::Other | Heading::NoBraces => None,
        }
    }

    /// Answers how long it is, whatever stands next.
    fn look_at(&mut self, letter: char) -> usize {
        match letter {
            '{' => self.open.push(std::mem::take(&mut self.heading)),
            '(' | '[' => self.open.push(Heading::NoBraces),
            ')' | ']' => drop(self.open.pop()),
            '}' => {
                self.open.pop();
                self.heading = Heading::Unknown;
            }
            ';' if self.open.last() != Some(&Heading::NoBraces) => self.heading = Heading::Unknown,
            letter if is_of_word(letter) => return self.look_at_word(),
            _ => return unread(self.rest).unwrap_or(letter.len_utf8()),
        }
        letter.len_utf8()
    }

    fn look_at_word(&mut self) -> usize {
        let end = self.rest.find(|letter| !is_of_word(letter));
        let (word, behind) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if let ("r" | "br" | "cr", Some(raw)) = (word, raw_text(behind)) {
            return word.len() + raw;
        }
        self.heading = match (self.heading, word) {
            (Heading::Unknown, "impl" | "trait") => Heading::Type,
            (Heading::Unknown, "fn" | "mod" | "struct" | "enum" | "union") => Heading::Other,
            // `for<'a>` is about lifetimes.
            (Heading::Type, "for") if !behind.trim_start().starts_with('<') => Heading::TraitOfType,
            (heading, _) => heading,
        };
        word.len()
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// How long a comment or a literal is, if the text begins with one.
fn unread(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(comment(text));
    }
    if let Some(literal) = text.strip_prefix('"') {
        return Some(1 + up_to_quote(literal, '"'));
    }
    // A letter between quotes; else it is a lifetime.
    let literal = text.strip_prefix('\'')?;
    let is_letter = literal.starts_with('\\') || literal.chars().nth(1) == Some('\'');
    is_letter.then(|| 1 + up_to_quote(literal, '\''))
}

/// Comments stand within comments.
fn comment(text: &str) -> usize {
    let mut depth = 0;
    for (at, _) in text.match_indices(['/', '*']) {
        if text[at..].starts_with("/*") {
            depth += 1;
        } else if text[..=at].ends_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    text.len()
}

fn up_to_quote(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        if letter == quote && !is_escaped {
            return at + 1;
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    text.len()
}

/// How long the rest of a literal such as `r#"…"#` is, behind its letter.
fn raw_text(text: &str) -> Option<usize> {
    let fence = text.find(|letter| letter != '#')?;
    let literal = text[fence..].strip_prefix('"')?;
    let end = format!("\"{}", &text[..fence]);
    let length = literal
        .find(&end)
        .map_or(literal.len(), |at| at + end.len());
    Some(fence + 1 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the line `here` stands in.
    fn of(text: &str) -> Option<Around> {
        let line = text.lines().position(|line| line.trim() == "here");
        around_line(text, 1 + line.expect("the line"))
    }

    #[test]
    fn an_impl_and_a_trait_are_seen() {
        assert_eq!(of("impl Users {\n    here"), Some(Around::Type));
        assert_eq!(
            of("unsafe impl<T> Users<[T; 2]> where T: Fn() -> u8 {\n    fn a() {}\n    here"),
            Some(Around::Type)
        );
        assert_eq!(of("pub trait Users: Send {\n    here"), Some(Around::Type));
        assert_eq!(
            of("impl Load for Users {\n    here"),
            Some(Around::TraitOfType)
        );
        assert_eq!(
            of("impl<F> Users<F> where F: for<'a> Fn(&'a str) {\n    here"),
            Some(Around::Type)
        );
        assert_eq!(
            of("mod a {\n  impl A {\n    here\n  }\n}"),
            Some(Around::Type)
        );
    }

    #[test]
    fn everything_else_is_not() {
        assert_eq!(of("here"), None);
        assert_eq!(of("impl Users {}\n    here"), None);
        assert_eq!(of("mod users {\n    impl Users {}\n    here"), None);
        assert_eq!(
            of("impl Users {\n    fn a() -> impl Fn() {\n        here"),
            None
        );
        assert_eq!(of("fn a(b: impl Fn()) {\n    here"), None);
        assert_eq!(of("items! {\n    here"), None);
    }

    #[test]
    fn comments_and_literals_are_not_read() {
        for ended in [
            "/* } /* } */ } */",
            "// }",
            "const A: &str = \"} \\\" }\";",
            "const A: char = '}';",
            "const A: char = '\\'';",
            "const A: &str = r#\"}\" }\"#;",
            "const A: &[u8] = br\"}\\\";",
            "fn a<'a>(b: &'a str) {}",
        ] {
            let text = format!("impl Users {{\n    {ended}\n    here");
            assert_eq!(of(&text), Some(Around::Type), "{ended}");
        }
    }
}
