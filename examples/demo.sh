#!/bin/bash
# Learns the law from example images, draws everything into demo/ and says where to look.
#
# `make demo` calls it with VEGARD, the path to the binary. DEMO names another folder for what is
# made, VEGARD_DATA another place of the measured data (default: ../shared/data).
set -euo pipefail
cd "$(dirname "$0")/.."

vegard=${VEGARD:-.build/release/vegard}
made=${DEMO:-demo}
measured=${VEGARD_DATA:-../shared/data}/lfp-4dstem-strain/strainmap_py4DSTEM_0.14.18.h5

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

echo "1. A real strain map of a LixFePO4 platelet (4D-STEM, 49.5 nm)"
if [ -f "$measured" ]; then
  run import "$measured" --particle platelet -o "$made/measured.h5"
  draw "$made/measured.h5" "$made/measured"
else
  echo "   left out: $measured is absent (VEGARD_DATA names the folder that holds it)"
fi

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
