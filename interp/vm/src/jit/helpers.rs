//! The runtime helpers that compiled code calls, and their declarations.
//!
//! A helper gets raw words and returns one; 0 says that an exception is on its way. Arguments are borrowed unless the
//! declaration says `take`. What a declaration promises (see [`Does`]) the optimiser relies on.

use super::{natives, raising, residual_call};
use crate::class::Type;
use crate::eval::ops;
use crate::global::Global;
use crate::protocol::{self, iter, number};
use crate::types::{cellobject, dict, function, generator, list, method, object, set, slice, str, super_object, tuple};
use crate::value::{Res, Value};
use weft_jit::helper::{Does, Helper, Helpers, Param, writes};
use weft_jit::{Alias, HelperId, Ty};
use weft_layout::tag::{self, NULL, Word};

/// What [`Ids::for_next`] returns at the end of an iterator: a word no value has.
pub const EXHAUSTED: Word = 0x2c;

/// What [`Ids::dict_store`] returns if it has done nothing, because it could run Python code: a word no value has.
pub const NOT_DONE: Word = EXHAUSTED;

pub(super) fn finish(r: Res) -> Word {
    match r {
        Ok(v) => v.into_word(),
        Err(_) => NULL,
    }
}

fn done(r: Res<()>) -> Word {
    r.is_ok() as Word
}

fn finish_bool(r: Res<bool>) -> Word {
    r.map_or(NULL, tag::bool_word)
}

/// # Safety
/// The word is a live value, which the caller keeps alive.
pub(super) unsafe fn view(w: &Word) -> &Value {
    // SAFETY: the caller's.
    unsafe { Value::from_word_ref(w) }
}

/// # Safety
/// `n` live values lie at `at`.
pub(super) unsafe fn slice<'a>(at: *const Word, n: u64) -> &'a [Value] {
    if n == 0 {
        return &[];
    }
    // SAFETY: the caller's; Value is a transparent word.
    unsafe { std::slice::from_raw_parts(at.cast(), n as usize) }
}

// Each of the functions below is called by compiled code with operands of the types its declaration gives.

unsafe extern "C" fn binary_op(op: u64, a: Word, b: Word) -> Word {
    // SAFETY: the operands are live.
    finish(unsafe { ops::binary_values(op as usize, view(&a), view(&b)) })
}

unsafe extern "C" fn compare_op(op: u64, a: Word, b: Word) -> Word {
    // SAFETY: the operands are live.
    finish(unsafe { ops::compare(op as usize, view(&a), view(&b)) })
}

unsafe extern "C" fn to_bool(v: Word) -> Word {
    // SAFETY: the operand is live.
    finish_bool(unsafe { protocol::is_true(view(&v)) })
}

unsafe extern "C" fn contains(container: Word, item: Word, invert: u64) -> Word {
    // SAFETY: the operands are live.
    finish_bool(unsafe { protocol::contains(view(&container), view(&item)) }.map(|found| found != (invert != 0)))
}

unsafe extern "C" fn negative(v: Word) -> Word {
    // SAFETY: the operand is live.
    finish(unsafe { number::negative(view(&v)) })
}

unsafe extern "C" fn invert(v: Word) -> Word {
    // SAFETY: the operand is live.
    finish(unsafe { number::invert(view(&v)) })
}

unsafe extern "C" fn getattr(v: Word, name: Word) -> Word {
    // SAFETY: the operands are live.
    finish(unsafe { protocol::attr::getattr(view(&v), view(&name)) })
}

unsafe extern "C" fn setattr(v: Word, name: Word, value: Word) -> Word {
    // SAFETY: the operands are live.
    done(unsafe { protocol::attr::setattr(view(&v), view(&name), view(&value)) })
}

unsafe extern "C" fn set_item(container: Word, key: Word, value: Word) -> Word {
    // SAFETY: the operands are live.
    done(unsafe { ops::store_subscr(view(&container), view(&key), view(&value)) })
}

