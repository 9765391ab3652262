/*
 * What a run with a deadline and choices adds to a frame, in CPU time: counting it in, its place in
 * the lane, the choice among 12 settings, the agenda, telling what became of it, its way out of
 * the lane, counting it out. Eight cameras take turns; nothing is decoded and nothing inferred.
 *
 *   bench_overhead [ROUNDS]
 *
 * Asserted: every frame leaves, in its order, with the setting that was chosen. Median; the ratio
 * is to the time that there is, 0.15 ms.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "run/agenda.h"
#include "run/choices.h"
#include "run/lane.h"
#include "run/meter.h"

enum { STREAMS = 8, FRAMES = 20000, ROUNDS = 9, ROUNDS_MAX = 1000, WIDTH = 640, HEIGHT = 360 };

static const char *const path[] = {"models/street_n.onnx", "models/street_m.onnx"};
static const char names[] = "models/street_n.onnx,models/street_m.onnx";

static struct weir_workflow wf;
static struct weir_run_models models;
static struct weir_choices *choices;
static struct weir_clock *now_by;
static struct weir_agenda *agenda;
static struct weir_lane *lane[STREAMS];
static struct weir_meter meter[STREAMS];
static struct weir_image *image;

/* Every setting in turn. */
static int offer[STREAMS][64], offers[STREAMS];

static int open_turns(const struct weir_choose_conf *conf, struct weir_chooser **ret,
                      struct weir_error *err) {
    (void)conf;
    (void)err;
    *ret = calloc(1, sizeof **ret);
    return *ret ? 0 : WEIR_ENOMEM;
}

static int see(struct weir_chooser *chooser, const struct weir_choose_stream *s) {
    (void)chooser;
    offers[s->stream] = s->offers;
    for (int i = 0; i < s->offers; i++)
        offer[s->stream][i] = s->offer[i];
    return 0;
}

static struct weir_choice choose(struct weir_chooser *chooser, const struct weir_choose_ask *ask) {
    (void)chooser;
    return (struct weir_choice){.setting = offer[ask->stream][ask->frame % offers[ask->stream]]};
}

static void free_turns(struct weir_chooser *chooser) {
    free(chooser);
}

static const struct weir_chooser_ops turns = {
    .name = "turns", .open = open_turns, .stream = see, .choose = choose, .free = free_turns};

static void set(const char *key, const char *value) {
    struct weir_error err = {0};
    bench_require(!weir_option_set(weir_option_by_key(key), &wf.set, value, &err), err.text);
}

static void begin(void) {
    static const struct weir_costs no_costs;
    struct weir_error err = {0};
    bench_require(!weir_workflow_init(&wf), "out of memory");
    set("detect.models", names);
    set("detect.reference", path[1]);
    set("slo.deadline_ms", "200");
    set("strategy", "static");
    for (int i = 0; i < STREAMS; i++)
        bench_require(!weir_workflow_add_stream(&wf, NULL, "a.mp4", true, &err), err.text);
    bench_require(!weir_run_models_open(&models, &wf, path, true, &err), err.text);
    now_by = weir_clock_monotonic_new();
    const struct weir_choices_conf conf = {.workflow = &wf,
                                           .ops = &turns,
                                           .options = "",
                                           .models = &models,
                                           .model_path = path,
                                           .costs = &no_costs,
                                           .clock = now_by};
    bench_require(!weir_choices_new(&conf, &choices, &err), err.text);
    agenda = weir_agenda_new(STREAMS, 4, 2, now_by);
    image = weir_image_alloc(WEIR_PIXEL_I420, WIDTH, HEIGHT);
    bench_require(now_by && agenda && image, "out of memory");
    for (int i = 0; i < STREAMS; i++) {
        lane[i] = weir_lane_new(64, now_by);
        weir_meter_init(&meter[i]);
        bench_require(lane[i] && !weir_meter_measure_age(&meter[i]), "out of memory");
    }
}

static void end(void) {
    for (int i = 0; i < STREAMS; i++) {
        weir_lane_free(lane[i]);
        weir_meter_done(&meter[i]);
    }
    weir_image_unref(&image);
    weir_agenda_free(agenda);
    weir_choices_free(choices);
    weir_run_models_done(&models);
    weir_clock_free(now_by);
    weir_workflow_done(&wf);
}

/* The way of one frame through all threads, in one. */
static void one(int stream, int64_t seq) {
    struct weir_frame *frame = weir_frame_new(stream), *replaced, *got = NULL;
    size_t len = 0;
    bench_require(frame != NULL, "out of memory");
    frame->seq = seq;
    frame->image = weir_image_ref(image);
    frame->times.capture = weir_clock_now(now_by);
    frame->deadline_ns = frame->times.capture + 200 * WEIR_NS_PER_MS;
    weir_meter_enter(&meter[stream], frame->times.capture, weir_clock_now(now_by));
    weir_lane_enter(lane[stream], 64, frame->deadline_ns);
    bench_require(!weir_choices_choose(choices, frame, true, NULL), "nothing was chosen");
    const int setting = frame->setting;
    weir_agenda_put(agenda, frame, true, weir_choices_cost(choices, setting), &replaced);
    bench_require(!replaced && !weir_agenda_take(agenda, true, &got, 1, &len) && got == frame,
                  "another frame came out");
    frame->times.decode_begin = frame->times.decode_end = frame->times.capture;
    frame->times.prepare_begin = frame->times.infer_begin = weir_clock_now(now_by);
    frame->times.infer_end = frame->times.detect_end = weir_clock_now(now_by);
    frame->outcome = WEIR_OUTCOME_DETECT;
    weir_choices_told(choices, frame,
                      (struct weir_choose_told){.batch = 1, .infer_ns = 1, .boxes = &frame->boxes});
    weir_agenda_did(agenda, frame->deadline_ns);
    weir_image_unref(&frame->image);
    weir_lane_put(lane[stream], frame);
    bench_require(!weir_lane_next(lane[stream], &got) && got == frame && got->setting == setting &&
                      got->seq == seq,
                  "the lane gave another frame");
    frame->times.deliver = weir_clock_now(now_by);
    weir_choices_delivered(choices, frame);
    weir_meter_leave(&meter[stream], frame, weir_clock_now(now_by));
    weir_frame_free(frame);
    weir_lane_leave(lane[stream]);
}

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
    double took[ROUNDS_MAX];
    int64_t seq = 0;
    bench_require(rounds >= 1 && rounds <= ROUNDS_MAX, "ROUNDS: 1 to 1000");
    if (!weir_file_exists(path[0])) {
        printf("{\"bench\":\"overhead\",\"skipped\":\"run it where %s is\"}\n", path[0]);
        return 0;
    }
    begin();
    for (int r = 0; r < rounds; r++) {
        double began = bench_ms(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < FRAMES; i++)
            one(i % STREAMS, seq + i / STREAMS);
        took[r] = (bench_ms(CLOCK_THREAD_CPUTIME_ID) - began) / FRAMES;
        seq += FRAMES / STREAMS;
    }
    int64_t left = 0;
    for (int i = 0; i < STREAMS; i++)
        left += weir_meter_counts(&meter[i]).outcome[WEIR_OUTCOME_DETECT];
    bench_require(left == (int64_t)rounds * FRAMES, "frames are missing");
    const double frame_ms = bench_median(took, rounds);
    printf("{\"bench\":\"overhead\",\"frame_us\":%.3f,\"of_150_us\":%.4f,\"settings\":%d,"
           "\"streams\":%d}\n",
           frame_ms * 1e3, frame_ms / 0.15, weir_choices_settings(choices), STREAMS);
    end();
    return 0;
}
