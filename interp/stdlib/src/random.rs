//! `_random`: the Mersenne Twister MT19937, producing the sequences CPython produces.

use crate::LazyClass;
use std::cell::{Cell, UnsafeCell};
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{self, number};
use weft_vm::types::int;
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::tuple;
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::exc;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_random",
    doc: "Module implements the Mersenne Twister random number generator.",
    functions: &[],
    exec: |module| {
        add(module, "Random", RANDOM.get().value());
        Ok(())
    },
};

static RANDOM: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "_random.Random",
    doc: "Random() -> create a random number generator with its own internal state.",
    payload: PayloadOps::of::<Twister>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), ..Slots::NONE },
    methods: &[
        def("random", "($self, /)", |a| Ok(Value::float(this(a.at(0)).float())), "random() -> x in the interval [0, 1)."),
        def("seed", "($self, n=None, /)", |a| seed(a.at(0), a.opt(1)).map(|()| Value::NONE), "seed([n]) -> None.\n\nDefaults to use urandom and falls back to a combination\nof the current time and the process identifier."),
        def("getstate", "($self, /)", getstate, "getstate() -> tuple containing the current state."),
        def("setstate", "($self, state, /)", setstate, "setstate(state) -> None.  Restores generator state."),
        def("getrandbits", "($self, k, /)", getrandbits, "getrandbits(k) -> x.  Generates an int with k random bits."),
    ],
    ..TypeSpec::DEFAULT
};

const N: usize = 624;
const M: usize = 397;

/// The generator's state.
struct Twister {
    state: UnsafeCell<[u32; N]>,
    /// The next word to use; at `N` new ones are made.
    index: Cell<usize>,
}

// SAFETY: every instance of Random is made with a Twister payload.
unsafe impl Payload for Twister {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        RANDOM.get()
    }
}

fn this(v: &Value) -> &Twister {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

impl Twister {
    /// Works on the state.
    fn with<R>(&self, f: impl FnOnce(&mut [u32; N]) -> R) -> R {
        // SAFETY: no caller's closure runs Python or comes back here, so the reference is the only one.
        f(unsafe { &mut *self.state.get() })
    }

    /// 32 random bits.
    fn next(&self) -> u32 {
        if self.index.get() >= N {
            self.with(refill);
            self.index.set(0);
        }
        let mut y = self.with(|s| s[self.index.get()]);
        self.index.set(self.index.get() + 1);
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// A float in [0, 1) with 53 random bits.
    fn float(&self) -> f64 {
        let (a, b) = (self.next() >> 5, self.next() >> 6);
        (a as f64 * 67_108_864.0 + b as f64) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Seeds from any number of words (`init_by_array` of the reference implementation).
    fn seed(&self, key: &[u32]) {
        self.with(|s| {
            s[0] = 19_650_218;
            for i in 1..N {
                s[i] = 1_812_433_253u32.wrapping_mul(s[i - 1] ^ s[i - 1] >> 30).wrapping_add(i as u32);
            }
            let mut i = 1;
            for j in (0..key.len()).cycle().take(N.max(key.len())) {
                s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30).wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
                i += 1;
                if i == N {
                    s[0] = s[N - 1];
                    i = 1;
                }
            }
            for _ in 1..N {
                s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
                i += 1;
                if i == N {
                    s[0] = s[N - 1];
                    i = 1;
                }
            }
            s[0] = 0x8000_0000;
        });
        self.index.set(N);
    }
}

fn refill(s: &mut [u32; N]) {
    for i in 0..N {
        let y = s[i] & 0x8000_0000 | s[(i + 1) % N] & 0x7fff_ffff;
        s[i] = s[(i + M) % N] ^ y >> 1 ^ if y & 1 == 1 { 0x9908_b0df } else { 0 };
    }
}

fn new(class: &Value, _args: &[Value], _kwnames: Option<&Value>) -> Res {
    Ok(new_instance(build::of(class), Twister { state: UnsafeCell::new([0; N]), index: Cell::new(N) }))
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error("Random() takes no keyword arguments"));
    }
    if args.len() > 1 {
        return Err(exc::type_error(format!("Random expected at most 1 argument, got {}", args.len())));
    }
    seed(v, args.first())
}

fn seed(v: &Value, n: Option<&Value>) -> Res<()> {
    let Some(n) = n.filter(|n| !n.is_none()) else {
        let mut bytes = [0; 4 * N];
        getrandom::getrandom(&mut bytes).map_err(|e| exc::new(types().os_error, e.to_string()))?;
        let words: Vec<u32> = bytes.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
        this(v).seed(&words);
        return Ok(());
    };
    let key = if int::is_int(n) {
        int::to_bigint(n).magnitude().to_u32_digits()
    } else {
        let hash = protocol::hash(n)? as u64;
        if hash >> 32 == 0 { vec![hash as u32] } else { vec![hash as u32, (hash >> 32) as u32] }
    };
    this(v).seed(if key.is_empty() { &[0] } else { &key });
    Ok(())
}

fn getstate(a: Args) -> Res {
    let twister = this(a.at(0));
    let mut words = twister.with(|s| s.iter().map(|&w| Value::small_int(w as i64)).collect::<Vec<_>>());
    words.push(Value::usize(twister.index.get()));
    Ok(tuple::from_vec(words))
}

/// As CPython converts to an unsigned long.
fn word(v: &Value) -> Res<u64> {
    if !int::is_int(v) {
        return Err(exc::type_error("an integer is required"));
    }
    if int::is_negative(v) {
        return Err(exc::overflow_error("can't convert negative value to unsigned int"));
    }
    int::as_u64(v).ok_or_else(|| exc::overflow_error("Python int too large to convert to C unsigned long"))
}

fn setstate(a: Args) -> Res {
    let state = a.at(1);
    if !state.is_instance(types().tuple) {
        return Err(exc::type_error("state vector must be a tuple"));
    }
    let items = tuple::items(state);
    if items.len() != N + 1 {
        return Err(exc::value_error("state vector is the wrong size"));
    }
    let mut words = [0; N];
    for (to, v) in words.iter_mut().zip(items) {
        *to = word(v)? as u32;
    }
    let index = int::as_i64(&number::index(&items[N])?).and_then(|i| usize::try_from(i).ok()).filter(|&i| i <= N);
    let Some(index) = index else { return Err(exc::value_error("invalid state")) };
    let twister = this(a.at(0));
    twister.with(|s| *s = words);
    twister.index.set(index);
    Ok(Value::NONE)
}

fn getrandbits(a: Args) -> Res {
    let k = number::index(a.at(1))?;
    if int::is_negative(&k) {
        return Err(exc::value_error("Cannot convert negative int"));
    }
    let k = int::as_u64(&k).ok_or_else(|| exc::overflow_error("Python int too large to convert to C uint64_t"))?;
    let twister = this(a.at(0));
    match k {
        0 => return Ok(Value::small_int(0)),
        1..=32 => return Ok(Value::small_int((twister.next() >> (32 - k)) as i64)),
        _ => {}
    }
    let mut words = Vec::new();
    let count = usize::try_from(k.div_ceil(32)).map_err(|_| exc::memory_error())?;
    words.try_reserve_exact(count).map_err(|_| exc::memory_error())?;
    let mut left = k;
    while left > 0 {
        let r = twister.next();
        words.push(if left < 32 { r >> (32 - left) } else { r });
        left = left.saturating_sub(32);
    }
    Ok(int::from_bigint(num_bigint::BigUint::new(words).into()))
}
