//! What the attributes write stays quiet under lints that are stricter than most people's.

#![deny(warnings)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    unused_lifetimes,
    redundant_lifetimes,
    explicit_outlives_requirements,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    rust_2018_idioms
)]
#![forbid(unsafe_code)]

pub mod api {
    //! Functions and methods of every shape.

    use std::fmt;
    use std::time::Duration;

    use larder::{CacheKey, Schema, cached};
    use serde::{Deserialize, Serialize};

    /// A user.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
    pub struct User {
        /// Who.
        pub id: u64,
        /// How long this is true.
        pub seconds: u64,
    }

    /// A page.
    #[derive(Debug, Clone, CacheKey)]
    pub struct Page<T> {
        /// Of what.
        pub of: T,
        /// Which.
        pub number: u32,
        /// Who asked.
        #[cache_key(skip)]
        pub trace: u128,
    }

    /// What to list.
    #[derive(Debug, Clone, CacheKey)]
    pub enum Filter {
        /// Everything.
        All,
        /// One team.
        Team(u64),
        /// By name.
        Named {
            /// Which.
            name: String,
        },
    }

    /// What may go wrong.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub struct Failed;

    impl fmt::Display for Failed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("failed")
        }
    }

    impl std::error::Error for Failed {}

    impl From<larder::Error> for Failed {
        fn from(_: larder::Error) -> Self {
            Self
        }
    }

    async fn load(id: u64) -> Result<User, Failed> {
        std::future::ready(Ok(User { id, seconds: 60 })).await
    }

    const fn five_minutes() -> Duration {
        Duration::from_mins(5)
    }

    /// One user.
    ///
    /// # Errors
    /// If it fails.
    #[cached(namespace = "users", ttl = "5m", jitter = "10%")]
    pub async fn user(id: u64) -> Result<User, Failed> {
        load(id).await
    }

    /// One user, of whom copies are kept.
    ///
    /// # Errors
    /// If it fails.
    #[cached(namespace = "users.local", ttl = "5m", local = "10s", if = id > 0)]
    pub async fn local_user(id: u64) -> Result<User, Failed> {
        load(id).await
    }

    /// With everything.
    ///
    /// # Errors
    /// If it fails.
    #[cached(
        namespace = "everything",
        ttl = five_minutes(),
        ttl_from = |user| Duration::from_secs(user.seconds),
        key = "{filter}:{page.number}/{name}",
        skip(_trace),
        version = 2,
        codec = "postcard",
        if = page.number < 10,
        unless = name.is_empty(),
        store_if = |user| user.id > 0,
        err_ttl = "1s",
        cache_err = |_| true,
        on_error = "fail",
        budget = "20ms",
        lease = "1s",
        wait = "5s"
    )]
    pub async fn everything(
        mut filter: Filter,
        page: Page<String>,
        name: String,
        _trace: u128,
    ) -> Result<User, Failed> {
        if page.number > 3 {
            filter = Filter::All;
        }
        match filter {
            Filter::All => load(7).await,
            Filter::Team(id) => load(id).await,
            Filter::Named { name: other } if other == name => Err(Failed),
            Filter::Named { .. } => Err(Failed),
        }
    }

    /// By references, with a lifetime that is named.
    #[cached(namespace = "borrowed", ttl = "5m", none_ttl = "10s", skip(other))]
    pub async fn borrowed<'a>(name: &'a str, list: &[u64], other: &'a str) -> Option<u64> {
        let found = if name == other { list.first() } else { None };
        std::future::ready(found.copied()).await
    }

    /// Generic.
    #[cached(namespace = "generic", ttl = "5m")]
    pub async fn generic<T, const SIZE: usize>(of: T, list: Vec<T>, maybe: Option<T>) -> usize
    where
        T: CacheKey + PartialEq + Send + Sync,
    {
        let same = list.contains(&of) || maybe.is_some();
        std::future::ready(if same { SIZE } else { 0 }).await
    }

    /// Generic without a name.
    #[cached(namespace = "nameless", ttl = "never")]
    pub async fn nameless(of: impl CacheKey + AsRef<str> + Send + Sync, flag: bool) -> usize {
        let size = of.as_ref().len();
        std::future::ready(if flag { size } else { 0 }).await
    }

    /// What is not to be used any more.
    #[deprecated]
    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub struct Old(pub u64);

    #[allow(deprecated)]
    impl CacheKey for Old {
        fn write_key(&self, writer: &mut larder::KeyWriter<'_>) {
            self.0.write_key(writer);
        }
    }

    /// What is not to be used any more, nor a part of it.
    #[deprecated]
    #[derive(Debug, Clone, Serialize, Deserialize, CacheKey, Schema)]
    pub struct Older {
        /// Who.
        pub id: u64,
        /// What for.
        #[deprecated]
        pub why: String,
    }

    /// Whatever is allowed in the function is in what stands beside it.
    #[allow(deprecated, non_snake_case)]
    #[cached(namespace = "allowed", ttl = "5m", index(userID = userID))]
    pub async fn getOld(userID: u64, old: Old) -> Old {
        std::future::ready(Old(old.0 + userID)).await
    }

    /// By what companions take by reference, and the function does not.
    #[cached(
        namespace = "owned",
        ttl = "5m",
        key = "{name.trim()}:{list.len()}:{text}"
    )]
    pub async fn owned(name: String, list: Vec<u64>, text: std::borrow::Cow<'_, str>) -> usize {
        drop((name, list, text));
        std::future::ready(3).await
    }

    type Deep = Option<Vec<(u64, Option<Vec<(String, Option<String>)>>)>>;

    /// Of a type that is not simple.
    #[expect(clippy::type_complexity, reason = "another name would hide it")]
    #[cached(namespace = "complex", ttl = "5m", stale = "1h")]
    pub async fn complex(deep: Option<Vec<(u64, Option<Vec<(String, Option<String>)>>)>>) -> Deep {
        std::future::ready(deep).await
    }

    /// A key of what the function itself does not use.
    ///
    /// # Errors
    /// If the limit is reached, or the lock is not had.
    #[larder::rate_limited("10/s", namespace = "underscore", key = "{_id}")]
    #[larder::concurrency_limited(3, namespace = "underscore", key = "{_id}")]
    #[larder::with_lock(key = "{_id}")]
    #[larder::idempotent(namespace = "underscore", key = "{_id}", ttl = "1h")]
    pub async fn underscore(_id: u64, _more: u64) -> Result<u64, larder::Error> {
        std::future::ready(Ok(3)).await
    }

    /// Nothing.
    #[cached(namespace = "nothing", ttl = "1d")]
    pub async fn nothing() {
        std::future::ready(()).await;
    }

    #[cached(namespace = "within", ttl = "5m")]
    pub(crate) async fn within(id: u64) -> User {
        std::future::ready(User { id, seconds: 1 }).await
    }

    #[cached(namespace = "private", ttl = "5m", codec = "bincode")]
    async fn private(id: u64) -> User {
        std::future::ready(User { id, seconds: 1 }).await
    }

    /// Calls what is not public.
    pub async fn calls() -> u64 {
        within(1).await.id + private(2).await.id
    }

    /// Has methods.
    #[derive(Debug, Clone)]
    pub struct Users {
        tenant: String,
    }

    impl Users {
        /// New.
        #[must_use]
        pub const fn new(tenant: String) -> Self {
            Self { tenant }
        }

        /// One user.
        ///
        /// # Errors
        /// If it fails.
        #[cached(namespace = "users.method", ttl = "5m", key = "{self.tenant}:{id}")]
        pub async fn user(&self, id: u64) -> Result<User, Failed> {
            let user = load(id).await?;
            if user.id == 0 {
                return Err(Failed);
            }
            Ok(user)
        }

        /// Consumes.
        #[cached(namespace = "users.consumes", ttl = "5m", skip(self))]
        pub async fn consumes(self, mut page: Page<String>) -> String {
            page.number += 1;
            std::future::ready(format!("{}{}", self.tenant, page.number)).await
        }

        /// Writes to what it was given before it reads it.
        #[cached(namespace = "users.overwrites", ttl = "5m", skip(self))]
        pub async fn overwrites(mut self, mut id: u64, mut page: Page<String>) -> String {
            self.tenant = String::new();
            page.number = 1;
            id = u64::from(page.number);
            std::future::ready(format!("{}{id}{}", self.tenant, page.number)).await
        }

        /// Has no receiver.
        #[cached(namespace = "users.associated", ttl = "5m", entry = associated_entry)]
        pub async fn associated(id: u64) -> u64 {
            std::future::ready(id).await
        }

        #[cached(namespace = "users.private", ttl = "5m", skip(self))]
        async fn private(&self, id: u64) -> u64 {
            std::future::ready(id).await
        }

        /// Takes what is allowed in here.
        #[allow(deprecated, non_snake_case)]
        #[cached(
            namespace = "users.allowed",
            ttl = "5m",
            key = "{self.tenant}:{oldID.0}"
        )]
        pub async fn allowed(&self, oldID: Old) -> u64 {
            std::future::ready(oldID.0).await
        }

        /// Calls what is not public.
        pub async fn calls(&self) -> u64 {
            self.private(3).await
        }
    }

    /// Is implemented.
    #[async_trait::async_trait]
    pub trait Store {
        /// Gets.
        async fn get(&self, id: u64) -> Option<String>;
    }

    #[async_trait::async_trait]
    impl Store for Users {
        #[cached(namespace = "users.store", ttl = "5m", key = "{self.tenant}:{id}")]
        async fn get(&self, id: u64) -> Option<String> {
            std::future::ready(Some(id.to_string())).await
        }
    }
}

pub mod by_macro {
    //! Functions that a macro writes, which lints take for written by hand.

    #![deny(missing_copy_implementations)]

    use larder::cached;

    macro_rules! written {
        ($name:ident) => {
            /// One of them.
            ///
            /// # Errors
            /// None.
            ///
            /// # Panics
            /// On zero.
            #[cached(namespace = "written", ttl = "5m")]
            pub async fn $name(id: u64) -> Result<u64, larder::Error> {
                assert!(id > 0, "nobody");
                std::future::ready(Ok(id)).await
            }
        };
    }

    written!(name);
}

#[allow(clippy::missing_const_for_fn)]
fn main() {}
