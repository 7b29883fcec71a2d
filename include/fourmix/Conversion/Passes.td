// The doors between the rooms: one pass per lib/Conversion/XToY.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CONVERSION_PASSES_TD
#define FOURMIX_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertONNXToMix : Pass<"convert-onnx-to-mix", "::mlir::ModuleOp"> {
  let summary = "Raise FNet's Fourier mixing from ONNX nodes to mix.fourier";
  let description = [{
    Finds the values that are `c * Re(F_n X F_d)` of an earlier value `X`, whatever nodes compute them: chains of DFT
    (version 17 or 20) in either order with any form of zero imaginary part and of taking the real part, Einsum or
    MatMul with cosine and sine matrices, half spectra that are mirrored. Each becomes one `mix.fourier`, followed by
    a `Mul` node where c is not 1 and a `Reshape` node where the shape differs. Constants are compared with cos and
    sin (2 pi j k / N), each entry within 1e-5 of its row's scale.

    Runs after `onnx-infer-shapes`: it looks at values of static ranked tensor type only. A match is committed only if
    all transforms that take part become dead; they are erased with what only they used, every other node stays as it
    is. `Re - Im` becomes Hartley's part. What is left of DFT chains after that, and is the real part of one axis, becomes a
    mixing of one axis; so does a mixing over an axis of extent 1.

    Attention is found from its softmax, which may be one node or exp, sum and quotient: upwards through scales, masks,
    caps and views to a product, downwards to the product with the values. Scales may stand anywhere on the way, masks
    are read for what they say (constants that are causal, windowed or empty, conjunctions, -inf or a finite number that
    absorbs every score), views are composed, repeated heads become groups. The operands of `mix.attention` are read
    where the fewest nodes remain. ONNX's Attention nodes and com.microsoft's become the same. A quotient of the same
    sums with and without values is `mix.linear_attention`; so is a product of queries, keys and values with a mask of pairs
    that is causal or one number per distance. What is raised computes what the graph
    computed, rows without keys included.

    Lambda layers are found in sums of products: content, queries times softmax of keys times values, and position, where
    a table or a convolution stands for the keys. Einsum of any equation, MatMul, Gemm, Mul with ReduceSum, Conv with the
    kernel beside an untouched axis, with images in the batch or one group each, sums before or after the queries are
    one case. A table whose entries depend on distances alone becomes the relative table of `mix.lambda`. A constant
    matrix along any axis but the features' becomes `mix.linear`; a matrix along the features is a linear layer.

    A Conv whose input shows every element of an earlier tensor once around a circle is a circular correlation, whatever
    moved the elements there: wrapping pads, slices and concatenations, gathers, tiles are traced one by one. With one
    input channel it becomes `mix.projection`, with a kernel per channel `mix.circulant`. A constant matrix in a MatMul,
    Gemm or Einsum that is circulant (over one axis or two, per head, in blocks; every number within 1e-6 of its wrapped
    diagonal's mean, relative to the largest; three rows and more, not constant, no multiple of the identity, no rotation)
    becomes the same. What lies between a forward and an inverse DFT is evaluated on tensors chosen for that, in double:
    if it is a convolution, it becomes `mix.global_filter`, without wrap and looking ahead `mix.toeplitz`, with a kernel
    that is computed, too, `mix.circulant`.

    Speaks through remarks of category `onnx-to-mix`: *passed* for each raised mixing, *missed* for each group of
    transforms that was nearly one, and each softmax beside a product, with the node and the condition that failed.

    Example:
    ```mlir
    %0 = onnx.node "Unsqueeze"(%x, %last) ... -> tensor<1x4x6x1xf32>
    %1 = onnx.node "DFT"(%0, %six, %two) ... -> tensor<1x4x6x2xf32>
    %2 = onnx.node "DFT"(%1, %none, %one) ... -> tensor<1x4x6x2xf32>
    %3 = onnx.node "Gather"(%2, %zero) <{node_attrs = {axis = 3 : i64}, ...
    // becomes
    %3 = mix.fourier %x sequence 1 hidden 2 : tensor<1x4x6xf32>
    ```
  }];
  let dependentDialects = ["::fourmix::mix::MixDialect", "::fourmix::onnx::ONNXDialect"];
}

