//! The node classes as Python has them: made from the schema when the first tree, or the module, is asked for.

use super::node::AST;
use super::schema::{Count, FieldSpec, GROUPS, Node, parse};
use weft_vm::call;
use weft_vm::class::{Type, build};
use weft_vm::global::Global;
use weft_vm::protocol::attr;
use weft_vm::types::{dict, generic_alias, instance, object, str, tuple, union};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// The names of a node's place in the source.
pub const PLACE: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

/// A concrete class.
pub struct NodeClass {
    /// Its name.
    pub name: &'static str,
    /// The name of its group.
    pub group: &'static str,
    /// The class.
    pub class: &'static Type,
    /// Its fields with their names as interned strings.
    pub fields: Vec<(Value, FieldSpec)>,
    /// The one instance, of classes without fields.
    pub singleton: Option<Value>,
}

/// All classes.
pub struct Classes {
    concrete: Vec<NodeClass>,
    /// The groups' classes by name.
    groups: Vec<(&'static str, &'static Type)>,
    /// The names of a node's place.
    pub place: [Value; 4],
}

static CLASSES: Global<Option<&'static Classes>> = Global::new(None);

/// All classes, made now if this is the first time.
pub fn classes() -> Res<&'static Classes> {
    // SAFETY: the GIL is held; making the classes runs no Python code that would ask for them.
    if let Some(made) = unsafe { *CLASSES.get() } {
        return Ok(made);
    }
    let made: &'static Classes = Box::leak(Box::new(make()?));
    // SAFETY: the GIL is held.
    unsafe { *CLASSES.get() = Some(made) };
    Ok(made)
}

impl Classes {
    /// The class of a kind of node.
    pub fn of(&self, node: Node) -> &NodeClass {
        &self.concrete[node as usize]
    }

    /// The class of a group.
    pub fn group(&self, name: &str) -> Option<&'static Type> {
        self.groups.iter().find(|g| g.0 == name).map(|g| g.1)
    }

    /// The names and classes in the module's order.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &'static Type)> + '_ {
        GROUPS.iter().zip(&self.groups).flat_map(|(group, &made)| {
            let members = group.constructors.iter().map(|c| self.of(c.0)).map(|c| (c.name, c.class));
            std::iter::once(made).chain(members.filter(move |m| m.0 != made.0))
        })
    }

    /// Which concrete class this is.
    pub fn node_of(&self, class: &Type) -> Option<Node> {
        let at = self.concrete.iter().position(|c| std::ptr::eq(c.class, class))?;
        GROUPS.iter().flat_map(|g| g.constructors).map(|c| c.0).nth(at)
    }
}

impl NodeClass {
    /// A new node with the given values of its fields.
    pub fn instance<const N: usize>(&self, values: [Value; N]) -> Value {
        let made = object::new_bare(self.class);
        for ((name, _), v) in self.fields.iter().zip(values) {
            instance::set(&made, name, v);
        }
        made
    }
}

fn names(all: impl Iterator<Item = &'static str>) -> Value {
    tuple::from_vec(all.map(str::intern).collect())
}

/// Calls `type(name, (base,), namespace)`.
fn new_class(name: &'static str, base: &'static Type, doc: &str, fields: &[FieldSpec]) -> Res<&'static Type> {
    let namespace = dict::new();
    let field_names = names(fields.iter().map(|f| f.name));
    dict::set_str(&namespace, &str::intern("_fields"), field_names.clone());
    dict::set_str(&namespace, &str::intern("__match_args__"), field_names);
    dict::set_str(&namespace, &str::intern("__module__"), str::intern("ast"));
    dict::set_str(&namespace, &str::intern("__doc__"), str::new(doc));
    for f in fields.iter().filter(|f| f.count == Count::Optional) {
        dict::set_str(&namespace, &str::intern(f.name), Value::NONE);
    }
    let made = call::call(&types().type_.value(), &[str::intern(name), tuple::from_array([base.value()]), namespace], None)?;
    made.make_immortal();
    Ok(build::of(&made))
}

fn make() -> Res<Classes> {
    let ast = AST.get().namespace();
    for name in ["_fields", "__match_args__", "_attributes"] {
        dict::set_str(&ast, &str::intern(name), tuple::empty());
    }
    let mut all = Classes { concrete: Vec::new(), groups: Vec::new(), place: PLACE.map(str::intern) };
    for group in GROUPS {
        let product = group.is_product();
        let first = parse(group.constructors[0].1).1;
        let base = new_class(group.name, AST.get(), &group.doc(), if product { &first } else { &[] })?;
        let place: &[&str] = if group.has_place { &PLACE } else { &[] };
        attr::setattr(&base.value(), &str::intern("_attributes"), &names(place.iter().copied()))?;
        if group.has_place && group.name != "pattern" && group.name != "type_param" {
            attr::setattr(&base.value(), &str::intern("end_lineno"), &Value::NONE)?;
            attr::setattr(&base.value(), &str::intern("end_col_offset"), &Value::NONE)?;
        }
        all.groups.push((group.name, base));
        for &(_, signature) in group.constructors {
            let (name, fields) = parse(signature);
            let class = if product { base } else { new_class(name, base, signature, &fields)? };
            let singleton = (!product && fields.is_empty() && !group.has_place).then(|| {
                let v = object::new_bare(class);
                v.make_immortal();
                v
            });
            let fields = fields.into_iter().map(|f| (str::intern(f.name), f)).collect();
            all.concrete.push(NodeClass { name, group: group.name, class, fields, singleton });
        }
    }
    for c in &all.concrete {
        let described = dict::new();
        for (name, f) in &c.fields {
            dict::set_str(&described, name, field_type(&all, f)?);
        }
        attr::setattr(&c.class.value(), &str::intern("_field_types"), &described)?;
        attr::setattr(&c.class.value(), &str::intern("__annotations__"), &described)?;
    }
    Ok(all)
}

/// What `_field_types` says of a field.
fn field_type(all: &Classes, f: &FieldSpec) -> Res {
    let t = types();
    let one = match f.ty {
        "identifier" | "string" => t.str,
        "int" => t.int,
        "constant" => t.object,
        group => all.group(group).unwrap_or(t.object),
    };
    match f.count {
        Count::One => Ok(one.value()),
        Count::Optional => union::or(&one.value(), &Value::NONE),
        Count::Many => generic_alias::new(&t.list.value(), &tuple::from_array([one.value()])),
    }
}
