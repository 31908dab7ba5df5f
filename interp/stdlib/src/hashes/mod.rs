//! `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`: hash functions, over the RustCrypto and blake2_simd crates.
//!
//! All their classes have one payload, a [`Hash`]; [`plain`], [`sha3`] and [`blake2`] declare them.

pub mod blake2;
pub mod plain;
pub mod sha3;

use ::sha3::digest::{DynDigest, ExtendableOutput, Update};
use std::cell::RefCell;
use weft_vm::buffer::{self, Buffer};
use weft_vm::class::native::Args;
use weft_vm::exc;
use weft_vm::types::{bytes, str};
use weft_vm::value::{Res, Value};

/// A hash under way.
#[derive(Clone)]
enum State {
    Plain(Box<dyn DynDigest>),
    Shake128(::sha3::Shake128),
    Shake256(::sha3::Shake256),
    Blake2b(Box<blake2b_simd::State>),
    Blake2s(Box<blake2s_simd::State>),
}

/// The payload of every hash object.
pub struct Hash {
    state: RefCell<State>,
    name: &'static str,
    block_size: usize,
}

impl Hash {
    fn plain(state: impl DynDigest + 'static, name: &'static str, block_size: usize) -> Hash {
        Hash { state: RefCell::new(State::Plain(Box::new(state))), name, block_size }
    }

    fn update(&self, data: &[u8]) {
        match &mut *self.state.borrow_mut() {
            State::Plain(d) => d.update(data),
            State::Shake128(d) => d.update(data),
            State::Shake256(d) => d.update(data),
            State::Blake2b(d) => drop(d.update(data)),
            State::Blake2s(d) => drop(d.update(data)),
        }
    }

    /// The digest; `length` is for those of any length.
    fn digest(&self, length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        match self.state.borrow().clone() {
            State::Plain(d) => return d.finalize().into_vec(),
            State::Shake128(d) => d.finalize_xof_into(&mut out),
            State::Shake256(d) => d.finalize_xof_into(&mut out),
            State::Blake2b(d) => return d.finalize().as_bytes().to_vec(),
            State::Blake2s(d) => return d.finalize().as_bytes().to_vec(),
        }
        out
    }

    fn copy(&self) -> Hash {
        Hash { state: RefCell::new(self.state.borrow().clone()), name: self.name, block_size: self.block_size }
    }

    fn digest_size(&self) -> usize {
        match &*self.state.borrow() {
            State::Plain(d) => d.output_size(),
            State::Shake128(_) | State::Shake256(_) => 0,
            State::Blake2b(d) => d.clone().finalize().as_bytes().len(),
            State::Blake2s(d) => d.clone().finalize().as_bytes().len(),
        }
    }
}

/// The payload of a hash object.
fn hash_of(v: &Value) -> &Hash {
    // SAFETY: called with hash objects only, whose payloads are all a Hash at offset 8.
    unsafe { &*v.ptr().add(8).cast::<Hash>() }
}

/// The bytes of an argument that is to be hashed.
fn data(v: &Value) -> Res<Buffer> {
    if str::is_str(v) {
        return Err(exc::type_error("Strings must be encoded before hashing"));
    }
    if !buffer::is_supported(v) {
        return Err(exc::type_error("object supporting the buffer API required"));
    }
    buffer::get(v)
}

/// Hashes the argument `data` (number 0) or `string` of a constructor.
fn begin(hash: &Hash, a: &Args, string: usize) -> Res<()> {
    match (a.opt(0), a.some(string)) {
        (Some(_), Some(_)) => Err(exc::type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.",
        )),
        (Some(v), None) | (None, Some(v)) => {
            hash.update(data(v)?.as_slice());
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

fn update(a: Args) -> Res {
    hash_of(a.at(0)).update(data(a.at(1))?.as_slice());
    Ok(Value::NONE)
}

fn digest(a: Args) -> Res {
    bytes::try_new(&hash_of(a.at(0)).digest(0))
}

fn hex(data: &[u8]) -> Value {
    let mut text = String::with_capacity(2 * data.len());
    for b in data {
        text.extend([b >> 4, b & 15].map(|d| char::from(b"0123456789abcdef"[d as usize])));
    }
    str::from_string(text)
}

fn hexdigest(a: Args) -> Res {
    Ok(hex(&hash_of(a.at(0)).digest(0)))
}

/// Declares the class of a hash.
macro_rules! hash_class {
    ($CLASS:ident $SPEC:ident $Payload:ident $name:literal $doc:literal $(flags: $flags:expr;)? { $($slot:tt)* } [$($digest:expr),*] [$($getset:expr),*] ) => {
        static $CLASS: $crate::LazyClass = $crate::LazyClass::new(&$SPEC);

        static $SPEC: weft_vm::class::build::TypeSpec = weft_vm::class::build::TypeSpec {
            name: $name,
            doc: $doc,
            payload: weft_vm::class::PayloadOps::of::<$Payload>(),
            $(flags: $flags,)?
            slots: weft_vm::class::slots::Slots { $($slot)* ..weft_vm::class::slots::Slots::NONE },
            methods: &[
                def("copy", "($self, /)", |a| Ok(weft_vm::value::new_object($Payload($crate::hashes::hash_of(a.at(0)).copy()))), "Return a copy of the hash object."),
                def("update", "($self, data, /)", $crate::hashes::update, "Update this hash object's state with the provided bytes-like object."),
                $($digest),*
            ],
            getsets: &[
                getter("block_size", |v| Ok(Value::usize($crate::hashes::hash_of(v).block_size)), ""),
                getter("digest_size", |v| Ok(Value::usize($crate::hashes::hash_of(v).digest_size())), ""),
                getter("name", |v| Ok(weft_vm::types::str::new($crate::hashes::hash_of(v).name)), ""),
                $($getset),*
            ],
            ..weft_vm::class::build::TypeSpec::DEFAULT
        };

        /// The payload.
        #[repr(transparent)]
        struct $Payload($crate::hashes::Hash);

        // SAFETY: every instance of the class is made with this payload.
        unsafe impl weft_vm::value::Payload for $Payload {
            const TRACED: bool = false;

            fn class() -> &'static weft_vm::class::Type {
                $CLASS.get()
            }
        }
    };
}

use hash_class;
