//! `_weft_planted`: errors made on purpose, in debug builds and those with the feature `poison` only. A memory checker that
//! does not report each of them has shown nothing by reporting no others (scripts/memcheck.sh), and so it is with the
//! checks of debug builds (tests/debug_checks.rs).

use weft_compiler::opcode::op;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{code, list};
use weft_vm::value::{self, Res, Value};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_weft_planted", doc: "Memory errors made on purpose.", functions: FUNCTIONS, exec: |_| Ok(()) };

static FUNCTIONS: &[FnDef] = &[
    def("read_after_free", "($module, /)", read_after_free, "Reads the header of an object that was freed."),
    def("release_twice", "($module, /)", release_twice, "Drops a reference that is not there."),
    def("stale_items", "($module, /)", stale_items, "Reads an item of a list that was freed."),
    def("keep_reference", "($module, object, /)", keep_reference, "Takes a reference and never gives it up."),
    def("lose_reference", "($module, object, /)", lose_reference, "Gives up a reference that belongs to somebody else."),
    def("skip_pop", "($module, code, /)", skip_pop, "Makes the first POP_TOP of a code object leave the value."),
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

fn keep_reference(a: Args) -> Res {
    std::mem::forget(a.at(0).clone());
    Ok(Value::NONE)
}

fn lose_reference(a: Args) -> Res {
    // SAFETY: none: that is the point.
    unsafe { value::decref(a.at(0).word()) };
    Ok(Value::NONE)
}

fn skip_pop(a: Args) -> Res {
    let code = code::this(a.at(0));
    // SAFETY: the units are the code's; that the stack is wrong then is the point.
    let units = unsafe { std::slice::from_raw_parts_mut(code.units(), code.unit_count()) };
    if let Some(unit) = units.iter_mut().find(|u| **u as u8 == op::POP_TOP) {
        *unit = op::NOP.into();
    }
    Ok(Value::NONE)
}
