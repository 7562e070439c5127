/// Loads a user.
pub async fn user(id: u64, name: String) -> Result<User, DbError> {
    let __call = user::call(id, &name);
    let __body = ::core::pin::pin!(user::uncached(id, name));
    ::larder::__private::cached::<
        ::larder::__private::Fallible<Result<User, DbError>>,
        _,
    >(
            __call,
            ::larder::__private::Policy::<
                ::larder::__private::Fallible<Result<User, DbError>>,
            >::new()
                .absent(::larder::__private::AbsentProbe::<User>::new().absent())
                .sharing(::larder::__private::ShareProbe::<DbError>::new().sharing()),
            __body,
        )
        .await
}
/// The companions of [`user`](fn@user): its cache, to be looked at and changed by hand.
#[allow(non_camel_case_types, dead_code)]
#[derive(::core::fmt::Debug)]
pub struct user {}
#[allow(
    dead_code,
    clippy::borrowed_box,
    clippy::ref_option,
    clippy::too_many_arguments,
    clippy::trivially_copy_pass_by_ref,
    clippy::used_underscore_binding
)]
impl user {
    /// Runs the body: nothing is read from the cache and nothing is stored.
    ///
    /// # Errors
    /// Those of the body.
    ///
    /// # Panics
    /// Where the body does.
    pub async fn uncached(id: u64, mut name: String) -> Result<User, DbError> {
        name.push('!');
        load(id, &name).await
    }
    /// Loads anew and stores what was loaded. Callers read what was stored before until then.
    ///
    /// # Errors
    /// Those of the body. They are not stored, and what was stored before stays.
    pub async fn refresh(id: u64, name: String) -> Result<User, DbError> {
        let __call = Self::call(id, &name);
        let __body = ::core::pin::pin!(Self::uncached(id, name));
        ::larder::__private::Companion::<User>::new()
            .refresh(
                __call,
                ::larder::__private::Policy::<
                    ::larder::__private::Fallible<Result<User, DbError>>,
                >::new()
                    .absent(::larder::__private::AbsentProbe::<User>::new().absent())
                    .sharing(
                        ::larder::__private::ShareProbe::<DbError>::new().sharing(),
                    ),
                __body,
            )
            .await
    }
    /// The entry of one call, on which the other companions are methods.
    #[must_use]
    pub fn entry(id: u64, name: &str) -> ::larder::__private::Entry<User> {
        ::larder::__private::entry::<User>(Self::call(id, name))
            .absent(::larder::__private::AbsentProbe::<User>::new().absent())
    }
    /// The key under which the value is stored.
    ///
    /// # Errors
    /// If no Larder is installed, or a tenant is required and none is in scope.
    pub fn key(
        id: u64,
        name: &str,
    ) -> ::core::result::Result<::std::string::String, ::larder::__private::Error> {
        Self::entry(id, name).key()
    }
    /// The stored value, without loading; `None` if there is none.
    ///
    /// # Errors
    /// If the backend cannot be asked.
    pub async fn peek(
        id: u64,
        name: &str,
    ) -> ::core::result::Result<
        ::core::option::Option<User>,
        ::larder::__private::Error,
    > {
        ::larder::__private::Companion::<User>::new().peek(Self::entry(id, name)).await
    }
    /// Stores a value that was not loaded by the function.
    ///
    /// # Errors
    /// If the backend cannot be asked, or the value cannot be encoded.
    pub async fn put(
        id: u64,
        name: &str,
        value: &User,
    ) -> ::core::result::Result<(), ::larder::__private::Error> {
        ::larder::__private::Companion::<User>::new()
            .put(Self::entry(id, name), value)
            .await
    }
    /// Removes the value: no call that starts after this returned sees it, nor one that was being loaded meanwhile.
    ///
    /// # Errors
    /// If the backend cannot be asked: then the value may still be there.
    pub async fn invalidate(
        id: u64,
        name: &str,
    ) -> ::core::result::Result<(), ::larder::__private::Error> {
        Self::entry(id, name).invalidate().await
    }
    /// How long the stored value lives on; `None` if there is none.
    ///
    /// # Errors
    /// If the backend cannot be asked.
    pub async fn ttl(
        id: u64,
        name: &str,
    ) -> ::core::result::Result<
        ::core::option::Option<::larder::__private::Ttl>,
        ::larder::__private::Error,
    > {
        Self::entry(id, name).ttl().await
    }
    /// Removes every value of this cache and answers how many there were.
    ///
    /// # Errors
    /// If the backend cannot be asked: then some values may still be there.
    pub async fn clear() -> ::core::result::Result<u64, ::larder::__private::Error> {
        ::larder::__private::clear(const {
                ::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                    .jitter(0.1)
            })
            .await
    }
    fn call(id: u64, name: &str) -> ::larder::__private::CacheCall {
        ::larder::__private::call(
            const {
                ::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                    .jitter(0.1)
            },
            |__key| {
                __key.arg(&id);
                __key.arg(name);
            },
        )
    }
}