/// The entry of a key that is a small int or an exact str; `None` if finding it could run Python code.
pub fn quiet_entry(d: &Value, key: &Value) -> Option<Option<usize>> {
    dict::table(d).find_quietly(key, dict::quick_hash(key)?)
}

/// Whether such a key is in a set; `None` if finding it could run Python code.
pub fn quiet_member(s: &Value, key: &Value) -> Option<bool> {
    set::table(s).contains_quietly(key, dict::quick_hash(key)?)
}

unsafe extern "C" fn dict_item(d: Word, key: Word) -> Word {
    // SAFETY: a live dict and a live key.
    unsafe { dict_get(d, key, NULL) }
}

unsafe extern "C" fn dict_get(d: Word, key: Word, default: Word) -> Word {
    // SAFETY: a live dict and a live key; the default is live or NULL. What an entry holds is alive.
    unsafe {
        match quiet_entry(view(&d), view(&key)) {
            Some(Some(i)) => Value::clone_word(dict::table(view(&d)).value_word(i)).into_word(),
            Some(None) if default != NULL => Value::clone_word(default).into_word(),
            _ => NULL,
        }
    }
}

unsafe extern "C" fn dict_has(d: Word, key: Word) -> Word {
    // SAFETY: a live dict and a live key.
    let found = unsafe { quiet_entry(view(&d), view(&key)) };
    found.map_or(NULL, |i| tag::bool_word(i.is_some()))
}

unsafe extern "C" fn set_has(s: Word, key: Word) -> Word {
    // SAFETY: a live set and a live key.
    let found = unsafe { quiet_member(view(&s), view(&key)) };
    found.map_or(NULL, tag::bool_word)
}

unsafe extern "C" fn set_within(inner: Word, outer: Word) -> Word {
    // SAFETY: two live sets.
    let found = unsafe { set::table(view(&inner)).is_subset_quietly(set::table(view(&outer))) };
    found.map_or(NULL, tag::bool_word)
}

/// Returns the value that was there, None if there was none, or [`NOT_DONE`].
unsafe extern "C" fn dict_store(d: Word, key: Word, value: Word) -> Word {
    // SAFETY: a live dict, a live key and a live value.
    unsafe {
        let (d, key, value) = (view(&d), view(&key), view(&value));
        let t = dict::table(d);
        let (Some(hash), false) = (dict::quick_hash(key), t.is_watched()) else { return NOT_DONE };
        match t.find_quietly(key, hash) {
            None => NOT_DONE,
            Some(Some(i)) => t.replace_value(i, value.clone()).map_or(tag::NONE, Value::into_word),
            Some(None) => finish(t.append(key.clone(), hash, value.clone()).map(|()| Value::NONE)),
        }
    }
}

unsafe extern "C" fn del_item(container: Word, key: Word) -> Word {
    // SAFETY: the operands are live.
    done(unsafe { protocol::del_item(view(&container), view(&key)) })
}

unsafe extern "C" fn get_iter(v: Word) -> Word {
    // SAFETY: the operand is live.
    finish(unsafe { iter::iter(view(&v)) })
}

unsafe extern "C" fn for_next(it: Word) -> Word {
    // SAFETY: the operand is live.
    match unsafe { ops::for_next(view(&it)) } {
        Ok(Some(v)) => v.into_word(),
        Ok(None) => EXHAUSTED,
        Err(_) => NULL,
    }
}

unsafe extern "C" fn build_map(n: u64, items: *const Word) -> Word {
    // SAFETY: `2 * n` live values.
    finish(unsafe { dict::from_pairs(slice(items, 2 * n).chunks_exact(2).map(|p| (p[0].clone(), p[1].clone()))) })
}

unsafe extern "C" fn build_set(n: u64, items: *const Word) -> Word {
    // SAFETY: `n` live values.
    finish(unsafe { ops::build_set(items.add(n as usize).cast_mut(), n as usize) })
}

