//! Source text: decoding (PEP 263), newlines, and byte offsets to lines and columns.

use crate::error::{CompileError, ErrorKind};
use crate::instruction::Location;
use ruff_text_size::{TextRange, TextSize};
use std::cell::Cell;

/// Decoded source with an index of its lines. Newlines are `\n` only, and the byte order mark is gone, as in CPython's
/// tokenizer, so columns are CPython's `col_offset`.
#[derive(Debug)]
pub struct Source {
    /// The text.
    pub text: String,
    /// Byte offsets of the line starts.
    lines: Vec<u32>,
    /// The index of the line that was asked for last: the next one is mostly near.
    last: Cell<usize>,
}

impl Source {
    /// Decodes `bytes` by its byte order mark or coding cookie; with `ignore_cookie` it is UTF-8 whatever the cookie says
    /// (text that was a `str`).
    pub fn decode(bytes: &[u8], ignore_cookie: bool) -> Result<Source, CompileError> {
        if memchr::memchr(0, bytes).is_some() {
            return Err(CompileError::plain(ErrorKind::Syntax, "source code string cannot contain null bytes"));
        }
        let (bytes, bom) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) if !ignore_cookie => (rest, true),
            _ => (bytes, false),
        };
        let cookie = if ignore_cookie { None } else { cookie(bytes) };
        let encoding = cookie.as_deref().map(normalize_encoding);
        if bom
            && let Some(name) = &cookie
            && !is_utf8_name(name)
        {
            return Err(wrong_cookie(bytes, name));
        }
        let text = match encoding.as_deref() {
            None | Some("utf-8") => decode_utf8(bytes, encoding.is_some())?,
            Some("iso-8859-1") => bytes.iter().map(|&b| b as char).collect(),
            Some("ascii") => match bytes.iter().position(|b| !b.is_ascii()) {
                None => decode_utf8(bytes, true)?,
                Some(at) => {
                    return Err(CompileError::plain(
                        ErrorKind::Syntax,
                        format!("'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)", bytes[at]),
                    ));
                }
            },
            Some(name) => match table(name) {
                Some(table) => decode_table(bytes, table, name)?,
                None => {
                    return Err(unknown_place(format!("unknown encoding: {}", cookie.unwrap_or_default())));
                }
            },
        };
        Ok(Source::new(translate_newlines(text)))
    }

    /// Indexes text that is decoded already.
    pub fn new(text: String) -> Source {
        let mut lines = vec![0];
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i as u32 + 1));
        Source { text, lines, last: Cell::new(0) }
    }

    /// The line (from 1) and column (UTF-8 bytes, from 0) of an offset.
    pub fn position(&self, offset: TextSize) -> (i32, i32) {
        let offset = u32::from(offset);
        let line = self.line_index(offset);
        (line as i32 + 1, (offset - self.lines[line]) as i32)
    }

    /// The index of the line that an offset lies in.
    #[inline]
    fn line_index(&self, offset: u32) -> usize {
        let last = self.last.get();
        let starts = |line: usize| self.lines.get(line).is_some_and(|&start| start <= offset);
        let line = if !starts(last) {
            self.lines.partition_point(|&start| start <= offset) - 1
        } else if !starts(last + 1) {
            return last;
        } else if !starts(last + 2) {
            last + 1
        } else {
            last + self.lines[last..].partition_point(|&start| start <= offset) - 1
        };
        self.last.set(line);
        line
    }

    /// The lines and columns of a range.
    pub fn location(&self, range: TextRange) -> Location {
        let (line, col) = self.position(range.start());
        // Most things end on the line they begin on.
        let end = u32::from(range.end());
        if self.lines.get(line as usize).is_none_or(|&next| end < next) {
            return Location { line, end_line: line, col, end_col: col + u32::from(range.len()) as i32 };
        }
        let (end_line, end_col) = self.position(range.end());
        Location { line, end_line, col, end_col }
    }

    /// The byte offset where line `line` (from 1) begins; the end of the text if there is none.
    pub fn line_start(&self, line: i32) -> usize {
        let index = usize::try_from(line - 1).unwrap_or(0);
        self.lines.get(index).map_or(self.text.len(), |&start| start as usize)
    }

    /// The source of a range.
    pub fn slice(&self, range: TextRange) -> &str {
        &self.text[range]
    }

    /// The text of line `line` (from 1) with its newline, if there is such a line.
    pub fn line(&self, line: i32) -> Option<&str> {
        let index = usize::try_from(line - 1).ok()?;
        let start = *self.lines.get(index)? as usize;
        let end = self.lines.get(index + 1).map_or(self.text.len(), |&end| end as usize);
        Some(&self.text[start..end])
    }

    /// Completes an error from this source with its `text` and columns. CPython counts the columns of the parser's errors
    /// in characters, and those of the later stages' in bytes.
    pub fn complete(&self, mut error: CompileError, in_characters: bool) -> CompileError {
        let location = error.location;
        if location.line > 0 && error.text.is_none() {
            error.text = self.line(location.line).map(str::to_owned);
            error.column = location.col + 1;
            error.end_column = location.end_col + 1;
            if in_characters {
                error.column = self.character_column(location.line, error.column);
                error.end_column = self.character_column(location.end_line, error.end_column);
            }
        }
        error
    }

    /// A column in characters, from 1, for one in bytes, from 1.
    fn character_column(&self, line: i32, column: i32) -> i32 {
        match self.line(line) {
            Some(text) if column > 0 => {
                let bytes = (column as usize - 1).min(text.len());
                String::from_utf8_lossy(&text.as_bytes()[..bytes]).chars().count() as i32 + 1 + (column - 1 - bytes as i32)
            }
            _ => column,
        }
    }
}

