#include "sim/small_world.h"

#include <stdlib.h>
#include <string.h>

#include "support/support.h"

#define MS WEIR_NS_PER_MS

const char small_site[] = "nodes:\n"
                          "  edge-1: { tier: edge, slots: 2, slowdown: 4 }\n"
                          "  edge-2: { tier: edge, slots: 2, slowdown: 8 }\n"
                          "  core: { tier: core, slots: 1, slowdown: 2 }\n"
                          "  cloud: { tier: cloud, slots: 4, slowdown: 0.5 }\n"
                          "links:\n"
                          "  - { from: edge-1, to: core, mbit_per_s: 100, rtt_ms: 4 }\n"
                          "  - { from: edge-2, to: core, mbit_per_s: 100, rtt_ms: 4 }\n"
                          "  - { from: core, to: cloud, mbit_per_s: 100, rtt_ms: 40 }\n";

static const struct {
    int width, height;
    double accuracy, infer_ms;
} ladder[SMALL_SIZES] = {
    {640, 360, 1, 14.3}, {512, 288, .97, 9.2}, {416, 234, .92, 6.1}, {320, 180, .8, 3.6}};
static const char *const models[] = {"street_m"};

static const struct weir_setting *setting_of(struct sim_content *content, int setting) {
    const struct small_world *w =
        (const struct small_world *)((const char *)content - offsetof(struct small_world, content));
    return &w->setting[setting];
}

static int64_t mean_bytes(struct sim_content *content, int stream, int setting) {
    const struct weir_setting *s = setting_of(content, setting);
    (void)stream;
    return s->width * s->height / (s->quality == 80 ? 5 : 10);
}

static int64_t bytes_of(struct sim_content *content, int stream, int64_t frame, int setting) {
    (void)frame;
    return mean_bytes(content, stream, setting);
}

static void accuracy_of(struct sim_content *content, int stream, int64_t frame, int setting,
                        double *ret_accuracy, double *ret_margin) {
    const struct weir_setting *s = setting_of(content, setting);
    (void)stream;
    (void)frame;
    for (int i = 0; i < SMALL_SIZES; i++)
        if (ladder[i].width == s->width)
            *ret_accuracy = ladder[i].accuracy - (s->quality == 80 ? 0 : 0.02);
    *ret_margin = 0;
}

static void make_setting(struct small_world *w, int i) {
    const int size = i / w->ways % SMALL_SIZES, way = i % w->ways;
    const double area = ladder[size].width * ladder[size].height / 230400.0;
    w->setting[i] = (struct weir_setting){.node = i / (w->ways * SMALL_SIZES),
                                          .width = ladder[size].width,
                                          .height = ladder[size].height,
                                          .travel = way ? WEIR_TRAVEL_JPEG : WEIR_TRAVEL_NONE,
                                          .quality = way == 2 ? 50 : 80};
    w->cost[i] = (struct sim_cost){.reduce_ns = size ? 200000 : 0,
                                   .encode_ns = (int64_t)(area * 700000),
                                   .decode_ns = way ? (int64_t)(area * 650000) : 0,
                                   .infer_ns = (int64_t)(ladder[size].infer_ms * 1e6)};
}

struct small_world *small_world_new(const char *events, int cameras,
                                    const struct weir_strategy *strategy, const char *options) {
    struct weir_buf text = {0};
    weir_buf_puts(&text, small_site);
    weir_buf_puts(&text, events);
    struct small_world *w =
        small_world_at(weir_buf_str(&text), SMALL_WAYS, cameras, strategy, options);
    weir_buf_done(&text);
    return w;
}

struct small_world *small_world_at(const char *yaml, int ways, int cameras,
                                   const struct weir_strategy *strategy, const char *options) {
    struct weir_error err = {0};
    struct small_world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_in_range(cameras, 1, SMALL_CAMERAS);
    assert_in_range(ways, 1, SMALL_WAYS);
    if (weir_site_parse("small.yaml", yaml, strlen(yaml), &w->site, &err))
        fail_msg("%s", err.text);
    assert_in_range(w->site.node_len, 1, SMALL_NODES);
    w->ways = ways;
    const int settings = (int)w->site.node_len * SMALL_SIZES * ways;
    for (int i = 0; i < settings; i++)
        make_setting(w, i);
    for (int i = 0; i < cameras; i++)
        w->stream[i] = (struct sim_stream_conf){.name = "camera",
                                                .node = i % 2,
                                                .rate_fps = 25,
                                                .phase_ns = i * 13 * MS % (40 * MS),
                                                .width = 640,
                                                .height = 360,
                                                .deadline_ns = 200 * MS,
                                                .min_accuracy = 0.85,
                                                .reference = 0};
    w->content =
        (struct sim_content){.bytes = bytes_of, .mean_bytes = mean_bytes, .accuracy = accuracy_of};
    w->conf = (struct sim_conf){.site = &w->site,
                                .stream = w->stream,
                                .streams = cameras,
                                .model = models,
                                .models = 1,
                                .setting = w->setting,
                                .cost = w->cost,
                                .settings = settings,
                                .content = &w->content,
                                .strategy = strategy,
                                .options = options,
                                .seed = 1,
                                .seconds = 20};
    return w;
}

void small_world_free(struct small_world *world) {
    sim_result_done(&world->result);
    weir_site_done(&world->site);
    free(world);
}

void small_world_run(struct small_world *world) {
    struct weir_error err = {0};
    sim_result_done(&world->result);
    if (sim_world_run(&world->conf, &world->result, &err))
        fail_msg("%s", err.text);
}

struct small_tally small_world_tally(const struct small_world *world, double from_s, double to_s) {
    struct small_tally t = {0};
    for (int i = 0; i < world->result.streams; i++)
        for (int64_t k = 0; k < world->result.stream[i].frames; k++) {
            const struct sim_frame *f = &world->result.stream[i].frame[k];
            if ((double)f->due_ns < from_s * 1e9 || (double)f->due_ns >= to_s * 1e9)
                continue;
            t.frames++;
            if (f->setting >= 0) {
                t.at[world->setting[f->setting].node]++;
                t.width[f->setting / world->ways % SMALL_SIZES]++;
            }
            if (f->outcome != WEIR_OUTCOME_DETECT)
                continue;
            double accuracy = 0, margin;
            accuracy_of((struct sim_content *)&world->content, i, k, f->setting, &accuracy,
                        &margin);
            t.detected++;
            t.on_time += f->delivered_ns - f->due_ns <= world->stream[i].deadline_ns;
            t.mean_ms += (double)(f->delivered_ns - f->due_ns) / 1e6;
            t.mean_accuracy += accuracy;
        }
    t.mean_ms /= (double)t.detected;
    t.mean_accuracy /= (double)t.detected;
    return t;
}