unsafe extern "C" fn build_string(n: u64, items: *const Word) -> Word {
    // SAFETY: `n` live strings.
    finish(unsafe { ops::build_string(items.add(n as usize).cast_mut(), n as usize) })
}

unsafe extern "C" fn list_extend(l: Word, iterable: Word) -> Word {
    // SAFETY: a live list and a live value.
    done(unsafe { ops::list_extend(view(&l), view(&iterable)) })
}

unsafe extern "C" fn set_add(s: Word, item: Word) -> Word {
    // SAFETY: live values.
    done(unsafe { set::add_to(view(&s), view(&item)).map(drop) })
}

unsafe extern "C" fn set_update(s: Word, items: Word) -> Word {
    // SAFETY: a live set and a live value.
    done(unsafe { set::update(view(&s), view(&items)).map(drop) })
}

unsafe extern "C" fn map_add(d: Word, key: Word, value: Word) -> Word {
    // SAFETY: a live dict and live values.
    done(unsafe { dict::set(view(&d), view(&key), view(&value)) })
}

unsafe extern "C" fn dict_update(d: Word, other: Word) -> Word {
    // SAFETY: a live dict and a live value.
    done(unsafe { ops::dict_update(view(&d), view(&other)) })
}

unsafe extern "C" fn binary_slice(container: Word, start: Word, stop: Word) -> Word {
    // SAFETY: the operands are live.
    finish(unsafe { ops::binary_slice(view(&container), view(&start), view(&stop)) })
}

unsafe extern "C" fn list_slice(container: Word, start: Word, stop: Word, step: Word) -> Word {
    // SAFETY: an exact list, small ints and Nones, and a step that is not 0: the trace has tested them.
    unsafe {
        let items = list::storage(view(&container));
        let bounds = slice::Unpacked::of_small(view(&start), view(&stop), view(&step)).expect("small ints");
        items.selection(&bounds.adjust(items.len())).into_word()
    }
}

unsafe extern "C" fn store_slice(value: Word, container: Word, start: Word, stop: Word) -> Word {
    // SAFETY: the operands are live.
    done(unsafe { ops::store_slice(view(&value), view(&container), view(&start), view(&stop)) })
}

unsafe extern "C" fn format_simple(v: Word) -> Word {
    // SAFETY: the operand is live.
    finish(unsafe { ops::format_simple(view(&v)) })
}

unsafe extern "C" fn format_with_spec(v: Word, spec: Word) -> Word {
    // SAFETY: the operands are live.
    finish(unsafe { crate::format::format_value(view(&v), view(&spec)) })
}

unsafe extern "C" fn convert_value(v: Word, how: u64) -> Word {
    // SAFETY: the operand is live.
    finish(unsafe { ops::convert_value(view(&v), how as usize) })
}

unsafe extern "C" fn store_name_in(d: Word, name: Word, value: Word) -> Word {
    // SAFETY: a live dict, an interned name, a live value.
    done(unsafe { dict::set(view(&d), view(&name), view(&value)) })
}

unsafe extern "C" fn delattr(v: Word, name: Word) -> Word {
    // SAFETY: live values.
    done(unsafe { protocol::attr::delattr(view(&v), view(&name)) })
}

unsafe extern "C" fn length(v: Word) -> Word {
    // SAFETY: a live value.
    finish(unsafe { protocol::len(view(&v)) }.map(Value::usize))
}

unsafe extern "C" fn match_kind(v: Word, flag: u64) -> Word {
    // SAFETY: a live value.
    tag::bool_word(unsafe { protocol::matches_as(view(&v), flag as u32) })
}

unsafe extern "C" fn match_keys(subject: Word, keys: Word) -> Word {
    // SAFETY: a live value and a live tuple.
    finish(unsafe { ops::match_keys(view(&subject), view(&keys)) })
}

