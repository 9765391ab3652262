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

/* A run came to nothing, since more than 1% of its row's frames were done late: cli_sim_run failed
 * with ETIMEDOUT, and says so. */
bool cli_emulation_invalid(const struct cli_emulation *emulation);
/* From now on runs have a clock so many times slower; invalid is forgotten. */
void cli_emulation_slow_down(struct cli_emulation *emulation, double times);

/* Before the runs: what is found in that one is kept beyond it. */
void cli_emulation_keep(struct cli_emulation *emulation, const struct cli_sim_which *which);
/* What was found in it; lives as long as the emulation. NULL: it was not made. */
struct sim_finds *cli_emulation_finds(struct cli_emulation *emulation);
/* The pictures of a case, [clips of its table]. */
const struct weir_emu_clip *cli_emulation_clips(const struct cli_emulation *emulation, int at);

#endif
