/*
 * Emulated runs, for `weir bench`: the cases of a simulation with their pictures and models. A
 * cli_sim that has an emulation makes its runs with it.
 */
#ifndef WEIR_CLI_EMULATE_H
#define WEIR_CLI_EMULATE_H

#include "cli/sim_run.h"
#include "emu/emu.h"

struct cli_emulation;

/*
 * Opens what the cases of sim need besides; sim outlives it. dilation 0: chosen for each run.
 * EINVAL: a clip without a source, or one that is not what the table was recorded from (where,
 * what). Errors of sources and models. Blocks.
 */
int cli_emulation_open(const struct cli_sim *sim, double dilation, struct cli_emulation **ret,
                       struct weir_error *err);
void cli_emulation_free(struct cli_emulation *emulation); /* NULL allowed */
/* For cli_sim.reality. */
struct cli_sim_reality *cli_emulation_reality(struct cli_emulation *emulation);

/* All rows ran: is any of them invalid, with more than 1% of its frames done late? EINVAL: which,
 * and what to do. */
int cli_emulation_check(const struct cli_sim *sim, struct weir_error *err);

#endif
