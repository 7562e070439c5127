#[cfg(feature = "pages")]
#[allow(clippy::unused_async)]
async fn page<'a, D, T: CacheKey, const SIZE: usize>(
    db: &'a D,
    of: T,
    number: u32,
) -> Page<T>
where
    D: Database + 'a,
    T: Clone,
{
    let __wanted: bool = number < 10;
    ::larder::__private::require_plain(
        &::larder::__private::ResultProbe::<Page<T>>::new().answer(),
    );
    if !__wanted {
        ::larder::__private::bypassed("pages");
        return page::uncached::<D, T, SIZE>(db, of, number).await;
    }
    page::call::<D, T, SIZE>(::larder::__private::Verb::Cached, db, of, number).await
}
/// The companions of [`page`](fn@page): its cache, to be looked at and changed by hand.
#[cfg(feature = "pages")]
#[allow(
    non_camel_case_types,
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations
)]
struct page {}
#[cfg(feature = "pages")]
#[allow(clippy::unused_async)]
#[allow(
    dead_code,
    single_use_lifetimes,
    clippy::needless_lifetimes,
    clippy::borrowed_box,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::ptr_arg,
    clippy::ref_option,
    clippy::too_many_arguments,
    clippy::trivially_copy_pass_by_ref,
    clippy::used_underscore_binding
)]
impl page {
    /**Runs the body: nothing is read from the cache and nothing is stored.

# Errors
Those of the body.

# Panics
Where the body does.*/
    #[allow(clippy::unused_async)]
    async fn uncached<'a, D, T: CacheKey, const SIZE: usize>(
        db: &'a D,
        of: T,
        number: u32,
    ) -> Page<T>
    where
        D: Database + 'a,
        T: Clone,
    {
        db.page(of, number, SIZE)
    }
    /**Loads anew and stores what was loaded. Callers read what was stored before until then.

# Errors
Those of the body. They are not stored, and what was stored before stays.*/
    fn refresh<'a, D, T: CacheKey, const SIZE: usize>(
        db: &'a D,
        of: T,
        number: u32,
    ) -> impl ::core::future::Future<Output = Page<T>>
    where
        D: Database + 'a,
        T: Clone,
    {
        Self::call::<D, T, SIZE>(::larder::__private::Verb::Refreshed, db, of, number)
    }
    fn call<'a, D, T: CacheKey, const SIZE: usize>(
        __verb: ::larder::__private::Verb,
        db: &'a D,
        of: T,
        number: u32,
    ) -> impl ::core::future::Future<Output = Page<T>>
    where
        D: Database + 'a,
        T: Clone,
    {
        ::larder::__private::Around {
            call: ::larder::__private::cached(
                __verb,
                <::larder::__private::Direct<
                    Page<T>,
                > as ::larder::__private::Shape>::CHOSEN,
                ::larder::__private::Failures::new(),
                Self::draft::<T, SIZE>(&of, number),
            ),
            body: Self::uncached::<D, T, SIZE>(db, of, number),
        }
    }
    ///The entry of one call, on which the other companions are methods.
    #[must_use]
    fn entry<T: CacheKey, const SIZE: usize>(
        of: &T,
        number: u32,
    ) -> ::larder::__private::Entry<Page<T>>
    where
        T: Clone,
    {
        Self::draft::<T, SIZE>(of, number).entry()
    }
    /**The key under which the value is stored.

# Errors
If no Larder is installed, or a tenant is required and none is in scope.*/
    fn key<T: CacheKey, const SIZE: usize>(
        of: &T,
        number: u32,
    ) -> ::core::result::Result<::std::string::String, ::larder::__private::Error>
    where
        T: Clone,
    {
        Self::draft::<T, SIZE>(of, number).key()
    }
    /**The stored value, without loading; `None` if there is none.

# Errors
If the backend cannot be asked.*/
    fn peek<T: CacheKey, const SIZE: usize>(
        of: &T,
        number: u32,
    ) -> ::larder::__private::CacheOperation<::core::option::Option<Page<T>>>
    where
        T: Clone,
    {
        Self::draft::<T, SIZE>(of, number).peek()
    }
    /**Stores a value that was not loaded by the function.

# Errors
If the backend cannot be asked, or the value cannot be encoded.*/
    fn put<T: CacheKey, const SIZE: usize>(
        of: &T,
        number: u32,
        value: &Page<T>,
    ) -> ::larder::__private::CacheOperation<()>
    where
        T: Clone,
    {
        Self::draft::<T, SIZE>(of, number).put(value)
    }
    /**Removes the value: no call that starts after this returned sees it, nor one that was being loaded meanwhile. What is
answered is for `larder::at_least`, if other processes keep copies.

# Errors
If the backend cannot be asked: then the value may still be there.*/
    fn invalidate<T: CacheKey, const SIZE: usize>(
        of: &T,
        number: u32,
    ) -> ::larder::__private::CacheOperation<::larder::__private::InvalidationToken>
    where
        T: Clone,
    {
        Self::draft::<T, SIZE>(of, number).invalidate()
    }
    /**How long the stored value lives on; `None` if there is none.

# Errors
If the backend cannot be asked.*/
    fn ttl<T: CacheKey, const SIZE: usize>(
        of: &T,
        number: u32,
    ) -> ::larder::__private::CacheOperation<
        ::core::option::Option<::larder::__private::Ttl>,
    >
    where
        T: Clone,
    {
        Self::draft::<T, SIZE>(of, number).ttl()
    }
    /**Removes every value of this cache and answers how many there were.

# Errors
If the backend cannot be asked: then some values may still be there.*/
    fn clear() -> ::larder::__private::CacheOperation<u64> {
        ::larder::__private::clear("pages")
    }
    fn draft<T: CacheKey, const SIZE: usize>(
        of: &T,
        number: u32,
    ) -> ::larder::__private::Draft<Page<T>>
    where
        T: Clone,
    {
        ::larder::__private::Drafting::<Page<T>>::new()
            .draft(
                &[&SIZE, of, &number],
                ::larder::__private::Declaration::made(
                        ::larder::__private::CacheSpec::new(
                            "pages",
                            ::larder::__private::Ttl::after(config::PAGE_TTL),
                        ),
                    )
                    .type_arguments(
                        ::larder::__private::type_arguments::<
                            (::larder::__private::std::marker::PhantomData<T>,),
                        >(),
                    ),
            )
    }
}
