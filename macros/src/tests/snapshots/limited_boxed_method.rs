fn send<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
    let __limited = ::larder::__private::limited(
        const {
            ::larder::__private::RateSpec::new(
                    "sends",
                    ::larder::__private::Limit::new(
                        5u64,
                        ::core::time::Duration::from_millis(60000u64),
                    ),
                )
                .shadow()
        },
        |__key| {
            __key.part(&self.id);
        },
    );
    let __cost: ::core::primitive::u64 = 1;
    #[allow(unused_braces)]
    let __body = { Box::pin(async move { self.transport.send().await }) };
    ::std::boxed::Box::pin(async move {
        if let ::core::result::Result::Err(__denied) = __limited
            .check(
                __cost,
                ::core::option::Option::Some(
                    ::core::time::Duration::from_millis(2000u64),
                ),
            )
            .await
        {
            return <Result<(), Error> as ::larder::__private::Limited>::denied(__denied);
        }
        __body.await
    })
}
