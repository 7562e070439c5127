async fn rate(currency: &str, day: Day) -> Result<f64, BankError> {
    let __draft = rate::draft(currency, &day);
    ::larder::__private::behind(
            <::larder::__private::Fallible<
                Result<f64, BankError>,
            > as ::larder::__private::Shape>::CHOSEN,
            __draft,
            rate::failures(),
            move |__reload| {
                let currency = ::larder::__private::own(currency);
                async move {
                    match __reload.previous() {
                        ::core::option::Option::None => {
                            rate::uncached(
                                    ::core::borrow::Borrow::borrow(&currency),
                                    day,
                                )
                                .await
                        }
                        ::core::option::Option::Some(__previous) => {
                            rate_if_newer(
                                    ::core::borrow::Borrow::borrow(&currency),
                                    day,
                                    __previous,
                                )
                                .await
                        }
                    }
                }
            },
        )
        .await
}
/// The companions of [`rate`](fn@rate): its cache, to be looked at and changed by hand.
#[allow(
    non_camel_case_types,
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations
)]
struct rate {}
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
    async fn uncached(currency: &str, day: Day) -> Result<f64, BankError> {
        bank::rate(currency, day).await
    }
    /**Loads anew and stores what was loaded. Callers read what was stored before until then.

# Errors
Those of the body. They are not stored, and what was stored before stays.*/
    fn refresh(
        currency: &str,
        day: Day,
    ) -> impl ::core::future::Future<Output = Result<f64, BankError>> {
        Self::draft(currency, &day)
            .refresh(
                <::larder::__private::Fallible<
                    Result<f64, BankError>,
                > as ::larder::__private::Shape>::CHOSEN,
                Self::failures(),
                Self::uncached(currency, day),
            )
    }
    ///The entry of one call, on which the other companions are methods.
    #[must_use]
    fn entry(currency: &str, day: &Day) -> ::larder::__private::Entry<f64> {
        Self::draft(currency, day).entry()
    }
    /**The key under which the value is stored.

# Errors
If no Larder is installed, or a tenant is required and none is in scope.*/
    fn key(
        currency: &str,
        day: &Day,
    ) -> ::core::result::Result<::std::string::String, ::larder::__private::Error> {
        Self::draft(currency, day).key()
    }
    /**The stored value, without loading; `None` if there is none.

# Errors
If the backend cannot be asked.*/
    fn peek(
        currency: &str,
        day: &Day,
    ) -> ::larder::__private::CacheOperation<::core::option::Option<f64>> {
        Self::draft(currency, day).peek()
    }
    /**Stores a value that was not loaded by the function.

# Errors
If the backend cannot be asked, or the value cannot be encoded.*/
    fn put(
        currency: &str,
        day: &Day,
        value: &f64,
    ) -> ::larder::__private::CacheOperation<()> {
        Self::draft(currency, day).put(value)
    }
    /**Removes the value: no call that starts after this returned sees it, nor one that was being loaded meanwhile. What is
answered is for `larder::at_least`, if other processes keep copies.

# Errors
If the backend cannot be asked: then the value may still be there.*/
    fn invalidate(
        currency: &str,
        day: &Day,
    ) -> ::larder::__private::CacheOperation<::larder::__private::InvalidationToken> {
        Self::draft(currency, day).invalidate()
    }
    /**How long the stored value lives on; `None` if there is none.

# Errors
If the backend cannot be asked.*/
    fn ttl(
        currency: &str,
        day: &Day,
    ) -> ::larder::__private::CacheOperation<
        ::core::option::Option<::larder::__private::Ttl>,
    > {
        Self::draft(currency, day).ttl()
    }
    /**Removes every value of this cache and answers how many there were.

# Errors
If the backend cannot be asked: then some values may still be there.*/
    fn clear() -> ::larder::__private::CacheOperation<u64> {
        ::larder::__private::clear("rates")
    }
    fn draft(currency: &str, day: &Day) -> ::larder::__private::Draft<f64> {
        ::larder::__private::Drafting::<f64>::new()
            .draft(
                &[&currency, day],
                ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                            "rates",
                            ::larder::__private::Ttl::after(
                                ::core::time::Duration::from_millis(60000u64),
                            ),
                        )
                        .stale(::core::time::Duration::from_millis(3600000u64))
                        .soft(::core::time::Duration::from_millis(100u64))
                }),
            )
    }
    fn failures() -> ::larder::__private::Failures<BankError> {
        ::larder::__private::Failing::<BankError>::new()
            .failures()
            .give_up_after(::core::time::Duration::from_millis(2000u64))
    }
}
