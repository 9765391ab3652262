/*
 * What the parts of a scenario's reader share: the scenario as it stands is read first, each
 * variant begins as a copy of it. Inside spec only.
 */
#ifndef WEIR_SPEC_SCENARIO_READER_H
#define WEIR_SPEC_SCENARIO_READER_H

#include "spec/reader.h"
#include "spec/scenario.h"

/* The keys that a variant may replace, too. */
enum {
    SCENARIO_SITE,
    SCENARIO_TABLE,
    SCENARIO_SOURCES,
    SCENARIO_SECONDS,
    SCENARIO_WARM_UP_S,
    SCENARIO_WINDOW_S,
    SCENARIO_SEEDS,
    SCENARIO_CAMERAS,
    SCENARIO_SKIP,
    SCENARIO_SLO,
    SCENARIO_REFERENCE,
    SCENARIO_MODELS,
    SCENARIO_WIDTHS,
    SCENARIO_CODECS,
    SCENARIO_COME,
    SCENARIO_CUTS,
    SCENARIO_CASE_KEYS
};
extern const char *const spec_scenario_keys[SCENARIO_CASE_KEYS];

struct scenario_reader {
    struct spec_reader *reader;
    const char *folder; /* of the document */
    int users; /* the most: those that come and cut are among them */
};

/*
 * Replaces in a case what value [SCENARIO_CASE_KEYS] names, and complains; prefix is what the
 * keys lie in, "" or "variants.NAME". at is blamed for what is missing altogether.
 */
void spec_scenario_read_case(struct scenario_reader *load, const struct spec_node *const *value,
                             const char *prefix, const struct spec_node *at,
                             struct weir_scenario_case *ret);

/* Is a source a path? */
bool spec_is_place(const char *source);

/* A copy of all that one owns, without its name. ENOMEM: nothing was copied. */
int spec_scenario_copy_case(const struct weir_scenario_case *from, struct weir_scenario_case *ret);
void spec_scenario_case_done(struct weir_scenario_case *which);

#endif
