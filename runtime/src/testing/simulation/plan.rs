//! Who does what, and when, and what goes wrong: drawn from the seed before anything begins.

use std::time::Duration;

use fastrand::Rng;

use super::action::{Action, Asking, LoadEnd, LoadPlan};
use super::address::{Address, Namespace};
use super::groups::{Group, Label};
use super::history::Actor;
use super::source::{Origin, Value};
use super::stage::Crash;
use super::terms::{Declared, Terms};
use super::trouble::{Fault, Faults, Place, Trouble};

/// A whole schedule.
#[derive(Debug)]
pub(super) struct Plan {
    /// In the order of their times.
    pub(super) steps: Vec<(Duration, Step)>,
    /// In how many of a hundred polls an operation lets others go first.
    pub(super) hesitation: u8,
}

/// Something that the plan does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Begin {
        actor: Actor,
        action: Action,
        crash: Crash,
    },
    /// The source of truth changes.
    Write(Address),
    Trouble(Trouble),
    Heal(Place),
}

/// What a plan is drawn for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) nodes: usize,
    pub(super) entries: u8,
    pub(super) steps: usize,
    pub(super) faults: Faults,
    pub(super) terms: Terms,
}

impl Bounds {
    /// How many nodes there are, and what their caches are declared with.
    pub(super) fn fleet(&self) -> (usize, Terms) {
        (self.nodes, self.terms)
    }
}

/// Of a hundred steps, so many are faults where there are any.
const FAULTS: u8 = 20;

impl Plan {
    /// Draws a plan.
    pub(super) fn draw(chance: &mut Rng, bounds: &Bounds) -> Self {
        let mut drawing = Drawing {
            hesitation: *pick(chance, &[0, 10, 50]),
            chance,
            bounds,
            now: Duration::ZERO,
            steps: Vec::new(),
        };
        let is_calm = Fault::ALL
            .iter()
            .all(|fault| bounds.faults.weight(*fault) == 0);
        while drawing.steps.len() < bounds.steps {
            drawing.pass_time();
            if !is_calm && drawing.percent(FAULTS) {
                drawing.fault();
            } else {
                drawing.operations();
            }
        }
        let mut steps = drawing.steps;
        let hesitation = drawing.hesitation;
        steps.sort_by_key(|(time, _)| *time);
        Self { steps, hesitation }
    }

    /// Draws troubles alone, for somebody else's operations.
    pub(super) fn draw_troubles(chance: &mut Rng, bounds: &Bounds) -> Self {
        let mut drawing = Drawing {
            hesitation: 0,
            chance,
            bounds,
            now: Duration::ZERO,
            steps: Vec::new(),
        };
        while drawing.steps.len() < bounds.steps {
            let pause = Duration::from_millis(drawing.chance.u64(1..300));
            drawing.now += pause;
            if let Some(fault) = drawing.draw_fault()
                && fault != Fault::DroppedCaller
            {
                drawing.trouble(fault);
            } else {
                break;
            }
        }
        let mut steps = drawing.steps;
        steps.sort_by_key(|(time, _)| *time);
        Self {
            steps,
            hesitation: 0,
        }
    }
}

struct Drawing<'draw> {
    chance: &'draw mut Rng,
    bounds: &'draw Bounds,
    now: Duration,
    steps: Vec<(Duration, Step)>,
    hesitation: u8,
}

