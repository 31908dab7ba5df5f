//! `gc`: the cycle collector's switches and counts.
//!
//! The collector has two generations; where CPython speaks of three, the middle one stays empty.

use weft_layout::tag::{NULL, is_ptr};
use weft_vm::cell::Field;
use weft_vm::class::native::{Args, FnDef, def, raw};
use weft_vm::global::Global;
use weft_vm::heap::collect::{self, state};
use weft_vm::heap::page::{self, Mark};
use weft_vm::protocol::number;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{bounds, dict, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::{call, exc};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "gc",
    doc: "This module provides access to the garbage collector for reference cycles.\n\nenable() -- Enable automatic garbage collection.\ndisable() -- Disable automatic garbage collection.\nisenabled() -- Returns true if automatic collection is enabled.\ncollect() -- Do a full collection right now.\nget_count() -- Return the current collection counts.\nget_stats() -- Return list of dictionaries containing per-generation stats.\nset_debug() -- Set debugging flags.\nget_debug() -- Get debugging flags.\nset_threshold() -- Set the collection thresholds.\nget_threshold() -- Return the current collection thresholds.\nget_objects() -- Return a list of all objects tracked by the collector.\nis_tracked() -- Returns true if a given object is tracked.\nis_finalized() -- Returns true if a given object has been already finalized.\nget_referrers() -- Return the list of objects that refer to an object.\nget_referents() -- Return the list of objects that an object refers to.\nfreeze() -- Freeze all tracked objects and ignore them for future collections.\nunfreeze() -- Unfreeze all objects in the permanent generation.\nget_freeze_count() -- Return the number of objects in the permanent generation.\n",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[
    def("enable", "($module, /)", |_| switch(true), "Enable automatic garbage collection."),
    def("disable", "($module, /)", |_| switch(false), "Disable automatic garbage collection."),
    def("isenabled", "($module, /)", |_| Ok(Value::bool(state().enabled)), "Returns true if automatic garbage collection is enabled."),
    def(
        "set_debug",
        "($module, flags, /)",
        set_debug,
        "Set the garbage collection debugging flags.\n\n  flags\n    An integer that can have the following bits turned on:\n      DEBUG_STATS - Print statistics during collection.\n      DEBUG_COLLECTABLE - Print collectable objects found.\n      DEBUG_UNCOLLECTABLE - Print unreachable but uncollectable objects\n        found.\n      DEBUG_SAVEALL - Save objects to gc.garbage rather than freeing them.\n      DEBUG_LEAK - Debug leaking programs (everything but STATS).\n\nDebugging information is written to sys.stderr.",
    ),
    def("get_debug", "($module, /)", |_| Ok(Value::int(settings().debug)), "Get the garbage collection debugging flags."),
    def("get_count", "($module, /)", get_count, "Return a three-tuple of the current collection counts."),
    raw(
        "set_threshold",
        "",
        set_threshold,
        "set_threshold(threshold0, [threshold1, [threshold2]])\nSet the collection thresholds (the collection frequency).\n\nSetting 'threshold0' to zero disables collection.",
    ),
    def(
        "get_threshold",
        "($module, /)",
        |_| Ok(tuple::from_vec(settings().thresholds.iter().map(|&n| Value::int(n)).collect())),
        "Return the current collection thresholds.",
    ),
    def(
        "collect",
        "($module, /, generation=2)",
        run,
        "Run the garbage collector.\n\nWith no arguments, run a full collection.  The optional argument\nmay be an integer specifying which generation to collect.  A ValueError\nis raised if the generation number is invalid.\n\nThe number of unreachable objects is returned.",
    ),
    def(
        "get_objects",
        "($module, /, generation=None)",
        get_objects,
        "Return a list of objects tracked by the collector (excluding the list returned).\n\n  generation\n    Generation to extract the objects from.\n\nIf generation is not None, return only the objects tracked by the\ncollector that are in that generation.",
    ),
    def("get_stats", "($module, /)", get_stats, "Return a list of dictionaries containing per-generation statistics."),
    def(
        "is_tracked",
        "($module, obj, /)",
        |a| Ok(Value::bool(is_tracked(a.at(0)))),
        "Returns true if the object is tracked by the garbage collector.\n\nSimple atomic objects will return false.",
    ),
    def("is_finalized", "($module, obj, /)", is_finalized, "Returns true if the object has been already finalized by the GC."),
    def("get_referrers", "($module, /, *objs)", get_referrers, "Return the list of objects that directly refer to any of 'objs'."),
    def("get_referents", "($module, /, *objs)", get_referents, "Return the list of objects that are directly referred to by 'objs'."),
    def(
        "freeze",
        "($module, /)",
        |_| Ok(Value::NONE),
        "Freeze all current tracked objects and ignore them for future collections.\n\nThis can be used before a POSIX fork() call to make the gc copy-on-write\nfriendly.\nNote: collection before a POSIX fork() call may free pages for future\nallocation which can cause copy-on-write.",
    ),
    def(
        "unfreeze",
        "($module, /)",
        |_| Ok(Value::NONE),
        "Unfreeze all objects in the permanent generation.\n\nPut all objects in the permanent generation back into oldest generation.",
    ),
    def("get_freeze_count", "($module, /)", |_| Ok(Value::small_int(0)), "Return the number of objects in the permanent generation."),
];

struct Settings {
    debug: i64,
    thresholds: [i64; 3],
    callbacks: Field,
}

static SETTINGS: Global<Settings> = Global::new(Settings { debug: 0, thresholds: [2000, 10, 10], callbacks: Field::empty() });

/// What Python code has set. Do not hold on to it across a call.
fn settings() -> &'static mut Settings {
    // SAFETY: the GIL is held; callers read or write a field and let go.
    unsafe { &mut *SETTINGS.get() }
}

