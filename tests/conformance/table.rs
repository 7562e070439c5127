//! Cases as tables: one command a line, the way one would type it.
//!
//! * `@name` is a key; every run of a case has its own.
//! * `"…"` is a word with spaces or escapes: `\"`, `\\`, `\n`, `\r`, `\t`, `\xff`. It is never a
//!   key.
//! * `!` before a command: both servers must refuse it. Without it, both must not.
//! * `#` begins a remark.

use std::fmt;

/// One line of a table.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) arguments: Vec<Word>,
    pub(crate) expected: Expected,
}

/// One argument of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// A key, by the name that it has in this case.
    Key(String),
    /// Anything else.
    Bytes(Vec<u8>),
}

/// What kind of answer both servers must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Anything but an error: a case with a slip of the pen would compare two errors and prove
    /// nothing.
    Success,
    /// An error.
    Error,
    /// Either, as long as it is the same: for commands made up by chance.
    Any,
}

/// Reads a table.
pub(crate) fn read(table: &'static str) -> Vec<Line> {
    table.lines().filter_map(read_line).collect()
}

fn read_line(line: &'static str) -> Option<Line> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (expected, line) = match line.strip_prefix('!') {
        Some(rest) => (Expected::Error, rest.trim_start()),
        None => (Expected::Success, line),
    };
    let (name, arguments) = line.split_once(' ').unwrap_or((line, ""));
    Some(Line {
        name,
        arguments: read_words(arguments),
        expected,
    })
}

fn read_words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => closing_quote(rest) + 1,
            '#' => break,
            _ => rest.find(' ').unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        words.push(read_word(word));
        rest = after.trim_start();
    }
    words
}

fn read_word(word: &str) -> Word {
    if let Some(key) = word.strip_prefix('@') {
        return Word::Key(key.to_owned());
    }
    match word.strip_prefix('"') {
        Some(quoted) => Word::Bytes(unescaped(&quoted[..quoted.len() - 1])),
        None => Word::Bytes(word.as_bytes().to_vec()),
    }
}

/// Where the quote that opens `text` is closed.
fn closing_quote(text: &str) -> usize {
    let mut escaped = false;
    for (position, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return position,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    panic!("a quote is not closed: {text}");
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            bytes.extend(letter.to_string().bytes());
            continue;
        }
        bytes.push(match letters.next() {
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('t') => b'\t',
            Some('x') => {
                let digits: String = letters.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).expect("two hexadecimal digits")
            }
            Some(same @ ('"' | '\\')) => u8::try_from(same).expect("ASCII"),
            other => panic!("no such escape: {other:?}"),
        });
    }
    bytes
}

impl Word {
    /// The bytes that are sent, for a case whose keys begin with `prefix`.
    pub(crate) fn bytes(&self, prefix: &str) -> Vec<u8> {
        match self {
            Self::Key(name) => format!("{prefix}:{name}").into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for word in &self.arguments {
            match word {
                Word::Key(name) => write!(f, " @{name}")?,
                Word::Bytes(bytes) => write!(f, " \"{}\"", bytes.escape_ascii())?,
            }
        }
        Ok(())
    }
}

#[test]
fn a_table_is_read_as_it_is_typed() {
    let lines = read(
        r#"
        # a remark
        SET @key "two words\n\xff \"\\" plain # another
        ! GET
        "#,
    );
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].name, "SET");
    assert_eq!(
        lines[0].arguments,
        [
            Word::Key("key".to_owned()),
            Word::Bytes(b"two words\n\xff \"\\".to_vec()),
            Word::Bytes(b"plain".to_vec()),
        ]
    );
    assert_eq!(lines[0].arguments[0].bytes("case"), b"case:key");
    assert_eq!((lines[1].name, lines[1].expected), ("GET", Expected::Error));
}
