//! `array`: arrays of machine numbers.
//!
//! [`item`]: type codes, items to and from bytes. [`storage`]: the payload. [`construct`]: `array(...)`.
//! [`sequence`]: the class's slots. [`methods`]: its methods. [`pickle`]: reduction. [`iterator`]: the iterator.

mod construct;
mod item;
mod iterator;
mod methods;
mod pickle;
mod sequence;
mod storage;

use crate::LazyClass;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{FnDef, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, flag};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::str;
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "array",
    doc: "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, floating-point\nnumbers.  Arrays are sequence types and behave very much like lists,\nexcept that the type of objects stored in them is constrained.\n",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[def(
    "_array_reconstructor",
    "($module, arraytype, typecode, mformat_code, items, /)",
    pickle::reconstruct,
    "Internal. Used for pickling support.",
)];

/// `array.array`
static ARRAY: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "array.array",
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\ninitialized from the optional initializer value, which must be a list,\nstring or iterable over elements of the appropriate type.\n\nArrays represent basic values and behave very much like lists, except\nthe type of objects stored in them is constrained. The type is specified\nat object creation time by using a type code, which is a single character.\nThe following type codes are defined:\n\n    Type code   C Type             Minimum size in bytes\n    'b'         signed integer     1\n    'B'         unsigned integer   1\n    'u'         Unicode character  2 (see note)\n    'w'         Py_UCS4            4\n    'h'         signed integer     2\n    'H'         unsigned integer   2\n    'i'         signed integer     2\n    'I'         unsigned integer   2\n    'l'         signed integer     4\n    'L'         unsigned integer   4\n    'q'         signed integer     8 (see note)\n    'Q'         unsigned integer   8 (see note)\n    'f'         floating-point     4\n    'd'         floating-point     8\n\nNOTE: The 'u' typecode corresponds to Python's unicode character. On\nnarrow builds this is 2-bytes on wide builds this is 4-bytes.\n\nNOTE: The 'q' and 'Q' type codes are only available if the platform\nC compiler used to build Python supports 'long long', or, on Windows,\n'__int64'.\n\nMethods:\n\nappend() -- append a new item to the end of the array\nbuffer_info() -- return information giving the current memory info\nbyteswap() -- byteswap all the items of the array\ncount() -- return number of occurrences of an object\nextend() -- extend array by appending multiple elements from an iterable\nfromfile() -- read items from a file object\nfromlist() -- append items from the list\nfrombytes() -- append items from the string\nindex() -- return index of first occurrence of an object\ninsert() -- insert a new item into the array at a provided position\npop() -- remove and return item (default last)\nremove() -- remove first occurrence of an object\nreverse() -- reverse the order of the items in the array\ntofile() -- write all items to a file object\ntolist() -- return the array converted to an ordinary list\ntobytes() -- return the array converted to a string\n\nAttributes:\n\ntypecode -- the typecode character used to create the array\nitemsize -- the length in bytes of one array item\n",
    payload: PayloadOps::of::<storage::Array>(),
    flags: flag::BASETYPE | flag::SEQUENCE,
    slots: Slots {
        new: Some(construct::new),
        repr: Some(sequence::repr),
        compare: Some(sequence::rich_compare),
        iter: Some(iterator::new),
        len: Some(|v| Ok(storage::this(v).len())),
        contains: Some(sequence::contains),
        get_item: Some(sequence::get_item),
        set_item: Some(sequence::set_item),
        concat: Some(sequence::concat),
        repeat: Some(sequence::repeat),
        inplace_concat: Some(sequence::inplace_concat),
        inplace_repeat: Some(sequence::inplace_repeat),
        buffer: Some(storage::buffer),
        ..Slots::NONE
    },
    methods: methods::METHODS,
    getsets: &[
        getter("typecode", |v| Ok(str::from_code_point(storage::this(v).kind.code as u32)), "the typecode character used to create the array"),
        getter("itemsize", |v| Ok(Value::usize(storage::this(v).kind.size)), "the size, in bytes, of one array item"),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

fn exec(module: &Value) -> Res<()> {
    add(module, "typecodes", str::new("bBuwhHiIlLqQfd"));
    add(module, "array", ARRAY.get().value());
    add(module, "ArrayType", ARRAY.get().value());
    Ok(())
}
