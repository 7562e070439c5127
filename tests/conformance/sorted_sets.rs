//! Sorted sets. Scores are sums of powers of two where a script reads them: servers of different
//! ages write others with a different number of digits.

use super::pair::{Way, agree, agree_in, agree_on_scripts_as_in_the_model};

#[tokio::test]
async fn members_have_scores() {
    agree(
        r#"
        ZADD @z 1 a 2 b 3 c
        ZADD @z 2.5 b 4 d 4 d
        ZSCORE @z b
        ZSCORE @z missing
        ZSCORE @missing a
        ZMSCORE @z a missing d
        ZMSCORE @missing a b
        ZCARD @z
        ZCARD @missing
        ZRANK @z a
        ZRANK @z d
        ZRANK @z missing
        ZRANK @missing a
        ZREVRANK @z a
        ZREVRANK @z missing
        ZINCRBY @z 0.5 a
        ZINCRBY @z -2 new
        ZINCRBY @fresh 3 a
        ZREM @z a missing b a
        ZREM @missing a
        ZADD @inf inf top -inf bottom +inf top2 1e3 thousand
        ZRANGE @inf 0 -1 WITHSCORES
        ! ZINCRBY @inf -inf top
        ZADD @zero -0 a
        ZSCORE @zero a
        ! ZADD @z x a
        ! ZADD @z nan a
        ! ZADD @z 1e400 a
        ! ZADD @z -1e400 a
        ! ZADD @z 1e-400 a
        ! ZADD @z 1e2147483647 a
        ! ZINCRBY @z 1e400 a
        ZADD @small 0e400 a
        ZCOUNT @z 1e400 inf
        ZCOUNT @z 1e-400 1e400
        ! ZADD @z 1
        ! ZADD @z 1 a 2
        ! ZADD @z
        ! ZINCRBY @z x a
        ! ZINCRBY @z nan a
        ! ZSCORE @z
        ! ZMSCORE @z
        "#,
    )
    .await;
}

#[tokio::test]
async fn any_score_is_kept_to_the_bit() {
    agree_in(
        &[Way::Commands],
        r#"
        ZADD @small 1e-310 a
        ZSCORE @small a
        ZADD @z 0.1 a 3.14159265358979 b 1e300 c -1e-300 d 0.30000000000000004 e
        ZRANGE @z 0 -1 WITHSCORES
        ZINCRBY @z 0.2 a
        ZSCORE @z a
        ZRANGEBYSCORE @z 0.30000000000000004 0.30000000000000004
        "#,
    )
    .await;
    let small =
        "redis.call('ZADD', KEYS[1], '1e-310', 'a') return redis.call('ZSCORE', KEYS[1], 'a')";
    agree_on_scripts_as_in_the_model(&[small]).await;
}

#[tokio::test]
async fn zadd_takes_its_options() {
    agree(
        r#"
        ZADD @z NX 1 a 1 b
        ZADD @z NX 2 a 2 c
        ZADD @z XX 3 a 3 d
        ZADD @z XX CH 4 a 4 b 1 d
        ZADD @z CH 4 a 5 b 6 e
        ZADD @z GT 1 a 10 b
        ZADD @z GT CH 11 a 1 b 1 new
        ZADD @z LT 1 a 100 b
        ZADD @z LT CH 2 a 2 b
        ZADD @z INCR 5 a
        ZADD @z NX INCR 5 a
        ZADD @z XX INCR 5 missing
        ZADD @z GT INCR -1 a
        ZADD @z LT INCR -1 a
        ZADD @z XX 1 nobody
        ZADD @missing XX 1 a
        EXISTS @missing
        ZRANGE @z 0 -1 WITHSCORES
        ! ZADD @z NX XX 1 a
        ! ZADD @z GT LT 1 a
        ! ZADD @z NX GT 1 a
        ! ZADD @z INCR 1 a 2 b
        ! ZADD @z NX
        ! ZADD @z BOGUS 1 a
        "#,
    )
    .await;
}

#[tokio::test]
async fn ranges_by_rank() {
    agree(
        r#"
        ZADD @z 1 a 2 b 2 bb 3 c 4 d
        ZRANGE @z 0 -1
        ZRANGE @z 0 -1 WITHSCORES
        ZRANGE @z 1 2
        ZRANGE @z -2 -1
        ZRANGE @z 3 1
        ZRANGE @z 10 20
        ZRANGE @z -100 100
        ZRANGE @z 0 1 REV
        ZRANGE @z 0 1 REV WITHSCORES
        ZREVRANGE @z 0 -1
        ZREVRANGE @z 0 1 WITHSCORES
        ZRANGE @missing 0 -1
        ZRANGE @missing 0 -1 WITHSCORES
        ZREMRANGEBYRANK @z 0 1
        ZREMRANGEBYRANK @z -1 -1
        ZREMRANGEBYRANK @z 5 10
        ZRANGE @z 0 -1
        ZREMRANGEBYRANK @z 0 -1
        EXISTS @z
        ! ZRANGE @z x 1
        ! ZRANGE @z 0
        ! ZRANGE @z 0 1 BOGUS
        ! ZRANGE @z 0 1 LIMIT 0 1
        ! ZREVRANGE @z 0 1 LIMIT 0 1
        ! ZREVRANGE @z 0 1 LIMIT 0
        ! ZREVRANGE @z 0 1 LIMIT x 1
        ! ZREVRANGE @z 0 1 REV
        ZREVRANGE @z 0 1 LIMIT 0 -1 WITHSCORES
        ! ZREMRANGEBYRANK @z x 1
        "#,
    )
    .await;
}

