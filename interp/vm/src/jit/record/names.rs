//! Globals, cells, functions being made.

use super::{Cx, LOCALS, Recorded, Recorder, unsupported};
use crate::frame::Frame;
use crate::jit::{helpers, watch};
use crate::types::{cellobject, dict, function, tuple};
use crate::value::Value;
use crate::vm::types;
use weft_jit::Ty;
use weft_layout::op::Op;
use weft_layout::tag::{NULL, Word};

/// Whether a global of this value is likely to stay: functions, classes and modules do.
fn is_lasting(v: &Value) -> bool {
    let t = types();
    let c = v.class();
    v.is_heap()
        && ([t.function, t.builtin_function, t.module, t.method_descriptor].iter().any(|x| std::ptr::eq(c, *x)) || c.is_subtype(t.type_))
}

impl Recorder {
    /// The globals and builtins of the instruction's frame.
    fn namespaces(&self, cx: &Cx) -> (&'static Value, &'static Value) {
        // SAFETY: the frame's function keeps them alive, and the recording that.
        unsafe { (Value::from_word_ref(&(*cx.frame).globals), Value::from_word_ref(&(*cx.frame).builtins)) }
    }

    pub(super) fn load_global(&mut self, cx: &Cx) -> Recorded {
        let name = cx.name(cx.arg >> 1);
        let method = cx.arg & 1 != 0;
        let (globals, builtins) = self.namespaces(cx);
        let v = self.global(globals, builtins, name)?;
        let Some(v) = v else { return unsupported("a global that is not there") };
        if method {
            let null = self.b.const_value(NULL);
            self.replace(cx, 0, &[v, null])
        } else {
            self.push(cx, v)
        }
    }

    fn global(&mut self, globals: &Value, builtins: &Value, name: &Value) -> Recorded<Option<weft_jit::Ref>> {
        let exact = |d: &Value| std::ptr::eq(d.class(), types().dict);
        if !exact(globals) || !exact(builtins) {
            return unsupported("globals that are no plain dict");
        }
        if let Some(v) = dict::get_str(globals, name) {
            if is_lasting(&v) && self.rely_on_name(globals, name) {
                return Ok(Some(self.constant(&v)));
            }
            return self.global_variable(globals, name).map(Some);
        }
        let Some(v) = dict::get_str(builtins, name) else { return Ok(None) };
        if self.rely_on_name(globals, name) && self.rely_on_name(builtins, name) {
            return Ok(Some(self.constant(&v)));
        }
        unsupported("a builtin that changes")
    }

    /// A global that may change: loaded from its entry, as long as the dict has the same keys.
    fn global_variable(&mut self, globals: &Value, name: &Value) -> Recorded<weft_jit::Ref> {
        let version = dict::keys_version(globals);
        let Some(index) = dict::lookup_index(globals, name) else { return unsupported("a global that is not there") };
        let offset = index as usize * size_of::<dict::Entry>() + std::mem::offset_of!(dict::Entry, value);
        if version == 0 || offset >= 1 << 15 {
            return unsupported("a dict of globals that is too large");
        }
        self.pins.push(globals.clone());
        let d = self.b.const_ptr(globals.word());
        let version = self.word(version as u64);
        self.b.access(Op::GuardMemU32, &[d, version], dict::VERSION_OFFSET as u16, None)?;
        let entries = self.b.load(Op::LoadWord, d, dict::ENTRIES_OFFSET as u16)?;
        let v = self.b.access(Op::LoadValue, &[entries], offset as u16, Some(weft_jit::Alias::Items))?;
        self.loaded(v, dict::value_at(globals, index))
    }

    pub(super) fn store_global(&mut self, cx: &Cx) -> Recorded {
        let (globals, _) = self.namespaces(cx);
        let name = cx.name(cx.arg);
        self.store_in(cx, globals, name)
    }

    fn store_in(&mut self, cx: &Cx, d: &Value, name: &Value) -> Recorded {
        let key = watch::name_key(d.word(), name.word());
        watch::is_changed_by_code(key);
        if self.keys.contains(&key) {
            return unsupported("a global that the trace relies on is assigned");
        }
        let v = self.top(cx, 1)?;
        self.pins.push(d.clone());
        let (d, name) = (self.b.const_ptr(d.word()), self.constant(name));
        self.residual(cx, helpers::ids().store_name_in, &[d, name, v], 1).map(drop)
    }

