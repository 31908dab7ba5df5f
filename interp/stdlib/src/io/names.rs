//! Attribute names that the module looks up often, interned once.

use weft_vm::global::Global;
use weft_vm::types::str;
use weft_vm::value::Value;

macro_rules! io_names {
    ($($name:ident)*) => {
        /// The names.
        #[allow(non_snake_case)]
        pub struct Names {
            $(pub $name: Value,)*
        }

        static NAMES: Global<Option<Names>> = Global::new(None);

        /// The names.
        pub fn names() -> &'static Names {
            // SAFETY: the GIL is held, interning runs no Python, and the names stay once they are made.
            unsafe { (*NAMES.get()).get_or_insert_with(|| Names { $($name: str::intern(stringify!($name)),)* }) }
        }
    };
}

io_names! {
    __IOBase_closed _blksize _dealloc_warn _finalizing close closed decode encode fileno flush getstate incrementaldecoder
    incrementalencoder isatty mode name newlines peek read read1 readable readall readinto readinto1 readline reset seek
    seekable setstate tell truncate writable write
}
