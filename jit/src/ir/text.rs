//! The text form of a trace: what dumps print and tests are written in.
//!
//! ```text
//! ; a comment
//! s0 = at ([17 0x40] 0: v1, 1: &v2, 2: NULL) ([3]) drop v4     ; anywhere; dumps have it before its first use
//! v1.V = load_slot +16
//! v2.I = guard_int v1 !s0
//! v3.I = int_add v2, I:1 !s0
//! v4.V = CALL str_concat(v1, V:None) !s0
//! store_word v5, v6 +8 [items]
//! LINK t3.entry(v2, v4) !s0
//! ```
//!
//! A constant is its type and value; a slot with `&` is a copy, otherwise the reference moves. A snapshot's words are
//! in brackets before its slots, its frames outermost first.

use super::snapshot::{Resume, SlotEntry, SnapId};
use super::{Alias, Code, Inst, Pseudo, Ref, Trace, Ty, consts::Const, flag};
use crate::helper::{HelperId, Helpers};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use weft_layout::op::{Disp, Effect, Kind, Op};
use weft_layout::tag;

const SINGLETONS: [(&str, u64); 6] = [
    ("NULL", tag::NULL),
    ("None", tag::NONE),
    ("False", tag::FALSE),
    ("True", tag::TRUE),
    ("NotImplemented", tag::NOT_IMPLEMENTED),
    ("Ellipsis", tag::ELLIPSIS),
];

/// The alias class that an access has unless it says otherwise.
pub fn default_alias(op: Op, base: Ty) -> Alias {
    use Op::*;
    let info = op.info();
    let accesses = matches!(info.disp, Disp::Bytes(_)) && matches!(info.effect, Effect::Load | Effect::Store);
    if !accesses {
        return Alias::Any;
    }
    let indexed = info.operands.len() >= 2 && matches!(info.operands[1], Kind::I | Kind::W);
    match op {
        _ if base == Ty::P && !indexed => Alias::Field,
        LoadValue | LoadValueAt | LoadValueAtWord | StoreWord | StoreWordAt => Alias::Items,
        _ => Alias::Data,
    }
}

/// Prints a constant.
pub fn constant(c: Const) -> String {
    match c.ty {
        Ty::I => format!("I:{}", c.bits as i64 >> 1),
        Ty::W if c.bits > 0xffff => format!("W:{:#x}", c.bits),
        Ty::W => format!("W:{}", c.bits),
        Ty::B => format!("B:{}", c.bits),
        Ty::F => match f64::from_bits(c.bits) {
            f if f.is_finite() => format!("F:{f:?}"),
            _ => format!("F:{:#x}", c.bits),
        },
        Ty::V | Ty::P => {
            let t = c.ty.letter();
            match SINGLETONS.iter().find(|s| s.1 == c.bits) {
                Some((name, _)) => format!("{t}:{name}"),
                None if tag::is_int(c.bits) => format!("{t}:{}", tag::int_value(c.bits)),
                None if tag::is_float(c.bits) => format!("{t}:{:?}", tag::float_value(c.bits)),
                None => format!("{t}:{:#x}", c.bits),
            }
        }
        Ty::None => "_".into(),
    }
}

/// Prints a trace with its helpers' names.
pub struct Printer<'a> {
    trace: &'a Trace,
    helpers: &'a Helpers,
    printed: HashSet<SnapId>,
}

impl<'a> Printer<'a> {
    /// A printer that has printed nothing yet.
    pub fn new(trace: &'a Trace, helpers: &'a Helpers) -> Self {
        Printer { trace, helpers, printed: HashSet::new() }
    }

    /// A value or constant.
    pub fn value(&self, r: Ref) -> String {
        match self.trace.constant(r) {
            Some(c) => constant(c),
            None => format!("{r:?}"),
        }
    }

