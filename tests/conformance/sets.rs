//! Sets.

use super::pair::agree;

#[tokio::test]
async fn members_come_and_go() {
    agree(
        r#"
        SADD @s a b c a
        SADD @s c d
        SCARD @s
        SCARD @missing
        SMEMBERS @s
        SMEMBERS @missing
        SISMEMBER @s a
        SISMEMBER @s missing
        SISMEMBER @missing a
        SMISMEMBER @s a missing b
        SMISMEMBER @missing a b
        SREM @s a missing b a
        SREM @missing a
        SADD @numbers 1 2 3 -4 9223372036854775807 9223372036854775808 007
        SMEMBERS @numbers
        SISMEMBER @numbers 7
        SISMEMBER @numbers 007
        EXISTS @s
        SMEMBERS @t
        ! SADD @s
        ! SREM @s
        ! SMISMEMBER @s
        "#,
    )
    .await;
}

#[tokio::test]
async fn sets_are_joined_met_and_subtracted() {
    agree(
        r#"
        SADD @a 1 2 3 4
        SADD @b 3 4 5
        SADD @c 4 5 6
        SINTER @a @b
        SINTER @a @b @c
        SINTER @a @missing
        SINTER @a
        SUNION @a @b @missing
        SUNION @missing
        SDIFF @a @b
        SDIFF @a @b @c
        SDIFF @missing @a
        SDIFF @a @missing
        SDIFF @a @a
        SUNION @a @a
        ! SINTER
        ! SUNION
        ! SDIFF
        "#,
    )
    .await;
}

#[tokio::test]
async fn members_are_drawn_by_chance() {
    agree(
        r#"
        SPOP @missing
        SPOP @missing 2
        SRANDMEMBER @missing
        SRANDMEMBER @missing 2
        SADD @one a
        SRANDMEMBER @one
        SRANDMEMBER @one 1
        SRANDMEMBER @one -3
        SRANDMEMBER @one 0
        SPOP @one
        EXISTS @one
        SADD @three a b c
        SRANDMEMBER @three 5
        SPOP @three 0
        SPOP @three 3
        EXISTS @three
        SADD @three a b c
        SPOP @three 10
        ! SPOP @three -1
        ! SPOP @three x
        ! SRANDMEMBER @three x
        "#,
    )
    .await;
}

#[tokio::test]
async fn other_types_are_refused() {
    agree(
        r#"
        SET @s v
        SADD @set a
        ! SADD @s a
        ! SREM @s a
        ! SCARD @s
        ! SMEMBERS @s
        ! SISMEMBER @s a
        ! SMISMEMBER @s a
        ! SPOP @s
        ! SRANDMEMBER @s
        ! SINTER @set @s
        ! SUNION @set @s
        ! SDIFF @set @s
        ! SSCAN @s 0
        "#,
    )
    .await;
}
