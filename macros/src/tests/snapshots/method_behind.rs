#[allow(clippy::unused_async)]
pub async fn rate(&self, currency: String) -> f64 {
    let __unwanted: bool = currency.is_empty();
    let __draft = {
        let mut __draft = ::larder::__private::Drafting::<f64>::new()
            .draft(
                &[],
                ::larder::__private::Declaration::written(const {
                        &::larder::__private::CacheSpec::new(
                                "rates",
                                ::larder::__private::Ttl::NEVER,
                            )
                            .refresh_every(::core::time::Duration::from_millis(30000u64))
                    })
                    .type_arguments(::larder::__private::type_arguments::<Self>()),
            );
        let mut __key = __draft.writer();
        __key.part(&self.bank);
        __key.literal(":");
        __key.part(&currency);
        __draft
    };
    if __unwanted {
        ::larder::__private::bypassed("rates");
        return Self::__rate_body(self, currency).await;
    }
    ::larder::__private::behind(
            <::larder::__private::Direct<f64> as ::larder::__private::Shape>::CHOSEN,
            __draft,
            ::larder::__private::Failures::new(),
            move |_| {
                let __this = ::larder::__private::own(self);
                async move {
                    Self::__rate_body(::core::borrow::Borrow::borrow(&__this), currency)
                        .await
                }
            },
        )
        .await
}
#[allow(clippy::unused_async)]
#[doc(hidden)]
async fn __rate_body(&self, mut currency: String) -> f64 {
    currency.make_ascii_uppercase();
    self.lookup(&currency)
}
/// The entry of a call of [`rate`](Self::rate), to be looked at and changed by hand.
#[allow(clippy::unused_async)]
#[allow(
    dead_code,
    clippy::borrowed_box,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::ptr_arg,
    clippy::ref_option,
    clippy::too_many_arguments,
    clippy::trivially_copy_pass_by_ref,
    clippy::used_underscore_binding
)]
#[must_use]
pub fn rate_entry(&self, currency: &str) -> ::larder::__private::Entry<f64> {
    let __draft = {
        let mut __draft = ::larder::__private::Drafting::<f64>::new()
            .draft(
                &[],
                ::larder::__private::Declaration::written(const {
                        &::larder::__private::CacheSpec::new(
                                "rates",
                                ::larder::__private::Ttl::NEVER,
                            )
                            .refresh_every(::core::time::Duration::from_millis(30000u64))
                    })
                    .type_arguments(::larder::__private::type_arguments::<Self>()),
            );
        let mut __key = __draft.writer();
        __key.part(&self.bank);
        __key.literal(":");
        __key.part(currency);
        __draft
    };
    __draft.entry()
}
