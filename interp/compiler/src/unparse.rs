//! Source text of an expression (Python/ast_unparse.c), as `from __future__ import annotations` stores it.

use crate::ast::*;
use crate::code::Constant;
use rustpython_wtf8::{Wtf8, Wtf8Buf};

/// Binding strengths, weakest first.
mod level {
    pub const NAMED_EXPR: u8 = 0;
    pub const TUPLE: u8 = 1;
    pub const YIELD: u8 = 1;
    pub const TEST: u8 = 2;
    pub const OR: u8 = 3;
    pub const AND: u8 = 4;
    pub const NOT: u8 = 5;
    pub const CMP: u8 = 6;
    pub const EXPR: u8 = 7;
    pub const BOR: u8 = EXPR;
    pub const BXOR: u8 = 8;
    pub const BAND: u8 = 9;
    pub const SHIFT: u8 = 10;
    pub const ARITH: u8 = 11;
    pub const TERM: u8 = 12;
    pub const FACTOR: u8 = 13;
    pub const POWER: u8 = 14;
    pub const AWAIT: u8 = 15;
    pub const ATOM: u8 = 16;
}

/// The source of `expr`, as CPython writes it.
pub fn unparse(expr: &Expr) -> Wtf8Buf {
    let mut writer = Writer { out: Wtf8Buf::new() };
    writer.expr(expr, level::TEST);
    writer.out
}

/// `repr()` of a constant, for messages.
pub fn constant_repr(value: &Constant) -> String {
    let mut out = Wtf8Buf::new();
    write_constant(&mut out, value, false);
    out.to_string()
}

struct Writer {
    out: Wtf8Buf,
}

impl Writer {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn open(&mut self, parenthesized: bool) {
        if parenthesized {
            self.text("(");
        }
    }

    fn close(&mut self, parenthesized: bool) {
        if parenthesized {
            self.text(")");
        }
    }

