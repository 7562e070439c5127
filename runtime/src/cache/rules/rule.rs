//! One decision about a value.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

/// Decides something by looking at a value. Which type the value has is forgotten: so what keeps
/// rules, clones and asks them is translated once, and not for every type.
pub(crate) struct Rule<Answer>(Box<dyn Ask<Answer>>);

/// What knows the type.
trait Ask<Answer>: Send + Sync {
    fn ask(&self, value: &dyn Any) -> Option<Answer>;

    fn again(&self) -> Box<dyn Ask<Answer>>;
}

/// A closure that looks at values of this type.
struct Of<V, F> {
    rule: F,
    value: PhantomData<fn(&V)>,
}

impl<Answer: 'static> Rule<Answer> {
    /// What this closure says, of an attribute: it sees nothing but the value, and a box of what
    /// has nothing in it takes no room.
    pub(crate) fn fixed<V: 'static, F>(rule: F) -> Self
    where
        F: Fn(&V) -> Answer + Clone + Send + Sync + 'static,
    {
        Self(Box::new(Of {
            rule,
            value: PhantomData,
        }))
    }

    /// What this closure says, of a plain call.
    pub(crate) fn shared<V: 'static, F>(rule: F) -> Self
    where
        F: Fn(&V) -> Answer + Send + Sync + 'static,
    {
        let rule = Arc::new(rule);
        Self::fixed(move |value: &V| rule(value))
    }
}

impl<Answer> Rule<Answer> {
    /// What it says of this value; nothing of one of another type.
    pub(crate) fn ask(&self, value: &dyn Any) -> Option<Answer> {
        self.0.ask(value)
    }
}

impl<V, F, Answer> Ask<Answer> for Of<V, F>
where
    V: 'static,
    F: Fn(&V) -> Answer + Clone + Send + Sync + 'static,
    Answer: 'static,
{
    fn ask(&self, value: &dyn Any) -> Option<Answer> {
        value.downcast_ref().map(&self.rule)
    }

    fn again(&self) -> Box<dyn Ask<Answer>> {
        Box::new(Self {
            rule: self.rule.clone(),
            value: PhantomData,
        })
    }
}

impl<Answer> Clone for Rule<Answer> {
    fn clone(&self) -> Self {
        Self(self.0.again())
    }
}
