//! The control flow graph: basic blocks of instructions, linked in the order they will be laid out.
//!
//! Blocks live in one vector and refer to each other by [`BlockId`]; the layout order is the chain of [`Block::next`], which passes
//! may re-link (so an id says nothing about position). Invariants:
//! - a jump or scope exit is the last instruction of its block (block set-ups may stand anywhere), but for the NOT_TAKEN of [`super::jumps`];
//! - an instruction has a [`Instr::target`] exactly if it is a jump or a block set-up;
//! - a block without fall-through ends in an unconditional jump or a scope exit.

use crate::instruction::Location;
use crate::opcode::{op, pseudo};
use crate::stack_effect::{ends_flow, has_target, is_jump, is_scope_exit};
use std::collections::VecDeque;
use std::num::NonZeroU32;

/// Names a block of a [`Cfg`]: its index and one, so that an absent one takes no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId(NonZeroU32);

impl BlockId {
    /// The block's place in a table of all blocks.
    #[inline]
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// One instruction of a block.
#[derive(Clone, Copy, Debug)]
pub struct Instr {
    /// An opcode or pseudo-instruction.
    pub opcode: u16,
    /// The operand; meaningless where there is a target.
    pub arg: u32,
    /// The place in the source.
    pub loc: Location,
    /// Where a jump goes, or the handler of a block set-up.
    pub target: Option<BlockId>,
    /// The handler control goes to if this raises.
    pub except: Option<BlockId>,
}

impl Instr {
    /// An instruction without target.
    pub fn new(opcode: u16, arg: u32, loc: Location) -> Instr {
        Instr { opcode, arg, loc, target: None, except: None }
    }

    /// Whether this is the real opcode `opcode`.
    pub fn is(&self, opcode: u8) -> bool {
        self.opcode == u16::from(opcode)
    }

    /// Replaces opcode and operand, and keeps location, target and handler.
    pub fn set(&mut self, opcode: u8, arg: u32) {
        self.opcode = opcode.into();
        self.arg = arg;
    }

    /// Makes this a NOP, which keeps the location: the line stays visible to tracing until a pass proves the NOP redundant.
    pub fn set_nop(&mut self) {
        self.set(op::NOP, 0);
    }

    /// Whether there is a target.
    pub fn has_target(&self) -> bool {
        has_target(self.opcode)
    }

    /// Whether this loads a value known at compile time.
    pub fn loads_const(&self) -> bool {
        self.is(op::LOAD_CONST) || self.is(op::LOAD_SMALL_INT)
    }
}

/// A run of instructions entered only at its start; by default empty and not linked.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The instructions. Passes that add or remove some after [`super::exceptions`] ran go through [`Block::append`], [`Block::insert`] and
    /// [`Block::remove_where`].
    pub instrs: Vec<Instr>,
    /// The handlers of removed instructions, in the places behind the last one. CPython's [`Block::append`] reuses such a place with its handler
    /// still in it, which shows in the exception table.
    leftover: VecDeque<Option<BlockId>>,
    /// The block laid out after this one.
    pub next: Option<BlockId>,
    /// Whether an instruction of the sequence this came from named it as target.
    pub labelled: bool,
    /// Edges into this block, as of the last count.
    pub predecessors: u32,
    /// Stack depth on entry; none where not computed or not reachable.
    pub start_depth: Option<u32>,
    /// As a handler: the offset of the raising instruction is pushed below the exception.
    pub preserve_lasti: bool,
    /// Whether a block set-up names this as handler.
    pub except_handler: bool,
    /// Only reachable through a handler.
    pub cold: bool,
    /// Reachable without an exception; only told of where there are handlers.
    pub warm: bool,
    /// Whether there may be NOPs, once [`super::nops`] has looked for them everywhere.
    pub nops: bool,
}

impl Block {
    /// Adds an instruction at the end.
    pub fn append(&mut self, mut instr: Instr) {
        instr.except = self.leftover.pop_front().flatten();
        self.instrs.push(instr);
    }

    /// Inserts an instruction.
    pub fn insert(&mut self, at: usize, instr: Instr) {
        self.leftover.pop_front();
        self.instrs.insert(at, instr);
    }

    /// Adds copies of another block's instructions at the end.
    pub fn append_copies(&mut self, instrs: &[Instr]) {
        self.leftover.drain(..instrs.len().min(self.leftover.len()));
        self.instrs.extend_from_slice(instrs);
    }

    /// Removes the instructions from `start` on for which `removes` is true, given the line of the last instruction that stayed, the instruction and
    /// the one after it; how many.
    pub fn remove_where(&mut self, start: usize, mut removes: impl FnMut(i32, &Instr, Option<&mut Instr>) -> bool) -> usize {
        let mut line = if start == 0 { -1 } else { self.instrs[start - 1].loc.line };
        let mut kept = start;
        let before = self.instrs.len();
        let protected = !self.leftover.is_empty() || self.instrs.iter().any(|i| i.except.is_some());
        let mut excepts: VecDeque<_> = if protected { self.instrs.iter().map(|i| i.except).collect() } else { VecDeque::new() };
        for i in start..self.instrs.len() {
            let instr = self.instrs[i];
            if removes(line, &instr, self.instrs.get_mut(i + 1)) {
                continue;
            }
            self.instrs[kept] = instr;
            kept += 1;
            line = instr.loc.line;
        }
        if protected && kept < before {
            excepts.drain(..kept);
            excepts.append(&mut self.leftover);
            self.leftover = excepts;
        }
        self.instrs.truncate(kept);
        before - kept
    }

    /// Where the jump is that ends the block, if one does; a NOT_TAKEN may follow it.
    pub fn jump_at(&self) -> Option<usize> {
        let last = self.instrs.len().checked_sub(1)?;
        let at = if self.instrs[last].is(op::NOT_TAKEN) { last.checked_sub(1)? } else { last };
        is_jump(self.instrs[at].opcode).then_some(at)
    }

