/* scenario.yaml: what is read, what a variant replaces, and what is wrong in which words. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spec/spec.h"

static struct weir_scenario scenario;

static int end(void **state) {
    (void)state;
    weir_scenario_done(&scenario);
    return 0;
}

static void good(const char *text) {
    struct weir_error err = {0};
    weir_scenario_done(&scenario);
    if (weir_scenario_parse("in/scenario.yaml", text, strlen(text), &scenario, &err))
        fail_msg("%s", err.text);
}

/* says: the lines of the error, without "s.yaml:". */
static void bad(const char *text, const char *const *says) {
    struct weir_scenario untouched = {.case_count = 77};
    struct weir_error err = {0};
    assert_int_equal(weir_scenario_parse("s.yaml", text, strlen(text), &untouched, &err),
                     WEIR_EINVAL);
    assert_int_equal(untouched.case_count, 77);
    test_error_lines(&err, "s.yaml", says);
}

#define BAD(text, ...) bad(text, (const char *const[]){__VA_ARGS__, NULL})

#define LEAST                                                                                      \
    "scenario: yard\n"                                                                             \
    "site: yard.site.yaml\n"                                                                       \
    "table: /tables/yard.table\n"                                                                  \
    "cameras: { nodes: [edge], clips: [far, near] }\n"                                             \
    "slo: { deadline_ms: 200, min_accuracy: 0.85 }\n"

static void test_what_is_not_said_has_its_default(void **state) {
    (void)state;
    good(LEAST);
    assert_string_equal(scenario.name, "yard");
    assert_string_equal(scenario.file, "in/scenario.yaml");
    assert_int_equal(scenario.user_counts, 1);
    assert_int_equal(scenario.users[0], 1);
    assert_int_equal(scenario.strategies.len, 0);
    assert_int_equal(scenario.case_count, 1);
    const struct weir_scenario_case *c = &scenario.cases[0];
    assert_string_equal(c->name, "");
    assert_string_equal(c->site, "in/yard.site.yaml");
    assert_string_equal(c->table, "/tables/yard.table");
    assert_true(c->seconds == 60 && c->warm_up_s == 10 && c->window_s == 10 && c->seeds == 20);
    assert_true(c->rate_fps == 25 && c->jitter_ms == 0);
    assert_int_equal(c->skip, 1);
    assert_true(c->deadline_ms == 200 && c->min_accuracy == 0.85);
    assert_int_equal(c->nodes.len, 1);
    assert_string_equal(c->clips.item[1], "near");
    assert_int_equal(c->sources.len, 0);
    assert_null(c->reference_model);
    assert_int_equal(c->reference_width + c->audit_width + c->widths + c->comes + c->cuts, 0);
    assert_int_equal(c->models.len + c->codecs.len, 0);
    assert_int_equal(c->at.site, 2);
    assert_int_equal(c->at.deadline, 5);
    assert_int_equal(c->at.models, 0);
}

static const char full[] = LEAST "seconds: 40\n"
                                 "warm_up_s: 5\n"
                                 "window_s: 2.5\n"
                                 "skip: 3\n"
                                 "seeds: 3\n"
                                 "users: [4, 1]\n"
                                 "reference: { model: street_m, width: 640, audit_width: 960 }\n"
                                 "models: [street_m, street_n]\n"
                                 "widths: [640, 416]\n"
                                 "codecs: [h264]\n"
                                 "strategies: [greedy, 'static:node=edge,width=416']\n"
                                 "come: [ { user: 3, from_s: 20, to_s: 30 } ]\n"
                                 "cuts: [ { user: 0, at_s: 8, clip: near },\n"
                                 "        { user: 0, at_s: 9, clip: far } ]\n"
                                 "variants:\n"
                                 "  tight: { slo: { deadline_ms: 100 } }\n"
                                 "  other:\n"
                                 "    site: ../b.yaml\n"
                                 "    cameras: { nodes: [a, b, c] }\n"
                                 "    come: []\n"
                                 "    models: []\n"
                                 "    cuts: [ { user: 1, at_s: 1, clip: rush } ]\n"
                                 "    skip: 10\n"
                                 "    seeds: 1\n"
                                 "sources: [far=scene:seed=7, "
                                 "near=/v/a/folder/that/has/a/very/long/path/since/somebody/keeps/"
                                 "everything/in/folders/of/folders/yard.mp4, 'gate=/v/a=b.mp4']\n";

