#!/usr/bin/env bash
# Makes the expected outputs anew with CPython 3.14, found as $PYTHON or python3.14 on PATH.
set -euo pipefail
cd "$(dirname "$0")"
for program in *.py; do
  "${PYTHON:-python3.14}" "$program" >"${program%.py}.out"
done
