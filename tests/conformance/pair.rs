//! The two servers side by side.

use std::collections::BTreeSet;

use larder_runtime::backend::{
    Atomicity, Backend, Command, Pipeline, Reply, Script, SharedBackend,
};
use larder_runtime::error::Result;

use super::answer::Answer;
use super::servers::{self, Wording, call};
use super::state;
use super::support::server::RedisServer;
use super::support::unique;
use super::table::{self, Expected, Line, Word};

/// A real server and an embedded one, and what was said to both.
pub(crate) struct Pair {
    pub(crate) redis: SharedBackend,
    pub(crate) memory: SharedBackend,
    wording: Wording,
    prefix: String,
    way: Way,
    said: Vec<String>,
    answers: Vec<Answer>,
    keys: BTreeSet<String>,
}

/// How commands reach a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// One by one.
    Commands,
    /// Each from a script, which passes its answer on.
    Script,
    /// All in one round trip.
    Pipeline(Atomicity),
}

/// Where the two servers differ.
#[derive(Debug)]
pub(crate) struct Difference(pub(crate) String);

const WAYS: [Way; 4] = [
    Way::Commands, // first: it finds out which lines cannot be part of a transaction
    Way::Script,
    Way::Pipeline(Atomicity::Independent),
    Way::Pipeline(Atomicity::Atomic),
];

/// Runs a table on both servers in every way, and compares every answer and what is stored at the
/// end.
pub(crate) async fn agree(table: &'static str) {
    agree_in(&WAYS, table).await;
}

/// Runs a table on both servers in these ways only.
pub(crate) async fn agree_in(ways: &[Way], table: &'static str) {
    let mut lines = table::read(table);
    for way in ways {
        let mut pair = Pair::new(*way).await;
        if let Err(Difference(message)) = pair.play(&lines).await {
            panic!("{message}");
        }
        if *way == Way::Commands {
            // In a transaction it would take all the others with it, and nothing would be compared.
            let mut answers = pair.answers.iter();
            lines.retain(|_| !answers.next().is_some_and(Answer::is_refused_unread));
        }
    }
}

