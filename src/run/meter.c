/* One lock a stream, held for a few additions; two threads use it. */
#include "run/meter.h"

#include <stdlib.h>
#include <string.h>

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
    weir_hist_init(&meter->age);
    meter->due_ns = NULL;
    meter->due = 0;
    for (int i = 0; i < WEIR_PART_COUNT; i++)
        weir_hist_init(&meter->part[i]);
}

void weir_meter_done(struct weir_meter *meter) {
    free(meter->due_ns);
    pthread_mutex_destroy(&meter->lock);
}

int weir_meter_measure_age(struct weir_meter *meter) {
    meter->due_ns = calloc(WEIR_METER_DUE_MAX, sizeof *meter->due_ns);
    return meter->due_ns ? 0 : WEIR_ENOMEM;
}

/* In the order in which they came, which is nearly that of their captures. */
static void add_due(struct weir_meter *meter, int64_t capture_ns, int64_t now_ns) {
    if (meter->due == WEIR_METER_DUE_MAX) {
        weir_hist_add(&meter->age, now_ns - meter->due_ns[0]);
        meter->due--;
        memmove(meter->due_ns, meter->due_ns + 1, meter->due * sizeof *meter->due_ns);
    }
    meter->due_ns[meter->due++] = capture_ns;
}

/* A result of a frame that was captured then is there: nothing before it gets any older. */
static void close_due(struct weir_meter *meter, int64_t capture_ns, int64_t now_ns) {
    size_t open = 0;
    for (size_t i = 0; i < meter->due; i++) {
        if (meter->due_ns[i] <= capture_ns)
            weir_hist_add(&meter->age, now_ns - meter->due_ns[i]);
        else
            meter->due_ns[open++] = meter->due_ns[i];
    }
    meter->due = open;
}

void weir_meter_end(struct weir_meter *meter, int64_t deadline_ns) {
    pthread_mutex_lock(&meter->lock);
    close_due(meter, INT64_MAX, meter->counts.last_ns + deadline_ns);
    pthread_mutex_unlock(&meter->lock);
}

void weir_meter_enter(struct weir_meter *meter, int64_t capture_ns, int64_t now_ns) {
    pthread_mutex_lock(&meter->lock);
    if (!meter->counts.frames_in++)
        meter->counts.first_ns = now_ns;
    if (meter->due_ns)
        add_due(meter, capture_ns, now_ns);
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
    if (frame->outcome == WEIR_OUTCOME_DETECT) {
        add_times(meter, &frame->times);
        meter->counts.on_time +=
            frame->deadline_ns != WEIR_FOREVER && frame->times.deliver <= frame->deadline_ns;
        if (meter->due_ns)
            close_due(meter, frame->times.capture, frame->times.deliver);
    }
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
