/*
 * A scenario made ready: which settings there are, what each camera shows and when, and what
 * cannot be promised. The table is made up here: two models, two widths, as it is, in JPEG and in
 * H.264; three clips of 50 frames at 10 fps.
 */
#include "sim/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/promise.h"
#include "support/support.h"

enum { FRAMES = 50, SETTINGS = 12, CLIPS = 3 };

static const char site_yaml[] = "nodes:\n"
                                "  edge: { tier: edge, slowdown: 4, models: [small] }\n"
                                "  yard: { tier: edge, slowdown: 4 }\n"
                                "  core: { tier: core, slowdown: 2 }\n"
                                "  sky: { tier: cloud, fixed_ms: 3, each_ms: 1, batch: 8 }\n"
                                "  isle: { tier: cloud, slowdown: 0.1 }\n"
                                "links:\n"
                                "  - { from: edge, to: core, mbit_per_s: 100, rtt_ms: 4 }\n"
                                "  - { from: yard, to: core, mbit_per_s: 100, rtt_ms: 4 }\n"
                                "  - { from: core, to: sky, mbit_per_s: 10, rtt_ms: 40 }\n"
                                "  - { from: core, to: isle, mbit_per_s: 100, one_way: true }\n";

struct rig {
    char *dir;
    struct weir_scenario scenario;
    struct sim_case ready;
    struct sim_cameras cameras;
};

/* Of the clips; pictures that are wider are enlarged ones. */
static uint16_t clip_width = 640;

static void write_table(const char *path) {
    static const char models[2][SIM_TABLE_NAME] = {"small", "large"};
    static const char classes[1][SIM_TABLE_NAME] = {"person"};
    static uint32_t bytes[SETTINGS * FRAMES], ends[(SETTINGS + 1) * FRAMES];
    struct sim_table_setting setting[SETTINGS];
    struct sim_table_draft draft[CLIPS];
    struct weir_error err = {0};
    for (int s = 0; s < SETTINGS; s++) {
        const int travel = s % 3, narrow = s / 3 % 2, large = s / 6;
        setting[s] = (struct sim_table_setting){.model = (uint16_t)large,
                                                .width = narrow ? 320 : 640,
                                                .height = narrow ? 180 : 360,
                                                .travel = (uint8_t)travel,
                                                .quality = travel == 1 ? 80
                                                           : travel    ? 28
                                                                       : 0,
                                                .reduce_ns = narrow ? 100000 : 0,
                                                .encode_ns = travel ? 600000 : 0,
                                                .decode_ns = travel ? 500000 : 0,
                                                .infer_ns = (large ? 8000000 : 2000000) /
                                                            (narrow ? 4u : 1u)};
        for (int k = 0; k < FRAMES; k++)
            bytes[s * FRAMES + k] = travel ? 10000 : 0;
    }
    for (int i = 0; i < CLIPS; i++) {
        draft[i] = (struct sim_table_draft){
            {.frames = FRAMES, .width = clip_width, .height = 360, .rate_fps = 10},
            bytes,
            ends,
            NULL};
        snprintf(draft[i].clip.name, sizeof draft[i].clip.name, "%c", 'a' + i);
    }
    const struct sim_table shape = {.model = models,
                                    .class_name = classes,
                                    .setting = setting,
                                    .models = 2,
                                    .classes = 1,
                                    .settings = SETTINGS,
                                    .clips = CLIPS};
    if (sim_table_write(path, &shape, draft, &err))
        fail_msg("%s", err.text);
}

static void parse(struct rig *rig, const char *more) {
    char text[2048];
    struct weir_error err = {0};
    rig->dir = test_scratch();
    assert_int_equal(
        weir_file_write_all(test_path(rig->dir, "site.yaml"), site_yaml, strlen(site_yaml), &err),
        0);
    write_table(test_path(rig->dir, "t.table"));
    snprintf(text, sizeof text,
             "scenario: s\nsite: site.yaml\ntable: t.table\nusers: [5]\nseconds: 20\n"
             "cameras: { nodes: [edge, yard], clips: [a, b, c], rate_fps: 10, jitter_ms: 2 }\n"
             "slo: { deadline_ms: 100, min_accuracy: 0.9 }\n%s",
             more);
    if (weir_scenario_parse(test_path(rig->dir, "s.yaml"), text, strlen(text), &rig->scenario,
                            &err))
        fail_msg("%s", err.text);
}

static void setup(struct rig *rig, const char *more) {
    struct weir_error err = {0};
    memset(rig, 0, sizeof *rig);
    parse(rig, more);
    if (sim_case_open(&rig->scenario, 0, &rig->ready, &err))
        fail_msg("%s", err.text);
    assert_int_equal(sim_cameras_init(&rig->cameras, &rig->ready, 5, 1), 0);
}

