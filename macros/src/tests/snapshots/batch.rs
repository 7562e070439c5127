/// Loads users.
pub async fn users(
    db: &Db,
    ids: &[u64],
    org: u32,
) -> Result<HashMap<u64, User>, DbError> {
    let __wanted: bool = org > 0;
    if !__wanted {
        ::larder::__private::bypassed("users");
        return users::uncached(db, ids, org).await;
    }
    let __draft = users::draft(ids, org);
    ::larder::__private::require_clone(
        &::larder::__private::CloneProbe::<
            ::larder::__private::Stored<HashMap<u64, User>>,
        >::new()
            .answer(),
    );
    let __body = move |__ids: ::std::vec::Vec<_>| {
        let db = ::larder::__private::again(&db);
        let org = ::larder::__private::again(&org);
        async move { users::uncached(db, &__ids, org).await }
    };
    ::larder::__private::batched(
            <::larder::__private::Fallible<
                Result<HashMap<u64, User>, DbError>,
            > as ::larder::__private::Shape>::CHOSEN,
            __draft,
            users::failures(),
            __body,
        )
        .await
}
/// The companions of [`users`](fn@users): its cache, to be looked at and changed by hand.
#[allow(
    non_camel_case_types,
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations
)]
pub struct users {}
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
impl users {
    /**Runs the body: nothing is read from the cache and nothing is stored.

# Errors
Those of the body.

# Panics
Where the body does.*/
    pub async fn uncached(
        db: &Db,
        ids: &[u64],
        org: u32,
    ) -> Result<HashMap<u64, User>, DbError> {
        db.users(org, ids).await
    }
    /// The keys under which the values are stored, in the order of the ids.
    ///
    /// # Errors
    /// If no Larder is installed, or a tenant is required and none is in scope.
    pub fn keys(
        ids: &[u64],
        org: u32,
    ) -> ::core::result::Result<
        ::std::vec::Vec<::std::string::String>,
        ::larder::__private::Error,
    > {
        Self::draft(ids, org).keys()
    }
    /// The stored values, without loading.
    ///
    /// # Errors
    /// If the backend cannot be asked.
    pub fn peek(
        ids: &[u64],
        org: u32,
    ) -> ::larder::__private::CacheOperation<HashMap<u64, User>> {
        Self::draft(ids, org).peek()
    }
    /// Stores values that were not loaded by the function.
    ///
    /// # Errors
    /// If the backend cannot be asked, or a value cannot be encoded.
    pub fn put(
        org: u32,
        values: HashMap<u64, User>,
    ) -> ::larder::__private::CacheOperation<()> {
        let (ids, values) = ::larder::__private::unzip(values);
        Self::draft(&ids, org).put(values)
    }
    /// Removes the values: no call that starts after this returned sees one of them, nor
    /// one that was being loaded meanwhile. What is answered is for `larder::at_least`, if
    /// other processes keep copies.
    ///
    /// # Errors
    /// If the backend cannot be asked: then some of the values may still be there.
    pub fn invalidate(
        ids: &[u64],
        org: u32,
    ) -> ::larder::__private::CacheOperation<::larder::__private::InvalidationToken> {
        Self::draft(ids, org).invalidate()
    }
    fn draft(
        ids: &[u64],
        org: u32,
    ) -> ::larder::__private::BatchDraft<HashMap<u64, User>> {
        let mut __draft = ::larder::__private::batch::<
            HashMap<u64, User>,
        >(
            ::larder::__private::Declaration::written(const {
                &::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                    .none_ttl(
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(60000u64),
                        ),
                    )
                    .local(
                        ::larder::__private::Local::For(
                            ::core::time::Duration::from_millis(10000u64),
                        ),
                    )
            }),
            ::larder::__private::CloneProbe::<
                ::larder::__private::Stored<HashMap<u64, User>>,
            >::new()
                .cloning(),
            ids.len(),
        );
        for ids in ids.iter() {
            let mut __key = __draft.writer(ids);
            __key.arg(ids);
            __key.arg(&org);
            let _ = __draft
                .groups()
                .tag(|__tag| {
                    __tag.literal("org:");
                    __tag.part(&org);
                });
        }
        __draft
            .store_if(|__value| ::larder::__private::of_present(
                __value,
                |__value| ::larder::__private::store_rule(
                    __value,
                    |user| user.is_active,
                ),
                true,
            ))
    }
    /**Removes every value of this cache and answers how many there were.

# Errors
If the backend cannot be asked: then some values may still be there.*/
    pub fn clear() -> ::larder::__private::CacheOperation<u64> {
        ::larder::__private::clear("users")
    }
    fn failures() -> ::larder::__private::Failures<DbError> {
        ::larder::__private::Failing::<DbError>::new().failures()
    }
}
