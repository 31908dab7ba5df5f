//! The command line: `python`'s options, and Weft's own.

use crate::jit::JitArguments;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use weft_stdlib::sys::{Config, ImportTimes};

/// What to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// `-c`.
    Command(String),
    /// `-m`.
    Module(String),
    /// A script.
    File(OsString),
    /// `-`, or standard input that is not a terminal.
    Stdin,
    /// The prompt.
    Interactive,
    /// `--emit-pyc=OUT FILE`.
    EmitPyc {
        /// Where to.
        output: String,
        /// The source file.
        file: String,
    },
    /// `--dump=WHAT FILE`.
    Dump {
        /// What is shown, in order.
        what: Vec<String>,
        /// The source file, or the `.pyc` file.
        file: String,
    },
    /// `--help`.
    Help,
    /// `--version`.
    Version,
    /// `-VV`.
    LongVersion,
}

/// A parsed command line.
#[derive(Debug)]
pub struct Arguments {
    /// What to do.
    pub action: Action,
    /// How.
    pub config: Config,
    /// With what JIT.
    pub jit: JitArguments,
    /// `--dump=exec`: each instruction is shown.
    pub shows_execution: bool,
}

/// The text of `--help`.
pub const HELP: &str = "\
usage: weft [option] ... [-c cmd | -m mod | file | -] [arg] ...

Python's options:
  -c cmd   run the text that follows
  -m mod   run a library module as a script
  -i       go to the prompt after the program
  -O, -OO  drop assert statements; and docstrings
  -B       do not write .pyc files
  -b       warn about comparing bytes with str
  -E       ignore PYTHON* environment variables
  -I       isolate from the environment and the user's site
  -P       do not put the script's folder on sys.path
  -q       no banner at the prompt
  -s, -S   no user site; no site at all
  -u       unbuffered stdout and stderr
  -v       trace imports
  -W arg   warning control
  -x       skip the first line of the script
  -X opt   implementation options
  -V, --version; -h, --help

Weft's own:
  --jit                compile hot code while it runs (also WEFT_JIT=1)
  --jit=cranelift      the same with Cranelift, to compare with
  --jit-dump=WHAT      show traces on stderr; WHAT is a list of trace, ir, regs,
                       asm, all; or x86_64, aarch64 for that CPU's code
  --jit-dump-to=DIR    the same in a file of DIR for each trace, all of it
                       unless --jit-dump says what
  --jit-stats          what the JIT has done, on stderr at the end; --jit=off
                       --jit-stats counts the bytecodes interpreted;
                       --jit-stats=json what was used how often
  --jit-perf           tell perf where compiled code is: /tmp/perf-PID.map and
                       jit-PID.dump in $JITDUMPDIR or here
  --jit-gdb            tell debuggers of compiled code, by GDB's JIT interface
  --jit-threshold=N    iterations after which a loop is compiled (default 400)
  --jit-exit-threshold=N
                       exits at one place after which what follows is compiled
                       (default 40)
  --jit-stress[=SEED]  compile everything at once and leave compiled code at
                       random, to test the JIT
  --jit-check          check the IR between passes, as debug builds do
  --jit-disable=PASS   leave out passes of the optimiser: virtuals, fold, guards,
                       cse, forward, peel, ranges, refcount, slots, dce
  --emit-pyc=OUT FILE  compile FILE to a .pyc that CPython 3.14 loads
  --dump=WHAT FILE     show stages of compiling FILE; WHAT is a list of tokens,
                       ast, symtable, cfg, cfg-dot (for Graphviz), bytecode;
                       or pyc, for a .pyc file
  --dump=exec FILE     run FILE and show each instruction on stderr, with the
                       value stack before and after it

-X options: dev, utf8, importtime[=2], int_max_str_digits=N, cpu_count=N,
pycache_prefix=PATH, and others, which are in sys._xoptions only

environment:
  PYTHONPATH, PYTHONHOME, PYTHONSTARTUP, PYTHONOPTIMIZE, PYTHONINSPECT,
  PYTHONDONTWRITEBYTECODE, PYTHONPYCACHEPREFIX, PYTHONUNBUFFERED,
  PYTHONIOENCODING, PYTHONUTF8, PYTHONWARNINGS, PYTHONHASHSEED,
  PYTHONNOUSERSITE, PYTHONSAFEPATH, PYTHONDEVMODE, PYTHONVERBOSE,
  PYTHONDEBUG, PYTHONINTMAXSTRDIGITS, PYTHON_CPU_COUNT, PYTHON_BASIC_REPL:
  as in CPython
