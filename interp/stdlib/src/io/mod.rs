//! `_io`: files and streams.
//!
//! * [`base`]: the abstract classes that the `io` module builds its own on.
//! * [`file_io`]: unbuffered files. [`buffered`]: buffers over raw streams. [`rwpair`]: a reader and a writer as one.
//! * [`bytes_io`], [`string_io`]: streams in memory.
//! * [`text`]: text over a buffered stream. [`decoder`], [`newlines`]: what it reads through.
//! * [`open`]: `open()`, and the standard streams. [`args`]: arguments that several classes take; [`names`]: attribute names.
//!
//! Native classes call each other directly where an object is an instance of exactly such a class; everything else goes
//! through Python's methods, as subclasses and foreign streams want it.

mod args;
mod base;
mod buffered;
mod bytes_io;
mod decoder;
mod file_io;
mod names;
mod newlines;
mod open;
mod rwpair;
mod string_io;
mod text;

pub use open::{locale_encoding, standard_stream};

use weft_vm::class::build;
use weft_vm::class::native::{FnDef, def};
use weft_vm::class::Type;
use weft_vm::eval::import;
use weft_vm::exc::{self, Raised};
use weft_vm::global::Global;
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::text::Text;
use weft_vm::types::{dict, exceptions, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, protocol};

