//! One call of a batched function: which cache, which ids; and then which keys.

use std::collections::HashSet;

use super::pairs::BatchId;
use crate::cache::declaration::Declaration;
use crate::cache::groups::Groups;
use crate::cache::local::Demand;
use crate::cache::target::Target;
use crate::error::Result;
use crate::hash::QuickHash;
use crate::key::{Arguments, KeyWriter};

/// A declared cache, and the arguments of one call for each id. Which Larder answers it is not
/// settled yet.
#[derive(Debug, Clone)]
pub(crate) struct BatchDraft<K> {
    pub(crate) spec: Declaration,
    pub(crate) rows: Vec<Row<K>>,
}

/// One id of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Row<K> {
    pub(crate) id: K,
    pub(crate) arguments: Arguments,
    /// What its entry belongs to; nothing for most.
    pub(crate) groups: Option<Box<Groups>>,
}

/// A declared cache, and the ids of one call with their keys.
#[derive(Debug, Clone)]
pub(crate) struct BatchCall<K> {
    pub(crate) spec: Declaration,
    pub(crate) ids: Vec<K>,
    /// An error (no Larder, no tenant) waits here for the verb that needs the cache.
    pub(crate) targets: Result<Vec<Target>>,
    /// What it asks of copies in this process.
    pub(crate) demand: Demand,
}

impl<K> BatchDraft<K> {
    /// A call for no id yet.
    pub(crate) fn new(spec: Declaration, ids: usize) -> Self {
        Self {
            spec,
            rows: Vec::with_capacity(ids),
        }
    }

    /// One id more, whose key is to be written.
    pub(crate) fn id(&mut self, id: K) -> KeyWriter<'_> {
        let place = self.rows.len();
        self.rows.push(Row {
            id,
            arguments: Arguments::new(),
            groups: None,
        });
        self.rows[place].arguments.writer()
    }

    /// The groups of the id that came last.
    pub(crate) fn groups(&mut self) -> Option<&mut Groups> {
        let row = self.rows.last_mut()?;
        Some(row.groups.get_or_insert_default())
    }

    /// The groups of all ids.
    pub(crate) fn all_groups(&mut self) -> impl Iterator<Item = &mut Groups> {
        let rows = self.rows.iter_mut();
        rows.map(|row| &mut **row.groups.get_or_insert_default())
    }

    /// The same call for somebody who does not ask for the ids again.
    pub(crate) fn without_ids(self) -> BatchDraft<()> {
        let row = |row: Row<K>| Row {
            id: (),
            arguments: row.arguments,
            groups: row.groups,
        };
        BatchDraft {
            spec: self.spec,
            rows: self.rows.into_iter().map(row).collect(),
        }
    }

    /// The call, which goes there.
    pub(crate) fn at(self, targets: Result<Vec<Target>>, demand: Demand) -> BatchCall<K> {
        BatchCall {
            spec: self.spec,
            ids: self.rows.into_iter().map(|row| row.id).collect(),
            targets,
            demand,
        }
    }
}

impl<K> BatchCall<K> {
    /// The ids, and the call without them.
    pub(crate) fn apart(self) -> (Vec<K>, BatchCall<()>) {
        let call = BatchCall {
            spec: self.spec,
            ids: Vec::new(),
            targets: self.targets,
            demand: self.demand,
        };
        (self.ids, call)
    }

    /// The call for what stands in these places, for somebody who does not ask for the ids again.
    pub(crate) fn of(&self, places: &[usize]) -> BatchCall<()> {
        let targets = self.targets.as_ref().map_err(Clone::clone);
        let chosen = |targets: &Vec<Target>| places.iter().map(|at| targets[*at].clone()).collect();
        BatchCall {
            spec: self.spec.clone(),
            ids: Vec::new(),
            targets: targets.map(chosen),
            demand: self.demand,
        }
    }
}

impl<K: BatchId> BatchCall<K> {
    /// The same call, in which no id comes twice.
    pub(crate) fn without_repetitions(mut self) -> Self {
        let mut seen = HashSet::with_capacity_and_hasher(self.ids.len(), QuickHash::default());
        let is_new: Vec<bool> = self.ids.iter().map(|id| seen.insert(id)).collect();
        if seen.len() < is_new.len() {
            if let Ok(targets) = &mut self.targets {
                let mut is_new = is_new.iter();
                targets.retain(|_| is_new.next() == Some(&true));
            }
            let mut is_new = is_new.iter();
            self.ids.retain(|_| is_new.next() == Some(&true));
        }
        self
    }
}
