# Writes the index of the generated reference: cmake -DREFERENCE=build/docs -P Reference.cmake
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set(index "# Reference\n\nMade from the definitions by `ninja docs`; do not edit.\n")
foreach(folder dialects passes)
  file(GLOB pages RELATIVE ${REFERENCE} ${REFERENCE}/${folder}/*.md)
  foreach(page IN LISTS pages)
    get_filename_component(name ${page} NAME_WE)
    if(folder STREQUAL passes)
      string(REGEX REPLACE "^Fourmix|Passes$" "" name ${name})
      string(APPEND name " passes")
    endif()
    string(APPEND index "\n## [${name}](${page})\n\n")
    # Headings of operations, passes and interface methods, each with the line in italics that follows.
    file(READ ${REFERENCE}/${page} text)
    string(REPLACE ";" "," text "${text}")
    string(REGEX MATCHALL "\n### `[^`\n]*`[^\n]*\n\n_[^\n]*_\n" entries "${text}")
    foreach(entry IN LISTS entries)
      string(REGEX REPLACE "\n### `([^`\n]*)`[^\n]*\n\n_([^\n]*)_\n" "* `\\1`: \\2\n" line "${entry}")
      string(APPEND index "${line}")
    endforeach()
  endforeach()
endforeach()
file(WRITE ${REFERENCE}/index.md "${index}")
