/// Charges a user.
#[allow(unused)]
pub async fn charge(user: UserId, cents: u64) -> Result<Receipt, ApiError> {
    let __limited = ::larder::__private::limited(
        const {
            ::larder::__private::RateSpec::new(
                    "charges",
                    ::larder::__private::Limit::new(
                        10u64,
                        ::core::time::Duration::from_millis(1000u64),
                    ),
                )
                .limit(
                    ::larder::__private::Limit::new(
                            1000u64,
                            ::core::time::Duration::from_millis(3600000u64),
                        )
                        .burst(50u64),
                )
                .on_error(::larder::__private::RateOnError::Local)
        },
        |__key| {
            __key.part(&user);
        },
    );
    let __cost: ::core::primitive::u64 = cents / 100;
    if let ::core::result::Result::Err(__denied) = __limited
        .check(__cost, ::core::option::Option::None)
        .await
    {
        return <Result<
            Receipt,
            ApiError,
        > as ::larder::__private::Limited>::denied(__denied);
    }
    let receipt = pay(user, cents).await?;
    Ok(receipt)
}
