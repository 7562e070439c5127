//! To be told when entries expire.

use std::sync::Arc;
use std::time::Duration;

use super::Larder;
use crate::backend::{Backend, Command, Reply, Resend};
use crate::context::{Announced, Subscription};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Scope, unescape};

/// The server's setting.
const SETTING: &str = "notify-keyspace-events";
/// For how long one process's claim on an event keeps the others from it.
const CLAIM: Duration = Duration::from_secs(2);

/// Entries of one namespace that have expired; made by [`Larder::expired`].
///
/// # What it does and does not promise
/// The server tells whoever is connected at that moment, once, and keeps nothing: an event is lost
/// for a process that is not connected, and [`Expiry::Missed`] says that this may have happened. An
/// event comes when the server *notices* that a key has ended, which under load may be seconds
/// later. So listeners are for what may be late or missed now and then, such as a notification;
/// what must happen belongs in a queue. An entry that was invalidated, overwritten or evicted has
/// not expired. A load that died with its process leaves a lease behind, whose end looks like the
/// expiry of the entry.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # const ACTIONS: larder::CacheSpec = larder::CacheSpec::new("actions", larder::Ttl::after(std::time::Duration::from_millis(20)));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{Expiry, Larder};
///
/// let larder = Larder::memory();
/// let mut expired = larder.expired("actions").await?;
///
/// larder.cache::<String>(ACTIONS).entry(|key| key.arg("a1b2")).put(&"delete".to_owned()).await?;
/// match expired.next().await {
///     Some(Expiry::Entry(entry)) => assert_eq!(entry.arguments, ["a1b2"]),
///     Some(_) => println!("some may have been missed"),
///     None => println!("the Larder was closed"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Expirations {
    larder: Larder,
    scope: Scope,
    namespace: String,
    subscription: Subscription,
    hearers: Hearers,
    /// What it claims events by.
    claimant: [u8; 16],
    /// An event that was heard and is not told yet: a caller that is dropped while it claims one
    /// leaves it to the next.
    pending: Option<Arc<[u8]>>,
}

/// Who hears of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearers {
    EveryProcess,
    OneProcess,
}

/// What [`Expirations`] tells.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::Expiry;
///
/// fn handle(expiry: Expiry) {
///     match expiry {
///         Expiry::Entry(entry) => println!("{} is no more", entry.key),
///         Expiry::Missed => println!("look through everything that should have ended by now"),
///         _ => {}
///     }
/// }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// This entry has expired.
    Entry(ExpiredEntry),
    /// Entries may have expired without being told: the connection was lost, or this listener was
    /// too slow.
    Missed,
}

/// An entry that is no more. Its value is gone with it.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::ExpiredEntry;
///
/// /// The user and the device of a session `#[cached] async fn session(user: u64, device: &str)`.
/// fn of_session(entry: &ExpiredEntry) -> Option<(u64, &str)> {
///     let [user, device] = &entry.arguments[..] else { return None };
///     Some((user.parse().ok()?, device))
/// }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredEntry {
    /// The whole key.
    pub key: String,
    /// The version of the cache that it was stored under.
    pub version: u32,
    /// The arguments of the call, in their order. Texts, integers, `bool`s, UUIDs and the like read
    /// as they were; what is made of several values reads as it stands in the key, and what is
    /// longer than 64 bytes is its digest, `#` and 32 digits.
    pub arguments: Vec<String>,
}

impl Larder {
    /// Tells when entries of this namespace (of this app and tenant, all versions) expire. See
    /// [`Expirations`] for what it promises.
    ///
    /// Redis tells only if its setting `notify-keyspace-events` holds `E` and `x`. Where the
    /// setting cannot be read, as on many managed services, a key that expires at once is the test.
    /// The embedded server has the setting on.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// let mut expired = Larder::memory().expired("sessions").await?;
    /// tokio::spawn(async move {
    ///     while let Some(expiry) = expired.next().await {
    ///         println!("{expiry:?}");
    ///     }
    /// });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the server does not tell; the backend's.
    pub async fn expired(&self, namespace: impl Into<String>) -> Result<Expirations> {
        let scope = self.key_scope("expired")?.clone();
        let context = self.context();
        let setting = self.read_setting().await;
        let channel = format!("__keyevent@{}__:expired", context.database());
        let mut subscription = context.subscribe(channel.into_bytes()).await?;
        match setting {
            Some(flags) => check(&flags)?,
            None => self.expire_a_key(&scope, &mut subscription).await?,
        }
        Ok(Expirations {
            larder: self.clone(),
            scope,
            namespace: namespace.into(),
            subscription,
            hearers: Hearers::EveryProcess,
            claimant: fastrand::u128(..).to_be_bytes(),
            pending: None,
        })
    }

