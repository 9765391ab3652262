/* What audits take of links and slots, where they go, and what is told of them. */
#include <string.h>

#include "sim/small_world.h"
#include "support/support.h"

/* What the last run told. */
static struct { int audited, nothing_shown, compared; } told;
static int others; /* that a frame is to be compared in, besides: the first settings */

static bool always(struct sim_content *content, int stream, int64_t frame) {
    (void)content;
    (void)stream;
    (void)frame;
    return true;
}

static int compares(struct sim_content *content, int stream, int setting, int reference,
                    int ret_setting[SIM_COMPARED_MAX]) {
    (void)content;
    (void)stream;
    assert_true(setting >= -1 && reference >= 0);
    for (int i = 0; i < others; i++)
        ret_setting[i] = i;
    return others;
}

static void audited(struct sim_content *content, int stream, int64_t frame,
                    const struct sim_audit *audit, int64_t now_ns) {
    (void)content;
    (void)stream;
    (void)frame;
    assert_true(now_ns > 0 && audit->auditor >= 0);
    told.audited++;
    told.nothing_shown += audit->shown < 0;
    told.compared += audit->compares;
}

static struct small_world *audited_world(const char *strategy, const char *links) {
    static const char nodes[] = "nodes:\n"
                                "  edge-1: { tier: edge, slots: 2, slowdown: 4 }\n"
                                "  edge-2: { tier: edge, slots: 2, slowdown: 4 }\n"
                                "  cloud: { tier: cloud, slots: 4, slowdown: 0.5 }\n"
                                "links:\n";
    struct weir_buf text = {0};
    weir_buf_printf(&text, "%s%s", nodes, links);
    struct small_world *w =
        small_world_at(weir_buf_str(&text), 2, 2, weir_strategy_find(strategy), NULL);
    weir_buf_done(&text);
    w->content.audits = always;
    w->content.compares = compares;
    w->content.audited = audited;
    memset(&told, 0, sizeof told);
    others = 0;
    return w;
}

/* One that has run; so many settings were compared in each audit. */
static struct small_world *audited_run(const char *strategy, const char *links, int compares) {
    struct small_world *w = audited_world(strategy, links);
    others = compares;
    small_world_run(w);
    return w;
}

#define WIDE                                                                                       \
    "  - { from: edge-1, to: cloud, mbit_per_s: 100, rtt_ms: 20 }\n"                               \
    "  - { from: edge-2, to: cloud, mbit_per_s: 100, rtt_ms: 20 }\n"
#define NARROW                                                                                     \
    "  - { from: edge-1, to: cloud, mbit_per_s: 2, rtt_ms: 20 }\n"                                 \
    "  - { from: edge-2, to: cloud, mbit_per_s: 2, rtt_ms: 20 }\n"

static void test_audits_keep_to_their_share_of_a_link(void **state) {
    (void)state;
    struct small_world *w = audited_run("edge-only", WIDE, 0);
    /* A tenth of two links of 100 Mbit/s for 20 s; every frame would be 46 MB. */
    assert_true(w->result.audit_bytes > 10000000);
    assert_true(w->result.audit_bytes < 1.1 * 0.1 * 2 * 100e6 / 8 * 20);
    assert_true(told.audited > 0 && told.audited <= w->result.audits);
    assert_int_equal(told.nothing_shown, 0);
    small_world_free(w);
}

static void test_audits_keep_to_their_share_of_slots(void **state) {
    (void)state;
    struct small_world *w = audited_run("edge-only", WIDE, 3);
    assert_int_equal(told.compared, 3 * told.audited);
    assert_true(w->result.audit_ns < 0.55 * 4 * 20e9); /* of the cloud's four slots */
    small_world_free(w);
}

static void test_where_the_link_is_narrow_they_stay_at_home(void **state) {
    (void)state;
    struct small_world *w = audited_run("edge-only", NARROW, 1);
    assert_true(told.audited > 0);
    assert_int_equal(w->result.audit_bytes, 0);
    small_world_free(w);
}

