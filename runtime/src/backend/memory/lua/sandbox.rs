//! The inside of the machine: where scripts are compiled and run, and what ends one that never
//! ends.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use mlua::{Function, HookTriggers, Lua, LuaOptions, MultiValue, StdLib, Table, Value, VmState};

use super::super::database::Database;
use super::random::Row;
use super::{Ended, Failure, call, convert};
use crate::backend::{Reply, ServerError};

/// After how many of the machine's instructions it looks whether a script has had enough.
const INTERVAL: u32 = 100_000;

/// How often it looks before it ends the script: after 50 million instructions, about half a
/// second. Instructions are counted and not time, so that a script ends in the same place with a
/// paused clock and on a slow machine.
const INTERVALS: u32 = 500;

/// The world of scripts.
#[derive(Debug)]
pub(in super::super) struct Sandbox {
    lua: Lua,
    world: Table,
    names: Table,
    run: Function,
    left: Arc<AtomicU32>,
}

impl Sandbox {
    pub(super) fn new(database: Arc<Mutex<Database>>) -> mlua::Result<Self> {
        let libraries = StdLib::STRING | StdLib::TABLE | StdLib::MATH;
        let lua = Lua::new_with(libraries, LuaOptions::new().catch_rust_panics(false))?;
        let host = host(&lua, database)?;
        let (world, names, run) = lua
            .load(include_str!("sandbox.lua"))
            .set_name("=sandbox")
            .call(host)?;
        let sandbox = Self {
            lua,
            world,
            names,
            run,
            left: Arc::new(AtomicU32::new(INTERVALS)),
        };
        sandbox.watch()?;
        Ok(sandbox)
    }

    /// The function that this text is.
    pub(super) fn compile(&self, text: &[u8]) -> mlua::Result<Function> {
        self.lua
            .load(text)
            .set_name("@user_script")
            .set_mode(mlua::chunk::ChunkMode::Text)
            .set_environment(self.world.clone())
            .into_function()
    }

    /// Runs the script with these keys and arguments.
    pub(super) fn run(
        &self,
        script: &Function,
        given: &call::Given<'_, '_>,
    ) -> mlua::Result<Ended> {
        self.names.raw_set("KEYS", self.words(given.keys)?)?;
        self.names.raw_set("ARGV", self.words(given.arguments)?)?;
        self.left.store(INTERVALS, Ordering::Relaxed);
        let result = self.run.call::<(bool, Value)>(script);
        if self.left.load(Ordering::Relaxed) == 0 {
            // The script was ended, with a hook that lets nothing run any more.
            self.watch()?;
        }
        let (is_fine, value) = result?;
        if is_fine {
            return Ok(Ok(value));
        }
        Ok(Err(failure(&value)))
    }

    fn words(&self, words: &[&[u8]]) -> mlua::Result<Table> {
        let table = self.lua.create_table_with_capacity(words.len(), 0)?;
        for word in words {
            table.raw_push(self.lua.create_string(word)?)?;
        }
        Ok(table)
    }

    /// Has the machine look now and then whether its script has had enough.
    fn watch(&self) -> mlua::Result<()> {
        let left = Arc::clone(&self.left);
        let triggers = HookTriggers::new().every_nth_instruction(INTERVAL);
        self.lua.set_global_hook(triggers, move |lua, _| {
            let before = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                Some(left.saturating_sub(1))
            });
            if before.is_ok_and(|before| before > 1) {
                return Ok(VmState::Continue);
            }
            // From here on every instruction fails, so that no `pcall` inside the script can go on.
            let every = HookTriggers::new().every_nth_instruction(1);
            lua.set_global_hook(every, |_, _| Err(ended()))?;
            Err(ended())
        })
    }
}

fn ended() -> mlua::Error {
    let instructions = u64::from(INTERVAL) * u64::from(INTERVALS);
    mlua::Error::runtime(format!(
        "Script ended by the embedded server after {instructions} instructions: the server was busy with nothing else"
    ))
}

