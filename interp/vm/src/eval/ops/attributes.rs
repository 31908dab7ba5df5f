//! Attributes through `super()`.

use crate::call;
use crate::eval::interpret::view;
use crate::protocol::attr;
use crate::types::code::Code;
use crate::value::{Res, Value, decref};
use crate::vm::types;
use weft_layout::tag::{NULL, Word};

/// LOAD_SUPER_ATTR: replaces `super`, class and self below `sp` by the attribute (and self or NULL).
///
/// # Safety
/// The three operands are below `sp`.
pub unsafe fn load_super_attr(sp: *mut Word, arg: usize, code: &Code) -> Res<()> {
    // SAFETY: passed on.
    unsafe {
        let base = sp.sub(3);
        let (global, class, this) = (view(base), view(base.add(1)), view(base.add(2)));
        let name = &code.names[arg >> 2];
        if arg & 1 != 0
            && global.is(&types().super_.value())
            && crate::eval::fast::has_shape(*base.add(1), crate::vm::shapes().type_)
            && this.is_heap()
            && !this.class().has(crate::class::flag::TYPE_SUBCLASS)
            && let Some(f) = crate::types::super_object::method_behind(crate::class::build::of(class), this.class(), name)
        {
            let (global, class) = (*base, *base.add(1));
            crate::value::incref(f);
            *base = f;
            *base.add(1) = *base.add(2);
            decref(global);
            decref(class);
            return Ok(());
        }
        let (found, method) = if global.is(&types().super_.value()) && class.is_instance(types().type_) {
            crate::types::super_object::load(class, this, name, arg & 1 != 0)?
        } else {
            let s = if arg & 2 != 0 { call::call(global, &[class.clone(), this.clone()], None)? } else { call::call0(global)? };
            (attr::getattr(&s, name)?, false)
        };
        let old = [*base, *base.add(1), *base.add(2)];
        *base = found.into_word();
        if arg & 1 != 0 {
            *base.add(1) = if method { Value::clone_word(old[2]).into_word() } else { NULL };
        }
        for w in old {
            decref(w);
        }
        Ok(())
    }
}
