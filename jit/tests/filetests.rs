//! Runs the files in `tests/ir`: a trace, the passes to run, and the trace that should come out.
//!
//! ```text
//! ; what the test shows
//! run: fold dce
//! … input …
//! ---
//! … expected output, or `error: …` …
//! ```
//!
//! `WEFT_BLESS=1 cargo test -p weft-jit --test filetests` writes the output into the files.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use weft_jit::ir::{check, text};
use weft_jit::opt::{self, Pass, Passes};
use weft_jit::{HelperId, Helpers, lower};

/// Helpers' names instead of their addresses.
fn hide_addresses(text: &str, helpers: &Helpers) -> String {
    let mut text = text.to_string();
    for i in 0..helpers.len() {
        let h = helpers.get(HelperId(i as u16));
        text = text.replace(&format!("#{:#x}", h.address), h.name);
    }
    text
}

fn run(input: &str, passes: &[&str]) -> String {
    let env = Arc::new(support::environment());
    let result = (|| {
        let mut trace = text::parse(input, &env.helpers)?;
        check::check(&trace, &env.helpers)?;
        let mut on_the_way = Passes::none();
        for pass in passes {
            match *pass {
                "check" => {}
                // The last one: what comes out is no IR any more.
                "regs" => {
                    let lowered = lower::lower(&trace, &env.helpers, &Default::default()).map_err(|e| e.to_string())?;
                    return Ok(hide_addresses(&lower::text::print(&lowered), &env.helpers));
                }
                "header" => opt::header::header(&mut trace, &[1], env.slot_offset),
                "peel" => {
                    let on = on_the_way.with(Pass::Peel);
                    trace = opt::peel::close(trace, env.clone(), on).map_err(|e| e.to_string())?;
                }
                "close" => trace = opt::peel::close(trace, env.clone(), on_the_way).map_err(|e| e.to_string())?,
                "ranges" => opt::ranges::ranges(&mut trace),
                "refcount" => opt::refcount::refcount(&mut trace, &env.helpers),
                "slots" => opt::slots::slots(&mut trace, env.slot_offset),
                "dce" => opt::dce::dce(&mut trace, &env.helpers),
                name => {
                    on_the_way = on_the_way.with(Pass::from_name(name).expect("a pass"));
                    let on = Passes::none().with(Pass::from_name(name).expect("a pass"));
                    trace = opt::reemit(&trace, env.clone(), on).map_err(|e| e.to_string())?;
                }
            }
            check::check(&trace, &env.helpers).map_err(|e| format!("after {pass}: {e}\n{}", text::print(&trace, &env.helpers)))?;
        }
        // The text is what is compared, so it has to parse to the same trace.
        let printed = text::print(&trace, &env.helpers);
        let again = text::parse(&printed, &env.helpers)?;
        let renumbered = text::print(&again, &env.helpers);
        let twice = text::print(&text::parse(&renumbered, &env.helpers)?, &env.helpers);
        assert_eq!(renumbered, twice);
        Ok::<_, String>(renumbered)
    })();
    result.unwrap_or_else(|e| format!("error: {e}\n"))
}

#[test]
fn files() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ir");
    let bless = std::env::var_os("WEFT_BLESS").is_some();
    let mut failed = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(dir).expect("the folder").map(|f| f.expect("a file").path()).collect();
    paths.sort();
    for path in paths {
        let content = fs::read_to_string(&path).expect("readable");
        let (head, expected) = content.split_once("\n---\n").unwrap_or((&content, ""));
        let at = head.find("run:").expect("a `run:` line");
        let (comment, rest) = head.split_at(at);
        let (passes, input) = rest.split_once('\n').expect("a trace");
        let passes: Vec<&str> = passes["run:".len()..].split_whitespace().collect();
        let output = run(input, &passes);
        if output.trim() != expected.trim() {
            if bless {
                let new = format!("{comment}run: {}\n{}\n---\n{output}", passes.join(" "), input.trim_end());
                fs::write(&path, new).expect("writable");
            } else {
                failed.push(format!("{}:\n{output}", path.display()));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