/// `\r\n` and `\r` become `\n`.
fn translate_newlines(text: String) -> String {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return text;
    }
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What CPython says of a source that it reads from a file, and so line by line, before anything is compiled: of a null byte,
/// or of what is not UTF-8 though no encoding is declared.
pub fn check_file(bytes: &[u8], filename: &str) -> Result<(), CompileError> {
    let declared = cookie(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).is_some();
    let has_bom = bytes.starts_with(b"\xef\xbb\xbf");
    let null = bytes.iter().position(|&b| b == 0);
    let invalid = if declared || has_bom { None } else { std::str::from_utf8(bytes).err().map(|e| e.valid_up_to()) };
    let Some(at) = null.into_iter().chain(invalid).min() else { return Ok(()) };
    let start = bytes[..at].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let end = bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |i| at + i + 1);
    let mut line = 1 + bytes[..at].iter().filter(|&&b| b == b'\n').count() as i32;
    let before = String::from_utf8_lossy(&bytes[start..at]);
    let (message, text, column) = if null == Some(at) {
        ("source code cannot contain null bytes".to_owned(), before.into_owned(), 0)
    } else {
        // The second line is read together with a first one that cannot declare an encoding, and takes its number.
        let first = bytes[..start].trim_ascii();
        if line == 2 && !first.is_empty() && !first.starts_with(b"#") {
            line = 1;
        }
        let message = format!(
            "Non-UTF-8 code starting with '\\x{:02x}' in file {filename} on line {line}, but no encoding declared; \
             see https://peps.python.org/pep-0263/ for details",
            bytes[at]
        );
        (message, String::from_utf8_lossy(&bytes[start..end]).into_owned(), before.chars().count() as i32 + 1)
    };
    let mut error = CompileError::plain(ErrorKind::Syntax, message);
    error.location.line = line;
    error.location.end_line = line;
    error.column = column;
    error.end_column = column;
    error.text = Some(text);
    Err(error)
}

fn decode_utf8(bytes: &[u8], declared: bool) -> Result<String, CompileError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let at = error.valid_up_to();
            let line = 1 + bytes[..at].iter().filter(|&&b| b == b'\n').count() as i32;
            let reason = match (error.error_len(), bytes[at]) {
                (None, _) => "unexpected end of data",
                (Some(_), 0x80..=0xc1 | 0xf5..=0xff) => "invalid start byte",
                (Some(_), _) => "invalid continuation byte",
            };
            let message = if declared {
                format!("'utf-8' codec can't decode byte 0x{:02x} in position {at}: {reason}", bytes[at])
            } else {
                format!(
                    "Non-UTF-8 code starting with '\\x{:02x}' on line {line}, but no encoding declared; \
                     see https://peps.python.org/pep-0263/ for details",
                    bytes[at]
                )
            };
            let start = bytes[..at].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
            let column = String::from_utf8_lossy(&bytes[start..at]).chars().count() as i32;
            let end = bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |i| at + i);
            let mut error = CompileError::plain(ErrorKind::Syntax, message);
            error.location.line = line;
            error.location.end_line = line;
            error.column = column + 1;
            error.end_column = column + 1;
            error.text = Some(String::from_utf8_lossy(&bytes[start..end]).into_owned());
            Err(error)
        }
    }
}

/// The encoding that the first or second line declares.
fn cookie(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|&b| b == b'\n').take(2) {
        let blank = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\x0c' | b'\r'));
        match blank {
            None => continue,
            Some(at) if line[at] != b'#' => return None,
            Some(at) => {
                if let Some(name) = cookie_in_comment(&line[at..]) {
                    return Some(name);
                }
            }
        }
    }
    None
}

