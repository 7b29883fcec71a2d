#!/bin/sh
# Installs Fourmix, moves it, builds examples/plugin on what was installed, and uses the plug-in.
#   plugin.sh SOURCE BUILD CMAKE CC CXX FILECHECK
set -eu
source=$1 build=$2 cmake=$3 cc=$4 cxx=$5 FileCheck=$6
here=$source/test/examples/plugin
work=$build/test/plugin
step() { echo "plugin: $*"; }
fail() { echo "plugin: error: $*" >&2; exit 1; }
# Fails with one line of error that holds the text.
refuses() {
  text=$1; shift
  "$@" > "$work/log" 2>&1 && fail "no error: $*"
  grep -F -q -e "$text" "$work/log" || { cat "$work/log" >&2; fail "expected '$text' of: $*"; }
  [ "$(grep -c 'error' "$work/log")" = 1 ] || { cat "$work/log" >&2; fail "expected one error of: $*"; }
}

rm -rf "$work"; mkdir -p "$work"
step install, then move what was installed
"$cmake" --install "$build" --prefix "$work/first" > "$work/install.log"
mv "$work/first" "$work/prefix"
bin=$work/prefix/bin

step headers that are installed include nothing that is not
(cd "$work/prefix/include" && grep -rhoE '#include "(fourmix|dialects|lib)/[^"]*"' . || true) | sort -u |
  sed 's/#include "//; s/"$//' > "$work/included"
while read -r header; do
  [ -f "$work/prefix/include/$header" ] || [ -f "$work/prefix/include/fourmix/$header" ] || fail "$header is not installed"
done < "$work/included"
[ -s "$work/included" ] || fail "no header was installed"

step configure and build with find_package alone
"$cmake" -G Ninja -S "$source/examples/plugin" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_FLAGS=-Werror > "$work/configure.log" 2>&1 ||
  { cat "$work/configure.log" >&2; fail "configure"; }
"$cmake" --build "$work/build" > "$work/build.log" 2>&1 || { cat "$work/build.log" >&2; fail "build"; }
plugin=$work/build/example-plugin.so

step count what the pass matched
"$bin/fourmix-opt" "$here/window-attention.mlir" --load-pass-plugin="$plugin" \
  --pass-pipeline='builtin.module(example-window-attention{window=8})' \
  --remark-format=emitRemark --remarks-filter='.*' > "$work/out" 2>&1 ||
  { cat "$work/out" >&2; fail "fourmix-opt"; }
"$FileCheck" "$here/window-attention.mlir" < "$work/out"

step run a model through it
model=$source/test/models/bert_eager_masked
compile() { "$bin/fourmix-compile" "$model/model.onnx" --emit=object -o "$work/model.o" --load-pass-plugin="$plugin" "$@" 2> "$work/log" ||
  { cat "$work/log" >&2; fail "fourmix-compile $*"; }; }
run() { "$bin/fourmix-run" "$work/model.o" --input=@"$model/inputs.npz" --expected_output=@"$model/outputs.npz" > "$work/run.log" 2>&1; }
compile --add-pass='after:raise:example-window-attention{window=1024}'
grep -q 'remark: 2 of 2 attentions got a window of 1024' "$work/log" || { cat "$work/log" >&2; fail "expected 2 attentions"; }
run || { cat "$work/run.log" >&2; fail "a window that holds all keys changed the model"; }
compile --add-pass='after:raise:example-window-attention{window=1}' --add-pass=after:raise:mix-report
! run || fail "a window of one key did not change the model"

step transforms by the lowering of the plug-in
model=$source/test/models/fnet_batch_layout
compile --fourier=example_split
grep -q 'remark: spectral.dft is planned example_split; operations: example_split' "$work/log" ||
  { cat "$work/log" >&2; fail "expected example_split"; }
run || { cat "$work/run.log" >&2; fail "example_split computes something else"; }
compile --fourier=fft # where it costs more it is not taken
! grep 'is planned example_split' "$work/log" || fail "expected fft, which is cheaper"
run || { cat "$work/run.log" >&2; fail "fft beside example_split computes something else"; }

step errors
cat > "$work/future.c" <<'EOF'
struct info { unsigned version; const char *name, *number; void (*callback)(void); };
#ifdef OTHER_FOURMIX
const char *fourmixPluginBuiltWith(void) { return "9.0.1"; }
enum { version = 1 };
#else
enum { version = 77 };
#endif
static void nothing(void) {}
struct info mlirGetPassPluginInfo(void) { return (struct info){version, "future", "1", nothing}; }
EOF
"$cc" -shared -fPIC -o "$work/future.so" "$work/future.c"
"$cc" -shared -fPIC -DOTHER_FOURMIX -o "$work/other.so" "$work/future.c"
echo 'int number;' > "$work/none.c"; "$cc" -shared -fPIC -o "$work/none.so" "$work/none.c"
echo text > "$work/text.so"
try() { "$bin/fourmix-compile" "$model/model.onnx" --compile-to=raise -o "$work/unwritten.mlir" "$@"; }
refuses "plug-in '$work/missing.so': Could not load library" try --load-pass-plugin="$work/missing.so"
refuses "plug-in '$work/text.so': Could not load library" try --load-pass-plugin="$work/text.so"
refuses "plug-in '$work' is a directory" try --load-pass-plugin="$work"
refuses "plug-in '$work/none.so': Plugin entry point not found" try --load-pass-plugin="$work/none.so"
refuses "Got version 77, supported version is 1" try --load-pass-plugin="$work/future.so"
refuses "but found one built with 9.0.1" try --load-pass-plugin="$work/other.so"
[ ! -e "$work/unwritten.mlir" ] || fail "an error left a file"
echo "plugin: done"
