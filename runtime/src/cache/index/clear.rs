//! Clearing a namespace, and its indexes with it.

use super::engine::Indexes;
use super::pages::{PAGE, read_page};
use crate::backend::{Backend, Command, Reply, Resend};
use crate::codec::envelope::Token;
use crate::context::{Cursor, Question};
use crate::error::Result;
use crate::key::{KeyKind, Scope, Versions};

/// How many sets one round trip looks into.
const SETS: usize = 64;

/// How many keys one command removes.
const UNLINKED: usize = 256;

/// A set that is walked through.
struct Sweep {
    set: Vec<u8>,
    cursor: Cursor,
}

/// Removes every entry of a namespace, in all versions, and whatever its indexes list; answers how
/// many entries there were.
///
/// A set is emptied member by member, and the entries that it lists are removed before: a load that
/// began meanwhile may have listed its entry just now, and an entry that is stored but not listed
/// could not be invalidated by its index. Marks and counters stay, since a load may be under way
/// that has to see them; they end by themselves within hours.
pub(crate) async fn clear(indexes: &Indexes, scope: &Scope, namespace: &str) -> Result<u64> {
    let pattern = scope.namespace_pattern(namespace, Versions::Any);
    let mut scan = indexes.context().scan(&pattern);
    let mut removed = 0;
    while let Some(page) = scan.next().await? {
        let mut entries = Vec::new();
        let mut sweeps = Vec::new();
        for key in page {
            match scope.kind(namespace, &key) {
                Some(KeyKind::Entry) => entries.push(key),
                Some(KeyKind::IndexSet) => sweeps.push(Sweep {
                    set: key,
                    cursor: Cursor::new(indexes.context()),
                }),
                Some(KeyKind::IndexCounter) | None => {}
            }
        }
        removed += unlink(indexes, &entries).await?;
        while !sweeps.is_empty() {
            let rest = sweeps.split_off(sweeps.len().min(SETS));
            let (count, again) = sweep(indexes, scope, namespace, sweeps).await?;
            removed += count;
            sweeps = rest;
            sweeps.extend(again);
        }
    }
    Ok(removed)
}

/// Takes one page off each of these sets; answers how many entries that removed, and the sets that
/// have more pages.
async fn sweep(
    indexes: &Indexes,
    scope: &Scope,
    namespace: &str,
    mut sweeps: Vec<Sweep>,
) -> Result<(u64, Vec<Sweep>)> {
    let context = indexes.context();
    let call = context.command_call(Resend::Idempotent);
    let scans: Vec<_> = sweeps
        .iter_mut()
        .filter_map(|sweep| {
            let cursor = sweep.cursor.next(context)?;
            let scan = Command::new("ZSCAN").arg(&sweep.set).arg(cursor);
            Some(Question::Command(scan.arg("COUNT").arg(PAGE)))
        })
        .collect();
    let mut entries = Vec::new();
    let mut members = Vec::new();
    let mut again = Vec::new();
    for (mut sweep, reply) in sweeps.into_iter().zip(context.ask(&scans, &call).await?) {
        if matches!(&reply, Reply::Error(error) if error.code() == "WRONGTYPE") {
            continue;
        }
        let page = read_page(reply)?;
        for member in page.members {
            let key = member.get(Token::LENGTH..).unwrap_or_default();
            if scope.kind(namespace, key) == Some(KeyKind::Entry) {
                entries.push(key.to_vec());
                members.push((sweep.set.clone(), member));
            }
        }
        sweep.cursor.moves(context, page.cursor);
        if sweep.cursor.next(context).is_some() {
            again.push(sweep);
        }
    }
    let removed = unlink(indexes, &entries).await?;
    indexes.strike(members.into_iter(), &call).await;
    Ok((removed, again))
}

/// Removes these keys, in commands that none of them holds up the server.
async fn unlink(indexes: &Indexes, keys: &[Vec<u8>]) -> Result<u64> {
    let context = indexes.context();
    let mut removed = 0;
    for page in keys.chunks(UNLINKED) {
        let unlink = Command::new("UNLINK").args(page);
        let call = context.command_call(Resend::Idempotent);
        let reply = context.backend().run(&unlink, &call).await?;
        removed += u64::try_from(reply.into_int("UNLINK")?).unwrap_or(0);
    }
    Ok(removed)
}
