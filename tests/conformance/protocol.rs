//! The product's own scripts, by their own texts: each answers and leaves the same on both servers.

use std::collections::BTreeSet;
use std::path::Path;

use larder_runtime::backend::Script;

use super::pair::{Difference, Pair, Way};
use super::table::{self, Expected, Line, Word};

/// Every script, by the name of its file. A line of a table that begins with such a name runs the
/// script: the keys that follow are its `KEYS`, the other words its `ARGV`.
const SCRIPTS: [(&str, &str); 35] = [
    (
        "acquire",
        include_str!("../../runtime/src/cache/lease/acquire.lua"),
    ),
    (
        "extend",
        include_str!("../../runtime/src/cache/lease/extend.lua"),
    ),
    (
        "fill",
        include_str!("../../runtime/src/cache/lease/fill.lua"),
    ),
    (
        "release",
        include_str!("../../runtime/src/cache/lease/release.lua"),
    ),
    (
        "replace",
        include_str!("../../runtime/src/cache/lease/replace.lua"),
    ),
    (
        "count",
        include_str!("../../runtime/src/cache/index/count.lua"),
    ),
    (
        "discard",
        include_str!("../../runtime/src/cache/index/discard.lua"),
    ),
    (
        "enlist",
        include_str!("../../runtime/src/cache/index/enlist.lua"),
    ),
    (
        "mark",
        include_str!("../../runtime/src/cache/index/mark.lua"),
    ),
    (
        "raise",
        include_str!("../../runtime/src/cache/index/raise.lua"),
    ),
    (
        "strike",
        include_str!("../../runtime/src/cache/index/strike.lua"),
    ),
    (
        "hold",
        include_str!("../../runtime/src/cache/lease/hold.lua"),
    ),
    (
        "begin_refresh",
        include_str!("../../runtime/src/cache/lease/begin_refresh.lua"),
    ),
    (
        "supersede",
        include_str!("../../runtime/src/cache/lease/supersede.lua"),
    ),
    (
        "prolong",
        include_str!("../../runtime/src/cache/prolong.lua"),
    ),
    (
        "take",
        include_str!("../../runtime/src/cache/lease/take.lua"),
    ),
    (
        "update",
        include_str!("../../runtime/src/cache/lease/update.lua"),
    ),
    (
        "version",
        include_str!("../../runtime/src/cache/tag/version.lua"),
    ),
    ("create", include_str!("../../runtime/src/store/create.lua")),
    ("swap", include_str!("../../runtime/src/store/swap.lua")),
    ("gcra", include_str!("../../runtime/src/rate/gcra.lua")),
    (
        "fixed_window",
        include_str!("../../runtime/src/rate/fixed_window.lua"),
    ),
    (
        "sliding_window",
        include_str!("../../runtime/src/rate/sliding_window.lua"),
    ),
    (
        "sliding_log",
        include_str!("../../runtime/src/rate/sliding_log.lua"),
    ),
    ("turn", include_str!("../../runtime/src/lock/turn.lua")),
    ("many", include_str!("../../runtime/src/lock/many.lua")),
    ("renew", include_str!("../../runtime/src/lock/renew.lua")),
    (
        "settle",
        include_str!("../../runtime/src/lock/quorum/settle.lua"),
    ),
    ("fenced", include_str!("../../runtime/src/store/fenced.lua")),
    (
        "begin",
        include_str!("../../runtime/src/idempotency/begin.lua"),
    ),
    (
        "continue",
        include_str!("../../runtime/src/idempotency/continue.lua"),
    ),
    (
        "complete",
        include_str!("../../runtime/src/idempotency/complete.lua"),
    ),
    (
        "abandon",
        include_str!("../../runtime/src/idempotency/abandon.lua"),
    ),
    (
        "permit",
        include_str!("../../runtime/src/permits/permit.lua"),
    ),
    ("keep", include_str!("../../runtime/src/permits/keep.lua")),
];

/// What a table means by the digest of `value`.
const DIGEST_OF_VALUE: &str = "f32b67c7e26342af42efabc674d441dca0a281c5";

/// Runs a table on both servers, scripts and commands, and compares every answer and what is stored
/// at the end.
pub(crate) async fn agree(table: &'static str) {
    agree_on(table::read(table)).await;
}

