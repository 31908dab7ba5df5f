#!/usr/bin/env bash
# Runs the test programs, interpreted, under valgrind in a build whose objects all come from the system allocator and are
# poisoned when freed; before that, checks that planted errors are reported. Usage: scripts/memcheck.sh [PROGRAM.py ...]
# Needs valgrind. A program takes from seconds to minutes; one that has no end in $LIMIT seconds (900) is named and does not count.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build -p weft --features poison
weft=target/debug/weft-poison
cp target/debug/weft $weft

# Options: the main thread's stack is large, and numbers of errors in one run are of no interest.
check() {
    timeout "${LIMIT:-900}" valgrind -q --error-exitcode=99 --exit-on-first-error=yes --main-stacksize=8388608 --max-stackframe=4000000 \
        --leak-check=no --undef-value-errors="${UNDEFINED:-no}" "$weft" "$@"
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