/// What `sandbox.lua` needs of this side.
fn host(lua: &Lua, database: Arc<Mutex<Database>>) -> mlua::Result<Table> {
    let host = lua.create_table()?;
    let shared = Arc::clone(&database);
    host.set(
        "call",
        lua.create_function(
            move |lua, values: MultiValue| match call::call(&shared, &values) {
                Ok(reply) => convert::to_lua(lua, reply),
                Err(error) => Err(mlua::Error::external(Refused(error))),
            },
        )?,
    )?;
    host.set(
        "pcall",
        lua.create_function(move |lua, values: MultiValue| {
            let reply = call::call(&database, &values);
            convert::to_lua(lua, reply.unwrap_or_else(Reply::Error))
        })?,
    )?;
    host.set("line", lua.create_function(|lua, ()| Ok(line(lua)))?)?;
    host.set(
        "words",
        lua.create_function(|_, failure: Value| Ok(words(&failure)))?,
    )?;
    host.set("log", lua.create_function(|_, said| log(&said))?)?;
    host.set(
        "sha1hex",
        lua.create_function(|_, text: mlua::LuaString| {
            Ok(sha1_smol::Sha1::from(&*text.as_bytes())
                .digest()
                .to_string())
        })?,
    )?;
    let random = Arc::new(Row::new());
    let row = Arc::clone(&random);
    host.set("random", lua.create_function(move |_, ()| Ok(row.next()))?)?;
    host.set(
        "randomseed",
        lua.create_function(move |_, seed: f64| {
            random.seed(seed as i32);
            Ok(())
        })?,
    )?;
    Ok(host)
}

/// Refuses what Redis refuses to log. The rest goes nowhere: the embedded server has no log of its
/// own.
fn log(said: &MultiValue) -> mlua::Result<()> {
    let refused = if said.len() < 2 {
        "redis.log() requires two arguments or more."
    } else {
        match said.front() {
            Some(Value::Integer(0..=3)) => return Ok(()),
            Some(Value::Integer(_) | Value::Number(_)) => "Invalid debug level.",
            _ => "First argument must be a number (log level).",
        }
    };
    Err(mlua::Error::runtime(refused))
}

/// The line of the script that runs now. Between it and here stand the functions of `sandbox.lua`.
fn line(lua: &Lua) -> Option<usize> {
    (0..16).find_map(|level| {
        lua.inspect_stack(level, |frame| {
            let source = frame.source();
            let is_script = source.source.as_deref() == Some("@user_script");
            is_script.then(|| frame.current_line()).flatten()
        })
        .flatten()
    })
}

/// The error reply of a command that a script called, on its way through Lua.
#[derive(Debug)]
struct Refused(ServerError);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refused {}

/// What a failure that is no table says, beginning with an error code.
fn words(failure: &Value) -> String {
    match failure {
        Value::String(text) => format!("ERR {}", text.to_string_lossy()),
        Value::Error(error) => match error.downcast_ref::<Refused>() {
            Some(Refused(error)) => error.text().to_owned(),
            None => format!("ERR {}", first_line(error)),
        },
        other => {
            let text = other.to_string();
            format!(
                "ERR {}",
                text.unwrap_or_else(|_| other.type_name().to_owned())
            )
        }
    }
}

fn failure(value: &Value) -> Failure {
    let field = |name: &str| value.as_table().and_then(|table| table.raw_get(name).ok());
    let text = match field("err") {
        Some(Value::String(text)) => text.to_string_lossy(),
        _ => "ERR unknown error".to_owned(),
    };
    let line = field("line").and_then(|line: Value| line.as_i64());
    Failure { text, line }
}

/// The message at the root of an error, without the stack below it.
pub(super) fn first_line(error: &mlua::Error) -> String {
    let text = match error {
        mlua::Error::CallbackError { cause, .. } => return first_line(cause),
        mlua::Error::RuntimeError(text) | mlua::Error::SyntaxError { message: text, .. } => {
            text.clone()
        }
        other => other.to_string(),
    };
    text.lines().next().unwrap_or_default().to_owned()
}
