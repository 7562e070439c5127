#[ignore]
#[::core::prelude::v1::test]
fn loads_once() -> Result<(), Error> {
    ::larder::__private::require_testing! {}
    ::larder::__private::testing::run(
        ::larder::__private::testing::Flavor::MultiThread {
            workers: ::core::option::Option::Some(2usize),
        },
        |__larder| async move {
            let larder: Larder = <Larder as ::larder::__private::TestArgument>::of(
                __larder,
            );
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
