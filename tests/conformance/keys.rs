//! What every key has, whatever its type: existence, type, end, name.

use super::pair::agree;

#[tokio::test]
async fn keys_exist_until_they_are_deleted() {
    agree(
        r#"
        SET @a 1
        RPUSH @b 1
        EXISTS @a
        EXISTS @a @b @missing @a
        TYPE @a
        TYPE @b
        TYPE @missing
        TOUCH @a @b @missing
        DEL @a @missing
        DEL @a
        UNLINK @b @b
        EXISTS @a @b
        ! DEL
        ! EXISTS
        ! UNLINK
        ! TYPE
        "#,
    )
    .await;
}

#[tokio::test]
async fn every_type_is_named_and_an_empty_one_is_gone() {
    agree(
        r#"
        SET @string v
        HSET @hash f v
        RPUSH @list v
        SADD @set v
        ZADD @zset 1 v
        TYPE @string
        TYPE @hash
        TYPE @list
        TYPE @set
        TYPE @zset
        HDEL @hash f
        LPOP @list
        SREM @set v
        ZREM @zset v
        EXISTS @hash @list @set @zset
        "#,
    )
    .await;
}

#[tokio::test]
async fn ends_are_set_and_taken_back() {
    agree(
        r#"
        EXPIRE @missing 100
        TTL @missing
        PTTL @missing
        EXPIRETIME @missing
        SET @a 1
        TTL @a
        PTTL @a
        EXPIRETIME @a
        PEXPIRETIME @a
        EXPIRE @a 100
        TTL @a
        PEXPIRE @a 200000
        PTTL @a
        EXPIREAT @a 4102444800
        EXPIRETIME @a
        PEXPIREAT @a 4102444800123
        PEXPIRETIME @a
        EXPIRETIME @a
        PERSIST @a
        PERSIST @a
        PERSIST @missing
        TTL @a
        HSET @h f v
        EXPIRE @h 50
        TTL @h
        ! EXPIRE @a ten
        ! EXPIRE @a
        ! EXPIRE @a 9223372036854775807
        ! PEXPIRE @a 9223372036854775807
        ! EXPIRE @a 1.5
        ! EXPIRE @a 10 BOGUS
        ! TTL
        "#,
    )
    .await;
}

#[tokio::test]
async fn an_end_in_the_past_deletes() {
    agree(
        r#"
        SET @a 1
        EXPIRE @a 0
        EXISTS @a
        SET @b 1
        EXPIRE @b -1
        GET @b
        SET @c 1
        PEXPIRE @c 0
        TTL @c
        SET @d 1
        EXPIREAT @d 1
        TYPE @d
        RPUSH @e 1
        PEXPIREAT @e 1000
        LLEN @e
        SET @f 1
        PEXPIREAT @f -5
        EXISTS @f
        "#,
    )
    .await;
}

#[tokio::test]
async fn an_end_is_set_on_conditions() {
    agree(
        r#"
        SET @a 1
        EXPIRE @a 100 XX
        EXPIRE @a 100 GT
        TTL @a
        EXPIRE @a 100 NX
        EXPIRE @a 200 NX
        EXPIRE @a 50 GT
        EXPIRE @a 150 GT
        TTL @a
        EXPIRE @a 170 LT
        EXPIRE @a 120 LT
        TTL @a
        EXPIRE @a 300 XX
        TTL @a
        PERSIST @a
        EXPIRE @a 100 LT
        TTL @a
        PEXPIRE @a 90000 xx lt
        ! EXPIRE @a 1 NX XX
        ! EXPIRE @a 1 GT LT
        ! EXPIRE @a 1 NX GT
        "#,
    )
    .await;
}

#[tokio::test]
async fn keys_are_renamed() {
    agree(
        r#"
        SET @a 1 EX 100
        SET @b 2
        RENAME @a @b
        EXISTS @a
        GET @b
        TTL @b
        RENAME @b @b
        GET @b
        RPUSH @l x
        RENAME @l @b
        TYPE @b
        TTL @b
        ! RENAME @missing @x
        ! RENAME @a
        "#,
    )
    .await;
}

#[tokio::test]
async fn the_server_answers_for_itself() {
    agree(
        r#"
        PING
        PING hello
        ECHO "hello world"
        ! PING a b
        ! ECHO
        ! NOSUCHCOMMAND
        ! NOSUCHCOMMAND with some "argu\nments"
        ! CLIENT NOSUCH
        ! CLIENT
        "#,
    )
    .await;
}
