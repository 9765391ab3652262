/*
 * What makes a case ready. Inside sim only. Its parts:
 *
 *   case.c           reads site and table, and puts the rest together
 *   case_find.c      what is named is found in them, or told
 *   case_settings.c  which settings there are, what they cost, which is a camera's reference
 *   case_words.c     what cases and settings are called
 */
#ifndef WEIR_SIM_CASE_PARTS_H
#define WEIR_SIM_CASE_PARTS_H

#include "sim/case.h"

/* All that does not fit, told at once. */
struct sim_complaints {
    const struct sim_case *ready;
    struct weir_buf text;
    int count;
};

/* "FILE:LINE: KEY: …"; line 0: that of the case. */
void sim_case_complain(struct sim_complaints *c, int line, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The one of the table that others are measured by; its model and width. */
struct sim_yardstick {
    int model, width; /* of the table */
};

/* Nodes, clips, cuts, and what is measured by; all that is not there is told. */
struct sim_yardstick sim_case_find(struct sim_complaints *c, struct sim_case *ready);
/* Is a picture of the table among what the case chooses from? */
bool sim_case_wanted(const struct weir_scenario_case *of, const struct sim_table *t,
                     const struct sim_table_setting *s);

/* Once all is found: models, settings, costs, references. ENOMEM, and what it tells. */
int sim_case_settings(struct sim_complaints *c, struct sim_case *ready, struct sim_yardstick y);

#endif
