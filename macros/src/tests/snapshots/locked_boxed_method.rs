fn send<'a>(
    &'a self,
    to: u64,
) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
    let __call = ::larder::__private::locked(
        ::larder::__private::LockSpec::new("accounts")
            .lease(self.lease)
            .wait(::core::time::Duration::ZERO)
            .mode(::larder::__private::LockMode::Read),
        &[
            &|__key| {
                __key.literal("a:");
                __key.part(&self.id);
            },
            &|__key| {
                __key.literal("b:");
                __key.part(&to);
            },
        ],
    );
    #[allow(unused_braces)]
    let __body = { Box::pin(async move { self.transport.send(to).await }) };
    ::std::boxed::Box::pin(async move {
        match __call.run(__body).await {
            ::core::result::Result::Ok(__returned) => __returned,
            ::core::result::Result::Err(__error) => {
                <Result<(), Error> as ::larder::__private::Locked>::without_lock(__error)
            }
        }
    })
}