    /// Whether control can go on to the next block.
    pub fn falls_through(&self) -> bool {
        !self.instrs.last().is_some_and(|i| ends_flow(i.opcode))
    }

    /// Whether the block ends in a return or raise.
    pub fn exits_scope(&self) -> bool {
        self.instrs.last().is_some_and(|i| is_scope_exit(i.opcode))
    }

    /// Whether no instruction has a line number.
    pub fn has_no_line(&self) -> bool {
        self.instrs.iter().all(|i| i.loc.line < 0)
    }

    /// Whether an instruction tests the eval breaker.
    pub fn has_eval_break(&self) -> bool {
        self.instrs.iter().any(|i| {
            i.opcode == pseudo::JUMP
                || matches!(u8::try_from(i.opcode), Ok(op::RESUME | op::JUMP_BACKWARD | op::CALL | op::CALL_FUNCTION_EX))
        })
    }

    /// The opcode of instruction `i`, or CACHE past the end, which no pass looks for.
    pub fn opcode_at(&self, i: usize) -> u16 {
        self.instrs.get(i).map_or(0, |instr| instr.opcode)
    }
}

/// A control flow graph; block 0 is the entry.
#[derive(Clone, Debug)]
pub struct Cfg {
    blocks: Vec<Block>,
    /// Whether there is a block set-up. Without one nothing but the last instruction of a block has a target, and no block is a handler.
    pub protects: bool,
}

impl std::ops::Index<BlockId> for Cfg {
    type Output = Block;
    fn index(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }
}

impl std::ops::IndexMut<BlockId> for Cfg {
    fn index_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.index()]
    }
}

impl Default for Cfg {
    /// A graph of one empty block.
    fn default() -> Cfg {
        Cfg { blocks: vec![Block::default()], protects: false }
    }
}

impl Cfg {
    /// The block control starts in.
    pub const ENTRY: BlockId = BlockId(NonZeroU32::MIN);

    /// A graph of one empty block, with room for `blocks`.
    pub fn with_capacity(blocks: usize) -> Cfg {
        let mut cfg = Cfg { blocks: Vec::with_capacity(blocks), protects: false };
        cfg.add(Block::default());
        cfg
    }

    /// Adds a block, which is in the layout only once another block's `next` names it.
    pub fn add(&mut self, block: Block) -> BlockId {
        self.blocks.push(block);
        BlockId(NonZeroU32::MIN.saturating_add(self.blocks.len() as u32 - 1))
    }

    /// Adds a block and lays it out right after `before`.
    pub fn insert_after(&mut self, before: BlockId, mut block: Block) -> BlockId {
        block.next = self[before].next;
        let id = self.add(block);
        self[before].next = Some(id);
        id
    }

    /// Goes to the next block of the layout: `at` names it from then on. What is laid out between the two in the meantime is skipped.
    #[inline]
    pub fn advance(&self, at: &mut Option<BlockId>) -> Option<BlockId> {
        let id = *at;
        *at = id.and_then(|id| self[id].next);
        id
    }

    /// How many blocks there are, in the layout or not.
    pub fn capacity(&self) -> usize {
        self.blocks.len()
    }

    /// The layout order as it is now.
    pub fn order(&self) -> Vec<BlockId> {
        let mut order = Vec::with_capacity(self.blocks.len());
        let mut at = Some(Cfg::ENTRY);
        while let Some(id) = at {
            order.push(id);
            at = self[id].next;
        }
        order
    }

    /// The first block from `from` on, in layout order, that has instructions.
    pub fn next_nonempty(&self, from: Option<BlockId>) -> Option<BlockId> {
        let mut at = from;
        while let Some(id) = at {
            if !self[id].instrs.is_empty() {
                return Some(id);
            }
            at = self[id].next;
        }
        None
    }

    /// Calls `f` on every instruction in layout order.
    pub fn for_each_instr(&mut self, mut f: impl FnMut(&mut Instr)) {
        let mut at = Some(Cfg::ENTRY);
        while let Some(id) = at {
            self[id].instrs.iter_mut().for_each(&mut f);
            at = self[id].next;
        }
    }
}

/// Up to 64 times this many blocks are marked without memory from the heap.
const FEW: usize = 4;

/// Blocks marked as seen, by id.
pub struct Visited {
    few: [u64; FEW],
    many: Vec<u64>,
}

impl Visited {
    /// Nothing seen yet.
    pub fn new(cfg: &Cfg) -> Visited {
        Visited { few: [0; FEW], many: vec![0; cfg.capacity().div_ceil(64).saturating_sub(FEW)] }
    }

    /// The word with a block's mark, and the mark.
    #[inline]
    fn place(&mut self, id: BlockId) -> (&mut u64, u64) {
        let at = id.index() / 64;
        let word = if at < FEW { &mut self.few[at] } else { &mut self.many[at - FEW] };
        (word, 1 << (id.index() % 64))
    }

    /// Marks a block; true if it was not marked before.
    #[inline]
    pub fn mark(&mut self, id: BlockId) -> bool {
        let (word, mark) = self.place(id);
        let new = *word & mark == 0;
        *word |= mark;
        new
    }

    /// Whether the block is marked.
    pub fn contains(&self, id: BlockId) -> bool {
        let at = id.index() / 64;
        let word = if at < FEW { self.few[at] } else { self.many[at - FEW] };
        word & 1 << (id.index() % 64) != 0
    }

    /// Takes the mark away.
    pub fn unmark(&mut self, id: BlockId) {
        let (word, mark) = self.place(id);
        *word &= !mark;
    }
}
