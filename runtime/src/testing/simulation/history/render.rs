//! A history to be read.

use std::fmt;

use super::{Actor, Ending, Event, History, Holds, Marked, Remain};

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.terms)?;
        for (time, event) in &self.events {
            writeln!(f, "{:>9.3} ms  {event}", time.as_secs_f64() * 1000.0)?;
        }
        for remain in &self.remains {
            writeln!(f, "         left  {remain}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begins {
                operation,
                actor: Actor::Node(node),
                action,
            } => write!(f, "#{operation} on node {node}: {action}"),
            Self::Begins {
                operation,
                actor: Actor::Stranger,
                action,
            } => write!(f, "#{operation}: {action}"),
            Self::Ends { operation, ending } => write!(f, "#{operation} {ending}"),
            Self::LoadBegins {
                origin,
                operation,
                address,
                version,
            } => write!(
                f,
                "#{operation} loads version {version} of {address} as {origin}"
            ),
            Self::LoadEnds { origin } => write!(f, "the load of {origin} is over"),
            Self::SourceChanges { address, version } => {
                write!(f, "the source of {address} has version {version}")
            }
            Self::TroubleBegins(trouble) => write!(f, "!! {trouble}"),
            Self::Heals(place) => write!(f, "!! {place} is well again"),
            Self::Quiet => write!(f, "!! everything is well and everybody has ended"),
            Self::Passes {
                node,
                operation,
                what,
            } => match operation {
                Some(operation) => write!(f, "    node {node} #{operation} {what}"),
                None => write!(f, "    node {node} {what}"),
            },
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(Some(value)) => write!(f, "returns {value}"),
            Self::Read(None) => write!(f, "finds nothing"),
            Self::Listed(values) => {
                write!(f, "finds {}", values.len())?;
                values.iter().try_for_each(|value| write!(f, "; {value}"))
            }
            Self::Named(addresses) => {
                write!(f, "is told {}", addresses.len())?;
                addresses.iter().try_for_each(|address| match address {
                    Some(address) => write!(f, "; {address}"),
                    None => write!(f, "; a key of nobody"),
                })
            }
            Self::LoadFailed(origin) => write!(f, "returns the error of {origin}"),
            Self::Done => write!(f, "is done"),
            Self::Failed => write!(f, "fails"),
            Self::Panicked => write!(f, "panics"),
            Self::Dropped => write!(f, "is dropped"),
        }
    }
}

impl fmt::Display for Remain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, left, holds, ..
        } = self;
        write!(f, "{name}: {holds}, ")?;
        match left {
            Some(left) => write!(f, "for {left:?}"),
            None => write!(f, "without an end"),
        }
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Lease => write!(f, "a lease"),
            Self::List { garbage, marked } => {
                let marked = match marked {
                    Marked::Yes => "marked ",
                    Marked::No => "",
                };
                write!(f, "a {marked}list with {garbage} that are not on it")
            }
            Self::Count => write!(f, "a count of invalidations"),
            Self::Version => write!(f, "the version of a tag"),
            Self::Canary => write!(f, "a canary"),
            Self::Garbage => write!(f, "a stranger's bytes"),
            Self::Unreadable => write!(f, "bytes that are no value"),
            Self::Foreign => write!(f, "somebody else's, untouched"),
            Self::ForeignTouched => write!(f, "somebody else's, changed or gone"),
        }
    }
}
