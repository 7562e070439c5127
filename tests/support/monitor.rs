//! Every command that a server runs, as it runs.

use super::raw::{RawConnection, RawReply};
use super::unique;

/// A connection in `MONITOR` mode.
pub(crate) struct Monitor {
    listening: RawConnection,
    asking: RawConnection,
}

/// One command that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Monitored {
    /// The address of the client, or `lua` if a script ran it.
    pub(crate) client: String,
    /// Name and arguments.
    pub(crate) words: Vec<String>,
}

impl Monitor {
    /// Listens on one connection; the other says where an account ends.
    pub(crate) fn start(mut listening: RawConnection, asking: RawConnection) -> Self {
        let started = listening.run(&["MONITOR"]).expect("MONITOR");
        assert_eq!(started, RawReply::Text("OK".to_owned()));
        Self { listening, asking }
    }

    /// The commands that ran since the start or since this was last asked. None that the server
    /// answered before this call is missing: a marker is sent and everything before it is read.
    pub(crate) fn commands(&mut self) -> Vec<Monitored> {
        let marker = unique("marker");
        self.asking.run(&["ECHO", &marker]).expect("ECHO");
        let mut commands = Vec::new();
        loop {
            let line = self.listening.read().expect("a line of MONITOR");
            let command = Monitored::parse(&line.to_string());
            if command.words == ["ECHO", &marker] {
                return commands;
            }
            commands.push(command);
        }
    }
}

impl Monitored {
    /// Reads `1700000000.000001 [0 127.0.0.1:5000] "GET" "key"`.
    fn parse(line: &str) -> Self {
        let (_, rest) = line.split_once(" [").expect("a line of MONITOR");
        let (origin, words) = rest.split_once("] ").expect("a line of MONITOR");
        let (_, client) = origin.split_once(' ').expect("a line of MONITOR");
        Self {
            client: client.to_owned(),
            words: unquoted(words),
        }
    }
}

/// The words of a line, without their quotes and escapes. A quote within a word, and a backslash
/// that begins no escape, are what they are: Valkey 8.1 escapes neither.
fn unquoted(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = Vec::new();
    let mut rest = line.strip_prefix('"').unwrap_or(line);
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        rest = match letter {
            '"' if after.is_empty() || after.starts_with(" \"") => {
                let bytes = std::mem::take(&mut word);
                words.push(String::from_utf8_lossy(&bytes).into_owned());
                after.strip_prefix(" \"").unwrap_or(after)
            }
            '\\' => {
                let (byte, after) = unescaped(after).unwrap_or((b'\\', after));
                word.push(byte);
                after
            }
            plain => {
                word.extend(plain.to_string().bytes());
                after
            }
        };
    }
    words
}

/// The byte that an escape stands for, and what comes after it.
fn unescaped(escape: &str) -> Option<(u8, &str)> {
    if let Some(digits) = escape.strip_prefix('x') {
        let (digits, after) = digits.split_at_checked(2)?;
        return Some((u8::from_str_radix(digits, 16).ok()?, after));
    }
    let letter = escape.chars().next()?;
    let byte = match letter {
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'a' => 7,
        'b' => 8,
        '"' | '\\' => u8::try_from(letter).ok()?,
        _ => return None,
    };
    Some((byte, &escape[1..]))
}
