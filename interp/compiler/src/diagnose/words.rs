//! Keywords, and what a token can begin.

/// The keywords, which no name can be.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
    "while", "with", "yield",
];

/// The names that are keywords in one place only.
const SOFT_KEYWORDS: &[&str] = &["_", "case", "match", "type"];

/// The operators that assign and compute.
const AUGMENTED: &[&str] = &["+=", "-=", "*=", "@=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//="];

pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

pub fn is_soft_keyword(word: &str) -> bool {
    SOFT_KEYWORDS.contains(&word)
}

pub fn is_augmented(word: &str) -> bool {
    AUGMENTED.contains(&word)
}

/// Whether a keyword begins a simple statement.
pub fn begins_statement(word: &str) -> bool {
    matches!(
        word,
        "pass" | "break" | "continue" | "return" | "raise" | "global" | "nonlocal" | "del" | "assert" | "import" | "from" | "yield"
    )
}

/// Whether a keyword or operator can begin an expression.
pub fn begins_expression(word: &str) -> bool {
    match word {
        "None" | "True" | "False" | "not" | "lambda" | "await" | "(" | "[" | "{" | "-" | "+" | "~" | "..." => true,
        _ => word.starts_with(|c: char| c.is_alphabetic() || c == '_' || c >= '\u{80}') && !is_keyword(word),
    }
}