/// The size of buffers where nothing else is said.
pub const DEFAULT_BUFFER_SIZE: usize = 128 << 10;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_io",
    doc: "The io module provides the Python interfaces to stream handling. The\nbuiltin open function is defined in this module.\n\nAt the top of the I/O hierarchy is the abstract base class IOBase. It\ndefines the basic interface to a stream. Note, however, that there is no\nseparation between reading and writing to streams; implementations are\nallowed to raise an OSError if they do not support a given operation.\n\nExtending IOBase is RawIOBase which deals simply with the reading and\nwriting of raw bytes to a stream. FileIO subclasses RawIOBase to provide\nan interface to OS files.\n\nBufferedIOBase deals with buffering on a raw byte stream (RawIOBase). Its\nsubclasses, BufferedWriter, BufferedReader, and BufferedRWPair buffer\nstreams that are readable, writable, and both respectively.\nBufferedRandom provides a buffered interface to random access\nstreams. BytesIO is a simple stream of in-memory bytes.\n\nAnother IOBase subclass, TextIOBase, deals with the encoding and decoding\nof streams into text. TextIOWrapper, which extends it, is a buffered text\ninterface to a buffered raw stream (`BufferedIOBase`). Finally, StringIO\nis an in-memory stream for text.\n\nArgument names are not part of the specification, and only the arguments\nof open() are intended to be used as keyword arguments.\n\ndata:\n\nDEFAULT_BUFFER_SIZE\n\n   An int containing the default buffer size used by the module's buffered\n   I/O classes.\n",
    functions: FUNCTIONS,
    exec,
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("open", "($module, /, file, mode='r', buffering=-1, encoding=None,\n     errors=None, newline=None, closefd=True, opener=None)", open::open, "Open file and return a stream.  Raise OSError upon failure.\n\nfile is either a text or byte string giving the name (and the path\nif the file isn't in the current working directory) of the file to\nbe opened or an integer file descriptor of the file to be\nwrapped.  (If a file descriptor is given, it is closed when the\nreturned I/O object is closed, unless closefd is set to False.)\n\nmode is an optional string that specifies the mode in which the file\nis opened.  It defaults to 'r' which means open for reading in text\nmode.  Other common values are 'w' for writing (truncating the file if\nit already exists), 'x' for creating and writing to a new file, and\n'a' for appending (which on some Unix systems, means that all writes\nappend to the end of the file regardless of the current seek position).\nIn text mode, if encoding is not specified the encoding used is platform\ndependent: locale.getencoding() is called to get the current locale\nencoding.  (For reading and writing raw bytes use binary mode and leave\nencoding unspecified.)  The available modes are:\n\n========= ==========================================================\nCharacter Meaning\n--------- ----------------------------------------------------------\n'r'       open for reading (default)\n'w'       open for writing, truncating the file first\n'x'       create a new file and open it for writing\n'a'       open for writing, appending to the end of the file if it\n          exists\n'b'       binary mode\n't'       text mode (default)\n'+'       open a disk file for updating (reading and writing)\n========= ==========================================================\n\nThe default mode is 'rt' (open for reading text).  For binary random\naccess, the mode 'w+b' opens and truncates the file to 0 bytes, while\n'r+b' opens the file without truncation.  The 'x' mode implies 'w' and\nraises an `FileExistsError` if the file already exists.\n\nPython distinguishes between files opened in binary and text modes,\neven when the underlying operating system doesn't.  Files opened in\nbinary mode (appending 'b' to the mode argument) return contents as\nbytes objects without any decoding.  In text mode (the default, or when\n't' is appended to the mode argument), the contents of the file are\nreturned as strings, the bytes having been first decoded using a\nplatform-dependent encoding or using the specified encoding if given.\n\nbuffering is an optional integer used to set the buffering policy.\nPass 0 to switch buffering off (only allowed in binary mode), 1 to\nselect line buffering (only usable in text mode), and an integer > 1 to\nindicate the size of a fixed-size chunk buffer.   When no buffering\nargument is given, the default buffering policy works as follows:\n\n* Binary files are buffered in fixed-size chunks; the size of the buffer\n  is max(min(blocksize, 8 MiB), DEFAULT_BUFFER_SIZE) when the device\n  block size is available.\n  On most systems, the buffer will typically be 128 kilobytes long.\n\n* \"Interactive\" text files (files for which isatty() returns True)\n  use line buffering.  Other text files use the policy described above\n  for binary files.\n\nencoding is the name of the encoding used to decode or encode the\nfile.  This should only be used in text mode.  The default encoding is\nplatform dependent, but any encoding supported by Python can be\npassed.  See the codecs module for the list of supported encodings.\n\nerrors is an optional string that specifies how encoding errors are to\nbe handled---this argument should not be used in binary mode.  Pass\n'strict' to raise a ValueError exception if there is an encoding error\n(the default of None has the same effect), or pass 'ignore' to ignore\nerrors.  (Note that ignoring encoding errors can lead to data loss.)\nSee the documentation for codecs.register or run 'help(codecs.Codec)'\nfor a list of the permitted encoding error strings.\n\nnewline controls how universal newlines works (it only applies to text\nmode).  It can be None, '', '\\n', '\\r', and '\\r\\n'.  It works as\nfollows:\n\n* On input, if newline is None, universal newlines mode is enabled.\n  Lines in the input can end in '\\n', '\\r', or '\\r\\n', and these are\n  translated into '\\n' before being returned to the caller.  If it is\n  '', universal newline mode is enabled, but line endings are returned\n  to the caller untranslated.  If it has any of the other legal values,\n  input lines are only terminated by the given string, and the line\n  ending is returned to the caller untranslated.\n\n* On output, if newline is None, any '\\n' characters written are\n  translated to the system default line separator, os.linesep.  If\n  newline is '' or '\\n', no translation takes place.  If newline is any\n  of the other legal values, any '\\n' characters written are translated\n  to the given string.\n\nIf closefd is False, the underlying file descriptor will be kept open\nwhen the file is closed.  This does not work when a file name is given\nand must be True in that case.\n\nA custom opener can be used by passing a callable as *opener*.  The\nunderlying file descriptor for the file object is then obtained by\ncalling *opener* with (*file*, *flags*).  *opener* must return an open\nfile descriptor (passing os.open as *opener* results in functionality\nsimilar to passing None).\n\nopen() returns a file object whose type depends on the mode, and\nthrough which the standard file operations such as reading and writing\nare performed.  When open() is used to open a file in a text mode ('w',\n'r', 'wt', 'rt', etc.), it returns a TextIOWrapper.  When used to open\na file in a binary mode, the returned class varies: in read binary\nmode, it returns a BufferedReader; in write binary and append binary\nmodes, it returns a BufferedWriter, and in read/write mode, it returns\na BufferedRandom.\n\nIt is also possible to use a string or bytearray as a file for both\nreading and writing.  For strings StringIO can be used like a file\nopened in a text mode, and for bytes a BytesIO can be used like a file\nopened in a binary mode."),
    def("open_code", "($module, /, path)", open::open_code, "Opens the provided file with the intent to import the contents.\n\nThis may perform extra validation beyond open(), but is otherwise\ninterchangeable with calling open(path, 'rb')."),
    def("text_encoding", "($module, encoding, stacklevel=2, /)", open::text_encoding, "A helper function to choose the text encoding.\n\nWhen encoding is not None, this function returns it.\nOtherwise, this function returns the default text encoding\n(i.e. \"locale\" or \"utf-8\" depends on UTF-8 mode).\n\nThis function emits an EncodingWarning if encoding is None and\nsys.flags.warn_default_encoding is true.\n\nThis can be used in APIs with an encoding=None parameter.\nHowever, please consider using encoding=\"utf-8\" for new APIs."),
];