static void test_a_picture_that_is_there_is_not_sent_again(void **state) {
    (void)state;
    struct small_world *w = audited_run("cloud-only", WIDE, 1);
    assert_true(told.audited > 0);
    assert_int_equal(w->result.audit_bytes, 0);
    small_world_free(w);
    w = audited_run("cloud-only", WIDE,
                    0); /* and where nothing is to be compared nothing is done */
    assert_int_equal(w->result.audits, 0);
    small_world_free(w);
}

/* Adds one setting that is for audits alone: the widest JPEG at the cloud, enlarged there. */
static void enlarge(struct small_world *w) {
    const int extra = w->conf.settings;
    int from = -1;
    for (int i = 0; i < extra; i++)
        if (w->setting[i].node == 2 && w->setting[i].travel == WEIR_TRAVEL_JPEG &&
            (from < 0 || w->setting[i].width > w->setting[from].width))
            from = i;
    assert_true(from >= 0 && extra < SMALL_SETTINGS);
    w->setting[extra] = w->setting[from];
    w->setting[extra].width = 3 * w->setting[from].width / 2;
    w->setting[extra].height = 3 * w->setting[from].height / 2;
    w->cost[extra] = w->cost[from];
    w->cost[extra].infer_ns *= 2;
    w->conf.audit_settings = 1;
    for (int i = 0; i < w->conf.streams; i++)
        w->stream[i].audit_width = w->setting[extra].width;
}

static int64_t enlarged_audits;
static void audited_enlarged(struct sim_content *content, int stream, int64_t frame,
                             const struct sim_audit *audit, int64_t now_ns) {
    audited(content, stream, frame, audit, now_ns);
    enlarged_audits += audit->auditor != audit->shown;
}

/* What is enlarged is so where it is analysed: who has sent the picture there sends it once. */
static void test_an_enlarged_picture_is_not_sent_again(void **state) {
    (void)state;
    struct small_world *w = audited_world("cloud-only", WIDE);
    enlarge(w);
    enlarged_audits = 0;
    w->content.audited = audited_enlarged;
    small_world_run(w);
    assert_true(told.audited > 0);
    assert_int_equal(enlarged_audits, told.audited);
    assert_int_equal(w->result.audit_bytes, 0);
    assert_true(w->result.audit_ns > 0);
    for (int i = 0; i < w->conf.streams; i++) /* nobody is served by it */
        for (int64_t k = 0; k < w->result.stream[i].frames; k++)
            assert_true(w->result.stream[i].frame[k].setting < w->conf.settings);
    small_world_free(w);
    w = audited_world("edge-only", WIDE);
    enlarge(w);
    small_world_run(w);
    assert_true(told.audited > 0);
    assert_true(w->result.audit_bytes > 0);
    small_world_free(w);
}

static int drop(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    (void)state;
    (void)frame;
    return WEIR_DROP;
}

static void test_what_is_dropped_is_audited_too(void **state) {
    (void)state;
    const struct weir_strategy dropper = {
        .version = WEIR_STRATEGY_VERSION, .name = "dropper", .about = "drops", .choose = drop};
    struct small_world *w = audited_world("edge-only", WIDE);
    w->conf.strategy = &dropper;
    small_world_run(w);
    assert_true(told.audited > 0);
    assert_int_equal(told.nothing_shown, told.audited);
    small_world_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audits_keep_to_their_share_of_a_link),
        cmocka_unit_test(test_audits_keep_to_their_share_of_slots),
        cmocka_unit_test(test_where_the_link_is_narrow_they_stay_at_home),
        cmocka_unit_test(test_a_picture_that_is_there_is_not_sent_again),
        cmocka_unit_test(test_an_enlarged_picture_is_not_sent_again),
        cmocka_unit_test(test_what_is_dropped_is_audited_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
