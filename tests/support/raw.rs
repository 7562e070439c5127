//! A connection that speaks the protocol by hand, so that what the tests observe does not pass
//! through what they test.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long a server may take for one answer before the test has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a server's unix socket.
pub(crate) struct RawConnection {
    stream: BufReader<UnixStream>,
}

/// What a server answered, in the second version of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RawReply {
    /// Nothing there.
    Nil,
    /// A whole number.
    Int(i64),
    /// A status or bytes, as text.
    Text(String),
    /// An error.
    Error(String),
    /// Several answers.
    Array(Vec<RawReply>),
}

impl RawConnection {
    /// Connects, and logs in as the default user if there is a password.
    pub(crate) fn open(socket: &Path, password: Option<&str>) -> std::io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut connection = Self {
            stream: BufReader::new(stream),
        };
        if let Some(password) = password {
            connection.run(&["AUTH", password])?;
        }
        Ok(connection)
    }

    /// Runs one command.
    pub(crate) fn run(&mut self, words: &[&str]) -> std::io::Result<RawReply> {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
        }
        self.stream.get_mut().write_all(&request)?;
        self.read()
    }

    /// Reads one answer, or one line of what the server says unasked.
    pub(crate) fn read(&mut self) -> std::io::Result<RawReply> {
        let line = self.line()?;
        let (kind, rest) = line.split_at_checked(1).unwrap_or_default();
        Ok(match kind {
            "+" => RawReply::Text(rest.to_owned()),
            "-" => RawReply::Error(rest.to_owned()),
            ":" => RawReply::Int(number(rest)?),
            "$" => match number(rest)? {
                -1 => RawReply::Nil,
                length => RawReply::Text(self.bytes(length)?),
            },
            "*" => match number(rest)? {
                -1 => RawReply::Nil,
                count => RawReply::Array(
                    (0..count)
                        .map(|_| self.read())
                        .collect::<std::io::Result<_>>()?,
                ),
            },
            _ => return Err(std::io::Error::other(format!("not an answer: {line:?}"))),
        })
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        if line.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn bytes(&mut self, length: i64) -> std::io::Result<String> {
        let length = usize::try_from(length).map_err(std::io::Error::other)?;
        let mut bytes = vec![0; length + 2];
        self.stream.read_exact(&mut bytes)?;
        bytes.truncate(length);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn number(digits: &str) -> std::io::Result<i64> {
    digits.parse().map_err(std::io::Error::other)
}

impl fmt::Display for RawReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => Ok(()),
            Self::Int(number) => write!(f, "{number}"),
            Self::Text(text) | Self::Error(text) => f.write_str(text),
            Self::Array(replies) => replies.iter().try_for_each(|reply| writeln!(f, "{reply}")),
        }
    }
}