static void done(struct rig *rig) {
    sim_cameras_done(&rig->cameras);
    sim_case_done(&rig->ready);
    weir_scenario_done(&rig->scenario);
    test_scratch_remove(rig->dir);
}

static void refused(const char *more, const char *words) {
    struct rig rig = {0};
    struct weir_error err = {0};
    parse(&rig, more);
    rig.ready.models = 77;
    assert_int_equal(sim_case_open(&rig.scenario, 0, &rig.ready, &err), WEIR_EINVAL);
    test_error_says(&err, words);
    assert_int_equal(rig.ready.models, 77);
    rig.ready = (struct sim_case){0};
    done(&rig);
}

static int count(const struct rig *rig, int node, enum weir_travel travel) {
    int n = 0;
    for (int i = 0; i < rig->ready.settings; i++)
        n += rig->ready.setting[i].node == node && rig->ready.setting[i].travel == travel;
    return n;
}

static void test_each_node_offers_what_it_serves_by_each_picture(void **state) {
    struct rig rig;
    setup(&rig, "reference: { model: large }\n");
    assert_string_equal(rig.ready.model[0],
                        "large"); /* the slower first, whatever the table says */
    assert_string_equal(rig.ready.model[1], "small");
    assert_int_equal(count(&rig, 0, WEIR_TRAVEL_NONE), 2); /* the small one, two widths */
    assert_int_equal(count(&rig, 0, WEIR_TRAVEL_JPEG), 2);
    assert_int_equal(count(&rig, 1, WEIR_TRAVEL_NONE), 4);
    assert_int_equal(count(&rig, 2, WEIR_TRAVEL_NONE), 0); /* no camera is there */
    assert_int_equal(count(&rig, 2, WEIR_TRAVEL_H264), 4);
    for (int i = 0; i < rig.ready.settings; i++) {
        const struct weir_setting *s = &rig.ready.setting[i];
        const struct sim_cost *cost = &rig.ready.cost[i];
        assert_int_equal(cost->infer_ns,
                         (s->model ? 2000000 : 8000000) / (s->width == 320 ? 4 : 1));
        assert_int_equal(cost->encode_ns, s->travel ? 600000 : 0);
    }
    done(&rig);
}

static void test_a_case_may_choose_from_less(void **state) {
    struct rig rig;
    setup(&rig, "models: [small]\nwidths: [320]\ncodecs: [h264]\n");
    assert_int_equal(rig.ready.models, 1);
    assert_int_equal(rig.ready.settings, 2 + 5); /* as it is at two nodes, coded at all five */
    for (int i = 0; i < rig.ready.settings; i++)
        assert_true(rig.ready.setting[i].width == 320 &&
                    rig.ready.setting[i].travel != WEIR_TRAVEL_JPEG);
    done(&rig);
}

static void test_the_reference_is_at_home_or_where_it_runs_fastest(void **state) {
    struct rig rig;
    setup(&rig, "reference: { model: large }\n");
    const struct weir_setting *edge = &rig.ready.setting[rig.ready.reference[0]],
                              *yard = &rig.ready.setting[rig.ready.reference[1]];
    assert_int_equal(yard->node, 1); /* it serves the model itself */
    assert_int_equal(yard->travel, WEIR_TRAVEL_NONE);
    assert_int_equal(edge->node, 3); /* 4 ms in the sky; from the isle there is no way back */
    assert_int_equal(edge->travel, WEIR_TRAVEL_JPEG);
    assert_true(edge->width == 640 && yard->width == 640);
    assert_int_equal(rig.ready.reference[2], -1);
    assert_int_equal(rig.cameras.stream[2].reference, rig.ready.reference[0]);
    done(&rig);
    setup(&rig, ""); /* the table's first, at the widest */
    edge = &rig.ready.setting[rig.ready.reference[0]];
    assert_string_equal(rig.ready.model[edge->model], "small");
    assert_int_equal(edge->node, 0);
    done(&rig);
}

static void test_users_take_nodes_and_clips_in_turn(void **state) {
    struct rig rig;
    setup(&rig, "");
    for (int i = 0; i < 5; i++) {
        const struct sim_stream_conf *s = &rig.cameras.stream[i];
        assert_int_equal(s->node, i % 2);
        assert_int_equal(rig.cameras.showing[i].scene[0].clip, i % 3);
        assert_int_equal(rig.cameras.showing[i].scenes, 1);
        assert_true(s->phase_ns >= 0 && s->phase_ns < 100 * WEIR_NS_PER_MS);
        assert_true(rig.cameras.showing[i].scene[0].first < FRAMES);
        assert_int_equal(s->jitter_ns, 2 * WEIR_NS_PER_MS);
        assert_int_equal(s->deadline_ns, 100 * WEIR_NS_PER_MS);
    }
    assert_string_equal(rig.cameras.stream[4].name, "user-4");
    done(&rig);
}

