//! Memory for the duration of a compilation.
//!
//! A compilation makes many small things, stage by stage, and drops nearly all of them with the stage. A general allocator finds a place for each and
//! links it into a list when it is freed, which touches memory that nobody needs any more. [`RegionAllocator`] instead hands out addresses
//! in order while its thread is in a [`Region`], and only counts what is freed: a chunk of which nothing is left is used again.
//!
//! Nothing depends on things being dropped before the region ends: what lives on keeps its chunk, and whoever frees it is found out by its
//! address. So the allocator is sound whatever is done in a region; it is only wasteful for things that live long.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// What is counted together. Chunks are aligned to their size, so that an address tells its chunk.
const CHUNK: usize = 32 << 10;

/// How many there can be. What does not fit goes to the allocator behind.
const CHUNKS: usize = 1 << 13;

/// The address space they take.
const SIZE: usize = CHUNK * CHUNKS;

/// From this size on a thing gets chunks of its own, in a row: a *run*.
const LARGE: usize = CHUNK / 4;

/// So many chunks stay resident between compilations: what all but the largest sources need.
const KEPT: usize = (4 << 20) / CHUNK;

/// What a chunk, or the first one of a run, begins with.
#[repr(C, align(16))]
struct Header {
    /// What was allocated here, less what was freed by a thread in a region. Only such a thread, of which there is one at a time, changes it.
    live: AtomicU32,
    /// What was freed by others.
    freed: AtomicU32,
    /// The length of the run; 0 for a chunk that is filled in order.
    run: AtomicU32,
}

const HEADER: usize = size_of::<Header>();

impl Header {
    fn is_empty(&self) -> bool {
        // What others have freed, they have done with.
        self.live.load(Ordering::Relaxed) == self.freed.load(Ordering::Acquire)
    }

    fn chunks(&self) -> usize {
        (self.run.load(Ordering::Relaxed) as usize).max(1)
    }

    fn begin(&self, run: u32) {
        self.live.store(0, Ordering::Relaxed);
        self.freed.store(0, Ordering::Relaxed);
        self.run.store(run, Ordering::Relaxed);
    }

