/*
 * Content out of a table that is made up here: a clip of large persons, seen by both widths, and
 * one of small ones that the narrow one misses.
 */
#include "sim/recorded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

#define MS WEIR_NS_PER_MS

enum { NEAR, FAR, CLIPS, FRAMES = 40, PEOPLE = 6 };
enum { WIDE, NARROW, WIDE_JPEG, WIDE_H264, SETTINGS };

static const char model[1][SIM_TABLE_NAME] = {"street_m"}, person[1][SIM_TABLE_NAME] = {"person"};
static const char *const models[] = {"street_m"};
static const struct sim_table_setting of_table[SETTINGS] = {
    {0, 640, 360, WEIR_TRAVEL_NONE, 0, 0, 0, 0, 1},
    {0, 320, 180, WEIR_TRAVEL_NONE, 0, 0, 0, 0, 1},
    {0, 640, 360, WEIR_TRAVEL_JPEG, 80, 0, 0, 0, 1},
    {0, 640, 360, WEIR_TRAVEL_H264, 23, 0, 0, 0, 1},
};
static const struct weir_setting of_run[SETTINGS] = {
    {0, 0, 640, 360, WEIR_TRAVEL_NONE, 0},
    {0, 0, 320, 180, WEIR_TRAVEL_NONE, 0},
    {1, 0, 640, 360, WEIR_TRAVEL_JPEG, 80},
    {1, 0, 640, 360, WEIR_TRAVEL_H264, 23},
};

struct rig {
    char *dir;
    struct sim_table table;
    struct sim_verdicts *verdicts;
    struct weir_sight_class person;
    struct weir_sight sight;
    struct sim_scene scene[3];
    struct sim_showing showing[2];
    struct sim_stream_conf stream[2];
    struct sim_conf conf;
    struct sim_recorded_conf how;
    struct sim_recorded *recorded;
};

static void fill(int clip, struct sim_table_draft *draft) {
    static uint32_t bytes[CLIPS][SETTINGS * FRAMES], ends[CLIPS][(SETTINGS + 1) * FRAMES];
    static struct sim_table_box box[CLIPS][(SETTINGS + 1) * FRAMES * PEOPLE];
    uint32_t len = 0;
    for (int s = 0; s <= SETTINGS; s++)
        for (int k = 0; k < FRAMES; k++) {
            for (int i = 0; i < PEOPLE; i++) {
                float height = clip == NEAR ? 100 : 14, x = (float)(i * 100 + k);
                if (s == NARROW && clip == FAR && i)
                    continue;
                box[clip][len++] =
                    sim_table_pack(&(struct weir_box){.x0 = x,
                                                      .y0 = 100,
                                                      .x1 = x + height / 2,
                                                      .y1 = 100 + height,
                                                      .score = s < SETTINGS ? 0.9F : 1});
            }
            ends[clip][s * FRAMES + k] = len;
            if (s == WIDE_JPEG)
                bytes[clip][s * FRAMES + k] = clip == NEAR ? 40000 : 50000;
            if (s == WIDE_H264)
                bytes[clip][s * FRAMES + k] = k ? 4000 + (uint32_t)k : 60000;
        }
    *draft = (struct sim_table_draft){
        {.name = "", .frames = FRAMES, .width = 640, .height = 360, .rate_fps = 25, .boxes = len},
        bytes[clip],
        ends[clip],
        box[clip]};
    strcpy(draft->clip.name, clip == NEAR ? "near" : "far");
}

