/// Loads a user.
pub fn user(
    id: u64,
    name: String,
) -> impl ::core::future::Future<Output = Result<User, DbError>> {
    user::call(::larder::__private::Verb::Cached, id, name)
}
/// The companions of [`user`](fn@user): its cache, to be looked at and changed by hand.
#[allow(
    non_camel_case_types,
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations
)]
pub struct user {}
#[allow(
    dead_code,
    clippy::borrowed_box,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::ptr_arg,
    clippy::ref_option,
    clippy::too_many_arguments,
    clippy::trivially_copy_pass_by_ref,
    clippy::used_underscore_binding
)]
impl user {
    /**Runs the body: nothing is read from the cache and nothing is stored.

# Errors
Those of the body.

# Panics
Where the body does.*/
    pub async fn uncached(id: u64, mut name: String) -> Result<User, DbError> {
        name.push('!');
        load(id, &name).await
    }
    /**Loads anew and stores what was loaded. Callers read what was stored before until then.

# Errors
Those of the body. They are not stored, and what was stored before stays.*/
    pub fn refresh(
        id: u64,
        name: String,
    ) -> impl ::core::future::Future<Output = Result<User, DbError>> {
        Self::call(::larder::__private::Verb::Refreshed, id, name)
    }
    fn call(
        __verb: ::larder::__private::Verb,
        id: u64,
        name: String,
    ) -> impl ::core::future::Future<Output = Result<User, DbError>> {
        ::larder::__private::Around {
            call: ::larder::__private::cached(
                __verb,
                <::larder::__private::Fallible<
                    Result<User, DbError>,
                > as ::larder::__private::Shape>::CHOSEN,
                ::larder::__private::Failing::<DbError>::new().failures(),
                Self::draft(id, &name),
            ),
            body: Self::uncached(id, name),
        }
    }
    ///The entry of one call, on which the other companions are methods.
    #[must_use]
    pub fn entry(id: u64, name: &str) -> ::larder::__private::Entry<User> {
        Self::draft(id, name).entry()
    }
    /**The key under which the value is stored.

# Errors
If no Larder is installed, or a tenant is required and none is in scope.*/
    pub fn key(
        id: u64,
        name: &str,
    ) -> ::core::result::Result<::std::string::String, ::larder::__private::Error> {
        Self::draft(id, name).key()
    }
    /**The stored value, without loading; `None` if there is none.

# Errors
If the backend cannot be asked.*/
    pub fn peek(
        id: u64,
        name: &str,
    ) -> ::larder::__private::CacheOperation<::core::option::Option<User>> {
        Self::draft(id, name).peek()
    }
    /**Stores a value that was not loaded by the function.

# Errors
If the backend cannot be asked, or the value cannot be encoded.*/
    pub fn put(
        id: u64,
        name: &str,
        value: &User,
    ) -> ::larder::__private::CacheOperation<()> {
        Self::draft(id, name).put(value)
    }
    /**Removes the value: no call that starts after this returned sees it, nor one that was being loaded meanwhile. What is
answered is for `larder::at_least`, if other processes keep copies.

# Errors
If the backend cannot be asked: then the value may still be there.*/
    pub fn invalidate(
        id: u64,
        name: &str,
    ) -> ::larder::__private::CacheOperation<::larder::__private::InvalidationToken> {
        Self::draft(id, name).invalidate()
    }
    /**How long the stored value lives on; `None` if there is none.

# Errors
If the backend cannot be asked.*/
    pub fn ttl(
        id: u64,
        name: &str,
    ) -> ::larder::__private::CacheOperation<
        ::core::option::Option<::larder::__private::Ttl>,
    > {
        Self::draft(id, name).ttl()
    }
    /**Removes every value of this cache and answers how many there were.

# Errors
If the backend cannot be asked: then some values may still be there.*/
    pub fn clear() -> ::larder::__private::CacheOperation<u64> {
        ::larder::__private::clear("users")
    }
    fn draft(id: u64, name: &str) -> ::larder::__private::Draft<User> {
        ::larder::__private::Drafting::<User>::new()
            .draft(
                &[&id, &name],
                ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                            "users",
                            ::larder::__private::Ttl::after(
                                ::core::time::Duration::from_millis(300000u64),
                            ),
                        )
                        .jitter(0.1)
                }),
            )
    }
}