static void test_all_that_can_be_said_is_read(void **state) {
    (void)state;
    good(full);
    const struct weir_scenario_case *c = &scenario.cases[0];
    assert_int_equal(scenario.user_counts, 2);
    assert_int_equal(weir_scenario_most_users(&scenario), 4);
    assert_string_equal(scenario.strategies.item[1], "static:node=edge,width=416");
    assert_true(c->seconds == 40 && c->warm_up_s == 5 && c->window_s == 2.5 && c->seeds == 3);
    assert_string_equal(c->reference_model, "street_m");
    assert_int_equal(c->reference_width, 640);
    assert_int_equal(c->audit_width, 960);
    assert_int_equal(c->widths, 2);
    assert_int_equal(c->width[1], 416);
    assert_string_equal(c->codecs.item[0], "h264");
    assert_int_equal(c->sources.len, 3);
    assert_string_equal(c->sources.item[0], "far=scene:seed=7");
    assert_string_equal(c->sources.item[1],
                        "near=/v/a/folder/that/has/a/very/long/path/since/somebody/keeps/"
                        "everything/in/folders/of/folders/yard.mp4");
    assert_string_equal(c->sources.item[2], "gate=/v/a=b.mp4");
    assert_int_equal(scenario.cases[1].sources.len, 3);
    assert_int_equal(c->comes, 1);
    assert_true(c->come[0].user == 3 && c->come[0].from_s == 20 && c->come[0].to_s == 30);
    assert_int_equal(c->cuts, 2);
    assert_string_equal(c->cut[1].clip, "far");
    assert_int_equal(c->cut[1].line, 19);
    assert_int_equal(c->skip, 3);
}

static void test_a_variant_replaces_what_it_names_and_nothing_else(void **state) {
    (void)state;
    good(full);
    assert_int_equal(scenario.case_count, 3);
    assert_int_equal(weir_scenario_case(&scenario, "tight"), 1);
    assert_int_equal(weir_scenario_case(&scenario, "none"), -1);
    const struct weir_scenario_case *tight = &scenario.cases[1], *other = &scenario.cases[2];
    assert_true(tight->deadline_ms == 100 && tight->min_accuracy == 0.85);
    assert_string_equal(tight->site, "in/yard.site.yaml");
    assert_int_equal(tight->cuts, 2);
    assert_int_equal(tight->at.deadline, 21);
    assert_int_equal(tight->skip, 3);
    assert_int_equal(other->skip, 10);
    assert_string_equal(other->site, "in/../b.yaml");
    assert_int_equal(other->nodes.len, 3);
    assert_int_equal(other->clips.len, 2); /* the other half of cameras stays */
    assert_int_equal(other->comes, 0);
    assert_int_equal(other->models.len, 0);
    assert_int_equal(other->cuts, 1);
    assert_string_equal(other->cut[0].clip, "rush");
    assert_int_equal(other->seeds, 1);
    assert_true(other->deadline_ms == 200);
}

static void test_what_is_printed_reads_back_the_same(void **state) {
    (void)state;
    static const char *const texts[] = {LEAST, full};
    for (int i = 0; i < 2; i++) {
        struct weir_buf once = {0}, twice = {0};
        struct weir_scenario again;
        struct weir_error err = {0};
        good(texts[i]);
        weir_scenario_print(&scenario, &once);
        if (weir_scenario_parse("in/scenario.yaml", once.data, once.len, &again, &err)) /* paths */
            fail_msg("%s", err.text);
        assert_int_equal(again.case_count, scenario.case_count);
        assert_int_equal(again.cases[0].cuts, scenario.cases[0].cuts);
        for (int k = 0; k < again.case_count; k++) { /* relative to the file a second time */
            free(again.cases[k].site);
            again.cases[k].site = strdup(scenario.cases[k].site);
        }
        weir_scenario_print(&again, &twice);
        assert_string_equal(weir_buf_str(&twice), weir_buf_str(&once));
        weir_buf_done(&once);
        weir_buf_done(&twice);
        weir_scenario_done(&again);
    }
}

