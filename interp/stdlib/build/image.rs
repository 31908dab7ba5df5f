//! Writes the archive. Its format is described in `src/archive/mod.rs`.

use std::collections::HashMap;
use weft_compiler::code::Code;
use weft_compiler::stored::{Texts, Writer, looks_like_name};
use weft_compiler::text::Text;

/// One file of the library.
pub struct File {
    /// Its path relative to the library's folder.
    pub path: String,
    /// What it compiles to, if it is a Python module.
    pub code: Option<Code>,
    /// Its contents, deflated.
    pub contents: Vec<u8>,
    /// Their size before.
    pub size: u32,
}

/// Texts, each once, in the order in which they are first used.
#[derive(Default)]
struct Strings {
    numbers: HashMap<Vec<u8>, usize>,
    all: Vec<(Vec<u8>, bool)>,
}

impl Strings {
    fn number(&mut self, text: &[u8], is_name: bool) -> usize {
        let next = self.all.len();
        let number = *self.numbers.entry(text.to_vec()).or_insert(next);
        if number == next {
            self.all.push((text.to_vec(), false));
        }
        self.all[number].1 |= is_name;
        number
    }
}

impl Texts for Strings {
    fn name(&mut self, text: &Text) -> usize {
        self.number(text.as_bytes(), true)
    }

    fn constant(&mut self, text: &Text) -> Option<usize> {
        Some(self.number(text.as_bytes(), looks_like_name(text.as_bytes())))
    }
}

/// The archive of files that are sorted by path. What belongs to the modules that `start_up` names, which every program
/// loads, lies together, so that few pages of the archive are touched.
pub fn archive(files: &[File], start_up: &[&str]) -> Vec<u8> {
    let mut writer = Writer { out: Vec::new(), texts: Strings::default() };
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|&i| start_up.iter().position(|s| *s == files[i].path).unwrap_or(usize::MAX));
    let mut data = Vec::<u8>::new();
    let mut put = |bytes: &[u8]| {
        let at = data.len() as u32;
        data.extend(bytes);
        [at, bytes.len() as u32]
    };
    let paths: Vec<_> = files.iter().map(|f| put(f.path.as_bytes())).collect();
    let mut codes = vec![[0; 2]; files.len()];
    for &i in &order {
        writer.out.clear();
        if let Some(code) = &files[i].code {
            writer.code(code);
        }
        codes[i] = put(&writer.out);
    }
    let mut table = Vec::<u8>::new();
    for (text, is_name) in &writer.texts.all {
        let [at, len] = put(text);
        let kind = u32::from(*is_name) | u32::from(text.is_ascii()) << 1;
        for n in [at, len << 2 | kind] {
            table.extend(n.to_le_bytes());
        }
    }
    let mut index = Vec::<u8>::new();
    for ((f, path), code) in files.iter().zip(paths).zip(codes) {
        let contents = put(&f.contents);
        for n in [path, code, contents].concat().into_iter().chain([f.size]) {
            index.extend(n.to_le_bytes());
        }
    }
    let mut out = Vec::with_capacity(8 + index.len() + table.len() + data.len());
    out.extend((files.len() as u32).to_le_bytes());
    out.extend((writer.texts.all.len() as u32).to_le_bytes());
    out.extend(index);
    out.extend(table);
    out.extend(data);
    out
}
