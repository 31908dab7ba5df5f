//! `_heapq`: heaps in lists, with the least item first or (`_max`) the greatest.
//!
//! Comparing items can run Python code that changes the list, so items are fetched anew at each step and a list
//! that has changed its size is an error.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::class::slots::CompareOp;
use weft_vm::types::list;
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, protocol};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_heapq",
    doc: "Heap queue algorithm (a.k.a. priority queue).\n\nHeaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for\nall k, counting elements from 0.  For the sake of comparison,\nnon-existing elements are considered to be infinite.  The interesting\nproperty of a heap is that a[0] is always its smallest element.\n\nUsage:\n\nheap = []            # creates an empty heap\nheappush(heap, item) # pushes a new item on the heap\nitem = heappop(heap) # pops the smallest item from the heap\nitem = heap[0]       # smallest item on the heap without popping it\nheapify(x)           # transforms list into a heap, in-place, in linear time\nitem = heapreplace(heap, item) # pops and returns smallest item, and adds\n                               # new item; the heap size is unchanged\n\nOur API differs from textbook heap algorithms as follows:\n\n- We use 0-based indexing.  This makes the relationship between the\n  index for a node and the indexes for its children slightly less\n  obvious, but is more suitable since Python uses 0-based indexing.\n\n- Our heappop() method returns the smallest item, not the largest.\n\nThese two make it possible to view the heap as a regular Python list\nwithout surprises: heap[0] is the smallest item, and heap.sort()\nmaintains the heap invariant!\n",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[
    def("heapify", "($module, heap, /)", heapify, "Transform list into a heap, in-place, in O(len(heap)) time."),
    def("heapify_max", "($module, heap, /)", heapify_max, "Maxheap variant of heapify."),
    def("heappop", "($module, heap, /)", heappop, "Pop the smallest item off the heap, maintaining the heap invariant."),
    def("heappop_max", "($module, heap, /)", heappop_max, "Maxheap variant of heappop."),
    def("heappush", "($module, heap, item, /)", heappush, "Push item onto heap, maintaining the heap invariant."),
    def("heappush_max", "($module, heap, item, /)", heappush_max, "Push item onto max heap, maintaining the heap invariant."),
    def("heappushpop", "($module, heap, item, /)", heappushpop, "Push item on the heap, then pop and return the smallest item from the heap.\n\nThe combined action runs more efficiently than heappush() followed by\na separate call to heappop()."),
    def("heappushpop_max", "($module, heap, item, /)", heappushpop_max, "Maxheap variant of heappushpop.\n\nThe combined action runs more efficiently than heappush_max()\nfollowed by a separate call to heappop_max()."),
    def("heapreplace", "($module, heap, item, /)", heapreplace, "Pop and return the current smallest value, and add the new item.\n\nThis is more efficient than heappop() followed by heappush(), and can be\nmore appropriate when using a fixed-size heap.  Note that the value\nreturned may be larger than item!  That constrains reasonable uses of\nthis routine unless written as part of a conditional replacement:\n\n    if item > heap[0]:\n        item = heapreplace(heap, item)"),
    def("heapreplace_max", "($module, heap, item, /)", heapreplace_max, "Maxheap variant of heapreplace."),
];

fn exec(module: &Value) -> Res<()> {
    add(module, "__about__", weft_vm::types::str::new(ABOUT));
    Ok(())
}

