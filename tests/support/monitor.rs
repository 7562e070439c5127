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

    /// The commands that ran since the start or since this was last asked. None that the server answered before this call
    /// is missing: a marker is sent and everything before it is read.
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

/// The words of a line, without their quotes and escapes.
fn unquoted(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = line.chars();
    while letters.by_ref().any(|letter| letter == '"') {
        let mut word = Vec::new();
        while let Some(letter) = letters.next() {
            match letter {
                '"' => break,
                '\\' => word.push(unescaped(&mut letters)),
                plain => word.extend(plain.to_string().bytes()),
            }
        }
        words.push(String::from_utf8_lossy(&word).into_owned());
    }
    words
}

/// The byte that an escape stands for.
fn unescaped(letters: &mut std::str::Chars<'_>) -> u8 {
    match letters.next() {
        Some('n') => b'\n',
        Some('r') => b'\r',
        Some('t') => b'\t',
        Some('a') => 7,
        Some('b') => 8,
        Some('x') => {
            let digits: String = letters.take(2).collect();
            u8::from_str_radix(&digits, 16).expect("two hexadecimal digits")
        }
        Some(letter) => u8::try_from(letter).expect("an escaped letter is ASCII"),
        None => panic!("a line of MONITOR ends in an escape"),
    }
}