    /// The namespace of a module's frame, which is its globals too.
    fn module_namespace(&self, cx: &Cx) -> Recorded<&'static Value> {
        let (globals, _) = self.namespaces(cx);
        // SAFETY: the frame owns its namespace.
        if unsafe { (*cx.frame).locals } != globals.word() || self.frames.len() > 1 {
            return unsupported("a namespace that is not the globals");
        }
        Ok(globals)
    }

    pub(super) fn load_name(&mut self, cx: &Cx) -> Recorded {
        let globals = self.module_namespace(cx)?;
        let (_, builtins) = self.namespaces(cx);
        match self.global(globals, builtins, cx.name(cx.arg))? {
            Some(v) => self.push(cx, v),
            None => unsupported("a name that is not there"),
        }
    }

    pub(super) fn store_name(&mut self, cx: &Cx) -> Recorded {
        let globals = self.module_namespace(cx)?;
        self.store_in(cx, globals, cx.name(cx.arg))
    }

    // --- cells ------------------------------------------------------------------------------------------------------

    pub(super) fn make_cell(&mut self, cx: &Cx) -> Recorded {
        // SAFETY: a local of the frame.
        let w = unsafe { *Frame::locals(cx.frame).add(cx.arg) };
        let v = self.local(cx.arg)?;
        let v = if w == NULL {
            if self.b.ty(v) == Ty::V && !v.is_const() {
                self.b.emit(Op::GuardNull, &[v])?;
            }
            self.b.const_value(NULL)
        } else {
            let v = self.boxed_all(&[v])?[0];
            if self.b.ty(v) == Ty::V {
                self.b.emit(Op::GuardNonNull, &[v])?;
            }
            v
        };
        let old = self.b.take_slot(LOCALS + cx.arg)?;
        let cell = self.b.call(helpers::ids().new_cell, &[v])?;
        let cell = self.b.assume_object(cell, Some(types().cell.root_shape()))?;
        self.b.set_slot(LOCALS + cx.arg, cell);
        self.set_words(cx, cx.next, cx.depth, 0);
        self.b.discard_nullable(old)
    }

    pub(super) fn copy_free_vars(&mut self, cx: &Cx) -> Recorded {
        let f = self.b.slot(0)?;
        // SAFETY: the frame owns its function.
        let func = unsafe { Frame::function(cx.frame) };
        let Some(closure) = function::this(&func).closure.get() else { return unsupported("a function without its closure") };
        let base = cx.code.nlocalsplus() - cx.arg;
        let cells: Vec<Value> = tuple::items(&closure).to_vec();
        // A constant function's cells are constants: __closure__ cannot be changed.
        let t = if f.is_const() {
            None
        } else {
            let p = self.guard_shape_of(f, &func)?;
            Some(self.b.load(Op::LoadValue, p, function::CLOSURE_OFFSET as u16)?)
        };
        for (i, cell) in cells.iter().enumerate() {
            let c = match t {
                None => self.constant(cell),
                Some(t) => {
                    let t = self.guard_shape_of(t, &closure)?;
                    let c = self.b.load(Op::LoadValue, t, (tuple::ITEMS_OFFSET + 8 * i) as u16)?;
                    let c = self.b.assume_object(c, Some(types().cell.root_shape()))?;
                    self.b.incref(c)?;
                    c
                }
            };
            self.b.set_slot(LOCALS + base + i, c);
        }
        self.replace(cx, 0, &[])
    }

    /// The cell in a local, and what it holds now.
    fn cell(&mut self, cx: &Cx, i: usize) -> Recorded<(weft_jit::Ref, Word)> {
        // SAFETY: the local holds a cell.
        let cell = unsafe { Value::clone_word(*Frame::locals(cx.frame).add(i)) };
        let r = self.local(i)?;
        let p = self.guard_shape_of(r, &cell)?;
        Ok((p, cellobject::this(&cell).content.word()))
    }

    pub(super) fn load_deref(&mut self, cx: &Cx) -> Recorded {
        let (cell, w) = self.cell(cx, cx.arg)?;
        if w == NULL {
            return unsupported("an unbound cell");
        }
        let v = self.b.load(Op::LoadValue, cell, cellobject::CONTENT_OFFSET as u16)?;
        let v = self.loaded(v, w)?;
        self.push(cx, v)
    }

    pub(super) fn store_deref(&mut self, cx: &Cx) -> Recorded {
        let (cell, w) = self.cell(cx, cx.arg)?;
        let v = self.top(cx, 1)?;
        let old = self.b.load(Op::LoadValue, cell, cellobject::CONTENT_OFFSET as u16)?;
        let old = self.old_value(old, w)?;
        let v = self.boxed_all(&[v])?[0];
        let operands = self.take(cx, 1)?;
        self.set_words(cx, cx.next, cx.depth - 1, 0);
        self.b.store(Op::StoreWord, cell, v, cellobject::CONTENT_OFFSET as u16)?;
        if let Some(old) = old {
            self.b.own(old)?;
            self.b.discard_nullable(old)?;
        }
        self.discard_all(&operands)
    }

    // --- functions --------------------------------------------------------------------------------------------------

    pub(super) fn make_function(&mut self, cx: &Cx) -> Recorded {
        let (globals, builtins) = self.namespaces(cx);
        self.pins.extend([globals.clone(), builtins.clone()]);
        let code = self.top(cx, 1)?;
        let args = [code, self.b.const_ptr(globals.word()), self.b.const_ptr(builtins.word())];
        let f = self.b.call(helpers::ids().make_function, &args)?;
        let f = self.b.assume_object(f, Some(types().function.root_shape()))?;
        self.replace(cx, 1, &[f])
    }

    pub(super) fn set_function_attribute(&mut self, cx: &Cx) -> Recorded {
        // Stack: attribute, function.
        let (attribute, f) = (self.top(cx, 2)?, self.top(cx, 1)?);
        let attribute = self.boxed_all(&[attribute])?[0];
        let operands = self.take(cx, 2)?;
        self.b.set_slot(LOCALS + cx.depth - 2, f);
        self.set_words(cx, cx.next, cx.depth - 1, 0);
        let which = self.word(cx.arg as u64);
        self.b.call(helpers::ids().set_function_attribute, &[f, which, attribute])?;
        self.discard_all(&operands)
    }
}
