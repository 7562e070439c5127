//! A test's hand on a link.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::fault::{Passage, Reach, RoundTrips, State, Way};
use super::link::{Link, MemoryBackend};
use super::request::Request;
use crate::backend::Push;

/// A test's hand on a link: delays it, cuts it, makes it lose what it carries. It stays in the
/// test's hands after the link itself was given away, and keeps the link alive.
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{ErrorKind, Larder, MemoryServer};
/// use std::time::Duration;
///
/// let link = MemoryServer::new().connect();
/// let control = link.control();
/// let larder = Larder::builder().command_timeout(Duration::from_millis(100)).on_memory_link(link);
/// let visits = larder.store::<u64>("visits").durable()?;
///
/// control.delay_requests(Duration::from_millis(1));      // on the way there
/// control.delay_replies(Duration::from_millis(1));       // and on the way back
/// assert_eq!(visits.incr("home", 1).await?, 1);
///
/// control.cut();                                         // known to be lost: an error at once
/// assert_eq!(visits.incr("home", 1).await.unwrap_err().kind(), ErrorKind::Unreachable);
/// control.heal();
///
/// control.black_hole();                                  // nothing comes back, and nobody says why
/// assert_eq!(visits.incr("home", 1).await.unwrap_err().kind(), ErrorKind::Timeout);
/// control.heal();
///
/// control.lose_reply_of_next(1);                         // it is counted, but who asked does not hear of it
/// assert_eq!(visits.incr("home", 1).await.unwrap_err().kind(), ErrorKind::Timeout);
/// control.heal();
/// assert_eq!(visits.incr("home", 1).await?, 3);
///
/// assert_eq!(control.round_trips().of("INCRBY"), 3);     // so many reached the server
/// control.delay_pushes(Duration::from_millis(1));        // who waits is woken later
/// control.lose_pushes();                                 // nobody who waits is woken by the server any more
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LinkControl(Arc<Link>);

impl MemoryBackend {
    /// The hand on this link for a test.
    pub fn control(&self) -> LinkControl {
        LinkControl(Arc::clone(self.link()))
    }
}

impl LinkControl {
    /// From now on each request takes this long to reach the server, by the server's clock. It
    /// runs when it arrives.
    pub fn delay_requests(&self, by: Duration) {
        self.change(|state| state.before = by);
    }

    /// From now on each reply takes this long to come back, by the server's clock: the command
    /// ran, the caller does not know yet.
    pub fn delay_replies(&self, by: Duration) {
        self.change(|state| state.after = by);
    }

    /// Cuts the connection. Calls under way and later ones fail with
    /// [`ErrorKind::Unreachable`](crate::ErrorKind::Unreachable) at once, the server forgets
    /// tracking and subscriptions, and the listeners hear [`Push::Disconnected`].
    pub fn cut(&self) {
        let was_cut = self.0.faults().state().reach == Reach::Cut;
        if was_cut {
            return;
        }
        self.0.disconnect();
        self.0.mailbox().lose_pushes();
        self.change(|state| {
            state.reach = Reach::Cut;
            state.connection += 1;
        });
        self.tell(Push::Disconnected);
    }

    /// Lets everything vanish: later calls never reach the server, calls under way and pushes never
    /// come back, and nobody hears of it. The calls end, as
    /// [`ErrorKind::Unreachable`](crate::ErrorKind::Unreachable), when the link is cut or healed.
    pub fn black_hole(&self) {
        self.0.mailbox().lose_pushes();
        self.change(|state| state.reach = Reach::BlackHole);
    }

    /// From now on invalidations and messages get lost, while calls go on as before.
    pub fn lose_pushes(&self) {
        self.0.mailbox().lose_pushes();
        self.change(|state| state.loses_pushes = true);
    }

    /// From now on invalidations and messages come so much later, by the server's clock, or
    /// with those before them. What replies tell is not delayed.
    ///
    /// ```
    /// use larder_runtime::backend::memory::MemoryServer;
    /// use std::time::Duration;
    ///
    /// let server = MemoryServer::new();
    /// let link = server.connect();
    /// link.control().delay_pushes(Duration::from_millis(3));
    /// ```
    pub fn delay_pushes(&self, by: Duration) {
        self.0.mailbox().delay_pushes(by);
    }

    /// The next `n` requests run, but their callers never get the reply (until the link is cut
    /// or healed).
    pub fn lose_reply_of_next(&self, n: u64) {
        self.change(|state| state.lost_replies = n);
    }

    /// Ends every fault. Unless there were only delays, this makes a new connection: the server
    /// knows nothing of the old one's tracking and subscriptions, calls that were still waiting
    /// on it fail, and the listeners hear [`Push::Disconnected`] (if they have not yet) and
    /// [`Push::Connected`].
    pub fn heal(&self) {
        self.0.mailbox().delay_pushes(Duration::ZERO);
        let before = self.0.faults().state();
        let needs_connection =
            before.reach != Reach::Whole || before.loses_pushes || before.has_lost_replies;
        if !needs_connection {
            self.change(|state| {
                *state = State {
                    connection: state.connection,
                    ..State::default()
                }
            });
            return;
        }
        self.0.reconnect();
        // What was on its way over the old connection is gone with it.
        self.0.mailbox().lose_pushes();
        self.0.mailbox().keep_pushes();
        self.change(|state| {
            *state = State {
                connection: state.connection + 1,
                ..State::default()
            };
        });
        if before.reach != Reach::Cut {
            self.tell(Push::Disconnected);
        }
        self.tell(Push::Connected);
    }

    /// The round trips so far.
    pub fn round_trips(&self) -> RoundTrips {
        self.0.faults().round_trips()
    }

    /// Has all that passes looked at first, by the first who asks for it.
    pub(crate) fn observe(
        &self,
        observer: impl Fn(Way, Request<'_>) -> Passage + Send + Sync + 'static,
    ) {
        self.0.faults().observe(Box::new(observer));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.0.faults().change(change);
    }

    fn tell(&self, push: Push) {
        self.0.mailbox().put_own(push);
        self.0.mailbox().deliver();
    }
}

impl fmt::Debug for LinkControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LinkControl")
            .field(&self.0.faults().state())
            .finish()
    }
}
