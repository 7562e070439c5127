#[allow(clippy::unused_async)]
pub async fn users(self: Arc<Self>, ids: Vec<u64>) -> Vec<(u64, User)> {
    let __unwanted: bool = ids.is_empty();
    if __unwanted {
        ::larder::__private::bypassed("users");
        return Self::__users_body(self, ids).await;
    }
    let __draft = {
        let mut __draft = ::larder::__private::batch::<
            Vec<(u64, User)>,
        >(
            ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                })
                .type_arguments(::larder::__private::type_arguments::<Self>()),
            ::larder::__private::CloneProbe::<
                ::larder::__private::Stored<Vec<(u64, User)>>,
            >::new()
                .cloning(),
            ids.len(),
        );
        for ids in ids.iter() {
            let mut __key = __draft.writer(ids);
            __key.part(&self.org);
            __key.literal(":");
            __key.part(&ids);
            let _ = __draft.groups().index("org", &self.org);
        }
        __draft
            .lists(|__value, __values| {
                if let ::core::option::Option::Some(__value) = __value {
                    {
                        let value = __value;
                        let __of = &value.team;
                        ::larder::__private::IndexProbe::new(__of)
                            .list(__values.of("team"));
                    }
                }
            })
    };
    let __body = move |__ids: ::std::vec::Vec<_>| {
        let __this = ::larder::__private::again(&self);
        async move { Self::__users_body(__this, __ids).await }
    };
    ::larder::__private::batched(
            <::larder::__private::Direct<
                Vec<(u64, User)>,
            > as ::larder::__private::Shape>::CHOSEN,
            __draft,
            ::larder::__private::Failures::new(),
            __body,
        )
        .await
}
#[allow(clippy::unused_async)]
#[doc(hidden)]
async fn __users_body(self: Arc<Self>, mut ids: Vec<u64>) -> Vec<(u64, User)> {
    ids.dedup();
    self.load(ids)
}
/// The entries of a call of [`users`](Self::users), to be looked at and changed by hand.
#[allow(clippy::unused_async)]
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
pub fn users_entry(
    &self,
    ids: &[u64],
) -> ::larder::__private::Entries<Vec<(u64, User)>> {
    let __draft = {
        let mut __draft = ::larder::__private::batch::<
            Vec<(u64, User)>,
        >(
            ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                })
                .type_arguments(::larder::__private::type_arguments::<Self>()),
            ::larder::__private::CloneProbe::<
                ::larder::__private::Stored<Vec<(u64, User)>>,
            >::new()
                .cloning(),
            ids.len(),
        );
        for ids in ids.iter() {
            let mut __key = __draft.writer(ids);
            __key.part(&self.org);
            __key.literal(":");
            __key.part(ids);
            let _ = __draft.groups().index("org", &self.org);
        }
        __draft
            .lists(|__value, __values| {
                if let ::core::option::Option::Some(__value) = __value {
                    {
                        let value = __value;
                        let __of = &value.team;
                        ::larder::__private::IndexProbe::new(__of)
                            .list(__values.of("team"));
                    }
                }
            })
    };
    __draft.entries()
}
/// The values of all entries with this `team`, in no order, without loading.
///
/// # Errors
/// If the backend cannot be asked.
#[allow(clippy::unused_async)]
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
#[allow(clippy::needless_pass_by_value)]
pub fn users_by_team(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<
    ::std::vec::Vec<::larder::__private::BatchValue<Vec<(u64, User)>>>,
> {
    ::larder::__private::group::<
        ::larder::__private::Stored<Vec<(u64, User)>>,
    >(
            ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                })
                .type_arguments(::larder::__private::type_arguments::<Self>()),
            "team",
            &value,
            2,
        )
        .present()
}
/// The keys of all entries with this `team`, in no order.
///
/// # Errors
/// If the backend cannot be asked.
#[allow(clippy::unused_async)]
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
#[allow(clippy::needless_pass_by_value)]
pub fn users_keys_by_team(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<::std::vec::Vec<::std::string::String>> {
    ::larder::__private::group::<
        ::larder::__private::Stored<Vec<(u64, User)>>,
    >(
            ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                })
                .type_arguments(::larder::__private::type_arguments::<Self>()),
            "team",
            &value,
            2,
        )
        .keys()
}
/// Removes all entries with this `team`, voids the loads that would be one, and answers how many there were.
///
/// # Errors
/// If the backend cannot be asked: then some may still be there.
#[allow(clippy::unused_async)]
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
#[allow(clippy::needless_pass_by_value)]
pub fn users_invalidate_team(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<u64> {
    ::larder::__private::group::<
        ::larder::__private::Stored<Vec<(u64, User)>>,
    >(
            ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                })
                .type_arguments(::larder::__private::type_arguments::<Self>()),
            "team",
            &value,
            2,
        )
        .invalidate()
}
/// The values of all entries with this `org`, in no order, without loading.
///
/// # Errors
/// If the backend cannot be asked.
#[allow(clippy::unused_async)]
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
#[allow(clippy::needless_pass_by_value)]
pub fn users_by_org(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<
    ::std::vec::Vec<::larder::__private::BatchValue<Vec<(u64, User)>>>,
> {
    ::larder::__private::group::<
        ::larder::__private::Stored<Vec<(u64, User)>>,
    >(
            ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                })
                .type_arguments(::larder::__private::type_arguments::<Self>()),
            "org",
            &value,
            2,
        )
        .present()
}
/// The keys of all entries with this `org`, in no order.
///
/// # Errors
/// If the backend cannot be asked.
#[allow(clippy::unused_async)]
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
#[allow(clippy::needless_pass_by_value)]
pub fn users_keys_by_org(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<::std::vec::Vec<::std::string::String>> {
    ::larder::__private::group::<
        ::larder::__private::Stored<Vec<(u64, User)>>,
    >(
            ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                })
                .type_arguments(::larder::__private::type_arguments::<Self>()),
            "org",
            &value,
            2,
        )
        .keys()
}
/// Removes all entries with this `org`, voids the loads that would be one, and answers how many there were.
///
/// # Errors
/// If the backend cannot be asked: then some may still be there.
#[allow(clippy::unused_async)]
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
#[allow(clippy::needless_pass_by_value)]
pub fn users_invalidate_org(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<u64> {
    ::larder::__private::group::<
        ::larder::__private::Stored<Vec<(u64, User)>>,
    >(
            ::larder::__private::Declaration::written(const {
                    &::larder::__private::CacheSpec::new(
                        "users",
                        ::larder::__private::Ttl::after(
                            ::core::time::Duration::from_millis(300000u64),
                        ),
                    )
                })
                .type_arguments(::larder::__private::type_arguments::<Self>()),
            "org",
            &value,
            2,
        )
        .invalidate()
}