const ABOUT: &str = "Heap queues\n\n[explanation by François Pinard]\n\nHeaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for\nall k, counting elements from 0.  For the sake of comparison,\nnon-existing elements are considered to be infinite.  The interesting\nproperty of a heap is that a[0] is always its smallest element.\n\nThe strange invariant above is meant to be an efficient memory\nrepresentation for a tournament.  The numbers below are 'k', not a[k]:\n\n                                   0\n\n                  1                                 2\n\n          3               4                5               6\n\n      7       8       9       10      11      12      13      14\n\n    15 16   17 18   19 20   21 22   23 24   25 26   27 28   29 30\n\n\nIn the tree above, each cell 'k' is topping '2*k+1' and '2*k+2'.  In\na usual binary tournament we see in sports, each cell is the winner\nover the two cells it tops, and we can trace the winner down the tree\nto see all opponents s/he had.  However, in many computer applications\nof such tournaments, we do not need to trace the history of a winner.\nTo be more memory efficient, when a winner is promoted, we try to\nreplace it by something else at a lower level, and the rule becomes\nthat a cell and the two cells it tops contain three different items,\nbut the top cell \"wins\" over the two topped cells.\n\nIf this heap invariant is protected at all time, index 0 is clearly\nthe overall winner.  The simplest algorithmic way to remove it and\nfind the \"next\" winner is to move some loser (let's say cell 30 in the\ndiagram above) into the 0 position, and then percolate this new 0 down\nthe tree, exchanging values, until the invariant is re-established.\nThis is clearly logarithmic on the total number of items in the tree.\nBy iterating over all items, you get an O(n ln n) sort.\n\nA nice feature of this sort is that you can efficiently insert new\nitems while the sort is going on, provided that the inserted items are\nnot \"better\" than the last 0'th element you extracted.  This is\nespecially useful in simulation contexts, where the tree holds all\nincoming events, and the \"win\" condition means the smallest scheduled\ntime.  When an event schedule other events for execution, they are\nscheduled into the future, so they can easily go into the heap.  So, a\nheap is a good structure for implementing schedulers (this is what I\nused for my MIDI sequencer :-).\n\nVarious structures for implementing schedulers have been extensively\nstudied, and heaps are good for this, as they are reasonably speedy,\nthe speed is almost constant, and the worst case is not much different\nthan the average case.  However, there are other representations which\nare more efficient overall, yet the worst cases might be terrible.\n\nHeaps are also very useful in big disk sorts.  You most probably all\nknow that a big sort implies producing \"runs\" (which are pre-sorted\nsequences, which size is usually related to the amount of CPU memory),\nfollowed by a merging passes for these runs, which merging is often\nvery cleverly organised[1].  It is very important that the initial\nsort produces the longest runs possible.  Tournaments are a good way\nto that.  If, using all the memory available to hold a tournament, you\nreplace and percolate items that happen to fit the current run, you'll\nproduce runs which are twice the size of the memory for random input,\nand much better for input fuzzily ordered.\n\nMoreover, if you output the 0'th item on disk and get an input which\nmay not fit in the current tournament (because the value \"wins\" over\nthe last output value), it cannot fit in the heap, so the size of the\nheap decreases.  The freed memory could be cleverly reused immediately\nfor progressively building a second heap, which grows at exactly the\nsame rate the first heap is melting.  When the first heap completely\nvanishes, you switch heaps and start a new run.  Clever and quite\neffective!\n\nIn a word, heaps are useful memory structures to know.  I use them in\na few applications, and I think it is good to keep a 'heap' module\naround. :-)\n\n--------------------\n[1] The disk balancing algorithms which are current, nowadays, are\nmore annoying than clever, and this is a consequence of the seeking\ncapabilities of the disks.  On devices which cannot seek, like big\ntape drives, the story was quite different, and one had to be very\nclever to ensure (far in advance) that each tape movement will be the\nmost effective possible (that is, will best participate at\n\"progressing\" the merge).  Some tapes were even able to read\nbackwards, and this was also used to avoid the rewinding time.\nBelieve me, real good tape sorts were quite spectacular to watch!\nFrom all times, sorting has always been a Great Art! :-)\n";

/// Which item comes first.
#[derive(Clone, Copy)]
enum Order {
    Min,
    Max,
}

impl Order {
    /// Whether `a` goes before `b`.
    fn before(self, a: &Value, b: &Value) -> Res<bool> {
        match self {
            Order::Min => protocol::compare_bool(a, b, CompareOp::Lt),
            Order::Max => protocol::compare_bool(b, a, CompareOp::Lt),
        }
    }
}

