/*
 * weir sim as a user runs it, on a small table made up here: two clips of 100 frames at 10 fps with
 * four people in each. The large model finds all of them at 640 pixels and three at 320, the small
 * one three and two.
 */
#include "cli/program.h"
#include "cli/xml.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/table.h"

enum { FRAMES = 100, PEOPLE = 4, MODELS = 2, WIDTHS = 2, TRAVELS = 3, CLIPS = 2 };
enum { SETTINGS = MODELS * WIDTHS * TRAVELS };

static const char site[] = "site: small\n"
                           "nodes:\n"
                           "  edge: { tier: edge, slowdown: 4 }\n"
                           "  core: { tier: core, slowdown: 2 }\n"
                           "  sky: { tier: cloud, slots: 2, slowdown: 0.5 }\n"
                           "links:\n"
                           "  - { from: edge, to: core, mbit_per_s: 50, rtt_ms: 2 }\n"
                           "  - { from: core, to: sky, mbit_per_s: 20, rtt_ms: 30 }\n";

#define SCENARIO(floor, deadline)                                                                  \
    "scenario: small\n"                                                                            \
    "site: small.site.yaml\n"                                                                      \
    "table: small.table\n"                                                                         \
    "seconds: 5\nwarm_up_s: 1\nwindow_s: 2\nseeds: 2\nusers: [1, 3]\n"                             \
    "cameras: { nodes: [edge], clips: [gate, yard], rate_fps: 10, jitter_ms: 5 }\n"                \
    "slo: { deadline_ms: " deadline ", min_accuracy: " floor " }\n"                                \
    "reference: { model: street_m, width: 640 }\n"
#define GOOD SCENARIO("0.8", "150")

static char models[4200];
static const char *const env[] = {models, NULL};

static struct sim_table_box person(int k, int i) {
    float x = (float)(20 + 150 * i + k % 20 * 2);
    return sim_table_pack(
        &(struct weir_box){.x0 = x, .y0 = 100, .x1 = x + 40, .y1 = 180, .score = 1});
}

/* The people that a setting finds. */
static int found(int setting) {
    return PEOPLE - setting / (WIDTHS * TRAVELS) - setting / TRAVELS % WIDTHS;
}

static void write_table(const char *name, const char *first_model) {
    static uint32_t bytes[SETTINGS * FRAMES], ends[(SETTINGS + 1) * FRAMES];
    static struct sim_table_box box[(SETTINGS + 1) * FRAMES * PEOPLE];
    static struct sim_table_setting setting[SETTINGS];
    static const char person_class[1][SIM_TABLE_NAME] = {"person"};
    char names[MODELS][SIM_TABLE_NAME] = {"", "street_n"};
    struct weir_error err = {0};
    uint32_t len = 0;
    snprintf(names[0], sizeof names[0], "%s", first_model);
    for (int s = 0; s <= SETTINGS; s++)
        for (int k = 0; k < FRAMES; k++) {
            for (int i = 0; i < (s < SETTINGS ? found(s) : PEOPLE); i++)
                box[len++] = person(k, i);
            ends[s * FRAMES + k] = len;
        }
    for (int s = 0; s < SETTINGS; s++) {
        const int model = s / (WIDTHS * TRAVELS), narrow = s / TRAVELS % WIDTHS,
                  travel = s % TRAVELS;
        setting[s] = (struct sim_table_setting){
            .model = (uint16_t)model,
            .width = narrow ? 320 : 640,
            .height = narrow ? 180 : 360,
            .travel = (uint8_t)travel,
            .quality = travel == WEIR_TRAVEL_JPEG ? 80
                       : travel                   ? 28
                                                  : 0,
            .reduce_ns = narrow ? 200000 : 0,
            .encode_ns = travel ? 500000 : 0,
            .decode_ns = travel ? 400000 : 0,
            .infer_ns = (model ? 4000000u : 12000000u) / (narrow ? 3 : 1),
        };
        for (int k = 0; k < FRAMES; k++)
            bytes[s * FRAMES + k] =
                travel
                    ? (travel == WEIR_TRAVEL_JPEG ? 40000u : 9000u) / (narrow ? 3 : 1) + (uint32_t)k
                    : 0;
    }
    struct sim_table_draft draft[CLIPS];
    for (int c = 0; c < CLIPS; c++) {
        draft[c] = (struct sim_table_draft){
            {.frames = FRAMES, .width = 640, .height = 360, .rate_fps = 10, .boxes = len},
            bytes,
            ends,
            box};
        snprintf(draft[c].clip.name, sizeof draft[c].clip.name, "%s", c ? "yard" : "gate");
    }
    const struct sim_table shape = {.model = (const char(*)[SIM_TABLE_NAME])names,
                                    .class_name = person_class,
                                    .setting = setting,
                                    .models = MODELS,
                                    .classes = 1,
                                    .settings = SETTINGS,
                                    .clips = CLIPS,
                                    .machine = "a <test> & \"more\""};
    if (sim_table_write(test_path(dir, name), &shape, draft, &err))
        fail_msg("%s", err.text);
}

static int make_documents(void **state) {
    make_dir(state);
    snprintf(models, sizeof models, "WEIR_MODELS=%s", test_source("models"));
    write_text("small.site.yaml", site);
    write_text("small.yaml", GOOD);
    write_table("small.table", "street_m");
    return 0;
}

/* Runs it in the folder of the documents; returns the exit code. */
static int sim_list(struct program *p, const char *const *args) {
    *p = (struct program){.env = env, .cwd = dir};
    return program_run(p, args);
}
#define SIM(p, ...) sim_list(p, (const char *const[]){"sim", __VA_ARGS__, "--quiet", NULL})

static json_t *rows_of(const struct program *p, json_t **ret_root) {
    *ret_root = program_json(p);
    json_t *rows = json_object_get(*ret_root, "rows");
    assert_true(json_is_array(rows));
    return rows;
}

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static void test_every_row_has_every_key(void **state) {
    static const char *const keys[] = {"scenario",
                                       "variant",
                                       "strategy",
                                       "users",
                                       "seeds",
                                       "latency_ms",
                                       "age_ms",
                                       "on_time",
                                       "f1",
                                       "compliance",
                                       "compute_s",
                                       "outcomes",
                                       "below_floor",
                                       "times_bound",
                                       "jain",
                                       "accuracy_source",
                                       "accuracy_relative",
                                       "times_hindsight",
                                       "speedup_measure",
                                       "uplink_mbit_per_s",
                                       "speedup_vs_cloud_only",
                                       "speedup_vs_best_static"};
    struct program p;
    json_t *root, *row;
    size_t i;
    if (SIM(&p, "small.yaml", "--json", "--hindsight-seeds", "1"))
        fail_msg("%s", weir_buf_str(&p.err));
    json_t *rows = rows_of(&p, &root);
    assert_true(json_array_size(rows) >= 2 * 5); /* users, strategies but static */
    json_array_foreach(rows, i, row) {
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            if (!json_object_get(row, keys[k]))
                fail_msg("row %zu has no %s", i, keys[k]);
        assert_int_equal(json_object_size(row), sizeof keys / sizeof *keys);
        assert_string_equal(json_string_value(json_object_get(row, "scenario")), "small");
        assert_true(json_is_null(json_object_get(row, "variant")));
        const json_t *latency = json_object_get(row, "latency_ms");
        assert_true(number(latency, "p50") <= number(latency, "p95"));
        assert_true(number(latency, "p95") <= number(latency, "p99"));
        /* the bound is one of latency */
        if (!strcmp(json_string_value(json_object_get(row, "speedup_measure")), "age"))
            assert_true(json_is_null(json_object_get(row, "times_bound")));
        else
            assert_true(number(row, "times_bound") > 0);
        assert_true(number(row, "accuracy_relative") > 0.5);
        assert_int_equal(json_object_size(json_object_get(row, "compute_s")), 3);
    }
    json_decref(root);
    program_done(&p);
}

