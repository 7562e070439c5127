//! Whether a function stands in an `impl`, as far as its file tells.
//!
//! The compiler shows an attribute the function and nothing around it. One without `self` looks
//! like a free function, and what is written beside a free function cannot stand in an `impl`: the
//! compiler would say so several times, about structs that nobody has written. So the file is
//! looked at. All that this can do is to put one error in the place of those; where the file cannot
//! be read, or does not tell, nothing changes.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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
    // What begins at the edge stands in nothing, as most functions do.
    if span.column() == 1 {
        return None;
    }
    LAST_FILE.with_borrow_mut(|last| {
        let file = File::again(last, &span.local_file()?)?;
        file.around(span.line(), span.column())
    })
}

thread_local! {
    static LAST_FILE: RefCell<Option<File>> = const { RefCell::new(None) };
}

/// A file that has been gone through as far as some line. Functions are expanded in the order of
/// their file, so it is gone through once, and not once more for each of them.
struct File {
    path: PathBuf,
    written: SystemTime,
    text: String,
    /// Lines count from one.
    line: usize,
    /// Where the line begins.
    begins: usize,
    scanner: Scanner,
}

impl File {
    /// The same file as last time, if it is and has not been written to; else this one is read.
    fn again<'last>(last: &'last mut Option<Self>, path: &Path) -> Option<&'last mut Self> {
        let written = fs::metadata(path).and_then(|about| about.modified()).ok()?;
        let is_same = |file: &Self| file.path == path && file.written == written;
        if !last.as_ref().is_some_and(is_same) {
            let text = fs::read_to_string(path).ok()?;
            *last = Some(Self::new(path.to_owned(), written, text));
        }
        last.as_mut()
    }

    fn new(path: PathBuf, written: SystemTime, text: String) -> Self {
        Self {
            path,
            written,
            text,
            line: 1,
            begins: 0,
            scanner: Scanner::default(),
        }
    }

    /// What the letter in this column of this line stands in; both count from one.
    fn around(&mut self, line: usize, column: usize) -> Option<Around> {
        if line < self.line {
            (self.line, self.begins) = (1, 0);
        }
        let rest = self.text.get(self.begins..)?;
        let lines = rest.split_inclusive('\n').take(line - self.line);
        self.begins += lines.map(str::len).sum::<usize>();
        self.line = line;
        let rest = self.text.get(self.begins..);
        let rest = rest.filter(|rest| !rest.is_empty())?;
        let before: usize = rest.chars().take(column - 1).map(char::len_utf8).sum();
        let place = self.begins + before;
        if place < self.scanner.at {
            self.scanner = Scanner::default();
        }
        self.scanner.advance(&self.text, place);
        self.scanner.innermost()
    }
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

/// A bracket that is open.
#[derive(Debug)]
struct Open {
    holds: Heading,
    /// What the words before it said, which those behind its end go on from.
    before: Heading,
}

/// Goes through a text, past comments and literals, and remembers which brackets are open.
#[derive(Debug, Default)]
struct Scanner {
    /// How far it has come.
    at: usize,
    open: Vec<Open>,
    heading: Heading,
}

impl Scanner {
    /// Goes on to this place of the text, or to the end of the comment or the literal in which it
    /// is.
    fn advance(&mut self, text: &str, to: usize) {
        while self.at < to
            && let Some(byte) = text.as_bytes().get(self.at)
        {
            // Most of a file, and quickly past it: macros are not optimized where they are used.
            if let b' ' | b'\n' | b',' | b'.' | b':' = byte {
                self.at += 1;
                continue;
            }
            let rest = &text[self.at..];
            let Some(letter) = rest.chars().next() else {
                return;
            };
            self.at += self.look_at(letter, rest);
        }
    }

    /// What the place that it has come to stands in.
    fn innermost(&self) -> Option<Around> {
        match self.open.last()?.holds {
            Heading::Type => Some(Around::Type),
            Heading::TraitOfType => Some(Around::TraitOfType),
            Heading::Unknown | Heading::Other | Heading::NoBraces => None,
        }
    }