unsafe extern "C" fn match_class(subject: Word, class: Word, positional: u64, names: Word) -> Word {
    // SAFETY: live values.
    finish(unsafe { ops::match_class(view(&subject), view(&class), positional as usize, view(&names)) })
}

unsafe extern "C" fn intrinsic_2(which: u64, a: Word, b: Word) -> Word {
    // SAFETY: live values.
    finish(unsafe { ops::intrinsic_2(which as usize, view(&a), view(&b)) })
}

unsafe extern "C" fn positive(v: Word) -> Word {
    // SAFETY: a live value.
    finish(unsafe { number::positive(view(&v)) })
}

unsafe extern "C" fn dict_merge(d: Word, other: Word, callable: Word) -> Word {
    // SAFETY: a live dict and live values.
    done(unsafe { ops::merge_keywords(view(&d), view(&other), view(&callable)) })
}

/// The `n` items of a sequence, the last first, as a tuple.
unsafe extern "C" fn unpack(v: Word, n: u64) -> Word {
    // SAFETY: a live value.
    spread(unsafe { view(&v) }, n as usize, |seq, at| unsafe { ops::unpack_sequence(seq, n as usize, at) })
}

/// What UNPACK_EX pushes, as a tuple.
unsafe extern "C" fn unpack_ex(v: Word, before: u64, after: u64) -> Word {
    let (before, after) = (before as usize, after as usize);
    // SAFETY: a live value.
    spread(unsafe { view(&v) }, before + after + 1, |seq, at| unsafe { ops::unpack_ex(seq, before, after, at) })
}

/// The words that `f` writes in place of a sequence.
fn spread(seq: &Value, n: usize, f: impl FnOnce(&Value, *mut Word) -> Res<*mut Word>) -> Word {
    let mut words = vec![NULL; n.max(1)];
    words[0] = seq.clone().into_word();
    match f(seq, words.as_mut_ptr()) {
        // SAFETY: `f` has replaced the sequence by `n` values.
        Ok(_) => unsafe { tuple::from_words(words.as_ptr(), n).into_word() },
        Err(_) => {
            // SAFETY: the reference taken above.
            drop(unsafe { Value::from_word(words[0]) });
            NULL
        }
    }
}

unsafe extern "C" fn super_attr(class: Word, this: Word, name: Word) -> Word {
    // SAFETY: live values.
    finish(unsafe { super_object::load(view(&class), view(&this), view(&name), false) }.map(|found| found.0))
}

unsafe extern "C" fn import_from(module: Word, name: Word) -> Word {
    // SAFETY: live values.
    finish(unsafe { crate::eval::import::import_from(view(&module), view(&name)) })
}

unsafe extern "C" fn make_function(code: Word, globals: Word, builtins: Word) -> Word {
    // SAFETY: a live code object and live dicts.
    unsafe { function::new(view(&code).clone(), view(&globals).clone(), view(&builtins).clone()).into_word() }
}

unsafe extern "C" fn set_function_attribute(f: Word, which: u64, value: Word) {
    // SAFETY: a live function that nobody else has seen; the value's reference is handed over.
    unsafe { function::set_attribute(view(&f), which as u32, Value::from_word(value)) }
}

unsafe extern "C" fn new_instance(class: *const Type, shape: u64) -> Word {
    // SAFETY: the trace keeps the class alive; the shape was its root shape when the trace was recorded.
    unsafe { object::new_shaped(&*class, shape as u32).into_word() }
}

unsafe extern "C" fn build_tuple(n: u64, items: *const Word) -> Word {
    // SAFETY: `n` values whose references are handed over.
    unsafe { tuple::from_words(items, n as usize).into_word() }
}

unsafe extern "C" fn build_list(n: u64, items: *const Word) -> Word {
    // SAFETY: `n` values whose references are handed over.
    unsafe { list::from_words(items, n as usize).into_word() }
}