    /// A snapshot, without a newline.
    pub fn snapshot(&self, id: SnapId) -> String {
        let snaps = &self.trace.snaps;
        let mut s = format!("s{} = ", id.0);
        s.push_str(match snaps.resume(id) {
            Resume::At => "at",
            Resume::After => "after",
            Resume::Raising => "raising",
        });
        for (words, slots) in snaps.frames(id) {
            let words: Vec<String> = words.iter().map(|&w| if w > 0xffff { format!("{w:#x}") } else { w.to_string() }).collect();
            write!(s, " ([{}]", words.join(" ")).unwrap();
            for (i, e) in slots.iter().enumerate() {
                let sep = if i == 0 { "" } else { "," };
                let copy = if e.moved || e.value.is_none() { "" } else { "&" };
                let value = if e.value.is_none() { "NULL".into() } else { self.value(e.value) };
                write!(s, "{sep} {}: {copy}{value}", e.slot).unwrap();
            }
            s.push(')');
        }
        for (recipe, slots) in snaps.objects(id) {
            let fields: Vec<String> =
                slots.iter().map(|e| format!("{}{}", if e.moved || e.slot == 0 { "" } else { "&" }, self.value(e.value))).collect();
            write!(s, " {{{recipe}: {}}}", fields.join(", ")).unwrap();
        }
        let drops: Vec<String> = snaps.drops(id).iter().map(|&d| self.value(d)).collect();
        if !drops.is_empty() {
            write!(s, " drop {}", drops.join(", ")).unwrap();
        }
        s
    }

    /// One instruction, without a newline.
    pub fn inst(&self, at: usize) -> String {
        let inst = &self.trace.insts[at];
        let mut s = String::new();
        if inst.ty != Ty::None {
            write!(s, "v{at}.{} = ", inst.ty.letter()).unwrap();
        }
        s.push_str(inst.code.name());
        let mut operands: Vec<String> = match inst.code {
            Code::Pseudo(Pseudo::Call) => {
                let args: Vec<String> = self.trace.args.get(inst.b().bits()).iter().map(|&r| self.value(r)).collect();
                let name = self.helpers.get(HelperId(inst.a().bits() as u16)).name;
                vec![format!("{name}({})", args.join(", "))]
            }
            Code::Pseudo(Pseudo::Inherit) => vec![inst.a().bits().to_string()],
            Code::Pseudo(Pseudo::Link) => {
                let label = if inst.b().bits() >= 1 { ".entry" } else { "" };
                let target = if inst.a().is_none() { "self".into() } else { format!("t{}", inst.a().bits()) };
                let values: Vec<String> = self.trace.operands(inst).map(|r| self.value(r)).collect();
                let values = if inst.arg_list().is_some() { format!("({})", values.join(", ")) } else { String::new() };
                vec![format!("{target}{label}{values}")]
            }
            _ => self.trace.operands(inst).map(|r| self.value(r)).collect(),
        };
        if inst.code.has_imm() && !inst.imm().is_none() {
            operands.push(self.value(inst.imm()));
        }
        if !operands.is_empty() {
            write!(s, " {}", operands.join(", ")).unwrap();
        }
        if inst.op().is_some_and(|o| o.info().disp != Disp::No) {
            write!(s, " +{}", inst.disp).unwrap();
        }
        if inst.flags & flag::BORROWED != 0 {
            s.push_str(" borrowed");
        }
        if let Some(op) = inst.op()
            && inst.code.values() > 0
            && inst.alias() != default_alias(op, self.trace.ty(inst.a()))
        {
            write!(s, " [{}]", inst.alias().name()).unwrap();
        }
        if inst.snap() != SnapId::NONE {
            write!(s, " !s{}", inst.snap().0).unwrap();
        }
        s
    }

    /// One instruction with its snapshot before it if that has not been printed yet.
    pub fn line(&mut self, out: &mut String, at: usize) {
        let snap = self.trace.insts[at].snap();
        if snap != SnapId::NONE && self.printed.insert(snap) {
            writeln!(out, "{}", self.snapshot(snap)).unwrap();
        }
        writeln!(out, "{}", self.inst(at)).unwrap();
    }

    /// The whole trace.
    pub fn all(mut self) -> String {
        let mut out = String::new();
        for at in 0..self.trace.insts.len() {
            if !self.trace.insts[at].is_nop() {
                self.line(&mut out, at);
            }
        }
        out
    }
}

/// Prints a whole trace.
pub fn print(trace: &Trace, helpers: &Helpers) -> String {
    Printer::new(trace, helpers).all()
}

/// Parses the text form. An error says the line.
pub fn parse(text: &str, helpers: &Helpers) -> Result<Trace, String> {
    let mut p = Parser { trace: Trace::new(), helpers, values: HashMap::new(), snaps: HashMap::new(), pending: HashMap::new() };
    let lines = || text.lines().map(|l| l.split(';').next().unwrap().trim()).enumerate();
    let snapshot = |l: &str| l.starts_with('s') && l.split_once(" = ").is_some_and(|(name, _)| !name.contains('.'));
    for (_, line) in lines().filter(|l| snapshot(l.1)) {
        let (name, rest) = line.split_once(" = ").unwrap();
        p.pending.insert(name.to_string(), rest.to_string());
    }
    for (n, line) in lines() {
        if !line.is_empty() && !snapshot(line) {
            p.line(line).map_err(|e| format!("line {}: {e}: {line}", n + 1))?;
        }
    }
    Ok(p.trace)
}