fn heap_of<'a>(a: Args<'a>, function: &str, alone: bool) -> Res<&'a Value> {
    let heap = a.at(0);
    if heap.is_instance(types().list) {
        return Ok(heap);
    }
    let which = if alone { "argument" } else { "argument 1" };
    Err(exc::type_error(format!("{function}() {which} must be list, not {}", heap.class().full_name())))
}

fn out_of_range() -> exc::Raised {
    exc::index_error("index out of range")
}

fn item(heap: &Value, i: usize) -> Res {
    list::get(heap, i).ok_or_else(out_of_range)
}

fn check_size(heap: &Value, size: usize) -> Res<()> {
    if list::len(heap) == size { Ok(()) } else { Err(exc::runtime_error("list changed size during iteration")) }
}

fn swap(heap: &Value, i: usize, j: usize) -> Res<()> {
    let (a, b) = (item(heap, i)?, item(heap, j)?);
    list::set(heap, i, b);
    list::set(heap, j, a);
    Ok(())
}

/// Moves the item at `pos` up towards `start` until its parent goes before it.
fn sift_down(heap: &Value, start: usize, mut pos: usize, order: Order) -> Res<()> {
    let size = list::len(heap);
    let moved = item(heap, pos)?;
    while pos > start {
        let parent = (pos - 1) >> 1;
        let first = order.before(&moved, &item(heap, parent)?)?;
        check_size(heap, size)?;
        if !first {
            break;
        }
        swap(heap, parent, pos)?;
        pos = parent;
    }
    Ok(())
}

/// Moves the item at `pos` down to a leaf along the children that go first, then up to its place.
fn sift_up(heap: &Value, mut pos: usize, order: Order) -> Res<()> {
    let (size, start) = (list::len(heap), pos);
    if pos >= size {
        return Err(out_of_range());
    }
    while pos < size >> 1 {
        let mut child = 2 * pos + 1;
        if child + 1 < size {
            let left_first = order.before(&item(heap, child)?, &item(heap, child + 1)?)?;
            check_size(heap, size)?;
            child += !left_first as usize;
        }
        swap(heap, child, pos)?;
        pos = child;
    }
    sift_down(heap, start, pos, order)
}

fn push(heap: &Value, value: &Value, order: Order) -> Res {
    list::push(heap, value.clone());
    sift_down(heap, 0, list::len(heap) - 1, order)?;
    Ok(Value::NONE)
}

fn pop(heap: &Value, order: Order) -> Res {
    let last = list::pop(heap).ok_or_else(out_of_range)?;
    if list::len(heap) == 0 { Ok(last) } else { replace(heap, &last, order) }
}

fn replace(heap: &Value, value: &Value, order: Order) -> Res {
    let top = item(heap, 0)?;
    list::set(heap, 0, value.clone());
    sift_up(heap, 0, order)?;
    Ok(top)
}

fn push_pop(heap: &Value, value: &Value, order: Order) -> Res {
    match list::get(heap, 0) {
        Some(top) if order.before(&top, value)? => replace(heap, value, order),
        _ => Ok(value.clone()),
    }
}

fn make_heap(heap: &Value, order: Order) -> Res {
    for i in (0..list::len(heap) / 2).rev() {
        sift_up(heap, i, order)?;
    }
    Ok(Value::NONE)
}

macro_rules! functions {
    ($($name:ident $name_max:ident $f:ident($($arg:literal)?);)*) => {
        $(fn $name(a: Args) -> Res {
            $f(heap_of(a, stringify!($name), functions!(@alone $($arg)?))?, $(a.at($arg),)? Order::Min)
        }

        fn $name_max(a: Args) -> Res {
            $f(heap_of(a, stringify!($name_max), functions!(@alone $($arg)?))?, $(a.at($arg),)? Order::Max)
        })*
    };
    (@alone) => { true };
    (@alone $arg:literal) => { false };
}

functions! {
    heappush heappush_max push(1);
    heappop heappop_max pop();
    heapreplace heapreplace_max replace(1);
    heappushpop heappushpop_max push_pop(1);
    heapify heapify_max make_heap();
}
