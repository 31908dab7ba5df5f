//! Calls of native functions and methods that have no ops of their own, and of the constructors of built-in classes: helpers
//! are called for what the call comes to, with its operands as they lie on the stack.
//!
//! A call is *quiet* if, with arguments of the types it is guarded to have, it runs no Python code: nothing that the optimiser
//! knows changes then, and values may stay in registers.

use super::arith::Num;
use super::{Cx, Recorded, Recorder};
use crate::class::Type;
use crate::class::native::Binding;
use crate::jit::helpers;
use crate::types::dict::is_exact_str;
use crate::types::{builtin_function, descriptor};
use crate::value::Value;
use crate::vm::types;
use weft_jit::{Ref, Ty};
use weft_layout::tag;

/// Methods of str that are quiet with plain arguments.
const QUIET_STR: &[&str] = &[
    "startswith",
    "endswith",
    "find",
    "rfind",
    "index",
    "rindex",
    "count",
    "replace",
    "strip",
    "lstrip",
    "rstrip",
    "upper",
    "lower",
    "title",
    "capitalize",
    "swapcase",
    "casefold",
    "isdigit",
    "isalpha",
    "isalnum",
    "isspace",
    "isupper",
    "islower",
    "isidentifier",
    "isdecimal",
    "isnumeric",
    "isascii",
    "split",
    "rsplit",
    "splitlines",
    "partition",
    "rpartition",
    "zfill",
    "ljust",
    "rjust",
    "center",
    "removeprefix",
    "removesuffix",
];

/// Builtins that are quiet with plain arguments.
const QUIET_BUILTINS: &[&str] = &["ord", "chr", "hex", "oct", "bin", "divmod", "pow", "round", "hash"];

impl Recorder {
    /// An int, float, bool, None or exact str, guarded to be of its type, as a tagged value; `None` if it is something else.
    fn plain(&mut self, r: Ref, v: &Value) -> Recorded<Option<Ref>> {
        if tag::is_bool(v.word()) {
            let b = self.boolean(r)?;
            return self.b.boxed(b).map(Some);
        }
        if let Some(n) = self.number(r, v.word())? {
            let (Num::Int(n, _) | Num::Float(n, _)) = n;
            return self.b.boxed(n).map(Some);
        }
        if is_exact_str(v) {
            if !r.is_const() {
                self.guard_shape_of(r, v)?;
            }
            return Ok(Some(r));
        }
        if v.is_heap() {
            return Ok(None);
        }
        let c = self.guard_same(r, v)?;
        self.b.boxed(c).map(Some)
    }

    /// All of these as [`Self::plain`]: the last of them is on top of the stack.
    fn all_plain(&mut self, cx: &Cx, args: &[Ref]) -> Recorded<Option<Vec<Ref>>> {
        let plain = |v: &Value| !v.is_heap() || is_exact_str(v);
        let n = args.len();
        if !(1..=n).all(|k| plain(cx.value(k))) {
            return Ok(None);
        }
        let mut list = Vec::with_capacity(n);
        for (i, &r) in args.iter().enumerate() {
            let Some(r) = self.plain(r, cx.value(n - i))? else { return Ok(None) };
            list.push(r);
        }
        Ok(Some(list))
    }

    /// A function of a native module. Whether it was recorded.
    pub(super) fn native_function(&mut self, cx: &Cx, f: Ref, callable: &Value, args: &[Ref]) -> Recorded<bool> {
        let h = helpers::ids();
        if builtin_function::payload(callable).bound_self().is_some() || builtin_function::is_constructor(callable) || args.len() != cx.arg
        {
            return Ok(false);
        }
        let quiet = builtin_function::origin(callable).is_some_and(|(m, name)| m == "builtins" && QUIET_BUILTINS.contains(&name));
        let c = self.guard_same(f, callable)?;
        let n = self.word(args.len() as u64);
        if quiet && let Some(args) = self.all_plain(cx, args)? {
            let mut all = vec![c, n];
            all.extend(args);
            let r = self.b.call(h.call_builtin_quietly, &all)?;
            self.may_push = true;
            self.replace(cx, cx.arg + 2, &[r])?;
            return Ok(true);
        }
        let mut all = vec![c, n];
        all.extend(args);
        self.residual(cx, h.call_builtin, &all, cx.arg + 2)?;
        Ok(true)
    }

