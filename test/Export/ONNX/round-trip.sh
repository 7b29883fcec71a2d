#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#   round-trip.sh TRANSLATE FOLDER...
#
# Every *.onnx below the folders: imported to text and a file of weights, exported by another process that has only
# those two, compared with the original. Prints every model that is not equal, and why; ends in the count. JOBS=n.
translate=$(realpath "$1")
shift

if [ "$1" = --one ]; then
  model=$2
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/import" "$work/export"
  cd "$work/import" || exit 2
  if ! "$translate" --import-onnx "$model" --save-weights=weights -o model.mlir 2>error; then
    echo "$model: does not import: $(head -n 1 error)"
  elif mv model.mlir weights ../export && cd ../export && ! "$translate" --export-onnx model.mlir -o out.onnx 2>error; then
    echo "$model: does not export: $(head -n 1 error)"
  elif ! "$translate" --onnx-diff "$model" out.onnx >error 2>&1; then
    echo "$model: differs: $(tr '\n' ' ' <error)"
  else
    echo equal
  fi
  exit
fi

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for folder in "$@"; do
  [ -d "$folder" ] || { echo "no folder $folder: not tested" >&2; continue; }
  find "$(realpath "$folder")" -name '*.onnx' -print0
done | sort -z | xargs -0 -r -n 1 -P "${JOBS:-$(nproc)}" sh "$0" "$translate" --one >"$results"
grep -v '^equal$' "$results"
equal=$(grep -c '^equal$' "$results")
echo "$equal of $(wc -l <"$results") models are equal after import and export"
[ "$equal" = "$(wc -l <"$results")" ]