fn cookie_in_comment(line: &[u8]) -> Option<String> {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let mut from = 0;
    while let Some(at) = find(&line[from..], b"coding") {
        let rest = &line[from + at + 6..];
        from += at + 1;
        let Some((b':' | b'=', rest)) = rest.split_first().map(|(b, rest)| (*b, rest)) else {
            continue;
        };
        let rest = rest.trim_ascii_start();
        let length = rest.iter().position(|b| !is_name(b)).unwrap_or(rest.len());
        if length > 0 {
            return String::from_utf8(rest[..length].to_vec()).ok();
        }
    }
    None
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A byte order mark, and a cookie that says otherwise.
fn wrong_cookie(bytes: &[u8], name: &str) -> CompileError {
    let is_cookie = |line: &&[u8]| cookie_in_comment(line).is_some();
    let at = usize::from(!bytes.split(|&b| b == b'\n').next().as_ref().is_some_and(is_cookie));
    let line = String::from_utf8_lossy(bytes.split(|&b| b == b'\n').nth(at).unwrap_or_default()).into_owned();
    let mut error = CompileError::plain(ErrorKind::Syntax, format!("encoding problem: {name} with BOM"));
    error.location.line = at as i32 + 1;
    error.location.end_line = at as i32 + 1;
    error.end_column = line.trim_end_matches('\r').chars().count() as i32;
    error.text = Some(line);
    error
}

/// The encoding that `bytes` declare, if it is one that this crate does not know.
pub fn foreign_encoding(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return None;
    }
    let name = cookie(bytes)?;
    let normal = normalize_encoding(&name);
    let known = matches!(normal.as_str(), "utf-8" | "iso-8859-1" | "ascii") || table(&normal).is_some();
    (!known).then_some(name)
}

/// The error for an encoding that cannot be used.
pub fn encoding_error(message: String) -> CompileError {
    unknown_place(message)
}

/// What CPython's tokenizer takes for UTF-8 beside a byte order mark.
fn is_utf8_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    name == "utf-8" || name.starts_with("utf-8-")
}

/// An error of the tokenizer's set-up, which has not seen any line yet.
fn unknown_place(message: String) -> CompileError {
    let mut error = CompileError::plain(ErrorKind::Syntax, message);
    error.location.line = 0;
    error.location.end_line = 0;
    error.column = -1;
    error
}

/// The upper halves of some 8-bit encodings; U+FFFD where a byte has no meaning.
const ISO_8859_15: &str = "\u{80}\u{81}\u{82}\u{83}\u{84}\u{85}\u{86}\u{87}\u{88}\u{89}\u{8a}\u{8b}\u{8c}\u{8d}\u{8e}\u{8f}\
    \u{90}\u{91}\u{92}\u{93}\u{94}\u{95}\u{96}\u{97}\u{98}\u{99}\u{9a}\u{9b}\u{9c}\u{9d}\u{9e}\u{9f}\u{a0}¡¢£€¥Š§š©ª«¬\u{ad}®¯°±²³Žµ¶·ž¹º»ŒœŸ¿\
    ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ";
const CP1252: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿\
    ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ";
const KOI8_R: &str = "─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓⌠■∙√≈≤≥\u{a0}⌡°²·÷═║╒ё╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡Ё╢╣╤╥╦╧╨╩╪╫╬©\
    юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ";

fn table(encoding: &str) -> Option<&'static str> {
    match encoding {
        "iso-8859-15" | "iso8859-15" | "latin9" | "latin-9" | "l9" => Some(ISO_8859_15),
        "cp1252" | "1252" | "windows-1252" => Some(CP1252),
        "koi8-r" | "cskoi8r" => Some(KOI8_R),
        _ => None,
    }
}

fn decode_table(bytes: &[u8], table: &str, encoding: &str) -> Result<String, CompileError> {
    let table: Vec<char> = table.chars().collect();
    let mut text = String::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let c = match byte {
            0..=0x7f => byte as char,
            _ => table[byte as usize - 0x80],
        };
        if c == '\u{fffd}' {
            return Err(CompileError::plain(
                ErrorKind::Syntax,
                format!(
                    "'{encoding}' codec can't decode byte 0x{byte:02x} in position {at}: \
                     character maps to <undefined>"
                ),
            ));
        }
        text.push(c);
    }
    Ok(text)
}

/// The canonical name of the encodings known here; other names are only lowered.
fn normalize_encoding(name: &str) -> String {
    let lower = name.to_ascii_lowercase().replace('_', "-");
    let starts = |prefix: &str| lower == prefix || lower.strip_prefix(prefix).is_some_and(|r| r.starts_with('-'));
    if starts("utf-8") || lower == "utf8" || lower == "u8" {
        "utf-8".to_owned()
    } else if starts("latin-1") || starts("iso-8859-1") || starts("iso-latin-1") || lower == "latin1" {
        "iso-8859-1".to_owned()
    } else if matches!(lower.as_str(), "ascii" | "us-ascii" | "646") {
        "ascii".to_owned()
    } else {
        lower
    }
}
