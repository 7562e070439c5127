fn team<'life0, 'async_trait>(
    &'life0 self,
    id: u64,
) -> ::core::pin::Pin<
    Box<
        dyn ::core::future::Future<
            Output = Option<Team>,
        > + ::core::marker::Send + 'async_trait,
    >,
>
where
    'life0: 'async_trait,
    Self: 'async_trait,
{
    let __unwanted: bool = id == 0;
    ::larder::__private::require_clone(
        &::larder::__private::CloneProbe::<Option<Team>>::new().answer(),
    );
    let __copies = ::larder::__private::CloneProbe::<Option<Team>>::new();
    if !(__unwanted) {
        if let ::core::option::Option::Some(__value) = __copies
            .local(
                &::larder::__private::Declaration::written(const {
                        &::larder::__private::CacheSpec::new(
                                "teams",
                                ::larder::__private::Ttl::NEVER,
                            )
                            .local(
                                ::larder::__private::Local::For(
                                    ::core::time::Duration::from_millis(10000u64),
                                ),
                            )
                    })
                    .type_arguments(::larder::__private::type_arguments::<Self>()),
                |__key| {
                    __key.arg(&id);
                },
            )
        {
            return ::std::boxed::Box::pin(
                ::core::future::ready(
                    <::larder::__private::Direct<
                        Option<Team>,
                    > as ::larder::__private::Shape>::join(
                        ::core::result::Result::Ok(__value),
                    ),
                ),
            );
        }
    }
    let __draft = {
        let mut __draft = ::larder::__private::Drafting::<Option<Team>>::new()
            .draft(
                &[],
                ::larder::__private::Declaration::written(const {
                        &::larder::__private::CacheSpec::new(
                                "teams",
                                ::larder::__private::Ttl::NEVER,
                            )
                            .local(
                                ::larder::__private::Local::For(
                                    ::core::time::Duration::from_millis(10000u64),
                                ),
                            )
                    })
                    .type_arguments(::larder::__private::type_arguments::<Self>()),
            );
        let mut __key = __draft.writer();
        __key.arg(&id);
        __draft
    };
    #[allow(unused_braces)]
    let __body = { Box::pin(async move { load(id).await }) };
    ::std::boxed::Box::pin(async move {
        if __unwanted {
            ::larder::__private::bypassed("teams");
            return __body.await;
        }
        ::larder::__private::Around {
            call: ::larder::__private::cached(
                ::larder::__private::Verb::Cached,
                <::larder::__private::Direct<
                    Option<Team>,
                > as ::larder::__private::Shape>::CHOSEN,
                ::larder::__private::Failures::new(),
                __draft,
            ),
            body: __body,
        }
            .await
    })
}