static void setup(struct rig *rig) {
    struct sim_table_draft draft[CLIPS];
    struct weir_error err = {0};
    static const double edge[] = {4, 6, 8, 12, 16, 24, 48, 96},
                        found[] = {0.02, 0.05, 0.2, 0.8, 0.9, 0.95, 0.95, 0.95};
    memset(rig, 0, sizeof *rig);
    for (int c = 0; c < CLIPS; c++)
        fill(c, &draft[c]);
    const struct sim_table shape = {.model = model,
                                    .class_name = person,
                                    .setting = of_table,
                                    .models = 1,
                                    .classes = 1,
                                    .settings = SETTINGS,
                                    .clips = CLIPS};
    rig->dir = test_scratch();
    const char *path = test_path(rig->dir, "a.table");
    if (sim_table_write(path, &shape, draft, &err) || sim_table_open(path, &rig->table, &err))
        fail_msg("%s", err.text);
    assert_int_equal(sim_verdicts_new(&rig->table, 8, &rig->verdicts), 0);
    strcpy(rig->person.name, "person");
    rig->sight =
        (struct weir_sight){.model = "street_m", .bins = 8, .class_of = &rig->person, .classes = 1};
    memcpy(rig->sight.edge, edge, sizeof edge);
    memcpy(rig->person.found, found, sizeof found);
    rig->scene[1] = (struct sim_scene){.clip = FAR};
    for (int i = 0; i < 2; i++) {
        rig->showing[i] = (struct sim_showing){&rig->scene[i], 1};
        rig->stream[i] = (struct sim_stream_conf){.rate_fps = 25,
                                                  .width = 640,
                                                  .height = 360,
                                                  .deadline_ns = 200 * MS,
                                                  .min_accuracy = 0.85,
                                                  .reference = WIDE};
    }
    rig->conf = (struct sim_conf){.stream = rig->stream,
                                  .streams = 2,
                                  .model = models,
                                  .models = 1,
                                  .setting = of_run,
                                  .settings = SETTINGS,
                                  .seconds = 10};
    rig->how = (struct sim_recorded_conf){.verdicts = rig->verdicts,
                                          .showing = rig->showing,
                                          .sight = &rig->sight,
                                          .window_s = 10,
                                          .audit_every = 25,
                                          .seed = 1};
}

static struct sim_content *made(struct rig *rig) {
    struct weir_error err = {0};
    if (sim_recorded_new(&rig->conf, &rig->how, &rig->recorded, &err))
        fail_msg("%s", err.text);
    return sim_recorded_content(rig->recorded);
}

static void teardown(struct rig *rig) {
    sim_recorded_free(rig->recorded);
    sim_verdicts_free(rig->verdicts);
    sim_table_close(&rig->table);
    test_scratch_remove(rig->dir);
}

static double sure(struct sim_content *content, int stream, int setting) {
    double accuracy, margin;
    content->accuracy(content, stream, 0, setting, &accuracy, &margin);
    return accuracy - margin;
}

static void audited(struct sim_content *content, int stream, int frame, int setting) {
    struct sim_audit audit = {.shown = setting, .auditor = WIDE_JPEG};
    audit.compares = content->compares(content, stream, setting, WIDE_JPEG, audit.compared);
    assert_in_range(audit.compares, 0, SIM_COMPARED_MAX);
    for (int i = 0; i < audit.compares; i++)
        assert_in_range(audit.compared[i], 0, SETTINGS - 1);
    content->audited(content, stream, frame, &audit, frame * 40 * MS);
}

static void watch(struct sim_content *content, int stream, int setting, int frames) {
    for (int k = 0; k < frames; k++) {
        content->seen(content, stream, k, setting, k * 40 * MS);
        if (content->audits(content, stream, k))
            audited(content, stream, k, setting);
    }
}

static void test_bytes_are_those_of_the_codecs(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    struct sim_content *content = made(&rig);
    assert_int_equal(content->bytes(content, 0, 7, WIDE_JPEG), 40000);
    assert_int_equal(content->bytes(content, 1, 7, WIDE_JPEG), 50000);
    assert_int_equal(content->bytes(content, 0, FRAMES + 7, WIDE_H264), 4007);
    assert_int_equal(content->bytes(content, 0, FRAMES, WIDE_H264), 4001); /* no keyframe again */
    assert_int_equal(content->key_bytes(content, 0, 7, WIDE_H264), 60000);
    teardown(&rig);
}

static void test_means_begin_with_the_table_and_follow_the_stream(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    struct sim_content *content = made(&rig);
    assert_int_equal(content->mean_bytes(content, 0, WIDE_JPEG), 45000);
    for (int k = 0; k < 200; k++)
        content->sent(content, 0, WIDE_JPEG, content->bytes(content, 0, k, WIDE_JPEG));
    int64_t mean = content->mean_bytes(content, 0, WIDE_JPEG);
    assert_true(mean >= 40000 && mean < 40100);
    assert_int_equal(content->mean_bytes(content, 1, WIDE_JPEG), 45000);
    teardown(&rig);
}