#[tokio::test]
async fn ranges_by_score() {
    agree(
        r#"
        ZADD @z 1 a 2 b 2 bb 3 c 4 d
        ZRANGEBYSCORE @z 2 3
        ZRANGEBYSCORE @z (2 3
        ZRANGEBYSCORE @z 2 (3
        ZRANGEBYSCORE @z (2 (3
        ZRANGEBYSCORE @z -inf +inf
        ZRANGEBYSCORE @z -inf +inf WITHSCORES
        ZRANGEBYSCORE @z -inf inf LIMIT 1 2
        ZRANGEBYSCORE @z -inf inf LIMIT 1 -1
        ZRANGEBYSCORE @z -inf inf LIMIT 10 2
        ZRANGEBYSCORE @z -inf inf LIMIT -1 2
        ZRANGEBYSCORE @z 1 4 LIMIT 0 0
        ZRANGEBYSCORE @z 1 4 WITHSCORES LIMIT 0 2
        ZRANGEBYSCORE @z 3 2
        ZREVRANGEBYSCORE @z 3 2
        ZREVRANGEBYSCORE @z +inf -inf WITHSCORES LIMIT 1 2
        ZREVRANGEBYSCORE @z 2 3
        ZRANGE @z 2 3 BYSCORE
        ZRANGE @z 3 2 BYSCORE REV
        ZRANGE @z (1 +inf BYSCORE LIMIT 1 2 WITHSCORES
        ZRANGE @missing 1 2 BYSCORE
        ZCOUNT @z 2 3
        ZCOUNT @z (2 +inf
        ZCOUNT @z 3 2
        ZCOUNT @missing 1 2
        ZREMRANGEBYSCORE @z (1 2
        ZREMRANGEBYSCORE @z 100 200
        ZRANGE @z 0 -1
        ZREMRANGEBYSCORE @z -inf +inf
        EXISTS @z
        ZREMRANGEBYSCORE @missing 1 2
        ! ZRANGEBYSCORE @z x 1
        ! ZRANGEBYSCORE @z 1 (x
        ! ZRANGEBYSCORE @z 1 nan
        ! ZRANGEBYSCORE @z 1 2 LIMIT 1
        ! ZRANGEBYSCORE @z 1 2 LIMIT x 1
        ! ZRANGEBYSCORE @z 1 2 BOGUS
        ! ZCOUNT @z x 1
        ! ZREMRANGEBYSCORE @z x 1
        "#,
    )
    .await;
}

#[tokio::test]
async fn ranges_by_name() {
    agree(
        r#"
        ZADD @z 0 a 0 b 0 c 0 d 0 ""
        ZRANGE @z - + BYLEX
        ZRANGE @z [b + BYLEX
        ZRANGE @z (b [d BYLEX
        ZRANGE @z - (c BYLEX
        ZRANGE @z [c [a BYLEX
        ZRANGE @z + - BYLEX
        ZRANGE @z - + BYLEX LIMIT 1 2
        ZRANGE @z + [b BYLEX REV LIMIT 0 1
        ! ZRANGE @z a + BYLEX
        ! ZRANGE @z - b BYLEX
        ! ZRANGE @z [a + BYLEX WITHSCORES
        "#,
    )
    .await;
}

#[tokio::test]
async fn extremes_are_popped() {
    agree(
        r#"
        ZADD @z 1 a 2 b 3 c 4 d 5 e
        ZPOPMIN @z
        ZPOPMAX @z
        ZPOPMIN @z 2
        ZPOPMAX @z 0
        ZPOPMAX @z 10
        EXISTS @z
        ZPOPMIN @z
        ZPOPMAX @missing 2
        ! ZPOPMIN @z x
        ! ZPOPMIN @z -1
        ! ZPOPMIN @z 1 2
        ZADD @one 1 a
        "#,
    )
    .await;
}

#[tokio::test]
async fn other_types_are_refused() {
    agree(
        r#"
        SET @s v
        ! ZADD @s 1 a
        ! ZINCRBY @s 1 a
        ! ZREM @s a
        ! ZSCORE @s a
        ! ZMSCORE @s a
        ! ZCARD @s
        ! ZCOUNT @s 1 2
        ! ZRANGE @s 0 -1
        ! ZRANGEBYSCORE @s 1 2
        ! ZRANK @s a
        ! ZREMRANGEBYSCORE @s 1 2
        ! ZREMRANGEBYRANK @s 0 1
        ! ZPOPMIN @s
        ! ZSCAN @s 0
        "#,
    )
    .await;
}
