#!/bin/bash
# Learns the law from example images, draws everything into demo/ and says where to look.
#
# `make demo` calls it with VEGARD, the path to the binary. DEMO names another folder for what is
# made.
set -euo pipefail
cd "$(dirname "$0")/.."

vegard=${VEGARD:-.build/release/vegard}
made=${DEMO:-demo}

# Two ranks where there is an mpirun; root must say that it is meant.
ranks=()
if command -v mpirun > /dev/null; then
  ranks=(mpirun --oversubscribe --mca mpi_yield_when_idle 1 -n 2)
  if [ "$(id -u)" -eq 0 ]; then ranks+=(--allow-run-as-root); fi
fi

run() {
  echo
  echo "\$ vegard $*"
  "${ranks[@]}" "$vegard" "$@" --force
}

draw() {
  echo
  echo "\$ vegard plot $1 -o $2"
  "$vegard" plot "$1" -o "$2" --force --quiet
}

mkdir -p "$made"

echo "1. A strain map of py4DSTEM and a composition map as CSV, of one particle, to one law"
run import examples/data/A3-strainmap.h5 --particle A3 -o "$made/strain.h5"
run import examples/data/A3-composition --particle A3 --pixel-size "49.5 nm" \
  -o "$made/composition.h5"
run learn "$made/strain.h5" --composition "$made/composition.h5" -o "$made/A3-law.h5"
draw "$made/strain.h5" "$made/strain"
draw "$made/A3-law.h5" "$made/A3-law"

echo
echo "2. Three virtual particles with 1 % noise: A2 and A3 train, A1 tests; how many terms?"
run learn examples/data/example.h5 --model m0,m1 --terms 1...6 -o "$made/example-law.h5"
draw examples/data/example.h5 "$made/example"
draw "$made/example-law.h5" "$made/example-law"

echo
echo "3. Five virtual platelets without noise: P2 to P5 train, P1 tests; the law is known"
run learn examples/data/platelets.h5 --model m0,m1 --terms 2 -o "$made/platelets-law.h5"
draw examples/data/platelets.h5 "$made/platelets"
draw "$made/platelets-law.h5" "$made/platelets-law"

echo
echo "Made in $made/:"
find "$made" -type f | sort | sed 's/^/  /'
echo
echo "Look at $made/platelets-law first: model m1 finds the law that the platelets were made with,"
echo "f_a = -0.0494 (1 - X) + 0.006 X (1 - X), f_c = 0.0213 (1 - X) - 0.003 X (1 - X);"
echo "model m0, which knows no mechanics, does not. docs/demo.md says what each picture shows."
