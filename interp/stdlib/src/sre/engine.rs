//! The matcher: runs a [`Program`] over characters, going back to earlier choices where it fails.
//!
//! Choices are kept on a stack of their own, so that neither long texts nor many repetitions use native stack. All
//! state that a match changes on its way (marks, repetition counts) is written through the trail, which says what it
//! was before; going back to a choice undoes the trail down to it. Only parts that are matched by themselves
//! (assertions, atomic groups) run the matcher recursively, which is as deep as the pattern is nested.
//!
//! No Python runs here, except handlers of signals, which cannot change the text.

use super::charset::Fold;
use super::program::{At, Greed, MAX_REPEAT, Op, Program, Single, Start};
use weft_vm::eval::breaker;
use weft_vm::thread::check_native_stack;
use weft_vm::types::str::Unit;
use weft_vm::value::Res;

/// No position.
const NOWHERE: usize = usize::MAX;

/// How a match has to begin and end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions {
    /// The match has to reach the end.
    pub whole: bool,
    /// The match must not be empty at the place where matching begins.
    pub advance: bool,
}

/// What a match found.
#[derive(Debug, Default)]
pub struct Found {
    /// Where the match begins and ends.
    pub span: (usize, usize),
    /// Where groups begin and end; `usize::MAX` where they have not matched.
    pub marks: Vec<usize>,
    /// The group that ended last; 0 if none did.
    pub last_group: usize,
}

/// A repetition in progress.
struct Repetition {
    /// How many turns were over when the last one began; -1 before the first.
    count: u32,
    /// Where the last turn began.
    last: usize,
    /// The repetition around it, by its number.
    outer: usize,
}

/// What a piece of state was.
enum Undo {
    Mark(usize, usize),
    LastGroup(usize),
    Count(usize, u32),
    Last(usize, usize),
    Repeat(usize),
    NewRepetition,
}

/// Where to go on when what was tried has failed.
enum Kind {
    /// At this operation and position.
    Go { pc: usize, at: usize },
    /// With one character less, while there are more than `min`: a greedy repetition that began at `from`.
    Fewer { pc: usize, from: usize, count: usize },
    /// With one character more: a lazy repetition that has come to `at`.
    More { pc: usize, at: usize, count: usize },
    /// With what follows repetition `rep`.
    Tail { pc: usize, at: usize, outer: usize },
    /// With another turn of repetition `rep`, of which `count` are over.
    Turn { pc: usize, at: usize, rep: usize, count: u32 },
}

struct Choice {
    trail: usize,
    kind: Kind,
}

/// Memory that one match after another uses.
#[derive(Default)]
pub struct Scratch {
    marks: Vec<usize>,
    repetitions: Vec<Repetition>,
    choices: Vec<Choice>,
    trail: Vec<Undo>,
}

/// A match under way over characters of one width.
pub struct Machine<'a, T> {
    program: &'a Program,
    text: &'a [T],
    /// No match looks at or behind this.
    end: usize,
    conditions: Conditions,
    /// Where the match begins.
    start: usize,
    marks: Vec<usize>,
    last_group: usize,
    repetitions: Vec<Repetition>,
    /// The innermost repetition, by its number.
    repeat: usize,
    choices: Vec<Choice>,
    trail: Vec<Undo>,
    ticks: u32,
}