static void test_chance_is_of_seed_and_user_alone(void **state) {
    struct rig rig;
    struct sim_cameras few, other;
    int same = 0;
    setup(&rig, "");
    assert_int_equal(sim_cameras_init(&few, &rig.ready, 2, 1), 0);
    assert_int_equal(sim_cameras_init(&other, &rig.ready, 5, 2), 0);
    for (int i = 0; i < 2; i++) { /* more users change nothing for the first */
        assert_int_equal(few.stream[i].phase_ns, rig.cameras.stream[i].phase_ns);
        assert_int_equal(few.showing[i].scene[0].first, rig.cameras.showing[i].scene[0].first);
    }
    for (int i = 0; i < 5; i++)
        same += other.stream[i].phase_ns == rig.cameras.stream[i].phase_ns;
    assert_int_equal(same, 0);
    assert_true(rig.cameras.stream[0].phase_ns != rig.cameras.stream[1].phase_ns);
    sim_cameras_done(&few);
    sim_cameras_done(&other);
    done(&rig);
}

static void test_cameras_come_and_go_and_cut_to_other_clips(void **state) {
    struct rig rig;
    setup(&rig, "come: [ { user: 1, from_s: 4, to_s: 9 } ]\n"
                "cuts: [ { user: 0, at_s: 3, clip: c }, { user: 1, at_s: 6, clip: c },\n"
                "        { user: 2, at_s: 0, clip: a }, { user: 0, at_s: 8, clip: b } ]\n");
    const struct sim_stream_conf *s = rig.cameras.stream;
    const struct sim_showing *shows = rig.cameras.showing;
    assert_true(s[1].phase_ns >= 4 * WEIR_NS_PER_S && s[1].phase_ns < 4.1 * WEIR_NS_PER_S);
    assert_int_equal(s[1].until_ns, 9 * WEIR_NS_PER_S);
    assert_int_equal(s[0].until_ns, 0);
    assert_int_equal(shows[0].scenes, 3);
    assert_int_equal(shows[0].scene[1].from, 30); /* the first that is due from then on */
    assert_int_equal(shows[0].scene[1].clip, 2);
    assert_int_equal(shows[0].scene[2].from, 80);
    assert_int_equal(shows[0].scene[2].clip, 1);
    assert_int_equal(shows[1].scene[1].from, 20); /* she came at 4 s */
    assert_int_equal(shows[2].scenes, 1); /* of clip c nothing was seen */
    assert_int_equal(shows[2].scene[0].clip, 0);
    done(&rig);
}

static void test_what_is_enlarged_is_for_audits(void **state) {
    struct rig rig;
    clip_width = 320;
    setup(&rig, "reference: { model: large, audit_width: 640 }\n");
    clip_width = 640;
    const struct sim_conf conf = sim_case_conf(&rig.ready, &rig.cameras, 1);
    assert_int_equal(conf.stream[0].audit_width, 640);
    assert_int_equal(conf.setting[conf.stream[0].reference].width, 320);
    for (int i = 0; i < conf.settings; i++)
        assert_int_equal(conf.setting[i].width, 320);
    assert_int_equal(conf.audit_settings, 5); /* at the yard as it is; JPEG at all but the edge */
    for (int i = conf.settings; i < sim_settings(&conf); i++)
        assert_true(conf.setting[i].width == 640 && conf.setting[i].travel != WEIR_TRAVEL_H264 &&
                    !strcmp(conf.model[conf.setting[i].model], "large") &&
                    conf.cost[i].infer_ns == 8000000);
    done(&rig);
}

static void test_audits_may_look_at_what_can_be_chosen_too(void **state) {
    struct rig rig;
    setup(&rig, "reference: { model: large, width: 320, audit_width: 640 }\n");
    assert_int_equal(rig.ready.audit_settings, 0);
    assert_int_equal(rig.cameras.stream[0].audit_width, 640);
    done(&rig);
}

