// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SpreadKernel.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

ElementsAttr fourmix::onnx_to_mix::spreadKernel(ElementsAttr kernel, ArrayRef<int64_t> dilations) {
  auto type = cast<RankedTensorType>(kernel.getShapedType());
  SmallVector<int64_t> shape(type.getShape()), spread = shape;
  size_t first = shape.size() - dilations.size();
  for (auto [i, dilation] : llvm::enumerate(dilations))
    spread[first + i] = (shape[first + i] - 1) * dilation + 1;
  if (spread == shape)
    return kernel;
  std::optional<std::vector<double>> values = readDoubles(kernel);
  if (!values)
    return {};
  std::vector<double> dilated(ShapedType::getNumElements(spread), 0.0);
  for (auto [at, value] : llvm::enumerate(*values)) {
    int64_t rest = static_cast<int64_t>(at), to = 0, stride = 1;
    for (size_t axis = shape.size(); axis-- > 0;) {
      int64_t dilation = axis < first ? 1 : dilations[axis - first];
      to += rest % shape[axis] * dilation * stride;
      rest /= shape[axis];
      stride *= spread[axis];
    }
    dilated[to] = value;
  }
  return makeConstant(type.clone(spread), dilated, "dilated_kernel");
}
