//! A call under way: what comes before the body, the body, and what comes after.
//!
//! The compiler translates what knows the body once for every annotated function, what knows only what the body returns once for
//! every type, and all else once. So one line knows the body, a few know what it returns, and the course of a call knows neither.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tracing::Span;

use super::answer::{Answer, Answering};
use super::failures::Failures;
use super::load::{Asked, Asking, Manner, Next, renew};
use super::loading::{Loading, Settling};
use super::local::CloneOut;
use super::policy::Policy;
use super::rules::{ErrorRules, Judge, ValueRules};
use super::shape::{CacheValue, Shape};

pin_project! {
    /// A call, and the body that may have to answer it.
    #[derive(Debug)]
    #[allow(missing_docs, reason = "`pin_project!` has no room for words at a field")]
    pub struct Around<C, Body> {
        #[pin]
        pub call: C,
        #[pin]
        pub body: Body,
    }
}

/// A call, which goes around its body.
pub trait AroundBody {
    /// The answer.
    type Return;

    /// Answers, or runs the body until there is an answer.
    fn poll(
        self: Pin<&mut Self>,
        body: Pin<&mut dyn Future<Output = Self::Return>>,
        context: &mut Context<'_>,
    ) -> Poll<Self::Return>;
}

pin_project! {
    /// A call and its answer.
    pub(crate) struct Session<S: Shape, First> {
        #[pin]
        course: Course<First>,
        answering: Answering<S>,
    }
}

pin_project! {
    /// The course of a call, in a `tracing` span of its own. Nothing is done until it is polled, around its body.
    pub(crate) struct Course<First> {
        verb: &'static str,
        namespace: &'static str,
        // Made when the call begins.
        span: Option<Span>,
        #[pin]
        first: First,
        stage: Stage,
    }
}

/// What of a call knows what its body returns.
trait Typed {
    fn answer(&mut self) -> &mut dyn Answer;

    /// Runs the body, until it has returned the answer.
    fn run(&mut self, context: &mut Context<'_>) -> Poll<()>;
}

/// An answer, and the body that may have to give it.
struct Call<'call, S: Shape> {
    answering: &'call mut Answering<S>,
    body: Pin<&'call mut dyn Future<Output = S::Return>>,
}

/// What a call is at.
enum Stage {
    /// Its first question.
    Asking,
    AskingAgain(Asking),
    /// Whether it is to refresh what it has found.
    Renewing(Renewing),
    Running,
    Loading(Box<Loading>),
    Settling(Settling),
}

type Renewing = Pin<Box<dyn Future<Output = Option<Box<Loading>>> + Send>>;

impl<C, Body> Future for Around<C, Body>
where
    C: AroundBody,
    Body: Future<Output = C::Return>,
{
    type Output = C::Return;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<C::Return> {
        let this = self.project();
        this.call.poll(this.body, context)
    }
}

impl<S, First> Session<S, First>
where
    S: Shape<Value: CacheValue>,
    First: Future<Output = Asked>,
{
    /// A call of this course, which will be answered like this.
    #[inline]
    pub(super) fn new(course: Course<First>, answering: Answering<S>) -> Self {
        Self { course, answering }
    }

    /// A call of this course, as an attribute declares it.
    #[inline]
    pub(crate) fn declared(
        (course, judge): (Course<First>, Judge),
        clone_out: CloneOut<S::Value>,
        failures: Failures<S::Error>,
    ) -> Self {
        // Put together without a call, of which each would have to drop the rest should it panic.
        let values = ValueRules { judge, clone_out };
        let errors = ErrorRules {
            declared: failures,
            picks: None,
        };
        Self {
            course,
            answering: Answering {
                policy: Policy { values, errors },
                outcome: None,
            },
        }
    }
}