    fn list(&mut self, exprs: &[Expr], level: u8) {
        for (i, expr) in exprs.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            self.expr(expr, level);
        }
    }

    fn expr(&mut self, expr: &Expr, outer: u8) {
        use level::*;
        match &expr.kind {
            ExprKind::BoolOp { is_and, values } => {
                let (word, level) = if *is_and { (" and ", AND) } else { (" or ", OR) };
                self.open(outer > level);
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        self.text(word);
                    }
                    self.expr(value, level + 1);
                }
                self.close(outer > level);
            }
            ExprKind::BinOp { left, op, right } => {
                let (word, level, right_associative) = match op {
                    Operator::Add => (" + ", ARITH, false),
                    Operator::Sub => (" - ", ARITH, false),
                    Operator::Mult => (" * ", TERM, false),
                    Operator::MatMult => (" @ ", TERM, false),
                    Operator::Div => (" / ", TERM, false),
                    Operator::Mod => (" % ", TERM, false),
                    Operator::LShift => (" << ", SHIFT, false),
                    Operator::RShift => (" >> ", SHIFT, false),
                    Operator::BitOr => (" | ", BOR, false),
                    Operator::BitXor => (" ^ ", BXOR, false),
                    Operator::BitAnd => (" & ", BAND, false),
                    Operator::FloorDiv => (" // ", TERM, false),
                    Operator::Pow => (" ** ", POWER, true),
                };
                self.open(outer > level);
                self.expr(left, level + u8::from(right_associative));
                self.text(word);
                self.expr(right, level + u8::from(!right_associative));
                self.close(outer > level);
            }
            ExprKind::UnaryOp { op, operand } => {
                let (word, level) = match op {
                    UnaryOp::Invert => ("~", FACTOR),
                    UnaryOp::Not => ("not ", NOT),
                    UnaryOp::UAdd => ("+", FACTOR),
                    UnaryOp::USub => ("-", FACTOR),
                };
                self.open(outer > level);
                self.text(word);
                self.expr(operand, level);
                self.close(outer > level);
            }
            ExprKind::Lambda { args, body, .. } => {
                self.open(outer > TEST);
                self.text("lambda");
                if args.posonlyargs.len() + args.args.len() + args.kwonlyargs.len() > 0 || args.vararg.is_some() || args.kwarg.is_some() {
                    self.text(" ");
                }
                self.arguments(args);
                self.text(": ");
                self.expr(body, TEST);
                self.close(outer > TEST);
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.open(outer > TEST);
                self.expr(body, TEST + 1);
                self.text(" if ");
                self.expr(test, TEST + 1);
                self.text(" else ");
                self.expr(orelse, TEST);
                self.close(outer > TEST);
            }
            ExprKind::Dict { keys, values } => {
                self.text("{");
                for (i, (key, value)) in keys.iter().zip(values).enumerate() {
                    if i > 0 {
                        self.text(", ");
                    }
                    match key {
                        Some(key) => {
                            self.expr(key, TEST);
                            self.text(": ");
                            self.expr(value, TEST);
                        }
                        None => {
                            self.text("**");
                            self.expr(value, EXPR);
                        }
                    }
                }
                self.text("}");
            }
            ExprKind::Set(elts) => {
                self.text("{");
                self.list(elts, TEST);
                self.text("}");
            }
            ExprKind::Comp(comp) => self.comprehension(comp),
            ExprKind::Yield(value) => {
                self.open(outer > YIELD);
                self.text("yield");
                if let Some(value) = value {
                    self.text(" ");
                    self.expr(value, TEST);
                }
                self.close(outer > YIELD);
            }
            ExprKind::YieldFrom(value) => {
                self.open(outer > YIELD);
                self.text("yield from ");
                self.expr(value, TEST);
                self.close(outer > YIELD);
            }
            ExprKind::Await(value) => {
                self.open(outer > AWAIT);
                self.text("await ");
                self.expr(value, ATOM);
                self.close(outer > AWAIT);
            }
            ExprKind::Compare { left, ops, comparators } => {
                self.open(outer > CMP);
                self.expr(left, CMP + 1);
                for (op, comparator) in ops.iter().zip(comparators) {
                    self.text(match op {
                        CmpOp::Eq => " == ",
                        CmpOp::NotEq => " != ",
                        CmpOp::Lt => " < ",
                        CmpOp::LtE => " <= ",
                        CmpOp::Gt => " > ",
                        CmpOp::GtE => " >= ",
                        CmpOp::Is => " is ",
                        CmpOp::IsNot => " is not ",
                        CmpOp::In => " in ",
                        CmpOp::NotIn => " not in ",
                    });
                    self.expr(comparator, CMP + 1);
                }
                self.close(outer > CMP);
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func, ATOM);
                // A generator that is the only argument brings the parentheses.
                if let [arg] = &args[..]
                    && keywords.is_empty()
                    && matches!(&arg.kind, ExprKind::Comp(comp) if comp.kind == CompKind::Generator)
                {
                    self.expr(arg, TEST);
                    return;
                }
                self.text("(");
                self.list(args, TEST);
                for (i, keyword) in keywords.iter().enumerate() {
                    if i > 0 || !args.is_empty() {
                        self.text(", ");
                    }
                    match &keyword.arg {
                        Some(arg) => {
                            self.text(arg);
                            self.text("=");
                        }
                        None => self.text("**"),
                    }
                    self.expr(&keyword.value, TEST);
                }
                self.text(")");
            }
            ExprKind::Constant { value, unicode_prefix } => {
                if *unicode_prefix {
                    self.text("u");
                }
                write_constant(&mut self.out, value, true);
            }
            ExprKind::JoinedStr(values) => self.interpolated("f", values),
            ExprKind::TemplateStr(values) => self.interpolated("t", values),
            ExprKind::FormattedValue { .. } => self.interpolated("f", std::slice::from_ref(expr)),
            ExprKind::Interpolation { .. } => self.interpolated("t", std::slice::from_ref(expr)),
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value, ATOM);
                // A number and a dot would be a float.
                if matches!(value.constant(), Some(Constant::Int(_))) {
                    self.text(" ");
                }
                self.text(".");
                self.text(attr);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value, ATOM);
                self.text("[");
                self.expr(slice, TUPLE);
                self.text("]");
            }
            ExprKind::Starred { value, .. } => {
                self.text("*");
                self.expr(value, EXPR);
            }
            ExprKind::Name { id, .. } => self.text(id),
            ExprKind::List { elts, .. } => {
                self.text("[");
                self.list(elts, TEST);
                self.text("]");
            }
            ExprKind::Tuple { elts, .. } => {
                if elts.is_empty() {
                    return self.text("()");
                }
                self.open(outer > TUPLE);
                self.list(elts, TEST);
                if elts.len() == 1 {
                    self.text(",");
                }
                self.close(outer > TUPLE);
            }
            ExprKind::Slice { lower, upper, step } => {
                if let Some(lower) = lower {
                    self.expr(lower, TEST);
                }
                self.text(":");
                if let Some(upper) = upper {
                    self.expr(upper, TEST);
                }
                if let Some(step) = step {
                    self.text(":");
                    self.expr(step, TEST);
                }
            }
            ExprKind::NamedExpr { target, value } => {
                self.open(outer > NAMED_EXPR);
                self.expr(target, ATOM);
                self.text(" := ");
                self.expr(value, ATOM);
                self.close(outer > NAMED_EXPR);
            }
        }
    }

    fn comprehension(&mut self, comp: &Comp) {
        let (open, close) = match comp.kind {
            CompKind::Generator => ("(", ")"),
            CompKind::List => ("[", "]"),
            CompKind::Set | CompKind::Dict => ("{", "}"),
        };
        self.text(open);
        self.expr(&comp.elt, level::TEST);
        if let Some(value) = &comp.value {
            self.text(": ");
            self.expr(value, level::TEST);
        }
        for generator in &comp.generators {
            self.text(if generator.is_async { " async for " } else { " for " });
            self.expr(&generator.target, level::TUPLE);
            self.text(" in ");
            self.expr(&generator.iter, level::TEST + 1);
            for condition in &generator.ifs {
                self.text(" if ");
                self.expr(condition, level::TEST + 1);
            }
        }
        self.text(close);
    }

    fn arguments(&mut self, args: &Arguments) {
        let mut first = true;
        let mut separate = |writer: &mut Self| {
            if !std::mem::take(&mut first) {
                writer.text(", ");
            }
        };
        let positional = args.posonlyargs.len() + args.args.len();
        for (i, arg) in args.posonlyargs.iter().chain(&args.args).enumerate() {
            separate(self);
            self.parameter(arg);
            let from_end = positional - i;
            if from_end <= args.defaults.len() {
                self.text("=");
                self.expr(&args.defaults[args.defaults.len() - from_end], level::TEST);
            }
            if i + 1 == args.posonlyargs.len() {
                self.text(", /");
            }
        }
        if args.vararg.is_some() || !args.kwonlyargs.is_empty() {
            separate(self);
            self.text("*");
            if let Some(arg) = &args.vararg {
                self.parameter(arg);
            }
        }
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            separate(self);
            self.parameter(arg);
            if let Some(default) = default {
                self.text("=");
                self.expr(default, level::TEST);
            }
        }
        if let Some(arg) = &args.kwarg {
            separate(self);
            self.text("**");
            self.parameter(arg);
        }
    }

    fn parameter(&mut self, arg: &Arg) {
        self.text(&arg.arg);
        if let Some(annotation) = &arg.annotation {
            self.text(": ");
            self.expr(annotation, level::TEST);
        }
    }

    /// An f- or t-string: its body is written without quotes and then quoted as a whole.
    fn interpolated(&mut self, prefix: &str, values: &[Expr]) {
        let mut body = Wtf8Buf::new();
        write_parts(&mut body, values);
        self.text(prefix);
        write_str(&mut self.out, &body);
    }
}

