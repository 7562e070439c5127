//! What links share, and the turns they take at it: a command, an atomic pipeline or a script has
//! the state to itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use once_cell::sync::OnceCell;
use smallvec::SmallVec;

use super::command::spec::{Action, Known, Needs, ScriptCommand};
use super::command::table;
use super::database::Database;
use super::eviction::Room;
use super::lua::Machine;
use super::refusal::{Outcome, no_such_script, out_of_memory, unknown_subcommand, wrong_arity};
use super::sabotage::Sabotage;
use super::session::SessionId;
use super::sweeper::Sweeper;
use crate::backend::{Command, Pipeline, Reply, ServerError};
use crate::clock::Clock;

/// How many digits the name of a script has.
const DIGEST_LENGTH: usize = 40;

/// What links share.
pub(super) struct Inner {
    clock: Clock,
    /// Held from the beginning of an atomic step to its end. The state has a lock of its own, so
    /// that a script can let go of it between its calls without letting anybody else in.
    turn: Mutex<()>,
    database: Arc<Mutex<Database>>,
    /// Made when the first script comes. Making it may fail, which is that script's error and
    /// nobody else's.
    machine: OnceCell<Machine>,
    sweeper: Arc<Sweeper>,
    sabotage: Sabotage,
}

impl Inner {
    pub(super) fn new(database: Database, clock: Clock, sabotage: Sabotage) -> Self {
        Self {
            clock,
            turn: Mutex::new(()),
            database: Arc::new(Mutex::new(database)),
            machine: OnceCell::new(),
            sweeper: Arc::default(),
            sabotage,
        }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn sweeper(&self) -> &Arc<Sweeper> {
        &self.sweeper
    }

    pub(super) fn sabotage(&self) -> Sabotage {
        self.sabotage
    }

    /// Does one piece of work on the state with nothing else between, then tells whoever is to be
    /// told.
    pub(super) fn take_turn<T>(&self, work: impl FnOnce(&Turn<'_>) -> T) -> T {
        let turn = lock(&self.turn);
        let result = work(&Turn(self));
        let (mailboxes, next_due) = {
            let mut database = lock(&self.database);
            (database.post(), database.keyspace.next_due())
        };
        drop(turn);
        for mailbox in mailboxes {
            mailbox.send(&self.clock);
        }
        self.sweeper.expect(next_due);
        result
    }

    /// The state, between two steps or in the midst of one: for what is shown to people.
    pub(super) fn glance(&self) -> MutexGuard<'_, Database> {
        lock(&self.database)
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.since_epoch()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.sweeper.wake();
    }
}

/// The right to work on the state, until it is given back.
pub(super) struct Turn<'server>(&'server Inner);

/// The words of a command: most have few.
type Words<'a> = SmallVec<[&'a [u8]; 8]>;

