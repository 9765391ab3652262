/*
 * weir service as processes: killed, stopped, ended and started again under load, while a stream
 * sends to them. What is waited for is an event, within a bound; every process is ended by its id.
 */
#include "cli/program.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/node_support.h"

enum { PATIENCE = 20000 }; /* frames that nobody takes, at a millisecond each */

static void start(struct program *p, const struct site *site, const char *name) {
    *p = (struct program){0};
    program_start(p, (const char *const[]){"service", "detect", "--model",
                                           test_source("models/street_n.onnx"), "--dir", site->dir,
                                           "--name", name, "--threads", "1", NULL});
    program_wait_for(p, "Ctrl-C ends it");
}

static void kill_now(struct program *p) {
    kill(p->pid, SIGKILL);
    assert_int_equal(program_finish(p), 128 + SIGKILL);
    program_done(p);
}

static void stop_it(struct program *p) {
    siginfo_t info;
    kill(p->pid, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)p->pid, &info, WSTOPPED | WNOWAIT), 0);
}

/* Raw frames give exactly what is theirs, others what is most like it. */
static void assert_own(const struct slip *slip, bool exact) {
    const int shot_of = (int)(slip->frame % SHOTS);
    const bool own = exact ? same_boxes(slip->boxes.data, slip->boxes.len, &truth[shot_of])
                           : closest_shot(slip->boxes.data, slip->boxes.len) == shot_of;
    if (!own)
        fail_msg("frame %lld got the boxes of another: most like those of shot %d",
                 (long long)slip->frame, closest_shot(slip->boxes.data, slip->boxes.len));
}

static struct weir_remote_setting way_of(int64_t frame) {
    return frame / 5 % 3 == 0 ? raw : frame / 5 % 3 == 1 ? h264 : jpeg;
}

/* From frame *next on one at a time, until one is detected. */
static void until_detected(struct site *site, const struct weir_wire_advert *to, int64_t *next) {
    struct slip slip = {0};
    for (int i = 0; i < PATIENCE && slip.outcome != WEIR_OUTCOME_DETECT; i++) {
        sent(site, to, (*next)++, raw, &slip);
        if (slip.outcome != WEIR_OUTCOME_DETECT)
            weir_clock_wait(clock_, weir_clock_now(clock_) + WEIR_NS_PER_MS, NULL);
    }
    assert_outcome(&slip, WEIR_OUTCOME_DETECT, NULL);
    assert_own(&slip, true);
    slip_done(&slip);
}

/* ---- under load -------------------------------------------------------------------------- */

enum { FRAMES = 60 };

/* Sends FRAMES frames, as they come: `strike` is done to the process after half of them. Each ends
 * once, and what was detected is its own. How many were. */