fn write_parts(out: &mut Wtf8Buf, values: &[Expr]) {
    for value in values {
        match &value.kind {
            ExprKind::Constant { value: Constant::Str(text), .. } => {
                for c in text.code_points() {
                    out.push(c);
                    if c.to_char().is_some_and(|c| c == '{' || c == '}') {
                        out.push(c);
                    }
                }
            }
            ExprKind::JoinedStr(values) => write_parts(out, values),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                let mut writer = Writer { out: Wtf8Buf::new() };
                writer.expr(value, level::TEST + 1);
                write_replacement(out, &writer.out, *conversion, format_spec.as_deref());
            }
            ExprKind::Interpolation { text: Constant::Str(text), conversion, format_spec, .. } => {
                write_replacement(out, text, *conversion, format_spec.as_deref())
            }
            _ => {}
        }
    }
}

fn write_replacement(out: &mut Wtf8Buf, expr: &Wtf8, conversion: Option<char>, format_spec: Option<&Expr>) {
    // Two braces would be a literal one.
    out.push_str(if expr.as_bytes().first() == Some(&b'{') { "{ " } else { "{" });
    out.push_wtf8(expr);
    if let Some(conversion) = conversion {
        out.push_char('!');
        out.push_char(conversion);
    }
    if let Some(spec) = format_spec {
        out.push_char(':');
        write_parts(out, std::slice::from_ref(spec));
    }
    out.push_char('}');
}

