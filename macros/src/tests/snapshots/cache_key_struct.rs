#[automatically_derived]
#[allow(deprecated)]
impl<'a, T: ::larder::__private::CacheKey> ::larder::__private::CacheKey
for Page<'a, T> {
    fn write_key(&self, __writer: &mut ::larder::__private::KeyWriter<'_>) {
        __writer
            .tuple(|__items| {
                __items.item(&self.of);
                __items.item(&self.number);
            });
    }
}
