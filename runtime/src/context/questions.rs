//! Several questions in one round trip, scripts among them.

use super::Context;
use crate::backend::{Atomicity, Backend, Call, Command, Invocation, Pipeline, Reply};
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
    /// Asks all of them in one round trip, in order. A reply stands in the place of its question; so does an error.
    ///
    /// A server that does not know a script has not run it and is taught it: those questions are asked again, after the others.
    pub(crate) async fn ask(&self, questions: &[Question<'_>], call: &Call) -> Result<Vec<Reply>> {
        let mut replies = self.send(questions.iter(), call).await?;
        loop {
            let is_unknown =
                |reply: &Reply| matches!(reply, Reply::Error(error) if error.code() == "NOSCRIPT");
            let unknown: Vec<usize> = (0..replies.len())
                .filter(|place| is_unknown(&replies[*place]))
                .collect();
            let Some((first, rest)) = unknown.split_first() else {
                return Ok(replies);
            };
            let Question::Script(invocation) = &questions[*first] else {
                return Ok(replies);
            };
            replies[*first] = self.backend.script(invocation, call).await?;
            if !rest.is_empty() {
                let again = rest.iter().map(|place| &questions[*place]);
                for (place, reply) in rest.iter().zip(self.send(again, call).await?) {
                    replies[*place] = reply;
                }
            }
        }
    }

    async fn send<'q>(
        &self,
        questions: impl ExactSizeIterator<Item = &'q Question<'q>>,
        call: &Call,
    ) -> Result<Vec<Reply>> {
        let count = questions.len();
        let commands = questions.map(|question| question.command().clone());
        let pipeline = commands.fold(Pipeline::new(Atomicity::Independent), Pipeline::then);
        let replies = self.backend.pipeline(&pipeline, call).await?;
        if replies.len() != count {
            let message = "the server did not answer every question";
            return Err(Error::new(ErrorKind::Protocol, "pipeline", message));
        }
        Ok(replies)
    }
}
