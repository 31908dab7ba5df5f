//! [`Text`]: puts a str together from Rust text and str values, lone surrogates kept.

use super::str;
use crate::protocol;
use crate::value::{Res, Value};
use rustpython_wtf8::Wtf8Buf;

/// A str in the making.
#[derive(Default)]
pub struct Text(Wtf8Buf);

impl Text {
    /// An empty text.
    pub fn new() -> Text {
        Text::default()
    }

    /// Adds Rust text.
    #[expect(clippy::should_implement_trait, reason = "one of a family of chained methods")]
    pub fn add(mut self, text: &str) -> Text {
        self.0.push_str(text);
        self
    }

    /// Adds a str value.
    pub fn value(mut self, text: &Value) -> Text {
        self.0.push_wtf8(&str::to_wtf8(text));
        self
    }

    /// Adds `str(v)`.
    pub fn str(self, v: &Value) -> Res<Text> {
        Ok(self.value(&protocol::str(v)?))
    }

    /// Adds `repr(v)`.
    pub fn repr(self, v: &Value) -> Res<Text> {
        Ok(self.value(&protocol::repr(v)?))
    }

    /// The str.
    pub fn finish(self) -> Value {
        str::from_wtf8(&self.0)
    }
}