impl<'a, T: Unit> Machine<'a, T> {
    /// A matcher of `program` with `groups` groups over `text[..end]`.
    pub fn new(program: &'a Program, groups: usize, text: &'a [T], end: usize, scratch: Scratch) -> Machine<'a, T> {
        let Scratch { mut marks, repetitions, choices, trail } = scratch;
        marks.resize(2 * groups, NOWHERE);
        Machine {
            program,
            text,
            end: end.min(text.len()),
            conditions: Conditions::default(),
            start: 0,
            marks,
            last_group: 0,
            repetitions,
            repeat: NOWHERE,
            choices,
            trail,
            ticks: 0,
        }
    }

    /// Gives the memory back.
    pub fn into_scratch(mut self) -> Scratch {
        self.reset();
        Scratch { marks: self.marks, repetitions: self.repetitions, choices: self.choices, trail: self.trail }
    }

    fn reset(&mut self) {
        self.choices.clear();
        self.trail.clear();
        self.repetitions.clear();
        self.marks.fill(NOWHERE);
        self.last_group = 0;
        self.repeat = NOWHERE;
    }

    /// Matches at `start`.
    pub fn match_at(&mut self, start: usize, conditions: Conditions) -> Res<Option<Found>> {
        self.conditions = conditions;
        match self.attempt(start)? {
            Some(end) => Ok(Some(self.found(end))),
            None => Ok(None),
        }
    }

    /// The first match at `from` or later.
    pub fn search(&mut self, from: usize, advance: bool) -> Res<Option<Found>> {
        self.conditions = Conditions { whole: false, advance };
        if from > self.end || self.end - from < self.program.min_width {
            return Ok(None);
        }
        // No match begins behind this.
        let last = self.end - self.program.min_width;
        let mut at = from;
        loop {
            if let Some(next) = self.candidate(at, last) {
                at = next;
            } else {
                return Ok(None);
            }
            if at != from {
                self.conditions.advance = false;
            }
            if let Some(end) = self.attempt(at)? {
                return Ok(Some(self.found(end)));
            }
            if at >= last || matches!(self.program.start, Start::Beginning) {
                return Ok(None);
            }
            at += 1;
        }
    }

    /// The first place in `at..=last` where a match could begin, going by its first characters.
    fn candidate(&self, at: usize, last: usize) -> Option<usize> {
        if at > last {
            return None;
        }
        match &self.program.start {
            Start::Anything => Some(at),
            Start::Beginning => (at == 0 || at <= last).then_some(at),
            Start::Prefix(prefix) => {
                let &first = prefix.first()?;
                let stop = (last + 1).min(self.end);
                let mut at = at;
                loop {
                    at += position(&self.text[at..stop], first)?;
                    let rest = &self.text[at..self.end];
                    if rest.len() >= prefix.len() && rest.iter().zip(prefix).all(|(&c, &p)| c.into() == p) {
                        return Some(at);
                    }
                    at += 1;
                    if at >= stop {
                        return None;
                    }
                }
            }
            Start::Set(set) => {
                let set = &self.program.sets[*set as usize];
                let stop = (last + 1).min(self.end);
                self.text[at..stop.max(at)].iter().position(|&c| set.has(c.into())).map(|i| at + i)
            }
        }
    }

    fn found(&self, end: usize) -> Found {
        Found { span: (self.start, end), marks: self.marks.clone(), last_group: self.last_group }
    }

    /// Matches the whole program at `start`, from a clean state.
    fn attempt(&mut self, start: usize) -> Res<Option<usize>> {
        self.reset();
        self.start = start;
        self.run(0, start, true)
    }

    /// Undoes all changes behind this point of the trail.
    #[inline]
    fn undo(&mut self, to: usize) {
        while self.trail.len() > to {
            match self.trail.pop() {
                Some(Undo::Mark(i, old)) => self.marks[i] = old,
                Some(Undo::LastGroup(old)) => self.last_group = old,
                Some(Undo::Count(rep, old)) => self.repetitions[rep].count = old,
                Some(Undo::Last(rep, old)) => self.repetitions[rep].last = old,
                Some(Undo::Repeat(old)) => self.repeat = old,
                Some(Undo::NewRepetition) => drop(self.repetitions.pop()),
                None => {}
            }
        }
    }

    #[inline]
    fn choose(&mut self, kind: Kind) {
        self.choices.push(Choice { trail: self.trail.len(), kind });
    }

    fn set_repeat(&mut self, rep: usize) {
        self.trail.push(Undo::Repeat(self.repeat));
        self.repeat = rep;
    }

    fn set_count(&mut self, rep: usize, count: u32) {
        self.trail.push(Undo::Count(rep, self.repetitions[rep].count));
        self.repetitions[rep].count = count;
    }

    fn set_last(&mut self, rep: usize, at: usize) {
        self.trail.push(Undo::Last(rep, self.repetitions[rep].last));
        self.repetitions[rep].last = at;
    }

    /// Runs from operation `pc` at position `at` until SUCCESS; where that was, or `None`. The state after a failure is
    /// what it was before.
    fn run(&mut self, mut pc: usize, mut at: usize, top: bool) -> Res<Option<usize>> {
        check_native_stack("")?;
        let (bottom, base) = (self.choices.len(), self.trail.len());
        let program = self.program;
        loop {
            match self.step(program, pc, at, top)? {
                Step::Go(next, to) => (pc, at) = (next, to),
                Step::Done => {
                    self.choices.truncate(bottom);
                    return Ok(Some(at));
                }
                Step::Fail => {
                    // A look at signals now and then keeps hopeless matches interruptible.
                    self.ticks = self.ticks.wrapping_add(1);
                    if self.ticks & 0xfff == 0 && breaker::is_set() {
                        breaker::handle()?;
                    }
                    match self.back_up(program, bottom) {
                        Some(next) => (pc, at) = next,
                        None => {
                            self.undo(base);
                            return Ok(None);
                        }
                    }
                }
            }
        }
    }

    /// Takes the latest choice that is still open.
    fn back_up(&mut self, program: &Program, bottom: usize) -> Option<(usize, usize)> {
        while self.choices.len() > bottom {
            let Choice { trail, kind } = self.choices.pop()?;
            self.undo(trail);
            match kind {
                Kind::Go { pc, at } => return Some((pc, at)),
                Kind::Fewer { pc, from, count } => {
                    let Op::RepeatOne { min, tail, literal, .. } = &program.ops[pc] else { continue };
                    if let Some(next) = self.fewer(pc, from, count - 1, *min as usize, *literal) {
                        return Some((*tail, next));
                    }
                }
                Kind::More { pc, at, count } => {
                    let Op::RepeatOne { single, max, tail, literal, .. } = &program.ops[pc] else { continue };
                    let (mut at, mut count) = (at, count);
                    // Where a literal follows, other places need not be tried.
                    while (*max == MAX_REPEAT || count < *max as usize) && at < self.end && self.is(single, self.text[at].into()) {
                        (at, count) = (at + 1, count + 1);
                        if literal.is_none_or(|c| at < self.end && self.text[at].into() == c) {
                            self.choose(Kind::More { pc, at, count });
                            return Some((*tail, at));
                        }
                    }
                }
                Kind::Tail { pc, at, outer } => {
                    self.set_repeat(outer);
                    return Some((pc, at));
                }
                Kind::Turn { pc, at, rep, count } => {
                    let Op::Until { body, max, .. } = &program.ops[pc] else { continue };
                    if (*max != MAX_REPEAT && count >= *max) || self.repetitions[rep].last == at {
                        continue;
                    }
                    self.set_count(rep, count);
                    self.set_last(rep, at);
                    return Some((*body, at));
                }
            }
        }
        None
    }

    /// The end of a greedy repetition of `count` characters at most, at which what follows could match. Notes the choice of less.
    fn fewer(&mut self, pc: usize, from: usize, mut count: usize, min: usize, literal: Option<u32>) -> Option<usize> {
        if let Some(c) = literal {
            loop {
                let at = from + count;
                if at < self.end && self.text[at].into() == c {
                    break;
                }
                if count <= min {
                    return None;
                }
                count -= 1;
            }
        }
        if count > min {
            self.choose(Kind::Fewer { pc, from, count });
        }
        Some(from + count)
    }

    /// Whether a character passes a test.
    #[inline(always)]
    fn is(&self, single: &Single, c: u32) -> bool {
        match *single {
            Single::Any => c != 0x0a,
            Single::AnyAll => true,
            Single::Literal(p, not) => (c == p) != not,
            Single::Folded(p, not, fold) => fold.same(p, c) != not,
            Single::Category(kind) => kind.has(c),
            Single::In(set) => self.program.sets[set as usize].has(c),
            Single::InFolded(set, fold) => self.program.sets[set as usize].has_folded(c, fold),
        }
    }

    /// How many characters from `at` pass a test, at most `max`.
    fn count(&self, single: &Single, at: usize, max: u32) -> usize {
        let stop = if max == MAX_REPEAT { self.end } else { self.end.min(at.saturating_add(max as usize)) };
        let text = &self.text[at..stop];
        let passed = |f: &dyn Fn(u32) -> bool| text.iter().position(|&c| !f(c.into())).unwrap_or(text.len());
        match *single {
            Single::AnyAll => text.len(),
            Single::Any => position(text, 0x0a).unwrap_or(text.len()),
            Single::Literal(p, true) => position(text, p).unwrap_or(text.len()),
            Single::In(set) => {
                let set = &self.program.sets[set as usize];
                text.iter().position(|&c| !set.has(c.into())).unwrap_or(text.len())
            }
            _ => passed(&|c| self.is(single, c)),
        }
    }

    fn is_at(&self, place: At, at: usize) -> bool {
        let newline = |i: usize| self.text[i].into() == 0x0a;
        match place {
            At::Beginning => at == 0,
            At::BeginningLine => at == 0 || newline(at - 1),
            At::End => at == self.end || at + 1 == self.end && newline(at),
            At::EndLine => at == self.end || newline(at),
            At::EndString => at == self.end,
            At::Boundary(word, none) => {
                let before = at > 0 && word.has(self.text[at - 1].into());
                let after = at < self.end && word.has(self.text[at].into());
                (before != after) != none
            }
        }
    }

    /// Runs one operation.
    #[inline(always)]
    fn step(&mut self, program: &Program, pc: usize, at: usize, top: bool) -> Res<Step> {
        let Some(op) = program.ops.get(pc) else { return Ok(Step::Fail) };
        Ok(match op {
            Op::Fail => Step::Fail,
            Op::Success => {
                if top && (self.conditions.whole && at != self.end || self.conditions.advance && at == self.start) {
                    Step::Fail
                } else {
                    Step::Done
                }
            }
            Op::One(single) => {
                if at < self.end && self.is(single, self.text[at].into()) {
                    Step::Go(pc + 1, at + 1)
                } else {
                    Step::Fail
                }
            }
            Op::At(place) => {
                if self.is_at(*place, at) {
                    Step::Go(pc + 1, at)
                } else {
                    Step::Fail
                }
            }
            Op::Split(other) => {
                // An alternative that begins with another character need not be tried.
                if let Some(Op::One(single)) = program.ops.get(pc + 1)
                    && !(at < self.end && self.is(single, self.text[at].into()))
                {
                    return Ok(Step::Go(*other, at));
                }
                self.choose(Kind::Go { pc: *other, at });
                Step::Go(pc + 1, at)
            }
            Op::Jump(to) => Step::Go(*to, at),
            Op::Mark(i) => {
                self.trail.push(Undo::Mark(*i, self.marks[*i]));
                self.marks[*i] = at;
                if i & 1 != 0 {
                    self.trail.push(Undo::LastGroup(self.last_group));
                    self.last_group = i / 2 + 1;
                }
                Step::Go(pc + 1, at)
            }
            Op::Group(group, fold) => match self.group(*group) {
                Some((from, to)) if to - from <= self.end - at && self.repeats(from, to, at, *fold) => Step::Go(pc + 1, at + (to - from)),
                _ => Step::Fail,
            },
            Op::IfGroup(group, no) => Step::Go(if self.group(*group).is_some() { pc + 1 } else { *no }, at),
            Op::Repeat(until) => {
                let outer = self.repeat;
                self.repetitions.push(Repetition { count: u32::MAX, last: NOWHERE, outer });
                self.trail.push(Undo::NewRepetition);
                self.set_repeat(self.repetitions.len() - 1);
                self.until(program, *until, at, 0)
            }
            Op::Until { .. } => match self.repetitions.get(self.repeat) {
                Some(r) => {
                    let count = r.count.wrapping_add(1);
                    self.until(program, pc, at, count)
                }
                None => Step::Fail,
            },
            Op::RepeatOne { single, min, max, greed, tail, literal } => {
                let least = *min as usize;
                if least > self.end - at {
                    return Ok(Step::Fail);
                }
                match greed {
                    Greed::Lazy => {
                        if least > 0 && self.count(single, at, *min) < least {
                            return Ok(Step::Fail);
                        }
                        let at = at + least;
                        self.choose(Kind::More { pc, at, count: least });
                        if literal.is_some_and(|c| at >= self.end || self.text[at].into() != c) { Step::Fail } else { Step::Go(*tail, at) }
                    }
                    greed => {
                        let count = self.count(single, at, *max);
                        if count < least {
                            return Ok(Step::Fail);
                        }
                        if *greed == Greed::Possessive {
                            return Ok(Step::Go(*tail, at + count));
                        }
                        match self.fewer(pc, at, count, least, *literal) {
                            Some(to) => Step::Go(*tail, to),
                            None => Step::Fail,
                        }
                    }
                }
            }
            Op::Assert { back, negative, next } => {
                let held = self.repeat;
                let base = self.trail.len();
                let matched = match at.checked_sub(*back) {
                    Some(from) => self.run(pc + 1, from, false)?.is_some(),
                    None => false,
                };
                if *negative {
                    self.undo(base);
                } else if matched {
                    self.repeat = held;
                }
                if matched != *negative { Step::Go(*next, at) } else { Step::Fail }
            }
            Op::Atomic(next) => {
                let held = self.repeat;
                match self.run(pc + 1, at, false)? {
                    Some(to) => {
                        self.repeat = held;
                        Step::Go(*next, to)
                    }
                    None => Step::Fail,
                }
            }
            Op::Possessive { min, max, next } => {
                let held = self.repeat;
                let (mut at, mut count, mut last) = (at, 0, NOWHERE);
                while count < *min || (*max == MAX_REPEAT || count < *max) && at != last {
                    match self.run(pc + 1, at, false)? {
                        Some(to) => {
                            self.repeat = held;
                            if count >= *min {
                                last = at;
                            }
                            at = to;
                            count = count.saturating_add(1);
                        }
                        None if count < *min => return Ok(Step::Fail),
                        None => break,
                    }
                }
                Step::Go(*next, at)
            }
        })
    }

    /// The end of a turn of the innermost repetition, or its beginning: `count` turns are over.
    fn until(&mut self, program: &Program, pc: usize, at: usize, count: u32) -> Step {
        let Some(&Op::Until { body, min, max, lazy }) = program.ops.get(pc) else { return Step::Fail };
        let rep = self.repeat;
        if count < min {
            self.set_count(rep, count);
            return Step::Go(body, at);
        }
        let outer = self.repetitions[rep].outer;
        if lazy {
            self.choose(Kind::Turn { pc, at, rep, count });
            self.set_repeat(outer);
            return Step::Go(pc + 1, at);
        }
        if (max == MAX_REPEAT || count < max) && self.repetitions[rep].last != at {
            self.choose(Kind::Tail { pc: pc + 1, at, outer });
            self.set_count(rep, count);
            self.set_last(rep, at);
            return Step::Go(body, at);
        }
        self.set_repeat(outer);
        Step::Go(pc + 1, at)
    }

    fn group(&self, group: usize) -> Option<(usize, usize)> {
        let (from, to) = (self.marks[2 * group], self.marks[2 * group + 1]);
        (from != NOWHERE && to != NOWHERE && from <= to).then_some((from, to))
    }

    /// Whether what stands at `at` repeats the text from `from` to `to`.
    fn repeats(&self, from: usize, to: usize, at: usize, fold: Fold) -> bool {
        let pairs = || self.text[from..to].iter().zip(&self.text[at..at + (to - from)]);
        match fold {
            Fold::None => pairs().all(|(a, b)| a == b),
            fold => pairs().all(|(&a, &b)| fold.lower(a.into()) == fold.lower(b.into())),
        }
    }
}

/// What to do after an operation.
enum Step {
    Go(usize, usize),
    Done,
    Fail,
}

/// The first place of a character.
fn position<T: Unit>(text: &[T], c: u32) -> Option<usize> {
    if size_of::<T>() == 1 {
        // SAFETY: units of one byte are bytes.
        let bytes = unsafe { std::slice::from_raw_parts(text.as_ptr().cast::<u8>(), text.len()) };
        return u8::try_from(c).ok().and_then(|c| memchr::memchr(c, bytes));
    }
    text.iter().position(|&x| x.into() == c)
}
