//! Several questions in one round trip, scripts among them.

use super::Context;
use crate::backend::{Atomicity, Backend, Call, Command, Invocation, Pipeline, Reply, Resend};
use crate::error::{Error, ErrorKind, Result};

/// One question of several.
#[derive(Debug, Clone)]
pub(crate) enum Question<'script> {
    Command(Command),
    Script(Invocation<'script>),
}

impl Question<'_> {
    fn command(&self) -> &Command {
        match self {
            Self::Command(command) => command,
            Self::Script(invocation) => invocation.command(),
        }
    }
}

impl Context {
    /// Why the server cannot be asked just now, if it cannot. Whoever has waited in vain for what it
    /// would tell learns so whether it could have told; that takes the call budget at most.
    pub(crate) async fn absence(&self) -> Option<Error> {
        let call = Call {
            deadline: self.clock.now() + self.limits.call_budget,
            resend: Resend::Never,
        };
        let answer = self.backend.run(&Command::new("PING"), &call).await;
        answer.err().filter(Error::is_temporary)
    }

    /// Asks all of them in one round trip, in order. A reply stands in the place of its question;
    /// so does an error.
    ///
    /// A server that does not know a script has not run it and is taught it: those questions are
    /// asked again, after the others, in one round trip more.
    pub(crate) async fn ask(&self, questions: &[Question<'_>], call: &Call) -> Result<Vec<Reply>> {
        let first = questions.iter().map(|question| question.command().clone());
        let mut replies = self.send(first.collect(), call).await?;
        loop {
            let is_unknown =
                |reply: &Reply| matches!(reply, Reply::Error(error) if error.code() == "NOSCRIPT");
            let unknown: Vec<usize> = (0..replies.len())
                .filter(|place| is_unknown(&replies[*place]))
                .collect();
            if unknown.is_empty() {
                return Ok(replies);
            }
            let again = again(unknown.iter().map(|place| &questions[*place]));
            let taught = self.send(again, call).await;
            let taught = taught.map_err(Error::after_sending)?;
            for (place, reply) in unknown.into_iter().zip(taught) {
                replies[place] = reply;
            }
        }
    }

    async fn send(&self, commands: Vec<Command>, call: &Call) -> Result<Vec<Reply>> {
        let count = commands.len();
        let pipeline = commands
            .into_iter()
            .fold(Pipeline::new(Atomicity::Independent), Pipeline::then);
        let replies = self.backend.pipeline(&pipeline, call).await?;
        if replies.len() != count {
            let message = "the server did not answer every question";
            return Err(Error::new(ErrorKind::Protocol, "pipeline", message));
        }
        Ok(replies)
    }
}

/// The same questions for a server that does not know their scripts: the first of each script
/// brings its text along, the others find it known by then.
fn again<'q>(questions: impl Iterator<Item = &'q Question<'q>>) -> Vec<Command> {
    let mut taught = Vec::new();
    let command = |question: &'q Question<'q>| match question {
        Question::Script(invocation) if !taught.contains(&invocation.script().sha1()) => {
            taught.push(invocation.script().sha1());
            invocation.in_full()
        }
        question => question.command().clone(),
    };
    questions.map(command).collect()
}