/* 4 of 5 seconds at 10 fps count, with 2 seeds. Each user's frame 9 is the last before, by phases
 * of 18 to 87 ms with these seeds: jitter, up to 5 ms, carries none over the end of the warm-up. */
static void test_outcomes_add_up_to_the_frames_that_were_due(void **state) {
    struct program p;
    json_t *root, *row, *count;
    const char *name;
    size_t i;
    assert_int_equal(SIM(&p, "small.yaml", "--json", "--no-hindsight"), 0);
    json_t *rows = rows_of(&p, &root);
    json_array_foreach(rows, i, row) {
        int64_t sum = 0, users = json_number(row, "users");
        json_object_foreach(json_object_get(row, "outcomes"), name, count) sum +=
            json_integer_value(count);
        assert_int_equal(sum, 2 * 40 * users);
        const json_t *held = json_object_get(row, "compliance");
        assert_int_equal(json_number(held, "n"), 2 * 2 * users); /* windows of two seconds */
        assert_true(json_number(held, "k") <= json_number(held, "n"));
        assert_true(json_is_null(json_object_get(row, "times_hindsight")));
        if (!strcmp(json_string_value(json_object_get(row, "strategy")), "cloud-only"))
            assert_true(number(row, "speedup_vs_cloud_only") == 0);
    }
    json_decref(root);
    program_done(&p);
}

static void test_the_same_seeds_give_the_same_bytes_on_any_number_of_threads(void **state) {
    struct program p, q, other;
    assert_int_equal(SIM(&p, "small.yaml", "--json", "--threads", "1", "--hindsight-seeds", "1"),
                     0);
    assert_int_equal(SIM(&q, "small.yaml", "--json", "--threads", "3", "--hindsight-seeds", "1"),
                     0);
    assert_string_equal(weir_buf_str(&p.out), weir_buf_str(&q.out));
    assert_int_equal(SIM(&other, "small.yaml", "--json", "--seeds", "1", "--no-hindsight"), 0);
    assert_string_not_equal(weir_buf_str(&p.out), weir_buf_str(&other.out));
    program_done(&p);
    program_done(&q);
    program_done(&other);
}

static void no_line_is_longer_than(const struct weir_buf *text, size_t columns) {
    for (const char *at = weir_buf_str(text); *at;) {
        size_t len = strcspn(at, "\n");
        if (len > columns)
            fail_msg("%zu columns: %.*s", len, (int)len, at);
        at += len + (at[len] == '\n');
    }
}

static void test_the_table_fits_a_terminal_and_says_what_it_says(void **state) {
    struct program p;
    assert_int_equal(SIM(&p, "small.yaml", "--strategies",
                         "cloud-only,static:node=edge,width=320,weir", "--users", "1,3",
                         "--hindsight-seeds", "1"),
                     0);
    program_says(&p.out, "small: site small, cameras at edge, 10 frames a second\n");
    program_says(&p.out, "\n1 user\n  cloud-only ");
    program_says(&p.out, "\n3 users\n  cloud-only ");
    program_says(&p.out, "\n  static:node=edge,width=320\n");
    program_says(&p.out, "   rel.     F1 held % ");
    program_says(&p.out, " lat   +0.0 ");
    program_says(&p.out, "*");
    program_says(&p.out, "could be");
    no_line_is_longer_than(&p.out, 100);
    program_done(&p);
}

/* The cell of a row's column, counted in words behind the strategy's name. */
static void cell_is(const struct weir_buf *out, const char *strategy, int column,
                    const char *expected) {
    const char *at = strstr(weir_buf_str(out), strategy);
    assert_non_null(at);
    at += strlen(strategy);
    for (int i = 0; i < column; i++) {
        at += strspn(at, " ");
        at += strcspn(at, " \n");
    }
    at += strspn(at, " ");
    if (strncmp(at, expected, strlen(expected)) != 0)
        fail_msg("found %.20s; expected %s", at, expected);
}

/* Nearly nothing comes through: what a viewer sees grows as old as the run. */
static void
test_a_row_that_lost_frames_is_compared_by_age_in_seconds_where_it_is_large(void **state) {
    enum { AGE = 2, BY = 8 };
    struct program p;
    write_text("thin.site.yaml", "nodes:\n  edge: { tier: edge, slowdown: 4 }\n"
                                 "  sky: { tier: cloud }\nlinks:\n"
                                 "  - { from: edge, to: sky, mbit_per_s: 1.5, rtt_ms: 30 }\n");
    write_text("thin.yaml", GOOD "variants: { thin: { site: thin.site.yaml } }\n");
    if (SIM(&p, "thin.yaml", "--variant", "thin", "--users", "1", "--seconds", "90", "--seeds", "1",
            "--strategies", "cloud-only,edge-only", "--hindsight-seeds", "1", "--best-effort"))
        fail_msg("%s", weir_buf_str(&p.err));
    no_line_is_longer_than(&p.out, 100);
    cell_is(&p.out, "\n  cloud-only", AGE, "44."); /* until the end, 89 s after the warm-up's */
    program_says(&p.out, "s    0.0  ");
    cell_is(&p.out, "\n  cloud-only", BY, "age");
    cell_is(&p.out, "\n  edge-only", BY, "age");
    program_says(&p.out, "by: what is compared: latency (lat), or age where");
    program_done(&p);
    /* with nothing to compare with, there is nothing to say */
    assert_int_equal(
        SIM(&p, "small.yaml", "--users", "1", "--strategies", "edge-only", "--no-hindsight"), 0);
    cell_is(&p.out, "\n  edge-only", BY, "- ");
    program_done(&p);
}

static void test_what_is_dropped_is_told(void **state) {
    struct program p;
    write_text("slow.site.yaml", "nodes:\n  edge: { tier: edge, slowdown: 4 }\n"
                                 "  sky: { tier: cloud }\nlinks:\n"
                                 "  - { from: edge, to: sky, mbit_per_s: 4, rtt_ms: 30 }\n");
    write_text("slow.yaml", GOOD "variants: { slow: { site: slow.site.yaml } }\n");
    assert_int_equal(SIM(&p, "slow.yaml", "--variant", "slow", "--strategies", "cloud-only",
                         "--users", "3", "--no-hindsight"),
                     0);
    program_says(&p.out, "small, slow: site site");
    program_says(&p.out, "dropped\n  cloud-only, 3 users: ");
    program_done(&p);
}

static void test_variants_are_run_one_after_the_other(void **state) {
    struct program p;
    json_t *root;
    write_text("two.yaml", GOOD "variants: { calm: { slo: { deadline_ms: 400 } } }\n");
    assert_int_equal(SIM(&p, "two.yaml", "--variant", "all", "--strategies", "greedy", "--users",
                         "2", "--no-hindsight", "--json"),
                     0);
    json_t *rows = rows_of(&p, &root);
    assert_int_equal(json_array_size(rows), 2);
    assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "variant")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 1), "variant")),
                        "calm");
    /* the same chance, and nothing was late: the same frames the same way */
    assert_true(number(json_object_get(json_array_get(rows, 0), "latency_ms"), "mean") > 0);
    assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "speedup_vs_cloud_only")));
    json_decref(root);
    program_done(&p);
}

