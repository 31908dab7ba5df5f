//! A list of distinct names, each known by its place: `co_names`, local variables and the like.

use crate::text::Name;
use rustc_hash::FxHashMap;

/// Up to here the list itself is searched.
const FEW: usize = 12;

/// Names in order of first use.
#[derive(Clone, Debug, Default)]
pub struct NameTable {
    names: Vec<Name>,
    /// Of more than a few: the place of each.
    places: FxHashMap<Name, u32>,
}

impl NameTable {
    /// The place of a name.
    pub fn place_of(&self, name: &Name) -> Option<usize> {
        if self.names.len() <= FEW {
            return self.names.iter().position(|other| other == name);
        }
        self.places.get(name).map(|place| *place as usize)
    }

    /// Whether a name is there.
    pub fn contains(&self, name: &Name) -> bool {
        self.place_of(name).is_some()
    }

    /// The place of a name, which gets one if it is new.
    pub fn add(&mut self, name: &Name) -> usize {
        if let Some(place) = self.place_of(name) {
            return place;
        }
        let place = self.names.len();
        self.names.push(name.clone());
        if place == FEW {
            self.places.extend(self.names.iter().cloned().zip(0..));
        } else if place > FEW {
            self.places.insert(name.clone(), place as u32);
        }
        place
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names in order.
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// The names in order.
    pub fn into_names(self) -> Vec<Name> {
        self.names
    }
}

impl<'a> FromIterator<&'a Name> for NameTable {
    fn from_iter<I: IntoIterator<Item = &'a Name>>(names: I) -> NameTable {
        let mut table = NameTable::default();
        for name in names {
            table.add(name);
        }
        table
    }
}
