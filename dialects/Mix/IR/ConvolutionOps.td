// Mixings whose weight between two positions depends on their difference alone, and projections made of the same.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_CONVOLUTIONOPS_TD
#define DIALECTS_MIX_IR_CONVOLUTIONOPS_TD

include "dialects/Mix/IR/MixBase.td"
include "mlir/IR/EnumAttr.td"

def Mix_ProjectionKind : I32EnumAttr<"ProjectionKind", "how the matrix of a projection is made of its weights", [
    I32EnumAttrCase<"Dense", 0, "dense">,
    I32EnumAttrCase<"Circular1D", 1, "circular_1d">,
    I32EnumAttrCase<"Circular2D", 2, "circular_2d">,
    I32EnumAttrCase<"BlockCirculant", 3, "block_circulant">]> {
  let cppNamespace = "::fourmix::mix";
}

def Mix_Orientation : I32EnumAttr<"Orientation", "which way a kernel walks", [
    I32EnumAttrCase<"Correlation", 0, "correlation">,
    I32EnumAttrCase<"Convolution", 1, "convolution">]> {
  let cppNamespace = "::fourmix::mix";
}

class Mix_LinearOp<string mnemonic>
    : Mix_Op<mnemonic, [Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Mix_MixingOpInterface>]> {
  let hasVerifier = 1;
}

def Mix_ProjectionOp : Mix_LinearOp<"projection"> {
  let summary = "Multiplies every token by a matrix, which may be made of wrapped diagonals.";
  let description = [{
    A token is a line along the last axis of the input, `x[0 .. k)`. With `heads`, the weight's leading axis, the
    result has an axis of that extent before its last one; without, the matrix is shared and the rank stays. For each
    head, with correlation first and convolution in parentheses:

    * `dense`, weight `[heads?, d, k]`: `y[i] = sum over j of w[i,j] x[j]`
    * `circular_1d`, weight `[heads?, taps]`: `y[i] = sum over j of w[j] x[(i + j - o) mod k]` (`(i - j + o) mod k`)
    * `circular_2d`, weight `[heads?, t1, t2]`: the same over both axes of the token as a row-major matrix of
      `grid = [k1, k2]` elements, `k = k1 k2`
    * `block_circulant`, weight `[heads?, r, c, b]`: blocks of b elements, `k = c b`, the result has `r b` elements:
      `y[p b + i] = sum over q, j of w[p,q,j] x[q b + (i + j) mod b]` (`(i - j) mod b`)

    `o` is `origin`, zero where it is absent: the tap that meets x[i] itself. Kernels may be shorter than the axis.
    What `torch.nn.Conv1d` computes is a correlation; a circular padding of `o` elements on the left gives origin `o`.
    The matrix of `circular_1d` is circulant, that of `circular_2d` block-circulant with circulant blocks.
    Source: Optalysys, Optical Computing and Transformer Networks, 2021 (circular kernels per head); Ding et al., CirCNN,
    arXiv 1708.08917, section 3 (block-circulant).

    **Constraints:**
    * (C1) the input is a ranked tensor of floating-point elements, of rank 1 at least; the weight has its element type
    * (C2) the weight has the rank that the kind asks for, or one more
    * (C3) `orientation` stands for all kinds but `dense`; `grid`, two positive extents, for `circular_2d` alone; `origin`
      at most for the circular kinds, one entry per axis of the kernel
    * (C4) the last axis of the input has k elements, as the kind has it; it is static for the circular kinds
    * (C5) 1 <= taps <= extent and 0 <= origin < extent, per axis of the kernel

    Example:
    ```mlir
    %q = mix.projection circular_1d %x, %w as correlation origin [16] : tensor<2x10x33xf32>, tensor<4x33xf32>
    %k = mix.projection circular_2d %x, %v as correlation grid [3, 11] : tensor<2x10x33xf32>, tensor<4x3x3xf32>
    %y = mix.projection block_circulant %x, %b as convolution : tensor<2x10x33xf32>, tensor<2x3x11xf32>
    %z = mix.projection dense %x, %d : tensor<2x10x33xf32>, tensor<66x33xf32>
    ```
  }];
  let arguments = (ins Mix_ProjectionKind:$kind, Mix_Tensor:$input, Mix_Tensor:$weight,
                       OptionalAttr<Mix_Orientation>:$orientation, OptionalAttr<DenseI64ArrayAttr>:$grid,
                       OptionalAttr<DenseI64ArrayAttr>:$origin);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = [{
    $kind $input `,` $weight (`as` $orientation^)? (`grid` $grid^)? (`origin` $origin^)? attr-dict `:` type($input) `,`
    type($weight)
  }];
  let extraClassDeclaration = [{
    /// The rank of the weight of one head.
    static int64_t kernelRank(::fourmix::mix::ProjectionKind kind);
    bool isCircular() {
      return getKind() == ::fourmix::mix::ProjectionKind::Circular1D ||
             getKind() == ::fourmix::mix::ProjectionKind::Circular2D;
    }
    bool hasHeads() { return getWeight().getType().getRank() > kernelRank(getKind()); }
    /// 1 where the weight is shared.
    int64_t getHeads() { return hasHeads() ? getWeight().getType().getDimSize(0) : 1; }
    /// The weight's shape without the heads.
    ::llvm::ArrayRef<int64_t> getKernelShape() { return getWeight().getType().getShape().drop_front(hasHeads()); }
    /// The circle or torus that a circular kernel walks on.
    ::llvm::SmallVector<int64_t> getCircle();
    /// `origin`, or zeros: one entry per axis of a circular kernel.
    ::llvm::SmallVector<int64_t> getOrigins();
  }];
}

