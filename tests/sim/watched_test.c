/*
 * A run that is watched: every frame is told from its source to its outcome, what is told adds
 * up to what came of it, and watching changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"
#include "support/support.h"

#define MS WEIR_NS_PER_MS

enum { STREAMS = 3, SETTINGS = 3, FRAMES = 200 };

static const char yaml[] = "nodes:\n  edge: { tier: edge, slowdown: 4 }\n"
                           "  sky: { tier: cloud, slots: 2 }\nlinks:\n"
                           "  - { from: edge, to: sky, mbit_per_s: 8, rtt_ms: 20 }\n";
static const struct weir_setting settings[SETTINGS] = {
    {0, 0, 640, 360, WEIR_TRAVEL_NONE, 0},
    {1, 0, 640, 360, WEIR_TRAVEL_JPEG, 80},
    {1, 0, 320, 180, WEIR_TRAVEL_JPEG, 80},
};
static const struct sim_cost costs[SETTINGS] = {
    {0, 0, 0, 12000000}, {0, 700000, 600000, 12000000}, {200000, 200000, 200000, 4000000}};
static const char *const models[] = {"street_s"};

static int64_t mean_bytes(struct sim_content *content, int stream, int setting) {
    (void)content;
    (void)stream;
    return setting == 1 ? 40000 : 12000;
}

static int64_t bytes_of(struct sim_content *content, int stream, int64_t frame, int setting) {
    return mean_bytes(content, stream, setting) + frame;
}

static void accuracy_of(struct sim_content *content, int stream, int64_t frame, int setting,
                        double *ret_accuracy, double *ret_margin) {
    (void)content;
    (void)stream;
    (void)frame;
    *ret_accuracy = setting == 2 ? 0.8 : 1;
    *ret_margin = 0;
}

static struct sim_content content = {
    .bytes = bytes_of, .mean_bytes = mean_bytes, .accuracy = accuracy_of};

/* What was told of each frame. */
struct told {
    int source, chose, left, slots, waits, there, back;
    int64_t source_to, first_link_from, last_ns, waited_ns, slot_ns;
    int choice; /* a setting, -1: a drop */
    enum weir_outcome outcome;
};

struct rig {
    struct sim_observer observer; /* first */
    struct weir_site site;
    struct sim_stream_conf stream[STREAMS];
    struct sim_conf conf;
    struct sim_result result;
    struct told told[STREAMS][FRAMES];
};

static void happened(struct sim_observer *observer, const struct sim_happening *what) {
    struct rig *rig = (struct rig *)observer;
    assert_true(what->frame < FRAMES && what->from_ns <= what->to_ns);
    struct told *t = &rig->told[what->stream][what->frame];
    assert_int_equal(t->left && what->step == SIM_STEP_LEFT, 0); /* once */
    switch (what->step) {
    case SIM_STEP_SOURCE:
        t->source++;
        t->source_to = what->to_ns;
        assert_int_equal(what->where, 0);
        break;
    case SIM_STEP_LINK:
        assert_int_equal(what->index, what->back ? WEIR_SITE_BACK : WEIR_SITE_FORWARD);
        t->first_link_from = t->there + t->back ? t->first_link_from : what->from_ns;
        (*(what->back ? &t->back : &t->there))++;
        break;
    case SIM_STEP_QUEUE:
        t->waits++;
        t->waited_ns = what->to_ns - what->from_ns;
        break;
    case SIM_STEP_SLOT:
        t->slots++;
        t->slot_ns = what->to_ns - what->from_ns;
        assert_true(what->index < (int)rig->site.node[what->where].slots);
        break;
    case SIM_STEP_LEFT:
        t->left++;
        t->last_ns = what->to_ns;
        t->outcome = what->outcome;
        break;
    }
}

static void chose(struct sim_observer *observer, const struct weir_frame_view *view, int choice) {
    struct rig *rig = (struct rig *)observer;
    struct told *t = &rig->told[view->stream][view->frame * sim_skip(&rig->stream[view->stream])];
    assert_true(choice == WEIR_DROP || choice < view->offers);
    t->chose++;
    t->choice = choice == WEIR_DROP ? -1 : view->offer[choice].setting;
}

static struct rig *setup(const char *strategy, const char *site) {
    struct rig *rig = calloc(1, sizeof *rig);
    struct weir_error err = {0};
    assert_non_null(rig);
    if (weir_site_parse("site.yaml", site, strlen(site), &rig->site, &err))
        fail_msg("%s", err.text);
    for (int i = 0; i < STREAMS; i++)
        rig->stream[i] = (struct sim_stream_conf){.name = "camera",
                                                  .rate_fps = 10,
                                                  .phase_ns = i * 17 * MS,
                                                  .jitter_ns = MS,
                                                  .deadline_ns = 150 * MS,
                                                  .min_accuracy = 0.7};
    rig->observer = (struct sim_observer){happened, chose};
    rig->conf = (struct sim_conf){.site = &rig->site,
                                  .stream = rig->stream,
                                  .streams = STREAMS,
                                  .model = models,
                                  .models = 1,
                                  .setting = settings,
                                  .cost = costs,
                                  .settings = SETTINGS,
                                  .content = &content,
                                  .strategy = weir_strategy_find(strategy),
                                  .seed = 1,
                                  .seconds = 10,
                                  .observer = &rig->observer};
    return rig;
}

