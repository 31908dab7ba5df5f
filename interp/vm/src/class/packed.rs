//! Classes whose instances hold machine numbers: where these lie, so that compiled code can read and write them.

/// Where instances of exactly one native class keep their items.
pub struct PackedItems {
    /// Offset in the object of the number of items, a 64-bit word.
    pub len: usize,
    /// Where the first item is.
    pub place: Place,
    /// What the items are.
    pub kind: Kind,
    /// Whether items can be stored.
    pub mutable: bool,
}

/// Where the first item is.
pub enum Place {
    /// In the object itself, at this offset.
    Inline(usize),
    /// At the address that the object has at this offset.
    Pointer(usize),
}

/// What the items are.
pub enum Kind {
    /// All instances have the same.
    Fixed(Item),
    /// A byte of the object at this offset says so, by `array`'s type codes.
    Code(usize),
}

/// A machine number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    /// A signed byte.
    I8,
    /// An unsigned byte.
    U8,
    /// A signed 16-bit integer.
    I16,
    /// An unsigned 16-bit integer.
    U16,
    /// A signed 32-bit integer.
    I32,
    /// An unsigned 32-bit integer.
    U32,
    /// A signed 64-bit integer.
    I64,
    /// An unsigned 64-bit integer.
    U64,
    /// An `f64`.
    F64,
}

impl Item {
    /// The item of a type code of `array`. `None` for characters and for `f`.
    pub fn of_code(code: u8) -> Option<Item> {
        Some(match code {
            b'b' => Item::I8,
            b'B' => Item::U8,
            b'h' => Item::I16,
            b'H' => Item::U16,
            b'i' => Item::I32,
            b'I' => Item::U32,
            b'l' | b'q' => Item::I64,
            b'L' | b'Q' => Item::U64,
            b'd' => Item::F64,
            _ => return None,
        })
    }
}