static void test_a_strategy_that_cannot_run_there_is_left_out_unless_it_was_named(void **state) {
    struct program p;
    json_t *root;
    write_text("low.site.yaml", "nodes:\n  edge: { tier: edge, slowdown: 2 }\n"
                                "  box: { tier: core }\nlinks:\n"
                                "  - { from: edge, to: box, mbit_per_s: 40, rtt_ms: 3 }\n");
    write_text("low.yaml", GOOD "variants: { low: { site: low.site.yaml } }\n");
    assert_int_equal(SIM(&p, "low.yaml", "--variant", "low", "--no-hindsight", "--json"), 0);
    json_t *out = (rows_of(&p, &root), json_object_get(root, "left_out"));
    assert_true(json_array_size(out) >= 2); /* cloud-only and cloud-floor */
    assert_string_equal(json_string_value(json_object_get(json_array_get(out, 0), "reason")),
                        "cloud-only: the site has no node of tier cloud");
    json_decref(root);
    program_done(&p);
    assert_int_equal(SIM(&p, "low.yaml", "--variant", "low", "--strategies", "cloud-only"), 2);
    program_says(&p.err, "low: strategy cloud-only: the site has no node of tier cloud");
    program_done(&p);
}

static void test_progress_says_what_runs_now_on_a_terminal_only(void **state) {
    struct program p = {.env = env, .cwd = dir, .columns = 132};
    assert_int_equal(PROGRAM(&p, "sim", "small.yaml", "--users", "1,3", "--strategies",
                             "greedy,weir", "--hindsight-seeds", "1", "--threads", "1"),
                     0);
    program_says(&p.out, "\r\033[K[------------------------]   0%  0 of 10 runs; now hindsight, 1 "
                         "user, seed 1");
    const char *table = strstr(weir_buf_str(&p.out), "small: site small");
    assert_non_null(table);
    assert_null(strstr(table, "runs; now"));
    program_done(&p);
    struct program q = {.env = env, .cwd = dir};
    assert_int_equal(
        PROGRAM(&q, "sim", "small.yaml", "--users", "1", "--strategies", "weir", "--no-hindsight"),
        0);
    assert_int_equal(q.err.len, 0);
    program_done(&q);
}

/* ---- one run, one frame ------------------------------------------------------- */

#define ONE "--strategies", "weir", "--users", "2", "--seeds", "1", "--no-hindsight"

static void test_a_trace_is_json_and_has_every_frame_from_capture_to_outcome(void **state) {
    struct program p;
    json_error_t why;
    json_t *event;
    size_t i;
    char seen[2][50] = {{0}};
    int slots = 0, names = 0;
    if (SIM(&p, "small.yaml", ONE, "--trace", "out.json"))
        fail_msg("%s", weir_buf_str(&p.err));
    json_t *root = json_load_file(test_path(dir, "out.json"), 0, &why);
    if (!root)
        fail_msg("line %d: %s", why.line, why.text);
    json_array_foreach(json_object_get(root, "traceEvents"), i, event) {
        const char *ph = json_string_value(json_object_get(event, "ph")),
                   *name = json_string_value(json_object_get(event, "name")),
                   *cat = json_string_value(json_object_get(event, "cat"));
        const json_t *args = json_object_get(event, "args");
        assert_true(json_number(event, "pid") >= 1 && json_number(event, "pid") <= 3);
        names += !strcmp(ph, "M") && !strcmp(name, "process_name");
        if (!strcmp(ph, "X")) {
            assert_true(number(event, "dur") >= 0 && number(event, "ts") >= 0);
            slots += !strcmp(cat, "slot");
        }
        if (strcmp(ph, "e") || strcmp(name, "frame"))
            continue;
        int stream = cat[strlen("user-")] - '0';
        int64_t frame = json_number(args, "frame");
        assert_true(stream < 2 && frame >= 0 && frame < 50);
        assert_string_equal(json_string_value(json_object_get(args, "outcome")), "detect");
        seen[stream][frame]++;
    }
    for (int s = 0; s < 2; s++)
        for (int k = 0; k < 49; k++) /* the 50th is due within the run or just after */
            if (seen[s][k] != 1)
                fail_msg("frame %d of user %d is there %d times", k, s, seen[s][k]);
    assert_int_equal(names, 3);
    assert_true(slots >= 98);
    json_decref(root);
    program_done(&p);
}

static void test_a_frame_is_explained(void **state) {
    struct program p, q;
    if (SIM(&p, "small.yaml", ONE, "--explain", "user-1:20", "--explain-all"))
        fail_msg("%s", weir_buf_str(&p.err));
    SAYS_ALL(&p.out, "small: user-1 at edge, frame 20, due at ", "deadline 150 ms, floor 0.8",
             "street_m 640x360 at edge", "street_n 320x180 jpeg 80 at sky", "  taken: the plan's\n",
             "below the floor by ", "slower by ", "came of it: detect after ");
    /* a way for each of the reference's nodes, as it is or coded: 4 at the edge, 16 elsewhere */
    size_t ways = 0;
    for (const char *at = weir_buf_str(&p.out); (at = strstr(at, " street_")); at++)
        ways++;
    assert_int_equal(ways, 4 + 2 * 8);
    assert_int_equal(SIM(&q, "small.yaml", ONE, "--explain", "1:20", "--explain-all"), 0);
    assert_string_equal(weir_buf_str(&p.out), weir_buf_str(&q.out));
    program_says_not(&p.out, "--explain-all");
    no_line_is_longer_than(&p.out, 120);
    program_done(&p);
    program_done(&q);
}

/* What was taken is the first; what is below the floor is told by node. */
static void test_of_a_frame_what_could_have_been_taken_comes_first(void **state) {
    struct program p;
    if (SIM(&p, "small.yaml", ONE, "--explain", "user-1:20"))
        fail_msg("%s", weir_buf_str(&p.err));
    SAYS_ALL(&p.out, "95%", " why\n* street_", "below the floor at edge, by ",
             "below the floor at core, by ", "below the floor at sky, by ",
             "  (--explain-all lists them, too)\n");
    program_says_not(&p.out, "  below the floor by "); /* in no row of its own */
    assert_true(line_count(weir_buf_str(&p.out)) < 24);
    program_done(&p);
}

static void test_a_frame_that_is_not_there_is_not_explained(void **state) {
    struct program p;
    assert_int_equal(SIM(&p, "small.yaml", ONE, "--explain", "user-2:20"), 2);
    program_says(&p.err, "--explain: found 'user-2:20'; allowed: STREAM:FRAME, such as user-1:250");
    program_done(&p);
    assert_int_equal(SIM(&p, "small.yaml", ONE, "--explain", "0:5x"), 2);
    program_done(&p);
    assert_int_equal(SIM(&p, "small.yaml", ONE, "--explain", "0:999"), 2);
    program_says(&p.err, "--explain: found frame 999; allowed: 0 to 49 of user-0");
    program_done(&p);
}

/* ---- frames in between -------------------------------------------------------------- */

