//! Strings and the numbers in them.

use super::pair::agree;

#[tokio::test]
async fn values_are_set_and_read() {
    agree(
        r#"
        GET @missing
        SET @a hello
        GET @a
        SET @a "" 
        GET @a
        STRLEN @a
        SET @a "\x00\xff\r\n binary"
        GET @a
        STRLEN @a
        STRLEN @missing
        set @b "lower case command"
        GET @b
        SETNX @b other
        SETNX @c new
        MSET @d 1 @e 2 @d 3
        MGET @d @e @missing @a
        MSETNX @f 1 @d 2
        MSETNX @f 1 @g 2
        GETSET @d next
        GETSET @h first
        GETDEL @d
        GETDEL @d
        ! GET
        ! GET @a @b
        ! SET @a
        ! MGET
        ! MSET @a
        ! MSET @a 1 @b
        ! MSETNX @a
        "#,
    )
    .await;
}

#[tokio::test]
async fn set_takes_its_options() {
    agree(
        r#"
        SET @a 1 NX
        SET @a 2 NX
        SET @a 3 XX
        SET @b 3 XX
        SET @a 4 GET
        SET @b 4 GET
        SET @a 5 NX GET
        SET @c 5 NX GET
        SET @a 6 XX GET
        SET @a 7 EX 100
        TTL @a
        SET @a 8 KEEPTTL
        TTL @a
        SET @a 9
        TTL @a
        SET @a 10 PX 100000
        PTTL @a
        SET @a 11 EXAT 4102444800
        EXPIRETIME @a
        SET @a 12 PXAT 4102444800123
        PEXPIRETIME @a
        SET @a 13 px 100000 nx
        SET @a 14 get xx ex 100
        # already over: nothing is left
        SET @gone 1 PXAT 1
        EXISTS @gone
        SET @gone2 1 EXAT 1
        GET @gone2
        ! SET @a 1 NX XX
        ! SET @a 1 EX
        ! SET @a 1 EX ten
        ! SET @a 1 EX 0
        ! SET @a 1 EX -1
        ! SET @a 1 PX 0
        ! SET @a 1 EX 1 PX 1
        ! SET @a 1 EX 1 KEEPTTL
        ! SET @a 1 KEEPTTL PX 1
        ! SET @a 1 EX 9223372036854775807
        ! SET @a 1 EX 9223372036854775808
        ! SET @a 1 EX 1.5
        ! SET @a 1 BOGUS
        ! SET @a 1 NX NX XX
        "#,
    )
    .await;
}

#[tokio::test]
async fn older_commands_set_an_end_too() {
    agree(
        r#"
        SETEX @a 100 one
        TTL @a
        PSETEX @a 100000 two
        PTTL @a
        GET @a
        ! SETEX @a 0 x
        ! SETEX @a -5 x
        ! PSETEX @a 0 x
        ! SETEX @a ten x
        ! SETEX @a 10
        GETEX @a
        PTTL @a
        GETEX @a PERSIST
        TTL @a
        GETEX @a EX 200
        TTL @a
        GETEX @a PX 300000
        GETEX @a EXAT 4102444800
        EXPIRETIME @a
        GETEX @a PXAT 4102444800123
        PEXPIRETIME @a
        GETEX @missing EX 10
        ! GETEX @a EX 0
        ! GETEX @a EX
        ! GETEX @a EX 1 PERSIST
        ! GETEX @a BOGUS
        GETEX @a PXAT 1
        EXISTS @a
        "#,
    )
    .await;
}

#[tokio::test]
async fn parts_of_strings() {
    agree(
        r#"
        APPEND @a Hello
        APPEND @a " World"
        GET @a
        GETRANGE @a 0 4
        GETRANGE @a 0 -1
        GETRANGE @a -5 -1
        GETRANGE @a -100 2
        GETRANGE @a 4 2
        GETRANGE @a 5 100
        GETRANGE @a 100 200
        GETRANGE @a -1 -5
        GETRANGE @missing 0 -1
        SETRANGE @a 6 Redis
        GET @a
        SETRANGE @a 15 "!"
        GET @a
        SETRANGE @new 3 x
        GET @new
        SETRANGE @none 3 ""
        EXISTS @none
        SETRANGE @a 0 ""
        ! SETRANGE @a -1 x
        ! SETRANGE @a x x
        ! SETRANGE @a 536870912 x
        ! GETRANGE @a x 1
        ! GETRANGE @a 1
        ! APPEND @a
        "#,
    )
    .await;
}

