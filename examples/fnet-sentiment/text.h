/* Lower-case ASCII word pieces: the C side of python/fourmix_models/wordpiece.py, without its HTML and accents.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef EXAMPLES_TEXT_H
#define EXAMPLES_TEXT_H

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_PAD = 0, TEXT_UNKNOWN = 1, TEXT_START = 2, TEXT_MAX_PIECES = 8192 };

typedef struct {
  char piece[TEXT_MAX_PIECES][24];
  int count;
} text_vocabulary;

/* One piece a line, the line's number its id. Returns 0 where the file cannot be read. */
static int text_load(const char *path, text_vocabulary *vocabulary) {
  FILE *file = fopen(path, "r");
  if (!file)
    return 0;
  vocabulary->count = 0;
  while (vocabulary->count < TEXT_MAX_PIECES && fscanf(file, "%23s%*[^\n]", vocabulary->piece[vocabulary->count]) == 1)
    ++vocabulary->count;
  fclose(file);
  return vocabulary->count > TEXT_START;
}

/* The id of the longest piece that [word, end) starts with, and its length in letters; 0 letters where there is none.
 */
static int text_longest(const text_vocabulary *vocabulary, const char *word, const char *end, int continues,
                        int *letters) {
  int best = TEXT_UNKNOWN;
  *letters = 0;
  for (int id = TEXT_START + 1; id < vocabulary->count; ++id) {
    const char *piece = vocabulary->piece[id];
    int marked = strncmp(piece, "##", 2) == 0 && piece[2];
    if (marked != continues)
      continue;
    piece += 2 * marked;
    int length = (int)strlen(piece);
    if (length > *letters && length <= end - word && strncmp(piece, word, (size_t)length) == 0) {
      best = id;
      *letters = length;
    }
  }
  return best;
}

/* Writes `length` ids: START, the pieces of the text, PAD. Lower-cases the text in place. */
static void text_encode(const text_vocabulary *vocabulary, char *text, int64_t *ids, int length) {
  int count = 0;
  ids[count++] = TEXT_START;
  for (char *c = text; *c; ++c)
    *c = (char)tolower((unsigned char)*c);
  for (const char *word = text; *word && count < length;) {
    if (isspace((unsigned char)*word) || (unsigned char)*word > 127) {
      ++word;
      continue;
    }
    const char *end = word + 1;
    while (isalnum((unsigned char)*word) && isalnum((unsigned char)*end))
      ++end;
    int first = count;
    for (const char *at = word; at < end;) {
      int letters, id = text_longest(vocabulary, at, end, at > word, &letters);
      if (!letters) { /* A word that the pieces cannot spell is unknown as a whole. */
        count = first;
        ids[count++] = TEXT_UNKNOWN;
        break;
      }
      if (count < length)
        ids[count++] = id;
      at += letters;
    }
    word = end;
  }
  while (count < length)
    ids[count++] = TEXT_PAD;
}

#endif