/// Runs each script on both servers with two keys and two arguments, and compares every answer and
/// what is stored.
pub(crate) async fn agree_on_scripts(texts: &[&'static str]) {
    let mut pair = Pair::new(Way::Script).await;
    let mut differences = Vec::new();
    for text in texts {
        pair.afresh();
        if let Err(Difference(message)) = pair.play_script(text).await {
            differences.push(message);
        }
    }
    let count = differences.len();
    assert!(
        count == 0,
        "{count} scripts differ\n{}",
        differences.join("\n\n")
    );
}

/// The same, where the server is of the version that the embedded one follows.
pub(crate) async fn agree_on_scripts_as_in_the_model(texts: &[&'static str]) {
    if servers::wording(&servers::redis().await).await == Wording::Model {
        agree_on_scripts(texts).await;
    }
}

impl Pair {
    /// Both servers, with keys of its own.
    pub(crate) async fn new(way: Way) -> Self {
        let redis = servers::redis().await;
        Self {
            wording: servers::wording(&redis).await,
            redis,
            memory: servers::link(&servers::embedded()),
            prefix: unique("case"),
            way,
            said: Vec::new(),
            answers: Vec::new(),
            keys: BTreeSet::new(),
        }
    }

    /// Both servers, with nobody else on them: for what touches more than its own keys.
    pub(crate) async fn alone(server: &RedisServer) -> Self {
        Self {
            redis: servers::connect(server).await,
            ..Self::new(Way::Commands).await
        }
    }

    /// How the real server words its errors.
    pub(crate) fn wording(&self) -> Wording {
        self.wording
    }

    /// Keys of its own again, as if nothing had been said.
    pub(crate) fn afresh(&mut self) {
        self.prefix = unique("case");
        self.said.clear();
        self.answers.clear();
        self.keys.clear();
    }

    /// The key of this name.
    pub(crate) fn key(&self, name: &str) -> Vec<u8> {
        Word::Key(name.to_owned()).bytes(&self.prefix)
    }

    /// Runs the lines, then compares what is stored under every key in them.
    pub(crate) async fn play(&mut self, lines: &[Line]) -> Result<(), Difference> {
        match self.way {
            Way::Commands | Way::Script => {
                for line in lines {
                    self.run(line).await?;
                }
            }
            Way::Pipeline(atomicity) => self.run_together(lines, atomicity).await?,
        }
        self.compare_state().await
    }

    async fn play_script(&mut self, text: &'static str) -> Result<(), Difference> {
        let script = Script::new(text);
        let keys = [self.key("a"), self.key("b")];
        self.keys.extend(["a".to_owned(), "b".to_owned()]);
        let invocation = script.on(&keys).arg("one").arg(b"\x00\xff".as_slice());
        let redis = Answer::of(self.redis.script(&invocation, &call()).await);
        let memory = Answer::of(self.memory.script(&invocation, &call()).await);
        self.same(text, "", &redis, &memory)?;
        self.compare_state().await
    }

    /// Runs one line on both servers and compares the answers.
    pub(crate) async fn run(&mut self, line: &Line) -> Result<(), Difference> {
        let command = self.command(line);
        let redis = one_by_one(&self.redis, &command, self.way).await;
        let memory = one_by_one(&self.memory, &command, self.way).await;
        self.compare(line, &redis, &memory)
    }

    /// Runs a script on both servers with the keys and words of the line, and compares the answers
    /// but for the time in them.
    pub(crate) async fn run_script(
        &mut self,
        line: &Line,
        script: &Script,
    ) -> Result<(), Difference> {
        let is_key = |word: &&Word| matches!(word, Word::Key(_));
        let count = line.arguments.iter().take_while(is_key).count();
        let mut words: Vec<Vec<u8>> = self.words(line);
        let arguments = words.split_off(count);
        let invocation = arguments
            .iter()
            .fold(script.on(&words), larder_runtime::backend::Invocation::arg);
        let redis = Answer::of(self.redis.script(&invocation, &call()).await);
        let memory = Answer::of(self.memory.script(&invocation, &call()).await);
        let memory = memory.at_the_time_of(&redis);
        self.compare(line, &redis, &memory)
    }

    async fn run_together(
        &mut self,
        lines: &[Line],
        atomicity: Atomicity,
    ) -> Result<(), Difference> {
        let pipeline = lines
            .iter()
            .map(|line| self.command(line))
            .fold(Pipeline::new(atomicity), Pipeline::then);
        let redis = self.redis.pipeline(&pipeline, &call()).await;
        let memory = self.memory.pipeline(&pipeline, &call()).await;
        let (redis, memory) = match (redis, memory) {
            (Ok(redis), Ok(memory)) => (redis, memory),
            (redis, memory) => {
                let refusal = |replies: Result<Vec<Reply>>| Answer::of(replies.map(Reply::Array));
                let said = format!("{:?}", self.way);
                return self.same(&said, "", &refusal(redis), &refusal(memory));
            }
        };
        assert_eq!(
            (redis.len(), memory.len()),
            (lines.len(), lines.len()),
            "one reply a command"
        );
        for (line, (redis, memory)) in lines.iter().zip(redis.into_iter().zip(memory)) {
            self.compare(line, &Answer::of(Ok(redis)), &Answer::of(Ok(memory)))?;
        }
        Ok(())
    }

    fn compare(&mut self, line: &Line, redis: &Answer, memory: &Answer) -> Result<(), Difference> {
        self.same(&line.to_string(), line.name, redis, memory)?;
        self.answers.push(redis.clone());
        match (line.expected, redis.is_error()) {
            (Expected::Success, true) => Err(self.difference("expected no error", redis, memory)),
            (Expected::Error, false) => Err(self.difference("expected an error", redis, memory)),
            _ => Ok(()),
        }
    }

    /// Wants both servers to have answered `command` alike.
    pub(crate) fn same(
        &mut self,
        said: &str,
        command: &str,
        redis: &Answer,
        memory: &Answer,
    ) -> Result<(), Difference> {
        self.said.push(said.to_owned());
        let agree = match self.wording {
            Wording::Model => redis.agrees(memory, command),
            Wording::Other => {
                let bare = |answer: &Answer| answer.clone().without_wording();
                bare(redis).agrees(&bare(memory), command)
            }
        };
        if agree {
            Ok(())
        } else {
            Err(self.difference("different answers", redis, memory))
        }
    }

    /// Compares what is stored under every key that was named.
    pub(crate) async fn compare_state(&mut self) -> Result<(), Difference> {
        for name in std::mem::take(&mut self.keys) {
            let key = self.key(&name);
            let redis = state::of(&self.redis, &key).await;
            let memory = state::of(&self.memory, &key).await;
            for ((command, redis), (_, memory)) in redis.iter().zip(memory) {
                let memory = memory.at_the_time_of(redis);
                self.same(
                    &format!("(state) {command} @{name}"),
                    command,
                    redis,
                    &memory,
                )?;
            }
        }
        Ok(())
    }

    fn command(&mut self, line: &Line) -> Command {
        Command::new(line.name).args(self.words(line))
    }

    /// The line's arguments as they are sent; its keys are remembered.
    fn words(&mut self, line: &Line) -> Vec<Vec<u8>> {
        for word in &line.arguments {
            if let Word::Key(name) = word {
                self.keys.insert(name.clone());
            }
        }
        let words = line.arguments.iter();
        words.map(|word| word.bytes(&self.prefix)).collect()
    }

    fn difference(&self, what: &str, redis: &Answer, memory: &Answer) -> Difference {
        Difference(format!(
            "{what}, sent as {:?}\n{}\n  redis:  {redis}\n  memory: {memory}",
            self.way,
            self.said.join("\n"),
        ))
    }
}

/// What one server answers to one command.
async fn one_by_one(server: &SharedBackend, command: &Command, way: Way) -> Answer {
    if way == Way::Script {
        let script = Script::new("return redis.call(unpack(ARGV))");
        let invocation = command
            .words()
            .fold(script.on::<&str>(&[]), |invocation, word| {
                invocation.arg(word)
            });
        Answer::of(server.script(&invocation, &call()).await).through_lua()
    } else {
        Answer::of(server.run(command, &call()).await)
    }
}
