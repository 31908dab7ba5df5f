//! Codecs given by a table: a str, a dict, or anything that can be subscripted.

use super::errors::{Decoding, Encoding, Replacement};
use crate::exc;
use crate::protocol;
use crate::types::{bytes, int, str};
use crate::value::{Res, Value};
use crate::vm::types;

const REASON: &str = "character maps to <undefined>";

/// Decodes by a table from bytes to code points; without one as Latin-1.
pub fn decode(d: &mut Decoding, table: Option<&Value>) -> Res<()> {
    let Some(table) = table else {
        super::single::decode_latin1(d);
        return Ok(());
    };
    let mut at = 0;
    while at < d.data.len() {
        let byte = d.data[at];
        let undefined = if str::is_exact(table) {
            match str::view(table).get(byte.into()) {
                Some(c) if c != 0xfffe => {
                    d.out.push(c);
                    false
                }
                _ => true,
            }
        } else {
            match found(protocol::get_item(table, &Value::small_int(byte.into())))? {
                None => true,
                Some(v) if int::is_int(&v) => match int::as_i64(&v) {
                    Some(0xfffe) => true,
                    Some(c @ 0..=0x10ffff) => {
                        d.out.push(c as u32);
                        false
                    }
                    _ => return Err(exc::type_error("character mapping must be in range(0x110000)")),
                },
                Some(v) if str::is_str(&v) => {
                    let undefined = str::len(&v) == 1 && str::view(&v).at(0) == 0xfffe;
                    if !undefined {
                        d.out.push_value(&v);
                    }
                    undefined
                }
                Some(_) => return Err(exc::type_error("character mapping must return integer, None or str")),
            }
        };
        at = if undefined { d.error("charmap", at, at + 1, REASON)? } else { at + 1 };
    }
    Ok(())
}

/// What a table says: `None` if it has no entry.
fn found(item: Res) -> Res<Option<Value>> {
    match item {
        Ok(v) => Ok(Some(v).filter(|v| !v.is_none())),
        Err(e) if exc::matches(types().lookup_error) => {
            exc::clear(e);
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// Appends what the table has for a code point; says whether it has anything.
fn put(out: &mut Vec<u8>, table: &Value, c: u32) -> Res<bool> {
    match found(protocol::get_item(table, &Value::small_int(c.into())))? {
        None => return Ok(false),
        Some(v) if int::is_int(&v) => match int::as_i64(&v).map(u8::try_from) {
            Some(Ok(b)) => out.push(b),
            _ => return Err(exc::type_error("character mapping must be in range(256)")),
        },
        Some(v) if bytes::is_bytes(&v) => out.extend_from_slice(bytes::as_slice(&v)),
        Some(v) => {
            return Err(exc::type_error(format!("character mapping must return integer, bytes or None, not {}", v.class().full_name())));
        }
    }
    Ok(true)
}

/// Encodes by a table from code points to bytes; without one as Latin-1.
pub fn encode(e: &mut Encoding, table: Option<&Value>) -> Res<()> {
    let Some(table) = table else { return super::single::encode(e, 0x100) };
    let text = e.view();
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if put(&mut e.out, table, c)? {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        let mut ignored = Vec::new();
        while let Some(c) = text.get(end)
            && !put(&mut ignored, table, c)?
        {
            end += 1;
        }
        let (replacement, next) = e.error("charmap", at, end, REASON)?;
        match replacement {
            Replacement::Bytes(b) => e.out.extend_from_slice(&b),
            Replacement::Text(t) => {
                for c in str::view(&t).iter() {
                    if !put(&mut e.out, table, c)? {
                        return Err(e.raise("charmap", at, end, REASON));
                    }
                }
            }
        }
        at = next;
    }
    Ok(())
}
