/*
 * Class names as exporters write them into metadata: a Python dict
 * ({0: 'person', 1: "it's"}), a Python list, or JSON of either.
 */
#ifndef WEIR_PIPELINE_DETECT_NAMES_H
#define WEIR_PIPELINE_DETECT_NAMES_H

#include "spec/spec.h"

/*
 * Reads text into names, index by index. A dict's keys may come in any order and
 * must be 0 … n-1, each once. 0, ECORRUPT (not of that form; at most 10000 names),
 * ENOMEM. Free with weir_names_done.
 */
int weir_names_parse(const char *text, struct weir_strings *ret_names);
void weir_names_done(struct weir_strings *names);

/* "[640, 384]", "(640, 384)" or "640" as two numbers (one given: both); false if neither. */
bool weir_names_pair(const char *text, int *ret_first, int *ret_second);

#endif