def ConvertMixToONNX : Pass<"convert-mix-to-onnx", "::mlir::ModuleOp"> {
  let summary = "Mixing to standard operators of ONNX, the way back.";
  let description = [{
    Every op of `mix` becomes nodes of ai.onnx that mean exactly it, at the opset that the module imports; all other
    nodes stay as they are. The value that replaces an op's result keeps the name that the file had for it, and the
    nodes are named after that. An op that ONNX cannot say at this opset is an error that names it.

    `mix.fourier` is `Re(DFT(DFT(X)))` from opset 17 on, and `C_n X C_d - S_n X S_d` with matrices of cosines and sines
    before it or with `fourier=matmul`. Layers share their matrices. A circular `mix.projection` is a Conv behind a Pad of
    mode wrap (opset 19) or Slice and Concat.

    `mix.circulant`, `mix.toeplitz`, `mix.gated` and `mix.global_filter` are transforms, a product and the inverse
    transform: half a spectrum forward, and back by a plain inverse DFT whose real part is taken, since runtimes lack
    the one-sided inverse. What goes out so comes back as the same op. With `fourier=matmul` the transforms are products
    with matrices, for the modes that are kept, or the mixing is one dense matrix, gathered from the kernel: whichever
    takes fewer flops. A kernel that is short, or zero but for few taps around it, is a depthwise Conv where that takes
    fewer still: behind a wrap, or with zeros around for `mix.toeplitz`.

    ```mlir
    %y = mix.fourier %x sequence 1 hidden 2 : tensor<1x4x6xf32>
    // =>
    %0 = onnx.node "Unsqueeze"(%x, %three) ... -> tensor<1x4x6x1xf32>
    %1 = onnx.node "DFT"(%0, %none, %two) ... -> tensor<1x4x6x2xf32>
    %2 = onnx.node "DFT"(%1, %none, %one) ... -> tensor<1x4x6x2xf32>
    %y = onnx.node "Gather"(%2, %zero) <{node_attrs = {axis = 3 : i64}, ...
    ```
  }];
  let options = [
    Option<"opset", "opset", "int64_t", "0", "The opset of the new nodes; 0: the module's own.">,
    Option<"fourier", "fourier", "std::string", "\"dft\"", "dft or matmul: how Fourier transforms are said.">
  ];
  let dependentDialects = ["::fourmix::onnx::ONNXDialect"];
}

