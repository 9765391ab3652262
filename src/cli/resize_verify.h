/*
 * Does a resized model do what the fixed one did? Found out by running both:
 * the graph's edit is not trusted.
 */
#ifndef WEIR_CLI_RESIZE_VERIFY_H
#define WEIR_CLI_RESIZE_VERIFY_H

#include "model/model.h"

/*
 * Runs both files on pseudo-random pictures. At the original size every output
 * must be the same to the bit; two pictures at once must give what each gives
 * alone (within 1e-4); at two other sizes every output dimension must be what its value
 * at the original size says it is. Appends a line per check to said. EMODEL: not the same;
 * else what running failed with. Blocks.
 */
int cli_verify_resized(const char *fixed, const char *resized,
                       const struct weir_resize_report *report, struct weir_buf *said,
                       struct weir_error *err);

/*
 * Could a dimension of value was, at the size from, be now at the size to? It may be
 * a number, a side divided by a power of two, or the anchors of a range of
 * strides: k * sum over s of ceil(h/s) * ceil(w/s).
 */
bool cli_dim_follows(int64_t was, int64_t now, struct weir_size from, struct weir_size to);

#endif