fn exec(m: &Value) -> Res<()> {
    let callbacks = list::new();
    settings().callbacks.set(callbacks.clone());
    module::add(m, "callbacks", callbacks);
    module::add(m, "garbage", list::new());
    for (name, bit) in [("DEBUG_STATS", 1), ("DEBUG_COLLECTABLE", 2), ("DEBUG_UNCOLLECTABLE", 4), ("DEBUG_SAVEALL", 32), ("DEBUG_LEAK", 38)]
    {
        module::add(m, name, Value::small_int(bit));
    }
    Ok(())
}

fn switch(on: bool) -> Res {
    state().enabled = on;
    Ok(Value::NONE)
}

fn set_debug(a: Args) -> Res {
    settings().debug = bounds::c_int_arg(a.at(0))?.into();
    Ok(Value::NONE)
}

fn get_count(_: Args) -> Res {
    Ok(tuple::from_vec([0, 0, 0].into_iter().map(Value::small_int).collect()))
}

fn set_threshold(args: &[Value], _: Option<&Value>) -> Res {
    if args.is_empty() || args.len() > 3 {
        return Err(exc::type_error("gc.set_threshold requires 1 to 3 arguments"));
    }
    let values = args.iter().map(|v| bounds::c_int_arg(v).map(i64::from)).collect::<Res<Vec<i64>>>()?;
    for (place, &n) in settings().thresholds.iter_mut().zip(&values) {
        *place = n;
    }
    // As in CPython, 0 turns automatic collections off.
    state().young_limit = if values[0] <= 0 { usize::MAX / 2 } else { values[0] as usize };
    page::reset_young(state().young_limit);
    Ok(Value::NONE)
}

/// Calls what is in `gc.callbacks`.
fn announce(phase: &str, generation: i64, collected: usize) -> Res<()> {
    let Some(callbacks) = settings().callbacks.get().filter(|c| list::len(c) > 0) else { return Ok(()) };
    let info = dict::new();
    dict::set_str(&info, &str::intern("generation"), Value::small_int(generation));
    dict::set_str(&info, &str::intern("collected"), Value::usize(collected));
    dict::set_str(&info, &str::intern("uncollectable"), Value::small_int(0));
    for f in list::to_vec(&callbacks) {
        if let Err(e) = call::call(&f, &[str::new(phase), info.clone()], None) {
            exc::unraisable(e, "Exception ignored while calling GC callback ", Some(&f));
        }
    }
    Ok(())
}

