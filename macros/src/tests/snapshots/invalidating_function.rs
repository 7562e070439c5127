/// Renames a user.
pub async fn rename(id: u64, name: String) -> Result<User, DbError> {
    let __writes = ::larder::__private::Writes::new()
        .invalidate(db::user::invalidate(id))
        .invalidate(page::invalidate::<T>(&name))
        .invalidate(self.account_entry(id));
    let __returned: Result<User, DbError> = async move {
        if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<
            Result<User, DbError>,
        > {
            #[allow(unreachable_code)] return __never;
        }
        write(id, name).await
    }
        .await;
    ::larder::__private::written(
            <::larder::__private::Fallible<
                Result<User, DbError>,
            > as ::larder::__private::Shape>::CHOSEN,
            __writes,
            __returned,
            |value, __writes| __writes.invalidate(user::invalidate_team(value.team)),
        )
        .await
}
