//! The tier: what is kept, when it is served, and how it is dropped.

use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, Weighter};
use tokio::sync::Notify;

use super::answered::{Answered, Filling};
use super::canary::{Caged, Canary};
use super::copy::{Form, LocalCopy, Served};
use super::demand::Demand;
use super::fillings::{Cleanness, Fillings};
use super::nearby::{Near, Nearby};
use super::stamps::{Membership, Stamps};
use crate::backend::Push;
use crate::clock::{Clock, Moment};
use crate::context::Context;
use crate::duty::Duty;
use crate::hash::QuickHash;
use crate::key::{BriefKey, JoinedKey, Key, KeyParts, Scope, SplitKey, TagKey};
use crate::metrics::Event;

type Copies = Cache<SplitKey, Arc<LocalCopy>, Weights, QuickHash>;

/// The copies of one Larder.
///
/// A copy belongs to an *epoch*: the number of times that everything was forgotten at once, because
/// the connection was lost or the server flushed. Those of an earlier epoch are not there any more,
/// so that forgetting takes no time.
pub(crate) struct Tier {
    /// Tells it from every other tier: no two are in one place.
    token: Arc<()>,
    clock: Clock,
    /// How much the copies may weigh together, in bytes.
    bytes: u64,
    /// Made when the first copy is kept: many a Larder never keeps one.
    copies: OnceLock<Copies>,
    fillings: Fillings,
    hasher: QuickHash,
    /// When tags and values of an index were invalidated.
    groups: Stamps,
    epoch: AtomicU64,
    /// When the last of the copies ends, in nanoseconds as [`Moment::as_nanos`] counts them.
    latest_end: AtomicU64,
    pub(super) canary: Canary,
    /// Whether a canary's push was missed and none has come since.
    is_silent: AtomicBool,
    pub(super) patrolling: Arc<Duty>,
    is_closed: AtomicBool,
    pub(super) closing: Notify,
}

/// What the tier has for a call.
#[derive(Debug)]
pub(crate) enum Found {
    /// A copy that may be served.
    Copy(Arc<LocalCopy>),
    /// A copy that may not: it is not known whether the server could tell of a change, or the call
    /// asks for more.
    Bypassed(Arc<LocalCopy>),
    /// Nothing.
    Nothing,
}

/// What a copy is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Bypassed,
    /// It is as if it were not there.
    Ended,
}

/// What became of a copy that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Yes,
    /// Something has happened to the key since the read began.
    Discarded,
}

/// Tells the table what a copy weighs.
#[derive(Debug, Clone, Copy)]
struct Weights;

impl Weighter<SplitKey, Arc<LocalCopy>> for Weights {
    fn weight(&self, _key: &SplitKey, copy: &Arc<LocalCopy>) -> u64 {
        copy.weight
    }
}

impl Equivalent<SplitKey> for KeyParts<'_> {
    #[inline]
    fn equivalent(&self, key: &SplitKey) -> bool {
        key.has(self)
    }
}

impl Equivalent<SplitKey> for JoinedKey<'_> {
    fn equivalent(&self, key: &SplitKey) -> bool {
        self.is(key)
    }
}

/// About what a copy weighs; only the size of a table that grows depends on it.
const USUAL_WEIGHT: u64 = 512;

impl Tier {
    /// A tier for at most this much, whose canaries are of this scope. Zero bytes: it keeps
    /// nothing. The identity is the Larder's, and no other has it.
    pub(crate) fn new(clock: Clock, scope: Scope, bytes: u64, identity: u64) -> Self {
        Self {
            token: Arc::new(()),
            clock,
            bytes,
            copies: OnceLock::new(),
            fillings: Fillings::new(identity),
            groups: Stamps::new(identity),
            epoch: AtomicU64::new(0),
            latest_end: AtomicU64::new(0),
            canary: Canary::new(scope, identity),
            hasher: QuickHash::seeded(identity),
            is_silent: AtomicBool::new(false),
            patrolling: Arc::default(),
            is_closed: AtomicBool::new(false),
            closing: Notify::new(),
        }
    }

    /// What there is under this key for a call that reads in this form and demands this.
    pub(crate) fn look_up<K>(&self, key: &K, form: Form, demand: Demand) -> Found
    where
        K: Hash + Equivalent<SplitKey> + ?Sized,
    {
        let Some(copy) = self.copies.get().and_then(|copies| copies.get(key)) else {
            return Found::Nothing;
        };
        match self.judge(&copy, form, demand) {
            Verdict::Good => Found::Copy(copy),
            Verdict::Bypassed => Found::Bypassed(copy),
            Verdict::Ended => Found::Nothing,
        }
    }

