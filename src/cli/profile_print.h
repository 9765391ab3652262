/* A profile as people read it, and two of them compared. */
#ifndef WEIR_CLI_PROFILE_PRINT_H
#define WEIR_CLI_PROFILE_PRINT_H

#include "base/base.h"
#include "profile/profile.h"

void cli_profile_print(const struct weir_costs *costs, struct weir_buf *out);

/* One figure that both profiles have. */
struct cli_drift {
    char what[128]; /* "street_n 320x192 batch 1 inference ms" */
    double before, now, ratio; /* ratio: now / before */
    bool drifted; /* outside 0.8 to 1.25 */
};

struct cli_comparison {
    struct cli_drift *row;
    size_t rows, drifted;
    size_t only_before, only_now; /* points of one alone */
    bool other_machine;
};

/* ENOMEM; EINVAL: they have no point in common. To be freed with cli_comparison_done. */
int cli_profile_compare(const struct weir_costs *before, const struct weir_costs *now,
                        struct cli_comparison *ret, struct weir_error *err);
void cli_comparison_done(struct cli_comparison *comparison);

void cli_comparison_print(const struct cli_comparison *comparison, struct weir_buf *out);
void cli_comparison_json(const struct cli_comparison *comparison, struct weir_buf *out);

#endif
