/*
 * A small site emulated with real pictures, codecs and a real detector: each result is of its own
 * frame, told by what is in it, whichever way it went; and every frame has one outcome.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emu/emu.h"
#include "pipeline/pipeline.h"
#include "support/support.h"

enum { FRAMES = 12, WIDTH = 320, HEIGHT = 192, RATE = 10 };
enum { STAYS, JPEG, H264, SMALL_JPEG, LARGE_JPEG, SETTINGS };

static const char site_yaml[] = "site: tiny\n"
                                "nodes:\n"
                                "  edge: { tier: edge, slots: 1, slowdown: 1 }\n"
                                "  sky: { tier: cloud, slots: 2, slowdown: 1 }\n"
                                "links:\n"
                                "  - { from: edge, to: sky, mbit_per_s: 100, rtt_ms: 4 }\n";

static const char classes[5][SIM_TABLE_NAME] = {"person", "bicycle", "car", "bus", "truck"};
static const char *const models[] = {"street_n"};
static const struct weir_setting settings[SETTINGS] = {
    [STAYS] = {.node = 0, .width = WIDTH, .height = HEIGHT},
    [JPEG] =
        {.node = 1, .width = WIDTH, .height = HEIGHT, .travel = WEIR_TRAVEL_JPEG, .quality = 90},
    [H264] =
        {.node = 1, .width = WIDTH, .height = HEIGHT, .travel = WEIR_TRAVEL_H264, .quality = 20},
    [SMALL_JPEG] =
        {.node = 1, .width = 160, .height = 96, .travel = WEIR_TRAVEL_JPEG, .quality = 90},
    [LARGE_JPEG] =
        {.node = 1, .width = 480, .height = 288, .travel = WEIR_TRAVEL_JPEG, .quality = 90},
};

/* ---- a clip, and what is in it ------------------------------------------------- */

static struct rig {
    struct sim_table_clip clip;
    struct sim_table table;
    struct weir_image *picture[FRAMES];
    struct weir_emu_clip shown;
    struct weir_site site;
    struct weir_emu_stock *stock;
} rig;

static void draw(void) {
    struct weir_workflow wf;
    struct weir_error err = {0};
    struct weir_stop stop;
    struct weir_stage *source = NULL;
    struct weir_clock *clock = weir_clock_monotonic_new();
    assert_int_equal(weir_workflow_init(&wf), 0);
    weir_stop_init(&stop, clock);
    assert_int_equal(
        weir_workflow_add_stream(
            &wf, "clip", "scene:seed=50,profile=rush,size=320x192,fps=2,seconds=8", false, &err),
        0);
    const struct weir_stage_conf conf = {
        .workflow = &wf, .stream = 0, .sink = -1, .clock = clock, .stop = &stop};
    if (weir_stage_source.open(&conf, &source, &err))
        fail_msg("%s", err.text);
    for (int i = 0; i < FRAMES; i++) {
        struct weir_frame *frame = NULL;
        assert_int_equal(source->ops->pull(source, &frame, &err), 0);
        rig.picture[i] = weir_image_ref(frame->image);
        weir_frame_free(frame);
    }
    weir_stage_free(source);
    weir_workflow_done(&wf);
    weir_clock_free(clock);
}

static struct weir_emu_model model(void) {
    return (struct weir_emu_model){test_source("models/street_n.onnx"), 0.175};
}

static int set_up(void **state) {
    struct weir_error err = {0};
    (void)state;
    draw();
    rig.clip = (struct sim_table_clip){
        .name = "clip", .frames = FRAMES, .width = WIDTH, .height = HEIGHT, .rate_fps = RATE};
    rig.table = (struct sim_table){
        .class_name = classes, .clip = &rig.clip, .classes = 5, .clips = 1, .models = 1};
    rig.shown = (struct weir_emu_clip){rig.picture, FRAMES};
    if (weir_site_parse("tiny.yaml", site_yaml, strlen(site_yaml), &rig.site, &err))
        fail_msg("%s", err.text);
    const struct weir_emu_model one = model();
    if (weir_emu_stock_new(&(struct weir_emu_stock_conf){.table = &rig.table,
                                                         .model = &one,
                                                         .models = 1,
                                                         .setting = settings,
                                                         .settings = SETTINGS,
                                                         .clip = &rig.shown},
                           &rig.stock, &err))
        fail_msg("%s", err.text);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weir_emu_stock_free(rig.stock);
    weir_site_done(&rig.site);
    for (int i = 0; i < FRAMES; i++)
        weir_image_unref(&rig.picture[i]);
    return 0;
}