    /// Has a call answered by the copy of this key, if there is one that will do: one that this
    /// thread has nearby, or else one of all, which is kept nearby then.
    #[inline]
    pub(crate) fn serve(
        &self,
        nearby: &mut Nearby,
        key: &mut BriefKey<'_>,
        form: Form,
        demand: &Demand,
        serve: &mut dyn FnMut(&LocalCopy) -> Served,
    ) -> Served {
        let hash = key.hash(&self.hasher);
        if let Some((near, tally)) = nearby.find(&self.token, (hash, key))
            && near.is_kept(&self.fillings)
            && self.is_good(near, form, demand)
        {
            let served = serve(&near.copy);
            if served == Served::Yes {
                tally.count();
            }
            return served;
        }
        self.serve_from_afar(nearby, (hash, key), (form, demand), serve)
    }

    #[cold]
    fn serve_from_afar(
        &self,
        nearby: &mut Nearby,
        (hash, key): (u64, &mut BriefKey<'_>),
        (form, demand): (Form, &Demand),
        serve: &mut dyn FnMut(&LocalCopy) -> Served,
    ) -> Served {
        let parts = key.parts();
        // Before the copy is looked up: one that is dropped after this dirties the mark.
        let mark = self.fillings.look(self.fillings.hash(&parts));
        let Found::Copy(copy) = self.look_up(&parts, form, *demand) else {
            return Served::No;
        };
        if let Some(mark) = mark {
            nearby.keep(&self.token, (hash, key), mark, &copy);
        }
        let served = serve(&copy);
        if served == Served::Yes {
            copy.counters().count(Event::LocalHit);
        }
        served
    }

    /// Whether a copy nearby is good. Mostly its terms show that, far from their end.
    #[inline]
    fn is_good(&self, near: &Near, form: Form, demand: &Demand) -> bool {
        let (terms, groups) = near.terms();
        let end = terms.ends.min(self.canary.trusted_until());
        let is_seen = terms.epoch == self.epoch()
            && terms.form == form
            && groups.is_none_or(|groups| self.groups.hold(groups))
            && demand.is_none()
            && self.clock.is_far_from(end);
        is_seen || self.judge(&near.copy, form, *demand) == Verdict::Good
    }

    /// Judges a copy by all that is known of it.
    #[inline(never)]
    fn judge(&self, copy: &LocalCopy, form: Form, demand: Demand) -> Verdict {
        let terms = copy.terms;
        if terms.epoch != self.epoch() || terms.form != form || !self.groups.hold(&copy.groups) {
            return Verdict::Ended;
        }
        // In one look at the clock, which costs more than all that was looked at so far.
        let end = terms.ends.min(self.canary.trusted_until());
        if demand.is_none() && self.clock.is_before(end) {
            return Verdict::Good;
        }
        let now = self.clock.now();
        if terms.ends <= now {
            return Verdict::Ended;
        }
        if !self.canary.is_trusted(now) || !demand.accepts(copy, now) {
            return Verdict::Bypassed;
        }
        Verdict::Good
    }

    /// Marks that a read of this key begins now, to be kept; must come before it is sent. `None` if
    /// nothing is to be kept.
    pub(crate) fn begin(&self, key: &[u8], now: Moment) -> Option<Filling> {
        if self.bytes == 0 || self.is_closed.load(Ordering::Acquire) {
            return None;
        }
        Some(Filling {
            mark: self.fillings.mark(key),
            groups: self.groups.count(),
            epoch: self.epoch(),
            began: now,
        })
    }

    /// That what was read belongs to the groups with these keys: its tags, and the values of an
    /// index that list it.
    pub(crate) fn membership<K: AsRef<[u8]>>(
        &self,
        read: &Answered,
        groups: impl Iterator<Item = K>,
    ) -> Membership {
        self.groups.membership(read.filling.groups, groups)
    }

    /// Keeps a copy of what was read, unless something has happened to the key since.
    pub(crate) fn keep(&self, key: &[u8], read: &Answered, copy: Arc<LocalCopy>) -> Kept {
        let (filling, ends) = (read.filling, copy.terms.ends.as_nanos());
        let clean = self.fillings.keep_if_clean(filling.mark, || {
            self.copies().insert(SplitKey::new(key), copy);
        });
        // A copy of an earlier epoch is as good as none, so what happened to the epoch need not be
        // part of that step.
        if clean == Cleanness::Dirty || filling.epoch != self.epoch() {
            return Kept::Discarded;
        }
        self.latest_end.fetch_max(ends, Ordering::AcqRel);
        Kept::Yes
    }

    /// Runs what changes these keys, so that whoever waits for it is not answered from a copy of
    /// what was there before. What was read before it began and while it ran is dropped too.
    pub(crate) async fn change<T>(&self, keys: &[Key], change: impl Future<Output = T>) -> T {
        self.changed(keys);
        let output = change.await;
        self.changed(keys);
        output
    }

    /// Runs what invalidates the groups with these keys, in the same way.
    pub(crate) async fn change_groups<T, K: AsRef<[u8]>>(
        &self,
        groups: &[K],
        change: impl Future<Output = T>,
    ) -> T {
        self.groups_changed(groups);
        let output = change.await;
        self.groups_changed(groups);
        output
    }

    /// The groups with these keys were invalidated: a copy is dropped if they had its entry when it
    /// was read, whether or not the server finds it there now.
    pub(crate) fn groups_changed<K: AsRef<[u8]>>(&self, groups: &[K]) {
        for group in groups {
            self.groups.invalidate(group.as_ref());
        }
    }

    /// Something has happened to these keys: their copies are dropped, and what is being read of
    /// them will not be kept.
    pub(crate) fn changed<'key>(&self, keys: impl IntoIterator<Item = &'key Key>) {
        keys.into_iter()
            .for_each(|key| self.drop_copy(key.as_bytes()));
    }

