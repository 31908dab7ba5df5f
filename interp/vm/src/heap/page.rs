//! The allocator: pages of one fixed size and alignment, each of one size class, each traced or untraced.
//!
//! A page's header is found by masking the address of any of its cells, and holds what the collector knows
//! of each cell, so that objects carry no collector words. A free cell has a zero header word and its second
//! word links to the next free cell of the page. Objects larger than a page's biggest cell get a page of
//! their own with the same header.
//!
//! Collections only ever start at the eval breaker: allocation asks for one but never runs one.

use crate::global::Global;
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::ptr;
use weft_layout::header::Header;

/// Size and alignment of a page.
pub const PAGE_SIZE: usize = 1 << 16;
/// Pages come in chunks from the system's allocator, which needs room of its own around what is aligned so. They are never given back.
const CHUNK: Layout = match Layout::from_size_align(16 * PAGE_SIZE, PAGE_SIZE) {
    Ok(l) => l,
    Err(_) => panic!("a small layout"),
};
/// The largest object that shares a page.
const MAX_SMALL: usize = 8192;
/// Cells are multiples of this.
const GRANULE: usize = 16;
const CLASSES: usize = 32 + 16;
const BITMAP_WORDS: usize = PAGE_SIZE / GRANULE / 64;

/// What the collector keeps per cell, one bit per granule of the page.
#[derive(Clone, Copy)]
pub enum Mark {
    /// The object survived a collection.
    Old = 0,
    /// The object has weak references or another entry in a side table that must be told of its death.
    Watched = 1,
    /// The object's finaliser has run.
    Finalised = 2,
}

#[repr(C)]
struct Page {
    free: *mut Cell,
    bump: u32,
    limit: u32,
    cell_size: u32,
    used: u32,
    class: u8,
    traced: bool,
    /// Whether the page is the current one of its class or on the list of pages with room.
    listed: bool,
    large: bool,
    next: *mut Page,
    bytes: usize,
    /// During a collection: a word for each granule, for the objects that take part.
    counts: *mut u32,
    /// For each word of the bitmaps, that of each mark: what freeing a cell looks at lies together.
    marks: [[u64; 4]; BITMAP_WORDS],
}

struct Cell {
    _header: u64,
    next: *mut Cell,
}

struct Heap {
    /// The page each (traced, class) allocates from.
    current: [[*mut Page; CLASSES]; 2],
    /// Other pages with room.
    room: [[*mut Page; CLASSES]; 2],
    pages: Vec<*mut Page>,
    /// What of the newest chunk is no page yet: where it begins, and its size. It is zeroed.
    fresh: *mut u8,
    fresh_bytes: usize,
    /// Bytes in pages.
    bytes: usize,
    /// Traced cells handed to the fast path since the last collection.
    young_cells: usize,
    /// When `young_cells` reaches this a young collection is asked for.
    young_limit: usize,
}

static NO_PAGE: Global<Page> = Global::new(Page {
    free: ptr::null_mut(),
    bump: 0,
    limit: 0,
    cell_size: 0,
    used: 0,
    class: 0,
    traced: false,
    listed: true,
    large: false,
    next: ptr::null_mut(),
    bytes: 0,
    counts: ptr::null_mut(),
    marks: [[0; 4]; BITMAP_WORDS],
});

static HEAP: Global<Heap> = Global::new(Heap {
    current: [[NO_PAGE.get(); CLASSES]; 2],
    room: [[ptr::null_mut(); CLASSES]; 2],
    pages: Vec::new(),
    fresh: ptr::null_mut(),
    fresh_bytes: 0,
    bytes: 0,
    young_cells: 0,
    young_limit: 50_000,
});

const fn class_of_size(size: usize) -> usize {
    if size <= 512 {
        size.div_ceil(GRANULE) - 1
    } else {
        // Four classes to a doubling: 640, 768, 896, 1024, 1280, …
        let n = size - 1;
        let log = n.ilog2() as usize;
        32 + (log - 9) * 4 + ((n >> (log - 2)) & 3)
    }
}

const fn size_of_class(class: usize) -> usize {
    if class < 32 {
        (class + 1) * GRANULE
    } else {
        let (log, quarter) = ((class - 32) / 4 + 9, (class - 32) % 4);
        (1 << log) + (quarter + 1) * (1 << (log - 2))
    }
}

const _: () = {
    use std::mem::offset_of;
    assert!(offset_of!(Page, free) == weft_layout::page::FREE_OFFSET);
    assert!(offset_of!(Page, used) == weft_layout::page::USED_OFFSET);
    assert!(offset_of!(Cell, next) == weft_layout::page::NEXT_OFFSET);
};