def ConvertMixToSpectral : Pass<"convert-mix-to-spectral"> {
  let summary = "Mixing to transforms and tensor code.";
  let description = [{
    `mix.fourier` becomes a real transform along hidden, which gives d/2+1 columns, a complex transform along sequence
    of which only the real part is used, and the columns that are missing by symmetry,
    `Y[k, l] = Y[-k mod n, -l mod d]`. `mix.reflect` becomes the pieces that stay and those that are reversed.

    `mix.linear` becomes matrix products. `mix.lambda` becomes softmax and products; its kernel a convolution, a table
    or transforms of a grid padded so that nothing wraps around, whichever costs least.

    ```mlir
    %y = mix.fourier %x sequence 0 hidden 1 : tensor<4x6xf32>
    // =>
    %a, %b = spectral.rdft %x along 1 : tensor<4x6xf32>
    %c, %d = spectral.dft forward %a, %b along 0 : tensor<4x4xf32>
    // columns 0 .. 3 of %y are %c, columns 4 and 5 are columns 2 and 1 with rows 1 .. 3 reversed
    ```

    Circular projections are a product with the matrices of all heads, written out at compile time, or products of
    spectra, whichever takes less time by the operations that lib/Kernels counts; the other convolutions are real
    transforms, a product with the kernel's spectrum (computed at compile time in double where it is a constant), and the
    transform back.

    With `whole`, both transforms give all columns. That is for `convert-spectral-to-vector`, which uses the symmetry
    itself where hidden is the last axis and sequence the one before; elsewhere nothing changes.
  }];
  let options = [
    Option<"whole", "whole", "bool", "false", "Leave the symmetry to the lowering of the transforms.">,
    Option<"spectra", "spectra", "bool", "false",
           "Make whatever can be one a product of spectra, as if transforms cost nothing: for a device that has them.">
  ];
  let dependentDialects = ["::fourmix::spectral::SpectralDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ConvertONNXToSpectral : Pass<"convert-onnx-to-spectral"> {
  let summary = "ONNX's DFT and STFT to transforms on pairs of real tensors.";
  let description = [{
    The last dimension of 2 (real and imaginary part) is taken apart before a chain of transforms and put together
    after it; between transforms, also with a Mul or Div by a number between them, and where a Gather, Slice or Split
    takes one part, nothing is joined. An imaginary part of zeros, concatenated or missing, is absent. Needs inferred
    shapes.

    * DFT-17 (axis: attribute, default 1), DFT-20 (axis: input, default -2), any later version; `dft_length` pads or
      truncates. `onesided` is `spectral.rdft`, with `inverse` `spectral.irdft`, whose result ends in 1.
    * STFT-17: frames of the signal times the window, then `spectral.rdft` or `spectral.dft`.

    ```mlir
    %y = onnx.node "DFT"(%x) <{node_attrs = {onesided = 1 : i64}, version = 20 : i64}>
        : (tensor<2x8x1xf32>) -> tensor<2x5x2xf32>
    // =>
    %re, %im = spectral.rdft %signal along 1 : tensor<2x8xf32>
    ```
  }];
  let dependentDialects = ["::fourmix::spectral::SpectralDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def ConvertSpectralToLinalg : Pass<"convert-spectral-to-linalg"> {
  let summary = "Transforms with plan = matmul to products with DFT matrices.";
  let description = [{
    All arithmetic is real and uses the symmetry of cosine and sine: a line is folded to its even and odd part,
    `e[n] = x[n] + x[N-n]`, `o[n] = x[n] - x[N-n]`, each is multiplied with a matrix of N/2+1 columns (cosines for the
    even part, sines for the odd one), and coefficients k and N-k are the sum and the difference of the products. So a
    real transform costs N^2/2 multiplications per line and a complex one N^2. Matrices are constants, computed in
    double from angles that are reduced as integers; the inverse has 1/N in them.

    Along the last axis the product is `linalg.matmul` with the constant on the right, along the first one with the
    constant on the left, and along an axis between them a `linalg.generic` with a batch dimension.

    ```mlir
    %a, %b = spectral.rdft %x along 1 plan matmul : tensor<4x8xf32>
    // =>
    %a = linalg.matmul ins(%even, %cosines : tensor<4x5xf32>, tensor<5x5xf32>) outs(..) -> tensor<4x5xf32>
    %b = linalg.matmul ins(%odd, %sines : tensor<4x3xf32>, tensor<3x5xf32>) outs(..) -> tensor<4x5xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ConvertLinalgToSpectral : Pass<"convert-linalg-to-spectral", "::mlir::ModuleOp"> {
  let summary = "Products with constant matrices to filters, for a device that convolves.";
  let description = [{
    A `linalg.matmul` by a constant of n x m numbers becomes a `spectral.filter` of `rows` x `cols` points: with a vector
    in row 0 and the kernel `h[i, -j] = W[i, j]`, column 0 of the convolution is W x. Of a larger matrix every block has
    a kernel, ceil(m / rows) * ceil(n / cols) of them, and the sum over blocks of a row is tensor code. That is exact,
    and of the device's rows * cols results of a frame it uses `rows`.

    ```mlir
    %y = linalg.matmul ins(%x, %w : tensor<5x11xf32>, tensor<11x11xf32>) outs(%zero : tensor<5x11xf32>) -> tensor<5x11xf32>
    // convert-linalg-to-spectral{rows=11 cols=11} =>
    %z = spectral.filter %x by %a, %b along [3, 4] lengths [11, 11]
      : (tensor<5x1x1x1x11xf32>, tensor<1x1x1x11x6xf32>, tensor<1x1x1x11x6xf32>) -> tensor<5x1x1x11x1xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::fourmix::spectral::SpectralDialect"];
  let options = [
    Option<"rows", "rows", "int64_t", "0", "Rows of the device's aperture.">,
    Option<"cols", "cols", "int64_t", "0", "Columns of the device's aperture.">
  ];
}

def ExpandSpectralFilters : Pass<"expand-spectral-filters", "::mlir::ModuleOp"> {
  let summary = "Filters to transforms and products of spectra.";
  let description = [{
    Every `spectral.filter` becomes an rdft, dfts, a product and the way back, unless its plan is `optic`, or it has none
    and something else may take it: the lowering that the option names is `optic`, or that of a plug-in declares a cost
    for it. Transforms inherit its plan.

    ```mlir
    %y = spectral.filter %x by %a, %b along [1] lengths [8] : (tensor<4x8xf32>, tensor<1x5xf32>, tensor<1x5xf32>) -> tensor<4x8xf32>
    // =>
    %c, %d = spectral.rdft %x along 1 : tensor<4x8xf32>
    // (c + i d) * (a + i b) = e + i f
    %y = spectral.irdft %e, %f along 1 length 8 : tensor<4x5xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::fourmix::spectral::SpectralDialect"];
  let options = [
    Option<"fourier", "fourier", "std::string", "\"fft\"", "The lowering that spectral-plan will be asked for.">
  ];
}

def ConvertSpectralToOptic : Pass<"convert-spectral-to-optic", "::mlir::ModuleOp"> {
  let summary = "Transforms and filters with plan = optic to programs of a Fourier-optical device.";
  let description = [{
    Two transforms of which one is the other's only reader, along different axes, go to the device as one. A length that
    is a power of the aperture's, times radices that the electronics have, is taken apart into stages of the aperture's
    points (vector radix, Stockham's order); any other one becomes a convolution of such a length (Bluestein). A single
    axis shares its frames with a batch, which the second pass of two turns round and the electronics undo where there
    is no second one. The electronics alone transform an axis where that is faster and the other one goes through the
    optics. Real signals are packed, two of a batch or the even and the odd points of one, and taken apart by a pass of the
    electronics; or digits that are the mirror image of others are left out until the last pass. lib/Kernels/FramePlan.h chooses what takes the least time by the profile's figures.

    A device that encodes real or non-negative numbers gets real and imaginary parts one after the other, one that
    measures intensities measures three of each field, with a reference beam at 0 and 90 degrees and without.

    A filter whose spectrum is a constant becomes tiles that the optics convolve, or transform, multiply and transform
    again, where they have a filter (lib/Kernels/FilterPlan.h); unless its transforms and a product on the host take
    less. What is refused is expanded, and its transforms are placed where that is possible.

    Where the device quantises, the host takes out the mean along the first axis that is transformed, and adds what it
    gives to the first row of the result: there it would take the detector's range from what shares frames with it.

    Equal transforms share a program. What the device cannot do keeps to the CPU: its plan becomes `fft`, and a remark
    says why. Remarks of category `spectral-to-optic` say for every placed one how many frames it takes.

    `offload` says what goes to the device: `all` that it takes, or what needs less `time` or `energy` there. A program is
    counted by the simulator, its bytes over the links and `launch_s` included. The host's seconds are those that
    `host-times` has of the same work, else the operations of FFT code at the rate in the profile's section `host`;
    joules are seconds at its `power`. Remarks have all figures, and where each of the host's comes from. What goes back to
    the host is computed as FFT.

    ```mlir
    %a, %b = spectral.dft forward %x along 1 plan optic : tensor<512x768xf32>
    %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<512x768xf32>
    // convert-spectral-to-optic{device=ofe-16} =>
    %e = tensor.empty() : tensor<512x768xf32>
    %c = optic.launch @dft_512x768 ins(%x : tensor<512x768xf32>) outs(%e : tensor<512x768xf32>) -> tensor<512x768xf32>
    ```
  }];
  let dependentDialects = ["::fourmix::optic::OpticDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"device", "device", "std::string", "\"ofe-11\"", "A profile's name or file.">,
    Option<"bits", "bits", "double", "0", "Effective bits of a capture, reached by averaging; 0: the detector's.">,
    Option<"offload", "offload", "std::string", "\"all\"", "What goes to the device: all, time or energy.">,
    Option<"hostTimes", "host-times", "std::string", "\"\"", "A file with measured seconds of the host.">
  ];
}

def ConvertOpticToLLVM : Pass<"convert-optic-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Launches of device programs to calls of the entry.";
  let description = [{
    Runs where `main` takes the frame: a launch becomes `fourmix_entry_launch(frame, program, buffers, count)`, which
    hands the buffers to the driver that the caller of the model gave. `program` is the number of the program in the
    module and in the command stream. The programs go: the stream has them.

    ```mlir
    optic.launch @dft ins(%x : memref<8x4xf32>) outs(%y : memref<8x4xf32>)
    // =>
    func.call @fourmix_entry_launch(%frame, %c0, %table, %c2) : (!llvm.ptr, i64, !llvm.ptr, i64) -> ()
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ConvertSpectralToVector : Pass<"convert-spectral-to-vector", "::mlir::func::FuncOp"> {
  let summary = "Turn Fourier transforms into loops over vectors: fast Fourier transforms.";
  let description = [{
    Every `spectral` transform whose plan is `fft` or missing becomes loops over vectors on buffers, by the plans of
    lib/Kernels: lanes are independent lines, so that butterflies need no shuffles. Where the transformed axis is the
    last one, blocks of lines are transposed in registers on the way in and out. Blocks are dealt out to tasks, a 1-D
    `scf.parallel`, each with a row of a scratch buffer. Truncation, padding, the inverse's scale, real inputs and
    unused results are part of the first and last stage. Shapes must be static, elements f32 or f64.

    An rdft along the last axis and a dft along the one before, of which only the real part is read (FNet's mixing),
    are lowered together: the input is folded to its even part, which halves both.

    The result is a sandwich between tensors: `bufferization.to_buffer` in, `memref.alloc` and
    `bufferization.to_tensor` out. The pass runs just before bufferization.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
  let options = [
    Option<"vectorWidth", "vector-width", "int64_t", "8", "Elements of f32 in a vector register: a power of two.">,
    Option<"maxTasks", "max-tasks", "int64_t", "64", "Most tasks that one transform is cut into.">
  ];
}

def ConvertONNXToLinalg : Pass<"convert-onnx-to-linalg", "mlir::ModuleOp"> {
  let summary = "Lower the nodes of a typed ONNX graph to linalg on tensors.";
  let description = [{
    Needs static ranked tensor types on every value (`onnx-infer-shapes`). Each `onnx.node` becomes linalg, tensor,
    arith and math ops at the node's location; `onnx.constant` becomes `arith.constant` with the same attribute.
    Integers become signless; where that changes an argument or a result of a function, the attribute `onnx.type`
    keeps the type of the graph.

    Nodes whose operator has no lowering are reported together in one error, before anything is lowered.

    Example:
    ```mlir
    %0 = onnx.node "Relu"(%x) <{version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
    // becomes
    %1 = tensor.empty() : tensor<4xf32>
    %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
           ins(%x : tensor<4xf32>) outs(%1 : tensor<4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %zero = arith.constant 0.0 : f32
      %negative = arith.cmpf olt, %in, %zero : f32
      %relu = arith.select %negative, %zero, %in : f32
      linalg.yield %relu : f32
    } -> tensor<4xf32>
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect", "mlir::math::MathDialect",
                           "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

#endif // FOURMIX_CONVERSION_PASSES_TD
