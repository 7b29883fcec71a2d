# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch networks that mix tokens, and how we export them: training and test data of Fourmix are made with these."""
