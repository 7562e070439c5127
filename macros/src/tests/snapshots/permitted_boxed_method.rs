fn print<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
    let __call = ::larder::__private::permitted(
        const { ::larder::__private::PermitSpec::new("printers", 1u32) },
        |__key| {
            __key.part(&self.id);
        },
    );
    #[allow(unused_braces)]
    let __body = { Box::pin(async move { self.driver.print().await }) };
    ::std::boxed::Box::pin(async move {
        __call.run(::larder::__private::refused::<Result<(), Error>>(), __body).await
    })
}
