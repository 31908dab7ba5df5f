//! Compiled patterns: the codes that `re._compiler` makes, checked and translated to a form that is quick to run.
//!
//! The code is a tree written out flat, with skips over each part. It becomes a list of [`Op`]s whose targets are
//! positions in that list. Anything that `re._compiler` would not produce is refused, so that the engine can trust
//! targets, groups and sets.

use super::charset::{CATEGORIES, Category, Fold, Item, Set};
use weft_vm::exc;
use weft_vm::thread::check_native_stack;
use weft_vm::value::Res;

/// Repetitions without a limit.
pub const MAX_REPEAT: u32 = u32::MAX;

/// A test of one character.
#[derive(Clone, Copy, Debug)]
pub enum Single {
    /// Anything but a line feed.
    Any,
    /// Anything.
    AnyAll,
    /// This one, or with the flag any but this one.
    Literal(u32, bool),
    /// As `Literal`, ignoring case.
    Folded(u32, bool, Fold),
    /// One of a kind.
    Category(Category),
    /// One of the numbered set.
    In(u32),
    /// As `In`, ignoring case.
    InFolded(u32, Fold),
}

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum At {
    Beginning,
    BeginningLine,
    End,
    EndLine,
    EndString,
    /// A word boundary, or with the flag none, by the kind of word character.
    Boundary(Category, bool),
}

/// How a repetition gives way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greed {
    /// As many as possible first.
    Greedy,
    /// As few as possible first.
    Lazy,
    /// As many as possible, and no other number.
    Possessive,
}

/// An operation. Targets are positions in the program.
#[derive(Clone, Debug)]
pub enum Op {
    /// No match this way.
    Fail,
    /// The pattern, or the part that is matched by itself, has matched.
    Success,
    /// One character.
    One(Single),
    /// A place.
    At(At),
    /// Goes on, or else at the target.
    Split(usize),
    /// Goes on at the target.
    Jump(usize),
    /// Notes where a group begins or ends.
    Mark(usize),
    /// What a group has matched.
    Group(usize, Fold),
    /// Goes on if the group has matched, otherwise at the target.
    IfGroup(usize, usize),
    /// Begins a repetition whose end is at the target.
    Repeat(usize),
    /// The end of a repetition: the body begins at `body`.
    Until { body: usize, min: u32, max: u32, lazy: bool },
    /// Repeats one character, then goes on at `tail`, which may begin with a literal.
    RepeatOne { single: Single, min: u32, max: u32, greed: Greed, tail: usize, literal: Option<u32> },
    /// Matches what follows by itself, `back` characters back, then goes on at the target.
    Assert { back: usize, negative: bool, next: usize },
    /// Matches what follows by itself, then goes on at the target.
    Atomic(usize),
    /// Matches what follows by itself as often as it goes, then goes on at the target.
    Possessive { min: u32, max: u32, next: usize },
}

/// What the beginning of a match looks like, for searching.
#[derive(Debug)]
pub enum Start {
    /// Nothing is known.
    Anything,
    /// With these characters.
    Prefix(Vec<u32>),
    /// With one of the numbered set.
    Set(u32),
    /// At the beginning of the string.
    Beginning,
}

/// A compiled pattern.
#[derive(Debug)]
pub struct Program {
    /// The operations.
    pub ops: Vec<Op>,
    /// The sets.
    pub sets: Vec<Set>,
    /// Where matching begins.
    pub start: Start,
    /// Characters a match has at least.
    pub min_width: usize,
}

struct Translator<'a> {
    code: &'a [u32],
    groups: usize,
    ops: Vec<Op>,
    sets: Vec<Set>,
    /// For each position in the code that begins an operation, the operation.
    places: Vec<Option<usize>>,
    /// Operations whose target is still a position in the code.
    open: Vec<usize>,
    start: Start,
    min_width: usize,
}

fn invalid<T>() -> Res<T> {
    Err(exc::runtime_error("invalid SRE code"))
}

