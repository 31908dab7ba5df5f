#!/usr/bin/env bash
# Builds for aarch64 on an x86-64 Debian machine and runs what was built under qemu. Installs what that needs if it is missing
# (as root): the compiler's aarch64 half, a cross linker, qemu.
#
#     scripts/aarch64.sh                          all test programs, three ways
#     PROGRAMS="jit_ lang_match" scripts/aarch64.sh   those whose names begin so
#     scripts/aarch64.sh tools                    nothing: whether the tools, and the compiler in use, are there
#     scripts/aarch64.sh run FILE [ARGUMENT ...]  one program
#     scripts/aarch64.sh test -p weft-codecache --test semantics   that test of cargo's
set -euo pipefail
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu

install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
if ! command -v qemu-aarch64-static >/dev/null || ! command -v aarch64-linux-gnu-gcc >/dev/null; then
    apt-get update -qq
    install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
fi

# The compiler in use, if its aarch64 half can be had: then what runs while building is what other builds have made. Else Debian's.
folder=${CARGO_TARGET_DIR:-$PWD/target}
if ! [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ] && ! rustup target add $target 2>/dev/null; then
    [ "${1:-}" != tools ] || exit 1
    if ! [ -x /usr/bin/rustc ] || ! [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/$target" ]; then
        dpkg --add-architecture arm64
        apt-get update -qq
        install rustc-web libstd-rust-web-dev:arm64
    fi
    export RUSTC=/usr/bin/rustc
    folder=$folder/aarch64
fi
[ "${1:-}" != tools ] || exit 0

# Programs are linked statically, since threads of dynamically linked ones hang under qemu 7.2. The libc crate asks for these
# functions by a version, which a static library does not have.
versions=$folder/aarch64/versions.o
mkdir -p "$folder/aarch64"
{
    for name in cfgetispeed cfgetospeed cfsetispeed cfsetospeed; do
        printf '.globl "%s@GLIBC_2.17"\n"%s@GLIBC_2.17": b %s\n' $name $name $name
    done
    echo '.section .note.GNU-stack,"",%progbits'
} | aarch64-linux-gnu-gcc -x assembler -c - -o "$versions"

export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=qemu-aarch64-static
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static -C link-arg=-Wl,-Bstatic -C link-arg=$versions -C link-arg=-lc"

if [ "${1:-}" = test ]; then
    # With weft among the packages, what runs while building has the features it has in other builds, and is not made anew.
    exec cargo "$@" -p weft --target $target --target-dir "$folder"
fi
cargo build -p weft --target $target --target-dir "$folder"
weft=$folder/$target/debug/weft
if [ "${1:-}" = run ]; then
    exec qemu-aarch64-static "$weft" "${@:2}"
fi
# The tests themselves run on this machine.
unset RUSTC
WEFT_BINARY=$weft WEFT_RUNNER=qemu-aarch64-static WEFT_PROGRAMS=${PROGRAMS:-} cargo test --workspace --test programs
