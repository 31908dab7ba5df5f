//! The class `str`: its slots and its method table.

use super::{case, classify, intern, iter, new, payload, repr, search, split, transform};
use crate::class::native::{Args, FnDef, def, static_def};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, build::TypeSpec, flag};
use crate::types::{bounds, slice, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{codecs, exc, format as formatting};
use payload::{Fresh, Str, is_str};

/// The declaration of `str`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "str",
    doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.",
    payload: PayloadOps::of::<Str>(),
    flags: flag::BASETYPE | flag::UNICODE_SUBCLASS | flag::MATCH_SELF,
    slots: Slots {
        new: Some(new::new),
        repr: Some(repr::repr),
        str: Some(transform::unchanged),
        hash: Some(|v| Ok(payload::payload(v).hash())),
        compare: Some(compare),
        iter: Some(iter::new),
        len: Some(|v| Ok(payload::payload(v).len())),
        contains: Some(search::contains),
        get_item: Some(get_item),
        concat: Some(concat),
        repeat: Some(repeat),
        remainder: Some(remainder),
        ..Slots::NONE
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (payload::downcast(a), payload::downcast(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(Value::bool(match op {
        CompareOp::Eq => x.equals(y),
        CompareOp::Ne => !x.equals(y),
        _ => op.holds(x.view().compare(y.view())),
    }))
}

fn concat(a: &Value, b: &Value) -> Res {
    if !is_str(a) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    if !is_str(b) {
        return Err(exc::type_error(format!("can only concatenate str (not \"{}\") to str", b.class().full_name())));
    }
    payload::concat(a, b)
}

fn repeat(v: &Value, n: &Value) -> Res {
    payload::repeat(v, bounds::repeat_count(n)?)
}

fn remainder(a: &Value, b: &Value) -> Res {
    if is_str(a) { formatting::percent::format_str(a, b) } else { Ok(Value::NOT_IMPLEMENTED) }
}

/// `v[key]`.
pub fn get_item(v: &Value, key: &Value) -> Res {
    let s = payload::payload(v);
    if key.is_instance(types().slice) {
        let (start, _, step, count) = slice::indices(key, s.len())?;
        return extended_slice(v, start as isize, step as isize, count);
    }
    if key.as_small_int().is_none() && key.class().slots().index.is_none() {
        return Err(exc::type_error(format!("string indices must be integers, not '{}'", key.class().full_name())));
    }
    let at = bounds::subscript(key, || s.len(), "string index out of range")?;
    Ok(payload::from_code_point(s.view().at(at)))
}

/// `count` code points, beginning at `start`, `step` apart.
fn extended_slice(v: &Value, start: isize, step: isize, count: usize) -> Res {
    if count == 0 {
        return Ok(intern::empty());
    }
    if step == 1 {
        return payload::substring(v, start as usize, start as usize + count);
    }
    let view = payload::payload(v).view();
    let at = |i: usize| view.at((start + i as isize * step) as usize);
    if count == 1 {
        return Ok(payload::from_code_point(at(0)));
    }
    let bits = (0..count).fold(0, |bits, i| bits | at(i));
    let mut fresh = Fresh::new(super::Width::of_bits(bits), count)?;
    (0..count).for_each(|i| fresh.push(at(i)));
    Ok(fresh.finish())
}

fn encode(a: Args) -> Res {
    let name = |i: usize, what: &str| match a.opt(i) {
        None => Ok(None),
        Some(v) if is_str(v) => new::as_c_string(v).map(Some),
        Some(v) => Err(exc::type_error(format!("encode() argument '{what}' must be str, not {}", v.class().full_name()))),
    };
    let (encoding, errors) = (name(1, "encoding")?, name(2, "errors")?);
    codecs::encode(a.at(0), encoding.as_deref().unwrap_or("utf-8"), errors.as_deref().unwrap_or("strict"))
}

fn format(a: Args) -> Res {
    formatting::template::format(a.at(0), a.rest(1), Some(a.at(2)))
}

fn format_map(a: Args) -> Res {
    formatting::template::format_map(a.at(0), a.at(1))
}

fn format_dunder(a: Args) -> Res {
    match is_str(a.at(1)) {
        true => formatting::format_str(a.at(0), a.at(1)),
        false => Err(exc::type_error(format!("__format__() argument must be str, not {}", a.at(1).class().full_name()))),
    }
}

fn sizeof(a: Args) -> Res {
    let s = payload::payload(a.at(0));
    Ok(Value::usize(8 + size_of::<Str>() + s.len() * s.width().unit_size()))
}

fn getnewargs(a: Args) -> Res {
    Ok(tuple::from_vec(vec![payload::try_from_view(payload::payload(a.at(0)).view())?]))
}

#[rustfmt::skip]
const METHODS: &[FnDef] = &[
    def("encode", "($self, /, encoding='utf-8', errors='strict')", encode, "Encode the string using the codec registered for encoding.\n\n  encoding\n    The encoding in which to encode the string.\n  errors\n    The error handling scheme to use for encoding errors.\n    The default is 'strict' meaning that encoding errors raise a\n    UnicodeEncodeError.  Other possible values are 'ignore', 'replace'\n    and 'xmlcharrefreplace' as well as any other name registered with\n    codecs.register_error that can handle UnicodeEncodeErrors."),
    def("replace", "($self, old, new, /, count=-1)", transform::replace_method, "Return a copy with all occurrences of substring old replaced by new.\n\n  count\n    Maximum number of occurrences to replace.\n    -1 (the default value) means replace all occurrences.\n\nIf the optional argument count is given, only the first count occurrences are\nreplaced."),
    def("split", "($self, /, sep=None, maxsplit=-1)", split::split, "Return a list of the substrings in the string, using sep as the separator string.\n\n  sep\n    The separator used to split the string.\n\n    When set to None (the default value), will split on any\n    whitespace character (including \\n \\r \\t \\f and spaces) and\n    will discard empty strings from the result.\n  maxsplit\n    Maximum number of splits.\n    -1 (the default value) means no limit.\n\nSplitting starts at the front of the string and works to the end.\n\nNote, str.split() is mainly useful for data that has been\nintentionally delimited.  With natural text that includes\npunctuation, consider using the regular expression module."),
    def("rsplit", "($self, /, sep=None, maxsplit=-1)", split::rsplit, "Return a list of the substrings in the string, using sep as the separator string.\n\n  sep\n    The separator used to split the string.\n\n    When set to None (the default value), will split on any\n    whitespace character (including \\n \\r \\t \\f and spaces) and\n    will discard empty strings from the result.\n  maxsplit\n    Maximum number of splits.\n    -1 (the default value) means no limit.\n\nSplitting starts at the end of the string and works to the front."),
    def("join", "($self, iterable, /)", split::join_method, "Concatenate any number of strings.\n\nThe string whose method is called is inserted in between each given\nstring.  The result is returned as a new string.\n\nExample: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'"),
    def("capitalize", "($self, /)", case::capitalize, "Return a capitalized version of the string.\n\nMore specifically, make the first character have upper case and the\nrest lower case."),
    def("casefold", "($self, /)", case::casefold, "Return a version of the string suitable for caseless comparisons."),
    def("title", "($self, /)", case::title, "Return a version of the string where each word is titlecased.\n\nMore specifically, words start with uppercased characters and all\nremaining cased characters have lower case."),
    def("center", "($self, width, fillchar=' ', /)", transform::center, "Return a centered string of length width.\n\nPadding is done using the specified fill character (default is\na space)."),
    def("count", "($self, sub[, start[, end]], /)", search::count_method, "Return the number of non-overlapping occurrences of substring sub in string S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation."),
    def("expandtabs", "($self, /, tabsize=8)", transform::expandtabs, "Return a copy where all tab characters are expanded using spaces.\n\nIf tabsize is not given, a tab size of 8 characters is assumed."),
    def("find", "($self, sub[, start[, end]], /)", search::find_method, "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation.  Return -1 on failure."),
    def("partition", "($self, sep, /)", split::partition, "Partition the string into three parts using the given separator.\n\nThis will search for the separator in the string.  If the separator\nis found, returns a 3-tuple containing the part before the\nseparator, the separator itself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing\nthe original string and two empty strings."),
    def("index", "($self, sub[, start[, end]], /)", search::index_method, "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation.  Raises ValueError when the substring is not found."),
    def("ljust", "($self, width, fillchar=' ', /)", transform::ljust, "Return a left-justified string of length width.\n\nPadding is done using the specified fill character (default is\na space)."),
    def("lower", "($self, /)", case::lower, "Return a copy of the string converted to lowercase."),
    def("lstrip", "($self, chars=None, /)", transform::lstrip, "Return a copy of the string with leading whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead."),
    def("rfind", "($self, sub[, start[, end]], /)", search::rfind_method, "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation.  Return -1 on failure."),
    def("rindex", "($self, sub[, start[, end]], /)", search::rindex_method, "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice\nnotation.  Raises ValueError when the substring is not found."),
    def("rjust", "($self, width, fillchar=' ', /)", transform::rjust, "Return a right-justified string of length width.\n\nPadding is done using the specified fill character (default is\na space)."),
    def("rstrip", "($self, chars=None, /)", transform::rstrip, "Return a copy of the string with trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead."),
    def("rpartition", "($self, sep, /)", split::rpartition, "Partition the string into three parts using the given separator.\n\nThis will search for the separator in the string, starting at the\nend.  If the separator is found, returns a 3-tuple containing the\npart before the separator, the separator itself, and the part after\nit.\n\nIf the separator is not found, returns a 3-tuple containing two\nempty strings and the original string."),
    def("splitlines", "($self, /, keepends=False)", split::splitlines, "Return a list of the lines in the string, breaking at line boundaries.\n\nLine breaks are not included in the resulting list unless keepends\nis given and true."),
    def("strip", "($self, chars=None, /)", transform::strip, "Return a copy of the string with leading and trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead."),
    def("swapcase", "($self, /)", case::swapcase, "Convert uppercase characters to lowercase and lowercase characters to uppercase."),
    def("translate", "($self, table, /)", transform::translate, "Replace each character in the string using the given translation table.\n\n  table\n    Translation table, which must be a mapping of Unicode ordinals\n    to Unicode ordinals, strings, or None.\n\nThe table must implement lookup/indexing via __getitem__, for\ninstance a dictionary or list.  If this operation raises\nLookupError, the character is left untouched.  Characters mapped to\nNone are deleted."),
    def("upper", "($self, /)", case::upper, "Return a copy of the string converted to uppercase."),
    def("startswith", "($self, prefix[, start[, end]], /)", search::startswith, "Return True if the string starts with the specified prefix, False otherwise.\n\n  prefix\n    A string or a tuple of strings to try.\n  start\n    Optional start position. Default: start of the string.\n  end\n    Optional stop position. Default: end of the string."),
    def("endswith", "($self, suffix[, start[, end]], /)", search::endswith, "Return True if the string ends with the specified suffix, False otherwise.\n\n  suffix\n    A string or a tuple of strings to try.\n  start\n    Optional start position. Default: start of the string.\n  end\n    Optional stop position. Default: end of the string."),
    def("removeprefix", "($self, prefix, /)", transform::removeprefix, "Return a str with the given prefix string removed if present.\n\nIf the string starts with the prefix string, return\nstring[len(prefix):].  Otherwise, return a copy of the original\nstring."),
    def("removesuffix", "($self, suffix, /)", transform::removesuffix, "Return a str with the given suffix string removed if present.\n\nIf the string ends with the suffix string and that suffix is not\nempty, return string[:-len(suffix)].  Otherwise, return a copy of\nthe original string."),
    def("isascii", "($self, /)", classify::isascii, "Return True if all characters in the string are ASCII, False otherwise.\n\nASCII characters have code points in the range U+0000-U+007F.\nEmpty string is ASCII too."),
    def("islower", "($self, /)", classify::islower, "Return True if the string is a lowercase string, False otherwise.\n\nA string is lowercase if all cased characters in the string are\nlowercase and there is at least one cased character in the string."),
    def("isupper", "($self, /)", classify::isupper, "Return True if the string is an uppercase string, False otherwise.\n\nA string is uppercase if all cased characters in the string are\nuppercase and there is at least one cased character in the string."),
    def("istitle", "($self, /)", classify::istitle, "Return True if the string is a title-cased string, False otherwise.\n\nIn a title-cased string, upper- and title-case characters may only\nfollow uncased characters and lowercase characters only cased ones."),
    def("isspace", "($self, /)", classify::isspace, "Return True if the string is a whitespace string, False otherwise.\n\nA string is whitespace if all characters in the string are\nwhitespace and there is at least one character in the string."),
    def("isdecimal", "($self, /)", classify::isdecimal, "Return True if the string is a decimal string, False otherwise.\n\nA string is a decimal string if all characters in the string are\ndecimal and there is at least one character in the string."),
    def("isdigit", "($self, /)", classify::isdigit, "Return True if the string is a digit string, False otherwise.\n\nA string is a digit string if all characters in the string are\ndigits and there is at least one character in the string."),
    def("isnumeric", "($self, /)", classify::isnumeric, "Return True if the string is a numeric string, False otherwise.\n\nA string is numeric if all characters in the string are numeric and\nthere is at least one character in the string."),
    def("isalpha", "($self, /)", classify::isalpha, "Return True if the string is an alphabetic string, False otherwise.\n\nA string is alphabetic if all characters in the string are\nalphabetic and there is at least one character in the string."),
    def("isalnum", "($self, /)", classify::isalnum, "Return True if the string is an alpha-numeric string, False otherwise.\n\nA string is alpha-numeric if all characters in the string are\nalpha-numeric and there is at least one character in the string."),
    def("isidentifier", "($self, /)", classify::isidentifier, "Return True if the string is a valid Python identifier, False otherwise.\n\nCall keyword.iskeyword(s) to test whether string s is a reserved\nidentifier, such as \"def\" or \"class\"."),
    def("isprintable", "($self, /)", classify::isprintable, "Return True if all characters in the string are printable, False otherwise.\n\nA character is printable if repr() may use it in its output."),
    def("zfill", "($self, width, /)", transform::zfill, "Pad a numeric string with zeros on the left, to fill a field of the given width.\n\nThe string is never truncated."),
    def("format", "($self, /, *args, **kwargs)", format, "Return a formatted version of the string, using substitutions from args and kwargs.\nThe substitutions are identified by braces ('{' and '}')."),
    def("format_map", "($self, mapping, /)", format_map, "Return a formatted version of the string, using substitutions from mapping.\nThe substitutions are identified by braces ('{' and '}')."),
    def("__format__", "($self, format_spec, /)", format_dunder, "Return a formatted version of the string as described by format_spec."),
    static_def("maketrans", "(x, y=<unrepresentable>, z=<unrepresentable>, /)", transform::maketrans, "Return a translation table usable for str.translate().\n\nIf there is only one argument, it must be a dictionary mapping\nUnicode ordinals (integers) or characters to Unicode ordinals,\nstrings or None.  Character keys will be then converted to ordinals.\nIf there are two arguments, they must be strings of equal length,\nand in the resulting dictionary, each character in x will be mapped\nto the character at the same position in y.  If there is a third\nargument, it must be a string, whose characters will be mapped to\nNone in the result."),
    def("__sizeof__", "($self, /)", sizeof, "Return the size of the string in memory, in bytes."),
    def("__getnewargs__", "($self, /)", getnewargs, ""),
];
