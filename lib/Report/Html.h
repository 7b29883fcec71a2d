// The pieces of the page.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REPORT_HTML_H
#define LIB_REPORT_HTML_H

#include "Report.h"

namespace fourmix::report {

/// The page's style sheet: light and dark, wide and narrow.
extern const llvm::StringLiteral styleSheet;

/// Text as it may stand in an element or in a quoted attribute. Bytes that are no UTF-8 are replaced, control
/// characters are blanks.
std::string escape(llvm::StringRef text);

/// The class that colours a kind: "attention", "fourier", "gated", …
llvm::StringRef colourOf(llvm::StringRef kind);

/// The network as a column of boxes. `changed` has an entry per layer: those are marked.
void drawNetwork(const Network &network, llvm::ArrayRef<bool> changed, llvm::StringRef label, llvm::raw_ostream &os);

/// Curves or pictures, with their axis.
void drawPlot(const Plot &plot, llvm::raw_ostream &os);

} // namespace fourmix::report

#endif // LIB_REPORT_HTML_H
