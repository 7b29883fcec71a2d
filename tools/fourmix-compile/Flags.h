// What may stand on the command line of fourmix-compile.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TOOLS_COMPILE_FLAGS_H
#define FOURMIX_TOOLS_COMPILE_FLAGS_H

#include "llvm/Support/CommandLine.h"
#include <string>

namespace fourmix {
namespace cl = llvm::cl;

enum class Emit { Library, Object, LLVM, ONNX, Stream };

struct Flags {
  cl::OptionCategory category{"Compilation"};
  cl::opt<std::string> input{cl::Positional, cl::Required, cl::cat(category),
                             cl::desc("<model.onnx, or MLIR with --compile-from; - is standard input>")};
  cl::opt<std::string> output{"o", cl::cat(category), cl::value_desc("file"),
                              cl::desc("Output; default: the model's name with .so or .o, text to standard output")};
  cl::opt<std::string> compileTo{
      "compile-to", cl::cat(category), cl::value_desc("phase"),
      cl::desc("Stop after import, raise, rewrite, spectral, plan, optic, cpu or llvm and print MLIR")};
  cl::opt<std::string> compileFrom{"compile-from", cl::cat(category), cl::value_desc("phase"),
                                   cl::desc("The input is MLIR as --compile-to=<phase> prints it")};
  cl::opt<Emit> emit{"emit", cl::cat(category), cl::init(Emit::Library), cl::desc("What to make:"),
                     cl::values(clEnumValN(Emit::Library, "library", "a shared library (default)"),
                                clEnumValN(Emit::Object, "object", "an object file"),
                                clEnumValN(Emit::LLVM, "llvm", "optimised LLVM IR"),
                                clEnumValN(Emit::ONNX, "onnx", "an ONNX model, from the module after --onnx-phase"),
                                clEnumValN(Emit::Stream, "stream", "the command stream of --device alone"))};
  cl::opt<int64_t> opset{"opset", cl::cat(category), cl::value_desc("N"),
                         cl::desc("--emit=onnx: the opset that the file imports; default: the model's own. Nodes that "
                                  "were not raised must mean the same in both")};
  cl::opt<std::string> onnxFourier{"onnx-fourier", cl::cat(category), cl::init("dft"), cl::value_desc("dft|matmul"),
                                   cl::desc("--emit=onnx: how Fourier transforms are said; matmul where DFT is slow")};
  cl::opt<std::string> onnxPhase{"onnx-phase", cl::cat(category), cl::init("rewrite"),
                                 cl::value_desc("import|raise|rewrite"),
                                 cl::desc("--emit=onnx: the phase after which the module is written")};
  cl::opt<uint64_t> external{"external-data", cl::cat(category), cl::value_desc("bytes"),
                             cl::desc("--emit=onnx: tensors of at least so many bytes go to <output>.data")};
  cl::list<std::string> shapes{"shape", cl::cat(category), cl::value_desc("NAME=1x512"),
                               cl::desc("Fix the shape of an input; repeatable")};
  cl::list<std::string> bindings{"bind", cl::cat(category), cl::value_desc("NAME=@x.npy"),
                                 cl::desc("Make an input a constant, from which shapes may follow; repeatable")};
  cl::opt<std::string> toFourier{
      "attention-to-fourier", cl::cat(category), cl::value_desc("layers"),
      cl::desc("Replace attention by Fourier mixing, which changes what the network computes: all, "
               "0-9, 1,3,5-7, first=K, last=K, all-but-last=K, all-but-first=K")};
  cl::opt<std::string> fourierScale{"fourier-scale", cl::cat(category), cl::init("paper"),
                                    cl::value_desc("paper|orthonormal|calibrated"),
                                    cl::desc("Its factor: 1, as in FNet, 1/sqrt(tokens * features), or fitted")};
  cl::opt<std::string> fourierKeep{"fourier-keep", cl::cat(category), cl::init("none"),
                                   cl::value_desc("none|output|value|value+output"),
                                   cl::desc("Projections of the attention that stay")};
  cl::opt<std::string> fourierCalibration{
      "fourier-calibration", cl::cat(category), cl::value_desc("file.npz"),
      cl::desc("The factors layer<N>.scale of --fourier-scale=calibrated; without, --calibrate "
               "fits them")};
  cl::opt<std::string> toCircular{
      "projections-to-circular", cl::cat(category), cl::value_desc("1d|2d[:K1xK2]|block:B"),
      cl::desc("Replace projections by circular ones where their matrices are near enough")};
  cl::opt<double> maxError{"max-error", cl::cat(category), cl::init(1e-5), cl::value_desc("1e-5"),
                           cl::desc("--projections-to-circular: the largest relative error of a matrix")};
  cl::opt<std::string> circularWhere{"circular-where", cl::cat(category), cl::init("attention"),
                                     cl::value_desc("attention|all"),
                                     cl::desc("--projections-to-circular: of attention sublayers, or every product")};
  cl::opt<std::string> circularCalibration{"circular-calibration", cl::cat(category), cl::value_desc("file.npz"),
                                           cl::desc("--projections-to-circular: covariances of inputs, so that outputs "
                                                    "on data differ least; without, --calibrate measures them")};
  cl::opt<bool> fastFNet{"fast-fnet", cl::cat(category),
                         cl::desc("Let FNet's blocks work on half of the spectrum: another network, to be trained")};
  cl::opt<bool> dropMask{
      "drop-mask", cl::cat(category),
      cl::desc(
          "Let --attention-to-fourier and --rewrite-search drop padding masks: padding then mixes into every token")};
  cl::opt<std::string> toGated{
      "attention-to-gated", cl::cat(category), cl::value_desc("layers[,components=R][,kernel=circular|toeplitz]"),
      cl::desc(
          "Replace attention by a kernel over the sequence times a content gate, fitted to the network's attention: "
          "give --calibrate, or --calibration")};
  cl::opt<std::string> search{
      "rewrite-search", cl::cat(category), cl::value_desc("cosine>=C"),
      cl::desc("Let each layer's attention become Fourier mixing or gated, or stay, so that a run "
               "takes the least time and the mean cosine of the outputs to the original's stays; "
               "needs --calibrate")};
  cl::opt<std::string> saveCalibration{"save-calibration", cl::cat(category), cl::value_desc("file.npz"),
                                       cl::desc("Keep what --calibrate fitted, for --calibration")};
  cl::opt<std::string> calibration{"calibration", cl::cat(category), cl::value_desc("file.npz"),
                                   cl::desc("What an earlier --calibrate fitted")};
  cl::opt<std::string> report{"report", cl::cat(category), cl::value_desc("file"),
                              cl::desc("What the network was, what it is, and how far it moved: .json, .txt or .html")};
  cl::opt<std::string> calibrate{"calibrate", cl::cat(category), cl::value_desc("@inputs.npz"),
                                 cl::desc("Inputs by name, axis 0 runs over samples, to calibrate and to measure on")};
  cl::opt<std::string> holdout{"holdout", cl::cat(category), cl::value_desc("@inputs.npz"),
                               cl::desc("Inputs of the same form that --report measures on instead")};
  cl::opt<std::string> fourier{"fourier", cl::cat(category), cl::init("fft"), cl::value_desc("fft|matmul|optic|NAME"),
                               cl::desc("How Fourier transforms are computed; NAME is a lowering of a plug-in. With "
                                        "--device: optic")};
  cl::opt<std::string> device{"device", cl::cat(category), cl::value_desc("NAME|profile.toml"),
                              cl::desc("A Fourier-optical device for the transforms: ofe-11, ofe-16, ideal, …")};
  cl::list<std::string> plugins{"load-pass-plugin", cl::cat(category), cl::value_desc("file"),
                                cl::desc("Load passes and lowerings from a shared library; repeatable")};
  cl::list<std::string> added{"add-pass", cl::cat(category), cl::value_desc("after:PHASE:PIPELINE"),
                              cl::desc("Run passes after a phase; repeatable, in this order")};
  cl::opt<std::string> precision{
      "device-precision", cl::cat(category), cl::init("native"), cl::value_desc("native|Nbits"),
      cl::desc("--device: what fields and captures are good for; more than the encoder's own "
               "in digits, a field each, more than the detector's by averaging captures")};
  cl::opt<bool> dense{
      "dense-on-device", cl::cat(category),
      cl::desc("--device: dense projections go there, too, as correlations with blocks of their matrices; "
               "exact, and as a rule slower than on the host")};
  cl::opt<std::string> offload{"offload", cl::cat(category), cl::init("all"), cl::value_desc("all|time|energy"),
                               cl::desc("--device: what goes there: all that it takes, or what is predicted to need "
                                        "less time or energy than on the host of the device's profile")};
  cl::opt<bool> measureCPU{
      "measure-cpu", cl::cat(category),
      cl::desc("--device: run what is placed there on this CPU, too, and note the seconds in the "
               "stream, which then is another one every time; with --offload=time or energy decide "
               "by seconds so measured, too")};
  cl::opt<std::string> hostTimes{"host-times", cl::cat(category), cl::value_desc("file"),
                                 cl::desc("--offload: decide by the seconds that --save-host-times kept")};
  cl::opt<std::string> saveHostTimes{"save-host-times", cl::cat(category), cl::value_desc("file"),
                                     cl::desc("Keep the seconds that --offload and --measure-cpu measured, for "
                                              "--host-times")};
  cl::opt<std::string> cpu{"mcpu", cl::cat(category), cl::init("native"),
                           cl::desc("Target CPU: native, x86-64, x86-64-v3, x86-64-v4, …")};
  cl::opt<std::string> features{"mattr", cl::cat(category), cl::desc("Target features, +a,-b")};
  cl::opt<std::string> triple{"mtriple", cl::cat(category), cl::desc("Target triple; default: the host's")};
  cl::opt<unsigned> optimisation{"O", cl::Prefix, cl::cat(category), cl::init(3),
                                 cl::desc("Optimisation level 0 to 3")};
  cl::opt<std::string> modelName{"model-name", cl::cat(category),
                                 cl::desc("Tag of the artefact's symbols; default: from the input's name")};
  cl::opt<bool> sideWeights{"side-weights", cl::cat(category), cl::desc("Weights in a file beside the artefact")};
  cl::opt<std::string> weights{"save-weights", cl::cat(category), cl::value_desc("file"),
                               cl::desc("With --compile-to: write the weights beside the module, for --compile-from")};
  cl::opt<std::string> dump{"dump-phases", cl::cat(category), cl::value_desc("folder"),
                            cl::desc("Write the module after every phase")};
  cl::opt<unsigned> threads{"threads", cl::cat(category), cl::init(0), cl::desc("Threads of the compiler; 0: all")};
  cl::opt<bool> verbose{"v", cl::cat(category), cl::desc("A line per phase with its time")};
};

} // namespace fourmix

#endif // FOURMIX_TOOLS_COMPILE_FLAGS_H
