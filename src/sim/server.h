/*
 * A node that serves jobs in virtual time: slots, each of which runs one batch at a
 * time, before them the queue of sched. It decides nothing: which job is next, and
 * which is too late, the queue says, as on a real node. Inside sim only.
 */
#ifndef WEIR_SIM_SERVER_H
#define WEIR_SIM_SERVER_H

#include "sched/sched.h"

struct sim_server {
    struct weir_service_queue queue;
    int slots, busy;
    size_t batch_most;
    bool up; /* a node that is down begins nothing */
};

struct sim_batch {
    struct weir_job job[WEIR_BATCH_MAX];
    size_t len;
};

/* slots >= 1, queue_most >= 1, 1 <= batch_most <= WEIR_BATCH_MAX. EINVAL, ENOMEM. */
int sim_server_init(struct sim_server *server, int slots, size_t queue_most, size_t batch_most);
void sim_server_done(struct sim_server *server);

/*
 * What happens at now_ns, once something changed (a job was pushed, a slot came free):
 * call until it says IDLE. RUN: a slot took the batch; the caller says when it is done.
 * DROP: the one job of the batch is late and has left.
 */
enum weir_service_step sim_server_next(struct sim_server *server, int64_t now_ns,
                                       struct sim_batch *ret_batch);
/* A batch is done: its slot is free. */
void sim_server_free_slot(struct sim_server *server);
/* How long a batch takes by the costs of its jobs. */
int64_t sim_batch_ns(const struct sim_batch *batch);

#endif
