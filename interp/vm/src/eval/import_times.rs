//! `-X importtime`: how long each import takes, told on standard error as CPython tells it.

use crate::global::Global;
use crate::types::str;
use crate::value::{Res, Value};
use std::time::{Duration, Instant};

struct Times {
    /// Whether imports of what is there already are told, too.
    cached: bool,
    /// How many imports the present one is in.
    level: usize,
    /// How long the imports within the present one took.
    inner: Duration,
}

static TIMES: Global<Option<Times>> = Global::new(None);

/// Says that times are to be told, and whether imports of what is there already are; at start-up.
pub fn switch_on(cached: bool) {
    crate::complain!("import time: self [us] | cumulative | imported package");
    // SAFETY: nothing else runs yet.
    unsafe { *TIMES.get() = Some(Times { cached, level: 0, inner: Duration::ZERO }) };
}

fn times() -> Option<&'static mut Times> {
    // SAFETY: the GIL is held, and nobody holds on to what is returned across Python code.
    unsafe { (*TIMES.get()).as_mut() }
}

/// What `load` gives, with its time told if times are.
pub fn timed(name: &Value, load: impl FnOnce() -> Res) -> Res {
    let Some(t) = times() else { return load() };
    t.level += 1;
    let before = std::mem::take(&mut t.inner);
    let start = Instant::now();
    let loaded = load();
    let all = start.elapsed();
    let Some(t) = times() else { return loaded };
    t.level -= 1;
    let own = all.saturating_sub(std::mem::replace(&mut t.inner, before + all));
    let microseconds = |d: Duration| d.as_nanos().div_ceil(1000);
    crate::complain!(
        "import time: {:9} | {:10} | {:indent$}{}",
        microseconds(own),
        microseconds(all),
        "",
        str::display(name),
        indent = 2 * t.level
    );
    loaded
}

/// Tells of the import of a module that is there already, if that is asked for.
pub fn cached(name: &Value) {
    if let Some(t) = times().filter(|t| t.cached) {
        crate::complain!("import time: cached    | cached     | {:>width$}", str::display(name), width = 2 * t.level);
    }
}
