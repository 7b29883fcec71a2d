#!/bin/sh
# The demo: compiles the network, shows what was recognised, runs the compiled library over the held-out sentences.
#
# usage: demo.sh BUILD        (make demo builds what it needs first)
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -eu
here=$(dirname "$0")
compile=$1/bin/fourmix-compile
classify=$1/examples/fnet-sentiment
library=$1/examples/fnet-sentiment.so

# count WORD FILE: how often the operation stands in the module
count() { grep -c -- "$1" "$2" || true; }

echo "network      $here/model.onnx, $(($(wc -c <"$here/model.onnx") / 1024)) KiB, exported by PyTorch"
start=$(date +%s%N)
"$compile" "$here/model.onnx" -o "$library"
echo "compiled     $library, $(($(wc -c <"$library") / 1024)) KiB, in $((($(date +%s%N) - start) / 1000000)) ms"
phases=$(mktemp -d); trap 'rm -rf "$phases"' EXIT
for phase in import raise; do "$compile" "$here/model.onnx" --compile-to=$phase >"$phases/$phase" 2>"$phases/log"; done
echo "recognised   $(count mix.fourier "$phases/raise") Fourier mixings (mix.fourier)" \
     "in $(count 'onnx.node "DFT"' "$phases/import") DFT nodes, of which $(count 'onnx.node "DFT"' "$phases/raise") are left"
"$classify" "$library" "$here/test.npz"
echo
"$classify" "$library" "$here/vocabulary.txt" \
  "A warm and funny film with a wonderful cast." \
  "Two hours of my life that I will never get back." \
  "The battery is great and it was very easy to set up." \
  "The screen broke after a week, and support was no help at all."
