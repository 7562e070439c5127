/// Pays.
pub async fn pay(
    database: &Database,
    request_id: String,
    cents: u64,
) -> Result<Receipt, ApiError> {
    let __call = ::larder::__private::idempotent(
        const {
            ::larder::__private::IdempotencySpec::new(
                    "payments",
                    ::core::time::Duration::from_millis(86400000u64),
                )
                .lease(::core::time::Duration::from_millis(30000u64))
        },
        |__key| {
            __key.part(&request_id);
        },
        |__key| {
            __key.arg(&request_id);
            __key.arg(&cents);
        },
    );
    __call
        .run(
            <Result<Receipt, ApiError> as ::larder::__private::Once>::values(),
            async move {
                if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<
                    Result<Receipt, ApiError>,
                > {
                    #[allow(unreachable_code)] return __never;
                }
                let receipt = database.pay(cents).await?;
                Ok(receipt)
            },
        )
        .await
}
