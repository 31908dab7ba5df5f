//! Globals, names of a namespace, cells, and imports.

use super::{Flow, Loop, view};
use crate::eval::{fast, ops, specialise};
use crate::types::cellobject;
use crate::value::Value;
use weft_compiler::opcode::op;
use weft_layout::tag::NULL;

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn load_global_module(&mut self) -> Flow {
        let w = fast::global_of_module(self.ip, (*self.frame).globals);
        if w == NULL {
            return self.general(op::LOAD_GLOBAL);
        }
        self.ip = self.ip.add(4);
        self.push(w);
        if self.arg & 1 != 0 {
            self.push(NULL);
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_global_builtin(&mut self) -> Flow {
        let w = fast::global_of_builtins(self.ip, (*self.frame).code, (*self.frame).globals, (*self.frame).builtins);
        if w == NULL {
            return self.general(op::LOAD_GLOBAL);
        }
        self.ip = self.ip.add(4);
        self.push(w);
        if self.arg & 1 != 0 {
            self.push(NULL);
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_global(&mut self) -> Flow {
        adapt!(self, load_global(self.frame, self.name(self.arg >> 1)));
        self.skip_caches::<{ op::LOAD_GLOBAL }>();
        let v = attempt!(ops::load_global(self.frame, self.name(self.arg >> 1)));
        self.push(v.into_word());
        if self.arg & 1 != 0 {
            self.push(NULL);
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_global(&mut self) -> Flow {
        attempt!(ops::store_global(self.frame, self.name(self.arg), self.operand(1)));
        self.discard::<1>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn delete_global(&mut self) -> Flow {
        attempt!(ops::delete_global(self.frame, self.name(self.arg)));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_name(&mut self) -> Flow {
        let v = attempt!(ops::load_name(self.frame, self.name(self.arg)));
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_name(&mut self) -> Flow {
        attempt!(ops::store_name(self.frame, self.name(self.arg), self.operand(1)));
        self.discard::<1>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn delete_name(&mut self) -> Flow {
        attempt!(ops::delete_name(self.frame, self.name(self.arg)));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_locals(&mut self) -> Flow {
        let v = attempt!(ops::load_locals(self.frame));
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_from_dict_or_globals(&mut self) -> Flow {
        let v = attempt!(ops::from_dict_or_globals(self.frame, self.operand(1), self.name(self.arg)));
        self.replace::<1>(v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_from_dict_or_deref(&mut self) -> Flow {
        let v = attempt!(ops::from_dict_or_deref(self.frame, self.operand(1), self.arg));
        self.replace::<1>(v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_build_class(&mut self) -> Flow {
        let v = attempt!(ops::load_build_class(self.frame));
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn setup_annotations(&mut self) -> Flow {
        attempt!(ops::setup_annotations(self.frame));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn make_cell(&mut self) -> Flow {
        let initial = *self.local(self.arg);
        let content = if initial == NULL { None } else { Some(Value::from_word(initial)) };
        *self.local(self.arg) = cellobject::new(content).into_word();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn copy_free_vars(&mut self) -> Flow {
        ops::copy_free_vars(self.frame, self.arg);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_deref(&mut self) -> Flow {
        match cellobject::this(view(self.local(self.arg))).content.get() {
            Some(v) => self.push(v.into_word()),
            None => {
                ops::unbound_deref(&*(*self.frame).code, self.arg);
                return Flow::Raised;
            }
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_deref(&mut self) -> Flow {
        let v = Value::from_word(self.pop());
        cellobject::this(view(self.local(self.arg))).content.set(v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn delete_deref(&mut self) -> Flow {
        if cellobject::this(view(self.local(self.arg))).content.take().is_none() {
            ops::unbound_deref(&*(*self.frame).code, self.arg);
            return Flow::Raised;
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn import_name(&mut self) -> Flow {
        // Stack: level, fromlist.
        let v = attempt!(crate::eval::import::import_name(self.frame, self.name(self.arg), self.operand(1), self.operand(2)));
        self.replace::<2>(v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn import_from(&mut self) -> Flow {
        let v = attempt!(crate::eval::import::import_from(self.operand(1), self.name(self.arg)));
        self.push(v.into_word());
        Flow::Next
    }
}
