fn place<'a>(
    &'a self,
    order: Order,
) -> Pin<Box<dyn Future<Output = Result<Placed, Error>> + Send + 'a>> {
    let __call = ::larder::__private::idempotent(
        const {
            ::larder::__private::IdempotencySpec::new(
                "orders",
                ::core::time::Duration::from_millis(3600000u64),
            )
        },
        |__key| {
            __key.part(&order.id);
        },
        |__key| {
            __key.arg(&order);
        },
    );
    #[allow(unused_braces)]
    let __body = { Box::pin(async move { self.place(order).await }) };
    ::std::boxed::Box::pin(async move {
        __call
            .run(
                <Result<
                    Placed,
                    Error,
                > as ::larder::__private::Once>::storing(|error| error.is_final()),
                __body,
            )
            .await
    })
}
