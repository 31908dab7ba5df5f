//! Token numbers as Lib/token.py has them, and how operators are spelled.

/// A token's number.
pub type Kind = u8;

#[allow(missing_docs)]
pub mod kind {
    use super::Kind;
    pub const ENDMARKER: Kind = 0;
    pub const NAME: Kind = 1;
    pub const NUMBER: Kind = 2;
    pub const STRING: Kind = 3;
    pub const NEWLINE: Kind = 4;
    pub const INDENT: Kind = 5;
    pub const DEDENT: Kind = 6;
    pub const COLON: Kind = 11;
    pub const DOT: Kind = 23;
    pub const ELLIPSIS: Kind = 52;
    pub const OP: Kind = 55;
    pub const FSTRING_START: Kind = 59;
    pub const FSTRING_MIDDLE: Kind = 60;
    pub const FSTRING_END: Kind = 61;
    pub const TSTRING_START: Kind = 62;
    pub const TSTRING_MIDDLE: Kind = 63;
    pub const TSTRING_END: Kind = 64;
    pub const COMMENT: Kind = 65;
    pub const NL: Kind = 66;
}

/// The operators of one character. Whatever else stands alone is an OP.
const ONE: &[(u8, Kind)] = &[
    (b'(', 7),
    (b')', 8),
    (b'[', 9),
    (b']', 10),
    (b':', 11),
    (b',', 12),
    (b';', 13),
    (b'+', 14),
    (b'-', 15),
    (b'*', 16),
    (b'/', 17),
    (b'|', 18),
    (b'&', 19),
    (b'<', 20),
    (b'>', 21),
    (b'=', 22),
    (b'.', 23),
    (b'%', 24),
    (b'{', 25),
    (b'}', 26),
    (b'~', 31),
    (b'^', 32),
    (b'@', 49),
    (b'!', 54),
];

const TWO: &[(&[u8; 2], Kind)] = &[
    (b"==", 27),
    (b"!=", 28),
    (b"<=", 29),
    (b">=", 30),
    (b"<<", 33),
    (b">>", 34),
    (b"**", 35),
    (b"+=", 36),
    (b"-=", 37),
    (b"*=", 38),
    (b"/=", 39),
    (b"%=", 40),
    (b"&=", 41),
    (b"|=", 42),
    (b"^=", 43),
    (b"//", 47),
    (b"@=", 50),
    (b"->", 51),
    (b":=", 53),
];

const THREE: &[(&[u8; 3], Kind)] = &[(b"<<=", 44), (b">>=", 45), (b"**=", 46), (b"//=", 48), (b"...", 52)];

/// The kind of an operator of one character.
pub fn one(c: u8) -> Kind {
    ONE.iter().find(|(text, _)| *text == c).map_or(kind::OP, |&(_, kind)| kind)
}

/// The kind of an operator of two characters, if there is such a one.
pub fn two(text: [u8; 2]) -> Option<Kind> {
    TWO.iter().find(|(t, _)| **t == text).map(|&(_, kind)| kind)
}

/// The kind of an operator of three characters, if there is such a one.
pub fn three(text: [u8; 3]) -> Option<Kind> {
    THREE.iter().find(|(t, _)| **t == text).map(|&(_, kind)| kind)
}

/// Whether a token of this kind can extend over several lines.
pub fn is_string(kind: Kind) -> bool {
    kind == kind::STRING || (kind::FSTRING_START..=kind::TSTRING_END).contains(&kind)
}
