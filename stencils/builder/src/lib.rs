//! Compiles every op to stencils for both CPUs; runs while Weft itself is built.

mod compile;

/// A CPU that stencils are built for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Arch {
    /// x86-64, baseline.
    X86_64,
    /// aarch64, baseline.
    Aarch64,
}

impl Arch {
    fn triple(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64-unknown-linux-gnu",
            Arch::Aarch64 => "aarch64-unknown-linux-gnu",
        }
    }
}

#[cfg(test)]
mod look {
    use super::*;
    use compile::*;
    use weft_layout::op::*;
    #[test]
    fn look() {
        for arch in [Arch::X86_64, Arch::Aarch64] {
            let mut c = Compiler::new(arch);
            for op in Op::ALL {
                for form in [Form::Reg, Form::Imm32, Form::Imm64] {
                    let info = op.info();
                    if form == Form::Imm32 && info.fold == Fold::No
                        || form == Form::Imm64 && info.fold != Fold::I64
                    {
                        continue;
                    }
                    let v = Variant {
                        op: *op,
                        form,
                        result: if info.fixed { 0 } else { 3 },
                        operands: [0, 1, 2],
                    };
                    let raw = c.compile(v, markers(v)[0]);
                    println!("{arch:?} {} {form:?} {:?}", op.name(), raw.symbols);
                    match arch {
                        Arch::X86_64 => {
                            let mut f = iced_x86::IntelFormatter::new();
                            for i in iced_x86::Decoder::new(64, &raw.code, 0).iter() {
                                let mut s = String::new();
                                iced_x86::Formatter::format(&mut f, &i, &mut s);
                                println!("    {:3x} {s}", i.ip());
                            }
                        }
                        _ => {
                            use yaxpeax_arch::{Decoder, U8Reader};
                            let d = yaxpeax_arm::armv8::a64::InstDecoder::default();
                            for (i, w) in raw.code.chunks(4).enumerate() {
                                match d.decode(&mut U8Reader::new(w)) {
                                    Ok(x) => println!("    {:3x} {x}", i * 4),
                                    Err(e) => println!("    {:3x} {e:?} {w:x?}", i * 4),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