static void test_skipping_is_told_apart(void **state) {
    struct program all, half, text;
    json_t *root[2];
    assert_int_equal(SIM(&all, "small.yaml", "--json", "--no-hindsight"), 0);
    assert_int_equal(SIM(&half, "small.yaml", "--json", "--no-hindsight", "--skip", "2"), 0);
    json_t *rows[2] = {rows_of(&all, &root[0]), rows_of(&half, &root[1])};
    assert_int_equal(json_array_size(rows[0]), json_array_size(rows[1]));
    for (size_t i = 0; i < json_array_size(rows[0]); i++) {
        const json_t *a = json_array_get(rows[0], i), *b = json_array_get(rows[1], i),
                     *outcomes = json_object_get(b, "outcomes"),
                     *carried = json_object_get(b, "carried_ms");
        const double users = number(a, "users");
        assert_null(json_object_get(a, "skip"));
        assert_null(json_object_get(a, "carried_ms"));
        assert_null(json_object_get(json_object_get(a, "outcomes"), "track"));
        assert_int_equal(json_number(b, "skip"), 2);
        assert_float_equal(number(outcomes, "track"), 2 * 20 * users, 2 * users);
        assert_true(number(carried, "mean") >= 95 && number(carried, "p95") < 1000);
        if (strcmp(json_string_value(json_object_get(b, "strategy")), "cloud-only"))
            continue; /* others have more to choose from now */
        assert_true(number(b, "accuracy_relative") <= number(a, "accuracy_relative"));
        assert_float_equal(number(b, "uplink_mbit_per_s") / number(a, "uplink_mbit_per_s"), 0.5,
                           0.03);
    }
    assert_int_equal(SIM(&text, "small.yaml", "--no-hindsight", "--strategies", "weir", "--users",
                         "3", "--skip", "2"),
                     0);
    SAYS_ALL(&text.out, ", 10 frames a second\nskip 2: one frame of 2 is detected, and ",
             "\ncarried\n  weir, 3 users: 50.00% of all frames, what was detected ");
    json_decref(root[0]);
    json_decref(root[1]);
    program_done(&all);
    program_done(&half);
    program_done(&text);
}

static void test_to_skip_nothing_changes_nothing(void **state) {
    struct program p, q;
    write_text("one.yaml", GOOD "skip: 1\n");
    assert_int_equal(SIM(&p, "small.yaml", "--hindsight-seeds", "1", "--report", "p.html"), 0);
    assert_int_equal(SIM(&q, "one.yaml", "--hindsight-seeds", "1", "--report", "q.html"), 0);
    assert_string_equal(weir_buf_str(&p.out), weir_buf_str(&q.out));
    struct weir_buf page = file_text(test_path(dir, "p.html")),
                    same = file_text(test_path(dir, "q.html"));
    assert_string_equal(weir_buf_str(&page), weir_buf_str(&same));
    program_says_not(&page, "<dt>skip</dt>");
    weir_buf_done(&page);
    weir_buf_done(&same);
    program_done(&q);
    write_text("three.yaml", GOOD "skip: 3\n"); /* a flag wins */
    assert_int_equal(SIM(&q, "three.yaml", "--hindsight-seeds", "1", "--skip", "1"), 0);
    assert_string_equal(weir_buf_str(&p.out), weir_buf_str(&q.out));
    program_done(&p);
    program_done(&q);
}

static void test_a_variant_may_skip(void **state) {
    struct program p;
    json_t *root;
    write_text("half.yaml", GOOD "variants: { half: { skip: 2 }, tenth: { skip: 10 } }\n");
    if (SIM(&p, "half.yaml", "--variant", "all", "--strategies", "greedy", "--users", "1", "--json",
            "--hindsight-seeds", "1"))
        fail_msg("%s", weir_buf_str(&p.err));
    json_t *rows = rows_of(&p, &root);
    assert_int_equal(json_array_size(rows), 3);
    assert_null(json_object_get(json_array_get(rows, 0), "skip"));
    assert_int_equal(json_number(json_array_get(rows, 1), "skip"), 2);
    assert_int_equal(json_number(json_array_get(rows, 2), "skip"), 10);
    for (int i = 0; i < 3; i++)
        assert_true(number(json_array_get(rows, (size_t)i), "times_hindsight") > 0.9);
    json_decref(root);
    program_done(&p);
    assert_int_equal(SIM(&p, "half.yaml", "--variant", "all", "--strategies", "greedy",
                         "--no-hindsight", "--report", "half.html"),
                     0);
    struct weir_buf page = file_text(test_path(dir, "half.html"));
    xml_well_formed(weir_buf_str(&page));
    SAYS_ALL(&page, "<dt>skip</dt><dd>one frame of 2 is", "<dt>skip</dt><dd>one frame of 10 is",
             "<th>track</th>", "<i class=\"track\"></i>track");
    program_says_not(&page, "nan");
    weir_buf_done(&page);
    program_done(&p);
}

static void test_a_carried_frame_is_explained_by_what_it_was_carried_from(void **state) {
    struct program p;
    if (SIM(&p, "small.yaml", ONE, "--skip", "4", "--explain", "user-1:22", "--trace", "four.json"))
        fail_msg("%s", weir_buf_str(&p.err));
    SAYS_ALL(&p.out, "small: user-1 at edge, frame 22, due at ",
             "not detected: skip 4, one frame of 4 is; the tracker carried the boxes of frame 20, ",
             " ms before, the last whose result was there\n");
    program_says_not(&p.out, "taken");
    program_done(&p);
    struct weir_buf trace = file_text(test_path(dir, "four.json"));
    program_says(&trace, "\"frame\":22,\"outcome\":\"track\"");
    program_says(&trace, "\"frame\":24,\"outcome\":\"detect\"");
    weir_buf_done(&trace);
    assert_int_equal(SIM(&p, "small.yaml", ONE, "--skip", "4", "--explain", "1:24"), 0);
    SAYS_ALL(&p.out, "frame 24, due at ", "taken", "came of it: detect after ");
    program_done(&p);
}

static void test_a_carried_frame_with_nothing_before_it_says_so(void **state) {
    struct program p;
    write_text("apart.site.yaml",
               "site: apart\nnodes:\n"
               "  edge: { tier: edge, slowdown: 4 }\n"
               "  sky: { tier: cloud, slots: 2, slowdown: 0.5 }\n"
               "links:\n  - { from: edge, to: sky, mbit_per_s: 20, rtt_ms: 30 }\n"
               "events: [ { at_s: 0, link: edge-sky, down_s: 100 } ]\n");
    write_text("apart.yaml", GOOD "variants: { apart: { site: apart.site.yaml } }\n");
    assert_int_equal(SIM(&p, "apart.yaml", "--variant", "apart", "--strategies", "cloud-only",
                         "--users", "1", "--seeds", "1", "--skip", "2", "--explain", "0:21",
                         "--no-hindsight", "--best-effort"),
                     0);
    program_says(&p.out, "not detected: skip 2, one frame of 2 is; the tracker had nothing to "
                         "carry yet\n");
    program_done(&p);
    assert_int_equal(SIM(&p, "apart.yaml", "--variant", "apart", "--strategies", "cloud-only",
                         "--users", "1", "--skip", "2", "--no-hindsight", "--best-effort"),
                     0);
    program_says(&p.out, "50.00% of all frames, nothing was ever detected\n");
    program_done(&p);
    assert_int_equal(SIM(&p, "small.yaml", ONE, "--skip", "2", "--explain", "0:999"), 2);
    program_says(&p.err, "--explain: found frame 999; allowed: 0 to ");
    program_done(&p);
}

