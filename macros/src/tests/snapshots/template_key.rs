pub fn rate(
    client: &mut Client,
    from: &str,
    to: String,
    day: Date,
) -> impl ::core::future::Future<Output = Found<Rate>> {
    ::larder::__private::require_plain(
        &::larder::__private::ResultProbe::<Found<Rate>>::new().answer(),
    );
    rate::call(::larder::__private::Verb::Cached, client, from, to, day)
}
/// The companions of [`rate`](fn@rate): its cache, to be looked at and changed by hand.
#[allow(
    non_camel_case_types,
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations
)]
pub struct rate {}
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
impl rate {
    /**Runs the body: nothing is read from the cache and nothing is stored.

# Errors
Those of the body.

# Panics
Where the body does.*/
    pub async fn uncached(
        client: &mut Client,
        from: &str,
        to: String,
        day: Date,
    ) -> Found<Rate> {
        client.rate(from, &to, day).await
    }
    /**Loads anew and stores what was loaded. Callers read what was stored before until then.

# Errors
Those of the body. They are not stored, and what was stored before stays.*/
    pub fn refresh(
        client: &mut Client,
        from: &str,
        to: String,
        day: Date,
    ) -> impl ::core::future::Future<Output = Found<Rate>> {
        Self::call(::larder::__private::Verb::Refreshed, client, from, to, day)
    }
    fn call(
        __verb: ::larder::__private::Verb,
        client: &mut Client,
        from: &str,
        to: String,
        day: Date,
    ) -> impl ::core::future::Future<Output = Found<Rate>> {
        ::larder::__private::Around {
            call: ::larder::__private::cached(
                __verb,
                <::larder::__private::Direct<
                    Found<Rate>,
                > as ::larder::__private::Shape>::CHOSEN,
                ::larder::__private::Failures::new(),
                Self::draft(from, &to, &day),
            ),
            body: Self::uncached(client, from, to, day),
        }
    }
    ///The entry of one call, on which the other companions are methods.
    #[must_use]
    pub fn entry(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::larder::__private::Entry<Found<Rate>> {
        Self::draft(from, to, day).entry()
    }
    /**The key under which the value is stored.

# Errors
If no Larder is installed, or a tenant is required and none is in scope.*/
    pub fn key(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::core::result::Result<::std::string::String, ::larder::__private::Error> {
        Self::draft(from, to, day).key()
    }
    /**The stored value, without loading; `None` if there is none.

# Errors
If the backend cannot be asked.*/
    pub fn peek(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::larder::__private::CacheOperation<::core::option::Option<Found<Rate>>> {
        Self::draft(from, to, day).peek()
    }
    /**Stores a value that was not loaded by the function.

# Errors
If the backend cannot be asked, or the value cannot be encoded.*/
    pub fn put(
        from: &str,
        to: &str,
        day: &Date,
        value: &Found<Rate>,
    ) -> ::larder::__private::CacheOperation<()> {
        Self::draft(from, to, day).put(value)
    }
    /**Removes the value: no call that starts after this returned sees it, nor one that was being loaded meanwhile. What is
answered is for `larder::at_least`, if other processes keep copies.

# Errors
If the backend cannot be asked: then the value may still be there.*/
    pub fn invalidate(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::larder::__private::CacheOperation<::larder::__private::InvalidationToken> {
        Self::draft(from, to, day).invalidate()
    }
    /**How long the stored value lives on; `None` if there is none.

# Errors
If the backend cannot be asked.*/
    pub fn ttl(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::larder::__private::CacheOperation<
        ::core::option::Option<::larder::__private::Ttl>,
    > {
        Self::draft(from, to, day).ttl()
    }
    /**Removes every value of this cache and answers how many there were.

# Errors
If the backend cannot be asked: then some values may still be there.*/
    pub fn clear() -> ::larder::__private::CacheOperation<u64> {
        ::larder::__private::clear("rates")
    }
    fn draft(
        from: &str,
        to: &str,
        day: &Date,
    ) -> ::larder::__private::Draft<Found<Rate>> {
        ::larder::__private::require_absent(
            &::larder::__private::AbsentProbe::<Found<Rate>>::new().answer(),
        );
        let mut __draft = ::larder::__private::Drafting::<Found<Rate>>::new()
            .draft(
                &[],
                ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                            "rates",
                            ::larder::__private::Ttl::after(
                                ::core::time::Duration::from_millis(5400000u64),
                            ),
                        )
                        .codec(::larder::__private::codec_postcard!())
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
                }),
            );
        let mut __key = __draft.writer();
        __key.part(&day.year());
        __key.literal("/");
        __key.part(from);
        __key.literal("|");
        __key.part(to);
        __draft
    }
}