impl Turn<'_> {
    /// The state, for what is no command.
    pub(super) fn database(&self) -> MutexGuard<'_, Database> {
        lock(&self.0.database)
    }

    /// Runs one command in a step of its own.
    pub(super) fn run(&self, session: SessionId, command: &Command) -> Outcome {
        let words: Words<'_> = command.words().collect();
        self.run_words(session, &words)
    }

    /// Runs the command that these words are in a step of its own.
    pub(super) fn run_words(&self, session: SessionId, words: &[&[u8]]) -> Outcome {
        match self.0.sabotage.of_command(words) {
            None => self.run_as_told(session, words),
            Some(swapped) => {
                let words: Words<'_> = swapped.iter().map(Vec::as_slice).collect();
                self.run_as_told(session, &words)
            }
        }
    }

    fn run_as_told(&self, session: SessionId, words: &[&[u8]]) -> Outcome {
        self.database().begin(session, self.0.now());
        let outcome = table::find(words).and_then(|known| {
            self.make_room_for(known);
            self.perform(known, &words[1..])
        });
        if !words[0].eq_ignore_ascii_case(b"CLIENT") {
            self.database().end_caching();
        }
        outcome
    }

    /// Runs the commands each in a step of its own.
    pub(super) fn run_each(&self, session: SessionId, pipeline: &Pipeline) -> Vec<Reply> {
        pipeline
            .commands()
            .iter()
            .map(|command| super::database::reply(self.run(session, command)))
            .collect()
    }

    /// Runs all commands in one step, or none: as `MULTI` and `EXEC`, which refuse the whole for a
    /// command that is unknown or has the wrong number of arguments, and whatever the commands are
    /// when memory is full, which keeping them until `EXEC` takes. The error is the first one.
    pub(super) fn run_all(&self, session: SessionId, pipeline: &Pipeline) -> Outcome<Vec<Reply>> {
        let room = {
            let mut database = self.database();
            database.begin(session, self.0.now());
            database.make_room();
            database.step.room
        };
        let commands = pipeline
            .commands()
            .iter()
            .map(|command| {
                let words: Words<'_> = command.words().collect();
                match (table::find(&words)?, room) {
                    (_, Room::Full) => Err(out_of_memory()),
                    (known, Room::Enough) => Ok((known, words)),
                }
            })
            .collect::<Outcome<Vec<_>>>()?;
        let replies = commands
            .iter()
            .map(|(known, words)| super::database::reply(self.perform(*known, &words[1..])))
            .collect();
        self.database().end_caching();
        Ok(replies)
    }

    fn make_room_for(&self, known: Known) {
        let may_need_memory = known.spec.needs == Needs::WriteAndMemory
            || matches!(known.spec.action, Action::Script(_));
        if may_need_memory {
            self.database().make_room();
        }
    }

    fn perform(&self, known: Known, arguments: &[&[u8]]) -> Outcome {
        match known.spec.action {
            Action::Keyspace(handler) | Action::Connection(handler) => {
                known.run(handler, &mut self.database(), arguments)
            }
            Action::Script(command) => {
                known.count(&mut self.database());
                self.script(command, arguments)
            }
        }
    }

    fn script(&self, command: ScriptCommand, arguments: &[&[u8]]) -> Outcome {
        let machine = self.machine()?;
        match command {
            ScriptCommand::Eval(access) => {
                let swapped = self.0.sabotage.of_script(arguments[0]);
                let text = swapped.as_deref().unwrap_or(arguments[0]);
                machine.learn_and_run(arguments[0], text, access, &arguments[1..])
            }
            ScriptCommand::EvalSha(access) => {
                // Redis does not look at the other words where this cannot be a digest.
                if arguments[0].len() != DIGEST_LENGTH {
                    return Err(no_such_script());
                }
                let digest = String::from_utf8_lossy(arguments[0]).to_ascii_lowercase();
                machine.run(&digest, access, &arguments[1..])
            }
            ScriptCommand::Manage => {
                manage_scripts(machine, self.0.sabotage, arguments[0], &arguments[1..])
            }
        }
    }

    fn machine(&self) -> Outcome<&Machine> {
        let server = self.0;
        server
            .machine
            .get_or_try_init(|| Machine::new(&server.database))
            .map_err(|error| {
                ServerError::new(format!("ERR the Lua machine cannot be made: {error}"))
            })
    }
}

/// `SCRIPT` with this subcommand.
fn manage_scripts(
    machine: &Machine,
    sabotage: Sabotage,
    subcommand: &[u8],
    rest: &[&[u8]],
) -> Outcome {
    let is = |name: &str| subcommand.eq_ignore_ascii_case(name.as_bytes());
    if is("LOAD") {
        let [text] = rest else {
            return Err(wrong_arity("script|load"));
        };
        let swapped = sabotage.of_script(text);
        machine
            .learn(text, swapped.as_deref().unwrap_or(text))
            .map(|digest| Reply::Bulk(digest.into_bytes()))
    } else if is("EXISTS") {
        if rest.is_empty() {
            return Err(wrong_arity("script|exists"));
        }
        let digests = rest
            .iter()
            .map(|digest| String::from_utf8_lossy(digest).to_ascii_lowercase());
        let known = digests.map(|digest| Reply::Int(i64::from(machine.knows(&digest))));
        Ok(Reply::Array(known.collect()))
    } else if is("FLUSH") {
        let is_mode =
            |word: &[u8]| word.eq_ignore_ascii_case(b"SYNC") || word.eq_ignore_ascii_case(b"ASYNC");
        match rest {
            [] => {}
            [mode] if is_mode(mode) => {}
            _ => {
                return Err(ServerError::new(
                    "ERR SCRIPT FLUSH only support SYNC|ASYNC option",
                ));
            }
        }
        machine.forget();
        Ok(Reply::okay())
    } else {
        Err(unknown_subcommand("SCRIPT", subcommand))
    }
}

/// Locks, whether somebody panicked with the lock or not: no step leaves the state half changed by
/// a panic, for none panics.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
