//! Classes.

use super::{ArgCounts, Compiler, Result, ScopeType, int_constant, intrinsic_1, str_constant};
use crate::ast::*;
use crate::code::Constant;
use crate::instruction::Location;
use crate::opcode::{op, pseudo};

impl<'a> Compiler<'a> {
    pub(super) fn class(&mut self, def: &'a ClassDef, loc: Location) -> Result {
        self.decorators(&def.decorators)?;
        let firstlineno = def.decorators.first().map_or(loc.line, |decorator| decorator.loc.line);
        let generic = !def.type_params.is_empty();
        if generic {
            self.enter_scope(
                format!("<generic parameters of {}>", def.name).into(),
                ScopeType::Annotations,
                def.key.type_params(),
                firstlineno,
                Some(def.name.clone()),
                ArgCounts::default(),
            )?;
            self.type_params(&def.type_params)?;
            self.name_op(loc, &".type_params".into(), Context::Store)?;
        }
        self.class_body(def, loc, firstlineno)?;
        if generic {
            let generic_base: Name = ".generic_base".into();
            self.name_op(loc, &".type_params".into(), Context::Load)?;
            self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::SUBSCRIPT_GENERIC);
            self.name_op(loc, &generic_base, Context::Store)?;
            self.call_arguments(loc, 2, &def.bases, Some(&generic_base), &def.keywords)?;
            let code = self.finish_unit(false)?;
            self.make_closure(loc, code, 0)?;
            self.op(loc, op::PUSH_NULL);
            self.op_arg(loc, op::CALL, 0);
        } else {
            self.call_arguments(loc, 2, &def.bases, None, &def.keywords)?;
        }
        self.apply_decorators(&def.decorators);
        self.name_op(loc, &def.name, Context::Store)
    }

    /// Makes the function that fills the namespace, and loads what `__build_class__` is called with first.
    fn class_body(&mut self, def: &'a ClassDef, def_loc: Location, firstlineno: i32) -> Result {
        self.enter_scope(def.name.clone(), ScopeType::Class, def.key, firstlineno, Some(def.name.clone()), ArgCounts::default())?;
        let loc = Location { line: firstlineno, end_line: firstlineno, col: 0, end_col: 0 };
        self.name_op(loc, &"__name__".into(), Context::Load)?;
        self.name_op(loc, &"__module__".into(), Context::Store)?;
        let qualname = str_constant(&self.unit_ref().qualname);
        self.load_const(loc, qualname);
        self.name_op(loc, &"__qualname__".into(), Context::Store)?;
        self.load_const(loc, int_constant(firstlineno));
        self.name_op(loc, &"__firstlineno__".into(), Context::Store)?;
        if !def.type_params.is_empty() {
            self.name_op(loc, &".type_params".into(), Context::Load)?;
            self.name_op(loc, &"__type_params__".into(), Context::Store)?;
        }
        if self.scope().needs_classdict {
            self.op(loc, op::LOAD_LOCALS);
            let cell = self.cell_index(&"__classdict__".into());
            self.op_arg(loc, op::STORE_DEREF, cell);
        }
        if self.scope().has_conditional_annotations {
            self.op_arg(loc, op::BUILD_SET, 0);
            let cell = self.cell_index(&"__conditional_annotations__".into());
            self.op_arg(loc, op::STORE_DEREF, cell);
        }
        self.body(loc, &def.body)?;
        let nowhere = Location::NONE;
        let attributes = std::mem::take(&mut self.unit().static_attributes);
        let attributes = attributes.iter().map(str_constant);
        self.load_const(nowhere, Constant::Tuple(attributes.collect()));
        self.name_op(nowhere, &"__static_attributes__".into(), Context::Store)?;
        if self.scope().needs_classdict {
            let cell = self.cell_index(&"__classdict__".into());
            self.op_arg(nowhere, pseudo::LOAD_CLOSURE, cell);
            self.name_op(nowhere, &"__classdictcell__".into(), Context::Store)?;
        }
        if self.scope().needs_class_closure {
            let cell = self.cell_index(&"__class__".into());
            self.op_arg(nowhere, pseudo::LOAD_CLOSURE, cell);
            self.op_arg(nowhere, op::COPY, 1);
            self.name_op(nowhere, &"__classcell__".into(), Context::Store)?;
        } else {
            self.load_none(nowhere);
        }
        self.op(nowhere, op::RETURN_VALUE);
        let code = self.finish_unit(true)?;

        // The call is on the line of the class, not of a decorator.
        self.op(def_loc, op::LOAD_BUILD_CLASS);
        self.op(def_loc, op::PUSH_NULL);
        self.make_closure(def_loc, code, 0)?;
        self.load_const(def_loc, str_constant(&def.name));
        Ok(())
    }
}
