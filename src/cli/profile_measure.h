/* What stages cost on this machine, for `weir profile`. */
#ifndef WEIR_CLI_PROFILE_MEASURE_H
#define WEIR_CLI_PROFILE_MEASURE_H

#include "base/base.h"
#include "profile/profile.h"
#include "spec/spec.h"

struct cli_interrupt;

struct cli_profile_job {
    const struct weir_settings *set; /* borrowed, as all pointers here */
    const struct weir_strings *models; /* paths or names */
    const int *width, *batch; /* widths: even */
    size_t widths, batches;
    const int *quality[WEIR_COSTS_CODECS]; /* none: that codec is left out */
    size_t qualities[WEIR_COSTS_CODECS];
    bool codecs_that_work; /* one that this machine has no encoder of is left out, not an error */
    double seconds; /* in all, the drawing of pictures included; each point has its least
                     * number of turns even so */
    bool quiet; /* no progress */
    struct cli_interrupt *interrupt; /* started before this is called */
};

struct cli_profile {
    struct weir_costs costs; /* sorted */
    struct weir_strings paths; /* of the models, owned */
    bool left_out[WEIR_COSTS_CODECS]; /* no encoder, see codecs_that_work */
    double took_s; /* all of it */
    double waited; /* share of the measured time in which the thread did not run, [0,1) */
};

/*
 * Draws a street, and measures point after point in the calling thread: its CPU time, so that
 * what else runs does not count. Blocks. To be given to cli_profile_done on failure, too.
 * ECANCELED: Ctrl-C. EINVAL: a width that a model does not take, a name too long for a profile.
 * Errors of weir_model_find, weir_model_open, weir_encoder_new; ENOMEM.
 */
int cli_profile_measure(const struct cli_profile_job *job, struct cli_profile *ret,
                        struct weir_error *err);
void cli_profile_done(struct cli_profile *profile);

#endif
