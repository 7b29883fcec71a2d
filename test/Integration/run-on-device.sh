#!/bin/sh
# run-on-device.sh BIN MODEL_FOLDER DEVICE TOLERANCE [COMPILER FLAG...]
#
# Compiles a model for the CPU and a simulated device, runs it exactly, compares. Something must have been placed.
set -e
bin=$1 model=$2 device=$3 tolerance=$4
shift 4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$bin/fourmix-compile" "$model/model.onnx" --device="$device" "$@" -o "$folder/model.so"
test -f "$folder/model.focs" || { echo "nothing was placed on $device"; exit 1; }
"$bin/fourmix-run" "$folder/model.so" --driver=sim --input="@$model/inputs.npz" \
  --expected_output="@$model/outputs.npz" --tolerance="$tolerance"
