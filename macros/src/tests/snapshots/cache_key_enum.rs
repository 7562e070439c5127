#[automatically_derived]
#[allow(deprecated)]
impl crate::cache::__private::CacheKey for Filter {
    fn write_key(&self, __writer: &mut crate::cache::__private::KeyWriter<'_>) {
        match self {
            Self::All => __writer.unit_variant("All"),
            Self::Team { 0: __field_0, .. } => {
                __writer
                    .variant(
                        "Team",
                        |__items| {
                            __items.item(__field_0);
                        },
                    )
            }
            Self::Named { name: __field_0, .. } => {
                __writer
                    .variant(
                        "Named",
                        |__items| {
                            __items.item(__field_0);
                        },
                    )
            }
        }
    }
}
