//! Virtual objects: objects that the trace makes and that nothing but the trace has seen yet.
//!
//! ```text
//! BUILD_TUPLE 2; STORE_FAST t        v3.P = VIRTUAL                   no code
//! a, b = t                           (s1 = … 4: v3 {0} 0: v3, 1: v1, 2: v2)
//! ```
//!
//! A virtual object is like an inlined frame: a list of slots, its fields, that hold values. Loads of its fields are these
//! values, stores put others there. Snapshots show the object with its fields, so an exit makes it. When no slot holds it any
//! more it is gone, and what its fields held is discarded. Whatever needs a real object ([`TraceBuilder::real`]: a
//! store, a call's argument, an op) makes it there and then, by the helper of its [`Recipe`]; the recorder may go on using
//! the old name.
//!
//! Invariants:
//! - The trace owns no reference to a virtual object, as if it were an int; references to what its fields hold are counted as
//!   those of frames' slots are.
//! - A virtual object never holds itself, directly or not.
//! - None is left in a slot where a trace ends in a link or a loop.

use super::{Built, TraceBuilder};
use crate::helper::HelperId;
use crate::ir::{Alias, Inst, Pseudo, Ref, Ty};
use crate::opt::Pass;
use crate::opt::applied::Rule;
use crate::planted::{Bug, planted};
use weft_layout::header::{REFCOUNT_OFFSET, SHAPE_OFFSET};
use weft_layout::op::Op;
use weft_layout::tag;

/// How to make an object of a kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recipe {
    /// Its shape.
    pub shape: u32,
    /// The helper that makes it, which cannot raise.
    pub helper: HelperId,
    /// The helper's first arguments.
    pub prefix: Vec<u64>,
    /// How the fields get into it.
    pub filling: Filling,
    /// The byte offsets of its fields, in ascending order.
    pub offsets: Vec<u16>,
    /// Words it holds for life, with their offsets: a length, say.
    pub constants: Vec<(u16, u64)>,
    /// How compiled code makes it without the helper, if it can.
    pub cell: Option<Cell>,
    /// What whoever makes it at an exit has to know, opaque to this crate.
    pub words: Vec<u64>,
}

/// The heap cell of an object that compiled code can make by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// The address of the word that points to the page from which the cell is taken (`new_cell`).
    pub page: u64,
    /// Other words of the object than fields and constants, as they are in a new one.
    pub initial: Vec<(u16, u64)>,
    /// The class, if the object owns a reference to it.
    pub class: Option<u64>,
}

/// How an object that a helper makes gets its fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Filling {
    /// They are the helper's last arguments, which it consumes. They never change, and are released from the last to the first.
    Arguments,
    /// The helper makes an object without fields, of the shape that the recipe began with; fields are stored, then the shape. A
    /// field that was never stored is NULL. They are released from the first to the last.
    Stores,
}

/// A virtual object that is in use.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// The `VIRTUAL` that stands for it.
    pub name: Ref,
    /// The number of its recipe in the trace; another one after a store that adds a field or changes the shape.
    pub recipe: usize,
    pub fields: Vec<Ref>,
}

impl TraceBuilder {
    /// A new object with these fields, which are no longer in the frames or get a reference more. Virtual, unless that pass
    /// is switched off.
    pub fn make_object(&mut self, recipe: Recipe, fields: &[Ref]) -> Built<Ref> {
        debug_assert_eq!(recipe.offsets.len(), fields.len());
        debug_assert!(recipe.filling == Filling::Arguments || fields.is_empty(), "the fields are stored");
        let shape = recipe.shape;
        if !self.e.passes.has(Pass::Virtuals) {
            let mut args: Vec<Ref> = recipe.prefix.iter().map(|&w| self.const_word(w)).collect();
            for &v in fields {
                args.push(self.boxed(v)?);
            }
            let r = self.call(recipe.helper, &args)?;
            return self.assume_object(r, Some(shape));
        }
        let recipe = self.e.trace.recipe(recipe);
        let fields = fields.iter().map(|&v| self.resolve(v)).collect();
        let name = self.virtual_object(recipe, fields);
        self.assume_object(name, Some(shape))
    }

    /// Adds a virtual object made by the recipe of that number.
    pub(crate) fn virtual_object(&mut self, recipe: usize, fields: Vec<Ref>) -> Ref {
        let mut inst = Inst::new(Pseudo::Virtual, [Ref::raw(recipe as u32), Ref::NONE, Ref::NONE]);
        inst.origin = self.e.origin;
        let name = self.e.append(inst);
        self.e.trace.applied.count(Rule::VirtualObject);
        self.objects.push(Object { name, recipe, fields });
        self.newest = None;
        name
    }

