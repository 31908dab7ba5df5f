#!/usr/bin/env bash
# Builds for aarch64 on an x86-64 Debian machine and runs cargo's tests under qemu: scripts/aarch64.sh [cargo test's arguments].
# Installs what that needs if it is missing (as root): Debian's Rust for arm64, a cross linker, qemu.
# Programs are linked statically: threads of dynamically linked ones hang under qemu 7.2.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v qemu-aarch64-static >/dev/null || ! command -v aarch64-linux-gnu-gcc >/dev/null || ! [ -x /usr/bin/rustc ]; then
    dpkg --add-architecture arm64
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        rustc-web libstd-rust-web-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static >/dev/null
fi

export RUSTC=/usr/bin/rustc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=qemu-aarch64-static
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static"
exec cargo test --release --target aarch64-unknown-linux-gnu --target-dir target/aarch64 "$@"
