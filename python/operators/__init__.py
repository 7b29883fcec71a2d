"""Which cases of an operator are drawn: a module per family fills the table.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
from . import (elementwise, generators, indexing, losses, movement, normalisations, products, quantisation, reductions,
               sampling, sequences, windows)
from .draw import Case, Draw, Fixed, TYPES, table
