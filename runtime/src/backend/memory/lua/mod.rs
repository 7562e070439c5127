//! The Lua machine: runs the very scripts that Redis runs, by the rules of Redis.
//!
//! What is not here: `cjson`, `cmsgpack`, `struct`, `bit`, `os.clock`, `loadstring`, coroutines,
//! RESP3 inside scripts, and libraries of functions (`FUNCTION`, shebang lines).

mod call;
mod convert;
mod random;
mod sandbox;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use mlua::{Function, Value};

use super::database::{Access, Database, Protocol};
use super::refusal::{Outcome, no_such_script};
use crate::backend::ServerError;

pub(super) use sandbox::Sandbox;

/// A script's digest, in lower case.
pub(super) type Digest = String;

/// The machine of a server, with the scripts that it has learned.
#[derive(Debug)]
pub(super) struct Machine {
    sandbox: Sandbox,
    database: Arc<Mutex<Database>>,
    scripts: Mutex<HashMap<Digest, Function>>,
}

impl Machine {
    /// A machine whose scripts work on this state. The state must not be locked while a script
    /// runs.
    pub(super) fn new(database: &Arc<Mutex<Database>>) -> mlua::Result<Self> {
        Ok(Self {
            sandbox: Sandbox::new(Arc::clone(database))?,
            database: Arc::clone(database),
            scripts: Mutex::default(),
        })
    }

    /// Learns the script and answers its digest. What is run under that digest is the same text,
    /// unless a test wants another.
    pub(super) fn learn(&self, text: &[u8], run: &[u8]) -> Outcome<Digest> {
        let digest = sha1_smol::Sha1::from(text).digest().to_string();
        if !self.knows(&digest) {
            let function = self.sandbox.compile(run).map_err(|error| {
                let text = sandbox::first_line(&error);
                ServerError::new(format!("ERR Error compiling script (new function): {text}"))
            })?;
            self.scripts().insert(digest.clone(), function);
        }
        Ok(digest)
    }

    /// Learns the script and runs it; not before the words behind it are understood.
    pub(super) fn learn_and_run(
        &self,
        text: &[u8],
        run: &[u8],
        access: Access,
        words: &[&[u8]],
    ) -> Outcome {
        call::Given::parse(words)?;
        let digest = self.learn(text, run)?;
        self.run(&digest, access, words)
    }

    /// Whether there is a script of this digest.
    pub(super) fn knows(&self, digest: &str) -> bool {
        self.scripts().contains_key(digest)
    }

    /// Forgets every script.
    pub(super) fn forget(&self) {
        self.scripts().clear();
    }

    /// Runs the script of this digest. The words are as behind `EVALSHA`'s first: how many keys,
    /// the keys, the arguments.
    pub(super) fn run(&self, digest: &str, access: Access, words: &[&[u8]]) -> Outcome {
        let given = call::Given::parse(words)?;
        let script = self.scripts().get(digest).cloned();
        let script = script.ok_or_else(no_such_script)?;
        let before = {
            let mut database = self.lock_database();
            let before = database.step;
            database.step.protocol = Protocol::Resp2;
            database.step.access = access;
            before
        };
        let result = self.sandbox.run(&script, &given);
        self.lock_database().step = before;
        match result {
            Ok(Ok(value)) => convert::from_lua(value, 0),
            Ok(Err(failure)) => Err(failure.worded(digest)),
            Err(error) => {
                let text = sandbox::first_line(&error);
                Err(ServerError::new(format!(
                    "ERR Error running script {digest}, {text}"
                )))
            }
        }
    }

    fn scripts(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Function>> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_database(&self) -> std::sync::MutexGuard<'_, Database> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a script failed with.
pub(super) struct Failure {
    text: String,
    line: Option<i64>,
}

impl Failure {
    fn worded(&self, digest: &str) -> ServerError {
        let place = self.line.map_or_else(String::new, |line| {
            format!(" script: {digest}, on @user_script:{line}.")
        });
        ServerError::new(format!("{}{place}", self.text).replace(['\r', '\n'], " "))
    }
}

/// What a run ends with, unless the machine itself fails.
pub(super) type Ended = Result<Value, Failure>;
