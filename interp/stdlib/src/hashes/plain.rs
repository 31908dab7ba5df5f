//! `_md5`, `_sha1` and `_sha2`.

use super::{Hash, begin, digest, hash_class, hexdigest};
use weft_vm::class::native::{Args, FnDef, def, getter};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::value::{Res, Value, new_object};

/// `_md5`
pub static MD5: ModuleDef = ModuleDef {
    name: "_md5",
    doc: "",
    functions: &[def("md5", SIGNATURE, md5, "Return a new MD5 hash object; optionally initialized with a string.")],
    exec: |m| {
        module::add(m, "MD5Type", MD5_TYPE.get().value());
        common(m)
    },
};

/// `_sha1`
pub static SHA1: ModuleDef = ModuleDef {
    name: "_sha1",
    doc: "",
    functions: &[def("sha1", SIGNATURE, sha1, "Return a new SHA1 hash object; optionally initialized with a string.")],
    exec: |m| {
        module::add(m, "SHA1Type", SHA1_TYPE.get().value());
        common(m)
    },
};

/// `_sha2`
pub static SHA2: ModuleDef = ModuleDef {
    name: "_sha2",
    doc: "",
    functions: SHA2_FUNCTIONS,
    exec: |m| {
        for (name, class) in
            [("SHA224Type", &SHA224_TYPE), ("SHA256Type", &SHA256_TYPE), ("SHA384Type", &SHA384_TYPE), ("SHA512Type", &SHA512_TYPE)]
        {
            module::add(m, name, class.get().value());
        }
        common(m)
    },
};

static SHA2_FUNCTIONS: &[FnDef] = &[
    def("sha256", SIGNATURE, sha256, "Return a new SHA-256 hash object; optionally initialized with a string."),
    def("sha224", SIGNATURE, sha224, "Return a new SHA-224 hash object; optionally initialized with a string."),
    def("sha512", SIGNATURE, sha512, "Return a new SHA-512 hash object; optionally initialized with a string."),
    def("sha384", SIGNATURE, sha384, "Return a new SHA-384 hash object; optionally initialized with a string."),
];

const SIGNATURE: &str = "($module, /, data=b'', *, usedforsecurity=True, string=None)";

/// Data of at least this size is hashed without the GIL in CPython.
fn common(m: &Value) -> Res<()> {
    module::add(m, "_GIL_MINSIZE", Value::small_int(2048));
    Ok(())
}

macro_rules! plain {
    ($($CLASS:ident $SPEC:ident $Payload:ident $class_name:literal $f:ident $Digest:ty, $block:literal;)*) => {
        $(hash_class! {
            $CLASS $SPEC $Payload $class_name "" flags: weft_vm::class::flag::DISALLOW_INSTANTIATION; {}
            [
                def("digest", "($self, /)", digest, "Return the digest value as a bytes object."),
                def("hexdigest", "($self, /)", hexdigest, "Return the digest value as a string of hexadecimal digits.")
            ]
            []
        }

        fn $f(a: Args) -> Res {
            let hash = Hash::plain(<$Digest>::default(), stringify!($f), $block);
            begin(&hash, &a, 2)?;
            Ok(new_object($Payload(hash)))
        })*
    };
}

plain! {
    MD5_TYPE MD5_SPEC Md5 "_md5.md5" md5 ::md5::Md5, 64;
    SHA1_TYPE SHA1_SPEC Sha1 "_sha1.sha1" sha1 ::sha1::Sha1, 64;
    SHA224_TYPE SHA224_SPEC Sha224 "_sha2.SHA224Type" sha224 ::sha2::Sha224, 64;
    SHA256_TYPE SHA256_SPEC Sha256 "_sha2.SHA256Type" sha256 ::sha2::Sha256, 64;
    SHA384_TYPE SHA384_SPEC Sha384 "_sha2.SHA384Type" sha384 ::sha2::Sha384, 128;
    SHA512_TYPE SHA512_SPEC Sha512 "_sha2.SHA512Type" sha512 ::sha2::Sha512, 128;
}
