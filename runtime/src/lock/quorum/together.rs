//! One question to all servers at once.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Questions that are under way. All are sent before the first answer is heard, so that a server is
/// asked even if it is not needed.
pub(super) struct Together<F: Future> {
    questions: Vec<Option<Pin<Box<F>>>>,
    answers: VecDeque<(usize, F::Output)>,
}

impl<F: Future> Together<F> {
    /// One question a server.
    pub(super) fn new(questions: impl Iterator<Item = F>) -> Self {
        Self {
            questions: questions.map(|question| Some(Box::pin(question))).collect(),
            answers: VecDeque::new(),
        }
    }

    /// The next answer, and the number of its server; nothing when all have answered.
    pub(super) async fn next(&mut self) -> Option<(usize, F::Output)> {
        poll_fn(|task| {
            let mut is_open = false;
            for (server, question) in self.questions.iter_mut().enumerate() {
                let Some(asked) = question else { continue };
                match asked.as_mut().poll(task) {
                    Poll::Ready(answer) => {
                        *question = None;
                        self.answers.push_back((server, answer));
                    }
                    Poll::Pending => is_open = true,
                }
            }
            match self.answers.pop_front() {
                None if is_open => Poll::Pending,
                answer => Poll::Ready(answer),
            }
        })
        .await
    }

    /// Hears the rest, for nobody.
    pub(super) async fn finish(mut self) {
        while self.next().await.is_some() {}
    }
}
