//! `datetime.timedelta`.

use crate::LazyClass;
use num_bigint::BigInt;
use num_integer::Integer;
use std::cell::Cell;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Signature, def, getter};
use weft_vm::class::slots::{CompareOp, Slots};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{self, number};
use weft_vm::types::{dict, float, int, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance, new_object};
use weft_vm::{call, exc};

/// `datetime.timedelta`
pub static TIMEDELTA: LazyClass = LazyClass::new(&SPEC);

const MAX_DAYS: i64 = 999_999_999;
const SECOND: i128 = 1_000_000;
const DAY: i128 = 86_400 * SECOND;

/// The payload: a normalised duration.
pub struct Delta {
    /// Days, perhaps negative.
    pub days: i32,
    /// Seconds, 0 to 86399.
    pub seconds: i32,
    /// Microseconds, 0 to 999999.
    pub micros: i32,
    hash: Cell<Option<i64>>,
}

// SAFETY: instances of timedelta hold a Delta.
unsafe impl Payload for Delta {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        TIMEDELTA.get()
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "datetime.timedelta",
    doc: "Difference between two datetime values.\n\ntimedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n\nAll arguments are optional and default to 0.\nArguments may be integers or floats, and may be positive or negative.",
    payload: PayloadOps::of::<Delta>(),
    flags: flag::BASETYPE,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        str: Some(|v| Ok(str::from_string(this(v).to_string()))),
        hash: Some(hash),
        compare: Some(compare),
        add: Some(add),
        subtract: Some(subtract),
        multiply: Some(multiply),
        remainder: Some(remainder),
        divmod: Some(divmod),
        floor_divide: Some(floor_divide),
        true_divide: Some(true_divide),
        negative: Some(|v| from_micros(-this(v).total())),
        positive: Some(|v| from_micros(this(v).total())),
        absolute: Some(|v| from_micros(this(v).total().abs())),
        bool: Some(|v| Ok(this(v).total() != 0)),
        ..Slots::NONE
    },
    methods: &[
        def("total_seconds", "($self, /)", |a| this(a.at(0)).total_seconds(), "Total seconds in the duration."),
        def("__reduce__", "($self, /)", |a| Ok(tuple::from_array([a.at(0).class().value(), this(a.at(0)).state()])), "__reduce__() -> (cls, state)"),
    ],
    getsets: &[
        getter("days", |v| Ok(Value::int(this(v).days.into())), "Number of days."),
        getter("seconds", |v| Ok(Value::int(this(v).seconds.into())), "Number of seconds (>= 0 and less than 1 day)."),
        getter("microseconds", |v| Ok(Value::int(this(v).micros.into())), "Number of microseconds (>= 0 and less than 1 second)."),
    ],
    ..TypeSpec::DEFAULT
};

/// Adds the class's constants.
pub fn add_constants() -> Res<()> {
    let namespace = TIMEDELTA.get().namespace();
    let constants = [("min", -i128::from(MAX_DAYS) * DAY), ("max", i128::from(MAX_DAYS + 1) * DAY - 1), ("resolution", 1)];
    for (name, micros) in constants {
        dict::set_str(&namespace, &str::intern(name), from_micros(micros)?);
    }
    Ok(())
}

/// Whether the value is a duration.
pub fn is_delta(v: &Value) -> bool {
    v.downcast::<Delta>().is_some()
}

/// The duration behind an object.
pub fn this(v: &Value) -> &Delta {
    // SAFETY: callers have checked the class.
    unsafe { v.payload() }
}

impl Delta {
    /// All of it in microseconds.
    pub fn total(&self) -> i128 {
        i128::from(self.days) * DAY + i128::from(self.seconds) * SECOND + i128::from(self.micros)
    }

    fn state(&self) -> Value {
        tuple::from_array([self.days, self.seconds, self.micros].map(|n| Value::int(n.into())))
    }

    /// `total_seconds()`.
    pub fn total_seconds(&self) -> Res {
        number::binary(number::BinaryOp::TrueDivide, &int::from_i128(self.total()), &Value::small_int(1_000_000))
    }
}