unsafe extern "C" fn build_slice(start: Word, stop: Word, step: Word) -> Word {
    // SAFETY: three values whose references are handed over.
    unsafe { slice::new(Value::from_word(start), Value::from_word(stop), Value::from_word(step)).into_word() }
}

unsafe extern "C" fn new_cell(content: Word) -> Word {
    // SAFETY: NULL or a value whose reference is handed over.
    cellobject::new((content != NULL).then(|| unsafe { Value::from_word(content) })).into_word()
}

unsafe extern "C" fn new_method(f: Word, this: Word) -> Word {
    // SAFETY: two values whose references are handed over.
    unsafe { method::new(Value::from_word(f), Value::from_word(this)).into_word() }
}

unsafe extern "C" fn list_append(l: Word, item: Word) {
    // SAFETY: a live list and a value whose reference is handed over.
    unsafe { list::push(view(&l), Value::from_word(item)) }
}

unsafe extern "C" fn list_pop(l: Word) -> Word {
    // SAFETY: a live list, which the trace has found not to be empty.
    unsafe { list::pop(view(&l)).map_or(tag::NONE, Value::into_word) }
}

unsafe extern "C" fn list_to_tuple(l: Word) -> Word {
    // SAFETY: a live list.
    unsafe { tuple::from_vec(list::to_vec(view(&l))).into_word() }
}

unsafe extern "C" fn list_iter(l: Word) -> Word {
    // SAFETY: a live list.
    unsafe { list::new_iter(view(&l)).into_word() }
}

unsafe extern "C" fn range_iter(start: u64, stop: u64, step: u64) -> Word {
    crate::types::range::iter::small(start as i64 >> 1, stop as i64 >> 1, step as i64 >> 1).into_word()
}

unsafe extern "C" fn str_concat(a: Word, b: Word) -> Word {
    // SAFETY: two live strings.
    finish(unsafe { str::concat(view(&a), view(&b)) })
}

unsafe extern "C" fn str_equal(a: Word, b: Word) -> u64 {
    // SAFETY: two live strings.
    unsafe { str::equal(view(&a), view(&b)) as u64 }
}

unsafe extern "C" fn str_item(s: Word, i: u64) -> Word {
    // SAFETY: a live string.
    finish(unsafe { protocol::get_item(view(&s), &Value::int(i as i64 >> 1)) })
}

unsafe extern "C" fn is_subtype_of(v: Word, class: *const Type) -> u64 {
    // SAFETY: a live value, and a class that the trace keeps alive.
    unsafe { view(&v).class().is_subtype(&*class) as u64 }
}

unsafe extern "C" fn suspend_generator(g: Word, ip: *const u16, resume: *const u16, words: u64) {
    // SAFETY: a generator that runs in the trace, about to wait at an instruction of its code.
    unsafe { generator::waits_at(view(&g), ip, resume, words as usize) }
}

extern "C" fn new_set() -> Word {
    set::new().into_word()
}

unsafe extern "C" fn set_add_quietly(s: Word, key: Word) -> u64 {
    // SAFETY: a live set and a live value.
    unsafe {
        let key = view(&key);
        dict::quick_hash(key).is_some_and(|hash| set::table(view(&s)).add_quietly(key, hash)) as u64
    }
}

unsafe extern "C" fn gather_take(v: Word) -> u64 {
    // SAFETY: the running frame is a generator's, the trace's root; its reference goes with the value if that is taken.
    unsafe {
        let frame = crate::thread::thread().frame.get();
        if (*frame).cont != crate::frame::Continuation::Gather {
            return 0;
        }
        let value = view(&v).clone().into_word();
        let taken = crate::eval::gather::take(frame, value);
        if !taken {
            crate::value::decref(value);
        }
        taken as u64
    }
}

unsafe extern "C" fn finish_generator(g: Word) {
    // SAFETY: a generator that runs in the trace, which owns what its frame held.
    unsafe { generator::finish_emptied(view(&g)) }
}