impl Program {
    /// Translates the codes of a pattern with this many groups.
    pub fn new(code: &[u32], groups: usize) -> Res<Program> {
        let places = vec![None; code.len() + 1];
        let mut t =
            Translator { code, groups, ops: Vec::new(), sets: Vec::new(), places, open: Vec::new(), start: Start::Anything, min_width: 0 };
        t.block(0, code.len())?;
        t.ops.push(Op::Fail);
        t.resolve()?;
        if let (Start::Anything, Some(Op::At(At::Beginning))) = (&t.start, t.ops.first()) {
            t.start = Start::Beginning;
        }
        Ok(Program { ops: t.ops, sets: t.sets, start: t.start, min_width: t.min_width })
    }
}

impl Translator<'_> {
    fn at(&self, i: usize) -> Res<u32> {
        match self.code.get(i) {
            Some(&c) => Ok(c),
            None => invalid(),
        }
    }

    /// The position that the skip at `i` leads to, at most `end`.
    fn skip(&self, i: usize, end: usize) -> Res<usize> {
        match i.checked_add(self.at(i)? as usize) {
            Some(to) if to > i && to <= end => Ok(to),
            _ => invalid(),
        }
    }

    fn push_open(&mut self, op: Op) {
        self.open.push(self.ops.len());
        self.ops.push(op);
    }

    /// Turns positions in the code into operations.
    fn resolve(&mut self) -> Res<()> {
        let last = self.ops.len() - 1;
        for i in std::mem::take(&mut self.open) {
            let places = &self.places;
            let to = |at: &mut usize| match places.get(*at) {
                Some(Some(op)) => {
                    *at = *op;
                    Ok(())
                }
                // The end of the code: nothing matches there.
                Some(None) if *at + 1 == places.len() => {
                    *at = last;
                    Ok(())
                }
                _ => invalid(),
            };
            match &mut self.ops[i] {
                Op::Split(x) | Op::Jump(x) | Op::IfGroup(_, x) | Op::Repeat(x) | Op::Atomic(x) => to(x)?,
                Op::RepeatOne { tail: x, .. } | Op::Assert { next: x, .. } | Op::Possessive { next: x, .. } => to(x)?,
                _ => {}
            }
        }
        // A literal right behind a repetition rules out most places where the repetition could end.
        for i in 0..self.ops.len() {
            if let Op::RepeatOne { tail, .. } = self.ops[i] {
                let mut at = tail;
                while let Some(Op::Mark(_)) = self.ops.get(at) {
                    at += 1;
                }
                if let Some(&Op::One(Single::Literal(c, false))) = self.ops.get(at)
                    && let Op::RepeatOne { literal, .. } = &mut self.ops[i]
                {
                    *literal = Some(c);
                }
            }
        }
        Ok(())
    }

    /// Translates the operations in a stretch of code.
    fn block(&mut self, mut i: usize, end: usize) -> Res<()> {
        check_native_stack("")?;
        while i < end {
            self.places[i] = Some(self.ops.len());
            i = self.op(i, end)?;
        }
        if i == end { Ok(()) } else { invalid() }
    }

    /// Translates the operation at `i` and returns where the next one is.
    fn op(&mut self, i: usize, end: usize) -> Res<usize> {
        if let Some((single, next)) = self.single(i, end)? {
            self.ops.push(Op::One(single));
            return Ok(next);
        }
        let p = i + 1;
        match self.at(i)? {
            0 => {
                self.ops.push(Op::Fail);
                Ok(p)
            }
            1 => {
                self.ops.push(Op::Success);
                Ok(p)
            }
            code @ (4 | 5) => {
                let next = self.skip(p, end)?;
                let back = self.at(p + 1)? as usize;
                self.push_open(Op::Assert { back, negative: code == 5, next });
                self.block(p + 2, next)?;
                Ok(next)
            }
            6 => {
                let at = match self.at(p)? {
                    0 | 2 => At::Beginning,
                    1 => At::BeginningLine,
                    3 => At::Boundary(Category(4), false),
                    4 => At::Boundary(Category(4), true),
                    5 => At::End,
                    6 => At::EndLine,
                    7 => At::EndString,
                    8 => At::Boundary(Category(8), false),
                    9 => At::Boundary(Category(8), true),
                    10 => At::Boundary(Category(14), false),
                    11 => At::Boundary(Category(14), true),
                    _ => return invalid(),
                };
                self.ops.push(Op::At(at));
                Ok(p + 1)
            }
            7 => self.branch(p, end),
            code @ (11 | 30 | 34 | 38) => {
                let fold = match code {
                    11 => Fold::None,
                    30 => Fold::Ascii,
                    34 => Fold::Locale,
                    _ => Fold::Unicode,
                };
                let group = self.group(p)?;
                self.ops.push(Op::Group(group, fold));
                Ok(p + 1)
            }
            12 => {
                let group = self.group(p)?;
                // The skip counts from the group's number.
                let no = match p.checked_add(self.at(p + 1)? as usize) {
                    Some(to) if to > p + 1 && to <= end => to,
                    _ => return invalid(),
                };
                self.push_open(Op::IfGroup(group, no));
                Ok(p + 2)
            }
            14 => self.info(p, end),
            15 => {
                let to = self.skip(p, self.code.len())?;
                self.push_open(Op::Jump(to));
                Ok(p + 1)
            }
            17 => {
                let mark = self.at(p)? as usize;
                if mark >= 2 * self.groups {
                    return invalid();
                }
                self.ops.push(Op::Mark(mark));
                Ok(p + 1)
            }
            23 => {
                let until = self.skip(p, end)?;
                let (min, max) = self.counts(p + 1)?;
                let lazy = match self.at(until)? {
                    18 => false,
                    19 => true,
                    _ => return invalid(),
                };
                self.push_open(Op::Repeat(until));
                let body = self.ops.len();
                self.block(p + 3, until)?;
                self.places[until] = Some(self.ops.len());
                self.ops.push(Op::Until { body, min, max, lazy });
                Ok(until + 1)
            }
            code @ (24 | 26 | 29) => {
                let tail = self.skip(p, end)?;
                let (min, max) = self.counts(p + 1)?;
                let greed = match code {
                    24 => Greed::Greedy,
                    26 => Greed::Lazy,
                    _ => Greed::Possessive,
                };
                let item = match self.at(p + 3)? {
                    // A set that nothing is in.
                    0 => {
                        self.sets.push(Set::new(Vec::new()));
                        Some((Single::In(self.sets.len() as u32 - 1), p + 4))
                    }
                    _ => self.single(p + 3, tail)?,
                };
                match item {
                    Some((single, next)) if next + 1 == tail && self.at(next)? == 1 => {
                        self.push_open(Op::RepeatOne { single, min, max, greed, tail, literal: None });
                        Ok(tail)
                    }
                    _ => invalid(),
                }
            }
            27 => {
                let next = self.skip(p, end)?;
                self.push_open(Op::Atomic(next));
                self.block(p + 1, next)?;
                Ok(next)
            }
            28 => {
                // The skip leads to the SUCCESS that ends the item.
                let next = self.skip(p, end)? + 1;
                if next > end || self.at(next - 1)? != 1 {
                    return invalid();
                }
                let (min, max) = self.counts(p + 1)?;
                self.push_open(Op::Possessive { min, max, next });
                self.block(p + 3, next)?;
                Ok(next)
            }
            _ => invalid(),
        }
    }

    fn counts(&self, i: usize) -> Res<(u32, u32)> {
        let (min, max) = (self.at(i)?, self.at(i + 1)?);
        if min > max { invalid() } else { Ok((min, max)) }
    }

    fn group(&self, i: usize) -> Res<usize> {
        let group = self.at(i)? as usize;
        if group < self.groups { Ok(group) } else { invalid() }
    }

    /// Alternatives, each with a skip to the next; a skip of 0 ends them.
    fn branch(&mut self, mut i: usize, end: usize) -> Res<usize> {
        while self.at(i)? != 0 {
            let next = self.skip(i, end)?;
            let split = (self.at(next)? != 0).then_some(self.ops.len());
            if split.is_some() {
                self.ops.push(Op::Split(0));
            }
            self.block(i + 1, next)?;
            if let Some(s) = split {
                self.ops[s] = Op::Split(self.ops.len());
            }
            i = next;
        }
        Ok(i + 1)
    }

    fn info(&mut self, p: usize, end: usize) -> Res<usize> {
        let next = self.skip(p, end)?;
        let (flags, min) = (self.at(p + 1)?, self.at(p + 2)?);
        if self.ops.is_empty() {
            self.min_width = min as usize;
            if flags & 1 != 0 {
                let n = self.at(p + 4)? as usize;
                let from = p + 6;
                match self.code.get(from..from.saturating_add(n)) {
                    Some(prefix) if n > 0 && from + n <= next => self.start = Start::Prefix(prefix.to_vec()),
                    _ => return invalid(),
                }
            } else if flags & 4 != 0 {
                let (set, _) = self.set(p + 4, next)?;
                self.start = Start::Set(set);
            }
        }
        Ok(next)
    }

    /// An operation that tests one character, if there is one at `i`; and where the next operation is.
    fn single(&mut self, i: usize, end: usize) -> Res<Option<(Single, usize)>> {
        let p = i + 1;
        let code = self.at(i)?;
        let single = match code {
            2 => return Ok(Some((Single::Any, p))),
            3 => return Ok(Some((Single::AnyAll, p))),
            8 => Single::Category(self.category(p)?),
            16 => Single::Literal(self.at(p)?, false),
            20 => Single::Literal(self.at(p)?, true),
            32 => Single::Folded(self.at(p)?, false, Fold::Ascii),
            33 => Single::Folded(self.at(p)?, true, Fold::Ascii),
            36 => Single::Folded(self.at(p)?, false, Fold::Locale),
            37 => Single::Folded(self.at(p)?, true, Fold::Locale),
            40 => Single::Folded(self.at(p)?, false, Fold::Unicode),
            41 => Single::Folded(self.at(p)?, true, Fold::Unicode),
            13 | 31 | 35 | 39 => {
                let next = self.skip(p, end)?;
                let (set, _) = self.set(p + 1, next)?;
                let single = match code {
                    13 => Single::In(set),
                    31 => Single::InFolded(set, Fold::Ascii),
                    35 => Single::InFolded(set, Fold::Locale),
                    _ => Single::InFolded(set, Fold::Unicode),
                };
                return Ok(Some((single, next)));
            }
            _ => return Ok(None),
        };
        Ok(Some((single, p + 1)))
    }

    fn category(&self, i: usize) -> Res<Category> {
        let c = self.at(i)?;
        if c < CATEGORIES { Ok(Category(c)) } else { invalid() }
    }

    /// A set, up to the FAILURE that ends it; its number and where it ends.
    fn set(&mut self, mut i: usize, end: usize) -> Res<(u32, usize)> {
        let mut items = Vec::new();
        let bits = |words: &[u32]| <[u32; 8]>::try_from(words).or_else(|_| invalid());
        while i < end {
            let p = i + 1;
            let (item, next) = match self.at(i)? {
                0 => {
                    self.sets.push(Set::new(items));
                    return Ok((self.sets.len() as u32 - 1, p));
                }
                16 => (Item::Literal(self.at(p)?), p + 1),
                8 => (Item::Category(self.category(p)?), p + 1),
                9 => (Item::Bits(bits(self.code.get(p..p + 8).unwrap_or_default())?), p + 8),
                10 => {
                    let n = self.at(p)? as usize;
                    let words = self.code.get(p + 1..p + 65).unwrap_or_default();
                    let index: Vec<u8> = words.iter().flat_map(|w| w.to_ne_bytes()).collect();
                    let from = p + 65;
                    let to = n.checked_mul(8).and_then(|k| k.checked_add(from)).unwrap_or(usize::MAX);
                    let Some(words) = self.code.get(from..to) else { return invalid() };
                    let blocks = words.chunks_exact(8).map(bits).collect::<Res<Vec<_>>>()?;
                    (Item::BigBits { index, blocks }, to)
                }
                22 => (Item::Range(self.at(p)?, self.at(p + 1)?), p + 2),
                42 => (Item::RangeIgnore(self.at(p)?, self.at(p + 1)?), p + 2),
                21 => (Item::Negate, p),
                _ => return invalid(),
            };
            items.push(item);
            i = next;
        }
        invalid()
    }
}
