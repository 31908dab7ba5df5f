//! One thread at a time works on a buffered stream.

use super::this;
use std::time::Duration;
use weft_vm::types::text::Text;
use weft_vm::value::{Res, Value};
use weft_vm::{exc, gil, thread};

/// Says that the calling thread works on the stream; dropped when it is done.
pub struct Held<'a>(&'a Value);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        this(self.0).owner.set(0);
    }
}

/// Waits until no other thread works on the stream. Raises RuntimeError if this one does already.
pub fn enter(v: &Value) -> Res<Held<'_>> {
    let b = this(v);
    let me = thread::thread().ident.get();
    if b.owner.get() == me {
        let text = Text::new().add("reentrant call inside ").repr(v)?.finish();
        return Err(exc::raise_args(weft_vm::vm::types().runtime_error, &[text]));
    }
    while b.owner.get() != 0 {
        crate::syscall::check_signals()?;
        // Streams are seldom shared: looking again now and then will do.
        gil::without(|| std::thread::sleep(Duration::from_micros(200)));
    }
    b.owner.set(me);
    Ok(Held(v))
}
