//! The `weft` command.

mod arguments;
mod emit;
mod jit;

use arguments::{Action, Arguments};
use std::io::IsTerminal;
#[cfg(not(feature = "system-allocator"))]
use weft_compiler::region::{self, RegionAllocator};
use weft_stdlib::startup::{self, Ending};
use weft_stdlib::{repl, run as program, shutdown};
use weft_vm::eval::exec_dump;

/// Items of lists, tables of dicts and the like come and go at a great rate, so they get a fast allocator; what a compilation needs, one that is faster still.
#[cfg(not(feature = "system-allocator"))]
#[global_allocator]
static ALLOCATOR: RegionAllocator<mimalloc::MiMalloc> = RegionAllocator(mimalloc::MiMalloc);

/// The native stack of the thread that runs Python: deep recursion through native code is RecursionError well before its end.
const STACK_SIZE: usize = 16 << 20;

/// How much of the heap is made of small pages, in bytes.
#[cfg(not(feature = "system-allocator"))]
const SMALL_PAGES: usize = 32 << 20;

/// The size of a huge page.
#[cfg(not(feature = "system-allocator"))]
const HUGE_PAGE: usize = 2 << 20;

/// How much address space the allocator reserves at a time, in KiB. It clears tables in proportion to that when it begins.
#[cfg(all(target_os = "linux", not(feature = "system-allocator")))]
const RESERVED_AT_A_TIME: libc::c_long = 256 << 10;

/// The number of mimalloc's option `arena_reserve`.
#[cfg(all(target_os = "linux", not(feature = "system-allocator")))]
const ARENA_RESERVE: libc::c_int = 23;

#[cfg(all(target_os = "linux", not(feature = "system-allocator")))]
unsafe extern "C" {
    fn mi_option_set_default(option: libc::c_int, value: libc::c_long);
}

/// Keeps huge pages off until [`begin_with_small_pages`], and the allocator's tables small. It runs before the allocator does
/// anything: its first page would be a huge one, of which it uses a tenth.
#[cfg(all(target_os = "linux", not(feature = "system-allocator")))]
extern "C" fn before_the_allocator() {
    // SAFETY: this sets a flag of the process, which concerns nothing but the size of its pages, and an option of the allocator,
    // which says how large its arenas are.
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0);
        mi_option_set_default(ARENA_RESERVE, RESERVED_AT_A_TIME);
    }
}

/// Runs before `main`, and first of all that do.
#[cfg(all(target_os = "linux", not(feature = "system-allocator")))]
#[used]
// SAFETY: the section holds pointers to functions like this one.
#[unsafe(link_section = ".init_array.00001")]
static FIRST: extern "C" fn() = before_the_allocator;

/// Has the beginning of the allocator's memory mapped page by page. What lies behind is in huge pages, which suit
/// programs with much data; but one that is short would spend most of its time on clearing memory that it never uses.
#[cfg(not(feature = "system-allocator"))]
fn begin_with_small_pages() {
    let first = Box::new(0u8);
    // The allocator's own tables are right before.
    let start = (std::ptr::from_ref(&*first).addr() & !(HUGE_PAGE - 1)) - HUGE_PAGE;
    // SAFETY: this is advice about how memory is mapped, and changes nothing that a program can see; where nothing is
    // mapped it fails.
    unsafe {
        libc::madvise(std::ptr::without_provenance_mut(start), HUGE_PAGE + SMALL_PAGES, libc::MADV_NOHUGEPAGE);
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_THP_DISABLE, 0, 0, 0, 0);
    }
}

/// The status of a debug build that ends with wrong reference counts.
#[cfg(debug_assertions)]
const COUNTS_ARE_WRONG: i32 = 99;

fn main() {
    // What a panic would unwind through is not prepared for that; a release build does not even contain the means.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        report(info);
        std::process::abort();
    }));
    #[cfg(not(feature = "system-allocator"))]
    {
        begin_with_small_pages();
        region::enable();
    }
    let arguments = match Arguments::parse(std::env::args_os().collect()) {
        Ok(a) => a,
        Err(mistake) => {
            weft_vm::complain!("{mistake}");
            std::process::exit(mistake.status());
        }
    };
    match &arguments.action {
        Action::Help => std::process::exit(emit::say(arguments::HELP)),
        Action::Version => std::process::exit(emit::say(&format!("Python {}\n", weft_stdlib::sys::info::release()))),
        Action::LongVersion => std::process::exit(emit::say(&format!("Python {}\n", weft_stdlib::sys::info::version()))),
        Action::Dump { what, file } => std::process::exit(emit::dump(what, file, arguments.config.optimize)),
        Action::EmitPyc { output, file } => std::process::exit(emit::emit_pyc(file, output, arguments.config.optimize)),
        _ => {
            // The worker ends the process itself: after a fork it is the only thread there is.
            let worker = std::thread::Builder::new()
                .name("main".to_owned())
                .stack_size(STACK_SIZE)
                .spawn(move || std::process::exit(run(arguments)));
            startup::leave_signals_to_others();
            let _ = worker.map(std::thread::JoinHandle::join);
            std::process::exit(1);
        }
    }
}

fn run(arguments: Arguments) -> i32 {
    let config = &arguments.config;
    if let Err(e) = startup::start(config) {
        return match Ending::of(Err(e)) {
            Ending::Status(0) => 1,
            other => other.status(),
        };
    }
    if let Err(message) = arguments.jit.switch_on() {
        weft_vm::complain!("weft: {message}");
        return 2;
    }
    if arguments.shows_execution {
        exec_dump::switch_on(&format!("{}/lib/python3.14", config.prefix));
    }
    let mut ending = if arguments.action == Action::Interactive {
        repl::banner(config);
        repl::interact(config, true)
    } else {
        let result = match &arguments.action {
            Action::Command(text) => program::command(text, config),
            Action::Module(name) => program::module(name),
            Action::File(path) => program::file(path, config),
            _ => program::stdin(config),
        };
        // The program may have asked for the prompt itself.
        let asked = || !config.ignore_environment && std::env::var("PYTHONINSPECT").is_ok_and(|v| !v.is_empty());
        if (config.interactive || std::io::stdin().is_terminal()) && (config.inspect || asked()) {
            // Even SystemExit is only shown, and the prompt follows.
            startup::show(result);
            repl::interact(config, false)
        } else {
            Ending::of(result)
        }
    };
    exec_dump::finish();
    jit::report();
    if !shutdown::finish() && ending == Ending::Status(0) {
        ending = Ending::Status(120);
    }
    #[cfg(debug_assertions)]
    if !shutdown::counts_are_right() {
        ending = Ending::Status(COUNTS_ARE_WRONG);
    }
    ending.status()
}
