#!/usr/bin/env bash
# Runs the test programs, interpreted, in a build whose objects all come from the system allocator and are poisoned when freed,
# under valgrind or AddressSanitizer; before that, checks that planted errors are reported.
#
#     scripts/memcheck.sh [PROGRAM.py ...]                under valgrind: a program takes from seconds to minutes
#     TOOL=address scripts/memcheck.sh [PROGRAM.py ...]   with AddressSanitizer, which needs a nightly compiler: a few minutes in all
#
# A program that has no end in $LIMIT seconds (900) is named and does not count.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${TOOL:-valgrind} in
valgrind)
    cargo build -p weft --features poison
    weft=target/debug/weft-poison
    cp target/debug/weft $weft
    # The main thread's stack is large, and numbers of errors in one run are of no interest.
    run=(valgrind -q --error-exitcode=99 --exit-on-first-error=yes --main-stacksize=8388608 --max-stackframe=4000000
        --leak-check=no --undef-value-errors="${UNDEFINED:-no}")
    ;;
address)
    target=$(rustc -vV | sed -n 's/^host: //p')
    RUSTFLAGS=-Zsanitizer=address cargo +nightly build -p weft --features poison --target "$target" --target-dir target/address
    weft=target/address/$target/debug/weft
    # Requests that are too large return NULL, as they do elsewhere.
    export ASAN_OPTIONS=exitcode=99:detect_leaks=0:allocator_may_return_null=1:detect_stack_use_after_return=0
    run=(env)
    ;;
*)
    echo "TOOL is valgrind or address" >&2
    exit 2
    ;;
esac

check() {
    timeout "${LIMIT:-900}" "${run[@]}" "$weft" "$@"
}

for error in read_after_free release_twice stale_items; do
    status=0
    check -c "import _weft_planted; _weft_planted.$error()" >/dev/null 2>&1 || status=$?
    if [ "$status" != 99 ]; then
        echo "planted error $error was not reported (status $status)"
        exit 1
    fi
    echo "planted error $error: reported"
done

programs=("$@")
[ ${#programs[@]} -gt 0 ] || programs=(tests/programs/*.py)
failed=0
for program in "${programs[@]}"; do
    status=0
    check "$program" >target/memcheck.out 2>target/memcheck.err || status=$?
    case $status in
    99)
        echo "$program: an error:"
        cat target/memcheck.err
        failed=1
        ;;
    124) echo "$program: no end in time" ;;
    *)
        if diff -q target/memcheck.out "${program%.py}.out" >/dev/null; then
            echo "$program: no errors"
        else
            echo "$program: no errors, other output (status $status)"
        fi
        ;;
    esac
done
exit $failed