/* ---- a run ------------------------------------------------------------------------ */

/* Takes settings in turn. */
static const int *turns;
static int turn_count;

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    (void)state;
    const int wanted = turns[frame->frame % turn_count];
    for (int i = 0; i < frame->offers; i++)
        if (frame->offer[i].setting == wanted)
            return i;
    return WEIR_DROP;
}

static const struct weir_strategy in_turn = {.version = WEIR_STRATEGY_VERSION,
                                             .name = "in-turn",
                                             .about = "settings in turn",
                                             .choose = choose};

static int64_t mean_bytes(struct sim_content *content, int stream, int setting) {
    (void)content;
    (void)stream;
    (void)setting;
    return 8000;
}

static void accuracy(struct sim_content *content, int stream, int64_t frame, int setting,
                     double *ret_accuracy, double *ret_margin) {
    (void)content;
    (void)stream;
    (void)frame;
    (void)setting;
    *ret_accuracy = 1;
    *ret_margin = 0;
}

struct run {
    struct weir_emu *emu;
    struct sim_result result;
};

static struct run run(const int *in_turns, int count, int threads) {
    static const struct sim_scene scene[2] = {{0, 0, 0}, {0, 0, 5}};
    static struct sim_showing showing[2];
    struct sim_stream_conf stream[2];
    struct sim_cost cost[SETTINGS];
    struct sim_content content = {.mean_bytes = mean_bytes, .accuracy = accuracy};
    struct weir_error err = {0};
    struct run r = {0};
    const int64_t frames[2] = {2 * RATE, 2 * RATE};
    const double rate[2] = {RATE, RATE};
    turns = in_turns;
    turn_count = count;
    for (int i = 0; i < SETTINGS; i++)
        cost[i] = (struct sim_cost){100000, 300000, 300000, 2000000};
    for (int i = 0; i < 2; i++) {
        showing[i] = (struct sim_showing){&scene[i], 1};
        stream[i] = (struct sim_stream_conf){.name = "camera",
                                             .rate_fps = RATE,
                                             .phase_ns = i * 7 * WEIR_NS_PER_MS,
                                             .width = WIDTH,
                                             .height = HEIGHT,
                                             .deadline_ns = 20 * WEIR_NS_PER_S};
    }
    if (weir_emu_new(&(struct weir_emu_conf){.stock = rig.stock,
                                             .showing = showing,
                                             .frames = frames,
                                             .rate_fps = rate,
                                             .streams = 2,
                                             .dilation = 1,
                                             .threads = threads},
                     &r.emu, &err))
        fail_msg("%s", err.text);
    const struct sim_conf conf = {.site = &rig.site,
                                  .stream = stream,
                                  .streams = 2,
                                  .model = models,
                                  .models = 1,
                                  .setting = settings,
                                  .cost = cost,
                                  .settings = SETTINGS,
                                  .content = &content,
                                  .strategy = &in_turn,
                                  .seed = 1,
                                  .seconds = 2,
                                  .works = weir_emu_works(r.emu)};
    if (sim_world_run(&conf, &r.result, &err))
        fail_msg("%s", err.text);
    if (weir_emu_failure(r.emu, &err))
        fail_msg("%s", err.text);
    return r;
}

static void run_done(struct run *r) {
    weir_emu_free(r->emu);
    sim_result_done(&r->result);
}

