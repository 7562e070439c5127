//! Lists.

use super::pair::agree;

#[tokio::test]
async fn elements_are_pushed_and_popped() {
    agree(
        r#"
        RPUSH @l a b c
        LPUSH @l x y
        LRANGE @l 0 -1
        LLEN @l
        LPOP @l
        RPOP @l
        LPOP @l 2
        LRANGE @l 0 -1
        RPOP @l 10
        EXISTS @l
        LPOP @l
        RPOP @l
        LPOP @l 2
        LLEN @missing
        RPUSH @l a
        LPOP @l 0
        RPOP @missing 0
        LPUSHX @l b c
        RPUSHX @l d
        LPUSHX @missing a
        RPUSHX @missing a
        LRANGE @l 0 -1
        ! LPOP @l -1
        ! LPOP @l x
        ! LPOP @l 1 2
        ! RPUSH @l
        ! LPUSHX @l
        ! LLEN
        "#,
    )
    .await;
}

#[tokio::test]
async fn ranges_and_positions() {
    agree(
        r#"
        RPUSH @l a b c d e b
        LRANGE @l 0 0
        LRANGE @l 1 3
        LRANGE @l -2 -1
        LRANGE @l -100 100
        LRANGE @l 3 1
        LRANGE @l 10 20
        LRANGE @missing 0 -1
        LINDEX @l 0
        LINDEX @l -1
        LINDEX @l 6
        LINDEX @l -7
        LINDEX @missing 0
        LSET @l 1 B
        LSET @l -1 last
        LRANGE @l 0 -1
        ! LSET @l 6 x
        ! LSET @l -7 x
        ! LSET @missing 0 x
        ! LSET @l x x
        ! LINDEX @l x
        ! LRANGE @l x 1
        ! LRANGE @l 0
        "#,
    )
    .await;
}

#[tokio::test]
async fn elements_are_removed() {
    agree(
        r#"
        RPUSH @l a b a c a b
        LREM @l 1 a
        LRANGE @l 0 -1
        LREM @l -1 a
        LRANGE @l 0 -1
        LREM @l 0 b
        LREM @l 0 missing
        LREM @missing 0 a
        LRANGE @l 0 -1
        RPUSH @l 1 2 3 4
        LTRIM @l 1 -2
        LRANGE @l 0 -1
        LTRIM @l -2 100
        LRANGE @l 0 -1
        LTRIM @l 5 1
        EXISTS @l
        LTRIM @missing 0 1
        ! LREM @l x a
        ! LTRIM @l x 1
        ! LTRIM @l 1
        "#,
    )
    .await;
}

#[tokio::test]
async fn elements_move_between_lists() {
    agree(
        r#"
        RPUSH @a 1 2 3
        LMOVE @a @b RIGHT LEFT
        LMOVE @a @b LEFT RIGHT
        LMOVE @a @a LEFT RIGHT
        lmove @a @c left left
        EXISTS @a
        LRANGE @b 0 -1
        LMOVE @missing @b LEFT LEFT
        LRANGE @b 0 -1
        RPUSH @r 1 2 3
        LMOVE @r @r RIGHT LEFT
        LRANGE @r 0 -1
        SET @s v
        ! LMOVE @r @s LEFT LEFT
        LRANGE @r 0 -1
        ! LMOVE @s @r LEFT LEFT
        LMOVE @missing @s LEFT LEFT
        ! LMOVE @r @b UP DOWN
        ! LMOVE @r @b LEFT
        "#,
    )
    .await;
}

#[tokio::test]
async fn other_types_are_refused() {
    agree(
        r#"
        SET @s v
        ! LPUSH @s a
        ! RPUSH @s a
        ! LPUSHX @s a
        ! LPOP @s
        ! RPOP @s 2
        ! LLEN @s
        ! LRANGE @s 0 -1
        ! LINDEX @s 0
        ! LSET @s 0 a
        ! LREM @s 0 a
        ! LTRIM @s 0 1
        "#,
    )
    .await;
}