/// The address of the word that points to the page from which cells for objects of `size` bytes are taken, for compiled code; `None`
/// if such objects do not share pages.
pub fn current_page(size: usize, traced: bool) -> Option<u64> {
    // SAFETY: only an address is taken.
    (size <= MAX_SMALL).then(|| unsafe { &raw const (*HEAP.get()).current[traced as usize][class_of_size(size)] as u64 })
}

/// A cell of the page that `current` points to, which has no more, or of the next. It has a header without a shape.
///
/// # Safety
/// `current` comes from [`current_page`].
pub unsafe fn allocate_at(current: u64) -> *mut u8 {
    // SAFETY: the address lies in the table.
    let i = unsafe { (current as *const *mut Page).offset_from((&raw const (*HEAP.get()).current).cast()) as usize };
    allocate(size_of_class(i % CLASSES), i / CLASSES == 1, 0)
}

/// A cell for an object of `size` bytes, header included, with reference count 1 and the shape written and
/// the rest undefined. For sizes that a program does not choose: running out of memory ends the process.
#[inline(always)]
pub fn allocate(size: usize, traced: bool, shape: u32) -> *mut u8 {
    match try_allocate(size, traced, shape) {
        Some(p) => p,
        None => std::alloc::handle_alloc_error(Layout::new::<Page>()),
    }
}

/// As [`allocate`], but `None` when memory runs out.
#[inline(always)]
pub fn try_allocate(size: usize, traced: bool, shape: u32) -> Option<*mut u8> {
    debug_assert!(size >= GRANULE);
    #[cfg(not(feature = "poison"))]
    if size <= 512 {
        let class = class_of_size(size);
        // SAFETY: the current page is a valid page (perhaps NO_PAGE, which is always full); its free cells are unused memory.
        unsafe {
            let page = (*HEAP.get()).current[traced as usize][class];
            let cell = (*page).free;
            if !cell.is_null() {
                (*page).free = (*cell).next;
                (*page).used += 1;
                cell.cast::<Header>().write(Header { refcount: 1, shape });
                return Some(cell.cast());
            }
        }
    }
    allocate_slow(size, traced, shape)
}

#[cold]
#[inline(never)]
fn allocate_slow(size: usize, traced: bool, shape: u32) -> Option<*mut u8> {
    // SAFETY: the GIL is held, so nobody else touches the heap; every page on the lists is valid.
    unsafe {
        let heap = &mut *HEAP.get();
        if size > MAX_SMALL || cfg!(feature = "poison") {
            return allocate_large(heap, size, traced, shape);
        }
        let class = class_of_size(size);
        loop {
            let page = heap.current[traced as usize][class];
            let cell = (*page).free;
            if !cell.is_null() {
                (*page).free = (*cell).next;
                (*page).used += 1;
                cell.cast::<Header>().write(Header { refcount: 1, shape });
                return Some(cell.cast());
            }
            if (*page).bump + (*page).cell_size <= (*page).limit && (*page).cell_size != 0 {
                // Link a run of fresh cells at a time, to the end of the system's page at most, so that untouched memory stays untouched.
                let left = ((*page).limit - (*page).bump) / (*page).cell_size;
                let run = ((4096 - (*page).bump % 4096) / (*page).cell_size).clamp(1, 32).min(left);
                let mut next = ptr::null_mut();
                for i in (0..run).rev() {
                    let cell = page.cast::<u8>().add(((*page).bump + i * (*page).cell_size) as usize).cast::<Cell>();
                    (*cell).next = next;
                    next = cell;
                }
                (*page).free = next;
                (*page).bump += run * (*page).cell_size;
                if traced {
                    note_young(heap, run as usize);
                }
                continue;
            }
            if page != NO_PAGE.get() {
                (*page).listed = false;
            }
            let mut next = heap.room[traced as usize][class];
            if next.is_null() {
                next = new_page(heap, class, traced)?;
            } else {
                heap.room[traced as usize][class] = (*next).next;
                if traced {
                    note_young(heap, (((*next).bump - first_cell() as u32) / (*next).cell_size - (*next).used) as usize);
                }
            }
            (*next).listed = true;
            heap.current[traced as usize][class] = next;
        }
    }
}

fn note_young(heap: &mut Heap, cells: usize) {
    heap.young_cells += cells;
    if heap.young_cells >= heap.young_limit {
        crate::eval::breaker::request(crate::eval::breaker::COLLECT);
    }
}

const fn first_cell() -> usize {
    size_of::<Page>().next_multiple_of(64)
}

