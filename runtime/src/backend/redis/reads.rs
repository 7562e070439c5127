//! Reads of callers who come at the same time go to the server as one `MGET`.
//!
//! As long as few requests are under way, each goes by itself and at once. Who comes when there are
//! many joins a group, which leaves as soon as every task that is ready has had its turn. A group
//! waits for no reply, so nobody is held up longer than those need who were woken with him. The
//! server does for a group once what it would do for each command, and so does this process: a
//! request, a reply, a message from task to task. See `docs/decisions/0020-reads-together.md`.

use std::sync::Arc;

use redis::{RedisResult, Value};
use tokio::runtime::Handle;
use tokio::sync::oneshot::Receiver;

use super::group::Group;
use super::link::Link;
use crate::backend::Command;

/// With so many requests under way, reads go together. Groups of a few cost more than they save.
const MANY: usize = 48;

/// How somebody goes.
enum Passage {
    Alone,
    Together(Receiver<RedisResult<Value>>),
}

/// Who is to carry the next group. Should the task end with its runtime, the group is given up, and
/// each asks by himself.
struct Carrier(Option<Arc<Link>>);

/// Sends a `GET` or `MGET`, with those of others if many are under way, and waits for its reply.
pub(super) async fn read(link: &Arc<Link>, command: &Command) -> RedisResult<Value> {
    if let Passage::Together(answered) = board(link, command)
        && let Ok(answer) = answered.await
    {
        return answer;
    }
    // Alone; or the server would not have all of them in one command, or whoever carried them has
    // ended with his runtime.
    link.send(command.driver()).await
}

/// Has somebody go by himself, or with those who wait for the next turn.
fn board(link: &Arc<Link>, command: &Command) -> Passage {
    let reads = link.reads();
    if link.traffic().count() < MANY || reads.are_refused() {
        return Passage::Alone;
    }
    // Without a runtime nobody carries.
    let Ok(runtime) = Handle::try_current() else {
        return Passage::Alone;
    };
    let mut next = reads.next();
    if next.is_carried_outside_of(runtime.id()) {
        return Passage::Alone;
    }
    let is_first = next.is_empty();
    let answered = next.join(command, runtime.id());
    if is_first {
        drop(next);
        runtime.spawn(carry(Carrier(Some(Arc::clone(link)))));
    } else if next.is_full() {
        let full = std::mem::take(&mut *next);
        drop(next);
        runtime.spawn(go(full, Arc::clone(link)));
    }
    Passage::Together(answered)
}

/// Carries whoever has come by the next turn.
async fn carry(mut carrier: Carrier) {
    tokio::task::yield_now().await;
    if let Some(link) = carrier.0.take() {
        let group = link.reads().take();
        go(group, link).await;
    }
}

/// Asks for all of them.
async fn go(group: Group, link: Arc<Link>) {
    if group.is_empty() {
        return;
    }
    let answer = link.send(group.command()).await;
    if let Err(refusal) = group.tell(answer) {
        link.reads().note(&refusal);
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        if let Some(link) = &self.0 {
            drop(link.reads().take());
        }
    }
}
