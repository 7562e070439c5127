#[ignore]
#[::core::prelude::v1::test]
fn loads_once() -> Result<(), Error> {
    ::larder::__private::require_testing! {}
    ::larder::__private::testing::run(
        ::larder::__private::testing::Flavor::MultiThread {
            workers: ::core::option::Option::Some(2usize),
        },
        |larder: Larder| async move {
            if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<
                Result<(), Error>,
            > {
                #[allow(unreachable_code)] return __never;
            }
            larder.health().await?;
            Ok(())
        },
    )
}