static UNSUPPORTED_OPERATION: Global<Option<Value>> = Global::new(None);

/// `io.UnsupportedOperation`
pub fn unsupported_operation() -> Res<&'static Type> {
    // SAFETY: the GIL is held; the class stays once it is made.
    if let Some(class) = unsafe { (*UNSUPPORTED_OPERATION.get()).as_ref() } {
        return Ok(build::of(class));
    }
    let namespace = dict::new();
    dict::set_str(&namespace, &str::intern("__module__"), str::intern("io"));
    let bases = tuple::from_vec(vec![types().os_error.value(), types().value_error.value()]);
    let class = call::call(&types().type_.value(), &[str::intern("UnsupportedOperation"), bases, namespace], None)?;
    // SAFETY: as above; nothing was there before.
    unsafe { *UNSUPPORTED_OPERATION.get() = Some(class.clone()) };
    // The static keeps the class alive.
    Ok(build::of(&class))
}

/// Raises `io.UnsupportedOperation`.
pub fn unsupported(message: &str) -> Raised {
    match unsupported_operation() {
        Ok(class) => exc::new(class, message),
        Err(e) => e,
    }
}

fn exec(m: &Value) -> Res<()> {
    add(m, "DEFAULT_BUFFER_SIZE", Value::usize(DEFAULT_BUFFER_SIZE));
    add(m, "UnsupportedOperation", unsupported_operation()?.value());
    add(m, "BlockingIOError", types().blocking_io_error.value());
    for class in [
        &base::IO_BASE,
        &base::RAW_IO_BASE,
        &base::BUFFERED_IO_BASE,
        &base::TEXT_IO_BASE,
        &file_io::FILE_IO,
        &bytes_io::BYTES_IO,
        &bytes_io::BYTES_IO_BUFFER,
        &string_io::STRING_IO,
        &buffered::READER,
        &buffered::WRITER,
        &buffered::RANDOM,
        &rwpair::PAIR,
        &newlines::NEWLINE_DECODER,
        &text::TEXT_IO_WRAPPER,
    ] {
        let class = class.get();
        add(m, &class.name(), class.value());
    }
    Ok(())
}

/// Turns an OSError with EINTR into `None`: the call is to be made again. Its signal handlers have run by then.
pub(crate) fn retry<T>(result: Res<T>) -> Res<Option<T>> {
    match result {
        Ok(x) => Ok(Some(x)),
        Err(e) if exc::current().and_then(|e| exceptions::os_error::errno(&e)) == Some(libc::EINTR.into()) => {
            exc::clear(e);
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// Adds `earlier`, the exception of a step before, as the context of the one that `later` raises; or raises it if `later`
/// went well.
pub(crate) fn chain<T>(earlier: Option<Value>, later: Res<T>) -> Res<T> {
    match (earlier, later) {
        (None, later) => later,
        (Some(first), Ok(_)) => Err(exc::restore(first)),
        (Some(first), Err(e)) => {
            let second = exc::take(e);
            exceptions::set_context(&second, first);
            Err(exc::restore(second))
        }
    }
}

/// Calls a method that takes nothing.
pub(crate) fn call0(v: &Value, name: &Value) -> Res {
    call::call_method(v, name, &[])
}

/// Calls a method and takes its result as a truth value.
pub(crate) fn ask(v: &Value, name: &Value) -> Res<bool> {
    protocol::is_true(&call0(v, name)?)
}

/// The repr of a stream, which may come back to it by way of its name.
pub(crate) fn guarded_repr(v: &Value, f: impl FnOnce() -> Res) -> Res {
    let mut entered = false;
    let made = protocol::repr_guarded(v, "", || {
        entered = true;
        f()
    })?;
    if entered {
        return Ok(made);
    }
    Err(exc::runtime_error(format!("reentrant call inside {}.__repr__", v.class().full_name())))
}

/// Warns that a stream was not closed (`PyErr_ResourceWarning`).
pub(crate) fn warn_unclosed(source: &Value) -> Res<()> {
    let message = Text::new().add("unclosed file ").repr(source)?.finish();
    let module = import::import_module("warnings")?;
    let category = types().resource_warning.value();
    call::call_method(&module, &str::intern("warn"), &[message, category, Value::small_int(1), source.clone()]).map(drop)
}
