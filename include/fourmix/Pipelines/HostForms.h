// Mixing that stays with the host although a device is there.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_PIPELINES_HOSTFORMS_H
#define FOURMIX_PIPELINES_HOSTFORMS_H

#include "fourmix/Pipelines/Pipelines.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace fourmix {

/// The ops of a module after rewrite that phase spectral takes apart in one way for a device and in another one for the
/// host.
llvm::SmallVector<mlir::Operation *> opsOfTwoForms(mlir::ModuleOp module);

/// Says in words, which are the same in every run, what such an op computes: the key of its measured seconds.
std::string describeWork(mlir::Operation *op);

/// A module whose main computes nothing but `op`.
mlir::OwningOpRef<mlir::ModuleOp> moduleOf(mlir::Operation *op);

/// Where time or energy decides what goes to the device: compiles each op of two forms alone for it, without a remark.
/// Ops of which nothing is placed, or that take less in their host form, as far as that was measured, get the attribute
/// fourmix.host_form: phase spectral then takes them apart as it does without a device, and a remark says so. Failure
/// after an error.
llvm::LogicalResult chooseHostForms(mlir::ModuleOp module, const PipelineOptions &options);

} // namespace fourmix

#endif // FOURMIX_PIPELINES_HOSTFORMS_H