impl std::fmt::Display for Delta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.days != 0 {
            write!(f, "{} day{}, ", self.days, if self.days.abs() == 1 { "" } else { "s" })?;
        }
        write!(f, "{}:{:02}:{:02}", self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60)?;
        if self.micros != 0 { write!(f, ".{:06}", self.micros) } else { Ok(()) }
    }
}

fn payload(micros: i128) -> Res<Delta> {
    let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let Ok(days) = i32::try_from(days) else {
        return Err(exc::overflow_error("Python int too large to convert to C int"));
    };
    if i64::from(days).abs() > MAX_DAYS {
        return Err(exc::overflow_error(format!("days={days}; must have magnitude <= {MAX_DAYS}")));
    }
    Ok(Delta { days, seconds: (rest / SECOND) as i32, micros: (rest % SECOND) as i32, hash: Cell::new(None) })
}

/// A duration of so many microseconds.
pub fn from_micros(micros: i128) -> Res {
    payload(micros).map(new_object)
}

/// A duration of so many seconds.
pub fn from_seconds(seconds: i64) -> Res {
    from_micros(i128::from(seconds) * SECOND)
}

/// A duration of days and seconds and microseconds, each of any sign.
pub fn of(days: i64, seconds: i64, micros: i64) -> Res {
    from_micros(i128::from(days) * DAY + i128::from(seconds) * SECOND + i128::from(micros))
}

fn too_large() -> exc::Raised {
    exc::overflow_error("Python int too large to convert to C int")
}

fn to_i128(b: BigInt) -> Res<i128> {
    i128::try_from(b).map_err(|_| too_large())
}