static void test_before_anything_was_seen_only_the_reference_will_do(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    struct sim_content *content = made(&rig);
    assert_float_equal(sure(content, 0, WIDE), 1, 1e-9);
    assert_true(sure(content, 0, NARROW) < 0.5);
    teardown(&rig);
}

static void test_large_objects_allow_low_resolution_and_small_ones_do_not(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    struct sim_content *content = made(&rig);
    watch(content, 0, WIDE, 250);
    watch(content, 1, WIDE, 250);
    assert_true(sure(content, 0, NARROW) > 0.85);
    assert_true(sure(content, 1, NARROW) < 0.7);
    teardown(&rig);
}

static void test_what_low_resolution_hides_is_not_forgotten(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    struct sim_content *content = made(&rig);
    watch(content, 1, WIDE, 100);
    for (int k = 100; k < 200; k++)
        content->seen(content, 1, k, NARROW, k * 40 * MS);
    assert_true(sure(content, 1, NARROW) < 0.7);
    teardown(&rig);
}

static void test_yardsticks_know_the_truth(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    rig.how.sight = NULL;
    struct sim_content *content = made(&rig);
    assert_float_equal(sure(content, 0, NARROW), 1, 1e-9);
    assert_float_equal(sure(content, 1, NARROW), 2.0 / 7, 1e-9); /* one of six */
    assert_float_equal(sim_recorded_truth(rig.recorded, 1, NARROW), 2.0 / 7, 1e-9);
    assert_null(content->seen);
    assert_null(content->audits);
    teardown(&rig);
}

static void test_a_cut_changes_what_is_shown(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    rig.scene[1] = (struct sim_scene){.clip = NEAR};
    rig.scene[2] = (struct sim_scene){.from = 100, .clip = FAR, .first = 5};
    rig.showing[1] = (struct sim_showing){&rig.scene[1], 2};
    struct sim_content *content = made(&rig);
    assert_int_equal(content->bytes(content, 1, 99, WIDE_JPEG), 40000);
    assert_int_equal(content->bytes(content, 1, 100, WIDE_JPEG), 50000);
    assert_int_equal(content->bytes(content, 1, 99, WIDE_H264), 4019);
    assert_int_equal(content->bytes(content, 1, 100, WIDE_H264), 60000);
    assert_int_equal(content->bytes(content, 1, 101, WIDE_H264), 4006);
    struct sim_picture at = sim_shown(&rig.showing[1], &rig.table, 100);
    assert_int_equal(at.clip, FAR);
    assert_int_equal(at.frame, 5);
    teardown(&rig);
}

static void test_a_cut_between_two_that_are_detected_takes_a_keyframe(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    rig.scene[1] = (struct sim_scene){.clip = NEAR};
    rig.scene[2] = (struct sim_scene){.from = 100, .clip = FAR, .first = 5};
    rig.showing[1] = (struct sim_showing){&rig.scene[1], 2};
    rig.stream[1].skip = 3;
    struct sim_content *content = made(&rig);
    assert_int_equal(content->bytes(content, 1, 99, WIDE_H264), 4019);
    assert_int_equal(content->bytes(content, 1, 102, WIDE_H264), 60000);
    assert_int_equal(content->bytes(content, 1, 105, WIDE_H264), 4010);
    teardown(&rig);
}

static void test_audits_are_drawn_of_what_is_detected(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    rig.stream[1].skip = 4;
    struct sim_content *content = made(&rig);
    int n = 0;
    for (int k = 0; k < 1000; k += 4)
        n += content->audits(content, 1, k);
    assert_int_equal(n, 10);
    teardown(&rig);
}

