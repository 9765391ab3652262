#include "cli/eval_limits.h"

#include <stdlib.h>

static int read_number(const char *flag, const char *text, double max, const char *allowed,
                       double *ret, struct weir_error *err) {
    if (!text)
        return 0;
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= max))
        return weir_fail(err, WEIR_EINVAL, "%s: found '%s'; allowed: %s", flag, text, allowed);
    *ret = value;
    return 0;
}

int cli_eval_limits(const char *height, const char *visibility, struct weir_eval_limits *ret,
                    struct weir_error *err) {
    int rc = read_number("--min-height", height, 65535, "pixels, a number from 0 to 65535",
                         &ret->min_height, err);
    return rc ? rc
              : read_number("--min-visibility", visibility, 1, "a number from 0 to 1",
                            &ret->min_visibility, err);
}
