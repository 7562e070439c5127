pub(crate) async fn order(&self, id: OrderId) -> Result<Order, Error> {
    let __call = ::larder::__private::call(
        const {
            ::larder::__private::CacheSpec::new(
                    "orders",
                    ::larder::__private::Ttl::NEVER,
                )
                .err_ttl(
                    ::larder::__private::Ttl::after(
                        ::core::time::Duration::from_millis(2000u64),
                    ),
                )
                .on_error(::larder::__private::OnError::Fail)
        }
            .type_arguments(::larder::__private::type_arguments::<Self>()),
        |__key| {
            __key.part(&self.tenant);
            __key.literal(":");
            __key.part(&id);
        },
    );
    let __body = ::core::pin::pin!(
        async move { if let ::core::option::Option::Some(__never) =
        ::core::option::Option::None:: < Result < Order, Error > > {
        #[allow(unreachable_code)] return __never; } self.db.order(id). await }
    );
    let __ttl_from = ::larder::__private::ttl_rule::<Order, _, _>(|order| order.lives());
    let __store_if = ::larder::__private::store_rule::<
        Order,
        _,
    >(|order| order.is_paid());
    let __cache_err = ::larder::__private::failure_rule::<
        Error,
        _,
    >(|error| error.is_final());
    ::larder::__private::cached::<
        ::larder::__private::Fallible<Result<Order, Error>>,
        _,
    >(
            __call,
            ::larder::__private::Policy::<
                ::larder::__private::Fallible<Result<Order, Error>>,
            >::new()
                .absent(::larder::__private::AbsentProbe::<Order>::new().absent())
                .sharing(::larder::__private::ShareProbe::<Error>::new().sharing())
                .ttl_from(&__ttl_from)
                .store_if(&__store_if)
                .cache_err(&__cache_err)
                .fail_on_error(),
            __body,
        )
        .await
}
/// The entry of a call of [`order`](Self::order), to be looked at and changed by hand.
#[allow(
    dead_code,
    clippy::borrowed_box,
    clippy::ref_option,
    clippy::too_many_arguments,
    clippy::trivially_copy_pass_by_ref,
    clippy::used_underscore_binding
)]
#[must_use]
pub(crate) fn order_entry(&self, id: &OrderId) -> ::larder::__private::Entry<Order> {
    let __ttl_from = ::larder::__private::ttl_rule::<Order, _, _>(|order| order.lives());
    let __store_if = ::larder::__private::store_rule::<
        Order,
        _,
    >(|order| order.is_paid());
    ::larder::__private::entry::<
        Order,
    >(
            ::larder::__private::call(
                const {
                    ::larder::__private::CacheSpec::new(
                            "orders",
                            ::larder::__private::Ttl::NEVER,
                        )
                        .err_ttl(
                            ::larder::__private::Ttl::after(
                                ::core::time::Duration::from_millis(2000u64),
                            ),
                        )
                        .on_error(::larder::__private::OnError::Fail)
                }
                    .type_arguments(::larder::__private::type_arguments::<Self>()),
                |__key| {
                    __key.part(&self.tenant);
                    __key.literal(":");
                    __key.part(id);
                },
            ),
        )
        .absent(::larder::__private::AbsentProbe::<Order>::new().absent())
        .ttl_from(__ttl_from)
        .store_if(__store_if)
}
