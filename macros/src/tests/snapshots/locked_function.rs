/// Ships an order.
#[allow(unused)]
pub async fn ship(order: OrderId) -> Result<Parcel, ApiError> {
    let __call = ::larder::__private::locked(
        const {
            ::larder::__private::LockSpec::new("locks")
                .lease(::core::time::Duration::from_millis(30000u64))
                .wait(::core::time::Duration::from_millis(5000u64))
                .fairness(::larder::__private::LockFairness::Fair)
                .reentrance(::larder::__private::LockReentrance::Allowed)
        },
        &[
            &|__key| {
                __key.literal("order:");
                __key.part(&order);
            },
        ],
    );
    match __call
        .run(async move {
            if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<
                Result<Parcel, ApiError>,
            > {
                #[allow(unreachable_code)] return __never;
            }
            let parcel = pack(order).await?;
            Ok(parcel)
        })
        .await
    {
        ::core::result::Result::Ok(__returned) => __returned,
        ::core::result::Result::Err(__error) => {
            <Result<
                Parcel,
                ApiError,
            > as ::larder::__private::Locked>::without_lock(__error)
        }
    }
}
