//! The code cache: executable memory with the veneers at its beginning and the traces behind.

use crate::allocator::Allocator;
use crate::platform::{Copy, Mapping};
use crate::stitch::{self, Scratch, Trace};
use crate::unwind::{Registered, Shape};
use crate::veneer::{self, VENEER};
use crate::{Error, thunk};
use std::collections::HashMap;
use std::ops::Range;
use weft_layout::machine_frame::{MachineFrame, SlowPath, SlowPathFn};
use weft_layout::op::MachineOp;
use weft_stencils::{Arch, Table};

/// The largest cache: what aarch64's `b` reaches in either direction.
pub const MAX_SIZE: usize = 128 << 20;

/// Bytes for veneers; a helper takes one of [`VENEER`] bytes for each way it is called.
const VENEERS: usize = 128 << 10;

/// Bytes left free behind each piece of code for perf, which puts there what it has been told of unwinding.
const MARGIN: usize = 512;

/// How the cache is set up.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Bytes, at most [`MAX_SIZE`].
    pub size: usize,
    /// Whether perf is to see the code: it only looks for symbols of code that belongs to no file, and wants room behind each piece.
    pub profiled: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { size: MAX_SIZE, profiled: false }
    }
}

/// What compiled code calls without being told.
#[derive(Clone, Copy, Debug)]
pub struct Runtime {
    /// The slow paths of stencils, by [`SlowPath`].
    pub slow_paths: [SlowPathFn; SlowPath::ALL.len()],
}

/// The code cache.
#[derive(Debug)]
pub struct CodeCache {
    pub(crate) mapping: Mapping,
    pub(crate) arch: Arch,
    pub(crate) table: Table,
    allocator: Allocator,
    /// Bytes behind each piece of code that are its own, but no code.
    margin: usize,
    veneers: HashMap<u64, usize>,
    next_veneer: usize,
    pub(crate) leave: usize,
    pub(crate) slow_paths: [usize; SlowPath::ALL.len()],
    scratch: Scratch,
    unwinding: Option<Registered>,
}

impl CodeCache {
    /// An empty cache. The memory is taken from the system as it is used.
    ///
    /// # Errors
    /// If there are no stencils for this CPU or the system has no such memory.
    pub fn new(config: Config, runtime: Runtime) -> Result<Self, Error> {
        let arch = Arch::HOST.ok_or(Error::Unavailable("there are no stencils for this CPU"))?;
        let size = config.size.clamp(2 * VENEERS, MAX_SIZE);
        let mapping = Mapping::new(size, config.profiled)?;
        let margin = if config.profiled { MARGIN } else { 0 };
        let mut cache = Self {
            arch,
            table: Table::of(arch),
            allocator: Allocator::new(VENEERS + margin..size),
            margin,
            veneers: HashMap::new(),
            next_veneer: 0,
            leave: 0,
            slow_paths: [0; SlowPath::ALL.len()],
            scratch: Scratch::default(),
            unwinding: None,
            mapping,
        };
        cache.leave = cache.add_veneer(veneer::jump(arch, thunk::leave as *const () as u64))?;
        for (i, slow_path) in runtime.slow_paths.into_iter().enumerate() {
            let thunk = thunk::slow_path as *const () as u64;
            cache.slow_paths[i] = cache.add_veneer(veneer::jump_with(arch, thunk, slow_path as *const () as u64, true))?;
        }
        cache.tell_unwinder(Shape::Stitched);
        Ok(cache)
    }

    /// Tells the C runtime how to unwind through this cache, whose code, veneers aside, is all of one shape.
    pub fn tell_unwinder(&mut self, shape: Shape) {
        self.unwinding = None;
        let mut pieces = self.veneers();
        pieces.push((self.address(VENEERS)..self.address(self.mapping.len()), shape));
        self.unwinding = Some(Registered::new(&pieces));
    }

    /// The veneers, those to come included, by their addresses, and what they do to the stack.
    pub fn veneers(&self) -> Vec<(Range<u64>, Shape)> {
        let saving = self.slow_paths.iter().map(|&at| (at..at + VENEER, Shape::SavingVeneer));
        let first_plain = self.slow_paths.iter().max().map_or(self.leave, |&last| last) + VENEER;
        std::iter::once((self.leave..self.leave + VENEER, Shape::Stitched))
            .chain(saving)
            .chain(std::iter::once((first_plain..VENEERS, Shape::Veneer)))
            .map(|(range, shape)| (self.address(range.start)..self.address(range.end), shape))
            .collect()
    }

    /// Bytes that traces may still take.
    pub fn available(&self) -> usize {
        self.allocator.available()
    }

