//! The wrapper that `lru_cache` and `cache` put around a function.
//!
//! A dict leads from keys to entries of a table, which are linked in the order of their last use. Hashing and comparing
//! keys, and the function itself, run Python that may come back here: nothing is borrowed meanwhile, and what was
//! known before is looked at again.

use crate::LazyClass;
use std::cell::{Cell, RefCell};
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, Signature, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::global::Global;
use weft_vm::protocol::{self, attr, number};
use weft_vm::types::{dict, int, method, object, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc};

/// `functools._lru_cache_wrapper`
pub static LRU_CACHE: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "functools._lru_cache_wrapper",
    doc: "Create a cached callable that wraps another function.\n\nuser_function:      the function being cached\n\nmaxsize:  0         for no caching\n          None      for unlimited cache size\n          n         for a bounded cache\n\ntyped:    False     cache f(3) and f(3.0) as identical calls\n          True      cache f(3) and f(3.0) as distinct calls\n\ncache_info_type:    namedtuple class with the fields:\n                        hits misses currsize maxsize\n",
    payload: PayloadOps::of::<LruCache>(),
    flags: flag::METHOD_DESCRIPTOR,
    slots: Slots { new: Some(new), call: Some(call_it), descr_get: Some(get), ..Slots::NONE },
    methods: &[
        def("cache_info", "($self, /)", cache_info, "Report cache statistics"),
        def("cache_clear", "($self, /)", cache_clear, "Clear the cache and cache statistics"),
        def("__reduce__", "($self, /)", |a| attr::getattr(a.at(0), &names().__qualname__), ""),
        def("__copy__", "($self, /)", |a| Ok(a.at(0).clone()), ""),
        def("__deepcopy__", "($self, memo, /)", |a| Ok(a.at(0).clone()), ""),
    ],
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    Nothing,
    Everything,
    Most(usize),
}

/// A result kept, and its neighbours by time of last use. Entry 0 is the ring's anchor and holds nothing.
struct Entry {
    older: usize,
    newer: usize,
    hash: i64,
    key: Value,
    result: Value,
}

/// The entries in the order of their last use.
struct Ring(Vec<Entry>);

impl Ring {
    fn new() -> Ring {
        Ring(vec![Entry { older: 0, newer: 0, hash: 0, key: Value::NONE, result: Value::NONE }])
    }

    fn unlink(&mut self, i: usize) {
        let (older, newer) = (self.0[i].older, self.0[i].newer);
        self.0[older].newer = newer;
        self.0[newer].older = older;
    }

    /// Puts an entry at the newest place.
    fn link(&mut self, i: usize) {
        let newest = self.0[0].older;
        self.0[i].older = newest;
        self.0[i].newer = 0;
        self.0[newest].newer = i;
        self.0[0].older = i;
    }

    fn oldest(&self) -> usize {
        self.0[0].newer
    }
}

/// The payload.
struct LruCache {
    function: Field,
    /// Key to entry number; key to result where everything is kept.
    cache: Field,
    info_class: Field,
    limit: Limit,
    typed: bool,
    hits: Cell<i64>,
    misses: Cell<i64>,
    ring: RefCell<Ring>,
    /// Counts calls of `cache_clear`: entry numbers from before mean nothing.
    cleared: Cell<u64>,
}

// SAFETY: every instance of _lru_cache_wrapper is made with an LruCache payload.
unsafe impl Payload for LruCache {
    fn class() -> &'static Type {
        LRU_CACHE.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.function, &self.cache, &self.info_class] {
            visit(field.word());
        }
        for e in &self.ring.borrow().0 {
            visit(e.key.word());
            visit(e.result.word());
        }
    }

    fn clear(&self) {
        let ring = self.ring.replace(Ring::new());
        self.cleared.set(self.cleared.get() + 1);
        if let Some(cache) = self.cache.peek() {
            dict::clear(cache);
        }
        drop(ring);
    }
}

fn this(v: &Value) -> &LruCache {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("lru_cache", "(user_function, maxsize, typed, cache_info_type)");
    SIGNATURE.bind(args, kwnames, |a| {
        if !call::is_callable(a.at(0)) {
            return Err(exc::type_error("the first argument must be callable"));
        }
        let limit = match a.at(1) {
            m if m.is_none() => Limit::Everything,
            m if number::is_index(m) => match number::as_isize_or(m, types().overflow_error)? {
                n if n <= 0 => Limit::Nothing,
                n => Limit::Most(n as usize),
            },
            _ => return Err(exc::type_error("maxsize should be integer or None")),
        };
        let payload = LruCache {
            function: Field::new(a.at(0).clone()),
            cache: Field::new(dict::new()),
            info_class: Field::new(a.at(3).clone()),
            limit,
            typed: protocol::is_true(a.at(2))?,
            hits: Cell::new(0),
            misses: Cell::new(0),
            ring: RefCell::new(Ring::new()),
            cleared: Cell::new(0),
        };
        Ok(new_instance(build::of(class), payload))
    })
}

fn immortal(v: Value) -> Value {
    v.make_immortal();
    v
}

/// What stands between positional and keyword arguments in a key.
fn keyword_mark() -> Value {
    static MARK: Global<Option<Value>> = Global::new(None);
    // SAFETY: the GIL is held, and making the object runs no Python.
    unsafe { (*MARK.get()).get_or_insert_with(|| immortal(object::new_bare(types().object))).clone() }
}