    /// Gives the virtual object `name` other fields.
    pub(crate) fn set_fields(&mut self, name: Ref, fields: Vec<Ref>) {
        let name = self.e.trace.root(name);
        if let Some(o) = self.objects.iter_mut().find(|o| o.name == name) {
            o.fields = fields;
            self.newest = None;
        }
    }

    /// What stands for a value now: another name if it was a virtual object and has been made.
    pub(super) fn resolve(&self, r: Ref) -> Ref {
        if self.made.is_empty() { r } else { self.made.get(&self.e.trace.root(r)).copied().unwrap_or(r) }
    }

    /// The virtual object that a value is.
    pub(super) fn object(&self, r: Ref) -> Option<usize> {
        if self.objects.is_empty() {
            return None;
        }
        let root = self.e.trace.root(r);
        self.objects.iter().position(|o| o.name == root)
    }

    /// The value of a virtual object's field.
    pub(super) fn field(&mut self, object: usize, op: Op, disp: u16) -> Option<Ref> {
        let o = &self.objects[object];
        let recipe = &self.e.trace.recipes[o.recipe];
        match op {
            Op::LoadValue => match recipe.offsets.binary_search(&disp) {
                Ok(i) => Some(o.fields[i]),
                Err(_) if recipe.filling == Filling::Stores => Some(self.const_value(tag::NULL)),
                Err(_) => None,
            },
            Op::LoadWord => {
                let word = recipe.constants.iter().find(|c| c.0 == disp).map(|c| c.1)?;
                Some(self.const_word(word))
            }
            _ => None,
        }
    }

    /// Stores into a virtual object. Whether that was possible.
    pub(super) fn store_field(&mut self, object: usize, op: Op, value: Ref, disp: u16) -> bool {
        let o = &self.objects[object];
        let mut recipe = self.e.trace.recipes[o.recipe].clone();
        if recipe.filling != Filling::Stores {
            return false;
        }
        match op {
            Op::StoreU32 if disp as usize == SHAPE_OFFSET => {
                let Some(shape) = self.e.trace.const_of(value, Ty::W) else { return false };
                recipe.shape = shape as u32;
                let recipe = self.e.trace.recipe(recipe);
                self.objects[object].recipe = recipe;
            }
            Op::StoreWord if matches!(self.ty(value), Ty::V | Ty::P | Ty::I | Ty::F | Ty::B) => {
                let value = self.resolve(value);
                if self.holds(value, o.name) {
                    return false;
                }
                match recipe.offsets.binary_search(&disp) {
                    Ok(i) => self.objects[object].fields[i] = value,
                    Err(i) => {
                        recipe.offsets.insert(i, disp);
                        let recipe = self.e.trace.recipe(recipe);
                        self.objects[object].recipe = recipe;
                        self.objects[object].fields.insert(i, value);
                    }
                }
            }
            _ => return false,
        }
        self.newest = None;
        true
    }

    /// Whether a value is the virtual object `name`, or holds it.
    fn holds(&self, value: Ref, name: Ref) -> bool {
        self.object(value).is_some_and(|o| self.objects[o].name == name || self.objects[o].fields.iter().any(|&f| self.holds(f, name)))
    }

    /// What an op says of a virtual object without needing it: tests that it is what it is.
    pub(super) fn about_object(&self, object: usize, op: Op, args: &[Ref]) -> Option<Ref> {
        let shape = self.e.trace.recipes[self.objects[object].recipe].shape;
        match op {
            Op::GuardNonNull => Some(args[0]),
            Op::GuardShape | Op::GuardShapePtr => {
                self.e.trace.const_of(args[1], Ty::W).filter(|&wanted| wanted == shape as u64).map(|_| args[0])
            }
            _ => None,
        }
    }

    /// A value that is no virtual object: one that was is made here.
    pub fn real(&mut self, r: Ref) -> Built<Ref> {
        let r = self.resolve(r);
        let Some(object) = self.object(r) else { return Ok(r) };
        let name = self.objects[object].name;
        // Boxing replaces a field by its box wherever it is, here too.
        for i in 0..self.objects[object].fields.len() {
            let at = self.object(name).expect("it is not made yet");
            let field = self.objects[at].fields[i];
            let field = self.real(field)?;
            let field = self.boxed(field)?;
            let at = self.object(name).expect("it is not made yet");
            self.objects[at].fields[i] = field;
        }
        let at = self.object(name).expect("it is not made yet");
        let o = self.objects.remove(at);
        self.newest = None;
        let recipe = self.e.trace.recipes[o.recipe].clone();
        let made = self.make_real(&recipe, &o.fields)?;
        self.made.insert(name, made);
        self.e.trace.applied.count(Rule::VirtualMade);
        let trace = &self.e.trace;
        for slot in self.frames.iter_mut().flat_map(|f| &mut f.slots).flatten().chain(self.objects.iter_mut().flat_map(|o| &mut o.fields)) {
            if trace.root(*slot) == name {
                *slot = made;
            }
        }
        Ok(made)
    }