impl Drawing<'_> {
    /// Much happens at the same time, and now and then nothing for a while.
    fn pass_time(&mut self) {
        let millis = match self.chance.u8(..100) {
            0..40 => 0,
            40..75 => self.chance.u64(1..8),
            75..95 => self.chance.u64(8..80),
            // Long enough for copies to be given up where nobody vouches for them any more.
            98.. if self.bounds.terms.keeps_copies() => self.chance.u64(500..1300),
            _ => self.chance.u64(80..700),
        };
        self.now += Duration::from_millis(millis);
    }

    fn percent(&mut self, percent: u8) -> bool {
        self.chance.u8(..100) < percent
    }

    fn step(&mut self, step: Step) {
        self.steps.push((self.now, step));
    }

    fn address(&mut self) -> Address {
        // One is asked for more than the others.
        if self.chance.bool() {
            Address(0)
        } else {
            Address(self.chance.u8(..self.bounds.entries))
        }
    }

    fn node(&mut self) -> usize {
        self.chance.usize(..self.bounds.nodes)
    }

    fn load(&mut self) -> LoadPlan {
        let millis = match self.chance.u8(..100) {
            0..20 => 0,
            20..80 => self.chance.u64(1..60),
            // Longer than a lease lives, or than others wait.
            80..95 => self.chance.u64(60..200),
            _ => self.chance.u64(200..700),
        };
        LoadPlan {
            takes: Duration::from_millis(millis),
            end: match self.chance.u8(..100) {
                0..86 => LoadEnd::Value,
                86..97 => LoadEnd::Error,
                _ => LoadEnd::Panic,
            },
        }
    }

    fn begin(&mut self, node: usize, action: Action, crash: Crash) {
        let actor = Actor::Node(node);
        self.step(Step::Begin {
            actor,
            action,
            crash,
        });
    }

    fn operations(&mut self) {
        let address = self.address();
        let node = self.node();
        if self.bounds.terms.keeps_copies() && self.percent(25) {
            return self.spree(node, address);
        }
        match self.chance.u8(..100) {
            0..10 => self.herd(address),
            10..22 => {
                self.step(Step::Write(address));
                let action = self.telling_of(address);
                self.begin(node, action, Crash::Never);
            }
            22..26 => self.step(Step::Write(address)),
            26..30 => self.stranger(address),
            _ => {
                let action = self.action(address);
                self.begin(node, action, Crash::Never);
            }
        }
    }

    /// How a node tells of a change of the source.
    fn telling_of(&mut self, address: Address) -> Action {
        let terms = self.bounds.terms;
        if terms.indexes == Declared::Yes && self.percent(30) {
            let group = *pick(self.chance, &Group::ALL);
            return Action::InvalidateIndex(address.namespace(), group);
        }
        if terms.tags == Declared::Yes && self.percent(30) {
            return Action::InvalidateTag(*pick(self.chance, &Label::ALL));
        }
        Action::Invalidate(address)
    }

    /// What one node does.
    fn action(&mut self, address: Address) -> Action {
        let terms = self.bounds.terms;
        if terms.indexes == Declared::Yes && self.percent(18) {
            return self.of_an_index(address);
        }
        if terms.tags == Declared::Yes && self.percent(8) {
            return Action::InvalidateTag(*pick(self.chance, &Label::ALL));
        }
        match self.chance.u8(..100) {
            0..62 => Action::Call(address, self.load(), self.asking()),
            62..72 => Action::Refresh(address, self.load()),
            72..78 => Action::Peek(address),
            78..84 => Action::Put(address, unmade(address)),
            84..94 => Action::Invalidate(address),
            _ => Action::Clear(*pick(self.chance, &Namespace::ALL)),
        }
    }

    /// What is done to all entries with a value of an index.
    fn of_an_index(&mut self, address: Address) -> Action {
        let group = *pick(self.chance, &Group::ALL);
        let namespace = address.namespace();
        match self.chance.u8(..100) {
            0..40 => Action::ByIndex(namespace, group),
            40..50 => Action::KeysByIndex(namespace, group),
            _ => Action::InvalidateIndex(namespace, group),
        }
    }

    /// What a call asks of a copy: mostly nothing.
    fn asking(&mut self) -> Asking {
        if !self.bounds.terms.keeps_copies() {
            return Asking::Nothing;
        }
        match self.chance.u8(..100) {
            0..8 => Asking::AtLeast,
            8..16 => Asking::MaxAge(Duration::from_millis(self.chance.u64(..200))),
            _ => Asking::Nothing,
        }
    }

    /// Everybody calls at once.
    fn herd(&mut self, address: Address) {
        let load = self.load();
        for _ in 0..self.chance.usize(2..8) {
            let node = self.node();
            let call = Action::Call(address, load, Asking::Nothing);
            self.begin(node, call, Crash::Never);
        }
    }

    /// One node calls again and again, and finds a copy if there is one; now and then another
    /// changes what it is a copy of, as likely as not while it is being read.
    fn spree(&mut self, node: usize, address: Address) {
        let began = self.now;
        let longest = *pick(self.chance, &[4, 40, 400]);
        for _ in 0..self.chance.usize(3..7) {
            let load = self.load();
            let call = Action::Call(address, load, self.asking());
            self.begin(node, call, Crash::Never);
            if self.percent(30) {
                self.now += Duration::from_millis(self.chance.u64(..4));
                self.step(Step::Write(address));
                let action = self.telling_of(address);
                let other = self.node();
                self.begin(other, action, Crash::Never);
            }
            self.now += Duration::from_millis(self.chance.u64(1..longest));
        }
        // Others go on meanwhile.
        self.now = began;
    }

    fn stranger(&mut self, address: Address) {
        let action = match self.chance.u8(..100) {
            0..70 => Action::Delete(address),
            70..90 => Action::Overwrite(address),
            _ => Action::Flush,
        };
        self.step(Step::Begin {
            actor: Actor::Stranger,
            action,
            crash: Crash::Never,
        });
    }

    fn fault(&mut self) {
        match self.draw_fault() {
            None => {}
            Some(Fault::DroppedCaller) => self.dropped_caller(),
            Some(fault) => self.trouble(fault),
        }
    }

    /// One of the faults, by their weights.
    fn draw_fault(&mut self) -> Option<Fault> {
        let weight = |fault: &Fault| u64::from(self.bounds.faults.weight(*fault));
        let sum: u64 = Fault::ALL.iter().map(weight).sum();
        let mut left = if sum > 0 { self.chance.u64(..sum) } else { 0 };
        Fault::ALL.into_iter().find(|fault| {
            let weight = u64::from(self.bounds.faults.weight(*fault));
            let is_this = left < weight;
            left = left.saturating_sub(weight);
            is_this
        })
    }

    fn dropped_caller(&mut self) {
        let address = self.address();
        let action = self.action(address);
        let crash = match self.chance.u8(..3) {
            0 => Crash::AtPoll(self.chance.u32(1..12)),
            1 => Crash::AtRequest(self.chance.u32(1..4)),
            _ => Crash::AtReply(self.chance.u32(1..4)),
        };
        let node = self.node();
        self.begin(node, action, crash);
    }

    /// A node that hears of nothing for long calls now and later; meanwhile another changes what it
    /// may have a copy of.
    fn calls_of_a_deaf_node(&mut self, place: Place) {
        let Place::Node(node) = place else { return };
        let (began, address) = (self.now, self.address());
        let call = |drawing: &mut Self, at: u64| {
            drawing.now = began + Duration::from_millis(at);
            let call = Action::Call(address, drawing.load(), Asking::Nothing);
            drawing.begin(node, call, Crash::Never);
        };
        for _ in 0..3 {
            let at = self.chance.u64(..100);
            call(self, at);
        }
        self.now = began + Duration::from_millis(self.chance.u64(50..900));
        let other = self.node();
        self.step(Step::Write(address));
        let telling = self.telling_of(address);
        self.begin(other, telling, Crash::Never);
        for _ in 0..3 {
            let at = self.chance.u64(900..1600);
            call(self, at);
        }
        self.now = began;
    }

    /// A trouble, and its end some time later.
    fn trouble(&mut self, fault: Fault) {
        let place = match fault {
            Fault::Restart | Fault::ForgottenScripts => Place::Server,
            Fault::ClockJump if self.chance.bool() => Place::Server,
            _ => Place::Node(self.node()),
        };
        let trouble = Trouble { place, fault };
        self.step(Step::Trouble(trouble));
        if !trouble.is_over_at_once() {
            let makes_deaf = matches!(fault, Fault::LostPushes | Fault::BlackHole);
            let lasts = if makes_deaf && self.bounds.terms.keeps_copies() && self.percent(50) {
                self.calls_of_a_deaf_node(place);
                self.chance.u64(1000..3000)
            } else {
                match self.chance.u8(..100) {
                    0..30 => self.chance.u64(1..10),
                    30..80 => self.chance.u64(10..150),
                    _ => self.chance.u64(150..700),
                }
            };
            let heals = self.now + Duration::from_millis(lasts);
            self.steps.push((heals, Step::Heal(place)));
        }
    }
}

/// What is put is made when it is put: its number is not known yet.
fn unmade(address: Address) -> Value {
    Value::new(address, 0, Origin(0))
}

/// One of these.
pub(super) fn pick<'these, T>(chance: &mut Rng, these: &'these [T]) -> &'these T {
    &these[chance.usize(..these.len())]
}
