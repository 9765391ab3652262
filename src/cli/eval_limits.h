/* --min-height and --min-visibility, which several kinds of evaluation take. */
#ifndef WEIR_CLI_EVAL_LIMITS_H
#define WEIR_CLI_EVAL_LIMITS_H

#include "base/base.h"
#include "eval/eval.h"

/* Reads what was given; where a text is NULL, ret keeps what it has. EINVAL. */
int cli_eval_limits(const char *height, const char *visibility, struct weir_eval_limits *ret,
                    struct weir_error *err);

#endif