extern "C" fn float_pow(x: f64, y: f64) -> f64 {
    crate::types::float::libm::pow(x, y)
}

extern "C" fn float_floordiv(x: f64, y: f64) -> f64 {
    crate::types::float::arith::div_mod(x, y).map_or(f64::NAN, |r| r.0)
}

extern "C" fn float_mod(x: f64, y: f64) -> f64 {
    crate::types::float::arith::modulo(x, y).unwrap_or(f64::NAN)
}

extern "C" fn float_round(x: f64) -> f64 {
    x.round_ties_even()
}

macro_rules! helpers {
    ($($name:ident = $f:path, [$($param:tt)*] $(, array $array:tt)? => $result:ident $($flag:ident)* : $does:expr;)*) => {
        /// The numbers of the helpers.
        #[derive(Clone, Copy)]
        pub struct Ids {
            $(#[doc = concat!("`", stringify!($name), "`.")] pub $name: HelperId,)*
        }

        /// Declares all helpers.
        pub fn declare() -> (Helpers, Ids) {
            let mut h = Helpers::default();
            let ids = Ids {
                $($name: h.add(Helper {
                    name: stringify!($name),
                    address: $f as *const () as usize,
                    params: params!($($param)*),
                    #[allow(unused_mut, unused_assignments)]
                    array: { let mut a = None; $(a = Some(params!($array)[0]);)? a },
                    result: Ty::$result,
                    owned: helpers!(@has owned $($flag)*),
                    raises: helpers!(@has raises $($flag)*),
                    does: $does,
                }),)*
            };
            (h, ids)
        }
    };
    (@has owned owned $($rest:ident)*) => { true };
    (@has raises raises $($rest:ident)*) => { true };
    (@has $want:ident $other:ident $($rest:ident)*) => { helpers!(@has $want $($rest)*) };
    (@has $want:ident) => { false };
}

macro_rules! params {
    ($($p:ident)*) => { vec![$(param!($p)),*] };
}

macro_rules! param {
    (take) => {
        Param::consumed(Ty::V)
    };
    ($ty:ident) => {
        Param::borrowed(Ty::$ty)
    };
}

const PYTHON: Does = Does::RunsPython;
/// Makes an object and touches nothing else.
const MAKES: Does = Does::Writes(0);
/// Changes its first argument, and the items that belong to it.
const FIRST: Does = Does::WritesFirst(writes(Alias::Field) | writes(Alias::Items));

helpers! {
    binary_op = binary_op, [W V V] => V owned raises: PYTHON;
    compare_op = compare_op, [W V V] => V owned raises: PYTHON;
    to_bool = to_bool, [V] => V raises: PYTHON;
    contains = contains, [V V W] => V raises: PYTHON;
    negative = negative, [V] => V owned raises: PYTHON;
    invert = invert, [V] => V owned raises: PYTHON;
    getattr = getattr, [V V] => V owned raises: PYTHON;
    setattr = setattr, [V V V] => None raises: PYTHON;
    set_item = set_item, [V V V] => None raises: PYTHON;
    del_item = del_item, [V V] => None raises: PYTHON;
    get_iter = get_iter, [V] => V owned raises: PYTHON;
    get_iter_quietly = get_iter, [P] => V owned raises: MAKES;
    for_next = for_next, [V] => V owned raises: PYTHON;
    call_n = residual_call::positional, [V W], array take => V owned raises: PYTHON;
    call_kw = residual_call::keywords, [V W V], array take => V owned raises: PYTHON;
    call_ex = residual_call::spread_out, [V take V] => V owned raises: PYTHON;
    build_map = build_map, [W], array V => V owned raises: PYTHON;
    build_set = build_set, [W], array V => V owned raises: PYTHON;
    build_string = build_string, [W], array V => V owned raises: PYTHON;
    list_extend = list_extend, [V V] => None raises: PYTHON;
    set_add = set_add, [V V] => None raises: PYTHON;
    set_update = set_update, [V V] => None raises: PYTHON;
    map_add = map_add, [V V V] => None raises: PYTHON;
    dict_update = dict_update, [V V] => None raises: PYTHON;
    binary_slice = binary_slice, [V V V] => V owned raises: PYTHON;
    list_slice = list_slice, [P V V V] => P owned: Does::Reads;
    store_slice = store_slice, [V V V V] => None raises: PYTHON;
    format_simple = format_simple, [V] => V owned raises: PYTHON;
    format_with_spec = format_with_spec, [V V] => V owned raises: PYTHON;
    convert_value = convert_value, [V W] => V owned raises: PYTHON;
    store_name_in = store_name_in, [V V V] => None raises: PYTHON;
    raise = raising::raise, [V V] => W: PYTHON;
    catch_here = raising::catch_here, [W W] => V owned: MAKES;
    push_exc_info = raising::push_exc_info, [take] => V owned: MAKES;
    pop_except = raising::pop_except, [take] => V owned: MAKES;
    exc_matches = raising::exc_matches, [V V] => V: Does::Reads;
    call_builtin = natives::call_builtin, [V W], array V => V owned raises: PYTHON;
    call_builtin_quietly = natives::call_builtin, [V W], array V => V owned raises: MAKES;
    call_method = natives::call_method, [V W], array V => V owned raises: PYTHON;
    call_method_quietly = natives::call_method, [V W], array V => V owned raises: MAKES;
    list_of = natives::list_of, [V] => V owned raises: PYTHON;
    tuple_of = natives::tuple_of, [V] => V owned raises: PYTHON;
    set_of = natives::set_of, [V] => V owned raises: PYTHON;
    str_of = natives::str_of, [V] => V owned raises: PYTHON;
    str_of_plain = natives::str_of, [V] => V owned raises: MAKES;
    new_dict = natives::new_dict, [] => P owned: MAKES;
    list_copy = natives::list_copy, [P] => P owned: MAKES;
    list_of_tuple = natives::list_of_tuple, [P] => P owned: MAKES;
    set_combined = natives::set_combined, [W V V] => V owned raises: PYTHON;
    set_next = natives::set_next, [P] => V owned: FIRST;
    dict_next_key = natives::dict_next_key, [P] => V owned: FIRST;
    dict_next_value = natives::dict_next_value, [P] => V owned: FIRST;
    dict_value_here = natives::dict_value_here, [P] => V owned: Does::Reads;
    str_next = natives::str_next, [P] => V owned: FIRST;
    delattr = delattr, [V V] => None raises: PYTHON;
    length = length, [V] => V raises: PYTHON;
    match_kind = match_kind, [V W] => V: Does::Reads;
    match_keys = match_keys, [V V] => V owned raises: PYTHON;
    match_class = match_class, [V V W V] => V owned raises: PYTHON;
    intrinsic_2 = intrinsic_2, [W V V] => V owned raises: PYTHON;
    positive = positive, [V] => V owned raises: PYTHON;
    dict_merge = dict_merge, [V V V] => None raises: PYTHON;
    unpack = unpack, [V W] => V owned raises: MAKES;
    unpack_ex = unpack_ex, [V W W] => V owned raises: MAKES;
    super_attr = super_attr, [V V V] => V owned raises: PYTHON;
    import_from = import_from, [V V] => V owned raises: PYTHON;
    make_function = make_function, [V V V] => V owned: MAKES;
    set_function_attribute = set_function_attribute, [V W take] => None: Does::WritesFirst(writes(Alias::Field));
    new_instance = new_instance, [W W] => P owned: MAKES;
    build_tuple = build_tuple, [W], array take => P owned: MAKES;
    build_list = build_list, [W], array take => P owned: MAKES;
    build_slice = build_slice, [take take take] => P owned: MAKES;
    new_cell = new_cell, [take] => P owned: MAKES;
    new_method = new_method, [take take] => P owned: MAKES;
    list_append = list_append, [P take] => None: FIRST;
    list_pop = list_pop, [P] => V owned: FIRST;
    list_to_tuple = list_to_tuple, [P] => P owned: MAKES;
    list_iter = list_iter, [P] => P owned: MAKES;
    range_iter = range_iter, [I I I] => P owned: MAKES;
    dict_item = dict_item, [P V] => V owned: Does::Reads;
    dict_get = dict_get, [P V V] => V owned: Does::Reads;
    dict_has = dict_has, [P V] => V: Does::Reads;
    set_has = set_has, [P V] => V: Does::Reads;
    set_within = set_within, [P P] => V: Does::Reads;
    dict_store = dict_store, [P V V] => V owned raises: FIRST;
    suspend_generator = suspend_generator, [P W W W] => None: Does::WritesFirst(writes(Alias::Field));
    finish_generator = finish_generator, [P] => None: Does::WritesFirst(writes(Alias::Field));
    new_set = new_set, [] => P owned: MAKES;
    set_add_quietly = set_add_quietly, [P V] => W: FIRST;
    gather_take = gather_take, [V] => W: MAKES;
    str_concat = str_concat, [V V] => V owned raises: MAKES;
    str_equal = str_equal, [V V] => B: Does::Nothing;
    str_item = str_item, [V I] => V owned raises: MAKES;
    is_subtype_of = is_subtype_of, [V W] => B: Does::Reads;
    float_pow = float_pow, [F F] => F: Does::Nothing;
    float_floordiv = float_floordiv, [F F] => F: Does::Nothing;
    float_mod = float_mod, [F F] => F: Does::Nothing;
    float_round = float_round, [F] => F: Does::Nothing;
    sin = math::sin, [F] => F: Does::Nothing;
    cos = math::cos, [F] => F: Does::Nothing;
    tan = math::tan, [F] => F: Does::Nothing;
    atan = math::atan, [F] => F: Does::Nothing;
    exp = math::exp, [F] => F: Does::Nothing;
    log = math::log, [F] => F: Does::Nothing;
    atan2 = math::atan2, [F F] => F: Does::Nothing;
    hypot = math::hypot, [F F] => F: Does::Nothing;
}

/// The functions of `math` that compiled code calls with floats. Where Python raises, the recorder guards.
mod math {
    use crate::types::float::{exact, libm};

    pub extern "C" fn sin(x: f64) -> f64 {
        libm::sin(x)
    }

    pub extern "C" fn cos(x: f64) -> f64 {
        libm::cos(x)
    }

    pub extern "C" fn tan(x: f64) -> f64 {
        libm::tan(x)
    }

    pub extern "C" fn atan(x: f64) -> f64 {
        libm::atan(x)
    }

    pub extern "C" fn exp(x: f64) -> f64 {
        libm::exp(x)
    }

    pub extern "C" fn log(x: f64) -> f64 {
        libm::log(x)
    }

    pub extern "C" fn atan2(x: f64, y: f64) -> f64 {
        libm::atan2(x, y)
    }

    // Not the C library's, which rounds differently.
    pub extern "C" fn hypot(x: f64, y: f64) -> f64 {
        exact::norm(&mut [x.abs(), y.abs()])
    }
}

static IDS: Global<Option<Ids>> = Global::new(None);

/// Remembers the numbers.
pub fn set_ids(ids: Ids) {
    // SAFETY: the GIL is held.
    unsafe { *IDS.get() = Some(ids) };
}

/// The numbers of the helpers.
///
/// # Panics
/// If the JIT was not switched on.
pub fn ids() -> &'static Ids {
    // SAFETY: set once, under the GIL, before anything is recorded.
    unsafe { (*IDS.get()).as_ref().expect("the JIT is on") }
}