/// The microseconds of `n` units of `factor` microseconds; what is left over of a float is added to `left`.
fn component(name: &str, n: &Value, factor: i128, left: &mut f64) -> Res<i128> {
    if int::is_int(n) {
        return to_i128(int::to_bigint(n) * factor);
    }
    let Some(x) = float::as_f64(n) else {
        return Err(exc::type_error(format!("unsupported type for timedelta {name} component: {}", n.class().full_name())));
    };
    if x.is_nan() {
        return Err(exc::value_error("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(exc::overflow_error("cannot convert float infinity to integer"));
    }
    let whole = to_i128(int::to_bigint(&int::from_f64(x.trunc())) * factor)?;
    let fraction = x.fract() * factor as f64;
    *left += fraction.fract();
    whole.checked_add(fraction.trunc() as i128).ok_or_else(too_large)
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("__new__", "(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)");
    SIGNATURE.bind(args, kwnames, |a| {
        let mut left = 0.0;
        let mut total: i128 = 0;
        let parts = [
            (2, "microseconds", 1),
            (3, "milliseconds", 1000),
            (1, "seconds", SECOND),
            (4, "minutes", 60 * SECOND),
            (5, "hours", 3600 * SECOND),
            (0, "days", DAY),
            (6, "weeks", 7 * DAY),
        ];
        for (i, name, factor) in parts {
            if let Some(n) = a.opt(i) {
                total = total.checked_add(component(name, n, factor, &mut left)?).ok_or_else(too_large)?;
            }
        }
        if left != 0.0 {
            // Half of a microsecond is rounded to an even number of them.
            let mut whole = left.round();
            if (whole - left).abs() == 0.5 {
                let odd = f64::from(total & 1 != 0);
                whole = 2.0 * ((left + odd) * 0.5).round() - odd;
            }
            total = total.checked_add(whole as i128).ok_or_else(too_large)?;
        }
        Ok(new_instance(build::of(class), payload(total)?))
    })
}

fn repr(v: &Value) -> Res {
    let d = this(v);
    let parts: Vec<String> = [("days", d.days), ("seconds", d.seconds), ("microseconds", d.micros)]
        .into_iter()
        .filter(|p| p.1 != 0)
        .map(|(name, n)| format!("{name}={n}"))
        .collect();
    let shown = if parts.is_empty() { "0".to_owned() } else { parts.join(", ") };
    Ok(str::from_string(format!("{}({shown})", v.class().full_name())))
}

fn hash(v: &Value) -> Res<i64> {
    let d = this(v);
    if let Some(h) = d.hash.get() {
        return Ok(h);
    }
    let h = protocol::hash(&d.state())?;
    d.hash.set(Some(h));
    Ok(h)
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !is_delta(a) || !is_delta(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    Ok(Value::bool(op.holds(this(a).total().cmp(&this(b).total()))))
}

fn both(a: &Value, b: &Value) -> Option<(i128, i128)> {
    Some((a.downcast::<Delta>()?.total(), b.downcast::<Delta>()?.total()))
}

fn add(a: &Value, b: &Value) -> Res {
    both(a, b).map_or(Ok(Value::NOT_IMPLEMENTED), |(x, y)| from_micros(x + y))
}

fn subtract(a: &Value, b: &Value) -> Res {
    both(a, b).map_or(Ok(Value::NOT_IMPLEMENTED), |(x, y)| from_micros(x - y))
}

fn zero_division() -> exc::Raised {
    exc::zero_division_error("division by zero")
}

/// The integer nearest to a quotient; halves go to the even one.
fn divide_nearest(a: BigInt, b: BigInt) -> Res<i128> {
    if b == BigInt::ZERO {
        return Err(zero_division());
    }
    let (a, b) = if b < BigInt::ZERO { (-a, -b) } else { (a, b) };
    let (q, r) = a.div_mod_floor(&b);
    let twice: BigInt = r * 2;
    let up = twice > b || twice == b && q.is_odd();
    to_i128(q + i32::from(up))
}

/// A float as a quotient of integers.
fn ratio(x: &Value) -> Res<(BigInt, BigInt)> {
    let pair = call::call_method(x, &str::intern("as_integer_ratio"), &[])?;
    match tuple::items(&pair) {
        [n, d] => Ok((int::to_bigint(n), int::to_bigint(d))),
        _ => Err(exc::type_error("unexpected return type from as_integer_ratio(): expected a pair")),
    }
}

fn multiply(a: &Value, b: &Value) -> Res {
    let (d, by) = if is_delta(a) { (a, b) } else { (b, a) };
    let micros = BigInt::from(this(d).total());
    if int::is_int(by) {
        return from_micros(to_i128(micros * int::to_bigint(by))?);
    }
    if float::is_float(by) {
        let (n, m) = ratio(by)?;
        return from_micros(divide_nearest(micros * n, m)?);
    }
    Ok(Value::NOT_IMPLEMENTED)
}

fn floor_divide(a: &Value, b: &Value) -> Res {
    if let Some((x, y)) = both(a, b) {
        return if y == 0 { Err(zero_division()) } else { Ok(int::from_i128(x.div_floor(&y))) };
    }
    if !is_delta(a) || !int::is_int(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let by = int::to_bigint(b);
    if by == BigInt::ZERO {
        return Err(zero_division());
    }
    from_micros(to_i128(BigInt::from(this(a).total()).div_floor(&by))?)
}

fn true_divide(a: &Value, b: &Value) -> Res {
    if let Some((x, y)) = both(a, b) {
        return number::binary(number::BinaryOp::TrueDivide, &int::from_i128(x), &int::from_i128(y));
    }
    if !is_delta(a) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let micros = BigInt::from(this(a).total());
    if int::is_int(b) {
        return from_micros(divide_nearest(micros, int::to_bigint(b))?);
    }
    if float::is_float(b) {
        let (n, m) = ratio(b)?;
        return from_micros(divide_nearest(micros * m, n)?);
    }
    Ok(Value::NOT_IMPLEMENTED)
}

fn remainder(a: &Value, b: &Value) -> Res {
    match both(a, b) {
        None => Ok(Value::NOT_IMPLEMENTED),
        Some((_, 0)) => Err(zero_division()),
        Some((x, y)) => from_micros(x.mod_floor(&y)),
    }
}

fn divmod(a: &Value, b: &Value) -> Res {
    match both(a, b) {
        None => Ok(Value::NOT_IMPLEMENTED),
        Some((_, 0)) => Err(zero_division()),
        Some((x, y)) => Ok(tuple::from_array([int::from_i128(x.div_floor(&y)), from_micros(x.mod_floor(&y))?])),
    }
}
