//! The eight bytes every heap object begins with.

/// Reference count and shape.
#[repr(C)]
#[derive(Debug)]
pub struct Header {
    /// Owners of the object; with [`IMMORTAL`] set the count is never changed and the object never freed.
    pub refcount: u32,
    /// The object's shape: an index into the shape table, naming its class and its layout.
    pub shape: u32,
}

/// The bit of [`Header::refcount`] that makes an object immortal; also what the count runs into when it overflows.
pub const IMMORTAL: u32 = 1 << 31;

/// Byte offset of the reference count in a heap object.
pub const REFCOUNT_OFFSET: usize = core::mem::offset_of!(Header, refcount);
/// Byte offset of the shape in a heap object.
pub const SHAPE_OFFSET: usize = core::mem::offset_of!(Header, shape);

/// The shape of a float on the heap. The shape table gives it this id at start-up.
pub const SHAPE_FLOAT: u32 = 1;
/// Byte offset of the `f64` in a float on the heap.
pub const FLOAT_VALUE_OFFSET: usize = core::mem::size_of::<Header>();
