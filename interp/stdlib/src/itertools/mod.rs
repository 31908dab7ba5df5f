//! `itertools`: iterators over iterators. Follows CPython's `Modules/itertoolsmodule.c`.
//!
//! [`endless`]: count, cycle, repeat. [`select`]: compress, dropwhile, filterfalse, islice, takewhile.
//! [`combine`]: accumulate, batched, chain, pairwise, starmap, zip_longest. [`combinatoric`]: product and its kin.
//! [`groupby`], [`tee`].

mod combinatoric;
mod combine;
mod endless;
mod groupby;
mod select;
mod tee;

use crate::LazyClass;
use weft_vm::class::native::{FnDef, def};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "itertools",
    doc: "Functional tools for creating and using iterators.\n\nInfinite iterators:\ncount(start=0, step=1) --> start, start+step, start+2*step, ...\ncycle(p) --> p0, p1, ... plast, p0, p1, ...\nrepeat(elem [,n]) --> elem, elem, elem, ... endlessly or up to n times\n\nIterators terminating on the shortest input sequence:\naccumulate(p[, func]) --> p0, p0+p1, p0+p1+p2\nbatched(p, n) --> [p0, p1, ..., p_n-1], [p_n, p_n+1, ..., p_2n-1], ...\nchain(p, q, ...) --> p0, p1, ... plast, q0, q1, ...\nchain.from_iterable([p, q, ...]) --> p0, p1, ... plast, q0, q1, ...\ncompress(data, selectors) --> (d[0] if s[0]), (d[1] if s[1]), ...\ndropwhile(predicate, seq) --> seq[n], seq[n+1], starting when predicate fails\ngroupby(iterable[, keyfunc]) --> sub-iterators grouped by value of keyfunc(v)\nfilterfalse(predicate, seq) --> elements of seq where predicate(elem) is False\nislice(seq, [start,] stop [, step]) --> elements from\n       seq[start:stop:step]\npairwise(s) --> (s[0],s[1]), (s[1],s[2]), (s[2], s[3]), ...\nstarmap(fun, seq) --> fun(*seq[0]), fun(*seq[1]), ...\ntee(it, n=2) --> (it1, it2 , ... itn) splits one iterator into n\ntakewhile(predicate, seq) --> seq[0], seq[1], until predicate fails\nzip_longest(p, q, ...) --> (p[0], q[0]), (p[1], q[1]), ...\n\nCombinatoric generators:\nproduct(p, q, ... [repeat=1]) --> cartesian product\npermutations(p[, r])\ncombinations(p, r)\ncombinations_with_replacement(p, r)\n",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[def("tee", "($module, iterable, n=2, /)", tee::tee, "Returns a tuple of n independent iterators.")];

fn exec(m: &Value) -> Res<()> {
    let classes: [(&str, &LazyClass); 22] = [
        ("_grouper", &groupby::GROUPER),
        ("_tee", &tee::TEE),
        ("_tee_dataobject", &tee::LINK),
        ("accumulate", &combine::ACCUMULATE),
        ("batched", &combine::BATCHED),
        ("chain", &combine::CHAIN),
        ("combinations", &combinatoric::COMBINATIONS),
        ("combinations_with_replacement", &combinatoric::REPLACEMENT),
        ("compress", &select::COMPRESS),
        ("count", &endless::COUNT),
        ("cycle", &endless::CYCLE),
        ("dropwhile", &select::DROPWHILE),
        ("filterfalse", &select::FILTERFALSE),
        ("groupby", &groupby::GROUPBY),
        ("islice", &select::ISLICE),
        ("pairwise", &combine::PAIRWISE),
        ("permutations", &combinatoric::PERMUTATIONS),
        ("product", &combinatoric::PRODUCT),
        ("repeat", &endless::REPEAT),
        ("starmap", &combine::STARMAP),
        ("takewhile", &select::TAKEWHILE),
        ("zip_longest", &combine::ZIP_LONGEST),
    ];
    for (name, class) in classes {
        module::add(m, name, class.get().value());
    }
    Ok(())
}

/// Declares the class of an iterator: its payload's fields that hold values, and its slots and methods.
macro_rules! iterator {
    ($(#[$doc:meta])* $CLASS:ident $SPEC:ident $Payload:ident [$($field:ident),*] $name:literal $doctext:expr;
     $(flags: $flags:expr;)? slots { $($slot:tt)* } methods { $($method:tt)* }) => {
        $(#[$doc])*
        pub static $CLASS: $crate::LazyClass = $crate::LazyClass::new(&$SPEC);

        static $SPEC: weft_vm::class::build::TypeSpec = weft_vm::class::build::TypeSpec {
            name: $name,
            doc: $doctext,
            payload: weft_vm::class::PayloadOps::of::<$Payload>(),
            flags: weft_vm::class::flag::BASETYPE $(& $flags)?,
            slots: weft_vm::class::slots::Slots { iter: Some(|v| Ok(v.clone())), $($slot)* ..weft_vm::class::slots::Slots::NONE },
            methods: &[$($method)*],
            ..weft_vm::class::build::TypeSpec::DEFAULT
        };

        // SAFETY: every instance of the class is made with this payload.
        unsafe impl weft_vm::value::Payload for $Payload {
            fn class() -> &'static weft_vm::class::Type {
                $CLASS.get()
            }

            fn trace(&self, visit: &mut dyn FnMut(weft_layout::tag::Word)) {
                $(visit(self.$field.word());)*
                let _ = visit;
            }
        }

        impl $Payload {
            fn of(v: &Value) -> &$Payload {
                // SAFETY: slots and methods get instances of the class.
                unsafe { v.payload() }
            }
        }
    };
}

use iterator;

/// A count argument that must not be negative.
fn size(v: &Value, negative: &str) -> Res<usize> {
    let n = weft_vm::protocol::number::as_isize(v)?;
    usize::try_from(n).map_err(|_| weft_vm::exc::value_error(negative))
}
