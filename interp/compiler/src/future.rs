//! `from __future__` imports (Python/future.c), and the compiler flags that `compile()` takes.

use crate::ast::*;
use crate::code::co_flags;
use crate::error::CompileError;
use crate::instruction::Location;

/// Bits of the `flags` argument of `compile()` beside the future features (CPython's `PyCF_*`).
pub mod compile_flags {
    #![allow(missing_docs)]
    pub const SOURCE_IS_UTF8: u32 = 0x0100;
    pub const DONT_IMPLY_DEDENT: u32 = 0x0200;
    pub const ONLY_AST: u32 = 0x0400;
    pub const IGNORE_COOKIE: u32 = 0x0800;
    pub const TYPE_COMMENTS: u32 = 0x1000;
    pub const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
    pub const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
    pub const OPTIMIZED_AST: u32 = 0x8000 | ONLY_AST;
    /// The bits from here on are the minor version of Python whose syntax is wanted; 0 is this one's.
    pub const FEATURE_VERSION_SHIFT: u32 = 27;
    /// The future features, which code objects inherit.
    pub const MASK: u32 = crate::code::co_flags::FUTURE_DIVISION
        | crate::code::co_flags::FUTURE_ABSOLUTE_IMPORT
        | crate::code::co_flags::FUTURE_WITH_STATEMENT
        | crate::code::co_flags::FUTURE_PRINT_FUNCTION
        | crate::code::co_flags::FUTURE_UNICODE_LITERALS
        | crate::code::co_flags::FUTURE_BARRY_AS_BDFL
        | crate::code::co_flags::FUTURE_GENERATOR_STOP
        | crate::code::co_flags::FUTURE_ANNOTATIONS;
}

/// What a module's future imports say.
#[derive(Clone, Copy, Debug)]
pub struct Future {
    /// Features as bits of [`co_flags`], together with the flags given to `compile()`.
    pub features: u32,
    /// The last future import; later ones are errors.
    pub last: Location,
}

impl Future {
    /// Reads the future imports at the head of a module.
    pub fn of(module: &Module, flags: u32) -> Result<Future, CompileError> {
        let mut future = Future { features: flags, last: Location::NONE };
        let (Module::Module(body) | Module::Interactive(body)) = module else {
            return Ok(future);
        };
        let start = usize::from(docstring(body).is_some());
        for stmt in &body[start..] {
            match &stmt.kind {
                StmtKind::ImportFrom { module: Some(module), names, level: 0 } if &**module == "__future__" => {
                    for alias in names {
                        future.features |= feature(alias)?;
                    }
                    future.last = stmt.loc;
                }
                _ => break,
            }
        }
        Ok(future)
    }

    /// Annotations are strings (PEP 563).
    pub fn annotations(&self) -> bool {
        self.features & co_flags::FUTURE_ANNOTATIONS != 0
    }

    /// `await` is allowed in module code.
    pub fn top_level_await(&self) -> bool {
        self.features & compile_flags::ALLOW_TOP_LEVEL_AWAIT != 0
    }
}

fn feature(alias: &Alias) -> Result<u32, CompileError> {
    Ok(match &*alias.name {
        "nested_scopes" | "generators" | "division" | "absolute_import" | "with_statement" | "print_function" | "unicode_literals"
        | "generator_stop" => 0,
        "barry_as_FLUFL" => co_flags::FUTURE_BARRY_AS_BDFL,
        "annotations" => co_flags::FUTURE_ANNOTATIONS,
        "braces" => return Err(CompileError::syntax("not a chance", alias.loc)),
        name => {
            return Err(CompileError::syntax(format!("future feature {name} is not defined"), alias.loc));
        }
    })
}
