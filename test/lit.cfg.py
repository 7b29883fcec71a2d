# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import os
import shutil

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "Fourmix"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".textproto"]
config.excludes = ["Inputs", "fuzz", "models", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.fourmix_obj_root, "test")
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input=fail"

llvm_config.use_default_substitutions()
config.substitutions.append(("%models", os.path.join(config.test_source_root, "models")))
config.substitutions.append(("%{bin}", os.path.join(config.fourmix_obj_root, "bin")))

# FOURMIX_OPT_CHECK_ROUNDTRIP=1 makes every fourmix-opt of the suite print, parse and compare its module.
opt = ["--verify-roundtrip"] if os.environ.get("FOURMIX_OPT_CHECK_ROUNDTRIP") else []
tools = [ToolSubst("fourmix-opt", extra_args=opt), "fourmix-compile", "fourmix-lsp-server", "fourmix-reduce", "fourmix-run", "fourmix-sim", "fourmix-translate", "FileCheck", "count", "not", "split-file"]
llvm_config.add_tool_substitutions(tools, [os.path.join(config.fourmix_obj_root, "bin"), config.llvm_tools_dir])

# Programs of upstream MLIR run through its own lowering: %{to-llvm} after the passes under test, then mlir-runner.
runner = os.path.join(config.llvm_tools_dir, "mlir-runner")
if os.path.exists(runner):
    config.available_features.add("mlir-runner")
    libs = os.path.join(os.path.dirname(config.llvm_tools_dir), "lib")
    config.substitutions += [
        ("mlir-runner", runner),
        ("%{runner-libs}", f"--shared-libs={libs}/libmlir_c_runner_utils.so,{libs}/libmlir_runner_utils.so"),
        ("%{to-llvm}", "--one-shot-bufferize=bufferize-function-boundaries --convert-linalg-to-loops --lower-affine"
                       " --expand-strided-metadata --lower-affine --convert-scf-to-cf --convert-to-llvm"
                       " --reconcile-unrealized-casts"),
    ]

# Programs in C are compiled with whatever cc there is.
if shutil.which("cc"):
    config.available_features.add("cc")

# Small models are written in protobuf's text form; %onnx-encode turns one into the binary form.
onnx_folder = next((f for f in ("/usr/include", "/usr/local/include") if os.path.exists(f + "/onnx/onnx.proto")), None)
if onnx_folder and shutil.which("protoc"):
    config.available_features.add("protoc")
    encode = f"protoc --encode=onnx.ModelProto --proto_path={onnx_folder} onnx/onnx.proto"
    config.substitutions.append(("%onnx-encode", encode))
    config.substitutions.append(("%onnx-decode", encode.replace("--encode", "--decode")))