static void test_cameras_of_scenarios_that_ship_are_at_nodes_of_their_sites(void **state) {
    static const char *const files[] = {
        "bench/city.yaml",  "bench/crowd.yaml",    "bench/fault.yaml", "bench/lte.yaml",
        "bench/night.yaml", "bench/overload.yaml", "bench/paper.yaml", "bench/step.yaml"};
    (void)state;
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        struct weir_error err = {0};
        const char *path = test_source(files[f]);
        weir_scenario_done(&scenario);
        if (weir_scenario_load(path, &scenario, &err))
            fail_msg("%s", err.text);
        for (int i = 0; i < scenario.case_count; i++) {
            struct weir_site site;
            if (weir_site_load(scenario.cases[i].site, &site, &err))
                fail_msg("%s", err.text);
            for (size_t k = 0; k < scenario.cases[i].nodes.len; k++)
                assert_true(weir_site_node(&site, scenario.cases[i].nodes.item[k]) >= 0);
            weir_site_done(&site);
        }
        assert_true(weir_scenario_seems(path));
    }
}

static void test_what_has_no_default_is_asked_for_at_once(void **state) {
    (void)state;
    BAD("scenario: x\n", "1: site: found nothing; it has no default: the path of a site.yaml",
        "1: table: found nothing; it has no default: the path of a table, as weir record",
        "1: cameras.nodes: found nothing", "1: cameras.clips: found nothing",
        "1: slo.deadline_ms: found nothing", "1: slo.min_accuracy: found nothing");
    BAD(LEAST "come: [ { user: 0 } ]\ncuts: [ { at_s: 3 } ]\n",
        "6: come.from_s: found nothing; it has no default", "6: come.to_s: found nothing",
        "7: cuts.user: found nothing", "7: cuts.clip: found nothing");
    BAD("site: x\ntable: y\n", "1: scenario: found nothing; allowed: a name",
        "1: cameras.nodes: found nothing",
        "1: cameras.clips: ", "1: slo.deadline_ms: ", "1: slo.min_accuracy: ");
}

static void test_unknown_keys_name_the_nearest(void **state) {
    (void)state;
    BAD(LEAST "user: [1]\n",
        "6: user: found an unknown key; allowed: site, table, sources, seconds");
    BAD(LEAST "variants: { a: { users: [3] } }\n",
        "6: variants.a.users: found an unknown key; allowed: site, table");
    BAD("scenario: a\nslo: { deadlin_ms: 3 }\n",
        "2: slo.deadlin_ms: found an unknown key; allowed: deadline_ms, min_accuracy (did you "
        "mean deadline_ms?)");
}

static void test_values_out_of_range_say_what_is_allowed(void **state) {
    (void)state;
    BAD(LEAST "users: [0, 10001]\n", "6: users: found 0; allowed: a whole number from 1 to 10000",
        "6: users: found 10001");
    BAD(LEAST "users: [2, 2]\n", "6: users: found 2 a second time");
    BAD(LEAST "users: []\n", "6: users: found a list; allowed: a list of whole numbers");
    BAD(LEAST "seeds: 0\n", "6: seeds: found 0; allowed: a whole number from 1 to 10000");
    BAD(LEAST "seconds: nan\n", "6: seconds: found \"nan\"; allowed: a number from 0.1 to 100000");
    BAD(LEAST "widths: [640, 640, 3]\n", "6: widths: found 640 a second time",
        "6: widths: found 3; allowed: a whole number from 8 to 65535");
    BAD(LEAST "widths: 640\n", "6: widths: found 640; allowed: a list of widths");
    BAD(LEAST "codecs: [jpeg, av1]\n",
        "6: codecs: found \"av1\"; allowed: a list of jpeg and h264");
    BAD(LEAST "sources: [far]\n",
        "6: sources: found \"far\"; allowed: a list of NAME=SOURCE, as weir record was given them");
    BAD(LEAST "sources: ['=scene:seed=7']\n", "6: sources: found \"=scene:seed=7\"");
    BAD(LEAST "sources: [far=a.mp4, far=b.mp4]\n", "6: sources: found a second source for \"far\"");
    BAD(LEAST "sources: ['far=']\n", "6: sources: found \"far=\"");
    BAD(LEAST "sources: { far: x.mp4 }\n", "6: sources: found");
    BAD(LEAST "models: [a, a]\n", "6: models: found \"a\" a second time");
    BAD(LEAST "strategies: [weir, weir]\n", "6: strategies: found \"weir\" a second time");
    BAD("scenario: a b\n" /* and what follows is right */
        "site: s\ntable: t\ncameras: { nodes: [], clips: [c], jitter_ms: 50 }\n"
        "slo: { deadline_ms: 0, min_accuracy: 1.01 }\n",
        "1: scenario: found \"a b\"; allowed: letters, digits",
        "4: cameras.nodes: found none; allowed: a list of nodes",
        "4: cameras.jitter_ms: found 50 at 25 frames per second; allowed: less than lies between "
        "two frames, 40",
        "5: slo.deadline_ms: found 0; allowed: a number from 0.001",
        "5: slo.min_accuracy: found 1.01; allowed: a number from 0 to 1");
}

