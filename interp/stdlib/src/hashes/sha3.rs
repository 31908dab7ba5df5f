//! `_sha3`

use super::{Hash, State, begin, digest, hash_class, hash_of, hex, hexdigest};
use std::cell::RefCell;
use weft_vm::class::native::{Args, Signature, def, getter};
use weft_vm::exc;
use weft_vm::protocol::number;
use weft_vm::types::bytes;
use weft_vm::types::int;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::str;
use weft_vm::value::{Res, Value, new_object};

/// `_sha3`
pub static MODULE: ModuleDef = ModuleDef {
    name: "_sha3",
    doc: "",
    functions: &[],
    exec: |m| {
        for (name, class) in [
            ("sha3_224", &SHA3_224),
            ("sha3_256", &SHA3_256),
            ("sha3_384", &SHA3_384),
            ("sha3_512", &SHA3_512),
            ("shake_128", &SHAKE_128),
            ("shake_256", &SHAKE_256),
        ] {
            module::add(m, name, class.get().value());
        }
        module::add(m, "implementation", str::new("RustCrypto"));
        module::add(m, "_GIL_MINSIZE", Value::small_int(2048));
        Ok(())
    },
};

const BITS: usize = 1600;

macro_rules! classes {
    ($($CLASS:ident $SPEC:ident $Payload:ident $class_name:literal $doc:literal $name:literal $new:ident $rate:literal $suffix:literal
       [$($digest:expr),*] $state:expr;)*) => {
        $(hash_class! {
            $CLASS $SPEC $Payload $class_name $doc { new: Some($new), }
            [$($digest),*]
            [
                getter("_capacity_bits", |_| Ok(Value::usize(BITS - $rate * 8)), ""),
                getter("_rate_bits", |_| Ok(Value::usize($rate * 8)), ""),
                getter("_suffix", |_| Ok(bytes::new(&[$suffix])), "")
            ]
        }

        fn $new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
            static SIGNATURE: Signature = Signature::new($name, "(data=b'', *, usedforsecurity=True, string=None)");
            SIGNATURE.bind(args, kwnames, |a| {
                let hash = Hash { state: RefCell::new($state), name: $name, block_size: $rate };
                begin(&hash, &a, 2)?;
                Ok(new_object($Payload(hash)))
            })
        })*
    };
}

const DIGEST: weft_vm::class::native::FnDef = def("digest", "($self, /)", digest, "Return the digest value as a bytes object.");
const HEXDIGEST: weft_vm::class::native::FnDef =
    def("hexdigest", "($self, /)", hexdigest, "Return the digest value as a string of hexadecimal digits.");
const LONG_DIGEST: weft_vm::class::native::FnDef =
    def("digest", "($self, /, length)", long_digest, "Return the digest value as a bytes object.");
const LONG_HEXDIGEST: weft_vm::class::native::FnDef =
    def("hexdigest", "($self, /, length)", long_hexdigest, "Return the digest value as a string of hexadecimal digits.");

classes! {
    SHA3_224 SHA3_224_SPEC Sha3_224 "_sha3.sha3_224" "sha3_224(data=b'', *, usedforsecurity=True, string=None)\n--\n\nReturn a new SHA3 hash object." "sha3_224" new_224 144 6
        [DIGEST, HEXDIGEST] State::Plain(Box::new(::sha3::Sha3_224::default()));
    SHA3_256 SHA3_256_SPEC Sha3_256 "_sha3.sha3_256" "sha3_256(data=b'', *, usedforsecurity=True, string=None)\n--\n\nReturn a new SHA3 hash object." "sha3_256" new_256 136 6
        [DIGEST, HEXDIGEST] State::Plain(Box::new(::sha3::Sha3_256::default()));
    SHA3_384 SHA3_384_SPEC Sha3_384 "_sha3.sha3_384" "sha3_384(data=b'', *, usedforsecurity=True, string=None)\n--\n\nReturn a new SHA3 hash object." "sha3_384" new_384 104 6
        [DIGEST, HEXDIGEST] State::Plain(Box::new(::sha3::Sha3_384::default()));
    SHA3_512 SHA3_512_SPEC Sha3_512 "_sha3.sha3_512" "sha3_512(data=b'', *, usedforsecurity=True, string=None)\n--\n\nReturn a new SHA3 hash object." "sha3_512" new_512 72 6
        [DIGEST, HEXDIGEST] State::Plain(Box::new(::sha3::Sha3_512::default()));
    SHAKE_128 SHAKE_128_SPEC Shake128 "_sha3.shake_128" "shake_128(data=b'', *, usedforsecurity=True, string=None)\n--\n\nReturn a new SHAKE hash object." "shake_128" new_shake_128 168 31
        [LONG_DIGEST, LONG_HEXDIGEST] State::Shake128(::sha3::Shake128::default());
    SHAKE_256 SHAKE_256_SPEC Shake256 "_sha3.shake_256" "shake_256(data=b'', *, usedforsecurity=True, string=None)\n--\n\nReturn a new SHAKE hash object." "shake_256" new_shake_256 136 31
        [LONG_DIGEST, LONG_HEXDIGEST] State::Shake256(::sha3::Shake256::default());
}

/// The length of a digest that can have any.
fn length(v: &Value) -> Res<usize> {
    let n = number::index(v)?;
    if int::is_negative(&n) {
        return Err(exc::value_error("Cannot convert negative int"));
    }
    match int::as_i64(&n) {
        Some(n) if n < 1 << 29 => Ok(n as usize),
        _ => Err(exc::value_error("length is too large")),
    }
}

fn long_digest(a: Args) -> Res {
    let n = length(a.at(1))?;
    bytes::try_new(&hash_of(a.at(0)).digest(n))
}

fn long_hexdigest(a: Args) -> Res {
    let n = length(a.at(1))?;
    Ok(hex(&hash_of(a.at(0)).digest(n)))
}
