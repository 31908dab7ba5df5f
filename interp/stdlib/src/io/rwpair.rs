//! `BufferedRWPair`: a buffered reader and a buffered writer as one stream.

use super::names::names;
use super::{DEFAULT_BUFFER_SIZE, args, base, buffered, call0, chain};
use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, bind_call, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::attr;
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::{call, exc};

/// `_io.BufferedRWPair`
pub static PAIR: LazyClass = LazyClass::new(&SPEC);

/// The payload.
struct Pair {
    reader: Field,
    writer: Field,
}

// SAFETY: instances of the class hold a Pair, which `new` writes.
unsafe impl Payload for Pair {
    fn class() -> &'static Type {
        PAIR.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.reader.word());
        visit(self.writer.word());
    }

    fn clear(&self) {
        drop(self.reader.take());
        drop(self.writer.take());
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "_io.BufferedRWPair",
    doc: "BufferedRWPair(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)\n--\n\nA buffered reader and writer object together.\n\nA buffered reader object and buffered writer object put together to\nform a sequential IO object that can read and write. This is typically\nused with a socket or two-way pipe.\n\nreader and writer are RawIOBase objects that are readable and\nwriteable respectively. If the buffer_size is omitted it defaults to\nDEFAULT_BUFFER_SIZE.",
    base: Some(|| base::BUFFERED_IO_BASE.get()),
    payload: PayloadOps::of::<Pair>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), ..Slots::NONE },
    methods: METHODS,
    getsets: &[getter("closed", closed, "")],
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("read", "($self, /, *args)", |a| call::call_method(&reader(&a)?, &names().read, a.rest(1)), ""),
    def("peek", "($self, /, *args)", |a| call::call_method(&reader(&a)?, &names().peek, a.rest(1)), ""),
    def("read1", "($self, /, *args)", |a| call::call_method(&reader(&a)?, &names().read1, a.rest(1)), ""),
    def("readinto", "($self, /, *args)", |a| call::call_method(&reader(&a)?, &names().readinto, a.rest(1)), ""),
    def("readinto1", "($self, /, *args)", |a| call::call_method(&reader(&a)?, &names().readinto1, a.rest(1)), ""),
    def("write", "($self, /, *args)", |a| call::call_method(&writer(&a)?, &names().write, a.rest(1)), ""),
    def("flush", "($self, /)", |a| call0(&writer(&a)?, &names().flush), ""),
    def("readable", "($self, /)", |a| call0(&reader(&a)?, &names().readable), ""),
    def("writable", "($self, /)", |a| call0(&writer(&a)?, &names().writable), ""),
    def("close", "($self, /)", close, ""),
    def("isatty", "($self, /)", isatty, ""),
];

fn this(v: &Value) -> &Pair {
    // SAFETY: methods and slots of the class get its instances.
    unsafe { v.payload() }
}

fn reader(a: &Args) -> Res {
    this(a.at(0)).reader.get().ok_or_else(base::uninitialised)
}

fn writer(a: &Args) -> Res {
    this(a.at(0)).writer.get().ok_or_else(base::uninitialised)
}

fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(build::of(class), Pair { reader: Field::empty(), writer: Field::empty() }))
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("BufferedRWPair", "(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)", args, kwnames, |a| {
        let size = [Value::int(args::int_size(&a, 2, DEFAULT_BUFFER_SIZE as isize)? as i64)];
        base::check_readable(a.at(0))?;
        base::check_writable(a.at(1))?;
        let make = |class: &LazyClass, raw: &Value| call::call(&class.get().value(), &[raw.clone(), size[0].clone()], None);
        let reader = make(&buffered::READER, a.at(0))?;
        let writer = make(&buffered::WRITER, a.at(1))?;
        this(v).reader.set(reader);
        this(v).writer.set(writer);
        Ok(())
    })
}

fn close(a: Args) -> Res {
    let earlier = writer(&a).and_then(|w| call0(&w, &names().close)).err().map(exc::take);
    chain(earlier, reader(&a).and_then(|r| call0(&r, &names().close)))
}

fn isatty(a: Args) -> Res {
    let first = call0(&writer(&a)?, &names().isatty)?;
    if first.is(&Value::FALSE) { call0(&reader(&a)?, &names().isatty) } else { Ok(first) }
}

fn closed(v: &Value) -> Res {
    match this(v).writer.get() {
        Some(w) => attr::getattr(&w, &names().closed),
        None => Err(exc::runtime_error("the BufferedRWPair object is being garbage-collected")),
    }
}
