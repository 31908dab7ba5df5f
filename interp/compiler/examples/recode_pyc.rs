//! Reads `.pyc` files, verifies their code objects and writes them again, for comparison under CPython.
//!
//! usage: recode_pyc OUT_DIR FILE...: the nth file becomes OUT_DIR/n.pyc

use std::path::Path;
use weft_compiler::{marshal, pyc, verify};

fn main() {
    let mut args = std::env::args().skip(1);
    let out = args.next().expect("an output directory");
    let mut failures = 0;
    for (n, file) in args.enumerate() {
        let bytes = std::fs::read(&file).expect("a readable file");
        let result = pyc::read(&bytes).map_err(|e| e.to_string()).and_then(|(validation, code)| {
            let written = pyc::write(&code, validation).map_err(|e| e.to_string())?;
            std::fs::write(Path::new(&out).join(format!("{n}.pyc")), &written).map_err(|e| e.to_string())?;
            let (again, _) = marshal::read(&written[pyc::HEADER_SIZE..]).map_err(|e| format!("read again: {e}"))?;
            if again != weft_compiler::code::Constant::Code(Box::new(code.clone())) {
                return Err("does not survive a round trip".to_owned());
            }
            verify::verify(&code).map_err(|e| e.to_string())
        });
        if let Err(message) = result {
            println!("{file}: {message}");
            failures += 1;
        }
    }
    println!("{failures} failures");
    std::process::exit((failures > 0).into());
}
