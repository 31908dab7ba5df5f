//! The command's allocator: mimalloc, with regions for compilations, and memory that is mapped in small pages at first.

use std::alloc::{GlobalAlloc, Layout};
use std::ffi::c_void;
use weft_compiler::region::{self, RegionAllocator};

/// Items of lists, tables of dicts and the like come and go at a great rate, so they get a fast allocator; what a compilation needs, one that is faster still.
#[global_allocator]
static ALLOCATOR: RegionAllocator<Plain> = RegionAllocator(Plain);

/// How much of the heap is made of small pages, in bytes.
const SMALL_PAGES: usize = 32 << 20;

/// The size of a huge page.
const HUGE_PAGE: usize = 2 << 20;

/// How much address space the allocator reserves at a time, in KiB. It clears tables in proportion to that when it begins.
#[cfg(target_os = "linux")]
const RESERVED_AT_A_TIME: libc::c_long = 128 << 10;

/// The number of mimalloc's option `arena_reserve`.
#[cfg(target_os = "linux")]
const ARENA_RESERVE: libc::c_int = 23;

unsafe extern "C" {
    #[cfg(target_os = "linux")]
    fn mi_option_set_default(option: libc::c_int, value: libc::c_long);
    #[cfg(target_os = "linux")]
    fn mi_process_init();
    #[cfg(target_os = "linux")]
    static mut environ: *const *const libc::c_char;
    fn mi_malloc(size: usize) -> *mut c_void;
    fn mi_zalloc(size: usize) -> *mut c_void;
    fn mi_realloc(place: *mut c_void, size: usize) -> *mut c_void;
    fn mi_free(place: *mut c_void);
}

/// mimalloc, called without an alignment where it would give that anyhow: its functions that take one are slower.
struct Plain;

/// The alignment of everything at least as large.
const USUAL_ALIGNMENT: usize = 16;

#[inline(always)]
fn is_plain(layout: Layout, size: usize) -> bool {
    layout.align() <= USUAL_ALIGNMENT && layout.align() <= size
}

// SAFETY: these are mimalloc's functions, and all of them come from it.
unsafe impl GlobalAlloc for Plain {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { if is_plain(layout, layout.size()) { mi_malloc(layout.size()).cast() } else { mimalloc::MiMalloc.alloc(layout) } }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { if is_plain(layout, layout.size()) { mi_zalloc(layout.size()).cast() } else { mimalloc::MiMalloc.alloc_zeroed(layout) } }
    }

    #[inline]
    unsafe fn dealloc(&self, place: *mut u8, _: Layout) {
        // SAFETY: as the caller promises.
        unsafe { mi_free(place.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe {
            if is_plain(layout, size) { mi_realloc(place.cast(), size).cast() } else { mimalloc::MiMalloc.realloc(place, layout, size) }
        }
    }
}

/// Keeps huge pages off until [`begin`], and the allocator's tables small. It runs before the allocator does anything: its first page would
/// be a huge one, of which it uses a tenth.
#[cfg(target_os = "linux")]
extern "C" fn before_the_allocator() {
    // SAFETY: this sets a flag of the process, which concerns nothing but the size of its pages, and an option of the allocator,
    // which says how large its arenas are.
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0);
        mi_option_set_default(ARENA_RESERVE, RESERVED_AT_A_TIME);
        // It looks for each of its options among all variables of the environment. Where there is nothing to be found, it gets an empty one.
        let variables = environ;
        if !has_options(variables) {
            environ = &raw const NO_VARIABLES.0;
            mi_process_init();
            environ = variables;
        }
    }
}

/// An environment without variables.
#[cfg(target_os = "linux")]
struct NoVariables(*const libc::c_char);

// SAFETY: there is nothing behind the pointer.
#[cfg(target_os = "linux")]
unsafe impl Sync for NoVariables {}

#[cfg(target_os = "linux")]
static NO_VARIABLES: NoVariables = NoVariables(std::ptr::null());

/// Whether there is a variable for the allocator.
///
/// # Safety
/// `variables` is an environment, or NULL.
#[cfg(target_os = "linux")]
unsafe fn has_options(mut variables: *const *const libc::c_char) -> bool {
    // SAFETY: an environment is a list of C strings that ends with NULL.
    unsafe {
        while !variables.is_null() && !(*variables).is_null() {
            if libc::strncasecmp(*variables, c"mimalloc_".as_ptr(), 9) == 0 {
                return true;
            }
            variables = variables.add(1);
        }
    }
    false
}

/// Runs before `main`, and first of all that do.
#[cfg(target_os = "linux")]
#[used]
// SAFETY: the section holds pointers to functions like this one.
#[unsafe(link_section = ".init_array.00001")]
static FIRST: extern "C" fn() = before_the_allocator;

/// Has the beginning of the allocator's memory mapped page by page. What lies behind is in huge pages, which suit
/// programs with much data; but one that is short would spend most of its time on clearing memory that it never uses.
pub fn begin() {
    let first = Box::new(0u8);
    // The allocator's own tables are right before.
    let start = (std::ptr::from_ref(&*first).addr() & !(HUGE_PAGE - 1)) - HUGE_PAGE;
    // SAFETY: this is advice about how memory is mapped, and changes nothing that a program can see; where nothing is
    // mapped it fails.
    unsafe {
        libc::madvise(std::ptr::without_provenance_mut(start), HUGE_PAGE + SMALL_PAGES, libc::MADV_NOHUGEPAGE);
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_THP_DISABLE, 0, 0, 0, 0);
    }
    region::enable();
}