    /// Anything may have happened to every key.
    pub(crate) fn forget_all(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.latest_end.store(0, Ordering::Release);
    }

    /// Draws the conclusions from what the server, or the connection, has to say.
    pub(crate) fn hear(&self, push: &Push) {
        match push {
            Push::Invalidated(keys) => {
                for key in keys {
                    if self.canary.hear(key) {
                        self.pushes_arrive();
                    } else if TagKey::is_one(key) {
                        self.groups.invalidate(key);
                    } else {
                        self.drop_copy(key);
                    }
                }
            }
            Push::InvalidatedAll => {
                self.canary.forget();
                self.forget_all();
            }
            Push::Disconnected | Push::Connected => {
                self.canary.distrust();
                self.forget_all();
            }
            Push::Message { .. } | Push::Unsubscribed => {}
        }
    }

    /// The canary to go with a read that begins now: where copies are not trusted yet, the read
    /// proves at once that they may be.
    pub(super) fn canary_for(&self, context: &Context, now: Moment) -> Option<Caged<'_>> {
        self.notice_silence(now);
        // A server that refuses to track would refuse the canary too.
        let is_trusted = self.canary.is_trusted(now) || context.degradation().is_untracked();
        if is_trusted {
            None
        } else {
            self.canary.take(now)
        }
    }

    /// Notices a canary whose push did not come. What else the server has told since may be lost
    /// too, so everything is forgotten: a canary that comes later proves nothing of the pushes
    /// before it.
    pub(super) fn notice_silence(&self, now: Moment) {
        if !self.canary.is_missed(now) {
            return;
        }
        self.canary.distrust();
        self.forget_all();
        if !self.is_silent.swap(true, Ordering::AcqRel) {
            tracing::warn!(
                "what the server tells of changes does not arrive: the local tier is bypassed until it does"
            );
        }
    }

    /// Why copies are not served just now, if they are not.
    pub(crate) fn trouble(&self) -> Option<&'static str> {
        let now = self.clock.now();
        let is_bypassed = self.has_copies(now) && !self.canary.is_trusted(now);
        (is_bypassed || self.is_silent.load(Ordering::Acquire)).then_some(
            "what the server tells of changes does not arrive: the local tier is bypassed, and every call asks the server",
        )
    }

    /// Whether there is a copy that could be served.
    pub(super) fn has_copies(&self, now: Moment) -> bool {
        now.as_nanos() < self.latest_end.load(Ordering::Acquire)
    }

    /// How often everything was forgotten so far.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Gives back the memory of copies that will not be served any more.
    pub(super) fn tidy(&self, now: Moment) {
        if let Some(copies) = self.copies.get() {
            let epoch = self.epoch();
            copies.retain(|_, copy| copy.terms.epoch == epoch && now < copy.terms.ends);
        }
    }

    /// Nothing is kept or served from now on.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.canary.distrust();
        self.forget_all();
        self.closing.notify_waiters();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// What the copies weigh together.
    #[cfg(test)]
    pub(super) fn weight(&self) -> u64 {
        self.copies.get().map_or(0, Cache::weight)
    }

    fn pushes_arrive(&self) {
        if self.is_silent.swap(false, Ordering::AcqRel) {
            tracing::info!("what the server tells of changes arrives again");
        }
    }

    fn drop_copy(&self, key: &[u8]) {
        self.fillings.dirty(key, || {
            if let Some(copies) = self.copies.get() {
                copies.remove(&JoinedKey(key));
            }
        });
    }

    fn copies(&self) -> &Copies {
        self.copies.get_or_init(|| {
            let about = (self.bytes / USUAL_WEIGHT) as usize;
            Cache::with(
                about,
                self.bytes,
                Weights,
                self.hasher.clone(),
                DefaultLifecycle::default(),
            )
        })
    }
}

impl fmt::Debug for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tier")
            .field("bytes", &self.bytes)
            .field("copies", &self.copies.get().map_or(0, Cache::len))
            .field("canary", &self.canary)
            .finish_non_exhaustive()
    }
}