/// The key under which the result of a call is kept.
fn make_key(args: &[Value], kwnames: Option<&Value>, typed: bool) -> Value {
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    if !typed && names.is_empty() {
        return match args {
            [only] if str::is_exact(only) || int::is_exact(only) => only.clone(),
            _ => tuple::from_slice(args),
        };
    }
    let (positional, values) = args.split_at(args.len() - names.len());
    let mut key = positional.to_vec();
    if !names.is_empty() {
        key.push(keyword_mark());
        for (name, value) in names.iter().zip(values) {
            key.push(name.clone());
            key.push(value.clone());
        }
    }
    if typed {
        key.extend(args.iter().map(|x| x.class().value()));
    }
    tuple::from_vec(key)
}

fn call_it(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let c = this(v);
    let kwnames = kwnames.filter(|k| !tuple::items(k).is_empty());
    let function = c.function.value();
    let missed = || c.misses.set(c.misses.get() + 1);
    let limit = match c.limit {
        Limit::Nothing => {
            missed();
            return call::call(&function, args, kwnames);
        }
        Limit::Everything => {
            let cache = c.cache.value();
            let key = make_key(args, kwnames, c.typed);
            let hash = protocol::hash(&key)?;
            if let Some(result) = dict::get_hashed(&cache, &key, hash)? {
                c.hits.set(c.hits.get() + 1);
                return Ok(result);
            }
            missed();
            let result = call::call(&function, args, kwnames)?;
            dict::set_hashed(&cache, &key, hash, result.clone())?;
            return Ok(result);
        }
        Limit::Most(n) => n,
    };
    let cache = c.cache.value();
    let key = make_key(args, kwnames, c.typed);
    let hash = protocol::hash(&key)?;
    if let Some(i) = find(c, &cache, &key, hash)? {
        let mut ring = c.ring.borrow_mut();
        ring.unlink(i);
        ring.link(i);
        c.hits.set(c.hits.get() + 1);
        return Ok(ring.0[i].result.clone());
    }
    missed();
    let result = call::call(&function, args, kwnames)?;
    // The function may have come here with the same arguments.
    if find(c, &cache, &key, hash)?.is_none() {
        keep(c, &cache, limit, key, hash, result.clone())?;
    }
    Ok(result)
}

/// The entry of a key. Comparing keys may change the cache, in which case an entry that is gone does not count.
fn find(c: &LruCache, cache: &Value, key: &Value, hash: i64) -> Res<Option<usize>> {
    let cleared = c.cleared.get();
    let found = dict::get_hashed(cache, key, hash)?.and_then(|i| i.as_small_int()).map(|i| i as usize);
    Ok(found.filter(|&i| cleared == c.cleared.get() && c.ring.borrow().0.get(i).is_some_and(|e| e.hash == hash)))
}

/// Enters a result, in the place of the oldest one if there are as many as there may be.
fn keep(c: &LruCache, cache: &Value, limit: usize, key: Value, hash: i64, result: Value) -> Res<()> {
    let used = c.ring.borrow().0.len() - 1;
    if used < limit {
        let entry = Entry { older: 0, newer: 0, hash, key: key.clone(), result };
        let i = {
            let mut ring = c.ring.borrow_mut();
            ring.0.push(entry);
            let i = ring.0.len() - 1;
            ring.link(i);
            i
        };
        return dict::set_hashed(cache, &key, hash, Value::usize(i));
    }
    let (i, old_key, old_hash) = {
        let mut ring = c.ring.borrow_mut();
        let i = ring.oldest();
        if i == 0 {
            // All entries are being replaced by calls further out.
            return Ok(());
        }
        ring.unlink(i);
        // Unlinked, the entry is its own neighbour, so that unlinking it again does no harm.
        (ring.0[i].older, ring.0[i].newer) = (i, i);
        (i, ring.0[i].key.clone(), ring.0[i].hash)
    };
    let cleared = c.cleared.get();
    let popped = dict::pop_hashed(cache, &old_key, old_hash);
    if c.cleared.get() != cleared {
        return popped.map(drop);
    }
    // Old values live on until all is in order.
    let old = {
        let mut ring = c.ring.borrow_mut();
        let e = &mut ring.0[i];
        e.hash = hash;
        let old = (std::mem::replace(&mut e.key, key.clone()), std::mem::replace(&mut e.result, result));
        ring.unlink(i);
        ring.link(i);
        old
    };
    let set = match popped {
        Ok(_) => dict::set_hashed(cache, &key, hash, Value::usize(i)),
        Err(e) => Err(e),
    };
    drop(old);
    set
}

fn get(v: &Value, object: Option<&Value>, _: Option<&Value>) -> Res {
    Ok(match object.filter(|o| !o.is_none()) {
        Some(o) => method::new(v.clone(), o.clone()),
        None => v.clone(),
    })
}

fn cache_info(a: Args) -> Res {
    let c = this(a.at(0));
    let maxsize = match c.limit {
        Limit::Nothing => Value::small_int(0),
        Limit::Everything => Value::NONE,
        Limit::Most(n) => Value::usize(n),
    };
    let counts = [Value::int(c.hits.get()), Value::int(c.misses.get()), maxsize, Value::usize(dict::len(&c.cache.value()))];
    call::call(&c.info_class.value(), &counts, None)
}

fn cache_clear(a: Args) -> Res {
    let c = this(a.at(0));
    c.hits.set(0);
    c.misses.set(0);
    Payload::clear(c);
    Ok(Value::NONE)
}
