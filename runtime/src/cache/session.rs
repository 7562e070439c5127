//! A call under way: what comes before the body, the body, and what comes after.
//!
//! The compiler translates what knows the body once for every annotated function, what knows only
//! what the body returns once for every type, and all else once. So one line knows the body, a few
//! know what it returns, and the course of a call knows neither.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tracing::Span;

use super::answer::{Answer, Answering};
use super::call::Opening;
use super::failures::Failures;
use super::load::{self, Asking, Departure, Manner, Next, renew};
use super::loading::{Load, Loading, Settling};
use super::local::CloneOut;
use super::policy::Policy;
use super::refresh;
use super::rules::{ErrorRules, Judge, ValueRules};
use super::shape::{CacheValue, Shape};
use super::span::span;

pin_project! {
    /// A call, and the body that may have to answer it.
    #[derive(Debug)]
    #[allow(missing_docs, reason = "`pin_project!` has no room for words at a field")]
    pub struct Around<C, Body> {
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
        &mut self,
        body: Pin<&mut dyn Future<Output = Self::Return>>,
        context: &mut Context<'_>,
    ) -> Poll<Self::Return>;
}

/// A call and its answer.
pub(crate) struct Session<S: Shape, O> {
    opening: O,
    course: Course,
    answering: Answering<S>,
}

/// The course of a call, in a `tracing` span of its own, `cache`, of the level DEBUG, whose
/// `outcome` says in the end what happened. Nothing is done until it is polled, around its body.
/// What it is at is behind a pointer without a type ([`Asking`]).
struct Course {
    verb: Verb,
    // Made when the call begins.
    span: Option<Span>,
    /// None before it has set out.
    stage: Option<Stage>,
}

/// What a call does with the cache.
#[derive(Debug, Clone, Copy)]
pub enum Verb {
    /// It is answered from the cache, or by its body, which runs at most once, and not at all when
    /// there is a value.
    Cached,
    /// It runs its body whatever the cache holds and stores what it returns, unless the entry is
    /// invalidated or overwritten meanwhile. A value that is there is read by other callers until
    /// then.
    Refreshed,
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
    Asking(Asking),
    /// Whether it is to refresh what it has found.
    Renewing(Renewing),
    Running,
    Loading(Box<dyn Load + Send>),
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

impl<S: Shape, O> Session<S, O> {
    /// A call that does this. Which it is, is asked when it begins.
    pub(crate) fn new(verb: Verb, opening: O, policy: impl Into<Policy<S>>) -> Self
    where
        S: Shape<Value: CacheValue>,
    {
        Self {
            opening,
            course: Course::new(verb),
            answering: Answering::new(policy.into()),
        }
    }

    /// The same, as an attribute declares it.
    #[inline]
    pub(crate) fn declared(
        verb: Verb,
        opening: O,
        judge: Judge,
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
            opening,
            course: Course {
                verb,
                span: None,
                stage: None,
            },
            answering: Answering {
                policy: Policy { values, errors },
                outcome: None,
            },
        }
    }
}

impl<S, O> AroundBody for Session<S, O>
where
    S: Shape<Value: CacheValue>,
    O: Opening,
{
    type Return = S::Return;

    fn poll(
        &mut self,
        body: Pin<&mut dyn Future<Output = S::Return>>,
        context: &mut Context<'_>,
    ) -> Poll<S::Return> {
        let answering = &mut self.answering;
        let mut call = Call { answering, body };
        ready!(self.course.poll(context, &self.opening, &mut call));
        match self.answering.take() {
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

impl Course {
    fn new(verb: Verb) -> Self {
        Self {
            verb,
            span: None,
            stage: None,
        }
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
        opening: &dyn Opening,
        call: &mut dyn Typed,
    ) -> Poll<()> {
        let verb = self.verb;
        let span = self
            .span
            .get_or_insert_with(|| span(verb.name(), opening.namespace()));
        let _inside = span.enter();
        let stage = match &mut self.stage {
            Some(stage) => stage,
            None => match verb.set_out(opening, call).into_stage() {
                Some(stage) => self.stage.insert(stage),
                None => return Poll::Ready(()),
            },
        };
        stage.poll(context, call)
    }
}

impl Verb {
    /// What it is called in its span.
    fn name(self) -> &'static str {
        match self {
            Self::Cached => "cached",
            Self::Refreshed => "refreshed",
        }
    }

    /// How a call begins.
    fn set_out(self, opening: &dyn Opening, call: &mut dyn Typed) -> Next {
        let (settled, answer) = (opening.settle(), call.answer());
        let departure = match self {
            Self::Cached => load::set_out(settled, answer.judge().copying()),
            Self::Refreshed => refresh::set_out(settled),
        };
        match departure {
            Departure::Asking(asking) => Next::Ask(asking),
            Departure::Known(asked) => asked.take(answer, Manner::Within),
        }
    }
}

impl Stage {
    /// All that comes after it has set out.
    fn poll(&mut self, context: &mut Context<'_>, call: &mut dyn Typed) -> Poll<()> {
        loop {
            // Taken out, so that a body which panics takes its load with it.
            let stage = std::mem::replace(self, Self::Running);
            let next = match stage {
                Self::Running => return call.run(context),
                Self::Asking(mut asking) => match asking.as_mut().poll(context) {
                    Poll::Ready(asked) => asked.take(call.answer(), Manner::Within).into_stage(),
                    Poll::Pending => {
                        *self = Self::Asking(asking);
                        return Poll::Pending;
                    }
                },
                Self::Renewing(mut renewing) => match renewing.as_mut().poll(context) {
                    Poll::Ready(renewed) => renewed.map(|loading| Self::Loading(loading)),
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
            Self::Ask(asking) => Stage::Asking(asking),
            Self::Renew(due, budget) => Stage::Renewing(Box::pin(renew(due, budget))),
        })
    }
}
