//! Immutable strings that trees, tables and code objects share: [`Text`] is any Python string, [`Name`] one without lone surrogates.
//!
//! A clone is another reference to the same bytes. The names of one source text are interned while its tree is made ([`Interner`]), so
//! equal ones are mostly the same one, and comparing them seldom looks at the bytes.

use rustc_hash::FxBuildHasher;
use rustpython_wtf8::{Wtf8, Wtf8Buf};
use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

/// A string as Python has it. The bytes are WTF-8.
#[derive(Clone)]
pub struct Text(Rc<[u8]>);

/// A string that is UTF-8, such as an identifier.
#[derive(Clone)]
pub struct Name(Rc<[u8]>);

impl Deref for Text {
    type Target = Wtf8;
    #[inline]
    fn deref(&self) -> &Wtf8 {
        // SAFETY: every constructor takes the bytes of a WTF-8 string.
        unsafe { Wtf8::from_bytes_unchecked(&self.0) }
    }
}

impl Deref for Name {
    type Target = str;
    #[inline]
    fn deref(&self) -> &str {
        // SAFETY: every constructor takes the bytes of a str.
        unsafe { std::str::from_utf8_unchecked(&self.0) }
    }
}

#[inline]
fn same(a: &Rc<[u8]>, b: &Rc<[u8]>) -> bool {
    a.len() == b.len() && (Rc::ptr_eq(a, b) || a[..] == b[..])
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Text) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for Text {}

impl PartialEq for Name {
    #[inline]
    fn eq(&self, other: &Name) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for Name {}

impl Hash for Text {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Hash for Name {
    /// As a str's, by which names are looked up.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Name) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl From<&Wtf8> for Text {
    fn from(text: &Wtf8) -> Text {
        Text(text.as_bytes().into())
    }
}

impl From<Wtf8Buf> for Text {
    fn from(text: Wtf8Buf) -> Text {
        Text::from(&*text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(text.as_bytes().into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::from(&*text)
    }
}

impl From<Name> for Text {
    fn from(name: Name) -> Text {
        Text(name.0)
    }
}

impl From<&Name> for Text {
    fn from(name: &Name) -> Text {
        Text(name.0.clone())
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Name {
        Name(name.as_bytes().into())
    }
}

impl From<String> for Name {
    fn from(name: String) -> Name {
        Name::from(&*name)
    }
}

impl Text {
    /// What tells this string from others that are alive, equal ones that are not shared included.
    pub fn address(&self) -> usize {
        self.0.as_ptr().addr()
    }

    /// This string as a name, if it is UTF-8.
    pub fn to_name(&self) -> Option<Name> {
        self.as_str().is_ok().then(|| Name(self.0.clone()))
    }
}

/// The names of a source text, each once.
#[derive(Debug, Default)]
pub struct Interner(HashSet<Name, FxBuildHasher>);

impl Interner {
    /// The one name with this text.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.0.get(text) {
            return name.clone();
        }
        let name = Name::from(text);
        self.0.insert(name.clone());
        name
    }
}