static int under_load(struct site *site, struct program *p, const struct weir_wire_advert *to,
                      int64_t first, int64_t timeout_ms, void (*strike)(struct program *p)) {
    struct slip slip[FRAMES] = {0};
    int detected = 0;
    for (int i = 0; i < FRAMES; i++) {
        if (i == FRAMES / 2)
            strike(p);
        if (i >= 6 && i < FRAMES / 2)
            await_end(&slip[i - 6]);
        send_frame(site, to, first + i, way_of(first + i), timeout_ms, &slip[i]);
    }
    for (int i = 0; i < FRAMES; i++) {
        await_end(&slip[i]);
        assert_int_equal(slip[i].frame, first + i);
        if (slip[i].outcome == WEIR_OUTCOME_DETECT) {
            assert_own(&slip[i], way_of(first + i).codec == WEIR_WIRE_CODEC_I420);
            detected++;
        }
    }
    assert_accounts(site, slip, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        slip_done(&slip[i]);
    return detected;
}

static void test_killed_under_load_loses_no_frame_and_is_used_again_once_it_is_back(void **state) {
    struct site site;
    struct program p;
    int64_t next = 0;
    site_init(&site, (struct site_conf){.alone = true, .local = true});
    for (int round = 0; round < 3; round++) {
        start(&p, &site, "core");
        struct weir_wire to = site_advert(&site, "core", "detect");
        until_detected(&site, &to.advert, &next);
        assert_true(under_load(&site, &p, &to.advert, next, 50000, kill_now) > 0);
        next += FRAMES;
        weir_wire_done(&to);
    }
    site_done(&site);
}

static void test_restarted_service_has_another_epoch_and_gets_a_keyframe(void **state) {
    struct site site;
    struct program p;
    struct slip slip = {0};
    int64_t next = 2;
    site_init(&site, (struct site_conf){.alone = true, .local = true});
    start(&p, &site, "core");
    struct weir_wire to = site_advert(&site, "core", "detect");
    sent(&site, &to.advert, 0, h264, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_DETECT, NULL);
    kill_now(&p);
    start(&p, &site, "core");
    struct weir_wire again = site_advert_after(&site, "core", to.advert.epoch);
    assert_true(again.advert.epoch > to.advert.epoch);
    until_detected(&site, &again.advert, &next);
    sent(&site, &again.advert, next, h264, &slip);
    assert_outcome(&slip, WEIR_OUTCOME_DETECT, NULL);
    assert_true(slip.keyframe);
    assert_own(&slip, false);
    slip_done(&slip);
    weir_wire_done(&to);
    weir_wire_done(&again);
    kill_now(&p);
    site_done(&site);
}

static void test_stalled_service_costs_frames_their_time_and_then_goes_on(void **state) {
    struct site site;
    struct program p;
    int64_t next = 0;
    site_init(&site, (struct site_conf){.alone = true, .local = true});
    start(&p, &site, "core");
    struct weir_wire to = site_advert(&site, "core", "detect");
    for (int round = 0; round < 2; round++) {
        until_detected(&site, &to.advert, &next);
        assert_true(under_load(&site, &p, &to.advert, next, 400, stop_it) > 0);
        next += FRAMES;
        kill(p.pid, SIGCONT);
    }
    until_detected(&site, &to.advert, &next);
    for (int i = 0; i < 12; i++) { /* nothing that was late comes for another */
        struct slip slip = {0};
        sent(&site, &to.advert, next, way_of(next), &slip);
        if (slip.outcome == WEIR_OUTCOME_DETECT)
            assert_own(&slip, way_of(next).codec == WEIR_WIRE_CODEC_I420);
        next++;
        slip_done(&slip);
    }
    weir_wire_done(&to);
    kill_now(&p);
    site_done(&site);
}

static void terminate(struct program *p) {
    kill(p->pid, SIGTERM);
    if (program_finish(p))
        fail_msg("exit code %d: %s", p->code, weir_buf_str(&p->err));
}

static void test_sigterm_under_load_answers_what_waits_and_prints_the_counts(void **state) {
    struct site site;
    struct program p;
    int64_t next = 0;
    site_init(&site, (struct site_conf){.alone = true, .local = true});
    start(&p, &site, "core");
    struct weir_wire to = site_advert(&site, "core", "detect");
    until_detected(&site, &to.advert, &next);
    assert_true(under_load(&site, &p, &to.advert, next, 50000, terminate) > 0);
    program_says_all(&p.out, (const char *const[]){"offered: detect at core (edge): street_n",
                                                   "\nasked: ", "; detect ", NULL});
    program_done(&p);
    weir_wire_done(&to);
    site_done(&site);
}

/* ---- several ------------------------------------------------------------------------------ */

static void test_stream_that_changes_services_gets_its_own_boxes(void **state) {
    enum { BOTH = 24 };
    struct site site;
    struct program p, q;
    struct slip slip[BOTH] = {0};
    site_init(&site, (struct site_conf){.alone = true, .local = true});
    start(&p, &site, "core");
    start(&q, &site, "cloud");
    struct weir_wire to[] = {site_advert(&site, "core", "detect"),
                             site_advert(&site, "cloud", "detect")};
    for (int i = 0; i < BOTH; i++) {
        send_frame(&site, &to[i / 3 % 2].advert, i, h264, 50000, &slip[i]);
        if (i % 6 == 5)
            await_end(&slip[i]);
    }
    for (int i = 0; i < BOTH; i++) {
        await_end(&slip[i]);
        assert_outcome(&slip[i], WEIR_OUTCOME_DETECT, NULL);
        assert_own(&slip[i], false);
        if (i % 3 == 0) /* what a change of destination costs */
            assert_true(slip[i].keyframe);
        slip_done(&slip[i]);
    }
    for (int i = 0; i < 2; i++)
        weir_wire_done(&to[i]);
    kill_now(&p);
    kill_now(&q);
    site_done(&site);
}

static void test_rubbish_of_one_node_is_told_once_and_touches_no_other(void **state) {
    struct site site;
    struct program p;
    struct slip slip = {0};
    struct weir_error err = {0};
    struct weir_fabric *other = NULL;
    struct weir_offers *heard = weir_offers_new(clock_); /* by the other */
    uint8_t junk[3000];
    memset(junk, 0x5a, sizeof junk);
    site_init(&site, (struct site_conf){.alone = true, .local = true});
    const struct weir_fabric_conf conf = {
        .node = "rogue", .clock = clock_, .seen = weir_offers_saw, .user = heard};
    assert_int_equal(weir_fabric_open_local(site.dir, &conf, &other, &err), 0);
    start(&p, &site, "core");
    struct weir_wire to = site_advert(&site, "core", "detect");
    struct site rogue = site; /* asks by its own seat */
    int64_t next = 0;
    rogue.edge = other;
    rogue.offers = heard;
    until_detected(&site, &to.advert, &next);
    for (int i = 0; i < 10; i++) {
        struct weir_wire_work_request r = a_request();
        r.codec = i % 2 ? WEIR_WIRE_CODEC_JPEG : WEIR_WIRE_CODEC_H264;
        r.quality = 20;
        r.frame = i;
        r.payload_bytes = sizeof junk;
        asked(&rogue, &r, junk, WEIR_OUTCOME_CORRUPT, i % 2 == 0);
        struct weir_wire wire = ask_bytes(&rogue, junk, 100, NULL, 0);
        assert_int_equal(wire.kind, WEIR_WIRE_REFUSAL);
        weir_wire_done(&wire);
        sent(&site, &to.advert, next++, h264, &slip);
        assert_outcome(&slip, WEIR_OUTCOME_DETECT, NULL);
        slip_done(&slip);
    }
    terminate(&p);
    program_says_all(
        &p.out, (const char *const[]){"corrupt 10", "refused 10, of them unreadable 10", NULL});
    program_says(&p.err, "node=rogue");
    program_says_not(&p.err, "node=edge");
    const char *first = strstr(weir_buf_str(&p.err), "node=rogue");
    assert_null(strstr(first + 1, "node=rogue"));
    program_done(&p);
    weir_wire_done(&to);
    weir_fabric_close(other);
    weir_offers_free(heard);
    site_done(&site);
}

/* ---- the command ----------------------------------------------------------------------------- */

static void test_list_shows_what_is_offered_and_nothing_once_it_ended(void **state) {
    struct site site;
    struct program p, list = {0};
    site_init(&site, (struct site_conf){.alone = true, .local = true});
    start(&p, &site, "core");
    assert_int_equal(PROGRAM(&list, "service", "list", "--dir", site.dir), 0);
    program_says_all(&list.out,
                     (const char *const[]){"core", "detect", "street_n", "32-2048", NULL});
    program_done(&list);
    assert_int_equal(PROGRAM(&list, "service", "list", "--dir", site.dir, "--json"), 0);
    json_t *all = program_json(&list), *one = json_array_get(all, 0);
    assert_int_equal(json_array_size(all), 1);
    assert_string_equal(json_string_value(json_object_get(one, "node")), "core");
    assert_int_equal(json_array_size(json_object_get(one, "classes")), 5);
    assert_int_equal(json_number(one, "slots"), 1);
    json_decref(all);
    program_done(&list);
    terminate(&p);
    program_says(&p.out, "asked: 0; detect 0");
    program_done(&p);
    assert_int_equal(PROGRAM(&list, "service", "list", "--dir", site.dir), 0);
    program_says(&list.out, "nothing is offered");
    program_done(&list);
    assert_int_equal(PROGRAM(&list, "service", "list", "--dir", site.dir, "--json"), 0);
    assert_string_equal(weir_buf_str(&list.out), "[]\n");
    program_done(&list);
    site_done(&site);
}

static void test_second_process_of_a_name_is_told_to_take_another(void **state) {
    struct site site;
    struct program p, q = {0};
    site_init(&site, (struct site_conf){.alone = true, .local = true});
    start(&p, &site, "core");
    assert_int_equal(PROGRAM(&q, "service", "detect", "--model",
                             test_source("models/street_n.onnx"), "--dir", site.dir, "--name",
                             "core"),
                     1);
    program_says(&q.err, "another process serves as node core already; give this one a name of its "
                         "own with --name");
    program_done(&q);
    kill_now(&p);
    site_done(&site);
}

static void test_wrong_use_is_named(void **state) {
    static const struct {
        const char *args[8], *says;
        int code;
    } wrong[] = {
        {{"service"}, "say what to do: detect or list", 2},
        {{"service", "detcet"}, "found 'detcet'; allowed: detect, list", 2},
        {{"service", "list", "more"}, "found 'more' behind 'list'", 2},
        {{"service", "detect"}, "name a model with --model M", 2},
        {{"service", "detect", "--model", "a,b"}, "--model: found several", 2},
        {{"service", "detect", "--model", "a", "--name", "a b"}, "--name: found 'a b'; allowed", 2},
        {{"service", "detect", "--model", "a", "--name", ""}, "--name: found ''", 2},
        {{"service", "detect", "--model", "a", "--tier", ""}, "--tier: found ''", 2},
        {{"service", "detect", "--model", "a", "--workers", "100"}, "allowed: 1 to 64", 2},
        {{"service", "detect", "--modle", "a"}, "did you mean --model?", 2},
        {{"service", "detect", "--model", "no/such.onnx"}, "no/such.onnx", 1},
        {{"service", "list", "--model", "a"}, "--model is for weir service detect", 2},
        {{"service", "list", "--tier", "a"}, "--tier is for weir service detect", 2},
        {{"service", "list", "--dir", "/no/such"}, "there is no folder /no/such", 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct program p = {0};
        if (program_run(&p, wrong[i].args) != wrong[i].code)
            fail_msg("%s: exit code %d: %s", wrong[i].says, p.code, weir_buf_str(&p.err));
        program_says(&p.err, wrong[i].says);
        program_done(&p);
    }
}

static void test_folder_that_others_may_enter_is_refused(void **state) {
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "service", "list", "--dir", "/tmp"), 2);
    program_says(&p.err, "/tmp");
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_under_load_loses_no_frame_and_is_used_again_once_it_is_back),
        cmocka_unit_test(test_restarted_service_has_another_epoch_and_gets_a_keyframe),
        cmocka_unit_test(test_stalled_service_costs_frames_their_time_and_then_goes_on),
        cmocka_unit_test(test_sigterm_under_load_answers_what_waits_and_prints_the_counts),
        cmocka_unit_test(test_stream_that_changes_services_gets_its_own_boxes),
        cmocka_unit_test(test_rubbish_of_one_node_is_told_once_and_touches_no_other),
        cmocka_unit_test(test_list_shows_what_is_offered_and_nothing_once_it_ended),
        cmocka_unit_test(test_second_process_of_a_name_is_told_to_take_another),
        cmocka_unit_test(test_wrong_use_is_named),
        cmocka_unit_test(test_folder_that_others_may_enter_is_refused),
    };
    return cmocka_run_group_tests(tests, make_shots, drop_shots);
}
