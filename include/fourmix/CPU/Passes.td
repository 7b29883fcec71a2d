// The passes that turn linalg on tensors into native code for a CPU, in the order of the pipeline.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CPU_PASSES_TD
#define FOURMIX_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def CPUFuseElementwise : Pass<"cpu-fuse-elementwise", "mlir::func::FuncOp"> {
  let summary = "Compute element-wise producers inside their only consumer.";
  let description = [{
    A producer is fused where each of its elements is needed once, so nothing is computed twice; matrix products
    are never fused into, because `cpu-pack-matmul` must still recognise them.
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def CPUStoreBooleansAsBytes : Pass<"cpu-store-booleans-as-bytes", "mlir::ModuleOp"> {
  let summary = "Give boolean tensors a byte per element.";
  let description = [{
    A vector of i1 in memory is a vector of bits to LLVM, and a boolean of ONNX is a byte. Tensors of i1 become tensors
    of i8; the bodies of linalg ops truncate what they read and extend what they yield.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def CPUPackMatmul : Pass<"cpu-pack-matmul", "mlir::ModuleOp"> {
  let summary = "Lay constant right-hand sides of matrix products out in panels.";
  let description = [{
    `C[m,n] += A[m,k] B[k,n]` with a constant B becomes a linalg.generic that reads B from panels of P columns,
    `Bp[n floordiv P, k, n mod P]`, P = 3 vectors, so that the inner loop reads contiguous memory. Columns beyond N are
    zero. A right-hand side that is computed is brought to row-major order `[k, n]` where it is not.
  }];
  let options = [Option<"vectorWidth", "vector-width", "int64_t", "8", "f32 elements of a vector register">,
                 Option<"keepWeights", "keep-weights", "bool", "false",
                        "leave what was packed in the store: another module of the context needs it">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def CPUBindBuffers : Pass<"cpu-bind-buffers", "mlir::ModuleOp"> {
  let summary = "Make main's inputs, outputs and constants buffers of the caller.";
  let description = [{
    `main(tensors) -> tensors` becomes `main(workspace, weights, inputs…, outputs…)` on memrefs; the body stays on
    tensors. Each tensor constant gets a place in the weights, 64-byte aligned. The module then says what the caller
    must bring: `fourmix.weights` (constants and offsets), `fourmix.weights_bytes`, `fourmix.inputs`,
    `fourmix.outputs`.
  }];
  let dependentDialects = ["mlir::bufferization::BufferizationDialect", "mlir::memref::MemRefDialect",
                           "mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def CPULowerMatmul : Pass<"cpu-lower-matmul", "mlir::func::FuncOp"> {
  let summary = "Matrix products on buffers to loops around a register tile.";
  let description = [{
    The tile is `rows` x 3 vectors of accumulators (8 x 3 with 32 vector registers, 4 x 3 with 16), kept in registers
    over the whole of K; tasks are (batch, panel of columns, block of rows). A product that directly follows the fill
    of its result starts from zero and the fill goes.
  }];
  let options = [Option<"vectorWidth", "vector-width", "int64_t", "8", "f32 elements of a vector register">,
                 Option<"vectorRegisters", "vector-registers", "int64_t", "16", "vector registers of the target">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
                           "mlir::vector::VectorDialect"];
}

def CPULowerGeneric : Pass<"cpu-lower-generic", "mlir::func::FuncOp"> {
  let summary = "All other linalg ops on buffers to tasks of vectorised loops.";
  let options = [Option<"vectorWidth", "vector-width", "int64_t", "8", "f32 elements of a vector register">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
                           "mlir::vector::VectorDialect"];
}

def CPUPlanMemory : Pass<"cpu-plan-memory", "mlir::ModuleOp"> {
  let summary = "Place every buffer of main in one arena.";
  let description = [{
    A buffer lives from the first to the last op at main's top level that touches it. Buffers whose lives overlap get
    disjoint places, the largest first, 64-byte aligned; `fourmix.workspace_bytes` is the arena's size.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect"];
}

def CPUOutlineTasks : Pass<"cpu-outline-tasks", "mlir::ModuleOp"> {
  let summary = "Loops of main become functions that the caller's threads run.";
  let description = [{
    A 1-D `scf.parallel` at main's top level is a parallel region, each iteration a task. Its body becomes
    `task(closure, i)`, where the closure holds the pointers it reads and writes; equal bodies become one function.
    main itself becomes `main(frame)`: `frame[0]` workspace, `[1]` weights, `[2]` the caller's parallel function or
    null, `[3]` its context, then inputs and outputs. `fourmix.regions` lists the calls in order, each with the name of
    the node that it came from, for profiles.
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect", "mlir::arith::ArithDialect", "mlir::memref::MemRefDialect",
                           "mlir::scf::SCFDialect"];
}

def CPUExpandMath : Pass<"cpu-expand-math"> {
  let summary = "exp, tanh and erf of f32 as arithmetic that vectorises, to 4 ulp.";
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect", "mlir::vector::VectorDialect"];
}

def CPUExpandBFloat16 : Pass<"cpu-expand-bfloat16"> {
  let summary = "Conversions from and to bf16 as integer arithmetic.";
  let description = [{
    What is left of bf16 is memory, once `arith-emulate-unsupported-floats` computes everything in f32.

    ```mlir
    %y = arith.extf %x : bf16 to f32
    // cpu-expand-bfloat16 => the bits of %x, 16 places up
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::vector::VectorDialect"];
}

#endif // FOURMIX_CPU_PASSES_TD
