pub(crate) async fn order(&self, id: OrderId) -> Result<Order, Error> {
    let __draft = {
        let mut __draft = ::larder::__private::Drafting::<Order>::new()
            .draft(
                &[],
                ::larder::__private::Declaration::written(const {
                        &::larder::__private::CacheSpec::new(
                                "orders",
                                ::larder::__private::Ttl::NEVER,
                            )
                            .err_ttl(
                                ::larder::__private::Ttl::after(
                                    ::core::time::Duration::from_millis(2000u64),
                                ),
                            )
                    })
                    .type_arguments(::larder::__private::type_arguments::<Self>()),
            );
        let mut __key = __draft.writer();
        __key.part(&self.tenant);
        __key.literal(":");
        __key.part(&id);
        __draft
            .ttl_from(|__value| ::larder::__private::ttl_rule::<
                Order,
                _,
            >(__value, |order| order.lives()))
            .store_if(|__value| ::larder::__private::store_rule::<
                Order,
            >(__value, |order| order.is_paid()))
    };
    let __body = async move {
        if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<
            Result<Order, Error>,
        > {
            #[allow(unreachable_code)] return __never;
        }
        self.db.order(id).await
    };
    ::larder::__private::Around {
        call: ::larder::__private::cached(
            ::larder::__private::Verb::Cached,
            <::larder::__private::Fallible<
                Result<Order, Error>,
            > as ::larder::__private::Shape>::CHOSEN,
            ::larder::__private::Failing::<Error>::new()
                .failures()
                .cache_err(|__error| ::larder::__private::failure_rule::<
                    Error,
                >(__error, |error| error.is_final()))
                .fail_on_error(),
            __draft,
        ),
        body: __body,
    }
        .await
}
/// The entry of a call of [`order`](Self::order), to be looked at and changed by hand.
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
#[must_use]
pub(crate) fn order_entry(&self, id: &OrderId) -> ::larder::__private::Entry<Order> {
    let __draft = {
        let mut __draft = ::larder::__private::Drafting::<Order>::new()
            .draft(
                &[],
                ::larder::__private::Declaration::written(const {
                        &::larder::__private::CacheSpec::new(
                                "orders",
                                ::larder::__private::Ttl::NEVER,
                            )
                            .err_ttl(
                                ::larder::__private::Ttl::after(
                                    ::core::time::Duration::from_millis(2000u64),
                                ),
                            )
                    })
                    .type_arguments(::larder::__private::type_arguments::<Self>()),
            );
        let mut __key = __draft.writer();
        __key.part(&self.tenant);
        __key.literal(":");
        __key.part(id);
        __draft
            .ttl_from(|__value| ::larder::__private::ttl_rule::<
                Order,
                _,
            >(__value, |order| order.lives()))
            .store_if(|__value| ::larder::__private::store_rule::<
                Order,
            >(__value, |order| order.is_paid()))
    };
    __draft.entry()
}
