//! The command line: `python`'s options, and Weft's own.

use crate::jit::JitArguments;
use weft_stdlib::sys::Config;

/// What to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// `-c`.
    Command(String),
    /// `-m`.
    Module(String),
    /// A script.
    File(String),
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
    /// `--help`.
    Help,
    /// `--version`.
    Version,
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
  -X opt   implementation options
  -V, --version; -h, --help

Weft's own:
  --jit                compile hot code while it runs (also WEFT_JIT=1)
  --jit-dump=WHAT      show traces on stderr; WHAT is a list of trace, ir, regs,
                       asm, all; or x86_64, aarch64 for that CPU's code
  --jit-stats          what the JIT has done, on stderr at the end
  --jit-threshold=N    iterations after which a loop is compiled (default 400)
  --jit-stress         compile everything at once and leave compiled code at
                       random, to test the JIT
  --jit-check          check the IR between passes, as debug builds do
  --jit-disable=PASS   leave out passes of the optimiser: fold, guards, cse,
                       forward, peel, refcount, slots, dce
  --emit-pyc=OUT FILE  compile FILE to a .pyc that CPython 3.14 loads

environment:
  PYTHONPATH, PYTHONHOME, PYTHONOPTIMIZE, PYTHONDONTWRITEBYTECODE,
  PYTHONUNBUFFERED, PYTHONIOENCODING, PYTHONWARNINGS: as in CPython
";

impl Arguments {
    /// Reads the command line; an error is the text for standard error.
    pub fn parse(all: Vec<String>) -> Result<Arguments, String> {
        let mut config = Config { orig_argv: all.clone(), ..Config::default() };
        let mut args = all.into_iter().skip(1);
        let mut jit = JitArguments::default();
        let mut emit = None;
        let mut action = None;
        let mut rest: Vec<String> = Vec::new();
        while let Some(word) = args.next() {
            if word == "-" {
                action = Some(Action::Stdin);
                rest.push("-".to_owned());
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                match long.split_once('=').map_or((long, None), |(k, v)| (k, Some(v))) {
                    ("", None) => break,
                    ("help", None) => return Ok(Arguments { action: Action::Help, config, jit }),
                    ("version", None) => return Ok(Arguments { action: Action::Version, config, jit }),
                    ("emit-pyc", Some(v)) => emit = Some(v.to_owned()),
                    (name, value) if jit.option(name, value)? => {}
                    _ => {
                        return Err(format!(
                            "unknown option {word}\nusage: weft [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `weft -h' for more information."
                        ));
                    }
                }
                continue;
            }
            let Some(letters) = word.strip_prefix('-') else {
                rest.push(word.clone());
                action = Some(Action::File(word));
                break;
            };
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                let mut value = |what: &str| {
                    let attached: String = letters.by_ref().collect();
                    if attached.is_empty() {
                        args.next().ok_or_else(|| format!("Argument expected for the -{what} option"))
                    } else {
                        Ok(attached)
                    }
                };
                match letter {
                    'c' => {
                        action = Some(Action::Command(format!("{}\n", value("c")?)));
                        rest.push("-c".to_owned());
                    }
                    'm' => {
                        action = Some(Action::Module(value("m")?));
                        rest.push("-m".to_owned());
                    }
                    'W' => config.warn_options.push(value("W")?),
                    'X' => {
                        let v = value("X")?;
                        match v.split_once('=') {
                            Some((k, v)) => config.x_options.push((k.to_owned(), Some(v.to_owned()))),
                            None => config.x_options.push((v, None)),
                        }
                    }
                    'i' => config.interactive = true,
                    'O' => config.optimize = (config.optimize + 1).min(2),
                    'B' => config.dont_write_bytecode = true,
                    'b' => config.bytes_warning += 1,
                    'E' => config.ignore_environment = true,
                    'I' => {
                        config.isolated = true;
                        config.ignore_environment = true;
                        config.no_user_site = true;
                        config.safe_path = true;
                    }
                    'P' => config.safe_path = true,
                    'q' => config.quiet = true,
                    's' => config.no_user_site = true,
                    'S' => config.no_site = true,
                    'u' => config.unbuffered = true,
                    'v' => config.verbose += 1,
                    'V' => return Ok(Arguments { action: Action::Version, config, jit }),
                    'h' | '?' => return Ok(Arguments { action: Action::Help, config, jit }),
                    'd' | 'R' | 'x' => {}
                    other => {
                        return Err(format!(
                            "Unknown option: -{other}\nusage: weft [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `weft -h' for more information."
                        ));
                    }
                }
            }
            if matches!(action, Some(Action::Command(_) | Action::Module(_))) {
                break;
            }
        }
        rest.extend(args);
        if let Some(output) = emit {
            let [file] = rest.as_slice() else { return Err("--emit-pyc takes one file".to_owned()) };
            return Ok(Arguments { action: Action::EmitPyc { output, file: file.clone() }, config, jit });
        }
        let action = action.unwrap_or_else(|| {
            if std::io::IsTerminal::is_terminal(&std::io::stdin()) || config.interactive { Action::Interactive } else { Action::Stdin }
        });
        config.argv = if rest.is_empty() { vec![String::new()] } else { rest };
        environment(&mut config);
        if !config.ignore_environment {
            jit.environment();
        }
        paths(&mut config, &action);
        Ok(Arguments { action, config, jit })
    }
}