/* What the detector finds in a picture by itself, at a size, without an emulator. */
static size_t alone(int picture, struct weir_size size, struct weir_size input,
                    struct sim_table_box *ret, size_t most) {
    struct weir_workflow wf;
    struct weir_model *handle = NULL;
    struct weir_image *small = NULL;
    struct weir_boxes boxes = {0};
    struct weir_error err = {0};
    assert_int_equal(weir_workflow_init(&wf), 0);
    wf.set.detect.size = input;
    wf.set.detect.conf = model().conf;
    wf.set.detect.workers = wf.set.detect.batch = wf.set.detect.threads = 1;
    if (weir_model_open(model().path, &wf.set, false, &handle, &err) ||
        weir_reduce_image(rig.picture[picture], size.width, size.height, &small, &err) ||
        weir_model_detect_image(handle, small, &boxes, &err))
        fail_msg("%s", err.text);
    weir_boxes_sort(&boxes);
    const float sx = (float)WIDTH / (float)size.width, sy = (float)HEIGHT / (float)size.height;
    size_t len = 0;
    for (size_t i = 0; i < boxes.len && len < most; i++) {
        const struct weir_box *b = &boxes.data[i];
        ret[len++] = sim_table_pack(&(struct weir_box){b->x0 * sx, b->y0 * sy, b->x1 * sx,
                                                       b->y1 * sy, b->score, b->class_id, 0});
    }
    weir_boxes_done(&boxes);
    weir_image_unref(&small);
    weir_model_unref(&handle);
    weir_workflow_done(&wf);
    return len;
}

static double overlap(const struct sim_table_box *a, const struct sim_table_box *b) {
    const double w = fmin(a->x1, b->x1) - fmax(a->x0, b->x0),
                 h = fmin(a->y1, b->y1) - fmax(a->y0, b->y0);
    if (w <= 0 || h <= 0)
        return 0;
    const double own = (double)(a->x1 - a->x0) * (a->y1 - a->y0),
                 other = (double)(b->x1 - b->x0) * (b->y1 - b->y0);
    return w * h / (own + other - w * h);
}

/* How many boxes of the first list, of a score that no codec moves below the threshold, have one
 * like them in the second; of how many. */
static int alike(const struct sim_table_box *a, size_t a_len, const struct sim_table_box *b,
                 size_t b_len, int *ret_of) {
    int found = 0;
    for (size_t i = 0; i < a_len; i++) {
        if (a[i].score < 100)
            continue;
        bool has = false;
        for (size_t k = 0; k < b_len && !has; k++)
            has = a[i].class_id == b[k].class_id && overlap(&a[i], &b[k]) > 0.7;
        found += has;
        ++*ret_of;
    }
    return found;
}

static int picture_of(int stream, int64_t frame) {
    return (int)((frame + (stream ? 5 : 0)) % FRAMES);
}

/* ---- tests --------------------------------------------------------------------------- */

static void test_a_result_that_stays_is_what_the_detector_finds_in_that_frame(void **state) {
    (void)state;
    const int stays[] = {STAYS};
    struct run r = run(stays, 1, 2);
    struct sim_finds *finds = weir_emu_finds(r.emu);
    for (int s = 0; s < 2; s++)
        for (int64_t k = 0; k < r.result.stream[s].frames; k += 3) {
            struct sim_table_box own[300];
            size_t len, found = alone(picture_of(s, k), (struct weir_size){WIDTH, HEIGHT},
                                      (struct weir_size){WIDTH, HEIGHT}, own, 300);
            const struct sim_table_box *box = finds->boxes(finds, s, k, STAYS, &len);
            assert_int_equal(r.result.stream[s].frame[k].outcome, WEIR_OUTCOME_DETECT);
            assert_int_equal(len, found);
            assert_memory_equal(box, own, len * sizeof *own);
        }
    run_done(&r);
}

/* Through every codec and size in turn, on two streams, with many under way: boxes are those of
 * their own frame, and not of its neighbours. */
static void test_a_result_belongs_to_its_frame_whichever_way_it_went(void **state) {
    (void)state;
    const int all[] = {H264, H264, JPEG, STAYS, H264, LARGE_JPEG, JPEG};
    struct run r = run(all, 7, 3);
    struct sim_finds *finds = weir_emu_finds(r.emu);
    int own = 0, of_own = 0, other = 0, of_other = 0;
    for (int s = 0; s < 2; s++)
        for (int64_t k = 0; k < r.result.stream[s].frames; k++) {
            const struct sim_frame *f = &r.result.stream[s].frame[k];
            struct sim_table_box expected[300], wrong[300];
            size_t len;
            assert_int_equal(f->outcome, WEIR_OUTCOME_DETECT);
            const struct weir_size input = {settings[f->setting].width,
                                            settings[f->setting].height},
                                   sent = {WIDTH, HEIGHT};
            const size_t n = alone(picture_of(s, k), sent, input, expected, 300),
                         m = alone((picture_of(s, k) + 6) % FRAMES, sent, input, wrong, 300);
            const struct sim_table_box *box = finds->boxes(finds, s, k, f->setting, &len);
            own += alike(expected, n, box, len, &of_own);
            other += alike(wrong, m, box, len, &of_other);
        }
    assert_true(of_own > 100);
    assert_true(own > 0.85 * of_own);
    assert_true(other < 0.6 * of_other); /* what is parked is in both */
    run_done(&r);
}

