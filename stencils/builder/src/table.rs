//! All stencils of a CPU in one blob, in the format of [`weft_layout::stencil`].

use crate::assembly::{Piece, lay_out};
use crate::compile::{Compiler, Variant, is_signed, markers, needs_markers};
use crate::variants::{FORMS, choices, has_form};
use crate::{Arch, a64, constants, x64};
use std::collections::HashMap;
use weft_layout::op::{Disp, Fold, Form, Op};
use weft_layout::stencil::{Directory, Hole, NO_STENCILS, PADDING, Stencil, TableHeader};

/// What makes a stencil: its hot and its cold code, and its holes.
type Contents = (Vec<u8>, Vec<u8>, Vec<Hole>);

/// The stencils of a CPU.
#[derive(Default)]
pub struct Table {
    directories: Vec<Directory>,
    stencils: Vec<Stencil>,
    holes: Vec<Hole>,
    code: Vec<u8>,
    /// Equal stencils share their code.
    known: HashMap<Contents, Stencil>,
}

impl Table {
    /// Compiles all ops.
    pub fn build(arch: Arch) -> Self {
        let mut table = Self::default();
        let mut compiler = Compiler::new(arch);
        for op in Op::ALL {
            for (form, small) in FORMS {
                let directory = table.add_form(arch, &mut compiler, *op, form, small);
                table.directories.push(directory);
            }
        }
        table.code.resize(table.code.len() + PADDING, 0);
        table
    }

    fn add_form(&mut self, arch: Arch, compiler: &mut Compiler, op: Op, form: Form, small: bool) -> Directory {
        let info = op.info();
        if !has_form(info, form) {
            return Directory { base: NO_STENCILS, strides: [0; 4] };
        }
        if small && info.fold == Fold::Count {
            // All its constants are small.
            return self.directories[self.directories.len() - 2];
        }
        let base = self.stencils.len();
        let [results, a, b, c] = choices(info, form);
        for result in 0..results {
            for i in 0..a {
                for j in 0..b {
                    for k in 0..c {
                        let swapped = info.commutes && form == Form::Reg && j < i;
                        let stencil = if swapped {
                            self.stencils[base + (result * a + j) * b + i]
                        } else {
                            let variant = Variant { op, form, small, result, operands: [i, j, k] };
                            let piece = compile(arch, compiler, variant);
                            self.add(piece)
                        };
                        self.stencils.push(stencil);
                    }
                }
            }
        }
        let stride = |choices: usize, inner: usize| if choices > 1 { inner as u16 } else { 0 };
        let strides = [stride(results, a * b * c), stride(a, b * c), stride(b, c), stride(c, 1)];
        Directory { base: base as u32, strides }
    }

    fn add(&mut self, piece: Piece) -> Stencil {
        let hot_holes = piece.hot.holes.len();
        let holes = [piece.hot.holes, piece.cold.holes].concat();
        let key = (piece.hot.code, piece.cold.code, holes);
        if let Some(stencil) = self.known.get(&key) {
            return *stencil;
        }
        let (hot, cold, holes) = &key;
        let stencil = Stencil {
            code: self.code.len() as u32,
            holes: self.holes.len() as u32,
            hot: hot.len() as u16,
            cold: cold.len() as u16,
            hole_count: holes.len() as u16,
            hot_holes: hot_holes as u16,
        };
        self.code.extend_from_slice(hot);
        self.code.extend_from_slice(cold);
        self.holes.extend_from_slice(holes);
        self.known.insert(key, stencil);
        stencil
    }

    /// The blob.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = TableHeader {
            directories: self.directories.len() as u32,
            stencils: self.stencils.len() as u32,
            holes: self.holes.len() as u32,
            code: self.code.len() as u32,
        };
        let mut out = vec![];
        for n in [header.directories, header.stencils, header.holes, header.code] {
            out.extend_from_slice(&n.to_le_bytes());
        }
        for d in &self.directories {
            out.extend_from_slice(&d.base.to_le_bytes());
            d.strides.iter().for_each(|s| out.extend_from_slice(&s.to_le_bytes()));
        }
        for s in &self.stencils {
            out.extend_from_slice(&s.code.to_le_bytes());
            out.extend_from_slice(&s.holes.to_le_bytes());
            [s.hot, s.cold, s.hole_count, s.hot_holes].iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
        }
        for h in &self.holes {
            out.extend_from_slice(&h.at.to_le_bytes());
            out.extend_from_slice(&h.detail.to_le_bytes());
            out.extend_from_slice(&[h.how as u8, h.what as u8]);
            out.extend_from_slice(&h.reserved.to_le_bytes());
        }
        out.extend_from_slice(&self.code);
        out
    }
}

/// Says which stencil a surprise is in.
struct Named(Arch, Variant);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in a stencil for {:?}: {:?}", self.0, self.1);
        }
    }
}

/// One stencil, from definition to holes.
pub(crate) fn compile(arch: Arch, compiler: &mut Compiler, variant: Variant) -> Piece {
    let _named = Named(arch, variant);
    let markers = markers(variant);
    let mut piece = |i: usize| {
        let raw = compiler.compile(variant, markers[i]);
        match arch {
            Arch::X86_64 => lay_out(x64::instructions(&raw), &x64::X64),
            Arch::Aarch64 => lay_out(a64::instructions(&raw), &a64::A64),
        }
    };
    let first = piece(0);
    let piece = if needs_markers(variant) {
        let second = piece(1);
        constants::find(arch, [first, second], markers, is_signed(variant), variant.op.info().disp == Disp::Cell)
    } else {
        first
    };
    assert!(piece.hot.code.len() + piece.cold.code.len() < 4096, "{variant:?} is long");
    piece
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_op_compiles_for_both_cpus_in_every_form() {
        for arch in [Arch::X86_64, Arch::Aarch64] {
            let mut compiler = Compiler::new(arch);
            for op in Op::ALL {
                for (form, small) in FORMS.into_iter().filter(|(form, _)| has_form(op.info(), *form)) {
                    compile(arch, &mut compiler, Variant { op: *op, form, small, result: 0, operands: [0, 1, 2] });
                }
            }
        }
    }
}
