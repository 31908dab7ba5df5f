//! Instructions between decoding and their final place: what the post-pass of either CPU works on.
//!
//! [`lay_out`] is the half of the post-pass that no CPU differs in: it threads branches through jumps, drops what
//! cannot be reached, splits hot from cold code, lets the hot part fall through to the next op, and leaves holes.

use crate::compile::Symbol;
use weft_layout::stencil::{Hole, How, What};

/// Where control goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// To the first instruction at or behind this offset of the original code.
    At(usize),
    /// To a symbol.
    To(Symbol),
}

/// What an instruction does to the flow of control.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// Goes on.
    Plain,
    /// Always goes to the target.
    Jump(Target),
    /// Goes to the target if a condition holds, which is in the bytes.
    Branch(Target),
    /// Calls the symbol, and goes on.
    Call(Symbol),
    /// Goes somewhere else.
    End,
    /// Cannot be reached: the op's guards exclude it.
    Trap,
}

/// An instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// Its offset in the original code.
    pub at: usize,
    /// Its bytes; of jumps, branches and calls, what [`Encoder`] wants.
    pub bytes: [u8; 16],
    /// How many.
    pub len: usize,
    /// What it does.
    pub flow: Flow,
    /// The 64-bit constant it has: the op's, or the address of its exit.
    pub word: Option<What>,
}

impl Instruction {
    /// A plain instruction.
    pub fn plain(at: usize, code: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes[..code.len()].copy_from_slice(code);
        Self { at, bytes, len: code.len(), flow: Flow::Plain, word: None }
    }
}

/// How a CPU encodes what goes elsewhere.
pub trait Encoder {
    /// The bytes of a jump, branch or call over `distance` bytes from its beginning. `None`: too far for the short form.
    fn encode(&self, instruction: &Instruction, long: bool, distance: i64) -> Option<Vec<u8>>;
    /// Where in the long form the hole is, and how it is written.
    fn hole(&self, instruction: &Instruction) -> (usize, How);
    /// Where the hole for the 64-bit constant is, and how it is written.
    fn word_hole(&self, instruction: &Instruction) -> (usize, How);
}

/// A stencil, but for its small constants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The hot part.
    pub hot: Section,
    /// The cold part.
    pub cold: Section,
}

/// One part of a stencil.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Section {
    /// The bytes.
    pub code: Vec<u8>,
    /// Where instructions begin.
    pub starts: Vec<usize>,
    /// The holes.
    pub holes: Vec<Hole>,
}

/// Lays the instructions out as a stencil.
pub fn lay_out(mut code: Vec<Instruction>, encoder: &dyn Encoder) -> Piece {
    settle_targets(&mut code);
    drop_branches_to_traps(&mut code);
    let end = hot_end(&code);
    thread(&mut code);
    let reached = reachable(&code);
    let (mut hot, mut cold) = (vec![], vec![]);
    for (i, instruction) in code.iter().enumerate() {
        if reached[i] {
            if i <= end { hot.push(*instruction) } else { cold.push(*instruction) }
        }
    }
    if hot.last().is_some_and(|last| last.flow == Flow::Jump(Target::To(Symbol::Next))) {
        hot.pop();
    }
    drop_jumps_to_next(&mut cold);
    assert!(
        !cold.last().is_some_and(|last| matches!(last.flow, Flow::Plain | Flow::Branch(_) | Flow::Call(_))),
        "the cold part falls off its end"
    );
    let hot_offsets = offsets(&hot, encoder, true);
    let cold_offsets = offsets(&cold, encoder, false);
    let places = Places { hot: (&hot, &hot_offsets), cold: (&cold, &cold_offsets) };
    Piece { hot: places.encode(encoder, true), cold: places.encode(encoder, false) }
}

/// The first instruction at or behind an offset.
fn index_of(code: &[Instruction], at: usize) -> usize {
    code.partition_point(|i| i.at < at)
}

/// Lets targets that are gone name the instruction that took their place.
fn settle_targets(code: &mut [Instruction]) {
    for i in 0..code.len() {
        if let Flow::Jump(Target::At(at)) | Flow::Branch(Target::At(at)) = code[i].flow {
            let target = Target::At(code[index_of(code, at)].at);
            code[i].flow = match code[i].flow {
                Flow::Jump(_) => Flow::Jump(target),
                _ => Flow::Branch(target),
            };
        }
    }
}

