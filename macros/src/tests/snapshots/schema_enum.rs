#[automatically_derived]
#[allow(deprecated)]
impl ::larder::__private::Schema for Choice {
    const FINGERPRINT: u64 = ::larder::__private::Fingerprint::new("enum")
        .variant("Nothing", ::larder::__private::Fingerprint::new("unit").finish())
        .attribute("rename = \"two\"")
        .variant(
            "Pair",
            ::larder::__private::Fingerprint::new("tuple")
                .item(<u8 as ::larder::__private::Schema>::FINGERPRINT)
                .item(<bool as ::larder::__private::Schema>::FINGERPRINT)
                .finish(),
        )
        .variant(
            "Named",
            ::larder::__private::Fingerprint::new("struct")
                .field("id", <u64 as ::larder::__private::Schema>::FINGERPRINT)
                .finish(),
        )
        .finish();
}