static void test_every_frame_has_one_outcome_and_packets_have_bytes(void **state) {
    (void)state;
    const int all[] = {H264, SMALL_JPEG, STAYS, JPEG};
    struct run r = run(all, 4, 2);
    int64_t small = 0, large = 0;
    for (int s = 0; s < 2; s++)
        for (int64_t k = 0; k < r.result.stream[s].frames; k++) {
            const struct sim_frame *f = &r.result.stream[s].frame[k];
            assert_int_not_equal(f->outcome, WEIR_OUTCOME_NONE);
            assert_int_equal(f->bytes == 0, f->setting == STAYS);
            small += f->setting == SMALL_JPEG ? f->bytes : 0;
            large += f->setting == JPEG ? f->bytes : 0;
        }
    assert_true(small > 0);
    assert_true(2 * small < large);
    run_done(&r);
}

static void test_h264_sends_less_than_jpeg_after_its_keyframe(void **state) {
    (void)state;
    const int h264[] = {H264};
    struct run r = run(h264, 1, 2);
    const struct sim_frame *f = r.result.stream[0].frame;
    int64_t after = 0;
    for (int64_t k = 1; k < 6; k++) /* before the clip begins again */
        after += f[k].bytes;
    assert_true(after / 5 < f[0].bytes);
    run_done(&r);
}

static void test_what_was_not_looked_at_has_no_boxes(void **state) {
    (void)state;
    const int stays[] = {STAYS};
    struct run r = run(stays, 1, 1);
    struct sim_finds *finds = weir_emu_finds(r.emu);
    size_t len = 1;
    assert_null(finds->boxes(finds, 0, 0, JPEG, &len));
    assert_int_equal(len, 0);
    run_done(&r);
}

static void test_an_emulator_that_is_not_run_ends(void **state) {
    (void)state;
    static const struct sim_scene scene = {0, 0, 0};
    const struct sim_showing showing = {&scene, 1};
    const int64_t frames = 10;
    const double rate = RATE;
    struct weir_emu *emu = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_emu_new(&(struct weir_emu_conf){.stock = rig.stock,
                                                          .showing = &showing,
                                                          .frames = &frames,
                                                          .rate_fps = &rate,
                                                          .streams = 1,
                                                          .dilation = 1,
                                                          .threads = 4},
                                  &emu, &err),
                     0);
    assert_int_equal(weir_emu_failure(emu, &err), 0);
    weir_emu_free(emu);
    weir_emu_free(NULL);
    weir_emu_stock_free(NULL);
}

static void test_a_model_that_is_not_there_is_told_with_its_path(void **state) {
    (void)state;
    const struct weir_emu_model none = {"/nowhere/street_x.onnx", -1};
    struct weir_emu_stock *stock = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_emu_stock_new(&(struct weir_emu_stock_conf){.table = &rig.table,
                                                                      .model = &none,
                                                                      .models = 1,
                                                                      .setting = settings,
                                                                      .settings = SETTINGS,
                                                                      .clip = &rig.shown},
                                        &stock, &err),
                     WEIR_ENOENT);
    test_error_says(&err, "/nowhere/street_x.onnx");
    assert_null(stock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_result_that_stays_is_what_the_detector_finds_in_that_frame),
        cmocka_unit_test(test_a_result_belongs_to_its_frame_whichever_way_it_went),
        cmocka_unit_test(test_every_frame_has_one_outcome_and_packets_have_bytes),
        cmocka_unit_test(test_h264_sends_less_than_jpeg_after_its_keyframe),
        cmocka_unit_test(test_what_was_not_looked_at_has_no_boxes),
        cmocka_unit_test(test_an_emulator_that_is_not_run_ends),
        cmocka_unit_test(test_a_model_that_is_not_there_is_told_with_its_path),
    };
    return cmocka_run_group_tests_name("emu", tests, set_up, tear_down);
}
