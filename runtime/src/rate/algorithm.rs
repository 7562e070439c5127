//! How a limit counts.

/// How a limit counts, and what it lets pass at most.
///
/// Each line says how many units can pass in *any* stretch of time as long as the limit's, by an
/// adversary who picks his moments. Tests search for a counterexample. Time is what passes by the
/// server's clock; setting it back takes none. Beside that, a failover of Redis may forget the last
/// calls.
///
/// | algorithm | at most | keeps | note |
/// |---|---|---|---|
/// | [`Gcra`](Self::Gcra) | burst + units | 12 bytes a limit | the default; even, and no edge of a window |
/// | [`TokenBucket`](Self::TokenBucket) | burst + units | 12 bytes a limit | the same under its other name |
/// | [`FixedWindow`](Self::FixedWindow) | 2 × units | a counter a limit | windows on the server's clock |
/// | [`SlidingWindow`](Self::SlidingWindow) | 2 × units | two counters a limit | little more than units under a load that goes on, but not under attack |
/// | [`SlidingLog`](Self::SlidingLog) | units, exactly | about 120 bytes a *unit* | for small limits that must be exact |
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{Algorithm, Larder};
///
/// let transfers = Larder::memory().limiter("transfers").algorithm(Algorithm::SlidingLog);
/// let transfers = transfers.limits("3/d")?;              // three in any 24 hours, exactly
/// assert!(transfers.check("ada").await?.is_allowed());
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Algorithm {
    /// The generic cell rate algorithm (ITU-T I.371): every key has a theoretical arrival time,
    /// which each unit moves on.
    #[default]
    Gcra,
    /// A bucket of `burst` tokens that fills evenly: the same computation as [`Gcra`](Self::Gcra).
    TokenBucket,
    /// Counts from one full period of the server's clock to the next.
    FixedWindow,
    /// Counts in windows, of which the one before weighs as much as is left of it.
    SlidingWindow,
    /// Keeps every unit for as long as it counts.
    SlidingLog,
}

impl Algorithm {
    /// Whether the limit's burst means something.
    pub(super) const fn has_burst(self) -> bool {
        matches!(self, Self::Gcra | Self::TokenBucket)
    }
}