unsafe fn new_page(heap: &mut Heap, class: usize, traced: bool) -> Option<*mut Page> {
    // SAFETY: a fresh zeroed page has a valid header but for the fields set here; chunks are made of whole pages.
    unsafe {
        if heap.fresh_bytes == 0 {
            let chunk = alloc_zeroed(CHUNK);
            if chunk.is_null() {
                return None;
            }
            (heap.fresh, heap.fresh_bytes) = (chunk, CHUNK.size());
        }
        let page = heap.fresh.cast::<Page>();
        heap.fresh = heap.fresh.add(PAGE_SIZE);
        heap.fresh_bytes -= PAGE_SIZE;
        heap.pages.push(page);
        heap.bytes += PAGE_SIZE;
        let size = size_of_class(class);
        (*page).cell_size = size as u32;
        (*page).class = class as u8;
        (*page).traced = traced;
        (*page).bytes = PAGE_SIZE;
        (*page).bump = first_cell() as u32;
        (*page).limit = (first_cell() + (PAGE_SIZE - first_cell()) / size * size) as u32;
        Some(page)
    }
}

unsafe fn allocate_large(heap: &mut Heap, size: usize, traced: bool, shape: u32) -> Option<*mut u8> {
    if size > isize::MAX as usize / 2 {
        return None;
    }
    // SAFETY: the layout holds a header, which is valid when it is zeroed but for the fields set here; the one cell lies behind it.
    unsafe {
        let bytes = (first_cell() + size).next_multiple_of(4096);
        let page = alloc(Layout::from_size_align(bytes, PAGE_SIZE).ok()?).cast::<Page>();
        if page.is_null() {
            return None;
        }
        page.write_bytes(0, 1);
        heap.pages.push(page);
        heap.bytes += bytes;
        (*page).traced = traced;
        (*page).large = true;
        (*page).bytes = bytes;
        (*page).used = 1;
        (*page).bump = first_cell() as u32 + 16;
        (*page).cell_size = 16;
        if traced {
            note_young(heap, 1 + size / 256);
        }
        let cell = page.cast::<u8>().add(first_cell());
        cell.cast::<Header>().write(Header { refcount: 1, shape });
        Some(cell)
    }
}

#[inline(always)]
fn page_of(cell: *mut u8) -> *mut Page {
    (cell as usize & !(PAGE_SIZE - 1)) as *mut Page
}

#[inline(always)]
fn bit_of(cell: *mut u8) -> (usize, u64) {
    let granule = (cell as usize & (PAGE_SIZE - 1)) / GRANULE;
    (granule / 64, 1 << (granule % 64))
}

/// Gives a cell back.
///
/// # Safety
/// `cell` came from this allocator, and nothing uses the object any more.
#[inline(always)]
pub unsafe fn free(cell: *mut u8) {
    // SAFETY: the page header of a live cell is valid.
    unsafe {
        let page = page_of(cell);
        if (*page).large {
            return free_large(page);
        }
        let (word, bit) = bit_of(cell);
        let marks = &mut (*page).marks[word];
        if (marks[0] | marks[1] | marks[2]) & bit != 0 {
            for m in marks {
                *m &= !bit;
            }
        }
        cell.cast::<u64>().write(0);
        (*cell.cast::<Cell>()).next = (*page).free;
        (*page).free = cell.cast();
        (*page).used -= 1;
        if !(*page).listed {
            list_page(page);
        }
    }
}

#[cold]
unsafe fn list_page(page: *mut Page) {
    // SAFETY: the page is valid and on no list.
    unsafe {
        let heap = &mut *HEAP.get();
        let head = &mut heap.room[(*page).traced as usize][(*page).class as usize];
        (*page).next = *head;
        (*page).listed = true;
        *head = page;
    }
}

#[cold]
unsafe fn free_large(page: *mut Page) {
    // SAFETY: a large page holds one object, which is dead; the layout is the one it was allocated with.
    unsafe {
        let heap = &mut *HEAP.get();
        let bytes = (*page).bytes;
        heap.bytes -= bytes;
        if let Some(i) = heap.pages.iter().rposition(|&p| p == page) {
            heap.pages.swap_remove(i);
        }
        #[cfg(feature = "poison")]
        ptr::write_bytes(page.cast::<u8>().add(first_cell()), 0xdb, bytes - first_cell());
        dealloc(page.cast(), Layout::from_size_align_unchecked(bytes, PAGE_SIZE));
    }
}

/// Bytes of an object's cell: at least as many as were asked for.
///
/// # Safety
/// `cell` is a live object of this heap.
pub unsafe fn usable_size(cell: *mut u8) -> usize {
    // SAFETY: the page header of a live cell is valid.
    unsafe {
        let page = page_of(cell);
        if (*page).large { (*page).bytes - first_cell() } else { (*page).cell_size as usize }
    }
}

/// Whether the object has the mark.
///
/// # Safety
/// `cell` is a live object of this heap.
#[inline(always)]
pub unsafe fn is_marked(cell: *mut u8, mark: Mark) -> bool {
    let (word, bit) = bit_of(cell);
    // SAFETY: the page header of a live cell is valid.
    unsafe { (*page_of(cell)).marks[word][mark as usize] & bit != 0 }
}

