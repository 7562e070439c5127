//! Reads and changes made up by chance: both servers tell the same reader of the same keys, no
//! earlier and no later.

use std::sync::{Arc, Mutex};

use larder_runtime::backend::{
    Atomicity, Backend, Command, Listener, Pipeline, Push, SharedBackend,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use super::chance::try_by_chance;
use super::sequences::{FAMILIES, is_another_elsewhere, line, templates};
use super::servers::{self, Wording, call};
use super::support::unique;
use super::table::Line;

/// Who runs a command.
#[derive(Debug, Clone, Copy)]
enum Role {
    /// The reader, who wants to be told when what he has read changes.
    Tracker,
    /// The reader, who does not ask for that.
    Reader,
    Another,
}

/// One server: a connection that is told, and another.
struct Scene {
    reader: SharedBackend,
    another: SharedBackend,
    told: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Scene {
    fn set([reader, another]: [SharedBackend; 2]) -> Self {
        let told = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let ear = Arc::clone(&told);
        reader.listen(Listener::new(move |push| match push {
            Push::Invalidated(keys) => ear.lock().unwrap().extend(keys.iter().cloned()),
            Push::InvalidatedAll => ear.lock().unwrap().push(b"everything".to_vec()),
            _ => {}
        }));
        Self {
            reader,
            another,
            told,
        }
    }

    /// The keys that the reader is told of because of this command, in one order: that of one
    /// command's keys is the server's affair.
    async fn told_of(&self, role: Role, command: &Command) -> Vec<String> {
        let (backend, pipeline) = match role {
            Role::Tracker => {
                let caching = Command::new("CLIENT").arg("CACHING").arg("YES");
                let pipeline = Pipeline::new(Atomicity::Independent).then(caching);
                (&self.reader, pipeline)
            }
            Role::Reader => (&self.reader, Pipeline::new(Atomicity::Independent)),
            Role::Another => (&self.another, Pipeline::new(Atomicity::Independent)),
        };
        backend
            .pipeline(&pipeline.then(command.clone()), &call())
            .await
            .unwrap();
        // What is told stands before the answer to whatever is asked next.
        self.reader
            .run(&Command::new("PING"), &call())
            .await
            .unwrap();
        let mut told = std::mem::take(&mut *self.told.lock().unwrap());
        told.sort();
        told.iter()
            .map(|key| key.escape_ascii().to_string())
            .collect()
    }
}

fn steps(length: usize) -> impl Strategy<Value = Vec<(Role, Line)>> {
    let all: Vec<_> = FAMILIES.into_iter().flat_map(templates).collect();
    select(FAMILIES.to_vec()).prop_flat_map(move |family| {
        let line = prop_oneof![3 => line(templates(family)), 1 => line(all.clone())];
        let roles = select(vec![
            Role::Tracker,
            Role::Tracker,
            Role::Reader,
            Role::Another,
        ]);
        prop::collection::vec((roles, line), 1..length)
    })
}

/// Some servers tell nobody of a list that is cut to what it is.
fn is_told_elsewhere(line: &Line) -> bool {
    line.name == "LTRIM"
}

async fn play(
    scenes: &[Scene; 2],
    steps: &[(Role, Line)],
    wording: Wording,
) -> Result<(), TestCaseError> {
    let prefix = unique("telling");
    let mut said = String::new();
    let is_alike = |(_, line): &&(Role, Line)| {
        !is_another_elsewhere(line) && (wording == Wording::Model || !is_told_elsewhere(line))
    };
    for (role, line) in steps.iter().filter(is_alike) {
        let words = line.arguments.iter().map(|word| word.bytes(&prefix));
        let command = Command::new(line.name).args(words.collect::<Vec<_>>());
        said = format!("{said}\n{role:?}: {line}");
        let [redis, memory] = scenes;
        let redis = redis.told_of(*role, &command).await;
        let memory = memory.told_of(*role, &command).await;
        if redis != memory {
            return Err(TestCaseError::fail(format!(
                "told of different keys{said}\n  redis:  {redis:?}\n  memory: {memory:?}"
            )));
        }
    }
    Ok(())
}

#[test]
fn changes_by_chance_are_told_alike() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (scenes, wording) = runtime.block_on(async {
        let embedded = servers::embedded();
        let redis = [servers::redis().await, servers::redis().await];
        let wording = servers::wording(&redis[0]).await;
        let memory = [servers::link(&embedded), servers::link(&embedded)];
        ([Scene::set(redis), Scene::set(memory)], wording)
    });
    try_by_chance(150, &steps(60), |steps| {
        runtime.block_on(play(&scenes, &steps, wording))
    });
}