/* ---- a page -------------------------------------------------------------------- */

static const char *const in_the_box[] = {"cloud-only", "cloud-floor", "edge-only", "greedy",
                                         "houmani21",  "awstream",    "weir"};

static void test_a_report_is_one_page_that_needs_nothing_else(void **state) {
    static const char *const nowhere[] = {"http",  "src=", "@import", "url(",
                                          "<link", "nan",  "inf "};
    struct program p, q;
    if (SIM(&p, "small.yaml", "--hindsight-seeds", "1", "--report", "out.html"))
        fail_msg("%s", weir_buf_str(&p.err));
    assert_int_equal(SIM(&q, "small.yaml", "--hindsight-seeds", "1"), 0);
    assert_string_equal(weir_buf_str(&p.out), weir_buf_str(&q.out)); /* the same beside it */
    struct weir_buf page = file_text(test_path(dir, "out.html"));
    xml_well_formed(weir_buf_str(&page));
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
        program_says_not(&page, nowhere[i]);
    for (size_t i = 0; i < sizeof in_the_box / sizeof *in_the_box; i++) {
        char text[64];
        snprintf(text, sizeof text, "<th class=\"w\">%s</th>", in_the_box[i]);
        program_says(&page, text);
        snprintf(text, sizeof text, "<title>%s, 3 users: ", in_the_box[i]);
        program_says(&page, text);
    }
    program_says(&page, "<dt>deadline</dt><dd>150 ms");
    program_says(&page, "<dt>floor</dt><dd>F1 at least 0.8 times");
    program_says(&page, "small.table, made on a &lt;test&gt; &amp; &#34;more&#34;</dd>");
    program_says(&page, "<th rowspan=\"2\">compared by</th>"); /* in a table that fits a page */
    program_says(&page, "data-n=\"true\" d=\"M");
    program_says(&page, "data-n=\"predicted\" d=\"M");
    program_says(&page, ">hindsight</text>");
    program_says(&page, "</body></html>\n");
    weir_buf_done(&page);
    program_done(&p);
    program_done(&q);
}

struct cell {
    const char *of, *key;
};
static const struct cell results[] = {
    {NULL, "users"},       {"latency_ms", "mean"}, {"latency_ms", "p50"},
    {"latency_ms", "p95"}, {"latency_ms", "p99"},  {"age_ms", "mean"},
    {"age_ms", "p95"},     {NULL, "on_time"},      {NULL, "accuracy_relative"},
    {NULL, "f1"},          {"compliance", "k"},    {"compliance", "n"},
    {NULL, "jain"}};
static const struct cell costs[] = {{NULL, "users"},        {NULL, "uplink_mbit_per_s"},
                                    {"compute_s", "edge"},  {"compute_s", "core"},
                                    {"compute_s", "cloud"}, {"outcomes", "detect"}};

/* The row of one of the page's tables that begins at *at, held against the JSON's; *at moves on. */
static void row_is(const char **at, const json_t *row, const struct cell *cell, size_t cells) {
    const char *begin = strstr(*at, "<tr class=\""), *end = begin ? strstr(begin, "</tr>") : NULL;
    assert_non_null(end);
    for (size_t i = 0; i < cells; i++) {
        const json_t *of = cell[i].of ? json_object_get(row, cell[i].of) : row;
        const char *value = strstr(begin, "<data value=\"");
        assert_true(value && value < end);
        value += strlen("<data value=\"");
        if (strtod(value, NULL) != number(of, cell[i].key))
            fail_msg("%s: %.12s on the page, %.9g as JSON", cell[i].key, value,
                     number(of, cell[i].key));
        begin = value;
    }
    *at = end;
}

static void test_the_numbers_of_a_report_are_those_of_the_json(void **state) {
    static const char mark[] = "<script type=\"application/json\" id=\"rows\">";
    struct program p;
    json_t *root, *row;
    size_t i;
    assert_int_equal(
        SIM(&p, "small.yaml", "--json", "--hindsight-seeds", "1", "--report", "n.html"), 0);
    struct weir_buf page = file_text(test_path(dir, "n.html"));
    const char *at = strstr(weir_buf_str(&page), "<h2>In numbers</h2>");
    json_t *rows = rows_of(&p, &root);
    assert_non_null(at);
    json_array_foreach(rows, i, row) row_is(&at, row, results, sizeof results / sizeof *results);
    json_array_foreach(rows, i, row) row_is(&at, row, costs, sizeof costs / sizeof *costs);
    assert_null(strstr(at, "<tr class=\"")); /* and no more */
    const char *said = strstr(weir_buf_str(&page), mark);
    assert_non_null(said);
    json_t *again = json_loads(said + strlen(mark), JSON_DISABLE_EOF_CHECK, NULL);
    assert_true(json_equal(again, root));
    json_decref(again);
    json_decref(root);
    weir_buf_done(&page);
    program_done(&p);
}

static void test_a_report_is_the_same_on_any_number_of_threads(void **state) {
    struct program p;
    assert_int_equal(
        SIM(&p, "small.yaml", "--threads", "1", "--no-hindsight", "--report", "1.html"), 0);
    program_done(&p);
    assert_int_equal(
        SIM(&p, "small.yaml", "--threads", "3", "--no-hindsight", "--report", "3.html"), 0);
    program_done(&p);
    struct weir_buf one = file_text(test_path(dir, "1.html")),
                    three = file_text(test_path(dir, "3.html"));
    assert_string_equal(weir_buf_str(&one), weir_buf_str(&three));
    program_says_not(&one, ">hindsight</text>"); /* nobody searched */
    weir_buf_done(&one);
    weir_buf_done(&three);
}

static void test_a_report_tells_what_was_left_out_and_what_was_lost(void **state) {
    struct program p;
    write_text("poor.site.yaml", "nodes:\n  edge: { tier: edge, slowdown: 9 }\n"
                                 "  box: { tier: core }\nlinks:\n"
                                 "  - { from: edge, to: box, mbit_per_s: 3, rtt_ms: 3 }\n"
                                 "events:\n  - { at_s: 2, node: box, down_s: 1 }\n");
    write_text("poor.yaml", GOOD "variants: { poor: { site: poor.site.yaml } }\n"
                                 "cuts: [ { user: 0, at_s: 3, clip: yard } ]\n");
    if (SIM(&p, "poor.yaml", "--variant", "all", "--no-hindsight", "--report", "poor.html",
            "--best-effort"))
        fail_msg("%s", weir_buf_str(&p.err));
    struct weir_buf page = file_text(test_path(dir, "poor.html"));
    xml_well_formed(weir_buf_str(&page));
    program_says(&page, "Left out: cloud-only: the site has no node of tier cloud</p>");
    program_says(&page, "<li>at 2 s box is down for 1 s</li>");
    program_says(&page, "<li>at 3 s user-0 shows yard</li>");
    program_says(&page, "<span class=\"late\"");
    program_says(&page, ">poor</label>");
    weir_buf_done(&page);
    program_done(&p);
}

