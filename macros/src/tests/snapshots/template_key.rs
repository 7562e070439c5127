pub async fn rate(
    client: &mut Client,
    from: &str,
    to: String,
    day: Date,
) -> Found<Rate> {
    let __call = rate::call(from, &to, &day);
    let __body = ::core::pin::pin!(rate::uncached(client, from, to, day));
    ::larder::__private::require_plain(
        &::larder::__private::ResultProbe::<Found<Rate>>::new().answer(),
    );
    ::larder::__private::cached::<
        ::larder::__private::Direct<Found<Rate>>,
        _,
    >(
            __call,
            ::larder::__private::Policy::<
                ::larder::__private::Direct<Found<Rate>>,
            >::new()
                .absent(
                    ::larder::__private::require_absent(
                        &::larder::__private::AbsentProbe::<Found<Rate>>::new().answer(),
                        ::larder::__private::AbsentProbe::<Found<Rate>>::new().absent(),
                    ),
                ),
            __body,
        )
        .await
}
/// The companions of [`rate`](fn@rate): its cache, to be looked at and changed by hand.
#[allow(non_camel_case_types, dead_code)]
#[derive(::core::fmt::Debug)]
pub struct rate {}
#[allow(
    dead_code,
    clippy::borrowed_box,
    clippy::ref_option,
    clippy::too_many_arguments,
    clippy::trivially_copy_pass_by_ref,
    clippy::used_underscore_binding
)]
impl rate {
    /// Runs the body: nothing is read from the cache and nothing is stored.
    ///
    /// # Errors
    /// Those of the body.
    ///
    /// # Panics
    /// Where the body does.
    pub async fn uncached(
        client: &mut Client,
        from: &str,
        to: String,
        day: Date,
    ) -> Found<Rate> {
        client.rate(from, &to, day).await
    }
    /// Loads anew and stores what was loaded. Callers read what was stored before until then.
    ///
    /// # Errors
    /// Those of the body. They are not stored, and what was stored before stays.
    pub async fn refresh(
        client: &mut Client,
        from: &str,
        to: String,
        day: Date,
    ) -> Found<Rate> {
        let __call = Self::call(from, &to, &day);
        let __body = ::core::pin::pin!(Self::uncached(client, from, to, day));
        ::larder::__private::Companion::<Found<Rate>>::new()
            .refresh(
                __call,
                ::larder::__private::Policy::<
                    ::larder::__private::Direct<Found<Rate>>,
                >::new()
                    .absent(
                        ::larder::__private::require_absent(
                            &::larder::__private::AbsentProbe::<Found<Rate>>::new()
                                .answer(),
                            ::larder::__private::AbsentProbe::<Found<Rate>>::new()
                                .absent(),
                        ),
                    ),
                __body,
            )
            .await
    }
    /// The entry of one call, on which the other companions are methods.
    #[must_use]
    pub fn entry(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::larder::__private::Entry<Found<Rate>> {
        ::larder::__private::entry::<Found<Rate>>(Self::call(from, to, day))
            .absent(
                ::larder::__private::require_absent(
                    &::larder::__private::AbsentProbe::<Found<Rate>>::new().answer(),
                    ::larder::__private::AbsentProbe::<Found<Rate>>::new().absent(),
                ),
            )
    }
    /// The key under which the value is stored.
    ///
    /// # Errors
    /// If no Larder is installed, or a tenant is required and none is in scope.
    pub fn key(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::core::result::Result<::std::string::String, ::larder::__private::Error> {
        Self::entry(from, to, day).key()
    }
    /// The stored value, without loading; `None` if there is none.
    ///
    /// # Errors
    /// If the backend cannot be asked.
    pub async fn peek(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::core::result::Result<
        ::core::option::Option<Found<Rate>>,
        ::larder::__private::Error,
    > {
        ::larder::__private::Companion::<Found<Rate>>::new()
            .peek(Self::entry(from, to, day))
            .await
    }
    /// Stores a value that was not loaded by the function.
    ///
    /// # Errors
    /// If the backend cannot be asked, or the value cannot be encoded.
    pub async fn put(
        from: &str,
        to: &str,
        day: &Date,
        value: &Found<Rate>,
    ) -> ::core::result::Result<(), ::larder::__private::Error> {
        ::larder::__private::Companion::<Found<Rate>>::new()
            .put(Self::entry(from, to, day), value)
            .await
    }
    /// Removes the value: no call that starts after this returned sees it, nor one that was being loaded meanwhile.
    ///
    /// # Errors
    /// If the backend cannot be asked: then the value may still be there.
    pub async fn invalidate(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::core::result::Result<(), ::larder::__private::Error> {
        Self::entry(from, to, day).invalidate().await
    }
    /// How long the stored value lives on; `None` if there is none.
    ///
    /// # Errors
    /// If the backend cannot be asked.
    pub async fn ttl(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::core::result::Result<
        ::core::option::Option<::larder::__private::Ttl>,
        ::larder::__private::Error,
    > {
        Self::entry(from, to, day).ttl().await
    }
    /// Removes every value of this cache and answers how many there were.
    ///
    /// # Errors
    /// If the backend cannot be asked: then some values may still be there.
    pub async fn clear() -> ::core::result::Result<u64, ::larder::__private::Error> {
        ::larder::__private::clear(const {
                ::larder::__private::CacheSpec::new(
                        "rates",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(5400000u64),
                        ),
                    )
                    .codec(::larder::__private::Codec::Postcard)
                    .none_ttl(
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(10000u64),
                        ),
                    )
                    .budget(::core::time::Duration::from_millis(20u64))
                    .lease(::core::time::Duration::from_millis(1000u64))
                    .wait(::core::time::Duration::from_millis(0u64))
            })
            .await
    }
    fn call(from: &str, to: &str, day: &Date) -> ::larder::__private::CacheCall {
        ::larder::__private::call(
            const {
                ::larder::__private::CacheSpec::new(
                        "rates",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(5400000u64),
                        ),
                    )
                    .codec(::larder::__private::Codec::Postcard)
                    .fingerprint(
                        <Found<Rate> as ::larder::__private::Schema>::FINGERPRINT,
                    )
                    .none_ttl(
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(10000u64),
                        ),
                    )
                    .budget(::core::time::Duration::from_millis(20u64))
                    .lease(::core::time::Duration::from_millis(1000u64))
                    .wait(::core::time::Duration::from_millis(0u64))
            },
            |__key| {
                __key.part(&day.year());
                __key.literal("/");
                __key.part(from);
                __key.literal("|");
                __key.part(to);
            },
        )
    }
}
