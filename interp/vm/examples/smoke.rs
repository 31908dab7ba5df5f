use weft_vm::class::PayloadOps;
use weft_vm::class::build::{TypeSpec, native_class};
use weft_vm::class::native::{Args, def};
use weft_vm::types::{code, dict, module, object, str};
use weft_vm::value::{Res, Value};
use weft_vm::{eval, exc, protocol, thread, vm};
fn write(a: Args) -> Res {
    print!("{}", str::display(a.at(1)));
    Ok(Value::NONE)
}
static SPEC: TypeSpec =
    TypeSpec { name: "Out", payload: PayloadOps::EMPTY, methods: &[def("write", "($self, s, /)", write, "")], ..TypeSpec::DEFAULT };
fn main() {
    let t = thread::Thread::new();
    thread::switch_to(t);
    vm::initialise();
    eval::builtins::initialise().unwrap();
    let sys = module::new("sys");
    eval::import::set_sys(sys.clone());
    module::add(&sys, "modules", dict::new());
    let out = object::new_bare(native_class(&SPEC));
    module::add(&sys, "stdout", out.clone());
    module::add(&sys, "stderr", out);
    let path = std::env::args().nth(1).unwrap();
    let src = std::fs::read(&path).unwrap();
    let (c, _) = weft_compiler::compile(&src, rustpython_wtf8::Wtf8::new(path.as_str()), weft_compiler::Mode::Exec, Default::default())
        .unwrap_or_else(|e| panic!("{e}"));
    let main = module::new("__main__");
    if let Err(e) = eval::import::run_in_module(&main, &code::new(&c)) {
        let e = exc::take(e);
        println!("raised {} {}", e.class().name(), protocol::repr_string(&e).unwrap_or_default());
        if let Some(tb) = weft_vm::types::exceptions::traceback_of(&e) {
            let mut tb = Some(tb);
            while let Some(x) = tb {
                if x.is_none() {
                    break;
                }
                println!("  line {}", protocol::repr_string(&protocol::attr::getattr(&x, &str::intern("tb_lineno")).unwrap()).unwrap());
                tb = Some(protocol::attr::getattr(&x, &str::intern("tb_next")).unwrap());
            }
        }
    }
}