";

/// A mistake in the command line or in a variable, for standard error.
#[derive(Debug)]
pub struct UsageError {
    message: String,
    program: String,
    /// The stage of CPython's start-up that fails over the same mistake. For mistakes that are not in how options are written.
    stage: Option<&'static str>,
}

impl UsageError {
    /// The process's exit status.
    pub fn status(&self) -> i32 {
        if self.stage.is_some() { 1 } else { 2 }
    }
}

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(stage) = self.stage {
            return write!(f, "Fatal Python error: {stage}: {}\nPython runtime state: preinitialized\n", self.message);
        }
        writeln!(f, "{}", self.message)?;
        writeln!(f, "usage: {} [option] ... [-c cmd | -m mod | file | -] [arg] ...", self.program)?;
        f.write_str("Try `weft -h' for more information.")
    }
}

/// A message, and the stage of [`UsageError::stage`].
struct Mistake(String, Option<&'static str>);

impl From<String> for Mistake {
    fn from(message: String) -> Mistake {
        Mistake(message, None)
    }
}

/// What reading the options fills in.
#[derive(Default)]
struct Options {
    config: Config,
    jit: JitArguments,
    emit: Option<OsString>,
    dump: Option<OsString>,
    action: Option<Action>,
    /// `sys.argv[0]`, once it is known.
    first: Option<OsString>,
    randomize: bool,
    /// How often the version was asked for.
    versions: u32,
}

impl Arguments {
    /// Reads the command line.
    pub fn parse(all: Vec<OsString>) -> Result<Arguments, UsageError> {
        let program = all.first().map_or_else(|| "weft".to_owned(), |p| p.to_string_lossy().into_owned());
        let o = Options {
            config: Config { int_max_str_digits: 4300, program: program.clone(), orig_argv: all.clone(), ..Config::default() },
            ..Options::default()
        };
        let parsed = o.read(all).map_err(Mistake::from).and_then(Options::finish);
        parsed.map_err(|Mistake(message, stage)| UsageError { message, program, stage })
    }
}

impl Options {
    fn read(mut self, all: Vec<OsString>) -> Result<Options, String> {
        let mut words = all.into_iter().skip(1);
        while let Some(word) = words.next() {
            let text = word.to_string_lossy().into_owned();
            if text == "-" {
                self.action = Some(Action::Stdin);
                self.first = Some(word);
                break;
            }
            if let Some(long) = text.strip_prefix("--") {
                if long.is_empty() {
                    break;
                }
                self.long(long, &text)?;
            } else if let Some(letters) = text.strip_prefix('-') {
                self.letters(letters, &mut words)?;
            } else {
                self.action = Some(Action::File(word.clone()));
                self.first = Some(word);
                break;
            }
            if matches!(self.action, Some(Action::Command(_) | Action::Module(_) | Action::Help)) {
                break;
            }
        }
        let mut rest: Vec<OsString> = words.collect();
        // After `--` the script is still to come.
        if self.first.is_none() && !rest.is_empty() {
            let script = rest.remove(0);
            self.action = Some(if script == "-" { Action::Stdin } else { Action::File(script.clone()) });
            self.first = Some(script);
        }
        self.config.argv = std::iter::once(self.first.take().unwrap_or_default()).chain(rest).collect();
        Ok(self)
    }

    fn long(&mut self, long: &str, word: &str) -> Result<(), String> {
        match long.split_once('=').map_or((long, None), |(k, v)| (k, Some(v))) {
            ("help" | "help-all" | "help-env" | "help-xoptions", None) => self.action = Some(Action::Help),
            ("version", None) => self.versions += 1,
            ("dump", Some(v)) => self.dump = Some(v.into()),
            ("emit-pyc", Some(v)) => self.emit = Some(v.into()),
            ("check-hash-based-pycs", Some("always" | "default" | "never")) => {}
            (name, value) if self.jit.option(name, value)? => {}
            _ => return Err(format!("Unknown option: {word}")),
        }
        Ok(())
    }

    fn letters(&mut self, letters: &str, words: &mut impl Iterator<Item = OsString>) -> Result<(), String> {
        let config = &mut self.config;
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            let mut value = || {
                let attached: String = letters.by_ref().collect();
                if !attached.is_empty() {
                    return Ok(attached);
                }
                words.next().map(|w| w.to_string_lossy().into_owned()).ok_or_else(|| format!("Argument expected for the -{letter} option"))
            };
            match letter {
                'c' => {
                    self.action = Some(Action::Command(format!("{}\n", value()?)));
                    self.first = Some("-c".into());
                }
                'm' => {
                    self.action = Some(Action::Module(value()?));
                    self.first = Some("-m".into());
                }
                'W' => config.warn_options.push(value()?),
                'X' => {
                    let v = value()?;
                    match v.split_once('=') {
                        Some((k, v)) => config.x_options.push((k.to_owned(), Some(v.to_owned()))),
                        None => config.x_options.push((v, None)),
                    }
                }
                'i' => {
                    config.inspect = true;
                    config.interactive = true;
                }
                'O' => config.optimize = (config.optimize + 1).min(2),
                'B' => config.dont_write_bytecode = true,
                'b' => config.bytes_warning += 1,
                'd' => config.debug = true,
                'E' => config.ignore_environment = true,
                'I' => {
                    config.isolated = true;
                    config.ignore_environment = true;
                    config.no_user_site = true;
                    config.safe_path = true;
                }
                'P' => config.safe_path = true,
                'q' => config.quiet = true,
                'R' => self.randomize = true,
                's' => config.no_user_site = true,
                'S' => config.no_site = true,
                'u' => config.unbuffered = true,
                'v' => config.verbose = config.verbose.saturating_add(1),
                'x' => config.skip_first_line = true,
                'V' => self.versions += 1,
                'h' | '?' => self.action = Some(Action::Help),
                other => return Err(format!("Unknown option: -{other}")),
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Arguments, Mistake> {
        match self.versions {
            _ if self.action == Some(Action::Help) => {}
            0 => {}
            1 => self.action = Some(Action::Version),
            _ => self.action = Some(Action::LongVersion),
        }
        let (mut config, mut jit) = (self.config, self.jit);
        if let Some(output) = self.emit {
            let [file] = config.argv.as_slice() else { return Err("--emit-pyc takes one file".to_owned().into()) };
            let action = Action::EmitPyc { output: output.to_string_lossy().into_owned(), file: file.to_string_lossy().into_owned() };
            return Ok(Arguments { action, config, jit, shows_execution: false });
        }
        let shows_execution = self.dump.as_ref().is_some_and(|what| what == "exec");
        if shows_execution && !matches!(self.action, Some(Action::File(_))) {
            return Err("--dump=exec takes a file".to_owned().into());
        }
        if let Some(what) = self.dump.filter(|_| !shows_execution) {
            let [file] = config.argv.as_slice() else { return Err("--dump takes one file".to_owned().into()) };
            let what = what.to_string_lossy().split(',').map(str::to_owned).collect();
            let action = Action::Dump { what, file: file.to_string_lossy().into_owned() };
            return Ok(Arguments { action, config, jit, shows_execution: false });
        }
        environment(&mut config);
        x_options(&mut config)?;
        hash_seed(&mut config, self.randomize)?;
        warn_options(&mut config);
        if !config.ignore_environment {
            jit.environment();
        }
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stdin());
        let action = self.action.take().unwrap_or(if terminal || config.interactive { Action::Interactive } else { Action::Stdin });
        paths(&mut config, &action);
        Ok(Arguments { action, config, jit, shows_execution })
    }
}

fn variable(config: &Config, name: &str) -> Option<String> {
    if config.ignore_environment {
        return None;
    }
    std::env::var_os(name).map(|v| v.to_string_lossy().into_owned()).filter(|v| !v.is_empty())
}

/// What `PYTHON*` variables say.
fn environment(config: &mut Config) {
    let set = |name: &str| variable(config, name).is_some();
    // A number says how often the option would have been given.
    let count = |name: &str| variable(config, name).map_or(0, |v| v.parse::<u8>().unwrap_or(1));
    let optimize = count("PYTHONOPTIMIZE");
    let verbose = count("PYTHONVERBOSE");
    let (debug, dont_write_bytecode, unbuffered) = (set("PYTHONDEBUG"), set("PYTHONDONTWRITEBYTECODE"), set("PYTHONUNBUFFERED"));
    let (no_user_site, safe_path, inspect) = (set("PYTHONNOUSERSITE"), set("PYTHONSAFEPATH"), set("PYTHONINSPECT"));
    let (dev_mode, utf8_mode) = (set("PYTHONDEVMODE"), variable(config, "PYTHONUTF8").is_some_and(|v| v == "1"));
    config.optimize = config.optimize.max(optimize.min(2));
    config.verbose = config.verbose.max(verbose);
    config.debug |= debug;
    config.dont_write_bytecode |= dont_write_bytecode;
    config.unbuffered |= unbuffered;
    config.no_user_site |= no_user_site;
    config.safe_path |= safe_path;
    config.inspect |= inspect;
    config.dev_mode |= dev_mode;
    config.utf8_mode |= utf8_mode;
    config.pycache_prefix = variable(config, "PYTHONPYCACHEPREFIX");
}

/// What `-X` options, or the variables that stand for them, say.
fn x_options(config: &mut Config) -> Result<(), Mistake> {
    let option = |name: &str| config.x_options.iter().rev().find(|(k, _)| k == name).map(|(_, v)| v.clone());
    let flag = |name: &str| option(name).is_some_and(|v| v.as_deref() != Some("0"));
    let (dev_mode, utf8_mode) = (flag("dev"), flag("utf8"));
    let no_debug_ranges = flag("no_debug_ranges") || variable(config, "PYTHONNODEBUGRANGES").is_some();
    let digits = option("int_max_str_digits").flatten().map(|v| ("-X int_max_str_digits", v));
    let digits = digits.or_else(|| variable(config, "PYTHONINTMAXSTRDIGITS").map(|v| ("PYTHONINTMAXSTRDIGITS", v)));
    let count = option("cpu_count").flatten().or_else(|| variable(config, "PYTHON_CPU_COUNT")).filter(|v| v != "default");
    let prefix = option("pycache_prefix").flatten();
    let import_times = match option("importtime") {
        Some(value) => Some(("-X importtime:", value.unwrap_or_default())),
        None => variable(config, "PYTHONPROFILEIMPORTTIME").map(|v| ("PYTHONPROFILEIMPORTTIME: numeric", v)),
    };
    if let Some((name, v)) = import_times {
        // What is no number stands for 1.
        config.import_times = match v.parse::<i64>().unwrap_or(1) {
            0 => ImportTimes::Untold,
            1 => ImportTimes::Loaded,
            2 => ImportTimes::All,
            _ => {
                let message = format!("{name} values other than 1 and 2 are reserved for future use.");
                return Err(Mistake(message, Some("config_init_import_time")));
            }
        };
    }
    if let Some((name, v)) = digits {
        config.int_max_str_digits = v.parse().ok().filter(|&n: &i64| n == 0 || n >= 640).ok_or_else(|| {
            let message = format!("{name}: invalid limit; must be >= 640 or 0 for unlimited.");
            Mistake(message, Some("config_init_int_max_str_digits"))
        })?;
    }
    if let Some(v) = count {
        config.cpu_count = Some(v.parse().ok().filter(|&n: &i64| n > 0).ok_or_else(|| {
            let message = "-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0";
            Mistake(message.to_owned(), Some("config_init_cpu_count"))
        })?);
    }
    config.pycache_prefix = prefix.or(config.pycache_prefix.take());
    config.dev_mode |= dev_mode;
    config.utf8_mode |= utf8_mode;
    config.no_debug_ranges = no_debug_ranges;
    Ok(())
}

/// What the hashes of texts are made from.
fn hash_seed(config: &mut Config, randomize: bool) -> Result<(), Mistake> {
    let given = variable(config, "PYTHONHASHSEED").filter(|v| v != "random");
    if let Some(v) = given.filter(|_| !randomize) {
        let seed: u32 = v.parse().map_err(|_| {
            let message = "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]";
            Mistake(message.to_owned(), Some("config_init_hash_seed"))
        })?;
        config.hash_seed = u64::from(seed);
        config.hash_randomization = seed != 0;
        return Ok(());
    }
    let mut seed = [0; 8];
    // SAFETY: the buffer is as long as said. Where there is no randomness yet, the seed is zero.
    unsafe { libc::getrandom(seed.as_mut_ptr().cast(), seed.len(), libc::GRND_NONBLOCK) };
    config.hash_seed = u64::from_ne_bytes(seed);
    config.hash_randomization = true;
    Ok(())
}

/// Puts the warning filters of all sources in the order in which `warnings` wants them: later ones win.
fn warn_options(config: &mut Config) {
    let mut all = Vec::new();
    if config.dev_mode {
        all.push("default".to_owned());
    }
    if let Some(w) = variable(config, "PYTHONWARNINGS") {
        all.extend(w.split(',').filter(|s| !s.is_empty()).map(str::to_owned));
    }
    all.append(&mut config.warn_options);
    if config.bytes_warning > 0 {
        all.push(if config.bytes_warning > 1 { "error::BytesWarning" } else { "default::BytesWarning" }.to_owned());
    }
    config.warn_options = all;
}

fn text(path: impl AsRef<OsStr>) -> OsString {
    path.as_ref().to_owned()
}

/// The path by which the command was started, as `sys.executable` has it: links are not followed, so that what is started by it
/// is the same again, also where that is a script that runs the command.
fn started_as(program: &str) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    };
    if program.contains('/') {
        return std::path::absolute(program).ok().filter(is_program);
    }
    let folders = std::env::var_os("PATH")?;
    let candidates = std::env::split_paths(&folders).filter_map(|f| std::path::absolute(f.join(program)).ok());
    candidates.filter(|_| !program.is_empty()).find(is_program)
}

