/* One run of `weir bench` as a video, for whoever wants to see what the rows say. */
#ifndef WEIR_CLI_BENCH_MOSAIC_H
#define WEIR_CLI_BENCH_MOSAIC_H

#include "cli/emulate.h"

/* Before the runs: which one it is. The first seed of the last case with the most users; strategy
 * NULL: the last one that runs there. EINVAL: it does not run, or has too many cameras. */
int cli_bench_mosaic_which(const struct cli_sim *sim, const char *strategy,
                           struct cli_sim_which *ret, struct weir_error *err);
/* After: writes it; it was kept. Shows progress unless sim is quiet. Blocks. Errors of
 * weir_tiles_show. */
int cli_bench_mosaic(const struct cli_sim *sim, struct cli_emulation *emulation,
                     const struct cli_sim_which *which, const char *path, struct weir_error *err);

#endif
