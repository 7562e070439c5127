//! Hashes.

use super::pair::agree;

#[tokio::test]
async fn fields_are_set_and_read() {
    agree(
        r#"
        HSET @h a 1 b 2
        HSET @h b 3 c 4 c 5
        HGET @h a
        HGET @h missing
        HGET @missing a
        HMGET @h a missing c a
        HMGET @missing a b
        HGETALL @h
        HGETALL @missing
        HKEYS @h
        HVALS @h
        HKEYS @missing
        HVALS @missing
        HLEN @h
        HLEN @missing
        HEXISTS @h a
        HEXISTS @h missing
        HEXISTS @missing a
        HSTRLEN @h a
        HSTRLEN @h missing
        HSTRLEN @missing a
        HSETNX @h a other
        HSETNX @h f 8
        HSETNX @new a 1
        HDEL @h a missing b a
        HDEL @missing a
        HSET @h "\x00\xff" "\xff\x00"
        HGET @h "\x00\xff"
        HSET @h "" ""
        HGET @h ""
        ! HSET @h a
        ! HSET @h a 1 b
        ! HGET @h
        ! HMGET @h
        ! HDEL @h
        ! HGETALL
        ! HSETNX @h a
        "#,
    )
    .await;
}

#[tokio::test]
async fn fields_count() {
    agree(
        r#"
        HINCRBY @h n 5
        HINCRBY @h n -7
        HGET @h n
        HSET @h max 9223372036854775807
        ! HINCRBY @h max 1
        HSET @h min -9223372036854775808
        ! HINCRBY @h min -1
        HSET @h text hello
        ! HINCRBY @h text 1
        ! HINCRBY @h n x
        ! HINCRBY @h n 1.5
        ! HINCRBY @h n
        HINCRBYFLOAT @h f 10.5
        HINCRBYFLOAT @h f 0.1
        HINCRBYFLOAT @h n 0.5
        HSET @h g 5.0e3
        HINCRBYFLOAT @h g 200
        ! HINCRBYFLOAT @h text 1
        ! HINCRBYFLOAT @h f x
        ! HINCRBYFLOAT @h f nan
        ! HINCRBYFLOAT @h f inf
        ! HINCRBYFLOAT @h f 1e2147483647
        ! HINCRBYFLOAT @h f 1e-2147483648
        ! HINCRBYFLOAT @h f infinity
        HSET @h large 1e2147483647
        ! HINCRBYFLOAT @h large 1
        HSET @h infinite inf
        ! HINCRBYFLOAT @h infinite 1
        HSET @h empty ""
        ! HINCRBY @h empty 1
        ! HINCRBYFLOAT @h empty 1
        "#,
    )
    .await;
}

#[tokio::test]
async fn other_types_are_refused() {
    agree(
        r#"
        SET @s v
        ! HSET @s a 1
        ! HSETNX @s a 1
        ! HGET @s a
        ! HMGET @s a
        ! HGETALL @s
        ! HKEYS @s
        ! HVALS @s
        ! HLEN @s
        ! HEXISTS @s a
        ! HSTRLEN @s a
        ! HDEL @s a
        ! HINCRBY @s a 1
        ! HINCRBYFLOAT @s a 1
        ! HSCAN @s 0
        "#,
    )
    .await;
}
