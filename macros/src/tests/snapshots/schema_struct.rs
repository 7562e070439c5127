#[automatically_derived]
#[allow(deprecated)]
impl<T: ::larder::__private::Schema> ::larder::__private::Schema for Tree<T> {
    const FINGERPRINT: u64 = ::larder::__private::Fingerprint::new("struct")
        .attribute("rename_all = \"camelCase\"")
        .field("value", <T as ::larder::__private::Schema>::FINGERPRINT)
        .attribute("with = \"seconds\"")
        .field(
            "age",
            ::larder::__private::Fingerprint::new("words").attribute("Duration").finish(),
        )
        .field(
            "children",
            ::larder::__private::Fingerprint::new("words")
                .attribute("Vec < Tree < T > >")
                .finish(),
        )
        .finish();
}
