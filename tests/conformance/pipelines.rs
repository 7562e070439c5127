//! Commands that travel together. Every table of the other files runs as a pipeline too; here are
//! the errors.

use larder_runtime::backend::Atomicity;

use super::pair::{Way, agree_in};

const TOGETHER: [Way; 2] = [
    Way::Pipeline(Atomicity::Independent),
    Way::Pipeline(Atomicity::Atomic),
];

#[tokio::test]
async fn an_error_stands_in_its_place_and_stops_nothing() {
    agree_in(
        &TOGETHER,
        r#"
        SET @a text
        ! INCR @a
        ! LPUSH @a x
        SET @b 1
        INCR @b
        ! HSET @b f v
        GET @a
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_command_that_cannot_be_queued_undoes_the_whole_transaction() {
    // The transaction is refused as a whole, so no line has an answer of its own; what is stored is
    // compared.
    agree_in(
        &[Way::Pipeline(Atomicity::Atomic)],
        r#"
        SET @a 1
        ! GET
        SET @b 2
        "#,
    )
    .await;
    agree_in(
        &[Way::Pipeline(Atomicity::Atomic)],
        r#"
        SET @a 1
        ! NOSUCHCOMMAND x
        "#,
    )
    .await;
}

#[tokio::test]
async fn outside_a_transaction_the_others_run() {
    agree_in(
        &[Way::Pipeline(Atomicity::Independent)],
        r#"
        SET @a 1
        ! GET
        ! NOSUCHCOMMAND x
        SET @b 2
        "#,
    )
    .await;
}

#[tokio::test]
async fn nothing_and_one_command_are_pipelines_too() {
    agree_in(&TOGETHER, "").await;
    agree_in(&TOGETHER, "SET @a 1").await;
    agree_in(&TOGETHER, "! INCRBY @a x").await;
}
