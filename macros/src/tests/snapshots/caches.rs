/// What a link in a mail stands for.
#[cfg(unix)]
pub static CONFIRMATIONS: ::larder::__private::Cache<Action> = ::larder::__private::predefined::<
    Action,
>(
    ::larder::__private::Declaration::written(const {
        &::larder::__private::CacheSpec::new(
            "confirmation",
            ::larder::__private::Ttl::after(
                ::core::time::Duration::from_millis(900000u64),
            ),
        )
    }),
    ::larder::__private::Absent::never(),
    ::larder::__private::Cloning::none(),
);
pub(crate) static FOUND: ::larder::__private::Cache<Option<User>> = ::larder::__private::predefined::<
    Option<User>,
>(
    ::larder::__private::Declaration::written(const {
        &::larder::__private::CacheSpec::new("found", ::larder::__private::Ttl::NEVER)
            .jitter(0.1)
            .codec(::larder::__private::codec_json!())
            .of_options()
            .none_ttl(
                ::larder::__private::Ttl::after(
                    ::core::time::Duration::from_millis(30000u64),
                ),
            )
            .idle(::core::time::Duration::from_millis(86400000u64))
            .local(
                ::larder::__private::Local::For(
                    ::core::time::Duration::from_millis(10000u64),
                ),
            )
    }),
    ::larder::__private::Absent::none(),
    ::larder::__private::Cloning::by_clone(),
);
static POINTS: shop::larder::__private::Cache<Point> = shop::larder::__private::predefined::<
    Point,
>(
    shop::larder::__private::Declaration::written(const {
        &shop::larder::__private::CacheSpec::new(
                "points",
                shop::larder::__private::Ttl::after(crate::TTL),
            )
            .codec(shop::larder::__private::codec_postcard!())
            .fingerprint(<Point as shop::larder::__private::Schema>::FINGERPRINT)
            .err_ttl(
                shop::larder::__private::Ttl::after(
                    ::core::time::Duration::from_millis(1000u64),
                ),
            )
            .budget(::core::time::Duration::from_millis(50u64))
            .lease(::core::time::Duration::from_millis(1000u64))
            .wait(::core::time::Duration::from_millis(0u64))
            .stale(::core::time::Duration::from_millis(3600000u64))
            .early(shop::larder::__private::Early::Last(0.1))
            .refresh_every(::core::time::Duration::from_millis(30000u64))
            .soft(::core::time::Duration::from_millis(100u64))
    }),
    shop::larder::__private::Absent::never(),
    shop::larder::__private::Cloning::none(),
);