async fn agree_on(lines: Vec<Line>) {
    let mut pair = Pair::new(Way::Commands).await;
    let played = async {
        for line in lines {
            match SCRIPTS.iter().find(|(name, _)| *name == line.name) {
                Some((_, text)) => pair.run_script(&line, &Script::new(text)).await?,
                None => pair.run(&line).await?,
            }
        }
        pair.compare_state().await
    };
    if let Err(Difference(message)) = played.await {
        panic!("{message}");
    }
}

#[test]
fn no_script_is_left_out() {
    let known: BTreeSet<String> = SCRIPTS
        .iter()
        .map(|(name, _)| format!("{name}.lua"))
        .collect();
    assert_eq!(known.len(), SCRIPTS.len(), "two lines have the same name");
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // The embedded server's own sandbox is no script of the product.
            if path.is_dir() && !path.ends_with("backend/memory") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "lua") {
                // A table calls a script by its name alone.
                assert!(!found.contains(&name), "two scripts are called {name}");
                found.insert(name);
            }
        }
    }
    assert_eq!(
        known, found,
        "every .lua file has its line in SCRIPTS and its cases here or in groups.rs"
    );
}

#[test]
fn the_digest_is_that_of_the_value() {
    assert_eq!(Script::new("value").sha1(), DIGEST_OF_VALUE);
}

