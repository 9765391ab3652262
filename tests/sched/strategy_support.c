#include "sched/strategy_support.h"

#include <string.h>

struct weir_strategy_state *opened(const struct weir_strategy *strategy,
                                   const struct weir_site_view *site, int node,
                                   const char *options) {
    struct weir_strategy_state *state = NULL;
    char reason[WEIR_REASON_MAX] = "";
    if (strategy->open && strategy->open(site, node, options, &state, reason))
        fail_msg("%s: %s", strategy->name, reason);
    return state;
}

void closed(const struct weir_strategy *strategy, struct weir_strategy_state *state) {
    if (strategy->close)
        strategy->close(state);
}

void refused(const struct weir_strategy *strategy, const struct weir_site_view *site, int node,
             const char *options, const char *words) {
    struct weir_strategy_state *state = NULL;
    char reason[WEIR_REASON_MAX] = "";
    assert_non_null(strategy->open);
    assert_int_not_equal(strategy->open(site, node, options, &state, reason), 0);
    if (!strstr(reason, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", strategy->name, reason, words);
    assert_null(state);
}

struct weir_frame_view frame_of(const struct weir_site_view *site, const struct weir_offer *offers,
                                int len) {
    return (struct weir_frame_view){.preferred = -1,
                                    .site = site,
                                    .deadline_ns = 200 * MS,
                                    .min_accuracy = 0.85,
                                    .offer = offers,
                                    .offers = len};
}
