//! The libraries that are compared: the same function under each, set up as its own documentation
//! says.

pub(crate) mod bare;
pub(crate) mod bare_script;
pub(crate) mod cached;
pub(crate) mod cached_in_memory;
pub(crate) mod hitbox;
pub(crate) mod larder;
pub(crate) mod multi_tier;
pub(crate) mod rslock;
pub(crate) mod throttle_kit;
pub(crate) mod tower_redis;

use crate::measure::Result;
use crate::source::User;

/// A library that caches functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    Larder,
    Cached,
    /// `cached` with its option for a connection that comes back.
    CachedManaged,
    Hitbox,
    MultiTier,
}

impl Library {
    const ALL: [Self; 5] = [
        Self::Larder,
        Self::Cached,
        Self::CachedManaged,
        Self::Hitbox,
        Self::MultiTier,
    ];

    /// Its name and version, as rows show it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Larder => "larder",
            Self::Cached => cached::NAME,
            Self::CachedManaged => "cached 4.1.0 with connection_manager",
            Self::Hitbox => hitbox::NAME,
            Self::MultiTier => "multi-tier-cache 0.6.9",
        }
    }

    /// Its name on the command line of another process of ours.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Larder => "larder",
            Self::Cached => "cached",
            Self::CachedManaged => "cached-managed",
            Self::Hitbox => "hitbox",
            Self::MultiTier => "multi-tier",
        }
    }

    /// The library of this [`word`](Self::word).
    pub(crate) fn of_word(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|library| library.word() == word);
        found.ok_or_else(|| format!("there is no library `{word}`").into())
    }

    /// Connects it with this server, for the rest of the process.
    pub(crate) async fn connect(self, url: &str) -> Result<Connected> {
        Ok(match self {
            Self::Larder => {
                larder::connect(url).await?;
                Connected::Larder
            }
            Self::Cached => {
                cached::connect(url)?;
                Connected::Cached
            }
            Self::CachedManaged => {
                cached::connect(url)?;
                Connected::CachedManaged
            }
            Self::Hitbox => Connected::Hitbox(hitbox::connect(url)?),
            Self::MultiTier => Connected::MultiTier(multi_tier::connect(url).await?),
        })
    }
}

/// A library that is connected.
#[derive(Clone)]
pub(crate) enum Connected {
    Larder,
    Cached,
    CachedManaged,
    Hitbox(hitbox::Shared),
    MultiTier(multi_tier::Shared),
}

impl Connected {
    /// Calls the function that is cached.
    pub(crate) async fn user(&self, id: u64) -> Result<User> {
        Ok(match self {
            Self::Larder => larder::user(id).await,
            Self::Cached => cached::user(id).await?,
            Self::CachedManaged => cached::managed_user(id).await?,
            Self::Hitbox(cache) => hitbox::user(id).cache(cache).await?,
            Self::MultiTier(cache) => multi_tier::user(cache, id).await?,
        })
    }
}
