#!/usr/bin/env bash
# Builds for aarch64 on an x86-64 Debian machine and runs what was built under qemu; on an aarch64 machine, the same without qemu.
# Installs what that needs if it is missing (as root): the compiler's aarch64 half, a cross linker, qemu.
#
#     scripts/aarch64.sh [-j JOBS] [-m MODES] [BEGINNING ...]
#         the programs of tests/programs whose names begin so, or all, in each of the modes, against what CPython prints; MODES
#         is a list, "interpreted jit stress cranelift cranelift-stress" unless given; JOBS run at a time
#     scripts/aarch64.sh tools                    nothing: whether what is needed is there, installed now if it can be
#     scripts/aarch64.sh build                    nothing but the build
#     scripts/aarch64.sh run [ARGUMENT ...]       the command
#     scripts/aarch64.sh test -p weft-codecache   cargo's tests of packages
#
# It is the release profile's build but for the optimisation level, which is 1 unless OPT_LEVEL says another: that takes a
# fraction of the time. A program that has no end in LIMIT seconds (600) fails.
set -euo pipefail
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu
folder=${CARGO_TARGET_DIR:-$PWD/target}

fail() {
    echo "aarch64: $*" >&2
    exit 1
}

install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "missing, and can be installed only as root on Debian: $*"
    apt-get update -qq || fail "apt-get update failed"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || fail "apt-get cannot install $*"
}

if [ "$(uname -m)" = aarch64 ]; then
    qemu=()
else
    qemu=(qemu-aarch64-static)
    if ! command -v qemu-aarch64-static >/dev/null || ! command -v aarch64-linux-gnu-gcc >/dev/null; then
        install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
    fi
    # The compiler in use, if its aarch64 half can be had: then what runs while building is what other builds have made. Else Debian's.
    if ! [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ] && ! rustup target add $target; then
        if ! [ -x /usr/bin/rustc ] || ! [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/$target" ]; then
            dpkg --add-architecture arm64
            install rustc-web libstd-rust-web-dev:arm64
        fi
        export RUSTC=/usr/bin/rustc
        folder=$folder/aarch64
    fi
fi
[ "${1:-}" != tools ] || exit 0

export CARGO_PROFILE_RELEASE_OPT_LEVEL=${OPT_LEVEL:-1} CARGO_PROFILE_RELEASE_DEBUG=false
mkdir -p "$folder/aarch64"
if [ ${#qemu[@]} -gt 0 ]; then
    # Programs are linked statically, since threads of dynamically linked ones hang under qemu 7.2. The libc crate asks for these
    # functions by a version, which a static library does not have.
    versions=$folder/aarch64/versions.o
    {
        for name in cfgetispeed cfgetospeed cfsetispeed cfsetospeed; do
            printf '.globl "%s@GLIBC_2.17"\n"%s@GLIBC_2.17": b %s\n' $name $name $name
        done
        echo '.section .note.GNU-stack,"",%progbits'
    } | aarch64-linux-gnu-gcc -x assembler -c - -o "$versions"
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=${qemu[0]}
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static -C link-arg=-Wl,-Bstatic -C link-arg=$versions -C link-arg=-lc"
fi
if [ "${1:-}" = test ]; then
    # With weft among the packages, what runs while building has the features it has in other builds, and is not made anew.
    exec cargo "$@" -p weft --release --target $target --target-dir "$folder"
fi
cargo build -p weft --release --target $target --target-dir "$folder"

# The command under the name of a file that can be executed, by programs that start themselves too.
weft=$folder/$target/release/weft
if [ ${#qemu[@]} -gt 0 ]; then
    printf '#!/bin/sh\nexec %s -0 "$0" %q "$@"\n' "${qemu[0]}" "$weft" >"$folder/aarch64/weft"
    chmod +x "$folder/aarch64/weft"
    weft=$folder/aarch64/weft
fi
case ${1:-} in
build) exit ;;
run) exec "$weft" "${@:2}" ;;
esac

jobs=$(nproc) modes="interpreted jit stress cranelift cranelift-stress"
while getopts j:m: option; do
    case $option in
    j) jobs=$OPTARG ;;
    m) modes=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
programs=()
for beginning in "${@:-}"; do
    found=$(compgen -G "tests/programs/$beginning*.py") || fail "no program's name begins with $beginning"
    mapfile -t -O ${#programs[@]} programs <<<"$found"
done

check() {
    local name got status=0
    name=$(basename "$1" .py)
    got=$results/$name
    # shellcheck disable=SC2086
    timeout "${LIMIT:-600}" "$weft" $options "$1" >"$got.out" 2>"$got.err" </dev/null || status=$?
    if [ $status = 0 ] && cmp -s "$got.out" "${1%.py}.out"; then
        echo "$name" >>"$results/passed"
    else
        echo "aarch64: $mode: $name: status $status; expected and got:"
        diff "${1%.py}.out" "$got.out" | head -6
        tail -3 "$got.err"
    fi
}
export -f check
failed=0
for mode in $modes; do
    case $mode in
    interpreted) options= ;;
    jit) options="--jit --jit-threshold=20" ;;
    stress) options=--jit-stress ;;
    cranelift) options="--jit=cranelift --jit-threshold=20" ;;
    cranelift-stress) options="--jit=cranelift --jit-stress" ;;
    *) fail "there is no mode $mode" ;;
    esac
    results=$folder/aarch64/results/$mode
    rm -rf "$results"
    mkdir -p "$results"
    : >"$results/passed"
    export mode options results weft
    start=$SECONDS
    printf '%s\n' "${programs[@]}" | xargs -P "$jobs" -I{} bash -c 'check {}'
    passed=$(wc -l <"$results/passed")
    echo "aarch64: $mode: $passed of ${#programs[@]} programs passed, $((SECONDS - start)) s"
    [ "$passed" = ${#programs[@]} ] || failed=1
done
exit $failed