static void run(struct rig *rig) {
    struct weir_error err = {0};
    if (sim_world_run(&rig->conf, &rig->result, &err))
        fail_msg("%s", err.text);
}

static void done(struct rig *rig) {
    sim_result_done(&rig->result);
    weir_site_done(&rig->site);
    free(rig);
}

static void check_all(const struct rig *rig) {
    for (int s = 0; s < STREAMS; s++)
        for (int64_t k = 0; k < rig->result.stream[s].frames; k++) {
            const struct sim_frame *f = &rig->result.stream[s].frame[k];
            const struct told *t = &rig->told[s][k];
            assert_int_equal(t->chose, sim_detects(&rig->stream[s], k));
            assert_int_equal(t->left, 1);
            assert_int_equal(t->outcome, f->outcome);
            assert_int_equal(t->chose ? t->choice : -1, f->setting);
            assert_int_equal(t->source, f->setting >= 0);
            if (f->outcome != WEIR_OUTCOME_DETECT)
                continue;
            assert_int_equal(t->last_ns, f->delivered_ns);
            assert_int_equal(t->slots, 1);
            assert_int_equal(t->waits, 1);
            assert_int_equal(t->there, f->setting != 0);
            assert_int_equal(t->back, f->setting != 0);
            if (f->setting)
                assert_int_equal(t->first_link_from, t->source_to);
            else /* nothing else takes time at home, but for those before it in order */
                assert_true(f->due_ns + t->waited_ns + t->slot_ns <= f->delivered_ns);
        }
}

static void test_every_frame_is_told_from_source_to_outcome(void **state) {
    (void)state;
    static const char *const names[] = {"greedy", "edge-only", "cloud-only", "weir"};
    for (int i = 0; i < 4; i++) {
        struct rig *rig = setup(names[i], yaml);
        run(rig);
        check_all(rig);
        done(rig);
    }
}

static void test_a_carried_frame_is_told_as_it_leaves(void **state) {
    (void)state;
    struct rig *rig = setup("weir", yaml);
    int64_t carried = 0;
    rig->stream[0].skip = 2;
    rig->stream[1].skip = 5;
    run(rig);
    check_all(rig);
    for (int s = 0; s < STREAMS; s++)
        for (int64_t k = 0; k < rig->result.stream[s].frames; k++) {
            const struct told *t = &rig->told[s][k];
            if (t->outcome != WEIR_OUTCOME_TRACK)
                continue;
            carried++;
            assert_int_equal(t->last_ns, rig->result.stream[s].frame[k].due_ns);
            assert_int_equal(t->slots + t->waits + t->there + t->back, 0);
        }
    assert_int_equal(carried, 50 + 80);
    done(rig);
}

static void test_what_is_lost_or_given_up_is_told_too(void **state) {
    (void)state;
    char text[1024];
    snprintf(text, sizeof text,
             "%sevents:\n  - { at_s: 2, link: edge-sky, down_s: 1.5 }\n"
             "  - { at_s: 5, node: sky, down_s: 3 }\n",
             yaml);
    struct rig *rig = setup("cloud-only", text);
    run(rig);
    check_all(rig);
    int64_t lost = 0, late = 0;
    for (int s = 0; s < STREAMS; s++)
        for (int64_t k = 0; k < rig->result.stream[s].frames; k++) {
            lost += rig->told[s][k].outcome == WEIR_OUTCOME_UNREACHABLE;
            late += rig->told[s][k].outcome == WEIR_OUTCOME_LATE;
        }
    assert_true(lost > 10); /* the node's */
    assert_true(late > 10); /* the link's, on which nothing is sent in vain */
    done(rig);
}

static void test_watching_changes_nothing(void **state) {
    (void)state;
    struct rig *rig = setup("weir", yaml), *unseen = setup("weir", yaml),
               *half = setup("weir", yaml);
    unseen->conf.observer = NULL;
    half->observer = (struct sim_observer){0}; /* either may be NULL */
    run(rig);
    run(unseen);
    run(half);
    for (int s = 0; s < STREAMS; s++) {
        const size_t size = (size_t)rig->result.stream[s].frames * sizeof(struct sim_frame);
        assert_memory_equal(rig->result.stream[s].frame, unseen->result.stream[s].frame, size);
        assert_memory_equal(rig->result.stream[s].frame, half->result.stream[s].frame, size);
    }
    done(rig);
    done(unseen);
    done(half);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_is_told_from_source_to_outcome),
        cmocka_unit_test(test_a_carried_frame_is_told_as_it_leaves),
        cmocka_unit_test(test_what_is_lost_or_given_up_is_told_too),
        cmocka_unit_test(test_watching_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
