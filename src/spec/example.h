/* Complete commented documents, to begin one's own with. */
#ifndef WEIR_SPEC_EXAMPLE_H
#define WEIR_SPEC_EXAMPLE_H

#include "base/base.h"

/*
 * Appends a workflow, site or scenario (kind is that word) with every key that there is, each with
 * what it means, its unit, its range and its default. It reads back without complaint, and the
 * scenario names the site and its nodes. EINVAL: no such kind.
 */
int weir_example_print(const char *kind, struct weir_buf *out, struct weir_error *err);

#endif
