fn join<'a>(
    &'a self,
    id: u64,
) -> Pin<Box<dyn Future<Output = Result<User, Error>> + Send + 'a>> {
    let __entry_0 = self.user_entry(id);
    let __writes = ::larder::__private::Writes::new();
    #[allow(unused_braces)]
    let __body = { Box::pin(async move { self.db.join(id).await }) };
    ::std::boxed::Box::pin(async move {
        let __returned: Result<User, Error> = __body.await;
        ::larder::__private::written_or_failed(
                <::larder::__private::Fallible<
                    Result<User, Error>,
                > as ::larder::__private::Shape>::CHOSEN,
                __writes,
                __returned,
                |value, __writes| {
                    __writes
                        .put(&__entry_0, value)
                        .put(&team::entry(value.team), &value.size)
                },
            )
            .await
    })
}