def Mix_CirculantOp : Mix_LinearOp<"circulant"> {
  let summary = "Circular correlation or convolution of tokens with a kernel, per head, per channel or for all.";
  let description = [{
    Over each of `axes` (extent n, taps t, origin o), with the other axes as batch:

    correlation `y[i] = sum over j < t of c[j] x[(i + j - o) mod n]`, that is `sum over j of c[(j - i + o) mod n] x[j]`;
    convolution `y[i] = sum over j < t of c[j] x[(i - j + o) mod n]`.

    The kernel has the rank of the input. Its other axes have extent 1 or the input's: one kernel per head is a kernel of
    extent 1 along the channels. It may be learned or computed, as the softmax of scores is in circulant attention.
    Source: CAT, arXiv 2504.06704, section 3 (one axis); Vision Transformers are Circulant Attention Learners, arXiv
    2512.21542 (two axes).

    **Constraints:**
    * (C1) input and kernel are ranked tensors of one floating-point element type and one rank
    * (C2) `axes` are in range, in ascending order, distinct, at least one
    * (C3) along the other axes the kernel has extent 1 or that of the input
    * (C4) 1 <= taps <= extent and 0 <= origin < extent along each of `axes`; extents are static there
    * (C5) `origin` has one entry per axis; absent, they are zero

    Example:
    ```mlir
    %y = mix.circulant %v, %c axes [2] as correlation : tensor<2x4x15x8xf32>, tensor<2x4x15x1xf32>
    %z = mix.circulant %x, %w axes [1, 2] as convolution origin [1, 1] : tensor<2x8x8x16xf32>, tensor<1x3x3x16xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, Mix_Tensor:$kernel, DenseI64ArrayAttr:$axes, Mix_Orientation:$orientation,
                       OptionalAttr<DenseI64ArrayAttr>:$origin);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = [{
    $input `,` $kernel `axes` $axes `as` $orientation (`origin` $origin^)? attr-dict `:` type($input) `,` type($kernel)
  }];
  let extraClassDeclaration = [{
    /// `origin`, or zeros.
    ::llvm::SmallVector<int64_t> getOrigins();
  }];
}

def Mix_ToeplitzOp : Mix_LinearOp<"toeplitz"> {
  let summary = "Multiplies a sequence by a Toeplitz matrix: one weight per difference of positions, no wrap.";
  let description = [{
    Along `axis` (extent n), other axes being batch: `y[i] = sum over j < n of t[j - i + n - 1] x[j]`. Weight n - 1 is
    that of a position for itself, the ones before it look back, those behind it ahead; a causal mixing has zeros there.
    The kernel has the rank of the input; its other axes have extent 1 or the input's.
    Source: Luo et al., Stable, Fast and Accurate: Kernelized Attention with Relative Positional Encoding, arXiv
    2106.12566, section 3; Qin et al., Toeplitz Neural Network, arXiv 2305.04749.

    **Constraints:**
    * (C1) input and kernel are ranked tensors of one floating-point element type and one rank
    * (C2) 0 <= `axis` < rank
    * (C3) along `axis` the kernel has 2n - 1 elements, along the others 1 or those of the input; n is static

    Example:
    ```mlir
    %y = mix.toeplitz %v, %t axis 2 : tensor<2x4x12x8xf32>, tensor<1x4x23x1xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, Mix_Tensor:$kernel, I64Attr:$axis);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = "$input `,` $kernel `axis` $axis attr-dict `:` type($input) `,` type($kernel)";
}

def Mix_GatedOp : Mix_LinearOp<"gated"> {
  let summary = "Gated circulant attention: a weighted mean whose weights are a position kernel times a content gate.";
  let description = [{
    Along `axis` (extent n), other axes being batch, with values x, gates g and a kernel c:

    `y[i] = (sum over j of c[i,j] g[j] x[j]) / (sum over j of c[i,j] g[j])`

    where `c[i,j] = c[(j - i) mod n]` if the kernel has n elements along `axis` (circular) and `c[j - i + n - 1]` if it
    has 2n - 1 (linear). Kernel and gates are meant to be positive, or zero for a token that is masked: such a token is
    in neither sum. A row whose weights are all zero is 0/0. It is the attention `softmax over j of (t[j-i] + u x_j)`
    with c = exp(t), g = exp(u x); kernel and gates have extent 1 or the input's along the other axes.

    **Constraints:**
    * (C1) input, gates and kernel are ranked tensors of one floating-point element type and one rank
    * (C2) 0 <= `axis` < rank
    * (C3) gates have n elements along `axis`, the kernel n or 2n - 1; both have 1 or the input's along the others; n is
      static

    Example:
    ```mlir
    %y = mix.gated %v, %g, %c axis 2 : tensor<2x4x15x8xf32>, tensor<2x4x15x1xf32>, tensor<1x4x15x1xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, Mix_Tensor:$gates, Mix_Tensor:$kernel, I64Attr:$axis);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = [{
    $input `,` $gates `,` $kernel `axis` $axis attr-dict `:` type($input) `,` type($gates) `,` type($kernel)
  }];
  let extraClassDeclaration = [{
    /// True if the kernel wraps around.
    bool isCircular() {
      return getKernel().getType().getDimSize(getAxis()) == getInput().getType().getDimSize(getAxis());
    }
  }];
}

def Mix_GlobalFilterOp : Mix_LinearOp<"global_filter"> {
  let summary = "Multiplies the spectrum of a tensor by learned numbers: GFNet, long convolutions, Fourier neural operators.";
  let description = [{
    `y = crop(irdft(S X))` with `X = rdft(x)` over `axes`, the last of which keeps half of its coefficients. The
    transforms have `lengths` points: a longer length pads x with zeros, which makes a linear convolution of a circular
    one. The inverse has `resampled` points where that is given, else `lengths`. Of its result the first `sizes` elements
    stay, where given, else as many as x has (all, where x is longer). With `channel` the product is one of matrices,
    mode by mode: `Y[o] = sum over c of S[o, c] X[c]` along that axis of x.

    The spectrum S is `re + i im`, real where `im` is absent. Its axes are those of x, with one for o before them if
    there is `channel`. Along `axes` it has the modes that are kept, all others are zero: of m modes of the last axis,
    number r is frequency r; of another one, it is r for `r < (m + 1) / 2` and `r - m` beyond, as in a transform of m
    points. Along `channel` it has the extent of x, along all others 1 or that of x. The imaginary parts that a real
    signal does not have count as zero, as in `spectral.irdft`. Transforms are not normalised, the inverse divides by its
    length; any other scale is part of S.
    Source: Rao et al., Global Filter Networks, arXiv 2107.00645, section 3.2; Poli et al., Hyena Hierarchy, arXiv
    2302.10866, section 3.3; Li et al., Fourier Neural Operator, arXiv 2010.08895, section 4.

    **Constraints:**
    * (C1) input and spectrum are ranked tensors of one floating-point element type; `im` has the type of `re`
    * (C2) `axes` are in range, in ascending order, distinct, at least one; `channel` is in range and none of them
    * (C3) `lengths`, `resampled` and `sizes` have one positive entry per axis
    * (C4) the spectrum has the rank of the input, one more with `channel`
    * (C5) along `axes` it has 1 <= m modes, at most those of both transforms; along `channel` the extent of the input,
      elsewhere 1 or that of the input
    * (C6) the extents of `axes` are static, and `sizes` are not larger than the inverse transform

    Example:
    ```mlir
    %y = mix.global_filter %x, %re, %im axes [1, 2] lengths [8, 8] : tensor<2x8x8x32xf32>, tensor<1x8x5x32xf32>, tensor<1x8x5x32xf32>
    %u = mix.global_filter %v, %a, %b axes [2] lengths [48] : tensor<2x16x24xf32>, tensor<1x16x25xf32>, tensor<1x16x25xf32>
    %z = mix.global_filter %w, %c, %d axes [2] lengths [32] channel 1 : tensor<2x8x32xf32>, tensor<4x1x8x6xf32>,
                                                                      tensor<4x1x8x6xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, Mix_Tensor:$re, Optional<Mix_Tensor>:$im, DenseI64ArrayAttr:$axes,
                       DenseI64ArrayAttr:$lengths, OptionalAttr<DenseI64ArrayAttr>:$resampled,
                       OptionalAttr<DenseI64ArrayAttr>:$sizes, OptionalAttr<I64Attr>:$channel);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = [{
    $input `,` $re (`,` $im^)? `axes` $axes `lengths` $lengths (`resampled` $resampled^)? (`sizes` $sizes^)?
    (`channel` $channel^)? attr-dict `:` type($input) `,` type($re) (`,` type($im)^)?
  }];
  let extraClassDeclaration = [{
    /// Checks the attributes that the result's shape depends on.
    static ::llvm::LogicalResult verifyLists(::std::optional<::mlir::Location> location, int64_t rank,
                                             ::llvm::ArrayRef<int64_t> axes, ::llvm::ArrayRef<int64_t> lengths,
                                             ::std::optional<::llvm::ArrayRef<int64_t>> resampled,
                                             ::std::optional<::llvm::ArrayRef<int64_t>> sizes);
    ::llvm::ArrayRef<int64_t> getInverseLengths() { return getResampled() ? *getResampled() : getLengths(); }
  }];
}

#endif // DIALECTS_MIX_IR_CONVOLUTIONOPS_TD
