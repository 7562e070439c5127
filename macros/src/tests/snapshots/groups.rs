pub async fn user(&self, id: u64) -> User {
    let __draft = {
        let mut __draft = ::larder::__private::Drafting::<User>::new()
            .draft(
                &[],
                ::larder::__private::Declaration::written(const {
                        &::larder::__private::CacheSpec::new(
                            "users",
                            ::larder::__private::Ttl::after(
                                ::core::time::Duration::from_millis(300000u64),
                            ),
                        )
                    })
                    .type_arguments(::larder::__private::type_arguments::<Self>()),
            );
        let mut __key = __draft.writer();
        __key.part(&self.realm);
        __key.literal("/");
        __key.part(&id);
        __draft
            .lists(|__value, __values| {
                {
                    let value = __value;
                    let __of = &value.team;
                    ::larder::__private::IndexProbe::new(__of).list(__values.of("team"));
                }
            })
            .index("id", &id)
            .tag(|__tag| {
                __tag.literal("user:");
                __tag.part(&id);
            })
            .tag(|__tag| {
                __tag.part(&self.realm);
            })
    };
    let __body = async move {
        if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<
            User,
        > {
            #[allow(unreachable_code)] return __never;
        }
        load(id).await
    };
    ::larder::__private::require_plain(
        &::larder::__private::ResultProbe::<User>::new().answer(),
    );
    ::larder::__private::Around {
        call: ::larder::__private::cached(
            ::larder::__private::Verb::Cached,
            <::larder::__private::Direct<User> as ::larder::__private::Shape>::CHOSEN,
            ::larder::__private::Failures::new(),
            __draft,
        ),
        body: __body,
    }
        .await
}
/// The entry of a call of [`user`](Self::user), to be looked at and changed by hand.
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
pub fn user_entry(&self, id: u64) -> ::larder::__private::Entry<User> {
    let __draft = {
        let mut __draft = ::larder::__private::Drafting::<User>::new()
            .draft(
                &[],
                ::larder::__private::Declaration::written(const {
                        &::larder::__private::CacheSpec::new(
                            "users",
                            ::larder::__private::Ttl::after(
                                ::core::time::Duration::from_millis(300000u64),
                            ),
                        )
                    })
                    .type_arguments(::larder::__private::type_arguments::<Self>()),
            );
        let mut __key = __draft.writer();
        __key.part(&self.realm);
        __key.literal("/");
        __key.part(&id);
        __draft
            .lists(|__value, __values| {
                {
                    let value = __value;
                    let __of = &value.team;
                    ::larder::__private::IndexProbe::new(__of).list(__values.of("team"));
                }
            })
            .index("id", &id)
            .tag(|__tag| {
                __tag.literal("user:");
                __tag.part(&id);
            })
            .tag(|__tag| {
                __tag.part(&self.realm);
            })
    };
    __draft.entry()
}
/// The values of all entries with this `team`, in no order, without loading.
///
/// # Errors
/// If the backend cannot be asked.
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
pub fn user_by_team(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<::std::vec::Vec<User>> {
    ::larder::__private::group::<
        User,
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
        .values()
}
/// The keys of all entries with this `team`, in no order.
///
/// # Errors
/// If the backend cannot be asked.
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
pub fn user_keys_by_team(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<::std::vec::Vec<::std::string::String>> {
    ::larder::__private::group::<
        User,
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
pub fn user_invalidate_team(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<u64> {
    ::larder::__private::group::<
        User,
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
/// The values of all entries with this `id`, in no order, without loading.
///
/// # Errors
/// If the backend cannot be asked.
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
pub fn user_by_id(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<::std::vec::Vec<User>> {
    ::larder::__private::group::<
        User,
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
            "id",
            &value,
            2,
        )
        .values()
}
/// The keys of all entries with this `id`, in no order.
///
/// # Errors
/// If the backend cannot be asked.
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
pub fn user_keys_by_id(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<::std::vec::Vec<::std::string::String>> {
    ::larder::__private::group::<
        User,
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
            "id",
            &value,
            2,
        )
        .keys()
}
/// Removes all entries with this `id`, voids the loads that would be one, and answers how many there were.
///
/// # Errors
/// If the backend cannot be asked: then some may still be there.
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
pub fn user_invalidate_id(
    value: impl ::larder::__private::CacheKey,
) -> ::larder::__private::CacheOperation<u64> {
    ::larder::__private::group::<
        User,
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
            "id",
            &value,
            2,
        )
        .invalidate()
}
