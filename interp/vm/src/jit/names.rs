//! What dumps show of bytecodes and source lines.

use crate::types::code::Code as CodeObject;
use crate::types::str;
use std::collections::HashMap;
use weft_compiler::opcode::OPCODES;
use weft_jit::Origin;
use weft_jit::dump::Names;

/// Names origins by the code objects they point to, which live traces and recordings keep alive.
pub struct Code;

pub(super) fn object(origin: &Origin) -> Option<&'static CodeObject> {
    // SAFETY: an origin's code is the address of a code object's payload, kept alive by the function that runs it.
    (origin.code != 0).then(|| unsafe { &*(origin.code as *const CodeObject) })
}

impl Names for Code {
    fn bytecode(&self, origin: &Origin) -> String {
        let Some(code) = object(origin) else { return "?".into() };
        let units = code.original_units();
        let Some(&unit) = units.get(origin.offset as usize) else { return "?".into() };
        let name = OPCODES[(unit & 0xff) as usize].name;
        format!("{:>4} {name} {}", 2 * origin.offset, unit >> 8)
    }

    fn source(&self, origin: &Origin) -> Option<String> {
        let code = object(origin)?;
        let line = code.position(origin.offset as usize).line;
        if line < 1 {
            return None;
        }
        let file = str::display(&code.filename);
        let text = source_line(&file, line as usize).unwrap_or_default();
        Some(format!("{file}:{line}: {}", text.trim()))
    }
}

fn source_line(file: &str, line: usize) -> Option<String> {
    thread_local! {
        static FILES: std::cell::RefCell<HashMap<String, Option<Vec<String>>>> = std::cell::RefCell::default();
    }
    FILES.with_borrow_mut(|files| {
        let lines = files.entry(file.to_owned()).or_insert_with(|| {
            let text = std::fs::read(file).ok()?;
            Some(String::from_utf8_lossy(&text).lines().map(String::from).collect())
        });
        lines.as_ref()?.get(line - 1).cloned()
    })
}