    #[inline]
    fn count_one(&self) {
        self.live.store(self.live.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// Where the chunks are, a multiple of [`SIZE`], so that one comparison tells their addresses.
static BASE: AtomicUsize = AtomicUsize::new(NOWHERE);

/// As long as there are no chunks: no address begins so.
const NOWHERE: usize = usize::MAX;

/// Whether a [`RegionAllocator`] is in use.
static ENABLED: AtomicBool = AtomicBool::new(false);

/// Whether a thread is in a region: only one can be.
static OCCUPIED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this is that thread.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

#[inline]
fn inside() -> bool {
    INSIDE.try_with(Cell::get).unwrap_or(false)
}

/// Has regions used from now on. To be called by programs whose allocator is a [`RegionAllocator`].
pub fn enable() {
    ENABLED.store(true, Ordering::Relaxed);
}

/// As long as this is there, its thread allocates from chunks.
pub struct Region(PhantomData<*const ()>);

impl Region {
    /// Begins a region, unless a thread is in one already.
    pub fn enter() -> Option<Region> {
        if !ENABLED.load(Ordering::Relaxed) || OCCUPIED.swap(true, Ordering::Acquire) {
            return None;
        }
        if BASE.load(Ordering::Relaxed) == NOWHERE && !reserve() {
            ENABLED.store(false, Ordering::Relaxed);
            OCCUPIED.store(false, Ordering::Release);
            return None;
        }
        // SAFETY: OCCUPIED was taken.
        unsafe { STATE.get() }.sweep();
        INSIDE.set(true);
        Some(Region(PhantomData))
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        INSIDE.set(false);
        // SAFETY: OCCUPIED is held until the end of this.
        unsafe { STATE.get() }.trim();
        OCCUPIED.store(false, Ordering::Release);
    }
}

/// Gets the address space; false if there is not so much.
fn reserve() -> bool {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE);
    // SAFETY: this maps memory where there is none.
    let mapped = unsafe { libc::mmap(ptr::null_mut(), 2 * SIZE, protection, flags, -1, 0) };
    if mapped == libc::MAP_FAILED {
        return false;
    }
    let mapped = mapped.expose_provenance();
    let base = mapped.next_multiple_of(SIZE);
    let unmap = |from: usize, to: usize| {
        if from < to {
            // SAFETY: this is of what was just mapped, and nobody knows of it.
            unsafe { libc::munmap(ptr::with_exposed_provenance_mut(from), to - from) };
        }
    };
    unmap(mapped, base);
    unmap(base + SIZE, mapped + 2 * SIZE);
    // A huge page would make the whole of 2 MB resident for a small compilation.
    #[cfg(target_os = "linux")]
    // SAFETY: this is advice on the memory that was just mapped.
    unsafe {
        libc::madvise(ptr::with_exposed_provenance_mut(base), SIZE, libc::MADV_NOHUGEPAGE)
    };
    BASE.store(base, Ordering::Release);
    true
}

/// What the thread in a region knows of the chunks.
struct State {
    /// Where the next thing goes, in the current chunk.
    at: usize,
    /// Where that chunk ends.
    end: usize,
    /// The chunks from here on have never been used since the last [`State::trim`].
    top: usize,
    /// Before this one no chunk is free.
    first_free: usize,
    /// Of the chunks before `top`, a bit for each that is free.
    free: [u64; CHUNKS / 64],
}

struct Shared(UnsafeCell<State>);

// SAFETY: only the thread that holds OCCUPIED looks at the state.
unsafe impl Sync for Shared {}

static STATE: Shared = Shared(UnsafeCell::new(State { at: 0, end: 0, top: 0, first_free: 0, free: [0; CHUNKS / 64] }));

impl Shared {
    /// # Safety
    ///
    /// The thread holds OCCUPIED, and no reference from here is alive.
    #[allow(clippy::mut_from_ref)]
    unsafe fn get(&self) -> &mut State {
        // SAFETY: as the caller promises.
        unsafe { &mut *self.0.get() }
    }
}

fn address_of(chunk: usize) -> usize {
    BASE.load(Ordering::Relaxed) + chunk * CHUNK
}

fn chunk_of(address: usize) -> usize {
    (address - BASE.load(Ordering::Relaxed)) / CHUNK
}

/// The header of the chunk of an address.
///
/// # Safety
///
/// The address is that of something in a chunk, or the chunk's, that is or has been in use.
#[inline]
unsafe fn header<'a>(address: usize) -> &'a Header {
    // SAFETY: chunks are aligned to their size, mapped for ever, and begin with a header, which is made of atomics.
    unsafe { &*ptr::with_exposed_provenance(address & !(CHUNK - 1)) }
}

impl State {
    /// A place in the current chunk, or in a new one.
    #[inline]
    fn allocate(&mut self, layout: Layout) -> Option<usize> {
        let start = (self.at + layout.align() - 1) & !(layout.align() - 1);
        let end = start.wrapping_add(layout.size());
        if end > self.end || end < start {
            return self.allocate_elsewhere(layout);
        }
        self.at = end;
        // SAFETY: `start` is in the current chunk.
        unsafe { header(start) }.count_one();
        Some(start)
    }

    #[cold]
    #[inline(never)]
    fn allocate_elsewhere(&mut self, layout: Layout) -> Option<usize> {
        let offset = HEADER.max(layout.align());
        if layout.size() >= LARGE || layout.align() >= LARGE {
            if layout.size() > SIZE || layout.align() > CHUNK / 2 {
                return None;
            }
            let count = (offset + layout.size()).div_ceil(CHUNK);
            let start = address_of(self.take(count)?);
            // SAFETY: the chunk is this thread's now.
            let header = unsafe { header(start) };
            header.begin(count as u32);
            header.count_one();
            return Some(start + offset);
        }
        let start = address_of(self.take(1)?);
        self.retire();
        // SAFETY: the chunk is this thread's now.
        unsafe { header(start) }.begin(0);
        (self.at, self.end) = (start + HEADER, start + CHUNK);
        self.allocate(layout)
    }

    /// The current chunk, if there is one.
    fn current(&self) -> usize {
        self.end.saturating_sub(CHUNK)
    }

    /// Leaves the current chunk if nothing is in it, so that the next one is as far in front as can be.
    fn leave_empty(&mut self) {
        if self.at == self.current() + HEADER {
            self.retire();
        }
    }

    /// Leaves the current chunk, which is in nobody's hands any more if nothing is in it.
    fn retire(&mut self) {
        let current = self.current();
        (self.at, self.end) = (0, 0);
        // SAFETY: it is a chunk in use.
        if current != 0 && unsafe { header(current) }.is_empty() {
            self.give_back(chunk_of(current), 1);
        }
    }

    fn is_free(&self, chunk: usize) -> bool {
        self.free[chunk / 64] >> (chunk % 64) & 1 != 0
    }

    /// Finds free chunks in a row and makes them used.
    fn take(&mut self, count: usize) -> Option<usize> {
        let mut found = 0;
        let mut at = self.first_free;
        let mut skipped = false;
        while at < self.top && found < count {
            if at.is_multiple_of(64) && self.free[at / 64] == 0 {
                skipped |= found > 0;
                found = 0;
                at += 64;
                continue;
            }
            if self.is_free(at) {
                found += 1;
            } else {
                skipped |= found > 0;
                found = 0;
            }
            at += 1;
        }
        at = at.min(self.top);
        if at - found + count > CHUNKS {
            return None;
        }
        let start = at - found;
        for chunk in start..at {
            self.free[chunk / 64] &= !(1 << (chunk % 64));
        }
        self.top = self.top.max(start + count);
        if !skipped {
            self.first_free = start + count;
        }
        Some(start)
    }

    fn give_back(&mut self, start: usize, count: usize) {
        for chunk in start..start + count {
            self.free[chunk / 64] |= 1 << (chunk % 64);
        }
        self.first_free = self.first_free.min(start);
    }

    /// Makes a run longer or shorter where it is.
    fn resize_run(&mut self, header: &Header, start: usize, count: usize) -> bool {
        let (first, before) = (chunk_of(start), header.chunks());
        if count < before {
            self.give_back(first + count, before - count);
        } else {
            let more = first + before..first + count;
            if more.end > CHUNKS || !more.clone().all(|chunk| chunk >= self.top || self.is_free(chunk)) {
                return false;
            }
            for chunk in more {
                self.free[chunk / 64] &= !(1 << (chunk % 64));
            }
            self.top = self.top.max(first + count);
        }
        header.run.store(count as u32, Ordering::Relaxed);
        true
    }

    /// Whether something could be given another size where it is.
    fn resize(&mut self, start: usize, before: usize, size: usize) -> bool {
        // SAFETY: it is something in a chunk.
        let header = unsafe { header(start) };
        if header.run.load(Ordering::Relaxed) != 0 {
            let chunk = start & !(CHUNK - 1);
            return size <= SIZE && self.resize_run(header, chunk, (start - chunk + size).div_ceil(CHUNK));
        }
        if start + before == self.at {
            if size > self.end - start {
                return false;
            }
            self.at = start + size;
            return true;
        }
        size <= before
    }

    #[inline]
    fn release(&mut self, start: usize, size: usize) {
        // SAFETY: it is something in a chunk.
        let header = unsafe { header(start) };
        header.live.store(header.live.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        if start + size == self.at {
            self.at = start;
        }
        if header.is_empty() {
            self.emptied(header, start & !(CHUNK - 1));
        }
    }

    fn emptied(&mut self, header: &Header, start: usize) {
        if start == self.current() {
            header.begin(0);
            self.at = start + HEADER;
        } else {
            self.give_back(chunk_of(start), header.chunks());
        }
    }

    /// Takes back the chunks that others have emptied.
    fn sweep(&mut self) {
        let mut chunk = 0;
        while chunk < self.top {
            if self.is_free(chunk) {
                chunk += 1;
                continue;
            }
            let start = address_of(chunk);
            // SAFETY: a chunk that is not free is in use.
            let header = unsafe { header(start) };
            let chunks = header.chunks();
            if header.is_empty() {
                self.emptied(header, start);
            }
            chunk += chunks;
        }
        self.leave_empty();
    }

    /// Gives memory back to the system.
    fn trim(&mut self) {
        self.leave_empty();
        let before = self.top;
        while self.top > KEPT && self.is_free(self.top - 1) {
            self.top -= 1;
            self.free[self.top / 64] &= !(1 << (self.top % 64));
        }
        if self.top < before {
            let start = ptr::with_exposed_provenance_mut(address_of(self.top));
            // SAFETY: nobody uses these chunks.
            unsafe { libc::madvise(start, (before - self.top) * CHUNK, libc::MADV_DONTNEED) };
        }
        self.first_free = self.first_free.min(self.top);
    }
}

/// Another allocator, but in a [`Region`] chunks.
pub struct RegionAllocator<A>(pub A);

#[inline]
fn is_in_chunk(place: *mut u8) -> bool {
    place.addr() & !(SIZE - 1) == BASE.load(Ordering::Relaxed)
}

#[inline(never)]
fn release_in_chunk(place: *mut u8, layout: Layout) {
    if inside() {
        // SAFETY: the thread is in a region.
        unsafe { STATE.get() }.release(place.addr(), layout.size());
    } else {
        // SAFETY: it is something in a chunk.
        unsafe { header(place.addr()) }.freed.fetch_add(1, Ordering::Release);
    }
}

impl<A: GlobalAlloc> RegionAllocator<A> {
    /// Allocates for the thread that is in a region.
    #[inline(never)]
    fn allocate_inside(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the thread is in a region.
        match unsafe { STATE.get() }.allocate(layout) {
            Some(place) => ptr::with_exposed_provenance_mut(place),
            // SAFETY: the layout is a caller's of `alloc`.
            None => unsafe { self.0.alloc(layout) },
        }
    }

    /// Gives something in a chunk another size, there or elsewhere.
    ///
    /// # Safety
    ///
    /// As for [`GlobalAlloc::realloc`].
    #[inline(never)]
    unsafe fn resize_in_chunk(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the thread is in a region.
        if inside() && unsafe { STATE.get() }.resize(place.addr(), layout.size(), size) {
            return place;
        }
        // SAFETY: the caller promises that the size is right for the alignment; what is new is as large as what is copied.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(place, layout.size().min(size));
                self.dealloc(place, layout);
            }
            new
        }
    }
}

// SAFETY: what `State::allocate` gives is its caller's alone until it is freed, has the alignment and size that were asked for, and is never
// unmapped; everything else is the other allocator's.
unsafe impl<A: GlobalAlloc> GlobalAlloc for RegionAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if inside() {
            return self.allocate_inside(layout);
        }
        // SAFETY: as the caller promises.
        unsafe { self.0.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if inside() {
            let place = self.allocate_inside(layout);
            if !place.is_null() {
                // SAFETY: it has this size.
                unsafe { place.write_bytes(0, layout.size()) };
            }
            return place;
        }
        // SAFETY: as the caller promises.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        if is_in_chunk(place) {
            return release_in_chunk(place, layout);
        }
        // SAFETY: as the caller promises; it is not from a chunk.
        unsafe { self.0.dealloc(place, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if is_in_chunk(place) {
            // SAFETY: as the caller promises.
            return unsafe { self.resize_in_chunk(place, layout, size) };
        }
        // SAFETY: as the caller promises; it is not from a chunk.
        unsafe { self.0.realloc(place, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::System;
    use std::sync::Mutex;

    /// There is one region at a time.
    static ALONE: Mutex<()> = Mutex::new(());

    const ALLOCATOR: RegionAllocator<System> = RegionAllocator(System);

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    fn get(size: usize, mark: u8) -> *mut u8 {
        // SAFETY: the size is not 0, and as much is written.
        unsafe {
            let place = ALLOCATOR.alloc(layout(size));
            assert!(!place.is_null() && place.addr().is_multiple_of(8));
            place.write_bytes(mark, size);
            place
        }
    }

    fn check_and_free(place: *mut u8, size: usize, mark: u8) {
        // SAFETY: it came from `get`.
        unsafe {
            assert!(std::slice::from_raw_parts(place, size).iter().all(|b| *b == mark));
            ALLOCATOR.dealloc(place, layout(size));
        }
    }

    /// Sizes of all kinds, in an order that looks random.
    fn sizes(seed: u64, count: usize) -> impl Iterator<Item = usize> {
        let mut state = seed;
        (0..count).map(move |_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let random = (state >> 33) as usize;
            if random.is_multiple_of(97) { random % 200_000 + 1 } else { random % 300 + 1 }
        })
    }

    #[test]
    fn things_do_not_overlap() {
        let _alone = ALONE.lock();
        enable();
        let region = Region::enter().unwrap();
        let mut things: Vec<(*mut u8, usize, u8)> = Vec::new();
        for (i, size) in sizes(1, 20_000).enumerate() {
            let mark = i as u8;
            things.push((get(size, mark), size, mark));
            if i % 3 == 1 {
                let (place, size, mark) = things.swap_remove(size % things.len());
                check_and_free(place, size, mark);
            }
            if i % 7 == 0 {
                let at = size % things.len();
                let (place, before, mark) = things[at];
                let after = size * 2;
                // SAFETY: it came from `get`, and as much is written.
                let place = unsafe {
                    let place = ALLOCATOR.realloc(place, layout(before), after);
                    assert!(std::slice::from_raw_parts(place, before.min(after)).iter().all(|b| *b == mark));
                    place.write_bytes(mark, after);
                    place
                };
                things[at] = (place, after, mark);
            }
        }
        // Some are freed by a thread that is not in the region, some when it has ended, some in the next one.
        let mut rest = things.split_off(things.len() / 3);
        let last = rest.split_off(rest.len() / 2);
        let others: Vec<(usize, usize, u8)> = things.into_iter().map(|(p, s, m)| (p.expose_provenance(), s, m)).collect();
        std::thread::spawn(move || others.into_iter().for_each(|(p, s, m)| check_and_free(ptr::with_exposed_provenance_mut(p), s, m)))
            .join()
            .unwrap();
        drop(region);
        rest.into_iter().for_each(|(p, s, m)| check_and_free(p, s, m));
        let region = Region::enter().unwrap();
        last.into_iter().for_each(|(p, s, m)| check_and_free(p, s, m));
        drop(region);
        let region = Region::enter().unwrap();
        drop(region);
        // SAFETY: no thread is in a region, and others of these tests wait.
        assert!(unsafe { STATE.get() }.top <= KEPT);
    }

    #[test]
    fn what_was_freed_is_used_again() {
        let _alone = ALONE.lock();
        enable();
        let _region = Region::enter().unwrap();
        // SAFETY: the thread is in a region.
        let top = || unsafe { STATE.get() }.top;
        let before = top();
        for round in 0..100 {
            let things: Vec<_> = sizes(round, 1000).map(|size| (get(size, 1), size)).collect();
            things.into_iter().for_each(|(p, s)| check_and_free(p, s, 1));
        }
        assert!(top() < before + 200, "{} chunks", top());
    }

    #[test]
    fn there_is_one_region_at_a_time() {
        let _alone = ALONE.lock();
        enable();
        let region = Region::enter();
        assert!(region.is_some() && Region::enter().is_none());
        drop(region);
        assert!(!is_in_chunk(get(8, 0)));
    }
}
