/* One lock a stream, held for a few additions; two threads use it. */
#include "run/meter.h"

const char *weir_part_name(enum weir_part part) {
    static const char *const names[] = {
#define X(name, begin, end) #name,
        WEIR_PARTS(X)
#undef X
    };
    return part < WEIR_PART_COUNT ? names[part] : "?";
}

void weir_meter_init(struct weir_meter *meter) {
    pthread_mutex_init(&meter->lock, NULL);
    meter->counts = (struct weir_counts){.last_latency_ns = -1};
    weir_hist_init(&meter->latency);
    weir_hist_init(&meter->overhead);
    for (int i = 0; i < WEIR_PART_COUNT; i++)
        weir_hist_init(&meter->part[i]);
}

void weir_meter_done(struct weir_meter *meter) {
    pthread_mutex_destroy(&meter->lock);
}

void weir_meter_enter(struct weir_meter *meter, int64_t now_ns) {
    pthread_mutex_lock(&meter->lock);
    if (!meter->counts.frames_in++)
        meter->counts.first_ns = now_ns;
    pthread_mutex_unlock(&meter->lock);
}

static void add_times(struct weir_meter *meter, const struct weir_times *t) {
    int64_t latency = t->deliver - t->capture;
    weir_hist_add(&meter->latency, latency);
    weir_hist_add(&meter->overhead,
                  latency - (t->decode_end - t->decode_begin) - (t->detect_end - t->prepare_begin));
#define X(name, begin, end) weir_hist_add(&meter->part[WEIR_PART_##name], t->end - t->begin);
    WEIR_PARTS(X)
#undef X
    meter->counts.last_latency_ns = latency;
}

void weir_meter_leave(struct weir_meter *meter, const struct weir_frame *frame, int64_t now_ns) {
    pthread_mutex_lock(&meter->lock);
    meter->counts.outcome[frame->outcome]++;
    if (weir_outcome_is_result(frame->outcome))
        meter->counts.boxes += (int64_t)frame->boxes.len;
    meter->counts.last_ns = now_ns;
    if (frame->outcome == WEIR_OUTCOME_DETECT)
        add_times(meter, &frame->times);
    pthread_mutex_unlock(&meter->lock);
}

struct weir_counts weir_meter_counts(struct weir_meter *meter) {
    pthread_mutex_lock(&meter->lock);
    struct weir_counts counts = meter->counts;
    pthread_mutex_unlock(&meter->lock);
    return counts;
}

int64_t weir_counts_out(const struct weir_counts *counts) {
    int64_t sum = 0;
    for (int i = WEIR_OUTCOME_NONE + 1; i < WEIR_OUTCOME_COUNT; i++)
        sum += counts->outcome[i];
    return sum;
}

int64_t weir_counts_results(const struct weir_counts *counts) {
    int64_t sum = 0;
    for (int i = WEIR_OUTCOME_NONE + 1; i < WEIR_OUTCOME_COUNT; i++)
        sum += weir_outcome_is_result(i) ? counts->outcome[i] : 0;
    return sum;
}
