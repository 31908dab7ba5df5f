//! The attributes and methods of code objects.

use super::code::{Code, Position, this};
use crate::class::native::{Args, FnDef, GetSetDef, bind_call, def, getter};
use crate::types::{bytes, int, list, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{exc, protocol};
use std::sync::atomic::{AtomicBool, Ordering};
use weft_compiler::code::{Code as Compiled, Constant, local_kind};
use weft_compiler::text::Text;

fn code_bytes(c: &Code) -> Value {
    bytes::new(&c.original_units().iter().flat_map(|u| u.to_le_bytes()).collect::<Vec<u8>>())
}

fn adaptive(v: &Value) -> Res {
    let c = this(v);
    // SAFETY: the units live as long as the code object.
    let units = unsafe { std::slice::from_raw_parts(c.units(), c.unit_count()) };
    Ok(bytes::new(&units.iter().flat_map(|u| u.to_le_bytes()).collect::<Vec<u8>>()))
}

fn optional(n: i32) -> Value {
    if n < 0 { Value::NONE } else { Value::int(i64::from(n)) }
}

fn list_iter(items: Vec<Value>) -> Res {
    protocol::iter::iter(&list::from_vec(items))
}

/// `-X no_debug_ranges`: code objects do not tell columns.
pub static NO_DEBUG_RANGES: AtomicBool = AtomicBool::new(false);

fn positions(a: Args) -> Res {
    let mut out = Vec::new();
    for (start, end, p) in this(a.at(0)).locations() {
        let Position { line, mut end_line, mut col, mut end_col } = p;
        if NO_DEBUG_RANGES.load(Ordering::Relaxed) {
            (end_line, col, end_col) = (line, -1, -1);
        }
        let t = tuple::from_vec(vec![optional(line), optional(end_line), optional(col), optional(end_col)]);
        out.extend((start..end).map(|_| t.clone()));
    }
    list_iter(out)
}

/// Ranges of bytes with the same line, as `co_lines` gives them.
pub fn line_ranges(c: &Code) -> Vec<(usize, usize, i32)> {
    let mut out: Vec<(usize, usize, i32)> = Vec::new();
    for (start, end, p) in c.locations() {
        match out.last_mut() {
            Some(last) if last.2 == p.line => last.1 = end * 2,
            _ => out.push((start * 2, end * 2, p.line)),
        }
    }
    out
}

/// The line table of Python 3.9, from which `co_lines` took over.
fn lnotab(v: &Value) -> Res {
    crate::eval::warnings::warn(types().deprecation_warning, "co_lnotab is deprecated, use co_lines instead.", 1)?;
    let c = this(v);
    let (mut table, mut address, mut last) = (Vec::new(), 0, c.firstlineno);
    for (start, _, line) in line_ranges(c) {
        if line < 0 || line == last {
            continue;
        }
        let (mut bytes, mut lines) = (start - address, line - last);
        while bytes > 255 {
            table.extend([255, 0]);
            bytes -= 255;
        }
        loop {
            let part = lines.clamp(-128, 127);
            table.extend([bytes as u8, part as i8 as u8]);
            (bytes, lines) = (0, lines - part);
            if lines == 0 {
                break;
            }
        }
        (address, last) = (start, line);
    }
    Ok(bytes::new(&table))
}

fn lines(a: Args) -> Res {
    list_iter(
        line_ranges(this(a.at(0)))
            .into_iter()
            .map(|(s, e, l)| tuple::from_vec(vec![Value::usize(s), Value::usize(e), optional(l)]))
            .collect(),
    )
}

fn branches(a: Args) -> Res {
    use weft_compiler::opcode::{OPCODES, op};
    let c = this(a.at(0));
    let units = c.original_units();
    let (mut out, mut i, mut ext) = (Vec::new(), 0usize, 0usize);
    while i < units.len() {
        let (opcode, arg) = ((units[i] & 0xff) as u8, ext << 8 | (units[i] >> 8) as usize);
        let caches = OPCODES[opcode as usize].caches as usize;
        let next = i + 1 + caches;
        ext = if opcode == op::EXTENDED_ARG { arg } else { 0 };
        match opcode {
            op::FOR_ITER | op::POP_JUMP_IF_FALSE | op::POP_JUMP_IF_TRUE | op::POP_JUMP_IF_NONE | op::POP_JUMP_IF_NOT_NONE => {
                let target = next + arg + if opcode == op::FOR_ITER { 1 } else { 0 };
                let not_taken = next + usize::from(units.get(next).is_some_and(|u| (u & 0xff) as u8 == op::NOT_TAKEN));
                out.push((i, not_taken, target));
            }
            op::END_ASYNC_FOR => {
                let from = next.saturating_sub(arg);
                out.push((from, from + 2, i + 2));
            }
            _ => {}
        }
        i = next;
    }
    list_iter(
        out.into_iter().map(|(a, b, c)| tuple::from_vec(vec![Value::usize(a * 2), Value::usize(b * 2), Value::usize(c * 2)])).collect(),
    )
}

fn varname_from_oparg(a: Args) -> Res {
    let i = protocol::number::as_isize(a.at(1))?;
    match usize::try_from(i).ok().and_then(|i| this(a.at(0)).localsplusnames.get(i).cloned()) {
        Some(n) => Ok(n),
        None => Err(exc::index_error("tuple index out of range")),
    }
}

fn small(v: &Value, what: &str) -> Res<u32> {
    match int::as_i64(v) {
        Some(n) if (0..=i64::from(i32::MAX)).contains(&n) => Ok(n as u32),
        Some(_) => Err(exc::value_error(format!("code: {what} must not be negative"))),
        None => Err(exc::type_error(format!("'{}' object cannot be interpreted as an integer", v.class().full_name()))),
    }
}

/// The text of a str.
fn text(v: &Value) -> Text {
    str::to_wtf8(v).into()
}

fn name_list(v: &Value, what: &str) -> Res<Vec<Text>> {
    if !v.is_instance(types().tuple) {
        return Err(exc::type_error(format!("code() {what} must be tuple, not {}", v.class().full_name())));
    }
    tuple::items(v)
        .iter()
        .map(|n| {
            if str::is_str(n) {
                Ok(text(n))
            } else {
                Err(exc::type_error(format!("name tuples must contain only strings, not '{}'", n.class().full_name())))
            }
        })
        .collect()
}

/// A constant as the compiler's data, for code objects made from Python.
pub fn to_constant(v: &Value) -> Option<Constant> {
    let t = types();
    Some(if v.is_none() {
        Constant::None
    } else if v.is(&Value::ELLIPSIS) {
        Constant::Ellipsis
    } else if v.is_instance(t.bool) {
        Constant::Bool(v.is(&Value::TRUE))
    } else if std::ptr::eq(v.class(), t.int) {
        Constant::Int(int::to_bigint(v))
    } else if std::ptr::eq(v.class(), t.float) {
        Constant::Float(crate::types::float::as_f64(v)?)
    } else if std::ptr::eq(v.class(), t.complex) {
        let z = crate::types::complex::as_parts(v)?;
        Constant::Complex(z.re, z.im)
    } else if std::ptr::eq(v.class(), t.str) {
        Constant::Str(str::to_wtf8(v).into())
    } else if std::ptr::eq(v.class(), t.bytes) {
        Constant::Bytes(bytes::as_slice(v).to_vec())
    } else if std::ptr::eq(v.class(), t.tuple) {
        Constant::Tuple(tuple::items(v).iter().map(to_constant).collect::<Option<_>>()?)
    } else if std::ptr::eq(v.class(), t.frozenset) {
        Constant::FrozenSet(protocol::iter::collect(v).ok()?.iter().map(to_constant).collect::<Option<_>>()?)
    } else if std::ptr::eq(v.class(), t.slice) {
        let (a, b, c) = crate::types::slice::parts(v);
        Constant::Slice(Box::new([to_constant(&a)?, to_constant(&b)?, to_constant(&c)?]))
    } else if std::ptr::eq(v.class(), t.code) {
        Constant::Code(Box::new(to_compiled(this(v))?))
    } else {
        return None;
    })
}

/// The code object as the compiler's data; `None` if it holds constants that the compiler cannot make.
pub fn to_compiled(c: &Code) -> Option<Compiled> {
    Some(Compiled { consts: c.consts.iter().map(to_constant).collect::<Option<_>>()?, ..without_consts(c) })
}

/// The code object as the compiler's data, its constants replaced by None.
pub fn without_consts(c: &Code) -> Compiled {
    Compiled {
        argcount: c.argcount,
        posonlyargcount: c.posonlyargcount,
        kwonlyargcount: c.kwonlyargcount,
        stacksize: c.stacksize,
        flags: c.flags,
        code: c.original_units().iter().flat_map(|u| u.to_le_bytes()).collect(),
        consts: vec![Constant::None; c.consts.len()],
        names: c.names.iter().map(text).collect(),
        localsplusnames: c.localsplusnames.iter().map(text).collect(),
        localspluskinds: c.localspluskinds.to_vec(),
        filename: text(&c.filename),
        name: text(&c.name),
        qualname: text(&c.qualname),
        firstlineno: c.firstlineno,
        linetable: c.linetable.to_vec(),
        exceptiontable: c.exceptiontable.to_vec(),
    }
}

/// What the verifier wants to know of a constant. Of code objects, which have been verified, that is their free variables.
fn shape_of(v: &Value, budget: &mut usize) -> Res<Constant> {
    let t = types();
    Ok(if str::is_str(v) {
        Constant::Str(Text::from(""))
    } else if std::ptr::eq(v.class(), t.tuple) {
        let items = tuple::items(v);
        if !items.iter().all(str::is_str) {
            return Ok(Constant::Tuple(vec![Constant::None]));
        }
        *budget = budget.checked_sub(items.len()).ok_or_else(|| exc::value_error("code: too many names among the constants"))?;
        Constant::Tuple(vec![Constant::Str(Text::from("")); items.len()])
    } else if v.is_instance(t.code) {
        Constant::Code(Box::new(Compiled { consts: Vec::new(), ..without_consts(this(v)) }))
    } else {
        Constant::None
    })
}

/// A code object from compiler's data that Python made: verified first, with the given constants and file name.
pub fn verified(mut compiled: Compiled, consts: Vec<Value>, filename: Value) -> Res {
    let mut budget = 1 << 20;
    compiled.consts = consts.iter().map(|v| shape_of(v, &mut budget)).collect::<Res<_>>()?;
    if let Err(e) = weft_compiler::verify::verify_alone(&compiled) {
        return Err(exc::value_error(format!("code: {e}")));
    }
    compiled.consts.clear();
    let mut parts = super::code::parts(compiled);
    parts.consts = consts.into();
    parts.filename = filename;
    Ok(super::code::from_parts(parts))
}

/// `code(...)`.
pub fn new(_class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    const SIG: &str = "(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags, codestring, constants, names, varnames, filename, name, qualname, firstlineno, linetable, exceptiontable, freevars=(), cellvars=(), /)";
    bind_call("code", SIG, args, kwnames, |a| {
        for (i, what) in [(6, "codestring"), (14, "linetable"), (15, "exceptiontable")] {
            if !a.at(i).is_instance(types().bytes) {
                return Err(exc::type_error(format!(
                    "code() argument {} must be bytes, not {} ({what})",
                    i + 1,
                    a.at(i).class().full_name()
                )));
            }
        }
        if !a.at(7).is_instance(types().tuple) {
            return Err(exc::type_error(format!("code() argument 8 must be tuple, not {}", a.at(7).class().full_name())));
        }
        let varnames = name_list(a.at(9), "argument 10")?;
        let frees = a.opt(16).map_or(Ok(Vec::new()), |v| name_list(v, "argument 17"))?;
        let cells = a.opt(17).map_or(Ok(Vec::new()), |v| name_list(v, "argument 18"))?;
        let (argcount, kwonly, flags) = (small(a.at(0), "argcount")?, small(a.at(2), "kwonlyargcount")?, small(a.at(5), "flags")?);
        if small(a.at(3), "nlocals")? as usize != varnames.len() {
            return Err(exc::value_error("code: co_nlocals != len(co_varnames)"));
        }
        let (names, kinds) = locals_plus(&varnames, &cells, &frees, argcount, small(a.at(1), "posonlyargcount")?, kwonly, flags);
        let compiled = Compiled {
            argcount,
            posonlyargcount: small(a.at(1), "posonlyargcount")?,
            kwonlyargcount: kwonly,
            stacksize: small(a.at(4), "stacksize")?,
            flags,
            code: bytes::as_slice(a.at(6)).to_vec(),
            consts: Vec::new(),
            names: name_list(a.at(8), "argument 9")?,
            localsplusnames: names,
            localspluskinds: kinds,
            filename: text(&expect_str(a.at(10), 11)?),
            name: text(&expect_str(a.at(11), 12)?),
            qualname: text(&expect_str(a.at(12), 13)?),
            firstlineno: protocol::number::as_isize(a.at(13))? as i32,
            linetable: bytes::as_slice(a.at(14)).to_vec(),
            exceptiontable: bytes::as_slice(a.at(15)).to_vec(),
        };
        verified(compiled, tuple::items(a.at(7)).to_vec(), a.at(10).clone())
    })
}

fn expect_str(v: &Value, n: usize) -> Res {
    if str::is_str(v) {
        Ok(v.clone())
    } else {
        Err(exc::type_error(format!("code() argument {n} must be str, not {}", v.class().full_name())))
    }
}

fn locals_plus(
    varnames: &[Text],
    cells: &[Text],
    frees: &[Text],
    argcount: u32,
    _posonly: u32,
    kwonly: u32,
    flags: u32,
) -> (Vec<Text>, Vec<u8>) {
    use weft_compiler::code::co_flags;
    let (mut names, mut kinds) = (Vec::new(), Vec::new());
    let varargs = (flags & co_flags::VARARGS != 0) as usize;
    let nargs = (argcount + kwonly) as usize;
    for (i, n) in varnames.iter().enumerate() {
        let mut kind = local_kind::LOCAL;
        if i < argcount as usize {
            kind |= local_kind::ARG_POS;
        }
        if i < nargs && i >= argcount as usize {
            kind |= local_kind::ARG_KW;
        }
        if varargs == 1 && i == nargs || flags & co_flags::VARKEYWORDS != 0 && i == nargs + varargs {
            kind |= local_kind::ARG_VAR;
        }
        if cells.contains(n) {
            kind |= local_kind::CELL;
        }
        names.push(n.clone());
        kinds.push(kind);
    }
    for n in cells.iter().filter(|n| !varnames.contains(n)) {
        names.push(n.clone());
        kinds.push(local_kind::CELL);
    }
    for n in frees {
        names.push(n.clone());
        kinds.push(local_kind::FREE);
    }
    (names, kinds)
}

fn replace(args: &[Value], kwnames: Option<&Value>) -> Res {
    const SIG: &str = "($self, /, *, co_argcount=<unrepresentable>, co_posonlyargcount=<unrepresentable>, co_kwonlyargcount=<unrepresentable>, co_nlocals=<unrepresentable>, co_stacksize=<unrepresentable>, co_flags=<unrepresentable>, co_firstlineno=<unrepresentable>, co_code=<unrepresentable>, co_consts=<unrepresentable>, co_names=<unrepresentable>, co_varnames=<unrepresentable>, co_freevars=<unrepresentable>, co_cellvars=<unrepresentable>, co_filename=<unrepresentable>, co_name=<unrepresentable>, co_qualname=<unrepresentable>, co_linetable=<unrepresentable>, co_exceptiontable=<unrepresentable>)";
    bind_call("replace", SIG, args, kwnames, |a| {
        let c = this(a.at(0));
        let mut d = without_consts(c);
        let number = |i: usize, what: &str, old: u32| a.opt(i).map_or(Ok(old), |v| small(v, what));
        d.argcount = number(1, "argcount", d.argcount)?;
        d.posonlyargcount = number(2, "posonlyargcount", d.posonlyargcount)?;
        d.kwonlyargcount = number(3, "kwonlyargcount", d.kwonlyargcount)?;
        d.stacksize = number(5, "stacksize", d.stacksize)?;
        d.flags = number(6, "flags", d.flags)?;
        d.firstlineno = number(7, "firstlineno", d.firstlineno as u32)? as i32;
        if let Some(v) = a.opt(8) {
            d.code = expect_bytes(v, "co_code")?;
        }
        let consts = match a.opt(9) {
            Some(v) if v.is_instance(types().tuple) => tuple::items(v).to_vec(),
            Some(v) => return Err(exc::type_error(format!("replace() argument 'co_consts' must be tuple, not {}", v.class().full_name()))),
            None => c.consts.to_vec(),
        };
        if let Some(v) = a.opt(10) {
            d.names = name_list(v, "co_names")?;
        }
        if a.opt(11).is_some() || a.opt(12).is_some() || a.opt(13).is_some() {
            let of_kind = |k: u8| c.names_of_kind(k).iter().map(text).collect::<Vec<_>>();
            let vars = a.opt(11).map_or_else(|| Ok(of_kind(local_kind::LOCAL)), |v| name_list(v, "co_varnames"))?;
            let frees = a.opt(12).map_or_else(|| Ok(of_kind(local_kind::FREE)), |v| name_list(v, "co_freevars"))?;
            let cells = a.opt(13).map_or_else(|| Ok(of_kind(local_kind::CELL)), |v| name_list(v, "co_cellvars"))?;
            (d.localsplusnames, d.localspluskinds) =
                locals_plus(&vars, &cells, &frees, d.argcount, d.posonlyargcount, d.kwonlyargcount, d.flags);
        }
        if let Some(v) = a.opt(4)
            && small(v, "nlocals")? as usize != d.localspluskinds.iter().filter(|&&k| k & local_kind::LOCAL != 0).count()
        {
            return Err(exc::value_error("code: co_nlocals != len(co_varnames)"));
        }
        for (i, place) in [(14, &mut d.filename), (15, &mut d.name), (16, &mut d.qualname)] {
            if let Some(v) = a.opt(i) {
                *place = text(&expect_str(v, i)?);
            }
        }
        if let Some(v) = a.opt(17) {
            d.linetable = expect_bytes(v, "co_linetable")?;
        }
        if let Some(v) = a.opt(18) {
            d.exceptiontable = expect_bytes(v, "co_exceptiontable")?;
        }
        let filename = a.opt(14).unwrap_or(&c.filename).clone();
        verified(d, consts, filename)
    })
}

fn expect_bytes(v: &Value, what: &str) -> Res<Vec<u8>> {
    if v.is_instance(types().bytes) {
        Ok(bytes::as_slice(v).to_vec())
    } else {
        Err(exc::type_error(format!("replace() argument '{what}' must be bytes, not {}", v.class().full_name())))
    }
}

/// Methods of code objects.
pub static METHODS: &[FnDef] = &[
    def("co_lines", "($self, /)", lines, ""),
    def("co_positions", "($self, /)", positions, ""),
    def("co_branches", "($self, /)", branches, ""),
    def(
        "_varname_from_oparg",
        "($self, /, oparg)",
        varname_from_oparg,
        "(internal-only) Return the local variable name for the given oparg.\n\nWARNING: this method is for internal use only and may change or go away.",
    ),
    crate::class::native::raw(
        "replace",
        "($self, /, **changes)",
        replace,
        "Return a copy of the code object with new values for the specified fields.",
    ),
    crate::class::native::raw("__replace__", "($self, /, **changes)", replace, "The same as replace()."),
];

/// Attributes of code objects.
pub static GETSETS: &[GetSetDef] = &[
    getter("co_argcount", |v| Ok(Value::int(i64::from(this(v).argcount))), ""),
    getter("co_posonlyargcount", |v| Ok(Value::int(i64::from(this(v).posonlyargcount))), ""),
    getter("co_kwonlyargcount", |v| Ok(Value::int(i64::from(this(v).kwonlyargcount))), ""),
    getter("co_stacksize", |v| Ok(Value::int(i64::from(this(v).stacksize))), ""),
    getter("co_flags", |v| Ok(Value::int(i64::from(this(v).flags))), ""),
    getter("co_nlocals", |v| Ok(Value::usize(this(v).nlocals())), ""),
    getter("co_code", |v| Ok(code_bytes(this(v))), ""),
    getter("_co_code_adaptive", adaptive, ""),
    getter("co_consts", |v| Ok(tuple::from_slice(&this(v).consts)), ""),
    getter("co_names", |v| Ok(tuple::from_slice(&this(v).names)), ""),
    getter("co_varnames", |v| Ok(tuple::from_vec(this(v).names_of_kind(local_kind::LOCAL))), ""),
    getter("co_cellvars", |v| Ok(tuple::from_vec(this(v).names_of_kind(local_kind::CELL))), ""),
    getter("co_freevars", |v| Ok(tuple::from_vec(this(v).names_of_kind(local_kind::FREE))), ""),
    getter("co_filename", |v| Ok(this(v).filename.clone()), ""),
    getter("co_name", |v| Ok(this(v).name.clone()), ""),
    getter("co_qualname", |v| Ok(this(v).qualname.clone()), ""),
    getter("co_firstlineno", |v| Ok(Value::int(i64::from(this(v).firstlineno))), ""),
    getter("co_lnotab", lnotab, ""),
    getter("co_linetable", |v| Ok(bytes::new(&this(v).linetable)), ""),
    getter("co_exceptiontable", |v| Ok(bytes::new(&this(v).exceptiontable)), ""),
];
