//! Writes the archive. Its format is described in `src/archive/mod.rs`.

use std::collections::HashMap;
use weft_compiler::code::{Code, Constant};

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
    /// The number of a text, and whether it is a name.
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

/// Whether the compiler interns a constant.
fn looks_like_name(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

struct Writer<'a> {
    out: Vec<u8>,
    strings: &'a mut Strings,
}

impl Writer<'_> {
    fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.out.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.out.push(n as u8);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.out.extend(bytes);
    }

    fn name(&mut self, text: &[u8]) {
        let n = self.strings.number(text, true);
        self.number(n as u64);
    }

    fn names<'t>(&mut self, all: impl ExactSizeIterator<Item = &'t [u8]>) {
        self.number(all.len() as u64);
        all.for_each(|n| self.name(n));
    }

    fn constants(&mut self, all: &[Constant]) {
        self.number(all.len() as u64);
        all.iter().for_each(|c| self.constant(c));
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.out.push(tag);
        self.bytes(bytes);
    }

    fn constant(&mut self, c: &Constant) {
        match c {
            Constant::None => self.out.push(b'N'),
            Constant::Ellipsis => self.out.push(b'.'),
            Constant::Bool(true) => self.out.push(b'T'),
            Constant::Bool(false) => self.out.push(b'F'),
            Constant::Int(i) => match i64::try_from(i) {
                Ok(n) => {
                    self.out.push(b'i');
                    self.number((n << 1 ^ n >> 63) as u64);
                }
                Err(_) => self.tagged(b'l', &i.to_signed_bytes_le()),
            },
            Constant::Float(x) => {
                self.out.push(b'f');
                self.out.extend(x.to_le_bytes());
            }
            Constant::Complex(re, im) => {
                self.out.push(b'c');
                self.out.extend(re.to_le_bytes());
                self.out.extend(im.to_le_bytes());
            }
            Constant::Str(s) => {
                let n = self.strings.number(s.as_bytes(), looks_like_name(s.as_bytes()));
                self.out.push(b's');
                self.number(n as u64);
            }
            Constant::Bytes(b) => self.tagged(b'b', b),
            Constant::Tuple(items) => {
                self.out.push(b'(');
                self.constants(items);
            }
            Constant::FrozenSet(items) => {
                self.out.push(b'<');
                self.constants(items);
            }
            Constant::Slice(parts) => {
                self.out.push(b':');
                parts.iter().for_each(|p| self.constant(p));
            }
            // Its length is told first, so that it can be read later.
            Constant::Code(c) => {
                let mut nested = Writer { out: Vec::new(), strings: self.strings };
                nested.code(c);
                let code = nested.out;
                self.tagged(b'C', &code);
            }
            Constant::List(_) | Constant::Set(_) | Constant::Dict(_) | Constant::StopIteration => {
                panic!("the compiler makes no such constant")
            }
        }
    }

    fn code(&mut self, c: &Code) {
        for n in [c.argcount, c.posonlyargcount, c.kwonlyargcount, c.stacksize, c.flags, c.firstlineno as u32] {
            self.number(u64::from(n));
        }
        self.name(c.name.as_bytes());
        self.name(c.qualname.as_bytes());
        self.bytes(&c.code);
        self.constants(&c.consts);
        self.names(c.names.iter().map(|n| n.as_bytes()));
        self.names(c.localsplusnames.iter().map(|n| n.as_bytes()));
        for table in [&c.localspluskinds, &c.linetable, &c.exceptiontable] {
            self.bytes(table);
        }
    }
}

/// The archive of files that are sorted by path. What belongs to the modules that `start_up` names, which every program
/// loads, lies together, so that few pages of the archive are touched.
pub fn archive(files: &[File], start_up: &[&str]) -> Vec<u8> {
    let mut strings = Strings::default();
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
        let mut writer = Writer { out: Vec::new(), strings: &mut strings };
        if let Some(code) = &files[i].code {
            writer.code(code);
        }
        codes[i] = put(&writer.out);
    }
    let mut table = Vec::<u8>::new();
    for (text, is_name) in &strings.all {
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
    out.extend((strings.all.len() as u32).to_le_bytes());
    out.extend(index);
    out.extend(table);
    out.extend(data);
    out
}