/* One user, one strategy with options, no whole window but one: nothing to compare with. */
static void test_a_report_of_a_single_run_is_a_page_too(void **state) {
    struct program p;
    if (SIM(&p, "small.yaml", "--users", "1", "--seeds", "1", "--seconds", "3", "--strategies",
            "static:node=edge,width=320", "--report", "single.html", "--hindsight-seeds", "1"))
        fail_msg("%s", weir_buf_str(&p.err));
    struct weir_buf page = file_text(test_path(dir, "single.html"));
    xml_well_formed(weir_buf_str(&page));
    program_says(&page, "static:node=edge,width=320");
    program_says_not(&page, "nan");
    weir_buf_done(&page);
    program_done(&p);
}

/* ---- what cannot be ------------------------------------------------------------- */

static void failed_list(int code, const char *part, const char *const *args) {
    struct program p;
    int got = sim_list(&p, args);
    program_says(&p.err, part);
    assert_int_equal(got, code);
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}
#define FAILED(code, part, ...)                                                                    \
    failed_list(code, part, (const char *const[]){"sim", __VA_ARGS__, "--quiet", NULL})

static void test_wrong_use_is_named(void **state) {
    FAILED(2, "needs a scenario, a file such as", "--json");
    FAILED(2, "takes one scenario, found 'b', too", "small.yaml", "b");
    FAILED(2, "unknown option --user; did you mean --users?", "small.yaml", "--user", "3");
    FAILED(2, "there is no strategy \"gready\"; did you mean greedy?; allowed: cloud-only",
           "small.yaml", "--strategies", "gready");
    FAILED(2, "did you mean greedy?", "small.yaml", "--strategies", "weir,gready");
    FAILED(2, "strategies: found \"weir\" a second time", "small.yaml", "--strategies",
           "weir,weir");
    FAILED(2, "--users: found '0'; allowed: a whole number from 1", "small.yaml", "--users", "1,0");
    FAILED(2, "--users: found 2 a second time", "small.yaml", "--users", "2,2");
    FAILED(2, "--variant: found 'x'; allowed: all", "small.yaml", "--variant", "x");
    FAILED(2, "--seeds: found '2x'", "small.yaml", "--seeds", "2x");
    FAILED(2, "--skip: found '0'; allowed: a whole number from 1 to 10", "small.yaml", "--skip",
           "0");
    FAILED(2, "--skip: found '11'; allowed: a whole number from 1 to 10", "small.yaml", "--skip",
           "11");
    FAILED(2, "--skip: found '1.5'", "small.yaml", "--skip", "1.5");
    FAILED(2, "--skip: found '-2'", "small.yaml", "--skip", "-2");
    FAILED(2, "--seconds: found 2.5; allowed: 3 and above", "small.yaml", "--seconds", "2.5");
    FAILED(2, "--threads: found '0'", "small.yaml", "--threads", "0");
    FAILED(2, "exclude each other", "small.yaml", "--no-hindsight", "--hindsight-seeds", "2");
    FAILED(2, "--trace is of one run: found 1 strategies, 2 numbers of users, 1 cases; name one",
           "small.yaml", "--strategies", "weir", "--trace", "x.json");
    FAILED(2, "--explain-all needs --explain STREAM:FRAME", "small.yaml", ONE, "--explain-all");
    FAILED(2, "--explain is of one run", "small.yaml", "--users", "1", "--explain", "0:1");
}

static void test_a_document_that_is_wrong_is_told_with_its_lines(void **state) {
    write_text("bad.yaml", "scenario: bad\nseeds: none\nsites: x\n");
    FAILED(2, "bad.yaml:2: seeds: found \"none\"; allowed: a whole number", "bad.yaml");
    FAILED(2, "bad.yaml:3: sites: found an unknown key", "bad.yaml");
    write_text("far.yaml", GOOD "skip: 12\nvariants: { w: { skip: no } }\n");
    FAILED(2, "far.yaml:12: skip: found 12; allowed: a whole number from 1 to 10", "far.yaml");
    write_text("far.yaml", GOOD "variants:\n  w: { skip: 2.5 }\n");
    FAILED(2, "far.yaml:13: variants.w.skip: found 2.5; allowed: a whole number from 1 to 10",
           "far.yaml");
    FAILED(2, "none.yaml", "none.yaml");
}

static int check(struct program *p, const char *text) {
    *p = (struct program){.env = env, .cwd = dir};
    write_text("check.yaml", text);
    return program_run(p, (const char *const[]){"config", "--check", "check.yaml", NULL});
}

/* Before anything is run: what a scenario names is there, in its site and in its table. */
static void test_a_scenario_is_checked_with_what_it_names(void **state) {
    struct program p;
    (void)state;
    assert_int_equal(check(&p, GOOD), 0);
    program_says(&p.out, "scenario: small\n");
    program_done(&p);
    assert_int_equal(check(&p, GOOD "models: [street_x]\nvariants: { b: { site: no.yaml } }\n"), 2);
    program_says(&p.err, "check.yaml:12: models: found \"street_x\"; allowed: models of ");
    program_says(&p.err, "site: found no file ");
    assert_int_equal(p.out.len, 0);
    program_done(&p);
    assert_int_equal(check(&p, GOOD "variants: { b: { table: later.table } }\n"), 0);
    program_says(&p.err, "what is named of it was not checked: check.yaml:12: table: found "
                         "no file ");
    program_says(&p.out, "scenario: small\n");
    program_done(&p);
    assert_int_equal(check(&p, GOOD "variants:\n  a: { table: later.table }\n"
                                    "  b: { widths: [416] }\n"),
                     2);
    program_says(&p.err, "check.yaml:13: table: found no file ");
    program_says(&p.err, "check.yaml:14: widths: found 416, no width of ");
    program_done(&p);
}

static void test_a_document_of_another_kind_is_named_with_what_takes_it(void **state) {
    FAILED(2,
           "small.site.yaml is a site; needed: a scenario, which names it (site: small.site.yaml)",
           "small.site.yaml");
    write_text("flow.yaml", "streams: { gate: gate.mp4 }\n");
    FAILED(2, "flow.yaml is a workflow, which weir run takes; needed: a scenario", "flow.yaml");
    /* one whose key has a slip is told of the slip */
    write_text("slip.yaml", "scenari: x\nsite: small.site.yaml\n");
    FAILED(2, "slip.yaml:1: scenari: found an unknown key", "slip.yaml");
}

static void test_options_of_a_strategy_are_told_with_all_that_there_are(void **state) {
    FAILED(2, "small: strategy static: node is \"nope\"; allowed: edge, core, sky\n", "small.yaml",
           "--strategies", "static:node=nope");
    FAILED(2, "model is \"street_s\"; allowed: street_m, street_n\n", "small.yaml", "--strategies",
           "greedy,static:model=street_s");
    FAILED(2, "width is \"416\"; allowed: 320, 640\n", "small.yaml", "--strategies",
           "static:width=416");
    FAILED(2, "travel is \"jpg\"; allowed: none, jpeg, h264\n", "small.yaml", "--strategies",
           "static:travel=jpg");
    FAILED(2, "quality is \"81\"; allowed: 28, 80\n", "small.yaml", "--strategies",
           "static:quality=81");
    FAILED(2, "unknown option \"nod\"; allowed: node, model, width, travel, quality", "small.yaml",
           "--strategies", "static:nod=edge");
    FAILED(2, "no setting of the run is all of \"travel=jpeg,quality=28\"", "small.yaml",
           "--strategies", "static:travel=jpeg,quality=28");
    FAILED(2, "strategy houmani21: unknown option \"shar\"; allowed: share", "small.yaml",
           "--strategies", "houmani21:shar=0.3");
    FAILED(2, "strategy weir: takes no options, found \"a=1\"", "small.yaml", "--strategies",
           "weir:a=1");
}