#[tokio::test]
async fn a_lease_is_taken_filled_and_gone() {
    agree(
        r#"
        acquire @k lease1 100000 ""
        acquire @k lease2 100000 ""
        extend @k lease2 200000
        extend @k lease1 200000
        PTTL @k
        fill @k lease2 other 100000
        fill @k lease1 value 300000
        PTTL @k
        fill @k lease1 value 300000
        extend @k lease1 100000
        release @k lease1
        acquire @k lease3 100000 ""
        acquire @k lease3 100000 0000000000000000000000000000000000000000
        # the caller has read the value and cannot use it
        acquire @k lease3 100000 f32b67c7e26342af42efabc674d441dca0a281c5
        GET @k
        release @k lease2
        release @k lease3
        release @k lease3
        EXISTS @k
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_value_may_have_no_end() {
    agree(
        r#"
        acquire @k lease1 100000 ""
        fill @k lease1 "\x00\xff value" 0
        PTTL @k
        SET @r value EX 100
        replace @r f32b67c7e26342af42efabc674d441dca0a281c5 new 0
        PTTL @r
        "#,
    )
    .await;
}

#[tokio::test]
async fn whoever_deletes_or_overwrites_voids_the_load() {
    agree(
        r#"
        acquire @k lease1 100000 ""
        DEL @k
        fill @k lease1 value 100000
        extend @k lease1 100000
        release @k lease1
        EXISTS @k
        acquire @k lease2 100000 ""
        SET @k foreign
        fill @k lease2 value 100000
        release @k lease2
        GET @k
        acquire @k lease3 100000 ""
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_value_is_replaced_only_if_it_is_the_one_that_was_read() {
    agree(
        r#"
        replace @k f32b67c7e26342af42efabc674d441dca0a281c5 new 100000
        SET @k value
        replace @k 0000000000000000000000000000000000000000 new 100000
        replace @k f32b67c7e26342af42efabc674d441dca0a281c5 new 100000
        GET @k
        PTTL @k
        replace @k f32b67c7e26342af42efabc674d441dca0a281c5 newer 100000
        GET @k
        "#,
    )
    .await;
}

#[tokio::test]
async fn what_was_read_lives_on_if_it_is_still_there_and_never_beyond_its_end() {
    agree(
        r#"
        # nothing there, or something else, or something without an end
        prolong @k token-of-16-byte 300000 0 1000
        EXISTS @k
        SETRANGE @k 42 token-of-16-byte
        prolong @k token-of-16-byte 300000 0 1000
        TTL @k
        EXPIRE @k 100
        prolong @k token-of-16-abcd 300000 0 1000
        TTL @k
        # longer, and then neither shorter nor by less than it is worth
        prolong @k token-of-16-byte 300000 0 1000
        TTL @k
        prolong @k token-of-16-byte 200000 0 1000
        prolong @k token-of-16-byte 300500 0 1000
        TTL @k
        # not beyond an end that is far, near, or over
        prolong @k token-of-16-byte 900000 99999999999999 1000
        TTL @k
        prolong @k token-of-16-byte 1200000 1000 1000
        TTL @k
        ! prolong @k token-of-16-byte x 0 1000
        HSET @h f v
        ! prolong @h token-of-16-byte 300000 0 1000
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_value_is_changed_only_if_it_is_the_one_that_was_read() {
    agree(
        r#"
        update @k f32b67c7e26342af42efabc674d441dca0a281c5 new keep
        EXISTS @k
        SET @k value EX 100
        update @k 0000000000000000000000000000000000000000 new keep
        update @k f32b67c7e26342af42efabc674d441dca0a281c5 new keep
        GET @k
        PTTL @k
        SET @k value
        update @k f32b67c7e26342af42efabc674d441dca0a281c5 new keep
        PTTL @k
        SET @k value EX 100
        update @k f32b67c7e26342af42efabc674d441dca0a281c5 new 300000
        PTTL @k
        SET @k value EX 100
        update @k f32b67c7e26342af42efabc674d441dca0a281c5 new 0
        PTTL @k
        SET @k value
        ! update @k f32b67c7e26342af42efabc674d441dca0a281c5 new x
        ! update @k f32b67c7e26342af42efabc674d441dca0a281c5 new -1
        GET @k
        HSET @h f v
        ! update @h f32b67c7e26342af42efabc674d441dca0a281c5 new keep
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_refresh_has_a_lease_in_the_entry_that_it_refreshes() {
    agree(
        r#"
        # what has no place for a lease, is another entry, or is none
        SETRANGE @k 42 token-of-16-byte
        SETRANGE @k 5 "\x10"
        begin_refresh @k token-of-16-byte refresh-token-16 100000 free
        SETRANGE @k 86 payload
        EXPIRE @k 500
        begin_refresh @k other-token-of16 refresh-token-16 100000 free
        SETRANGE @k 5 "\x0f"
        begin_refresh @k token-of-16-byte refresh-token-16 100000 any
        begin_refresh @missing token-of-16-byte refresh-token-16 100000 free
        EXISTS @missing
        SETRANGE @k 5 "\x1c"
        # one at a time
        begin_refresh @k token-of-16-byte refresh-token-16 100000 free
        begin_refresh @k token-of-16-byte another-token-16 100000 free
        hold @k another-token-16 100000
        supersede @k another-token-16 new 100000
        hold @k refresh-token-16 100000
        begin_refresh @k token-of-16-byte another-token-16 100000 free
        hold @k refresh-token-16 0
        begin_refresh @k token-of-16-byte another-token-16 100000 free
        begin_refresh @k token-of-16-byte refresh-token-16 100000 any
        # the entry is what it was
        PTTL @k
        GETRANGE @k 62 77
        GETRANGE @k 86 -1
        supersede @k another-token-16 new 100000
        supersede @k refresh-token-16 new 100000
        supersede @k refresh-token-16 newer 100000
        GET @k
        PTTL @k
        hold @k refresh-token-16 100000
        SETRANGE @taken 62 refresh-token-16
        take @taken lease1 100000 another-token-16
        take @taken lease1 100000 refresh-token-16
        GET @taken
        PTTL @taken
        SETRANGE @discarded 62 refresh-token-16
        discard @discarded another-token-16 62 ""
        discard @discarded refresh-token-16 62 ""
        EXISTS @discarded
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_refreshed_value_may_have_no_end() {
    agree(
        r#"
        SETRANGE @k 5 "\x10"
        SETRANGE @k 42 token-of-16-byte
        SETRANGE @k 86 payload
        begin_refresh @k token-of-16-byte refresh-token-16 100000 free
        PTTL @k
        supersede @k refresh-token-16 new 0
        PTTL @k
        GET @k
        HSET @h f v
        ! begin_refresh @h token-of-16-byte refresh-token-16 100000 free
        ! hold @h refresh-token-16 100000
        ! supersede @h refresh-token-16 new 100000
        ! take @h lease1 100000 refresh-token-16
        "#,
    )
    .await;
}

#[tokio::test]
async fn keys_of_other_types_and_senseless_times_are_refused_alike() {
    agree(
        r#"
        HSET @h f v
        ! acquire @h lease1 100000 ""
        ! extend @h lease1 100000
        ! fill @h lease1 value 100000
        ! release @h lease1
        ! replace @h f32b67c7e26342af42efabc674d441dca0a281c5 new 100000
        ! acquire @k lease1 x ""
        ! acquire @k lease1 -1 ""
        ! acquire @k lease1 0 ""
        EXISTS @k
        acquire @k lease1 100000 ""
        ! extend @k lease1 x
        ! fill @k lease1 value x
        ! fill @k lease1 value -5
        GET @k
        # a lease that ends at once is as good as given back
        extend @k lease1 0
        EXISTS @k
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_key_is_created_with_its_end_and_added_to_without() {
    agree(
        r#"
        create @l 100000 RPUSH last a b
        PTTL @l
        EXPIRE @l 500
        create @l 100000 RPUSH last c
        PTTL @l
        create @s 100000 SADD sum a b a
        create @s 100000 SADD sum b c
        create @h 100000 HSET sum f v g w
        create @z 100000 ZADD sum 1 a 2 b
        create @n 100000 INCRBY last 5
        create @n 100000 INCRBY last 5
        PTTL @n
        SET @forever 1
        create @forever 100000 INCRBY last 1
        PTTL @forever
        ! create @l 100000 SADD sum a
        ! create @new 100000 ZADD sum x a
        ! create @new 100000 NOSUCHCOMMAND last a
        EXISTS @new
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_long_command_runs_in_parts() {
    let word = |text: &str| Word::Bytes(text.as_bytes().to_vec());
    let line = |command: &str, how: &str, arguments: Vec<Word>| Line {
        name: "create",
        arguments: [
            Word::Key(command.to_owned()),
            word("100000"),
            word(command),
            word(how),
        ]
        .into_iter()
        .chain(arguments)
        .collect(),
        expected: Expected::Success,
    };
    let names = || (0..9_001).map(|number| word(&format!("name{number}")));
    let scored = names().flat_map(|name| [word("2.5"), name]).collect();
    agree_on(vec![
        line("SADD", "sum", names().collect()),
        line("RPUSH", "last", names().collect()),
        line("ZADD", "sum", scored),
    ])
    .await;
}

#[tokio::test]
async fn a_value_is_swapped_only_for_the_one_that_is_there() {
    agree(
        r#"
        swap @k "" first 100000
        PTTL @k
        swap @k "" second 100000
        swap @k other second 100000
        swap @k first second keep
        PTTL @k
        GET @k
        swap @k second third 0
        PTTL @k
        swap @missing first second 100000
        EXISTS @missing
        ! swap @k third fourth x
        ! swap @k third fourth -1
        GET @k
        RPUSH @l a
        ! swap @l "" x 0
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_lock_is_taken_once_and_left() {
    agree(
        r#"
        turn @l @q w1 100000
        turn @l @q w1 200000
        turn @l @q w2 100000
        turn @l @q r3 100000
        HKEYS @l
        PTTL @l
        turn @l @q w2 0
        turn @l @q w1 0
        turn @l @q w1 0
        # the last fence stays
        HKEYS @l
        PTTL @l
        # as a holder leaves that shares with nobody
        turn @l @q w1 100000
        HDEL @l w1
        turn @l @q w2 100000
        turn @l @q w2 0
        turn @l @q r3 100000
        turn @l @q r4 300000
        turn @l @q w2 100000
        HKEYS @l
        # an end that has passed
        HSET @l r3 1000000000000000+100000:7 r4 1000000000000000+100000:8
        turn @l @q w2 100000
        HKEYS @l
        # what somebody else has written is nobody
        HSET @l w2 garbage w5 17 r6 ""
        turn @l @q w7 100000
        HKEYS @l
        # and no fence
        HSET @l last garbage
        HDEL @l w7
        turn @l @q w8 100000
        HDEL @l w8
        HSET @l last 5
        turn @l @q w9 100000
        HKEYS @l
        # the last fence is ahead of the clock
        HSET @l2 last 8000000000000000
        turn @l2 @q2 w1 100000
        HGET @l2 last
        turn @l2 @q2 w1 0
        turn @l2 @q2 w2 100000
        HGET @l2 last
        # a lease that is longer than fences are kept
        turn @l3 @q3 w1 9000000000
        PTTL @l3
        # a fence from another day moves the end of the key on
        HSET @l4 last 1500000000000000
        turn @l4 @q4 w1 100000
        PTTL @l4
        SET @s text
        ! turn @s @q w1 100000
        ! turn @s @q w1 0
        turn @l5 @q5 w1 100000
        ! turn @l5 @s w2 100000 100000 50000
        "#,
    )
    .await;
}

#[tokio::test]
async fn many_locks_are_taken_and_given_back_together() {
    agree(
        r#"
        turn @b @qb w0 100000
        turn @c @qc w0 100000
        HDEL @c w0
        SET @s text
        HSET @g last garbage
        HSET @h last 8000000000000000
        HSET @i last 1500000000000000
        # free, held, free again, no lock, no fence, a fence ahead of the clock, one from another day, a lease that is too long for it
        many @a @qa @b @qb @c @qc @s @qs @g @qg @h @qh @i @qi @j @qj w1 100000 w2 100000 w3 100000 w4 100000 w5 100000 w6 100000 w7 100000 w8 100000000
        HKEYS @a
        PTTL @a
        HKEYS @b
        HKEYS @c
        HKEYS @g
        HKEYS @h
        PTTL @i
        EXISTS @j
        # his, another's, nobody's, no lock
        many @a @qa @b @qb @missing @qm @s @qs w1 0 w2 0 w3 0 w4 0
        HKEYS @a
        HKEYS @b
        EXISTS @missing
        # the same lock in one breath
        many @a @qa @a @qa @a @qa w1 100000 w1 0 w2 100000
        HKEYS @a
        # while somebody waits for his turn
        turn @k @qk w1 100000
        turn @k @qk w2 100000 100000 50000
        many @k @qk @k @qk w1 0 w3 100000
        HKEYS @k
        GET @s
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_queue_is_served_in_order() {
    agree(
        r#"
        turn @l @q w1 100000 100000 50000
        turn @l @q w2 100000 200000 50000
        turn @l @q r3 100000 100000 50000
        turn @l @q r4 100000 100000 50000
        turn @l @q w2 100000 100000 50000
        ZCARD @q
        ZRANK @q w2
        PTTL @q
        HGET @l queue
        turn @l @q w1 0
        HKEYS @l
        turn @l @q w5 100000
        turn @l @q w2 300000 100000 50000
        turn @l @q w2 0
        HKEYS @l
        ZCARD @q
        # whoever does not queue does not overtake a writer who does
        turn @l @q w6 100000 100000 50000
        turn @l @q r7 100000
        turn @l @q r3 0
        turn @l @q r4 0
        HKEYS @l
        turn @l @q w6 0
        HKEYS @l
        EXISTS @q
        # nor when the holder has left without asking who is next
        turn @l @q w1 100000
        turn @l @q w2 100000 100000 50000
        HDEL @l w1
        turn @l @q w3 100000
        HKEYS @l
        turn @l @q w2 100000 100000 50000
        turn @l @q w2 0
        # a queue that has ended
        turn @l @q w1 100000
        turn @l @q w2 100000 100000 50000
        DEL @q
        turn @l @q w1 0
        HKEYS @l
        # whoever gives up his place
        turn @l @q w1 100000
        turn @l @q w2 100000 100000 50000
        turn @l @q w2 0
        HKEYS @l
        EXISTS @q
        "#,
    )
    .await;
}

#[tokio::test]
async fn held_locks_are_renewed_together_and_lost_ones_are_not_revived() {
    agree(
        r#"
        turn @a @q w1 100000
        turn @b @q r2 100000
        HSET @c w3 1000000000000000+100000:7
        SET @d text
        HSET @e w5 garbage
        renew @a @b @c @d @e @missing w1 300000 r2 50000 w3 100000 w4 100000 w5 100000 w6 100000
        HLEN @c
        renew @a w2 900000
        # a key whose end is nearer than fences are kept
        PEXPIRE @b 100000
        renew @b r2 300000
        PTTL @b
        renew @b r2 9000000000
        PTTL @b
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_server_of_a_quorum_knows_the_greatest_fence() {
    agree(
        r#"
        # its end is far away
        HSET @l w1 8000000000000000+100000:5
        settle @l w1 7
        HGET @l w1
        HGET @l last
        # the last fence never falls
        settle @l w1 6
        HGET @l w1
        HGET @l last
        # who does not hold it, or does no longer, or what somebody else has written
        settle @l w2 9
        HSET @l w3 1000000000000000+100000:8 w4 garbage
        settle @l w3 9
        settle @l w4 9
        settle @missing w1 9
        EXISTS @missing
        HGET @l last
        # a server that remembers says for how long
        turn @m @q @since w1 100000
        HKEYS @m
        PTTL @since
        SET @s text
        ! settle @s w1 9
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_write_with_an_older_fence_is_refused() {
    agree(
        r#"
        fenced @k @f 100 value 100000 900000
        fenced @k @f 100 again 100000 900000
        fenced @k @f 99 late 100000 900000
        fenced @k @f 1000 newer 0 0
        PTTL @k
        PTTL @f
        fenced @k @f 999 late 0 0
        GET @k
        fenced @k @f 18446744073709551615 last 100000 900000
        fenced @k @f 18446744073709551614 late 100000 900000
        GET @k
        PTTL @f
        RPUSH @l a
        ! fenced @k @l 1 value 0 0
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_call_runs_once_and_whoever_is_superseded_stores_nothing() {
    agree(
        r#"
        begin @k first print 100000 300000
        begin @k second print 100000 300000
        begin @k second other 100000 300000
        # whoever asks again because the answer was lost has its own run
        begin @k first print 200000 300000
        continue @k second 100000 300000
        continue @k first 100000 300000
        PTTL @k
        complete @k second late 100000
        complete @k first "\x00\xff result" 500000
        complete @k first "\x00\xff result" 500000
        continue @k first 100000 300000
        abandon @k first
        begin @k third print 100000 300000
        begin @k third other 100000 300000
        HGETALL @k
        PTTL @k
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_run_that_has_ended_or_was_given_up_is_taken_over() {
    agree(
        r#"
        HSET @k fingerprint print token first until 1
        PEXPIRE @k 100000
        begin @k second other 100000 300000
        begin @k second print 100000 300000
        complete @k first late 100000
        abandon @k first
        HMGET @k fingerprint token result
        abandon @k second
        EXISTS @k
        abandon @k second
        continue @k second 100000 300000
        complete @k second late 100000
        EXISTS @k
        begin @k third other 100000 300000
        "#,
    )
    .await;
}

#[tokio::test]
async fn permits_are_taken_kept_and_given_to_whoever_came_first() {
    agree(
        r#"
        permit @p @q take one 2 100000 300000 50000 turns
        permit @p @q take two 2 100000 300000 50000 turns
        permit @p @q take three 2 100000 300000 50000 turns
        permit @p @q queue three 2 100000 300000 50000 turns
        permit @p @q queue four 2 100000 300000 50000 turns
        permit @p @q queue five 2 100000 300000 50000 turns
        # sent again it is the same place
        permit @p @q queue three 2 100000 300000 50000 turns
        ZRANGE @q 0 -1
        keep @p one 200000
        keep @p three 200000
        permit @p @q leave four 2 100000 300000 50000 turns
        permit @p @q leave one 2 100000 300000 50000 turns
        ZRANGE @p 0 -1
        # whoever does not wait comes behind
        permit @p @q take six 3 100000 300000 50000 turns
        permit @p @q queue three 2 100000 300000 50000 turns
        permit @p @q leave five 2 100000 300000 50000 turns
        permit @p @q leave five 2 100000 300000 50000 turns
        ZRANGE @p 0 -1
        PTTL @p
        EXISTS @q
        "#,
    )
    .await;
}

#[tokio::test]
async fn permits_that_were_not_kept_are_free() {
    agree(
        r#"
        ZADD @p 1 dead
        ZADD @q 1 waiting
        keep @p dead 100000
        permit @p @q queue next 1 100000 300000 50000 turns
        ZRANGE @p 0 -1
        ZRANGE @q 0 -1
        permit @p @q leave waiting 1 100000 300000 50000 turns
        ZRANGE @p 0 -1
        PTTL @p
        permit @p @q leave next 1 100000 300000 50000 turns
        EXISTS @p
        "#,
    )
    .await;
}
