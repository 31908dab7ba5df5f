//! `_weft_planted`: memory errors made on purpose, in builds with the feature `poison` only. A memory checker that
//! does not report each of them has shown nothing by reporting no others (scripts/memcheck.sh).

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::list;
use weft_vm::types::module::ModuleDef;
use weft_vm::value::{self, Res, Value};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_weft_planted", doc: "Memory errors made on purpose.", functions: FUNCTIONS, exec: |_| Ok(()) };

static FUNCTIONS: &[FnDef] = &[
    def("read_after_free", "($module, /)", read_after_free, "Reads the header of an object that was freed."),
    def("release_twice", "($module, /)", release_twice, "Drops a reference that is not there."),
    def("stale_items", "($module, /)", stale_items, "Reads an item of a list that was freed."),
];

fn victim() -> Value {
    list::from_vec(vec![Value::int(1), Value::int(2)])
}

fn read_after_free(_: Args) -> Res {
    let word = victim().into_word();
    // SAFETY: none: that is the point.
    unsafe {
        value::decref(word);
        Ok(Value::int(std::ptr::read_volatile(word as *const u32) as i64))
    }
}

fn release_twice(_: Args) -> Res {
    let word = victim().into_word();
    // SAFETY: none: that is the point.
    unsafe {
        value::decref(word);
        value::decref(word);
    }
    Ok(Value::NONE)
}

fn stale_items(_: Args) -> Res {
    let word = victim().into_word();
    // SAFETY: none: that is the point.
    unsafe {
        let items = std::ptr::read_volatile((word as usize + list::ITEMS_OFFSET) as *const *const u64);
        value::decref(word);
        Ok(Value::int(std::ptr::read_volatile(items) as i64 & 0xff))
    }
}