/// Where the executable, the library and the program's own modules are.
fn paths(config: &mut Config, action: &Action) {
    let file = std::env::current_exe().unwrap_or_default();
    let home = variable(config, "PYTHONHOME");
    config.prefix = home.unwrap_or_else(|| {
        let folder = file.parent().unwrap_or(Path::new("/"));
        // bin/weft belongs to the folder above; a binary anywhere else is its own prefix.
        let prefix = if folder.ends_with("bin") { folder.parent().unwrap_or(folder) } else { folder };
        prefix.display().to_string()
    });
    config.executable = started_as(&config.program).unwrap_or(file).display().to_string();
    if !config.safe_path {
        config.path0 = match action {
            Action::File(f) if Path::new(f).is_dir() => None,
            Action::File(f) => {
                let real = std::fs::canonicalize(f).unwrap_or_else(|_| f.into());
                Some(real.parent().map_or(OsString::new(), text))
            }
            Action::Module(_) => Some(std::env::current_dir().map_or(OsString::new(), text)),
            _ => Some(OsString::new()),
        };
    }
    if let Some(p) = variable(config, "PYTHONPATH") {
        config.path.extend(p.split(':').map(str::to_owned));
    }
    config.path.push(format!("{}/lib/python3.14", config.prefix));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Arguments {
        let all = std::iter::once("weft").chain(words.iter().copied()).map(OsString::from).collect();
        Arguments::parse(all).expect("the command line is right")
    }

    fn argv(a: &Arguments) -> Vec<&str> {
        a.config.argv.iter().filter_map(|s| s.to_str()).collect()
    }

    #[test]
    fn options_end_where_the_program_begins() {
        let a = parse(&["-OBW", "error", "-Xdev", "-c", "pass", "-O", "x"]);
        assert_eq!(a.action, Action::Command("pass\n".to_owned()));
        assert_eq!((a.config.optimize, a.config.dont_write_bytecode, a.config.dev_mode), (1, true, true));
        assert_eq!(argv(&a), ["-c", "-O", "x"]);
        assert!(a.config.warn_options.ends_with(&["error".to_owned()]));
        let a = parse(&["-mpkg.mod", "-q"]);
        assert_eq!((a.action, a.config.quiet), (Action::Module("pkg.mod".to_owned()), false));
        let a = parse(&["--", "-odd-name.py", "1"]);
        assert_eq!(a.action, Action::File("-odd-name.py".into()));
        assert_eq!(parse(&["-I", "-"]).action, Action::Stdin);
        assert_eq!(parse(&["-V"]).action, Action::Version);
        assert_eq!(parse(&["-VV"]).action, Action::LongVersion);
        assert_eq!(parse(&["-V", "-c", "pass"]).action, Action::Version);
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = |words: &[&str]| Arguments::parse(words.iter().map(OsString::from).collect()).expect_err("it is wrong").message;
        assert_eq!(wrong(&["weft", "-Z"]), "Unknown option: -Z");
        assert_eq!(wrong(&["weft", "-Oc"]), "Argument expected for the -c option");
        assert_eq!(wrong(&["weft", "--nosuch"]), "Unknown option: --nosuch");
    }
}