    /// Answers how long it is, whatever stands next.
    fn look_at(&mut self, letter: char, rest: &str) -> usize {
        match letter {
            '{' => self.begin(self.heading, Heading::Unknown),
            '(' | '[' => self.begin(Heading::NoBraces, self.heading),
            ')' | ']' | '}' => {
                let begun = self.open.pop();
                self.heading = begun.map_or(Heading::Unknown, |open| open.before);
            }
            ';' if !self.is_in_brackets() => self.heading = Heading::Unknown,
            letter if is_of_word(letter) => return self.look_at_word(rest),
            _ => return unread(rest).unwrap_or(letter.len_utf8()),
        }
        letter.len_utf8()
    }

    fn begin(&mut self, holds: Heading, before: Heading) {
        self.open.push(Open { holds, before });
        self.heading = Heading::Unknown;
    }

    /// Whether the innermost bracket is a round or a square one.
    fn is_in_brackets(&self) -> bool {
        let innermost = self.open.last();
        innermost.is_some_and(|open| open.holds == Heading::NoBraces)
    }

    fn look_at_word(&mut self, rest: &str) -> usize {
        let (word, behind) = rest.split_at(length_of_word(rest));
        if let ("r" | "br" | "cr", Some(raw)) = (word, raw_text(behind)) {
            return word.len() + raw;
        }
        if let ("r", Some(name)) = (word, behind.strip_prefix('#')) {
            // `r#impl` is a name.
            return "r#".len() + length_of_word(name);
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
    letter.is_ascii_alphanumeric() || letter == '_' || letter.is_alphanumeric()
}

/// How long the word is with which a text begins.
fn length_of_word(text: &str) -> usize {
    let mut length = 0;
    // What is not ASCII is taken for a part of it: no bracket is hidden by that.
    while let Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 0x80..) =
        text.as_bytes().get(length)
    {
        length += 1;
    }
    length
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

    /// What the word `here` stands in.
    fn of(text: &str) -> Option<Around> {
        let (before, _) = text.rsplit_once("here").expect("the word");
        let begins = before.rfind('\n').map_or(0, |end| end + 1);
        let line = 1 + before.matches('\n').count();
        file(text).around(line, 1 + before[begins..].chars().count())
    }

    fn file(text: &str) -> File {
        File::new(PathBuf::new(), SystemTime::UNIX_EPOCH, text.to_owned())
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
        assert_eq!(of("mod r#impl {\n    here"), None);
        assert_eq!(of("fn a(b: B) {\n    if b.r#trait {\n        here"), None);
        assert_eq!(
            of("macro_rules! a {\n    (impl $b:ident) => {\n        here"),
            None
        );
        assert_eq!(of("#[a(impl)]\nmod b {\n    here"), None);
    }

    #[test]
    fn a_line_is_read_up_to_the_function() {
        assert_eq!(of("impl A { here"), Some(Around::Type));
        assert_eq!(of("impl A { /* ä */ fn b(&self) { here"), None);
        assert_eq!(of("impl A { #[b(c = \"d\")] here"), Some(Around::Type));
        assert_eq!(of("impl A {} here"), None);
    }

    #[test]
    fn lines_are_asked_for_in_any_order() {
        let mut file =
            file("impl A {\n    one\n}\nmod b {\n    two\n    impl C for D {\n        three");
        for (line, stands_in) in [
            (2, Some(Around::Type)),
            (5, None),
            (7, Some(Around::TraitOfType)),
            (7, Some(Around::TraitOfType)),
            (2, Some(Around::Type)),
            (9, None),
        ] {
            assert_eq!(file.around(line, 3), stands_in, "line {line}");
        }
    }

    #[test]
    fn a_line_that_begins_within_a_literal_misleads_no_later_one() {
        let mut file = file(
            "const A: &str = \"\n  b\"; fn c() {}\nmod d {\n  const E: &str = \"impl F {\";\n    g",
        );
        assert_eq!(file.around(2, 1), None);
        assert_eq!(file.around(5, 5), None);
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
