/*
 * Strategies as a user names them: one in the box, or a shared object of the user's own, which
 * is loaded into this process and runs with its rights. Deciding is pure, loading is not: so this
 * is here and not in sched.
 *
 *     NAME  NAME:OPTIONS  PATH.so  PATH.so:OPTIONS
 *
 * What stands before the first ':' is a path if it has a '/' or ends in ".so"; a path ends
 * behind its first ".so" that a ':' or the end follows, else at the first ':'.
 */
#ifndef WEIR_CLI_STRATEGY_LOAD_H
#define WEIR_CLI_STRATEGY_LOAD_H

#include "base/base.h"
#include "sched/sched.h"

struct cli_strategy {
    const struct weir_strategy *strategy; /* in the box, or inside handle; valid until done */
    const char *options; /* "" if none; owned */
    void *handle; /* of dlopen; NULL: in the box */
};

/*
 * text may go away afterwards. EINVAL (no such name: all there are, and the nearest; a shared
 * object that is none, has no weir_strategy, is of another version, does not choose, or bears
 * a name of the box: what was found and what to do), ENOENT (no such file), ENOMEM.
 */
int cli_strategy_find(const char *text, struct cli_strategy *ret, struct weir_error *err);
/* Nothing of the strategy may be used any more, its names included. Zeroed ones are allowed. */
void cli_strategy_done(struct cli_strategy *strategy);

#endif