/* Every variant has its own copy of every name, and names are compared with each other. */
static void test_lists_and_names_have_bounds(void **state) {
    (void)state;
    struct weir_buf text = {0};
    weir_buf_puts(&text, LEAST "strategies: [");
    for (int i = 0; i <= WEIR_SCENARIO_MAX_LIST; i++)
        weir_buf_printf(&text, "s%d, ", i);
    weir_buf_puts(&text, "]\n");
    BAD(text.data, "6: strategies: found 5001; allowed: at most 5000");
    weir_buf_reset(&text);
    weir_buf_puts(&text, LEAST "models: [m");
    for (int i = 0; i <= WEIR_SCENARIO_MAX_LIST; i++)
        weir_buf_printf(&text, ", m%d", i);
    weir_buf_puts(&text, "]\n");
    BAD(text.data, "6: models: found 5002; allowed: at most 5000");
    weir_buf_reset(&text);
    weir_buf_printf(&text, LEAST "models: [%0*d]\n", WEIR_SCENARIO_MAX_NAME, 1);
    good(text.data);
    weir_buf_reset(&text);
    weir_buf_printf(&text, LEAST "models: [%0*d]\ncuts: [ { user: 0, at_s: 1, clip: %0*d } ]\n",
                    WEIR_SCENARIO_MAX_NAME + 1, 1, WEIR_SCENARIO_MAX_NAME + 2, 1);
    BAD(text.data, "6: models: found a name of 101 bytes; allowed: at most 100",
        "7: cuts.clip: found a name of 102 bytes; allowed: at most 100");
    BAD(LEAST "strategies: [weir, weir, weir]\n", "6: strategies: found \"weir\" a second time",
        "6: strategies: found \"weir\" a second time"); /* once for each that is too many */
    weir_buf_done(&text);
}

static void test_skip_is_a_whole_number_from_1_to_10(void **state) {
    (void)state;
    BAD(LEAST "skip: 0\n", "6: skip: found 0; allowed: a whole number from 1 to 10");
    BAD(LEAST "skip: 11\n", "6: skip: found 11; allowed: a whole number from 1 to 10");
    BAD(LEAST "skip: -2\n", "6: skip: found -2; allowed: a whole number from 1 to 10");
    BAD(LEAST "skip: 1.5\n", "6: skip: found 1.5; allowed: a whole number from 1 to 10");
    BAD(LEAST "skip: two\n", "6: skip: found \"two\"; allowed: a whole number from 1 to 10");
    BAD(LEAST "skip: [2]\n", "6: skip: found a list; allowed: a whole number from 1 to 10");
    BAD(LEAST "variants:\n  a:\n    skip: 99\n",
        "8: variants.a.skip: found 99; allowed: a whole number from 1 to 10");
    good(LEAST "skip: 10\nvariants:\n  all-of-them: { skip: 1 }\n");
    assert_int_equal(scenario.cases[0].skip, 10);
    assert_int_equal(scenario.cases[1].skip, 1);
}