    /// The server's setting, if it may be read.
    async fn read_setting(&self) -> Option<String> {
        let context = self.context();
        let get = Command::new("CONFIG").arg("GET").arg(SETTING);
        let call = context.command_call(Resend::Idempotent);
        let value = match context.backend().run(&get, &call).await {
            Ok(Reply::Map(pairs)) => pairs.into_iter().next()?.1,
            Ok(Reply::Array(words)) => words.into_iter().nth(1)?,
            _ => return None,
        };
        let flags = value.into_bytes("CONFIG GET").ok()??;
        String::from_utf8(flags).ok()
    }

    /// Lets a key expire and waits to be told.
    async fn expire_a_key(&self, scope: &Scope, subscription: &mut Subscription) -> Result<()> {
        let context = self.context();
        let backend = context.backend();
        let call = context.command_call(Resend::Idempotent);
        let name = scope.claim("probe", &fastrand::u128(..).to_be_bytes());
        let set = Command::new("SET").arg(&name).arg("").arg("PX").arg(1_u64);
        backend.run(&set, &call).await?;
        let told = async {
            // A key that is asked for after its end ends at once.
            let get = Command::new("GET").arg(&name);
            while backend.run(&get, &call).await?.into_bytes("GET")?.is_some() {
                context.clock().sleep(Duration::from_millis(1)).await;
            }
            loop {
                match subscription.next().await {
                    Announced::Message(key) if *key == *name => return Ok(()),
                    Announced::Message(_) | Announced::Missed => {}
                    Announced::Ended(reason) => return Err(reason),
                }
            }
        };
        context
            .clock()
            .timeout_at(call.deadline, told)
            .await
            .unwrap_or_else(|_elapsed| Err(not_told("it did not tell of a key that expired")))
    }
}

impl Expirations {
    /// Each event is told to one of the processes that listen like this, and not to all of them.
    ///
    /// The first to claim an event gets it, by a key that lives for two seconds; so of two
    /// expirations of one key within two seconds the second is not told. If the process that
    /// claimed it dies, nobody else is told.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let larder = larder::Larder::memory();
    /// let expired = larder.expired("confirmations").await?.once_in_the_fleet();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn once_in_the_fleet(mut self) -> Self {
        self.hearers = Hearers::OneProcess;
        self
    }

    /// Waits for the next event; `None` when there will be none any more, because the Larder was
    /// closed. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Expiry> {
        loop {
            let key = match self.pending.clone() {
                Some(key) => key,
                None => match self.subscription.next().await {
                    Announced::Message(key) => key,
                    Announced::Missed => return Some(Expiry::Missed),
                    Announced::Ended(_) => return None,
                },
            };
            let Some((version, arguments)) = self.scope.split(&key, &self.namespace) else {
                continue;
            };
            if self.hearers == Hearers::OneProcess {
                self.pending = Some(Arc::clone(&key));
                let is_ours = self.claim(&key).await;
                self.pending = None;
                if !is_ours {
                    continue;
                }
            }
            return Some(Expiry::Entry(ExpiredEntry {
                key: String::from_utf8_lossy(&key).into_owned(),
                version,
                arguments: arguments
                    .split(|byte| *byte == b':')
                    .map(unescape)
                    .collect(),
            }));
        }
    }

    /// Whether this process is the first. One that cannot ask tells: better twice than not at all.
    async fn claim(&self, key: &[u8]) -> bool {
        let context = self.larder.context();
        let claim = Command::new("SET")
            .arg(self.scope.claim("expired", key))
            .arg(self.claimant.as_slice())
            .arg("NX")
            .arg("GET")
            .arg("PX")
            .arg(CLAIM.as_millis() as u64);
        let call = context.command_call(Resend::Idempotent);
        match context.backend().run(&claim, &call).await {
            // Nobody's before, or ours: claimed by a caller that was dropped before it heard.
            Ok(Reply::Bulk(claimant)) => claimant == self.claimant,
            Ok(_) | Err(_) => true,
        }
    }
}

fn check(flags: &str) -> Result<()> {
    let has = |flag| flags.contains(flag);
    if has('E') && (has('x') || has('A')) {
        return Ok(());
    }
    Err(not_told(&format!("its setting {SETTING} is \"{flags}\"")))
}

fn not_told(why: &str) -> Error {
    Error::new(
        ErrorKind::Configuration,
        "expired",
        format!(
            "the server does not tell of expired keys: {why}; set {SETTING} to \"Ex\", as by `redis-cli CONFIG SET {SETTING} Ex` and in \
             redis.conf, or in the parameters of the managed service"
        ),
    )
}