fn drop_branches_to_traps(code: &mut Vec<Instruction>) {
    let traps: Vec<usize> = code.iter().filter(|i| i.flow == Flow::Trap).map(|i| i.at).collect();
    code.retain(|i| !matches!(i.flow, Flow::Branch(Target::At(at)) if traps.contains(&at)));
}

/// The last instruction of the hot part: the jump to the next op, or what ends an op that has none.
fn hot_end(code: &[Instruction]) -> usize {
    let next = code.iter().position(|i| i.flow == Flow::Jump(Target::To(Symbol::Next)));
    let end = next.or_else(|| code.iter().position(|i| matches!(i.flow, Flow::Jump(_) | Flow::End)));
    end.expect("a stencil ends somewhere")
}

/// Sends what goes to a jump straight to the jump's target.
fn thread(code: &mut [Instruction]) {
    for i in 0..code.len() {
        let (Flow::Jump(mut target) | Flow::Branch(mut target)) = code[i].flow else {
            continue;
        };
        for _ in 0..code.len() {
            let Target::At(at) = target else { break };
            let Flow::Jump(on) = code[index_of(code, at)].flow else {
                break;
            };
            target = on;
        }
        code[i].flow = match code[i].flow {
            Flow::Jump(_) => Flow::Jump(target),
            _ => Flow::Branch(target),
        };
    }
}

fn reachable(code: &[Instruction]) -> Vec<bool> {
    let mut reached = vec![false; code.len()];
    let mut work = vec![0];
    while let Some(i) = work.pop() {
        if i >= code.len() || std::mem::replace(&mut reached[i], true) {
            continue;
        }
        if let Flow::Jump(Target::At(at)) | Flow::Branch(Target::At(at)) = code[i].flow {
            work.push(index_of(code, at));
        }
        if matches!(code[i].flow, Flow::Plain | Flow::Branch(_) | Flow::Call(_)) {
            work.push(i + 1);
        }
        assert_ne!(code[i].flow, Flow::Trap, "a trap can be reached");
    }
    reached
}

fn drop_jumps_to_next(code: &mut Vec<Instruction>) {
    let mut i = 0;
    while i + 1 < code.len() {
        match code[i].flow {
            Flow::Jump(Target::At(at)) if index_of(code, at) == i + 1 => drop(code.remove(i)),
            _ => i += 1,
        }
    }
}

/// Where each instruction goes, its end last; branches within a part are short where they can be.
struct Offsets {
    at: Vec<usize>,
    long: Vec<bool>,
}

fn offsets(code: &[Instruction], encoder: &dyn Encoder, hot: bool) -> Offsets {
    let mut long: Vec<bool> = code.iter().map(|i| local(code, i.flow, hot).is_none()).collect();
    loop {
        let mut at = vec![0];
        for (i, instruction) in code.iter().enumerate() {
            let len = match instruction.flow {
                Flow::Plain | Flow::End | Flow::Trap => instruction.len,
                _ => encoder.encode(instruction, long[i], 0).expect("no distance fits").len(),
            };
            at.push(at[i] + len);
        }
        let mut fits = true;
        for (i, instruction) in code.iter().enumerate() {
            if let (false, Some(target)) = (long[i], local(code, instruction.flow, hot))
                && encoder.encode(instruction, false, at[target] as i64 - at[i] as i64).is_none()
            {
                long[i] = true;
                fits = false;
            }
        }
        if fits {
            return Offsets { at, long };
        }
    }
}

/// The index of the target, if it is in the same part. The next op begins at the end of the hot part.
fn local(code: &[Instruction], flow: Flow, hot: bool) -> Option<usize> {
    match flow {
        Flow::Jump(target) | Flow::Branch(target) => match target {
            Target::At(at) => {
                let index = index_of(code, at);
                (index < code.len() && code[0].at <= at).then_some(index)
            }
            Target::To(Symbol::Next) if hot => Some(code.len()),
            Target::To(_) => None,
        },
        _ => None,
    }
}

struct Places<'a> {
    hot: (&'a [Instruction], &'a Offsets),
    cold: (&'a [Instruction], &'a Offsets),
}