/// What `PYTHON*` variables say.
fn environment(config: &mut Config) {
    if config.ignore_environment {
        return;
    }
    let set = |name: &str| std::env::var(name).is_ok_and(|v| !v.is_empty());
    config.dont_write_bytecode |= set("PYTHONDONTWRITEBYTECODE");
    config.unbuffered |= set("PYTHONUNBUFFERED");
    config.no_user_site |= set("PYTHONNOUSERSITE");
    config.safe_path |= set("PYTHONSAFEPATH");
    config.interactive |= set("PYTHONINSPECT");
    if set("PYTHONOPTIMIZE") {
        let n = std::env::var("PYTHONOPTIMIZE").ok().and_then(|v| v.parse().ok()).unwrap_or(1u8);
        config.optimize = config.optimize.max(n.min(2));
    }
    if let Ok(w) = std::env::var("PYTHONWARNINGS") {
        let mut all: Vec<String> = w.split(',').filter(|s| !s.is_empty()).map(str::to_owned).collect();
        all.append(&mut config.warn_options);
        config.warn_options = all;
    }
    config.dev_mode |= set("PYTHONDEVMODE");
}

/// Where the executable, the library and the program's own modules are.
fn paths(config: &mut Config, action: &Action) {
    let executable = std::env::current_exe().unwrap_or_default();
    config.executable = executable.display().to_string();
    let home = std::env::var("PYTHONHOME").ok().filter(|h| !h.is_empty() && !config.ignore_environment);
    config.prefix = home.unwrap_or_else(|| {
        let folder = executable.parent().unwrap_or(std::path::Path::new("/"));
        // bin/weft belongs to the folder above; a binary anywhere else is its own prefix.
        let prefix = if folder.ends_with("bin") { folder.parent().unwrap_or(folder) } else { folder };
        prefix.display().to_string()
    });
    if !config.safe_path {
        match action {
            Action::File(f) if !std::path::Path::new(f).is_dir() => {
                let real = std::fs::canonicalize(f).unwrap_or_else(|_| f.into());
                config.path.push(real.parent().map_or(String::new(), |p| p.display().to_string()));
            }
            Action::File(_) => {}
            Action::Module(_) => config.path.push(std::env::current_dir().map_or(String::new(), |d| d.display().to_string())),
            _ => config.path.push(String::new()),
        }
    }
    if let Ok(p) = std::env::var("PYTHONPATH")
        && !config.ignore_environment
    {
        config.path.extend(p.split(':').filter(|s| !s.is_empty()).map(str::to_owned));
    }
    config.path.push(format!("{}/lib/python3.14", config.prefix));
}