/// `repr()` of a constant; in source, infinite floats are written as numbers that overflow.
fn write_constant(out: &mut Wtf8Buf, value: &Constant, source: bool) {
    match value {
        Constant::None => out.push_str("None"),
        Constant::Ellipsis => out.push_str(if source { "..." } else { "Ellipsis" }),
        Constant::Bool(true) => out.push_str("True"),
        Constant::Bool(false) => out.push_str("False"),
        Constant::Int(value) => out.push_str(&value.to_string()),
        Constant::Float(value) => write_float(out, *value, source, false),
        Constant::Complex(re, im) => {
            if *re == 0.0 && re.is_sign_positive() {
                write_float(out, *im, source, true);
                out.push_char('j');
            } else {
                out.push_char('(');
                write_float(out, *re, source, true);
                if !im.is_sign_negative() {
                    out.push_char('+');
                }
                write_float(out, *im, source, true);
                out.push_str("j)");
            }
        }
        Constant::Str(value) => write_str(out, value),
        Constant::Bytes(value) => write_bytes(out, value),
        Constant::Tuple(items) => {
            out.push_char('(');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_constant(out, item, source);
            }
            if items.len() == 1 {
                out.push_char(',');
            }
            out.push_char(')');
        }
        _ => {}
    }
}

/// `repr()` of a float: the shortest digits that read back as the same number.
fn write_float(out: &mut Wtf8Buf, value: f64, source: bool, in_complex: bool) {
    if value.is_nan() {
        return out.push_str("nan");
    }
    if value.is_infinite() {
        if value < 0.0 {
            out.push_char('-');
        }
        return out.push_str(if source { "1e309" } else { "inf" });
    }
    let digits = format!("{value:e}");
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let text = format!("{value}");
        out.push_str(&text);
        if !in_complex && !text.contains('.') {
            out.push_str(".0");
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("{mantissa}e{sign}{:02}", exponent.abs()));
    }
}

/// `repr()` of a str.
fn write_str(out: &mut Wtf8Buf, text: &Wtf8) {
    let has = |c: u8| text.as_bytes().contains(&c);
    let quote = if has(b'\'') && !has(b'"') { '"' } else { '\'' };
    out.push_char(quote);
    for point in text.code_points() {
        let Some(c) = point.to_char() else {
            out.push_str(&format!("\\u{:04x}", point.to_u32()));
            continue;
        };
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push_char('\\');
                out.push_char(c);
            }
            ' '..='~' => out.push_char(c),
            c if is_printable(c) => out.push_char(c),
            c => {
                let code = c as u32;
                out.push_str(&match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                });
            }
        }
    }
    out.push_char(quote);
}

/// An approximation of `str.isprintable` for characters beyond ASCII: no controls, separators or private use.
fn is_printable(c: char) -> bool {
    !(c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
        || c == '\u{7f}')
        && c as u32 >= 0x80
}

/// `repr()` of bytes.
fn write_bytes(out: &mut Wtf8Buf, bytes: &[u8]) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    out.push_char('b');
    out.push_char(quote as char);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b if b == quote => {
                out.push_char('\\');
                out.push_char(b as char);
            }
            b' '..=b'~' => out.push_char(byte as char),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push_char(quote as char);
}
