//! A call under way: what comes before the body, the body, and what comes after.
//!
//! The compiler translates what knows the body once for every annotated function, and what knows only what the body
//! returns once for every type. So one line knows the body: it hands it to the rest as something that can be polled.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tracing::Span;

use super::due::Due;
use super::loading::{Loading, Settling};
use super::shape::{CacheValue, Shape};

pin_project! {
    /// A call and its body.
    struct Session<S: Shape, Beginning, Body> {
        #[pin]
        course: Course<S, Beginning>,
        #[pin]
        body: Body,
    }
}

pin_project! {
    /// The course of a call, in a `tracing` span of its own. Nothing is done until it is polled, around its body.
    pub(crate) struct Course<S: Shape, Beginning> {
        verb: &'static str,
        namespace: &'static str,
        // Made when the call begins.
        span: Option<Span>,
        #[pin]
        beginning: Beginning,
        stage: Stage<S>,
    }
}

/// What a call has come to when it has asked the cache.
pub(crate) enum Begun<S: Shape> {
    /// It is answered, without the body.
    Answered(S::Return),
    /// The body runs, and what it returns is not stored.
    Run,
    /// The body runs, and what it returns is stored.
    Load(Box<Loading<S>>),
    /// This is to be refreshed, and is an answer.
    Refresh(S::Value, Box<Due<S>>),
}

enum Stage<S: Shape> {
    Beginning,
    Running,
    Loading(Box<Loading<S>>),
    Settling(Settling<S>),
}

impl<S, Beginning, Body> Future for Session<S, Beginning, Body>
where
    S: Shape<Value: CacheValue>,
    Beginning: Future<Output = Begun<S>>,
    Body: Future<Output = S::Return>,
{
    type Output = S::Return;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<S::Return> {
        let this = self.project();
        this.course.poll(context, this.body)
    }
}

impl<S, Beginning> Course<S, Beginning>
where
    S: Shape<Value: CacheValue>,
    Beginning: Future<Output = Begun<S>>,
{
    /// What is called this in its span, and begins like this.
    pub(super) fn new(verb: &'static str, namespace: &'static str, beginning: Beginning) -> Self {
        Self {
            verb,
            namespace,
            span: None,
            beginning,
            stage: Stage::Beginning,
        }
    }

    /// The call with this body.
    pub(crate) fn around<Body>(self, body: Body) -> impl Future<Output = S::Return>
    where
        Body: Future<Output = S::Return>,
    {
        Session { course: self, body }
    }

    fn poll(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut body: Pin<&mut dyn Future<Output = S::Return>>,
    ) -> Poll<S::Return> {
        let mut this = self.project();
        let span = this
            .span
            .get_or_insert_with(|| span(this.verb, this.namespace));
        let _inside = span.enter();
        loop {
            // Taken out, so that a body which panics takes its load with it.
            let stage = std::mem::replace(this.stage, Stage::Running);
            *this.stage = match stage {
                Stage::Beginning => match this.beginning.as_mut().poll(context) {
                    Poll::Ready(Begun::Answered(returned)) => return Poll::Ready(returned),
                    // A body that the caller has lent cannot outlive the call.
                    Poll::Ready(Begun::Refresh(old, _)) => return Poll::Ready(S::join(Ok(old))),
                    Poll::Ready(Begun::Run) => Stage::Running,
                    Poll::Ready(Begun::Load(loading)) => Stage::Loading(loading),
                    Poll::Pending => {
                        *this.stage = Stage::Beginning;
                        return Poll::Pending;
                    }
                },
                Stage::Running => return body.poll(context),
                Stage::Loading(mut loading) => match body.as_mut().poll(context) {
                    Poll::Ready(returned) => Stage::Settling(loading.finish(returned)),
                    Poll::Pending => {
                        loading.keep(context);
                        *this.stage = Stage::Loading(loading);
                        return Poll::Pending;
                    }
                },
                Stage::Settling(mut settling) => {
                    let polled = settling.poll(context);
                    *this.stage = Stage::Settling(settling);
                    return polled;
                }
            };
        }
    }
}

/// The span in which a call is answered; nothing unless somebody listens at the level DEBUG.
pub(super) fn span(verb: &'static str, namespace: &'static str) -> Span {
    let outcome = tracing::field::Empty;
    tracing::debug_span!(target: "larder", "cache", verb, namespace, outcome)
}
