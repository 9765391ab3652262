/*
 * What a user writes behind a strategy's name, "key=value,key=value": one row an option, and the
 * same words about mistakes everywhere. Inside sched only.
 */
#ifndef WEIR_SCHED_OPTIONS_H
#define WEIR_SCHED_OPTIONS_H

#include "weir/strategy.h"

/*
 * Either a number between two, or one of those that the run's settings have: of says which one a
 * setting has, word what it is called (NULL: as digits). What is set keeps its value where the
 * option is not given.
 */
struct option_row {
    const char *key;
    int *whole;
    int (*of)(const struct weir_setting *setting);
    const char *(*word)(const struct weir_site_view *site, int value);
    const char *allowed; /* of a number, in words */
    double *number, least, most; /* inclusive */
};

/* 0, or -1 with the reason: the option, what was found, what is allowed. */
int options_read(const struct weir_site_view *site, const char *options,
                 const struct option_row *rows, int len, char *ret_reason);

/* The one option of a strategy that fills a share of the deadline, 0.05 to 1 of it. Likewise. */
int options_read_share(const struct weir_site_view *site, const char *options, const char *key,
                       double *share, char *ret_reason);

#endif
