#[::core::prelude::v1::test]
fn loads_once() {
    ::larder::__private::require_testing! {}
    ::larder::__private::testing::run(
        ::larder::__private::testing::Flavor::CurrentThread,
        |_| async move {
            if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<
                (),
            > {
                #[allow(unreachable_code)] return __never;
            }
            assert_eq!(user(7). await, 7);
        },
    )
}