struct Parser<'a> {
    trace: Trace,
    helpers: &'a Helpers,
    values: HashMap<String, Ref>,
    snaps: HashMap<String, SnapId>,
    /// Snapshot lines, parsed when first used: they may name the value of the instruction they belong to.
    pending: HashMap<String, String>,
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn line(&mut self, line: &str) -> Parsed<()> {
        let (name, ty, rest) = match line.split_once(" = ") {
            Some((lhs, rest)) => {
                let (name, ty) = lhs.split_once('.').ok_or("a value has a type: v1.I")?;
                (Some(name), Ty::from_letter(ty).ok_or("unknown type")?, rest)
            }
            None => (None, Ty::None, line),
        };
        let (code_name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let code: Code = match Op::from_name(code_name) {
            Some(op) => op.into(),
            None => Pseudo::ALL.into_iter().find(|p| p.name() == code_name).ok_or("unknown op")?.into(),
        };
        let mut inst = Inst::new(code, [Ref::NONE; 3]);
        inst.ty = ty;
        let mut snap = None;
        let mut alias = None;
        let mut operands = rest.to_string();
        while let Some(at) = operands.rfind(' ').map(|i| i + 1).or((!operands.is_empty()).then_some(0)) {
            let word = &operands[at..];
            if let Some(s) = word.strip_prefix('!') {
                snap = Some(s.to_string());
            } else if let Some(d) = word.strip_prefix('+') {
                inst.disp = d.parse().map_err(|_| "bad offset")?;
            } else if word == "borrowed" {
                inst.flags |= flag::BORROWED;
            } else if let Some(a) = word.strip_prefix('[').and_then(|w| w.strip_suffix(']')) {
                alias = Some(Alias::ALL.into_iter().find(|k| k.name() == a).ok_or("unknown alias class")?);
            } else {
                break;
            }
            operands.truncate(at.saturating_sub(1));
        }
        self.operands(&mut inst, operands.trim())?;
        if let Some(op) = inst.op() {
            let base = if inst.code.values() > 0 { self.trace.ty(inst.a()) } else { Ty::None };
            inst.set_alias(alias.unwrap_or(default_alias(op, base)));
        }
        let at = self.trace.push(inst);
        if let Some(name) = name {
            self.values.insert(name.to_string(), at);
        }
        if let Some(s) = snap {
            let id = self.snap(&s)?;
            self.trace.insts[at.index()].set_snap(id);
        } else if inst.code.has_snapshot() {
            self.trace.insts[at.index()].set_snap(SnapId::NONE);
        }
        Ok(())
    }

    fn operands(&mut self, inst: &mut Inst, text: &str) -> Parsed<()> {
        match inst.code {
            Code::Pseudo(Pseudo::Call) => {
                let (name, args) = text.split_once('(').ok_or("a call has arguments")?;
                let id = self.helpers.find(name).ok_or("unknown helper")?;
                let args = args.strip_suffix(')').ok_or("unclosed arguments")?;
                let args = self.list(args)?;
                let list = self.trace.args.add(&args);
                inst.args = [Ref::raw(id.0 as u32), Ref::raw(list), Ref::NONE];
            }
            Code::Pseudo(Pseudo::Inherit) => {
                inst.args[0] = Ref::raw(text.parse().map_err(|_| "a number, please")?);
            }
            Code::Pseudo(Pseudo::Link) => {
                let (text, values) = match text.strip_suffix(')').and_then(|t| t.split_once('(')) {
                    Some((t, values)) => (t, Some(self.list(values)?)),
                    None => (text, None),
                };
                let (target, label) = match text.strip_suffix(".entry") {
                    Some(t) => (t, 1),
                    None => (text, 0),
                };
                inst.args[0] = match target {
                    "self" => Ref::NONE,
                    t => Ref::raw(t.trim_start_matches('t').parse().map_err(|_| "bad trace")?),
                };
                inst.args[1] = match values {
                    Some(v) => Ref::raw(super::LINK_VALUES + self.trace.args.add(&v)),
                    None => Ref::raw(label),
                };
            }
            _ => {
                let list = self.list(text)?;
                let (least, most) = (inst.code.values(), inst.code.values() + inst.code.has_imm() as usize);
                if !(least..=most).contains(&list.len()) {
                    return Err(format!("{least} operands, please"));
                }
                inst.args[..list.len()].copy_from_slice(&list);
            }
        }
        Ok(())
    }

    fn list(&mut self, text: &str) -> Parsed<Vec<Ref>> {
        text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(|s| self.value(s)).collect()
    }

    fn value(&mut self, s: &str) -> Parsed<Ref> {
        if let Some((ty, v)) = s.split_once(':') {
            let ty = Ty::from_letter(ty).ok_or("unknown type")?;
            let bits = parse_const(ty, v).ok_or_else(|| format!("bad constant {s}"))?;
            return Ok(self.trace.consts.add(ty, bits));
        }
        self.values.get(s).copied().ok_or_else(|| format!("unknown value {s}"))
    }

    fn snap(&mut self, name: &str) -> Parsed<SnapId> {
        if let Some(&id) = self.snaps.get(name) {
            return Ok(id);
        }
        let text = self.pending.remove(name).ok_or("unknown snapshot")?;
        let (resume, mut rest) = text.split_once(' ').unwrap_or((&text, ""));
        let resume = match resume {
            "at" => Resume::At,
            "after" => Resume::After,
            "raising" => Resume::Raising,
            _ => return Err("a snapshot is at, after or raising".into()),
        };
        let id = self.trace.snaps.begin(resume);
        self.snaps.insert(name.to_string(), id);
        rest = rest.trim();
        while let Some(r) = rest.strip_prefix('(') {
            let (frame, r) = r.split_once(')').ok_or("unclosed frame")?;
            rest = r.trim();
            let (words, slots) = frame.trim().strip_prefix('[').and_then(|f| f.split_once(']')).ok_or("a frame has words")?;
            let words: Option<Vec<u64>> = words.split_whitespace().map(parse_word).collect();
            self.trace.snaps.frame(&words.ok_or("bad word")?);
            for slot in slots.split(',').map(str::trim).filter(|s| !s.is_empty()) {
                let (slot, value) = slot.split_once(':').ok_or("a slot has a value")?;
                let value = value.trim();
                let moved = !value.starts_with('&');
                let value = match value.trim_start_matches('&') {
                    "NULL" => Ref::NONE,
                    v => self.value(v)?,
                };
                let slot = slot.parse().map_err(|_| "bad slot")?;
                self.trace.snaps.slot(SlotEntry { value, slot, moved });
            }
        }
        while let Some(r) = rest.strip_prefix('{') {
            let (object, r) = r.split_once('}').ok_or("unclosed object")?;
            rest = r.trim();
            let (recipe, fields) = object.split_once(':').ok_or("an object has a recipe")?;
            self.trace.snaps.object(recipe.trim().parse().map_err(|_| "bad recipe")?);
            for (i, value) in fields.split(',').map(str::trim).enumerate() {
                let moved = i > 0 && !value.starts_with('&');
                let value = self.value(value.trim_start_matches('&'))?;
                self.trace.snaps.slot(SlotEntry { value, slot: i as u16, moved });
            }
        }
        if let Some(drops) = rest.strip_prefix("drop ") {
            for d in self.list(drops)? {
                self.trace.snaps.drop_ref(d);
            }
        } else if !rest.is_empty() {
            return Err("what is that after the frames".into());
        }
        Ok(id)
    }
}

fn parse_word(s: &str) -> Option<u64> {
    match s.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => s.parse().ok().or_else(|| s.parse::<i64>().ok().map(|i| i as u64)),
    }
}

fn parse_const(ty: Ty, s: &str) -> Option<u64> {
    Some(match ty {
        Ty::I => (s.parse::<i64>().ok()? << 1) as u64,
        Ty::W | Ty::B => parse_word(s)?,
        Ty::F if s.starts_with("0x") => parse_word(s)?,
        Ty::F => s.parse::<f64>().ok()?.to_bits(),
        Ty::V | Ty::P => {
            if let Some((_, bits)) = SINGLETONS.iter().find(|k| k.0 == s) {
                *bits
            } else if s.starts_with("0x") {
                parse_word(s)?
            } else if let Ok(i) = s.parse() {
                tag::try_int_word(i)?
            } else {
                tag::try_float_word(s.parse().ok()?)?
            }
        }
        Ty::None => return None,
    })
}