static void test_what_does_not_fit_is_refused(void **state) {
    refused("reference: { model: large, width: 320 }\nwidths: [640]\n",
            "s.yaml:8: reference.width: found 320");
    refused("reference: { model: huge }\n", "s.yaml:8: reference.model: found \"huge\"; allowed: "
                                            "models of ");
    refused(
        "reference: { model: large, audit_width: 960 }\n",
        "s.yaml:8: reference.audit_width: found 960; allowed: a width, from the reference's own "
        "(640) on");
    refused("reference: { model: large, audit_width: 320 }\n",
            "reference.audit_width: found 320; allowed: a width, from the reference's own (640)");
    refused("cuts: [ { user: 0, at_s: 1, clip: d } ]\n",
            "s.yaml:8: cuts.clip: found \"d\"; allowed");
    refused("widths: [64]\nmodels: [tiny]\n", "s.yaml:9: models: found \"tiny\"");
    refused("widths: [64]\nmodels: [tiny]\n", "s.yaml:8: widths: found 64, no width of");
}

/* ---- promises ------------------------------------------------------------------- */

static int64_t ten_kilobytes(struct sim_content *content, int stream, int setting) {
    (void)content;
    (void)stream;
    (void)setting;
    return 10000;
}
static struct sim_content content = {.mean_bytes = ten_kilobytes};

/* What it says where the large model at 640 is as good as truth, and others as given. */
static struct sim_promise promise(struct rig *rig, double large, double others) {
    struct sim_conf conf = sim_case_conf(&rig->ready, &rig->cameras, 1);
    struct sim_promise p;
    struct weir_error err = {0};
    double *truth = calloc((size_t)(conf.streams * conf.settings), sizeof *truth);
    conf.content = &content;
    for (int i = 0; i < conf.streams * conf.settings; i++) {
        const struct weir_setting *s = &conf.setting[i % conf.settings];
        truth[i] = !strcmp(conf.model[s->model], "large") && s->width == 640 ? large : others;
    }
    if (sim_promise_look(&conf, truth, &p, &err))
        fail_msg("%s", err.text);
    free(truth);
    return p;
}

static void test_what_can_be_kept_is_no_news(void **state) {
    struct rig rig;
    setup(&rig, "reference: { model: large }\n");
    struct sim_promise p = promise(&rig, 1, 0.95);
    assert_true(p.floor_kept && p.deadline_kept);
    assert_float_equal(p.floor, 1, 1e-12);
    /* the slower of the two kinds: small at 320, at home, 4 * (0.1 + 0.5) */
    assert_float_equal(p.deadline_ms, 2.4, 1e-9);
    assert_true(promise(&rig, 1, NAN).floor_kept); /* nothing to see meets any floor */
    done(&rig);
}

static void test_the_nearest_deadline_is_that_of_the_worst_off(void **state) {
    struct rig rig;
    setup(&rig, "reference: { model: large }\n");
    struct sim_promise p = promise(&rig, 1, 0.5);
    /* at the core: encoded at the edge, 10 kB over a link, decoded and inferred, 600 bytes back */
    assert_float_equal(p.deadline_ms, 0.6 * 4 + 0.8 + 4 + 8.5 * 2 + 0.048, 1e-9);
    assert_int_equal(rig.cameras.stream[p.deadline_stream].node % 2, p.deadline_stream % 2);
    assert_int_equal(rig.ready.setting[p.deadline_setting].node, 2);
    assert_true(p.deadline_kept);
    for (int i = 0; i < 5; i++)
        rig.cameras.stream[i].deadline_ns = 24 * WEIR_NS_PER_MS;
    p = promise(&rig, 1, 0.5);
    assert_true(p.floor_kept && !p.deadline_kept);
    done(&rig);
}

static void test_a_floor_above_all_that_can_be_had_is_found(void **state) {
    struct rig rig;
    setup(&rig, "reference: { model: large }\n");
    struct sim_promise p = promise(&rig, 0.89, 0.5);
    assert_false(p.floor_kept);
    assert_float_equal(p.floor, 0.89, 1e-12);
    assert_true(isinf(p.deadline_ms) && !p.deadline_kept);
    assert_string_equal(rig.ready.model[rig.ready.setting[p.floor_setting].model], "large");
    done(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_node_offers_what_it_serves_by_each_picture),
        cmocka_unit_test(test_a_case_may_choose_from_less),
        cmocka_unit_test(test_the_reference_is_at_home_or_where_it_runs_fastest),
        cmocka_unit_test(test_users_take_nodes_and_clips_in_turn),
        cmocka_unit_test(test_chance_is_of_seed_and_user_alone),
        cmocka_unit_test(test_cameras_come_and_go_and_cut_to_other_clips),
        cmocka_unit_test(test_what_is_enlarged_is_for_audits),
        cmocka_unit_test(test_audits_may_look_at_what_can_be_chosen_too),
        cmocka_unit_test(test_what_does_not_fit_is_refused),
        cmocka_unit_test(test_what_can_be_kept_is_no_news),
        cmocka_unit_test(test_the_nearest_deadline_is_that_of_the_worst_off),
        cmocka_unit_test(test_a_floor_above_all_that_can_be_had_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