static void test_what_does_not_fit_site_and_table_is_told_at_once(void **state) {
    struct program p;
    write_text("unfit.yaml", "scenario: unfit\nsite: small.site.yaml\ntable: small.table\n"
                             "cameras:\n  nodes: [edge, attic]\n  clips: [gate, roof]\n"
                             "  rate_fps: 10\n"
                             "slo: { deadline_ms: 100, min_accuracy: 0.8 }\n"
                             "models: [street_x]\nwidths: [416]\n"
                             "cuts: [ { user: 0, at_s: 1, clip: moat } ]\n");
    assert_int_equal(SIM(&p, "unfit.yaml"), 2);
    program_says(&p.err, "unfit.yaml:5: cameras.nodes: found \"attic\"; allowed: nodes of "
                         "small.site.yaml: edge, core, sky");
    program_says(&p.err, "unfit.yaml:6: cameras.clips: found \"roof\"; allowed: clips of "
                         "small.table: gate, yard; to record others: weir record ");
    program_says(&p.err, "unfit.yaml:9: models: found \"street_x\"; allowed: models of "
                         "small.table: street_m, street_n");
    program_says(&p.err, "unfit.yaml:10: widths: found 416, no width of small.table");
    program_says(&p.err, "unfit.yaml:11: cuts.clip: found \"moat\"");
    program_done(&p);
    write_text("fast.yaml", "scenario: fast\nsite: small.site.yaml\ntable: small.table\n"
                            "cameras: { nodes: [edge], clips: [gate] }\n"
                            "slo: { deadline_ms: 100, min_accuracy: 0.8 }\n");
    FAILED(2, "fast.yaml:4: cameras.rate_fps: found 25 for clip gate, recorded at 10 frames per",
           "fast.yaml");
}

static void test_a_reference_must_be_one_that_can_be_had(void **state) {
    write_text("ref.yaml", GOOD "models: [street_n]\n");
    FAILED(2, "ref.yaml:11: reference.model: found street_m, which models, widths or codecs leave",
           "ref.yaml");
    write_text("ref.yaml", GOOD "widths: [320]\n");
    FAILED(2, "ref.yaml:11: reference.width: found 640", "ref.yaml");
    write_text("small-n.site.yaml", "nodes: { edge: { tier: edge, models: [street_n] } }\n");
    write_text("ref.yaml", GOOD "variants: { n: { site: small-n.site.yaml } }\n");
    FAILED(2, "reference: found street_m at 640, which no node serves that a camera at edge could",
           "ref.yaml", "--variant", "n");
}

static void test_what_is_missing_comes_with_how_to_make_it(void **state) {
    write_text("lost.yaml", "scenario: lost\nsite: none.site.yaml\ntable: none.table\n"
                            "cameras: { nodes: [edge], clips: [gate] }\n"
                            "slo: { deadline_ms: 100, min_accuracy: 0.8 }\n");
    FAILED(2, "lost.yaml:2: site: found no file none.site.yaml", "lost.yaml");
    write_text("lost.yaml", "scenario: lost\nsite: small.site.yaml\ntable: none.table\n"
                            "cameras: { nodes: [edge], clips: [gate] }\n"
                            "slo: { deadline_ms: 100, min_accuracy: 0.8 }\nmodels: [street_n]\n");
    FAILED(1, "lost.yaml:3: table: found no file none.table; to make it: weir record ",
           "lost.yaml");
    FAILED(1, " --models street_n", "lost.yaml");
    write_text("torn.table", "no table at all");
    write_text("lost.yaml", "scenario: lost\nsite: small.site.yaml\ntable: torn.table\n"
                            "cameras: { nodes: [edge], clips: [gate] }\n"
                            "slo: { deadline_ms: 100, min_accuracy: 0.8 }\n");
    FAILED(1, "lost.yaml:3: table: torn.table", "lost.yaml");
    FAILED(1, "to make it anew: weir record ", "lost.yaml");
    write_table("blind.table", "nobody");
    write_text("blind.yaml", "scenario: blind\nsite: small.site.yaml\ntable: blind.table\n"
                             "cameras: { nodes: [edge], clips: [gate], rate_fps: 10 }\n"
                             "slo: { deadline_ms: 100, min_accuracy: 0.8 }\n");
    FAILED(1, "nobody: nothing says how well it sees: there is no nobody.accuracy.json",
           "blind.yaml");
    FAILED(1, "weir profile SOURCE... --models nobody", "blind.yaml");
    FAILED(1, "weir eval scenes --models nobody --profile-out", "blind.yaml");
    write_text("wrong.site.yaml", "nodes: { edge: { tier: edge, slots: 0 } }\n");
    write_text("wrong.yaml", GOOD "variants: { w: { site: wrong.site.yaml } }\n");
    FAILED(2, "wrong.site.yaml:1: nodes.edge.slots: found 0", "wrong.yaml", "--variant", "w");
}

/* What is near is not good enough, what is good enough is far away. */
static void test_a_promise_that_cannot_be_kept_is_told_with_the_nearest_that_can(void **state) {
    struct program p;
    json_t *root;
    static const char far[] = "nodes:\n  edge: { tier: edge, models: [street_n] }\n"
                              "  sky: { tier: cloud, models: [street_m] }\nlinks:\n"
                              "  - { from: edge, to: sky, mbit_per_s: 20, rtt_ms: 100 }\n";
    write_text("far.site.yaml", far);
    write_text("dear.yaml", SCENARIO("1", "100") "variants: { far: { site: far.site.yaml } }\n");
    assert_int_equal(SIM(&p, "dear.yaml", "--variant", "far"), 2);
    program_says(&p.err, "dear.yaml:10: slo.deadline_ms: found 100, but what meets the floor takes "
                         "user-");
    program_says(&p.err, " ms at least, with nobody else there (street_m 640x360 h264 28 at sky); "
                         "promise 117 or more (variant far), or run it all the same with "
                         "--best-effort");
    assert_int_equal(p.out.len, 0);
    program_done(&p);
    assert_int_equal(SIM(&p, "dear.yaml", "--variant", "all", "--best-effort", "--json", "--users",
                         "1", "--strategies", "greedy,weir", "--no-hindsight"),
                     0);
    json_t *rows = rows_of(&p, &root);
    assert_int_equal(json_array_size(rows), 4);
    for (size_t i = 0; i < 4; i++) /* the scenario as it stands can be kept */
        assert_int_equal(json_is_true(json_object_get(json_array_get(rows, i), "best_effort")),
                         i >= 2);
    json_decref(root);
    program_done(&p);
}

static void no_part_is_left(const char *of) {
    DIR *list = opendir(of);
    struct dirent *entry;
    assert_non_null(list);
    while ((entry = readdir(list)))
        if (strstr(entry->d_name, ".part"))
            fail_msg("%s is left", entry->d_name);
    closedir(list);
}

