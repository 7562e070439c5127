//! Where the calls of annotated functions go: which engine, and under which key.

use std::sync::Arc;

use super::Larder;
use crate::cache::local::{Form, LocalCopy, Nearby, Served};
use crate::cache::{BatchDraft, CacheSpec, Declaration, Group, Row, Sight, Target};
use crate::error::Result;
use crate::idempotency::{IdempotencySpec, Request};
use crate::key::{Arguments, BriefArguments, BriefKey, Feature, IndexValue, KeyWriter};
use crate::lock::{LockAddress, LockEngine, LockSpec};
use crate::metrics::Event;
use crate::permits::{Address, PermitCall, PermitSpec};
use crate::rate::{Check, RateSpec};

impl Larder {
    /// Where the call with these arguments goes.
    pub(crate) fn target(&self, spec: &CacheSpec, arguments: &Arguments) -> Result<Target> {
        let scope = self.key_scope("cached")?;
        let key = scope.join(spec.namespace, spec.version, arguments);
        Ok(Target::new(&self.shared.cache, key, spec.namespace))
    }

    /// Where a call for many ids goes.
    pub(crate) fn targets<K>(&self, draft: &BatchDraft<K>) -> Result<Vec<Target>> {
        let target = |row: &Row<K>| {
            let mut target = self.target(&draft.spec, &row.arguments)?;
            if let Some(groups) = &row.groups {
                target.join(groups.clone());
            }
            Ok(target)
        };
        draft.rows.iter().map(target).collect()
    }

    /// The entries of this cache with this value of an index.
    pub(crate) fn index_group(
        &self,
        spec: Declaration,
        value: IndexValue,
        sight: Sight,
    ) -> Result<Group> {
        let keys = self
            .key_scope("index")?
            .indexes(spec.namespace, spec.version);
        Ok(Group::new(&self.shared.cache, spec, keys, value, sight))
    }

    /// Has the call with these arguments answered by a copy in this process, if there is one in
    /// this form.
    #[inline]
    pub(crate) fn serve_copy(
        &self,
        nearby: &mut Nearby,
        (namespace, version, form): &(&'static str, u32, Form),
        arguments: &mut BriefArguments,
        serve: &mut dyn FnMut(&LocalCopy) -> Served,
    ) -> Served {
        let Ok(scope) = self.key_scope("cached") else {
            return Served::No;
        };
        let mut key = BriefKey::new(scope, namespace, *version, arguments);
        let tier = self.shared.cache.local();
        tier.serve(nearby, &mut key, *form, &self.demand, serve)
    }

    /// Where the check of a limited call with these arguments goes.
    pub(crate) fn limited(
        &self,
        spec: RateSpec,
        arguments: &dyn Fn(&mut KeyWriter<'_>),
    ) -> Result<Check> {
        let scope = self.key_scope("rate limit")?;
        let key = scope.key_of(Feature::Limits, spec.namespace(), arguments);
        Ok(Check::new(Arc::clone(&self.shared.rate), spec, key))
    }

    /// The locks that a call with these keys takes.
    pub(crate) fn locked(
        &self,
        spec: &LockSpec,
        keys: &[&dyn Fn(&mut KeyWriter<'_>)],
    ) -> Result<(Arc<LockEngine>, Vec<Arc<LockAddress>>)> {
        let scope = self.key_scope("lock")?.of_locks();
        let address = |key: &&dyn Fn(&mut KeyWriter<'_>)| {
            LockAddress::new(scope.key(spec.namespace(), 1, key))
        };
        let addresses = keys.iter().map(address).collect();
        Ok((self.shared.locks.of(spec)?, addresses))
    }

    /// A call that needs a permit of this key.
    pub(crate) fn permitted(
        &self,
        spec: PermitSpec,
        key: &dyn Fn(&mut KeyWriter<'_>),
    ) -> Result<PermitCall> {
        let scope = self.key_scope("permit")?;
        let key = scope.key_of(Feature::Permits, spec.namespace(), key);
        let engine = Arc::clone(&self.shared.permits);
        Ok(PermitCall::new(engine, spec, Address::new(key)))
    }

    /// An idempotent call with this key and these arguments.
    pub(crate) fn idempotent(
        &self,
        spec: IdempotencySpec,
        key: &dyn Fn(&mut KeyWriter<'_>),
        arguments: &Arguments,
    ) -> Result<Request> {
        let scope = self.key_scope("idempotent")?;
        let key = scope.key_of(Feature::Idempotency, spec.namespace(), key);
        let records = &self.shared.idempotency;
        Ok(Request::new(records, spec, key, arguments.as_slice()))
    }

    /// Counts a call that was sent past the cache.
    pub(crate) fn bypassed(&self, namespace: &'static str) {
        self.shared
            .context
            .metrics()
            .of(namespace)
            .count(Event::Bypassed);
    }
}