    /// Makes code of the ops: each one's stencil, copied and patched. `exits[i]` is the number that [`Self::enter`]
    /// returns when an op leaves by exit `i`.
    ///
    /// # Errors
    /// If there is no room.
    ///
    /// # Panics
    /// If an op is malformed: a register, exit or label that is none.
    pub fn stitch(&mut self, ops: &[MachineOp], exits: &[u32]) -> Result<Trace, Error> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let trace = stitch::stitch(self, &mut scratch, ops, exits);
        self.scratch = scratch;
        trace
    }

    /// Puts finished code into the cache, which has to run wherever it is: another backend's.
    ///
    /// # Errors
    /// If there is no room.
    pub fn place(&mut self, code: &[u8]) -> Result<Trace, Error> {
        let range = self.allocate(code.len().max(1))?;
        self.mapping.writable()[range.start..][..code.len()].copy_from_slice(code);
        self.publish(range.clone());
        Ok(Trace { entry: self.address(range.start), ops: Vec::new(), stubs: range.start, exits: 0, range })
    }

    /// Gives a trace's memory back. No activation may name it, and no link may lead to it.
    pub fn free(&mut self, trace: Trace) {
        self.give_back(trace.range);
    }

    pub(crate) fn give_back(&mut self, range: Range<usize>) {
        self.allocator.give(range);
    }

    /// Runs a trace until it leaves, and returns the number of the exit. The registers are in the machine frame then.
    ///
    /// # Safety
    /// The trace is this cache's and was not freed, and what it assumes of the frames and of memory holds.
    pub unsafe fn enter(&self, code: u64, frame: *mut MachineFrame, python_frame: u64) -> u32 {
        // SAFETY: the caller vouches for the trace; the thunk keeps Rust's side of the calling convention.
        unsafe { thunk::enter(frame, code as *const u8, python_frame) }
    }

    /// Lets the trace's exit `exit` lead to other code of this cache, instead of leaving.
    pub fn link(&mut self, trace: &Trace, exit: usize, code: u64) {
        let target = self.offset_of(code);
        self.point(trace, exit, target);
    }

    /// Undoes [`Self::link`].
    pub fn unlink(&mut self, trace: &Trace, exit: usize) {
        self.point(trace, exit, self.leave);
    }

    fn point(&mut self, trace: &Trace, exit: usize, target: usize) {
        let at = trace.stub_jump(exit);
        stitch::redirect(self.mapping.writable(), at, target);
        self.publish(at..at + 8);
    }

    /// A copy of all code, made before a fork.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn copy(&self) -> Result<Copy, Error> {
        self.mapping.copy(&[0..self.next_veneer, VENEERS..self.allocator.end()])
    }

    /// In a forked process: makes the copy the code of this process alone, at the same addresses.
    ///
    /// # Panics
    /// If the system refuses. The process cannot go on then: its parent's changes would be its own.
    pub fn adopt(&mut self, copy: Copy) {
        self.mapping.adopt(copy);
    }

    /// The code's bytes, for dumps.
    pub fn code(&self, trace: &Trace) -> &[u8] {
        self.bytes(trace.range.start..trace.range.end - self.margin)
    }

    /// What is in the cache at the addresses.
    pub fn bytes_at(&self, addresses: Range<u64>) -> &[u8] {
        let start = self.offset_of(addresses.start);
        self.bytes(start..start + (addresses.end - addresses.start) as usize)
    }

    fn bytes(&self, Range { start, end }: Range<usize>) -> &[u8] {
        assert!(start <= end && end <= self.mapping.len());
        // SAFETY: the range is inside the mapping, which nothing writes to while `self` is borrowed.
        unsafe { std::slice::from_raw_parts(self.mapping.executable().add(start), end - start) }
    }

    /// Where a trace's code is executed.
    pub fn address(&self, offset: usize) -> u64 {
        self.mapping.executable() as u64 + offset as u64
    }

    /// Where code at an address is in the cache.
    pub(crate) fn offset_of(&self, code: u64) -> usize {
        let offset = code.wrapping_sub(self.mapping.executable() as u64) as usize;
        assert!(offset < self.mapping.len(), "the code is not in the cache");
        offset
    }

    pub(crate) fn allocate(&mut self, len: usize) -> Result<Range<usize>, Error> {
        self.allocator.take(len + self.margin).ok_or(Error::Full)
    }

    pub(crate) fn publish(&mut self, range: Range<usize>) {
        self.mapping.publish(range);
    }

    /// Where to call a helper.
    pub(crate) fn helper(&mut self, function: u64) -> Result<usize, Error> {
        if let Some(at) = self.veneers.get(&function) {
            return Ok(*at);
        }
        let at = self.add_veneer(call(self.arch, function))?;
        self.veneers.insert(function, at);
        Ok(at)
    }

    fn add_veneer(&mut self, veneer: [u8; VENEER]) -> Result<usize, Error> {
        let range = self.next_veneer..self.next_veneer + VENEER;
        if range.end > VENEERS {
            return Err(Error::Full);
        }
        self.next_veneer = range.end;
        self.mapping.writable()[range.clone()].copy_from_slice(&veneer);
        self.publish(range.clone());
        Ok(range.start)
    }
}

/// On x86-64 the register file is where C has its arguments; elsewhere a thunk moves them.
#[cfg(target_arch = "x86_64")]
fn call(arch: Arch, function: u64) -> [u8; VENEER] {
    veneer::jump(arch, function)
}

#[cfg(not(target_arch = "x86_64"))]
fn call(arch: Arch, function: u64) -> [u8; VENEER] {
    veneer::jump_with(arch, thunk::call as *const () as u64, function, false)
}
