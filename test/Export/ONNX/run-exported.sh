#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#   run-exported.sh BIN FOLDER TOLERANCE [option of fourmix-compile]...
#
# Writes FOLDER/model.onnx back to ONNX after raise, and runs what was written on the stored inputs.
bin=$1 folder=$2 tolerance=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bin/fourmix-compile" "$folder/model.onnx" --emit=onnx -o "$work/model.onnx" "$@" &&
  "$bin/fourmix-run" "$work/model.onnx" --input=@"$folder/inputs.npz" --expected_output=@"$folder/outputs.npz" \
    --tolerance="$tolerance"