#[tokio::test]
async fn whole_numbers_count() {
    agree(
        r#"
        INCR @a
        INCR @a
        INCRBY @a 40
        DECR @a
        DECRBY @a 50
        GET @a
        INCRBY @a -9
        DECRBY @a -9
        SET @max 9223372036854775806
        INCR @max
        ! INCR @max
        ! INCRBY @max 1
        DECR @max
        SET @min -9223372036854775807
        DECR @min
        ! DECR @min
        ! DECRBY @min 1
        ! DECRBY @a -9223372036854775808
        ! INCRBY @a 9223372036854775808
        ! INCRBY @a x
        ! INCRBY @a 1.0
        ! INCRBY @a " 1"
        ! INCRBY @a ""
        SET @text hello
        ! INCR @text
        SET @float 1.5
        ! INCR @float
        SET @padded " 1"
        ! INCR @padded
        SET @zeros 007
        ! INCR @zeros
        SET @plus +1
        ! INCR @plus
        SET @minus0 -0
        ! INCR @minus0
        SET @empty ""
        ! INCR @empty
        SET @ends 5 EX 100
        INCR @ends
        TTL @ends
        "#,
    )
    .await;
}

#[tokio::test]
async fn fractions_count() {
    agree(
        r#"
        INCRBYFLOAT @a 10.5
        INCRBYFLOAT @a 0.1
        INCRBYFLOAT @a -5
        GET @a
        SET @b 0.1
        INCRBYFLOAT @b 0.2
        SET @c 3.0e3
        INCRBYFLOAT @c 200
        SET @d 5.0
        INCRBYFLOAT @d 0
        INCRBYFLOAT @e 1e20
        INCRBYFLOAT @f 1e-10
        INCRBYFLOAT @g 100000000000000000
        SET @h -0.0
        INCRBYFLOAT @h 0
        ! INCRBYFLOAT @a x
        ! INCRBYFLOAT @a ""
        ! INCRBYFLOAT @a " 1"
        ! INCRBYFLOAT @a "1 "
        ! INCRBYFLOAT @a nan
        ! INCRBYFLOAT @a inf
        ! INCRBYFLOAT @a -inf
        SET @text hello
        ! INCRBYFLOAT @text 1
        INCRBYFLOAT @i 0e2147483647
        INCRBYFLOAT @i 0e99999999999
        INCRBYFLOAT @i 1e-400
        ! INCRBYFLOAT @i 1e2147483647
        ! INCRBYFLOAT @i -1e2147483647
        ! INCRBYFLOAT @i 1e99999999999
        ! INCRBYFLOAT @i 1e-2147483648
        ! INCRBYFLOAT @i 1.234567890123456789e-2147483648
        ! INCRBYFLOAT @i infinity
        SET @large 1e2147483647
        ! INCRBYFLOAT @large 1
        SET @infinite inf
        ! INCRBYFLOAT @infinite 1
        "#,
    )
    .await;
}

#[tokio::test]
async fn other_types_are_refused() {
    agree(
        r#"
        RPUSH @l a
        ! GET @l
        ! GETSET @l x
        ! GETDEL @l
        ! GETEX @l
        ! GETRANGE @l 0 1
        ! SETRANGE @l 0 x
        ! APPEND @l x
        ! STRLEN @l
        ! INCR @l
        ! INCRBYFLOAT @l 1
        ! SET @l x GET
        ! SET @l x NX GET
        MGET @l
        SETNX @l x
        SET @l "of another type now"
        GET @l
        HSET @h f v
        MSET @h 1
        GET @h
        RPUSH @l2 a
        SETEX @l2 100 x
        "#,
    )
    .await;
}
