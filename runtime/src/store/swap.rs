//! What must compare before it writes: `compare_and_set` and `update`.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::handle::Store;
use crate::backend::{Backend, Call, Command, Reply, Resend};
use crate::error::{ErrorKind, Result};
use crate::key::{CacheKey, Key};

/// What came of a swap.
enum Swapped {
    /// The new value is there.
    Done,
    /// Something else was there: this, or nothing.
    Held(Option<Vec<u8>>),
}

/// What becomes of the end of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Kept,
    Renewed,
}

/// How long an update that was overtaken pauses at most before its next try; the time grows from
/// one try to the next.
const LONGEST_PAUSE: Duration = Duration::from_millis(16);

impl<T: Serialize + DeserializeOwned> Store<T> {
    /// Stores the value, with the store's TTL, if `expected` is what is there; `None` expects that
    /// there is nothing. Answers whether it was stored: of several that expect the same, exactly
    /// one gets `true`. Sent once.
    ///
    /// What is there is compared as a value, by `==`, so one that an earlier build has encoded
    /// differently is found equal all the same. One round trip, or two in that case.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let leaders = Larder::memory().store::<String>("leaders").durable()?;
    /// let (ann, bob) = ("Ann".to_owned(), "Bob".to_owned());
    /// assert!(leaders.compare_and_set("eu", None, &ann).await?);
    /// assert!(!leaders.compare_and_set("eu", None, &bob).await?);
    /// assert!(leaders.compare_and_set("eu", Some(&ann), &bob).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`set`](Self::set) and [`get`](Self::get); [`ErrorKind::WrongType`] for a counter,
    /// which [`incr`](Self::incr) changes.
    pub async fn compare_and_set<K: CacheKey + ?Sized>(
        &self,
        key: &K,
        expected: Option<&T>,
        new: &T,
    ) -> Result<bool>
    where
        T: PartialEq,
    {
        let operation = "compare_and_set";
        let key = self.key_of(key);
        let reading = self.reading(operation, key.clone());
        let new = self.envelope(operation, &key, new)?;
        let mut held = match expected {
            Some(expected) => Some(self.envelope(operation, &key, expected)?),
            None => None,
        };
        let call = self.engine().context().command_call(Resend::Never);
        loop {
            let found = self
                .swap(operation, &key, held.as_deref(), &new, End::Renewed, &call)
                .await?;
            held = match found {
                Swapped::Done => return Ok(true),
                Swapped::Held(held) => held,
            };
            let found: Option<T> = match &held {
                Some(bytes) => reading.value_to_replace(bytes)?,
                None => None,
            };
            if found.as_ref() != expected {
                return Ok(false);
            }
        }
    }

    /// Changes the value under this key by `change` and answers what it is then; `None`, without
    /// changing anything, if there is none that this store can read. The end of the key stays as it
    /// is.
    ///
    /// `change` sets as many fields as it likes; no change that others make at the same time is
    /// lost. If somebody was faster, it is run again, on what they have stored: it should do
    /// nothing but change the value.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    /// # struct Profile { name: String, city: String, logins: u32 }
    /// let profiles = Larder::memory().store::<Profile>("profiles").durable()?;
    /// profiles.set(&7, &Profile { name: "Ann".into(), city: "Porto".into(), logins: 1 }).await?;
    ///
    /// let changed = profiles.update(&7, |profile| {
    ///     profile.city = "Lisbon".into();
    ///     profile.logins += 1;
    /// });
    /// assert_eq!(changed.await?, Some(Profile { name: "Ann".into(), city: "Lisbon".into(), logins: 2 }));
    /// assert_eq!(profiles.update(&8, |profile| profile.logins += 1).await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`set`](Self::set) and [`get`](Self::get); [`ErrorKind::WrongType`] for a counter,
    /// which [`incr`](Self::incr) changes; [`ErrorKind::Timeout`] if others were faster for as long
    /// as the command timeout. Each write is sent once: after [`ErrorKind::Timeout`] or
    /// [`ErrorKind::Unreachable`] the change may have been made.
    pub async fn update<K: CacheKey + ?Sized>(
        &self,
        key: &K,
        mut change: impl FnMut(&mut T),
    ) -> Result<Option<T>> {
        let operation = "update";
        let key = self.key_of(key);
        let reading = self.reading(operation, key.clone());
        let context = self.engine().context();
        let call = context.command_call(Resend::Idempotent);
        let get = Command::new("GET").arg(&key);
        let reply = context.backend().run(&get, &call).await;
        let reply = reply.map_err(|error| reading.origin.explain(error))?;
        let mut held = reply.into_bytes(operation)?;
        // Reading may be sent again, writing may not; both end at the same time.
        let call = Call {
            resend: Resend::Never,
            ..call
        };
        let mut pause = Duration::ZERO;
        loop {
            let Some(bytes) = held else { return Ok(None) };
            let Some(mut value) = reading.value_to_replace(&bytes)? else {
                return Ok(None);
            };
            change(&mut value);
            let new = self.envelope(operation, &key, &value)?;
            let swapped = self
                .swap(operation, &key, Some(&bytes), &new, End::Kept, &call)
                .await?;
            held = match swapped {
                Swapped::Done => return Ok(Some(value)),
                Swapped::Held(held) => held,
            };
            // Those who were overtaken come back at different times, the more of them there are the
            // later.
            pause = (pause * 2).clamp(Duration::from_micros(250), LONGEST_PAUSE);
            let clock = context.clock();
            let next = clock.now() + pause.mul_f32(fastrand::f32());
            if next >= call.deadline {
                let message = "others have changed the value again and again";
                return Err(reading.origin.error(ErrorKind::Timeout, message));
            }
            clock.sleep_until(next).await;
        }
    }

    async fn swap(
        &self,
        operation: &'static str,
        key: &Key,
        held: Option<&[u8]>,
        new: &[u8],
        end: End,
        call: &Call,
    ) -> Result<Swapped> {
        let end = match end {
            End::Kept => "keep".to_owned(),
            End::Renewed => self.ttl_millis(operation)?.to_string(),
        };
        let engine = self.engine();
        let question = engine
            .swap
            .on(&[key])
            .arg(held.unwrap_or_default())
            .arg(new)
            .arg(end);
        let reply = engine.context().backend().script(&question, call).await;
        let reply = reply.map_err(|error| self.origin(operation).explain(error))?;
        let mut parts = reply.into_array(operation)?.into_iter();
        let mut next = || parts.next().unwrap_or(Reply::Nil);
        if next().into_int(operation)? == 1 {
            return Ok(Swapped::Done);
        }
        Ok(Swapped::Held(next().into_bytes(operation)?))
    }
}
