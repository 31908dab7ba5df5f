//! Other CPUs: there is no compiled code to enter.

use weft_layout::machine_frame::MachineFrame;

/// Never called.
///
/// # Safety
/// Never called.
pub unsafe extern "C" fn enter(_frame: *mut MachineFrame, _code: *const u8, _python_frame: u64) -> u32 {
    unreachable!("there is no compiled code for this CPU")
}

macro_rules! unreachable_thunks {
    ($($name:ident)*) => {
        $(
            /// Never called.
            ///
            /// # Safety
            /// Never called.
            pub unsafe extern "C" fn $name() {
                unreachable!("there is no compiled code for this CPU")
            }
        )*
    };
}

unreachable_thunks! { leave slow_path call }