impl<S, First> AroundBody for Session<S, First>
where
    S: Shape<Value: CacheValue>,
    First: Future<Output = Asked>,
{
    type Return = S::Return;

    fn poll(
        self: Pin<&mut Self>,
        body: Pin<&mut dyn Future<Output = S::Return>>,
        context: &mut Context<'_>,
    ) -> Poll<S::Return> {
        let this = self.project();
        let answering = this.answering;
        let mut call = Call { answering, body };
        ready!(this.course.poll(context, &mut call));
        match answering.take() {
            Some(outcome) => Poll::Ready(S::join(outcome)),
            // It was polled once more than a future may be.
            None => Poll::Pending,
        }
    }
}

impl<S: Shape<Value: CacheValue>> Typed for Call<'_, S> {
    fn answer(&mut self) -> &mut dyn Answer {
        self.answering
    }

    fn run(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let returned = ready!(self.body.as_mut().poll(context));
        self.answering.returned(returned);
        Poll::Ready(())
    }
}

impl<First: Future<Output = Asked>> Course<First> {
    /// What is called this in its span, and begins like this.
    #[inline]
    pub(super) fn new(verb: &'static str, namespace: &'static str, first: First) -> Self {
        Self {
            verb,
            namespace,
            span: None,
            first,
            stage: Stage::Asking,
        }
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>, call: &mut dyn Typed) -> Poll<()> {
        let this = self.project();
        let span = this
            .span
            .get_or_insert_with(|| span(this.verb, this.namespace));
        let _inside = span.enter();
        if let Stage::Asking = this.stage {
            let asked = ready!(this.first.poll(context));
            *this.stage = match asked.take(call.answer(), Manner::Within).into_stage() {
                Some(stage) => stage,
                None => return Poll::Ready(()),
            };
        }
        this.stage.poll(context, call)
    }
}

impl Stage {
    /// All that comes after the first question.
    fn poll(&mut self, context: &mut Context<'_>, call: &mut dyn Typed) -> Poll<()> {
        loop {
            // Taken out, so that a body which panics takes its load with it.
            let stage = std::mem::replace(self, Self::Running);
            let next = match stage {
                Self::Asking | Self::Running => return call.run(context),
                Self::AskingAgain(mut asking) => match asking.as_mut().poll(context) {
                    Poll::Ready(asked) => asked.take(call.answer(), Manner::Within).into_stage(),
                    Poll::Pending => {
                        *self = Self::AskingAgain(asking);
                        return Poll::Pending;
                    }
                },
                Self::Renewing(mut renewing) => match renewing.as_mut().poll(context) {
                    Poll::Ready(renewed) => renewed.map(Self::Loading),
                    Poll::Pending => {
                        *self = Self::Renewing(renewing);
                        return Poll::Pending;
                    }
                },
                Self::Loading(mut loading) => match call.run(context) {
                    Poll::Ready(()) => Some(Self::Settling(loading.finish(call.answer()))),
                    Poll::Pending => {
                        loading.keep(context);
                        *self = Self::Loading(loading);
                        return Poll::Pending;
                    }
                },
                Self::Settling(mut settling) => {
                    let polled = settling.as_mut().poll(context);
                    *self = Self::Settling(settling);
                    return polled;
                }
            };
            match next {
                Some(stage) => *self = stage,
                None => return Poll::Ready(()),
            }
        }
    }
}

impl Next {
    /// The stage of a call that is answered by nothing yet.
    fn into_stage(self) -> Option<Stage> {
        Some(match self {
            // A body that the caller has lent cannot outlive the call.
            Self::Answered | Self::Refresh(_) => return None,
            Self::Run => Stage::Running,
            Self::Load(loading) => Stage::Loading(loading),
            Self::Ask(asking) => Stage::AskingAgain(asking),
            Self::Renew(due, age, budget) => Stage::Renewing(Box::pin(renew(due, age, budget))),
        })
    }
}

/// The span in which a call is answered; nothing unless somebody listens at the level DEBUG.
pub(super) fn span(verb: &'static str, namespace: &'static str) -> Span {
    let outcome = tracing::field::Empty;
    tracing::debug_span!(target: "larder", "cache", verb, namespace, outcome)
}
