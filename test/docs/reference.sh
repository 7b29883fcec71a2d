#!/bin/sh
# Makes the reference and checks that every pass and every operation that is defined is in its index, with a summary.
#   reference.sh SOURCE BUILD CMAKE
set -eu
source=$1 build=$2 cmake=$3
"$cmake" --build "$build" --target docs > "$build/test/docs.log" || { cat "$build/test/docs.log"; exit 1; }
index=$build/docs/index.md
missing=0
expect() { grep -q -e "^\* \`$1\`: ." "$index" || { echo "not in $index: $1"; missing=1; }; }
for flag in $(find "$source/dialects" "$source/include" -name '*.td' | xargs sed -nE 's/^def .* : Pass<"([^"]*)".*/\1/p'); do
  expect "-$flag"
done
for room in Mix ONNX Optic Spectral; do
  name=$(sed -nE 's/.*let name = "([a-z]*)".*/\1/p' "$source/dialects/$room/IR/${room}Dialect.td")
  ops=$(cat "$source/dialects/$room/IR/"*.td | sed -nE "s/.*: ${room}_([A-Za-z]*Op|Instruction)<\"([a-z_]*)\".*/\2/p; s/.*: ${room}_Op<\"([a-z_]*)\".*/\1/p" | sort -u)
  [ -n "$ops" ] || { echo "no operation found in $room"; missing=1; }
  for op in $ops; do expect "$name.$op"; done
done
[ $missing = 0 ]
echo "$(grep -c '^\* ' "$index") entries"