/* Which frames differ, and by how much: by the truth of those that are detected alone. */
static void test_the_truth_of_a_setting_is_that_of_what_is_detected(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    rig.how.sight = NULL;
    rig.scene[1] = (struct sim_scene){.clip = NEAR};
    rig.scene[2] = (struct sim_scene){.from = 1, .clip = FAR};
    rig.showing[1] = (struct sim_showing){&rig.scene[1], 2};
    rig.conf.seconds = 0.4; /* ten frames, of which the first is near */
    rig.stream[1].skip = 10;
    made(&rig);
    assert_float_equal(sim_recorded_truth(rig.recorded, 1, NARROW), 1, 1e-9);
    sim_recorded_free(rig.recorded);
    rig.stream[1].skip = 5;
    made(&rig);
    assert_float_equal(sim_recorded_truth(rig.recorded, 1, NARROW), 2 * 7.0 / (7 + 12), 1e-9);
    teardown(&rig);
}

static void refused(struct rig *rig, const char *words) {
    struct weir_error err = {0};
    assert_int_equal(sim_recorded_new(&rig->conf, &rig->how, &rig->recorded, &err), WEIR_EINVAL);
    test_error_says(&err, words);
    assert_null(rig->recorded);
}

static void test_what_the_table_lacks_is_refused(void **state) {
    (void)state;
    struct rig rig;
    static const struct weir_setting other[] = {{0, 0, 640, 360, WEIR_TRAVEL_NONE, 0},
                                                {1, 0, 640, 360, WEIR_TRAVEL_JPEG, 70}};
    setup(&rig);
    rig.scene[1].clip = 2;
    refused(&rig, "stream 1 shows clip 2");
    rig.scene[1].clip = -1;
    refused(&rig, "stream 1 shows clip -1");
    rig.scene[1].clip = FAR;
    rig.conf.setting = other;
    rig.conf.settings = 2;
    refused(&rig, "street_m at 640x360, quality 70");
    teardown(&rig);
}

static void test_an_audit_is_drawn_whatever_is_shown(void **state) {
    (void)state;
    struct rig rig;
    int n[2] = {0, 0};
    setup(&rig);
    struct sim_content *content = made(&rig);
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 1000; k++)
            n[i] += content->audits(content, i, k);
    assert_int_equal(n[0], 40);
    assert_int_equal(n[1], 40);
    teardown(&rig);
}

static void test_audits_say_what_was_delivered_once_there_are_any(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    struct sim_content *content = made(&rig);
    assert_true(isnan(sim_recorded_audit(rig.recorded, 1)));
    for (int k = 0; k < 20; k++)
        audited(content, 1, k, NARROW);
    const double said = sim_recorded_audit(rig.recorded, 1);
    assert_true(said > 2.0 / 7 && said < 0.5); /* one of six; what agrees little is worth little */
    assert_true(isnan(sim_recorded_audit(rig.recorded, 0)));
    audited(content, 0, 0, WIDE);
    assert_float_equal(sim_recorded_audit(rig.recorded, 0), 1, 1e-9);
    teardown(&rig);
}

static void test_who_believes_the_truth_audits_nothing(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    rig.how.sight = NULL;
    made(&rig);
    assert_true(isnan(sim_recorded_audit(rig.recorded, 0)));
    teardown(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_those_of_the_codecs),
        cmocka_unit_test(test_means_begin_with_the_table_and_follow_the_stream),
        cmocka_unit_test(test_before_anything_was_seen_only_the_reference_will_do),
        cmocka_unit_test(test_large_objects_allow_low_resolution_and_small_ones_do_not),
        cmocka_unit_test(test_what_low_resolution_hides_is_not_forgotten),
        cmocka_unit_test(test_yardsticks_know_the_truth),
        cmocka_unit_test(test_a_cut_between_two_that_are_detected_takes_a_keyframe),
        cmocka_unit_test(test_audits_are_drawn_of_what_is_detected),
        cmocka_unit_test(test_the_truth_of_a_setting_is_that_of_what_is_detected),
        cmocka_unit_test(test_a_cut_changes_what_is_shown),
        cmocka_unit_test(test_what_the_table_lacks_is_refused),
        cmocka_unit_test(test_an_audit_is_drawn_whatever_is_shown),
        cmocka_unit_test(test_audits_say_what_was_delivered_once_there_are_any),
        cmocka_unit_test(test_who_believes_the_truth_audits_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
