#include "sim/server.h"

int sim_server_init(struct sim_server *server, int slots, size_t queue_most, size_t batch_most) {
    if (slots < 1 || batch_most < 1 || batch_most > WEIR_BATCH_MAX)
        return WEIR_EINVAL;
    struct sim_server s = {.slots = slots, .batch_most = batch_most, .up = true};
    int rc = weir_service_queue_init(&s.queue, queue_most);
    if (!rc)
        *server = s;
    return rc;
}

void sim_server_done(struct sim_server *server) {
    weir_service_queue_done(&server->queue);
}

enum weir_service_step sim_server_next(struct sim_server *server, int64_t now_ns,
                                       struct sim_batch *ret_batch) {
    ret_batch->len = 0;
    if (!server->up || server->busy == server->slots)
        return WEIR_SERVICE_IDLE;
    enum weir_service_step step = weir_service_queue_next(
        &server->queue, now_ns, server->batch_most, ret_batch->job, &ret_batch->len);
    server->busy += step == WEIR_SERVICE_RUN;
    return step;
}

void sim_server_free_slot(struct sim_server *server) {
    server->busy--;
}

int64_t sim_batch_ns(const struct sim_batch *batch) {
    return batch->job[0].fixed_ns + (int64_t)batch->len * batch->job[0].each_ns;
}
