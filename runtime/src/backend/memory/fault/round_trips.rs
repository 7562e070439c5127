//! How often a link was used.

use std::collections::BTreeMap;

/// How often a link went to the server and came back, counted when a request reaches the
/// server.
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{Larder, MemoryServer};
///
/// let link = MemoryServer::new().connect();
/// let control = link.control();
/// let visits = Larder::builder().on_memory_link(link).store::<u64>("visits").durable()?;
/// visits.incr("home", 1).await?;
///
/// let before = control.round_trips();
/// visits.incr("home", 1).await?;
/// let since = control.round_trips().since(&before);
/// assert_eq!((since.of("INCRBY"), since.total()), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoundTrips(BTreeMap<String, u64>);

impl RoundTrips {
    pub(super) fn count(&mut self, name: String) {
        *self.0.entry(name).or_default() += 1;
    }

    /// How many there were of this name: a command's in upper case, `EVALSHA` for a script,
    /// `PIPELINE` for a pipeline however many commands are in it.
    pub fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// How many there were.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// What was gone for since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let differences = self.0.iter().filter_map(|(name, count)| {
            let difference = count - earlier.of(name);
            (difference > 0).then(|| (name.clone(), difference))
        });
        Self(differences.collect())
    }
}