impl Places<'_> {
    fn encode(&self, encoder: &dyn Encoder, hot: bool) -> Section {
        let (code, offsets) = if hot { self.hot } else { self.cold };
        let mut section = Section::default();
        for (i, instruction) in code.iter().enumerate() {
            let at = offsets.at[i];
            assert_eq!(section.code.len(), at);
            section.starts.push(at);
            if let Some(what) = instruction.word {
                let (offset, how) = encoder.word_hole(instruction);
                section.holes.push(hole(at + offset, how, what, 0));
            }
            let bytes = match instruction.flow {
                Flow::Plain | Flow::End | Flow::Trap => instruction.bytes[..instruction.len].to_vec(),
                flow => {
                    let distance = local(code, flow, hot).map(|target| offsets.at[target] as i64 - at as i64);
                    if distance.is_none() {
                        let (offset, how) = encoder.hole(instruction);
                        let (what, detail) = self.target(flow);
                        section.holes.push(hole(at + offset, how, what, detail));
                    }
                    encoder.encode(instruction, offsets.long[i], distance.unwrap_or(0)).expect("the distance fits")
                }
            };
            section.code.extend_from_slice(&bytes);
        }
        section
    }

    /// A target in the other part, or a symbol.
    fn target(&self, flow: Flow) -> (What, usize) {
        let target = match flow {
            Flow::Jump(target) | Flow::Branch(target) => target,
            Flow::Call(symbol) => Target::To(symbol),
            _ => unreachable!("{flow:?} has no target"),
        };
        match target {
            Target::At(at) => {
                for (what, (code, offsets)) in [(What::Hot, self.hot), (What::Cold, self.cold)] {
                    let index = index_of(code, at);
                    if index < code.len() && code[0].at <= at {
                        return (what, offsets.at[index]);
                    }
                }
                panic!("a target was dropped");
            }
            Target::To(Symbol::Next) => (What::Hot, *self.hot.1.at.last().expect("an end")),
            Target::To(Symbol::Exit) => (What::Exit, 0),
            Target::To(Symbol::Helper) => (What::Helper, 0),
            Target::To(Symbol::Label) => (What::Label, 0),
            Target::To(Symbol::Code) => (What::Code, 0),
            Target::To(Symbol::Slow(n)) => (What::Slow, n as usize),
            Target::To(Symbol::Word | Symbol::ExitAddress) => unreachable!("a constant is no target"),
        }
    }
}

/// A hole.
pub fn hole(at: usize, how: How, what: What, detail: usize) -> Hole {
    Hole { at: at as u16, detail: detail as u16, how, what, reserved: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x64::X64;

    const NEXT: Flow = Flow::Jump(Target::To(Symbol::Next));
    const EXIT: Flow = Flow::Jump(Target::To(Symbol::Exit));

    /// One instruction of one byte for each flow; as a condition, the byte says "equal".
    fn code(flows: &[Flow]) -> Vec<Instruction> {
        let instruction = |(at, flow): (usize, &Flow)| Instruction { flow: *flow, ..Instruction::plain(at, &[4]) };
        flows.iter().enumerate().map(instruction).collect()
    }

    #[test]
    fn branches_to_jumps_go_on_to_their_targets() {
        let branch = Flow::Branch(Target::At(3));
        let piece = lay_out(code(&[branch, Flow::Plain, NEXT, Flow::Jump(Target::At(4)), EXIT]), &X64);
        assert_eq!(piece.hot.holes[0].what, What::Exit);
        assert!(piece.cold.code.is_empty());
    }

    #[test]
    fn the_cold_part_returns_to_the_hot_one() {
        let branch = Flow::Branch(Target::At(3));
        let back = Flow::Jump(Target::At(1));
        let piece = lay_out(code(&[branch, Flow::Plain, NEXT, Flow::Plain, back]), &X64);
        assert_eq!((piece.hot.holes[0].what, piece.hot.holes[0].detail), (What::Cold, 0));
        // Behind the long branch.
        assert_eq!((piece.cold.holes[0].what, piece.cold.holes[0].detail), (What::Hot, 6));
    }

    #[test]
    fn a_branch_to_the_next_op_is_short() {
        let branch = Flow::Branch(Target::At(2));
        let piece = lay_out(code(&[branch, Flow::Plain, NEXT]), &X64);
        assert_eq!(piece.hot.code.len(), 3);
        assert!(piece.hot.holes.is_empty());
    }

    #[test]
    fn branches_to_traps_go() {
        let branch = Flow::Branch(Target::At(2));
        let piece = lay_out(code(&[branch, NEXT, Flow::Trap]), &X64);
        assert!(piece.hot.code.is_empty() && piece.cold.code.is_empty());
    }

    #[test]
    #[should_panic(expected = "a trap can be reached")]
    fn a_trap_that_can_be_reached_is_refused() {
        lay_out(code(&[Flow::Branch(Target::At(2)), NEXT, Flow::Plain, Flow::Trap]), &X64);
    }
}
