//! What can go wrong between a link and its server, on purpose and for tests.

#[cfg(feature = "testing")]
pub use testing::{LinkControl, RoundTrips};

#[cfg(feature = "testing")]
pub(crate) use testing::{Passage, Way};

#[cfg(feature = "testing")]
pub(super) use testing::Faults;

#[cfg(not(feature = "testing"))]
pub(super) use none::Faults;

#[cfg(not(feature = "testing"))]
mod none {
    use super::super::request::Request;
    use super::super::turn::Inner;
    use crate::error::Result;

    /// Nothing ever goes wrong.
    #[derive(Debug, Default)]
    pub(in super::super) struct Faults {}

    /// A request that reached the server.
    #[derive(Debug)]
    pub(in super::super) struct Sent;

    impl Faults {
        #[allow(clippy::unused_async, reason = "its twin in tests waits")]
        pub(in super::super) async fn send(&self, _: &Inner, _: Request<'_>) -> Result<Sent> {
            Ok(Sent)
        }

        #[allow(clippy::unused_async, reason = "its twin in tests waits")]
        pub(in super::super) async fn receive(
            &self,
            _: &Inner,
            _: Request<'_>,
            _: Sent,
        ) -> Result<()> {
            Ok(())
        }
    }
}

#[cfg(feature = "testing")]
mod testing {
    use std::collections::BTreeMap;
    use std::future::pending;
    use std::sync::{Arc, Mutex, OnceLock};
    use std::time::Duration;

    use tokio::sync::Notify;

    use super::super::link::{Link, MemoryBackend};
    use super::super::request::Request;
    use super::super::turn::{Inner, lock};
    use crate::backend::Push;
    use crate::clock::Clock;
    use crate::error::{Error, ErrorKind, Result};

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

    /// The faults of one link.
    #[derive(Default)]
    pub(in super::super) struct Faults {
        state: Mutex<State>,
        /// Rung whenever the state changes. Who waits is woken in the order in which it came, so
        /// that runs can be repeated.
        changed: Notify,
        round_trips: Mutex<RoundTrips>,
        observer: OnceLock<Box<Observer>>,
    }

    /// Looks at all that passes.
    type Observer = dyn Fn(Way, Request<'_>) -> Passage + Send + Sync;

    /// Which way a request goes.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum Way {
        /// It leaves for the server.
        There,
        /// It has run, and its reply comes back.
        Back,
    }

    /// What becomes of what an observer has looked at.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum Passage {
        /// It goes on.
        Free,
        /// It goes nowhere, for its caller is about to be dropped.
        Closed,
    }

    #[derive(Debug, Clone, Copy, Default)]
    struct State {
        reach: Reach,
        before: Duration,
        after: Duration,
        /// How many of the next replies get lost.
        lost_replies: u64,
        /// Whether callers wait for a reply that got lost.
        has_lost_replies: bool,
        loses_pushes: bool,
        /// Grows whenever the connection breaks: calls that were under way on an older one never
        /// get their answer.
        connection: u64,
    }

    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    enum Reach {
        #[default]
        Whole,
        Cut,
        BlackHole,
    }

    /// A request that reached the server: on which connection, and whether its reply gets lost.
    #[derive(Debug)]
    pub(in super::super) struct Sent {
        connection: u64,
        reply: Delivery,
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Delivery {
        Arrives,
        GetsLost,
    }

    impl Faults {
        /// The way to the server.
        pub(in super::super) async fn send(
            &self,
            server: &Inner,
            request: Request<'_>,
        ) -> Result<Sent> {
            self.pass(Way::There, request).await;
            let state = self.state();
            match state.reach {
                Reach::Whole => {}
                Reach::Cut => return Err(unreachable()),
                Reach::BlackHole => return Err(self.broken(state.connection).await),
            }
            self.wait(server.clock(), state.before, state.connection)
                .await?;
            let mut reply = Delivery::Arrives;
            {
                let mut state = lock(&self.state);
                if state.lost_replies > 0 {
                    state.lost_replies -= 1;
                    state.has_lost_replies = true;
                    reply = Delivery::GetsLost;
                }
            }
            let name = request.name().to_ascii_uppercase();
            *lock(&self.round_trips).0.entry(name).or_default() += 1;
            Ok(Sent {
                connection: state.connection,
                reply,
            })
        }

        /// The way back.
        pub(in super::super) async fn receive(
            &self,
            server: &Inner,
            request: Request<'_>,
            sent: Sent,
        ) -> Result<()> {
            self.pass(Way::Back, request).await;
            if sent.reply == Delivery::GetsLost {
                return Err(self.broken(sent.connection).await);
            }
            let state = self.state();
            if state.connection != sent.connection {
                return Err(unreachable());
            }
            if state.reach == Reach::BlackHole {
                return Err(self.broken(sent.connection).await);
            }
            self.wait(server.clock(), state.after, sent.connection)
                .await
        }

        /// Waits this long, unless the connection breaks meanwhile; a black hole on the way keeps
        /// what is under way.
        async fn wait(&self, clock: &Clock, time: Duration, connection: u64) -> Result<()> {
            if time.is_zero() {
                return Ok(());
            }
            tokio::select! {
                biased;
                error = self.broken(connection) => return Err(error),
                () = clock.sleep(time) => {}
            }
            if self.state().reach == Reach::BlackHole {
                return Err(self.broken(connection).await);
            }
            Ok(())
        }

        /// Ready when this connection is no more.
        async fn broken(&self, connection: u64) -> Error {
            loop {
                let mut changed = std::pin::pin!(self.changed.notified());
                // From here on no change is missed.
                changed.as_mut().enable();
                if self.state().connection != connection {
                    return unreachable();
                }
                changed.await;
            }
        }

        /// Lets an observer look, if there is one, and stops whatever it does not let pass.
        async fn pass(&self, way: Way, request: Request<'_>) {
            let passage = self.observer.get().map(|look| look(way, request));
            if passage == Some(Passage::Closed) {
                pending::<()>().await;
            }
        }

        fn state(&self) -> State {
            *lock(&self.state)
        }
    }

    fn unreachable() -> Error {
        Error::new(
            ErrorKind::Unreachable,
            "memory",
            "the link to the embedded server is cut",
        )
    }

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

        /// Cuts the connection. Calls under way and later ones fail with [`ErrorKind::Unreachable`]
        /// at once, the server forgets tracking and subscriptions, and the listeners hear
        /// [`Push::Disconnected`].
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

        /// Lets everything vanish: later calls never reach the server, calls under way and pushes
        /// never come back, and nobody hears of it. The calls end, as [`ErrorKind::Unreachable`],
        /// when the link is cut or healed.
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
            lock(&self.0.faults().round_trips).clone()
        }

        /// Has all that passes looked at first, by the first who asks for it.
        pub(crate) fn observe(
            &self,
            observer: impl Fn(Way, Request<'_>) -> Passage + Send + Sync + 'static,
        ) {
            let _ = self.0.faults().observer.set(Box::new(observer));
        }

        fn change(&self, change: impl FnOnce(&mut State)) {
            change(&mut lock(&self.0.faults().state));
            self.0.faults().changed.notify_waiters();
        }

        fn tell(&self, push: Push) {
            self.0.mailbox().put_own(push);
            self.0.mailbox().deliver();
        }
    }

    impl RoundTrips {
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

    impl std::fmt::Debug for LinkControl {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_tuple("LinkControl")
                .field(&self.0.faults().state())
                .finish()
        }
    }
}