    /// A native method, called on an instance of the class it belongs to. Whether it was recorded.
    pub(super) fn native_method(&mut self, cx: &Cx, f: Ref, callable: &Value, args: &[Ref]) -> Recorded<bool> {
        let (h, t) = (helpers::ids(), types());
        let m = descriptor::method_payload(callable);
        if args.is_empty() || m.def.binding != Binding::Instance || args.len() != cx.arg + 1 {
            return Ok(false);
        }
        let this = cx.value(args.len());
        if !this.is_heap() || !this.is_instance(m.owner()) {
            return Ok(false);
        }
        let c = self.guard_same(f, callable)?;
        let n = self.word(args.len() as u64);
        if is_exact_str(this)
            && QUIET_STR.contains(&m.def.name)
            && let Some(args) = self.all_plain(cx, args)?
        {
            let mut all = vec![c, n];
            all.extend(args);
            let r = self.b.call(h.call_method_quietly, &all)?;
            self.may_push = true;
            self.replace(cx, cx.arg + 2, &[r])?;
            return Ok(true);
        }
        let p = match self.b.ty(args[0]) {
            Ty::V | Ty::P => self.guard_shape_of(args[0], this)?,
            _ => self.b.boxed(args[0])?,
        };
        let mut all = vec![c, n, p];
        all.extend(&args[1..]);
        let is_view = std::ptr::eq(this.class(), t.dict) && args.len() == 1 && ["keys", "values", "items"].contains(&m.def.name);
        if is_view {
            let r = self.b.call(h.call_method_quietly, &all)?;
            self.may_push = true;
            self.replace(cx, cx.arg + 2, &[r])?;
            return Ok(true);
        }
        self.residual(cx, h.call_method, &all, cx.arg + 2)?;
        Ok(true)
    }

    /// A call of `list`, `tuple`, `dict`, `set`, `str` or `bool`. Whether it was recorded.
    pub(super) fn construct(&mut self, cx: &Cx, f: Ref, callable: &Value, class: &'static Type, args: &[Ref]) -> Recorded<bool> {
        let (h, t) = (helpers::ids(), types());
        let is = |c: &'static Type| std::ptr::eq(class, c);
        let n = cx.arg + 2;
        if args.is_empty() {
            let zero = self.word(0);
            let (helper, params) = match () {
                _ if is(t.list) => (h.build_list, vec![zero]),
                _ if is(t.dict) => (h.new_dict, vec![]),
                _ if is(t.set) => (h.new_set, vec![]),
                _ => return Ok(false),
            };
            self.guard_same(f, callable)?;
            let made = self.b.call(helper, &params)?;
            let made = self.b.assume_object(made, Some(class.root_shape()))?;
            self.replace(cx, n, &[made])?;
            return Ok(true);
        }
        if args.len() != 1 {
            return Ok(false);
        }
        let (v, r) = (cx.value(1), args[0]);
        let exactly = |c: &'static Type| v.is_heap() && std::ptr::eq(v.class(), c);
        if is(t.list) || is(t.tuple) {
            let quiet = if exactly(t.list) {
                Some(if is(t.list) { h.list_copy } else { h.list_to_tuple })
            } else if exactly(t.tuple) && is(t.list) {
                Some(h.list_of_tuple)
            } else {
                None
            };
            self.guard_same(f, callable)?;
            if is(t.tuple) && exactly(t.tuple) {
                let p = self.guard_shape_of(r, v)?;
                self.replace(cx, n, &[p])?;
                return Ok(true);
            }
            if let Some(helper) = quiet {
                let p = self.guard_shape_of(r, v)?;
                let made = self.b.call(helper, &[p])?;
                let made = self.b.assume_object(made, Some(class.root_shape()))?;
                self.replace(cx, n, &[made])?;
                return Ok(true);
            }
            self.residual(cx, if is(t.list) { h.list_of } else { h.tuple_of }, &[r], n)?;
            return Ok(true);
        }
        if is(t.set) {
            self.guard_same(f, callable)?;
            self.residual(cx, h.set_of, &[r], n)?;
            return Ok(true);
        }
        if is(t.bool) {
            self.guard_same(f, callable)?;
            self.residual(cx, h.to_bool, &[r], n)?;
            return Ok(true);
        }
        if is(t.str) {
            self.guard_same(f, callable)?;
            if is_exact_str(v) || tag::is_int(v.word()) || tag::is_float(v.word()) {
                let Some(r) = self.plain(r, v)? else { return Ok(false) };
                let made = if is_exact_str(v) { r } else { self.b.call(h.str_of_plain, &[r])? };
                self.replace(cx, n, &[made])?;
            } else {
                self.residual(cx, h.str_of, &[r], n)?;
            }
            return Ok(true);
        }
        Ok(false)
    }
}
