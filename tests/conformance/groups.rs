//! The scripts of indexes and tags: each answers and leaves the same on both servers.

use super::protocol::agree;

#[tokio::test]
async fn an_entry_is_listed_and_struck() {
    agree(
        r#"
        enlist @s member1 100000 "" 16
        PTTL @s
        # a shorter life leaves the set's end as it is, a longer one does not
        enlist @s member2 50000 5 16
        PTTL @s
        enlist @s "\x00\xff binary" 900000 5 16
        PTTL @s
        ZCARD @s
        strike @s 60000 member1 nobody
        strike @s 60000 member1 member2 "\x00\xff binary"
        EXISTS @s
        strike @s 60000 member1
        "#,
    )
    .await;
}

#[tokio::test]
async fn an_entry_without_an_end_is_listed_without_one() {
    agree(
        r#"
        enlist @s member1 100000 "" 16
        enlist @s member2 0 "" 16
        PTTL @s
        enlist @s member3 100000 "" 16
        PTTL @s
        ZSCORE @s member2
        # only the mark is left: it ends
        mark @s 7 60000
        PTTL @s
        strike @s 60000 member1 member2
        PTTL @s
        strike @s 60000 member3
        PTTL @s
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_mark_refuses_what_began_before_it() {
    agree(
        r#"
        mark @s 1700000000000123 100000
        PTTL @s
        enlist @s early 100000 1700000000000122 16
        ZCARD @s
        enlist @s late 100000 1700000000000123 16
        enlist @s put 100000 "" 16
        ZRANGE @s 0 -1
        # a mark is never taken back
        mark @s 1700000000000100 100000
        enlist @s early 100000 1700000000000122 16
        mark @s 1700000000000124 900000
        PTTL @s
        mark @s 1700000000000124 1000
        PTTL @s
        enlist @s late2 100000 1700000000000123 16
        ZSCORE @s !
        "#,
    )
    .await;
}

#[tokio::test]
async fn members_that_have_ended_make_room() {
    agree(
        r#"
        ZADD @s 1 a 2 b 3 c 4 d
        enlist @s member 100000 "" 3
        ZRANGE @s 0 0
        ZCARD @s
        enlist @s member 100000 "" 3
        ZCARD @s
        "#,
    )
    .await;
}

#[tokio::test]
async fn invalidations_are_counted() {
    agree(
        r#"
        raise @c 100000 leave
        EXISTS @c
        SET @c 1700000000000123 PX 50000
        count @c 100000
        PTTL @c
        count @c 100000
        raise @c 100000 leave
        PTTL @c
        raise @c 100000 make
        count @c 100000
        SET @bad nothing
        ! raise @bad 100000 make
        HSET @h f v
        ! count @h 100000
        ! raise @h 100000 make
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_counter_that_is_made_begins_at_the_time() {
    agree(
        r#"
        count @c 100000
        PTTL @c
        STRLEN @c
        raise @d 100000 make
        PTTL @d
        STRLEN @d
        DEL @c
        DEL @d
        "#,
    )
    .await;
}

#[tokio::test]
async fn an_entry_is_discarded_only_if_it_is_of_the_load() {
    agree(
        r#"
        SET @k "0123token-of-16-byterest"
        discard @k other-token-of16 4 look
        discard @k token-of-16-byte 4 look
        EXISTS @k
        discard @k token-of-16-byte 4 look
        SET @k "0123token-of-16-byterest"
        discard @k token-of-16-byte 5 ""
        discard @k token-of-16-byte 4 ""
        EXISTS @k
        SET @short x
        discard @short token-of-16-byte 42 ""
        HSET @h f v
        ! discard @h token-of-16-byte 42 ""
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_lease_is_taken_whatever_is_there() {
    agree(
        r#"
        take @k lease1 100000 ""
        take @k lease2 100000 ""
        PTTL @k
        take @k lease3 100000 0000000000000000000000000000000000000000
        GET @k
        SET @k value
        take @k lease3 100000 f32b67c7e26342af42efabc674d441dca0a281c5
        take @missing lease3 100000 f32b67c7e26342af42efabc674d441dca0a281c5
        EXISTS @missing
        HSET @h f v
        ! take @h lease1 100000 ""
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_tag_has_a_version_until_it_is_removed() {
    agree(
        r#"
        version @t version1 100000
        PTTL @t
        version @t version2 100000
        version @t version2 150000
        PTTL @t
        version @t version2 900000
        PTTL @t
        UNLINK @t
        version @t version3 100000
        version @t version4 0
        PTTL @t
        version @t version4 100000
        PTTL @t
        version @u version5 0
        PTTL @u
        HSET @h f v
        ! version @h version6 100000
        "#,
    )
    .await;
}