    /// Makes an object with these fields, which are boxed.
    fn make_real(&mut self, recipe: &Recipe, fields: &[Ref]) -> Built<Ref> {
        if let Some(cell) = &recipe.cell {
            return self.fill_cell(recipe, cell, fields);
        }
        let mut args: Vec<Ref> = recipe.prefix.iter().map(|&w| self.const_word(w)).collect();
        if recipe.filling == Filling::Arguments {
            args.extend(fields);
            let made = self.call(recipe.helper, &args)?;
            return self.assume_object(made, Some(recipe.shape));
        }
        let empty = self.call(recipe.helper, &args)?;
        let pointer = self.assume_object(empty, None)?;
        let stored = fields.len() - planted(Bug::MissingWrite) as usize;
        for (&field, &offset) in fields.iter().zip(&recipe.offsets).take(stored) {
            self.access(Op::StoreWord, &[pointer, field], offset, Some(Alias::Field))?;
        }
        let shape = self.const_word(recipe.shape as u64);
        self.access(Op::StoreU32, &[pointer, shape], SHAPE_OFFSET as u16, Some(Alias::Field))?;
        self.assume_object(pointer, Some(recipe.shape))
    }

    /// As [`Self::make_real`], in a cell that compiled code takes from its page.
    fn fill_cell(&mut self, recipe: &Recipe, cell: &Cell, fields: &[Ref]) -> Built<Ref> {
        let page = self.const_word(cell.page);
        let pointer = self.emit(Op::NewCell, &[page])?;
        let header = self.const_word(1 << (8 * REFCOUNT_OFFSET) | (recipe.shape as u64) << (8 * SHAPE_OFFSET));
        self.access(Op::StoreWord, &[pointer, header], 0, Some(Alias::Field))?;
        for &(offset, word) in recipe.constants.iter().chain(&cell.initial).filter(|w| !recipe.offsets.contains(&w.0)) {
            let word = if word == tag::NULL { self.const_value(word) } else { self.const_word(word) };
            self.access(Op::StoreWord, &[pointer, word], offset, Some(Alias::Field))?;
        }
        let stored = fields.len() - (planted(Bug::MissingWrite) && !fields.is_empty()) as usize;
        for (&field, &offset) in fields.iter().zip(&recipe.offsets).take(stored) {
            self.access(Op::StoreWord, &[pointer, field], offset, Some(Alias::Field))?;
        }
        if let Some(class) = cell.class {
            let class = self.e.trace.consts.add(Ty::P, class);
            self.e.emit(Inst::new(Op::IncrefPtr, [class, Ref::NONE, Ref::NONE]))?;
            self.e.emit(Inst::new(Pseudo::Disown, [class, Ref::NONE, Ref::NONE]))?;
        }
        self.assume_object(pointer, Some(recipe.shape))
    }

    /// A virtual object that no slot holds is gone.
    pub(super) fn dissolve(&mut self, object: usize) -> Built<()> {
        let o = self.objects.remove(object);
        self.e.trace.applied.count(Rule::VirtualGone);
        self.newest = None;
        let mut fields = o.fields;
        if self.e.trace.recipes[o.recipe].filling == Filling::Arguments {
            fields.reverse();
        }
        for v in fields {
            self.discard_nullable(v)?;
        }
        Ok(())
    }

    /// Makes the virtual objects that slots of the trace's own frame hold: where it goes on, they are in memory.
    pub(super) fn make_all(&mut self) -> Built<()> {
        let held: Vec<Ref> = self.frames[0].slots.iter().flatten().copied().collect();
        for v in held {
            self.real(v)?;
        }
        Ok(())
    }

    /// The virtual objects that frames hold, directly or not.
    pub(super) fn reachable(&self) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        if self.objects.is_empty() {
            return found;
        }
        let look = |r: Ref, found: &mut Vec<usize>| {
            if let Some(o) = self.object(r).filter(|o| !found.contains(o)) {
                found.push(o);
            }
        };
        for &slot in self.frames.iter().flat_map(|f| &f.slots).flatten() {
            look(slot, &mut found);
        }
        let mut next = 0;
        while next < found.len() {
            for &field in &self.objects[found[next]].fields {
                look(field, &mut found);
            }
            next += 1;
        }
        found
    }

    /// Whether a value is a virtual object.
    pub fn is_virtual(&self, r: Ref) -> bool {
        self.object(self.resolve(r)).is_some()
    }
}
