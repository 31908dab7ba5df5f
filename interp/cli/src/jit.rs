//! The `--jit` options.

use weft_vm::jit::{self, Backend, Options};

/// What the options and `WEFT_JIT` say.
#[derive(Debug, Default)]
pub struct JitArguments {
    on: bool,
    off: bool,
    options: Options,
}

impl JitArguments {
    /// Reads one option, without its dashes. Whether it is one of these.
    pub fn option(&mut self, name: &str, value: Option<&str>) -> Result<bool, String> {
        match (name, value) {
            ("jit", None | Some("copy-and-patch")) => {}
            ("jit", Some("cranelift")) => self.options.backend = Backend::Cranelift,
            ("jit", Some("off")) => {
                self.off = true;
                return Ok(true);
            }
            ("jit", Some(other)) => return Err(format!("there is no backend {other}; there are copy-and-patch and cranelift, and off")),
            ("jit-dump", Some(list)) => {
                self.options.dump = Some(jit::parse_stages(list)?);
            }
            ("jit-dump-to", Some(folder)) => {
                self.options.dump_to = Some(folder.into());
                self.options.dump.get_or_insert(jit::parse_stages("all")?);
            }
            ("jit-perf", None) => self.options.perf = true,
            ("jit-gdb", None) => self.options.gdb = true,
            ("jit-check", None) => self.options.check = true,
            ("jit-stats", None) => self.options.stats = true,
            ("jit-stats", Some("json")) => (self.options.stats, self.options.stats_json) = (true, true),
            ("jit-threshold", Some(n)) => {
                let n = threshold(name, n)?;
                self.options.loop_threshold = n;
                self.options.entry_threshold = 2 * n;
            }
            ("jit-exit-threshold", Some(n)) => self.options.exit_threshold = threshold(name, n)?,
            ("jit-stress", seed) => {
                let seed = seed.map_or(Some(0), |s| s.parse().ok()).ok_or("--jit-stress takes a number")?;
                self.options.stress = Some(seed);
                self.options.loop_threshold = 2;
                self.options.entry_threshold = 2;
                self.options.exit_threshold = 1;
            }
            ("jit-plant", Some(name)) => {
                jit::plant(name)?;
                return Ok(true);
            }
            ("jit-disable", Some(pass)) => {
                for pass in pass.split(',') {
                    self.options.disable(pass)?;
                }
            }
            ("jit-dump" | "jit-dump-to" | "jit-threshold" | "jit-exit-threshold" | "jit-disable", None) => {
                return Err(format!("--{name} takes a value: --{name}=…"));
            }
            _ => return Ok(false),
        }
        self.on = true;
        Ok(true)
    }

    /// `WEFT_JIT=1`.
    pub fn environment(&mut self) {
        self.on |= std::env::var("WEFT_JIT").is_ok_and(|v| !v.is_empty() && v != "0");
    }

    /// Switches the JIT on, if it is wanted.
    pub fn switch_on(&self) -> Result<(), String> {
        if self.off {
            if self.options.stats {
                jit::coverage::switch_on();
            }
            return Ok(());
        }
        if self.on { jit::switch_on(self.options.clone()) } else { Ok(()) }
    }
}

/// Prints the statistics, if they were asked for.
pub fn report() {
    if let Some(text) = jit::statistics() {
        weft_vm::stderr::write(format_args!("{text}"));
    }
}

/// How often something has to happen before the JIT does anything about it.
fn threshold(option: &str, n: &str) -> Result<u32, String> {
    n.parse().ok().filter(|n| (1..=60_000).contains(n)).ok_or_else(|| format!("--{option} takes a number from 1 to 60000"))
}
