//! `_blake2`

use super::{Hash, State, begin, digest, hash_class, hexdigest};
use std::cell::RefCell;
use weft_vm::buffer;
use weft_vm::class::native::{Args, Signature, def, getter};
use weft_vm::exc;
use weft_vm::protocol::{self, number};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{bounds, dict, int, str};
use weft_vm::value::{Res, Value, new_object};

/// `_blake2`
pub static MODULE: ModuleDef = ModuleDef { name: "_blake2", doc: "_blake2b provides BLAKE2b for hashlib\n", functions: &[], exec };

fn exec(m: &Value) -> Res<()> {
    for (prefix, class, limits) in [("BLAKE2B", BLAKE2B.get(), &LIMITS_B), ("BLAKE2S", BLAKE2S.get(), &LIMITS_S)] {
        for (name, attribute, n) in [
            ("MAX_DIGEST_SIZE", "MAX_DIGEST_SIZE", limits.digest),
            ("MAX_KEY_SIZE", "MAX_KEY_SIZE", limits.digest),
            ("PERSON_SIZE", "PERSON_SIZE", limits.salt),
            ("SALT_SIZE", "SALT_SIZE", limits.salt),
        ] {
            module::add(m, &format!("{prefix}_{name}"), Value::usize(n));
            dict::set_str(&class.namespace(), &str::intern(attribute), Value::usize(n));
        }
    }
    module::add(m, "blake2b", BLAKE2B.get().value());
    module::add(m, "blake2s", BLAKE2S.get().value());
    module::add(m, "_GIL_MINSIZE", Value::small_int(2048));
    Ok(())
}

/// How large the parameters of a variant can be.
struct Limits {
    name: &'static str,
    /// Digest and key.
    digest: usize,
    /// Salt and person.
    salt: usize,
    /// Bits of the node offset.
    offset_bits: u32,
}

static LIMITS_B: Limits = Limits { name: "Blake2b", digest: 64, salt: 16, offset_bits: 64 };
static LIMITS_S: Limits = Limits { name: "Blake2s", digest: 32, salt: 8, offset_bits: 48 };

/// The parameters of a hash.
struct Params {
    digest_size: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf_size: u32,
    node_offset: u64,
    node_depth: u8,
    inner_size: usize,
    last_node: bool,
}

const SIGNATURE: &str = "(data=b'', *, digest_size=0, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)";

/// An unsigned argument.
fn unsigned(v: &Value, too_large: &str) -> Res<u64> {
    let n = number::index(v)?;
    if int::is_negative(&n) {
        return Err(exc::value_error("Cannot convert negative int"));
    }
    int::as_u64(&n).ok_or_else(|| exc::overflow_error(too_large))
}

impl Params {
    fn of(a: &Args, limits: &Limits) -> Res<Params> {
        let small = |i: usize, default: i32| a.opt(i).map_or(Ok(default), bounds::c_int_arg);
        let blob = |i: usize| a.opt(i).map_or(Ok(Vec::new()), |v| buffer::get(v).map(|b| b.to_vec()));
        let most = limits.digest as i32;
        let digest_size = small(1, most)?;
        if !(1..=most).contains(&digest_size) {
            let text = format!("digest_size for {} must be between 1 and {most} bytes, here it is {digest_size}", limits.name);
            return Err(exc::value_error(text));
        }
        let (key, salt, person) = (blob(2)?, blob(3)?, blob(4)?);
        if salt.len() > limits.salt {
            return Err(exc::value_error(format!("maximum salt length is {} bytes", limits.salt)));
        }
        if person.len() > limits.salt {
            return Err(exc::value_error(format!("maximum person length is {} bytes", limits.salt)));
        }
        let byte = |i: usize, name: &str, least: i32, default: i32| match small(i, default)? {
            n if (least..256).contains(&n) => Ok(n as u8),
            _ => Err(exc::value_error(format!("{name} must be between {least} and 255"))),
        };
        let (fanout, depth) = (byte(5, "fanout", 0, 1)?, byte(6, "depth", 1, 1)?);
        let leaf_size = a.opt(7).map_or(Ok(0), |v| unsigned(v, "Python int too large to convert to C unsigned long"))?;
        let leaf_size = u32::try_from(leaf_size).map_err(|_| exc::overflow_error("leaf_size is too large"))?;
        let node_offset = a.opt(8).map_or(Ok(0), |v| unsigned(v, "Python int too large for C unsigned long long"))?;
        if limits.offset_bits < 64 && node_offset >> limits.offset_bits != 0 {
            return Err(exc::overflow_error("node_offset is too large"));
        }
        let node_depth = byte(9, "node_depth", 0, 0)?;
        let inner_size = small(10, 0)?;
        if !(0..=most).contains(&inner_size) {
            return Err(exc::value_error(format!("inner_size must be between 0 and is {most}")));
        }
        if key.len() > limits.digest {
            return Err(exc::value_error(format!("maximum key length is {} bytes", limits.digest)));
        }
        Ok(Params {
            digest_size: digest_size as usize,
            key,
            salt,
            person,
            fanout,
            depth,
            leaf_size,
            node_offset,
            node_depth,
            inner_size: inner_size as usize,
            last_node: a.opt(11).map_or(Ok(false), protocol::is_true)?,
        })
    }
}

macro_rules! variants {
    ($($CLASS:ident $SPEC:ident $Payload:ident $class_name:literal $name:literal $new:ident $limits:ident $State:ident $krate:ident $block:literal $doc:literal;)*) => {
        $(hash_class! {
            $CLASS $SPEC $Payload $class_name $doc { new: Some($new), }
            [
                def("digest", "($self, /)", digest, "Return the digest value as a bytes object."),
                def("hexdigest", "($self, /)", hexdigest, "Return the digest value as a string of hexadecimal digits.")
            ]
            []
        }

        fn $new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
            static BOUND: Signature = Signature::new($name, SIGNATURE);
            BOUND.bind(args, kwnames, |a| {
                let p = Params::of(&a, &$limits)?;
                let mut params = $krate::Params::new();
                params.hash_length(p.digest_size).key(&p.key).salt(&p.salt).personal(&p.person).fanout(p.fanout).max_depth(p.depth);
                params.max_leaf_length(p.leaf_size).node_offset(p.node_offset).node_depth(p.node_depth).last_node(p.last_node);
                params.inner_hash_length(p.inner_size);
                let hash = Hash { state: RefCell::new(State::$State(Box::new(params.to_state()))), name: $name, block_size: $block };
                begin(&hash, &a, 13)?;
                Ok(new_object($Payload(hash)))
            })
        })*
    };
}

variants! {
    BLAKE2B BLAKE2B_SPEC Blake2b "_blake2.blake2b" "blake2b" new_b LIMITS_B Blake2b blake2b_simd 128
        "blake2b(data=b'', *, digest_size=_blake2.blake2b.MAX_DIGEST_SIZE, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)\n--\n\nReturn a new BLAKE2b hash object.";
    BLAKE2S BLAKE2S_SPEC Blake2s "_blake2.blake2s" "blake2s" new_s LIMITS_S Blake2s blake2s_simd 64
        "blake2s(data=b'', *, digest_size=_blake2.blake2s.MAX_DIGEST_SIZE, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)\n--\n\nReturn a new BLAKE2s hash object.";
}