static void test_a_report_that_cannot_be_written_is_told_before_anything_runs(void **state) {
    FAILED(2, "--report: found 'small.yaml/x.html', and there is no folder small.yaml/",
           "small.yaml", "--report", "small.yaml/x.html");
    FAILED(2, "--report: found 'pages/x.html', and there is no folder pages/; allowed: a file in",
           "small.yaml", "--report", "pages/x.html");
    FAILED(2, "--trace: found 'pages/x.json', and there is no folder pages/", "small.yaml", ONE,
           "--trace", "pages/x.json");
    assert_false(weir_file_exists(test_path(dir, "pages")));
    FAILED(2, "--report: cannot create /dev/null: it exists and is not a regular file",
           "small.yaml", "--report", "/dev/null");
    FAILED(2, "--report: cannot create '': the file has no name", "small.yaml", "--report", "");
    FAILED(2, "--report and --explain exclude each other", "small.yaml", ONE, "--report", "x.html",
           "--explain", "0:1");
    FAILED(2, "--report: ", "small.yaml", "--report", "small.yaml"); /* its own input */
    FAILED(2, "is read, and would be overwritten", "small.yaml", "--report", "small.site.yaml");
    FAILED(2, "is read, and would be overwritten", "small.yaml", ONE, "--trace", "small.table");
    FAILED(2, "--report and --trace: both are x", "small.yaml", ONE, "--report", "x", "--trace",
           "x");
    no_part_is_left(dir);
}

/* Of the table's models a scenario may use the second alone. */
static void test_models_that_are_not_used_need_no_sight(void **state) {
    struct program p;
    write_text("one.yaml", SCENARIO("0.8", "150") "models: [street_n]\n");
    struct weir_buf text = file_text(test_path(dir, "one.yaml"));
    char *of = strstr(weir_buf_str(&text), "street_m");
    assert_non_null(of);
    of[7] = 'n'; /* the reference */
    write_text("one.yaml", weir_buf_str(&text));
    weir_buf_done(&text);
    assert_int_equal(SIM(&p, "one.yaml", ONE, "--no-hindsight"), 0);
    program_says(&p.out, "small: site small");
    program_done(&p);
}

/* Mobile networks as they were recorded, where that data is at hand. */
static void test_recorded_uplinks_carry_frames(void **state) {
    static const char *const traces[] = {"ATT-LTE-driving-2016.up", "TMobile-LTE-short.up",
                                         "Verizon-LTE-short.up"};
    char data[4200];
    (void)state;
    snprintf(data, sizeof data, "WEIR_DATA=%s", test_data("traces"));
    *strrchr(data, '/') = '\0';
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
        struct program p = {.env = (const char *const[]){models, data, NULL}, .cwd = dir};
        struct weir_buf text = {0};
        json_t *root;
        weir_buf_printf(&text,
                        "site: mobile\nnodes:\n  edge: { tier: edge, slowdown: 4 }\n"
                        "  sky: { tier: cloud, slots: 2, slowdown: 0.5 }\nlinks:\n"
                        "  - { from: edge, to: sky, trace: %s, mbit_per_s_back: 20, rtt_ms: 40 }\n",
                        traces[i]);
        write_text("mobile.site.yaml", weir_buf_str(&text));
        weir_buf_done(&text);
        write_text("mobile.yaml", GOOD "variants: { mobile: { site: mobile.site.yaml } }\n");
        if (program_run(&p, (const char *const[]){"sim", "mobile.yaml", "--variant", "mobile",
                                                  "--strategies", "cloud-only,weir", "--json",
                                                  "--no-hindsight", "--quiet", NULL}))
            fail_msg("%s: %s", traces[i], weir_buf_str(&p.err));
        root = program_json(&p);
        json_t *rows = json_object_get(root, "rows"), *row;
        size_t k;
        assert_int_equal(json_array_size(rows), 4);
        json_array_foreach(
            rows, k,
            row) if (!strcmp(json_string_value(json_object_get(row, "strategy")), "cloud-only"))
            assert_true(number(row, "uplink_mbit_per_s") > 0);
        json_decref(root);
        program_done(&p);
    }
}

static void test_a_run_that_fails_leaves_the_page_as_it_was(void **state) {
    write_text("kept.html", "kept");
    write_text("never.yaml", SCENARIO("1", "1"));
    FAILED(2, "slo.deadline_ms: found 1", "never.yaml", "--report", "kept.html");
    struct weir_buf page = file_text(test_path(dir, "kept.html"));
    assert_string_equal(weir_buf_str(&page), "kept");
    weir_buf_done(&page);
    FAILED(2, "slo.deadline_ms: found 1", "never.yaml", "--report", "none.html");
    assert_false(weir_file_exists(test_path(dir, "none.html")));
    no_part_is_left(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_has_every_key),
        cmocka_unit_test(test_outcomes_add_up_to_the_frames_that_were_due),
        cmocka_unit_test(test_the_same_seeds_give_the_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(test_the_table_fits_a_terminal_and_says_what_it_says),
        cmocka_unit_test(
            test_a_row_that_lost_frames_is_compared_by_age_in_seconds_where_it_is_large),
        cmocka_unit_test(test_what_is_dropped_is_told),
        cmocka_unit_test(test_variants_are_run_one_after_the_other),
        cmocka_unit_test(test_a_strategy_that_cannot_run_there_is_left_out_unless_it_was_named),
        cmocka_unit_test(test_progress_says_what_runs_now_on_a_terminal_only),
        cmocka_unit_test(test_a_trace_is_json_and_has_every_frame_from_capture_to_outcome),
        cmocka_unit_test(test_a_frame_is_explained),
        cmocka_unit_test(test_of_a_frame_what_could_have_been_taken_comes_first),
        cmocka_unit_test(test_a_frame_that_is_not_there_is_not_explained),
        cmocka_unit_test(test_skipping_is_told_apart),
        cmocka_unit_test(test_to_skip_nothing_changes_nothing),
        cmocka_unit_test(test_a_variant_may_skip),
        cmocka_unit_test(test_a_carried_frame_is_explained_by_what_it_was_carried_from),
        cmocka_unit_test(test_a_carried_frame_with_nothing_before_it_says_so),
        cmocka_unit_test(test_a_report_is_one_page_that_needs_nothing_else),
        cmocka_unit_test(test_the_numbers_of_a_report_are_those_of_the_json),
        cmocka_unit_test(test_a_report_is_the_same_on_any_number_of_threads),
        cmocka_unit_test(test_a_report_tells_what_was_left_out_and_what_was_lost),
        cmocka_unit_test(test_a_report_of_a_single_run_is_a_page_too),
        cmocka_unit_test(test_wrong_use_is_named),
        cmocka_unit_test(test_a_document_that_is_wrong_is_told_with_its_lines),
        cmocka_unit_test(test_a_scenario_is_checked_with_what_it_names),
        cmocka_unit_test(test_a_document_of_another_kind_is_named_with_what_takes_it),
        cmocka_unit_test(test_options_of_a_strategy_are_told_with_all_that_there_are),
        cmocka_unit_test(test_what_does_not_fit_site_and_table_is_told_at_once),
        cmocka_unit_test(test_a_reference_must_be_one_that_can_be_had),
        cmocka_unit_test(test_what_is_missing_comes_with_how_to_make_it),
        cmocka_unit_test(test_a_promise_that_cannot_be_kept_is_told_with_the_nearest_that_can),
        cmocka_unit_test(test_a_report_that_cannot_be_written_is_told_before_anything_runs),
        cmocka_unit_test(test_models_that_are_not_used_need_no_sight),
        cmocka_unit_test(test_recorded_uplinks_carry_frames),
        cmocka_unit_test(test_a_run_that_fails_leaves_the_page_as_it_was),
    };
    return cmocka_run_group_tests(tests, make_documents, remove_dir);
}
