/// Exports everything.
pub async fn export(user: UserId) -> Result<Report, ApiError> {
    let __call = ::larder::__private::permitted(
        const {
            ::larder::__private::PermitSpec::new("exports", 10u32)
                .lease(::core::time::Duration::from_millis(30000u64))
                .wait(::core::time::Duration::from_millis(2000u64))
        },
        |__key| {
            __key.part(&user);
        },
    );
    __call
        .run(
            ::larder::__private::refused::<Result<Report, ApiError>>(),
            async move {
                if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<
                    Result<Report, ApiError>,
                > {
                    #[allow(unreachable_code)] return __never;
                }
                let report = collect(user).await?;
                Ok(report)
            },
        )
        .await
}