fn run(a: Args) -> Res {
    let generation = a.opt(0).map_or(Ok(2), bounds::c_int_arg)?;
    if !(0..=2).contains(&generation) {
        return Err(exc::value_error("invalid generation"));
    }
    announce("start", generation.into(), 0)?;
    let found = collect::collect(generation == 2);
    announce("stop", generation.into(), found)?;
    Ok(Value::usize(found))
}

fn is_tracked(v: &Value) -> bool {
    v.is_heap() && v.class().is_traced()
}

fn is_finalized(a: Args) -> Res {
    let v = a.at(0);
    // SAFETY: a heap value points to a live object.
    Ok(Value::bool(v.is_heap() && unsafe { page::is_marked(v.ptr(), Mark::Finalised) }))
}

/// All traced objects that are alive, and whether a collection has seen them.
fn all_objects() -> Vec<(Value, bool)> {
    let mut all = Vec::new();
    page::for_each_traced(|o| {
        // SAFETY: the walk passes live objects; one whose count is 0 is being destroyed and is left alone.
        unsafe {
            if (*o.cast::<weft_layout::header::Header>()).refcount > 0 {
                all.push((Value::clone_word(o as u64), page::is_marked(o, Mark::Old)));
            }
        }
    });
    all
}

fn get_objects(a: Args) -> Res {
    let generation = match a.some(0) {
        None => None,
        Some(g) => match number::as_isize(g)? {
            g if g < 0 => return Err(exc::value_error("generation parameter cannot be negative")),
            g if g > 2 => return Err(exc::value_error("generation parameter must be less than the number of available generations (3)")),
            g => Some(g),
        },
    };
    let fits = |old: bool| match generation {
        None => true,
        Some(0) => !old,
        Some(1) => false,
        Some(_) => old,
    };
    Ok(list::from_vec(all_objects().into_iter().filter(|&(_, old)| fits(old)).map(|(v, _)| v).collect()))
}

/// The values that an object refers to.
fn referents(v: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    if is_tracked(v) {
        // SAFETY: the object is alive, and what it refers to is too.
        unsafe {
            collect::trace(v.ptr(), &mut |w| {
                if w != NULL {
                    found.push(Value::clone_word(w));
                }
            })
        };
    }
    found
}

fn get_referents(a: Args) -> Res {
    Ok(list::from_vec(a.rest(0).iter().flat_map(referents).collect()))
}

fn get_referrers(a: Args) -> Res {
    let wanted: Vec<u64> = a.rest(0).iter().map(Value::word).filter(|&w| is_ptr(w)).collect();
    let own = a.at(0);
    let mut found = Vec::new();
    for (v, _) in all_objects() {
        if v.is(own) {
            continue;
        }
        let mut refers = false;
        // SAFETY: the object is alive.
        unsafe { collect::trace(v.ptr(), &mut |w| refers |= wanted.contains(&w)) };
        if refers {
            found.push(v);
        }
    }
    Ok(list::from_vec(found))
}

fn get_stats(_: Args) -> Res {
    let [young, full] = state().stats;
    let entry = |(collections, collected, uncollectable): (usize, usize, usize)| {
        let d = dict::new();
        for (name, n) in [("collections", collections), ("collected", collected), ("uncollectable", uncollectable)] {
            dict::set_str(&d, &str::intern(name), Value::usize(n));
        }
        d
    };
    Ok(list::from_vec(vec![entry(young), entry((0, 0, 0)), entry(full)]))
}

/// Visits what this module keeps, for [`weft_vm::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    visit(settings().callbacks.word());
}
