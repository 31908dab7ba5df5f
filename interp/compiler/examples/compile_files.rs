//! Compiles files again and again, for profilers: `compile_files [--digest] [-OO] ROUNDS FILE...`.
//!
//! Prints the best round in lines per second. With `--digest` it prints a hash of each file's `.pyc` (or error) instead, so
//! that two builds can be compared over many files.

use rustpython_wtf8::Wtf8;
use std::alloc::System;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};
use weft_compiler::pyc::{self, Validation};
use weft_compiler::region::{self, RegionAllocator};
use weft_compiler::{Mode, Options, compile};

#[global_allocator]
static ALLOCATOR: RegionAllocator<System> = RegionAllocator(System);

fn main() -> std::io::Result<()> {
    region::enable();
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut take = |flag: &str| {
        let before = arguments.len();
        arguments.retain(|a| a != flag);
        arguments.len() < before
    };
    let digest = take("--digest");
    let options = Options { optimize: if take("-OO") { 2 } else { 0 }, flags: 0 };
    let rounds = arguments.first().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut sources = Vec::new();
    for path in arguments.iter().skip(1) {
        sources.push((path, std::fs::read(path)?));
    }
    if digest {
        for (path, source) in &sources {
            println!("{:016x} {path}", digest_of(path, source, options));
        }
        return Ok(());
    }
    let lines: usize = sources.iter().map(|(_, source)| source.iter().filter(|b| **b == b'\n').count()).sum();
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        for (path, source) in &sources {
            let _ = std::hint::black_box(compile(source, Wtf8::new(path.as_str()), Mode::Exec, options));
        }
        best = best.min(start.elapsed());
    }
    println!("{} files, {lines} lines: {:.0} lines/s", sources.len(), lines as f64 / best.as_secs_f64());
    Ok(())
}

fn digest_of(path: &str, source: &[u8], options: Options) -> u64 {
    let mut hasher = DefaultHasher::new();
    match compile(source, Wtf8::new(path), Mode::Exec, options) {
        Ok((code, warnings)) => {
            let bytes = pyc::write(&code, Validation::Timestamp { mtime: 0, size: 0 });
            bytes.ok().hash(&mut hasher);
            format!("{warnings:?}").hash(&mut hasher);
        }
        Err(error) => format!("{error:?}").hash(&mut hasher),
    }
    hasher.finish()
}
