//! Which values of an index an entry has.

use crate::key::{CacheKey, IndexValue};

/// Collects the values of an index that an entry is listed under: none, one or many.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
/// use larder::Larder;
///
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { team: Option<u32>, roles: Vec<String> }
///
/// let users = Larder::memory()
///     .cache::<User>(USERS)
///     .index("team", |user, team| {
///         if let Some(id) = &user.team {
///             team.value(id);
///         }
///     })
///     .index("role", |user, role| {
///         for name in &user.roles {
///             role.value(name);
///         }
///     });
/// ```
#[derive(Debug, Default)]
pub struct IndexValues {
    index: &'static str,
    found: Vec<IndexValue>,
}

impl IndexValues {
    /// The values that follow are of this index.
    #[doc(hidden)]
    pub fn of(&mut self, index: &'static str) -> &mut Self {
        self.index = index;
        self
    }

    /// The entry is listed under this value. Saying it twice is saying it once.
    pub fn value<K: CacheKey + ?Sized>(&mut self, value: &K) {
        let value = IndexValue::new(self.index, |writer| writer.arg(value));
        if !self.found.contains(&value) {
            self.found.push(value);
        }
    }

    /// What was collected.
    pub(crate) fn into_found(self) -> Vec<IndexValue> {
        self.found
    }
}
