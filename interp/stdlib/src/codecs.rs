//! `_codecs`: the codec registry and the built-in codecs as functions, which the `codecs` module and the
//! `encodings` package are made of.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::codecs::errors::{Decoding, Encoding};
use weft_vm::codecs::{ByteOrder, charmap, escape, registry, single, utf7, utf8, utf16, utf32, with_length};
use weft_vm::types::bytes_like::Operand;
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{bounds, bytes, dict, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::{exc, protocol};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_codecs", doc: "", functions: FUNCTIONS, exec: |_| Ok(()) };

/// A str argument that names something, by its place for error messages.
fn name(a: &Args, fname: &str, i: usize, what: &str) -> Res<Option<String>> {
    match a.some(i) {
        None => Ok(None),
        Some(v) if str::is_str(v) => str::new::as_c_string(v).map(Some),
        Some(v) => Err(exc::type_error(format!("{fname}() argument {what} must be str, not {}", v.class().full_name()))),
    }
}

/// The `errors` argument.
fn errors(a: &Args, fname: &str) -> Res<String> {
    Ok(match a.some(1) {
        Some(v) if !str::is_str(v) => {
            return Err(exc::type_error(format!("{fname}() argument 2 must be str or None, not {}", v.class().full_name())));
        }
        _ => name(a, fname, 1, "2")?.unwrap_or_else(|| "strict".to_owned()),
    })
}

fn flag(a: &Args, i: usize, default: bool) -> Res<bool> {
    a.opt(i).map_or(Ok(default), protocol::is_true)
}

/// Decodes the first argument with `f`, which says how many bytes it has used.
fn decoded(a: Args, fname: &str, f: impl FnOnce(&mut Decoding) -> Res<usize>) -> Res {
    let errors = errors(&a, fname)?;
    let data = Operand::of(a.at(0))?;
    let mut d = Decoding::new(data.as_slice(), &errors);
    let used = f(&mut d)?;
    Ok(with_length(d.finish()?, used))
}

/// Encodes the first argument with `f`.
fn encoded(a: Args, fname: &str, f: impl FnOnce(&mut Encoding) -> Res<()>) -> Res {
    let text = a.at(0);
    if !str::is_str(text) {
        return Err(exc::type_error(format!("{fname}() argument 1 must be str, not {}", text.class().full_name())));
    }
    let errors = errors(&a, fname)?;
    let mut e = Encoding::new(text, &errors);
    f(&mut e)?;
    Ok(with_length(e.finish()?, str::len(text)))
}

fn register(a: Args) -> Res {
    registry::register(a.at(0))?;
    Ok(Value::NONE)
}

fn unregister(a: Args) -> Res {
    registry::unregister(a.at(0));
    Ok(Value::NONE)
}

/// A required str argument.
fn text(a: &Args, fname: &str, i: usize, what: &str) -> Res<String> {
    match name(a, fname, i, what)? {
        Some(s) => Ok(s),
        None => Err(exc::type_error(format!("{fname}() argument {what} must be str, not None"))),
    }
}

fn lookup(a: Args) -> Res {
    registry::lookup(&text(&a, "lookup", 0, "1")?)
}

fn encode(a: Args) -> Res {
    let (encoding, errors) = (name(&a, "encode", 1, "'encoding'")?, name(&a, "encode", 2, "'errors'")?);
    registry::encode(a.at(0), encoding.as_deref().unwrap_or("utf-8"), errors.as_deref())
}

fn decode(a: Args) -> Res {
    let (encoding, errors) = (name(&a, "decode", 1, "'encoding'")?, name(&a, "decode", 2, "'errors'")?);
    registry::decode(a.at(0), encoding.as_deref().unwrap_or("utf-8"), errors.as_deref())
}

fn register_error(a: Args) -> Res {
    registry::register_error(&text(&a, "register_error", 0, "1")?, a.at(1))?;
    Ok(Value::NONE)
}

fn unregister_error(a: Args) -> Res {
    registry::unregister_error(&text(&a, "_unregister_error", 0, "1")?).map(Value::bool)
}

fn lookup_error(a: Args) -> Res {
    registry::lookup_error(&text(&a, "lookup_error", 0, "1")?)
}

fn utf_8_decode(a: Args) -> Res {
    let last = flag(&a, 2, false)?;
    decoded(a, "utf_8_decode", |d| utf8::decode(d, last))
}

fn utf_8_encode(a: Args) -> Res {
    encoded(a, "utf_8_encode", utf8::encode)
}

fn utf_7_decode(a: Args) -> Res {
    let last = flag(&a, 2, false)?;
    decoded(a, "utf_7_decode", |d| utf7::decode(d, last))
}

fn utf_7_encode(a: Args) -> Res {
    encoded(a, "utf_7_encode", |e| {
        utf7::encode(e);
        Ok(())
    })
}

macro_rules! ordered {
    ($($decode:ident $encode:ident $codec:ident $order:ident;)*) => {
        $(
            fn $decode(a: Args) -> Res {
                let last = flag(&a, 2, false)?;
                decoded(a, stringify!($decode), |d| Ok($codec::decode(d, ByteOrder::$order, last)?.0))
            }

            fn $encode(a: Args) -> Res {
                let order = byte_order(&a, 2)?.unwrap_or(ByteOrder::$order);
                encoded(a, stringify!($encode), |e| $codec::encode(e, order))
            }
        )*
    };
}

ordered! {
    utf_16_decode utf_16_encode utf16 Marked;
    utf_16_le_decode utf_16_le_encode utf16 Little;
    utf_16_be_decode utf_16_be_encode utf16 Big;
    utf_32_decode utf_32_encode utf32 Marked;
    utf_32_le_decode utf_32_le_encode utf32 Little;
    utf_32_be_decode utf_32_be_encode utf32 Big;
}

/// A `byteorder` argument: negative, 0 or positive for little, marked and big.
fn byte_order(a: &Args, i: usize) -> Res<Option<ByteOrder>> {
    Ok(match a.opt(i) {
        None => None,
        Some(v) => Some(match bounds::c_int_arg(v)? {
            0 => ByteOrder::Marked,
            n if n < 0 => ByteOrder::Little,
            _ => ByteOrder::Big,
        }),
    })
}

/// Decodes, and says which byte order was found.
fn decoded_ex(a: Args, fname: &str, f: impl FnOnce(&mut Decoding, ByteOrder, bool) -> Res<(usize, ByteOrder)>) -> Res {
    let order = byte_order(&a, 2)?.unwrap_or(ByteOrder::Marked);
    let last = flag(&a, 3, false)?;
    let errors = errors(&a, fname)?;
    let data = Operand::of(a.at(0))?;
    let mut d = Decoding::new(data.as_slice(), &errors);
    let (used, found) = f(&mut d, order, last)?;
    let found = match found {
        ByteOrder::Marked => 0,
        ByteOrder::Little => -1,
        ByteOrder::Big => 1,
    };
    Ok(tuple::from_vec(vec![d.finish()?, Value::usize(used), Value::small_int(found)]))
}

fn utf_16_ex_decode(a: Args) -> Res {
    decoded_ex(a, "utf_16_ex_decode", utf16::decode)
}

fn utf_32_ex_decode(a: Args) -> Res {
    decoded_ex(a, "utf_32_ex_decode", utf32::decode)
}

fn ascii_decode(a: Args) -> Res {
    decoded(a, "ascii_decode", |d| {
        single::decode_ascii(d)?;
        Ok(d.data.len())
    })
}

fn ascii_encode(a: Args) -> Res {
    encoded(a, "ascii_encode", |e| single::encode(e, 0x80))
}

fn latin_1_decode(a: Args) -> Res {
    decoded(a, "latin_1_decode", |d| {
        single::decode_latin1(d);
        Ok(d.data.len())
    })
}

fn latin_1_encode(a: Args) -> Res {
    encoded(a, "latin_1_encode", |e| single::encode(e, 0x100))
}

/// As [`decoded`], where a str stands for its UTF-8.
fn decoded_text(a: Args, fname: &str, f: impl FnOnce(&mut Decoding) -> Res<usize>) -> Res {
    if !str::is_str(a.at(0)) {
        return decoded(a, fname, f);
    }
    let errors = errors(&a, fname)?;
    let text = str::as_utf8(a.at(0))?;
    let mut d = Decoding::new(text.as_bytes(), &errors);
    let used = f(&mut d)?;
    Ok(with_length(d.finish()?, used))
}

fn unicode_escape_decode(a: Args) -> Res {
    let last = flag(&a, 2, true)?;
    decoded_text(a, "unicode_escape_decode", |d| escape::decode_unicode(d, last))
}

fn unicode_escape_encode(a: Args) -> Res {
    encoded(a, "unicode_escape_encode", |e| {
        escape::encode_unicode(e);
        Ok(())
    })
}

fn raw_unicode_escape_decode(a: Args) -> Res {
    let last = flag(&a, 2, true)?;
    decoded_text(a, "raw_unicode_escape_decode", |d| escape::decode_raw(d, last))
}

fn raw_unicode_escape_encode(a: Args) -> Res {
    encoded(a, "raw_unicode_escape_encode", |e| {
        escape::encode_raw(e);
        Ok(())
    })
}

fn escape_decode(a: Args) -> Res {
    let errors = errors(&a, "escape_decode")?;
    let data = match str::downcast(a.at(0)) {
        Some(_) => str::as_utf8(a.at(0))?.into_owned().into_bytes(),
        None => Operand::of(a.at(0))?.as_slice().to_vec(),
    };
    Ok(with_length(bytes::try_new(&escape::decode_bytes(&data, &errors)?)?, data.len()))
}

fn escape_encode(a: Args) -> Res {
    let data = a.at(0);
    if !bytes::is_bytes(data) {
        return Err(exc::type_error(format!("escape_encode() argument 1 must be bytes, not {}", data.class().full_name())));
    }
    let data = bytes::as_slice(data);
    Ok(with_length(bytes::try_new(&escape::encode_bytes(data))?, data.len()))
}

fn readbuffer_encode(a: Args) -> Res {
    let data = match str::downcast(a.at(0)) {
        Some(_) => str::as_utf8(a.at(0))?.into_owned().into_bytes(),
        None => Operand::of(a.at(0))?.as_slice().to_vec(),
    };
    Ok(with_length(bytes::try_new(&data)?, data.len()))
}

fn charmap_decode(a: Args) -> Res {
    decoded(a, "charmap_decode", |d| {
        charmap::decode(d, a.some(2))?;
        Ok(d.data.len())
    })
}

fn charmap_encode(a: Args) -> Res {
    encoded(a, "charmap_encode", |e| charmap::encode(e, a.some(2)))
}

/// The table from code points to bytes that undoes a decoding table.
fn charmap_build(a: Args) -> Res {
    let Some(table) = str::downcast(a.at(0)) else {
        return Err(exc::type_error(format!("charmap_build() argument must be str, not {}", a.at(0).class().full_name())));
    };
    let made = dict::new();
    for (i, c) in table.view().iter().take(256).enumerate().filter(|&(_, c)| c != 0xfffe) {
        dict::set(&made, &Value::small_int(c.into()), &Value::usize(i))?;
    }
    Ok(made)
}

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("_unregister_error", "($module, errors, /)", unregister_error, "Un-register the specified error handler for the error handling `errors'.\n\nOnly custom error handlers can be un-registered. An exception is raised\nif the error handling is a built-in one (e.g., 'strict'), or if an error\noccurs.\n\nOtherwise, this returns True if a custom handler has been successfully\nun-registered, and False if no custom handler for the specified error\nhandling exists."),
    def("ascii_decode", "($module, data, errors=None, /)", ascii_decode, ""),
    def("ascii_encode", "($module, str, errors=None, /)", ascii_encode, ""),
    def("charmap_build", "($module, map, /)", charmap_build, ""),
    def("charmap_decode", "($module, data, errors=None, mapping=None, /)", charmap_decode, ""),
    def("charmap_encode", "($module, str, errors=None, mapping=None, /)", charmap_encode, ""),
    def("decode", "($module, /, obj, encoding='utf-8', errors='strict')", decode, "Decodes obj using the codec registered for encoding.\n\nDefault encoding is 'utf-8'.  errors may be given to set a\ndifferent error handling scheme.  Default is 'strict' meaning that\nencoding errors raise a ValueError.  Other possible values are 'ignore',\n'replace' and 'backslashreplace' as well as any other name registered\nwith codecs.register_error that can handle ValueErrors."),
    def("encode", "($module, /, obj, encoding='utf-8', errors='strict')", encode, "Encodes obj using the codec registered for encoding.\n\nThe default encoding is 'utf-8'.  errors may be given to set a\ndifferent error handling scheme.  Default is 'strict' meaning that\nencoding errors raise a ValueError.  Other possible values are 'ignore',\n'replace' and 'backslashreplace' as well as any other name registered\nwith codecs.register_error that can handle ValueErrors."),
    def("escape_decode", "($module, data, errors=None, /)", escape_decode, ""),
    def("escape_encode", "($module, data, errors=None, /)", escape_encode, ""),
    def("latin_1_decode", "($module, data, errors=None, /)", latin_1_decode, ""),
    def("latin_1_encode", "($module, str, errors=None, /)", latin_1_encode, ""),
    def("lookup", "($module, encoding, /)", lookup, "Looks up a codec tuple in the Python codec registry and returns a CodecInfo object."),
    def("lookup_error", "($module, name, /)", lookup_error, "lookup_error(errors) -> handler\n\nReturn the error handler for the specified error handling name or raise\na LookupError, if no handler exists under this name."),
    def("raw_unicode_escape_decode", "($module, data, errors=None, final=True, /)", raw_unicode_escape_decode, ""),
    def("raw_unicode_escape_encode", "($module, str, errors=None, /)", raw_unicode_escape_encode, ""),
    def("readbuffer_encode", "($module, data, errors=None, /)", readbuffer_encode, ""),
    def("register", "($module, search_function, /)", register, "Register a codec search function.\n\nSearch functions are expected to take one argument, the encoding\nname in all lower case letters, and either return None, or a tuple\nof functions (encoder, decoder, stream_reader, stream_writer) (or\na CodecInfo object)."),
    def("register_error", "($module, errors, handler, /)", register_error, "Register the specified error handler under the name errors.\n\nhandler must be a callable object, that will be called with an exception\ninstance containing information about the location of the\nencoding/decoding error and must return a (replacement, new position)\ntuple."),
    def("unicode_escape_decode", "($module, data, errors=None, final=True, /)", unicode_escape_decode, ""),
    def("unicode_escape_encode", "($module, str, errors=None, /)", unicode_escape_encode, ""),
    def("unregister", "($module, search_function, /)", unregister, "Unregister a codec search function and clear the registry's cache.\n\nIf the search function is not registered, do nothing."),
    def("utf_16_be_decode", "($module, data, errors=None, final=False, /)", utf_16_be_decode, ""),
    def("utf_16_be_encode", "($module, str, errors=None, /)", utf_16_be_encode, ""),
    def("utf_16_decode", "($module, data, errors=None, final=False, /)", utf_16_decode, ""),
    def("utf_16_encode", "($module, str, errors=None, byteorder=0, /)", utf_16_encode, ""),
    def("utf_16_ex_decode", "($module, data, errors=None, byteorder=0, final=False, /)", utf_16_ex_decode, ""),
    def("utf_16_le_decode", "($module, data, errors=None, final=False, /)", utf_16_le_decode, ""),
    def("utf_16_le_encode", "($module, str, errors=None, /)", utf_16_le_encode, ""),
    def("utf_32_be_decode", "($module, data, errors=None, final=False, /)", utf_32_be_decode, ""),
    def("utf_32_be_encode", "($module, str, errors=None, /)", utf_32_be_encode, ""),
    def("utf_32_decode", "($module, data, errors=None, final=False, /)", utf_32_decode, ""),
    def("utf_32_encode", "($module, str, errors=None, byteorder=0, /)", utf_32_encode, ""),
    def("utf_32_ex_decode", "($module, data, errors=None, byteorder=0, final=False, /)", utf_32_ex_decode, ""),
    def("utf_32_le_decode", "($module, data, errors=None, final=False, /)", utf_32_le_decode, ""),
    def("utf_32_le_encode", "($module, str, errors=None, /)", utf_32_le_encode, ""),
    def("utf_7_decode", "($module, data, errors=None, final=False, /)", utf_7_decode, ""),
    def("utf_7_encode", "($module, str, errors=None, /)", utf_7_encode, ""),
    def("utf_8_decode", "($module, data, errors=None, final=False, /)", utf_8_decode, ""),
    def("utf_8_encode", "($module, str, errors=None, /)", utf_8_encode, ""),
];