/// Sets or clears a mark of the object.
///
/// # Safety
/// `cell` is a live object of this heap.
#[inline(always)]
pub unsafe fn set_mark(cell: *mut u8, mark: Mark, on: bool) {
    let (word, bit) = bit_of(cell);
    // SAFETY: the page header of a live cell is valid.
    unsafe {
        let w = &mut (*page_of(cell)).marks[word][mark as usize];
        *w = if on { *w | bit } else { *w & !bit };
    }
}

/// Words for counting references during a collection, one for each object of the pages that take part.
pub struct Counts {
    pages: Vec<*mut Page>,
}

const COUNTS: Layout = match Layout::array::<u32>(PAGE_SIZE / GRANULE) {
    Ok(l) => l,
    Err(_) => panic!("a small array"),
};

impl Counts {
    /// Zero words for all pages of traced objects, or for those with objects that are not [`Mark::Old`].
    pub fn new(full: bool) -> Counts {
        let mut pages = Vec::new();
        // SAFETY: pages on the list are valid, and the GIL is held.
        unsafe {
            for &page in &(*HEAP.get()).pages {
                let old = || (*page).marks.iter().map(|m| m[Mark::Old as usize].count_ones()).sum::<u32>();
                if (*page).traced && (*page).used > 0 && (full || (*page).used > old()) {
                    (*page).counts = alloc_zeroed(COUNTS).cast();
                    if (*page).counts.is_null() {
                        std::alloc::handle_alloc_error(COUNTS);
                    }
                    pages.push(page);
                }
            }
        }
        Counts { pages }
    }

    /// Calls `f` with each live object of the pages. `f` must not allocate objects or free any.
    pub fn for_each(&self, mut f: impl FnMut(*mut u8)) {
        // SAFETY: pages stay valid while nothing frees; a cell with a zero header is free.
        unsafe {
            for &page in &self.pages {
                let mut at = first_cell();
                while at < (*page).bump as usize {
                    let cell = page.cast::<u8>().add(at);
                    if cell.cast::<u64>().read() != 0 {
                        f(cell);
                    }
                    at += (*page).cell_size as usize;
                }
            }
        }
    }

    /// The word of an object; NULL if its page does not take part.
    ///
    /// # Safety
    /// `cell` is a live object of this heap.
    #[inline(always)]
    pub unsafe fn of(&self, cell: *mut u8) -> *mut u32 {
        // SAFETY: the page header of a live cell is valid; its counts cover the page.
        unsafe {
            let counts = (*page_of(cell)).counts;
            if counts.is_null() { counts } else { counts.add((cell as usize & (PAGE_SIZE - 1)) / GRANULE) }
        }
    }
}

impl Drop for Counts {
    fn drop(&mut self) {
        for &page in &self.pages {
            // SAFETY: nothing was freed meanwhile; the words were allocated with this layout.
            unsafe { dealloc(std::mem::replace(&mut (*page).counts, ptr::null_mut()).cast(), COUNTS) };
        }
    }
}

/// Calls `f` with each live traced object. `f` must not allocate or free.
pub fn for_each_traced(f: impl FnMut(*mut u8)) {
    walk(f, |page| page.traced)
}

/// Calls `f` with each live object. `f` must not allocate or free.
#[cfg(debug_assertions)]
pub fn for_each(f: impl FnMut(*mut u8)) {
    walk(f, |_| true)
}

fn walk(mut f: impl FnMut(*mut u8), takes_part: impl Fn(&Page) -> bool) {
    // SAFETY: pages stay valid while nothing frees; a cell with a zero header is free.
    unsafe {
        for &page in &(*HEAP.get()).pages {
            if !takes_part(&*page) {
                continue;
            }
            let mut at = first_cell();
            while at < (*page).bump as usize {
                let cell = page.cast::<u8>().add(at);
                if cell.cast::<u64>().read() != 0 {
                    f(cell);
                }
                at += (*page).cell_size as usize;
            }
        }
    }
}

/// Starts counting young objects anew.
pub fn reset_young(limit: usize) {
    // SAFETY: the GIL is held.
    unsafe {
        (*HEAP.get()).young_cells = 0;
        (*HEAP.get()).young_limit = limit;
    }
}

/// Bytes in pages, and objects alive.
pub fn usage() -> (usize, usize) {
    // SAFETY: pages on the list are valid.
    unsafe {
        let heap = &*HEAP.get();
        (heap.bytes, heap.pages.iter().map(|&p| (*p).used as usize).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_cover_and_are_tight() {
        for size in GRANULE..=MAX_SMALL {
            let class = class_of_size(size);
            assert!(class < CLASSES);
            assert!(size_of_class(class) >= size, "{size}");
            assert!(class == 0 || size_of_class(class - 1) < size, "{size}");
        }
    }
}