static void test_a_window_must_fit_behind_the_warm_up(void **state) {
    (void)state;
    BAD(LEAST "seconds: 19\n", "6: seconds: found 19; allowed: 20 and above, so that a window of "
                               "window_s: 10 fits behind warm_up_s: 10");
    BAD(LEAST "variants:\n  long: { window_s: 51 }\n",
        "7: variants.long.seconds: found 60; allowed: 61 and above");
    good(LEAST "seconds: 20\n");
}

static void test_users_come_once_and_cut_in_order(void **state) {
    (void)state;
    BAD(LEAST "come:\n  - { user: 1, from_s: 3, to_s: 5 }\n",
        "7: come.user: found 1; allowed: a whole number from 0 to 0");
    BAD(LEAST "users: [4]\ncome:\n  - { user: 1, from_s: 3, to_s: 3 }\n"
              "  - { user: 2, from_s: 3, to_s: 5 }\n  - { user: 2, from_s: 8, to_s: 9 }\n",
        "8: come.to_s: found 3, not after from_s; allowed: above 3",
        "10: come.user: found 2 a second time (first on line 9)");
    BAD(LEAST "users: [4]\ncuts:\n  - { user: 1, at_s: 3, clip: a }\n"
              "  - { user: 2, at_s: 1, clip: a }\n  - { user: 1, at_s: 3, clip: b }\n",
        "10: cuts.at_s: found 3 after 3 (line 8) for user 1; allowed: the cuts of a user in the "
        "order");
    BAD(LEAST "come: { user: 0 }\n", "6: come: found a map; allowed: a list of");
}

static void test_variants_have_names_that_can_be_asked_for(void **state) {
    (void)state;
    BAD(LEAST "variants:\n  all: {}\n  a/b: {}\n", "7: variants.all: found this as a name; allowed",
        "8: variants.a/b: found this as a name");
    BAD(LEAST "variants:\n  a: {}\n  a: {}\n", "8: variants.a: found a second time");
    BAD(LEAST "variants: [a]\n", "6: variants: found a list; allowed: a map of names");
    BAD(LEAST "variants: { a: { slo: { deadline_ms: x } } }\n",
        "6: variants.a.slo.deadline_ms: found \"x\"; allowed: a number");
}

static void test_a_scenario_is_told_by_its_first_word(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool seems;
    } cases[] = {{"scenario: 5\n", true},
                 {"site: x\nscenario: {}\n", true},
                 {"site: { scenario: x }\n", false},
                 {"nodes: {}\n", false},
                 {"scenario: [\n", false},
                 {"", false}};
    char *dir = test_scratch();
    const char *path = test_path(dir, "any.yaml");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(weir_file_write_all(path, cases[i].text, strlen(cases[i].text), NULL), 0);
        assert_int_equal(weir_scenario_seems(path), cases[i].seems);
    }
    assert_false(weir_scenario_seems(dir));
    assert_false(weir_scenario_seems(test_path(dir, "none.yaml")));
    test_scratch_remove(dir);
}

static void test_a_file_that_is_not_there_is_named(void **state) {
    (void)state;
    struct weir_error err = {0};
    struct weir_scenario s;
    assert_int_equal(weir_scenario_load("/nowhere.yaml", &s, &err), WEIR_ENOENT);
    test_error_says(&err, "/nowhere.yaml");
}

#define T(name) cmocka_unit_test_teardown(name, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_what_is_not_said_has_its_default),
        T(test_all_that_can_be_said_is_read),
        T(test_a_variant_replaces_what_it_names_and_nothing_else),
        T(test_what_is_printed_reads_back_the_same),
        T(test_cameras_of_scenarios_that_ship_are_at_nodes_of_their_sites),
        T(test_what_has_no_default_is_asked_for_at_once),
        T(test_unknown_keys_name_the_nearest),
        T(test_values_out_of_range_say_what_is_allowed),
        T(test_lists_and_names_have_bounds),
        T(test_skip_is_a_whole_number_from_1_to_10),
        T(test_a_window_must_fit_behind_the_warm_up),
        T(test_users_come_once_and_cut_in_order),
        T(test_variants_have_names_that_can_be_asked_for),
        T(test_a_scenario_is_told_by_its_first_word),
        T(test_a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests_name("spec/scenario", tests, NULL, NULL);
}
