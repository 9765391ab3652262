/* Site and scenario files under weir config --check: printed back, or all that is wrong. */
#include "cli/program.h"

#include <stdio.h>
#include <string.h>

static void test_a_printed_site_is_a_site_that_says_the_same(void **state) {
    static const char *const files[] = {"bench/paper.site.yaml", "bench/paper-gpu.site.yaml"};
    for (int i = 0; i < 2; i++) {
        struct program p = {0}, again = {0};
        if (PROGRAM(&p, "config", "--check", test_source(files[i])))
            fail_msg("%s", weir_buf_str(&p.err));
        program_says(&p.out, i ? "fixed_ms: 3, each_ms: 0.5" : "slots: 4, slowdown: 0.5, batch: 1");
        const char *path = write_text("printed.yaml", weir_buf_str(&p.out));
        assert_int_equal(PROGRAM(&again, "config", "--check", path), 0);
        assert_string_equal(weir_buf_str(&again.out), weir_buf_str(&p.out));
        program_done(&p);
        program_done(&again);
    }
}

static void test_the_environment_of_workflows_is_none_of_its_business(void **state) {
    struct program p = {.env = (const char *const[]){"WEIR_DETECT_CONF=2", NULL}};
    const char *path = write_text("lone.yaml", "nodes: { box: { tier: edge } }\n");
    assert_int_equal(PROGRAM(&p, "config", "--check", path), 0);
    program_done(&p);
}

static void test_all_errors_of_a_site_come_at_once(void **state) {
    struct program p = {0};
    char line[8192];
    const char *path = write_text("bad.yaml", "nodes:\n"
                                              "  a: { tier: edge, slots: 0 }\n"
                                              "  b: { slowdown: 2 }\n"
                                              "links:\n"
                                              "  - { from: a, to: b, trace: none.up }\n"
                                              "event: []\n");
    static const char *const said[] = {
        ":2: nodes.a.slots: found 0; allowed: a whole number from 1 to 1024",
        ":3: nodes.b.tier: found nothing",
        ":5: links.a-b.trace: found \"none.up\", no file in ",
        ":6: event: found an unknown key; allowed: site, nodes, links, events",
    };
    assert_int_equal(PROGRAM(&p, "config", "--check", path), 2);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        snprintf(line, sizeof line, "%s%s", path, said[i]);
        program_says(&p.err, line);
    }
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}

static void test_a_printed_scenario_is_a_scenario_that_says_the_same(void **state) {
    struct program p = {0}, again = {0};
    if (PROGRAM(&p, "config", "--check", test_source("bench/paper.yaml")))
        fail_msg("%s", weir_buf_str(&p.err));
    program_says(&p.out, "users: [1, 2, 4, 8, 10]\n");
    program_says(&p.out, "  deadline-60:\n");
    const char *path = write_text("scenario.yaml", weir_buf_str(&p.out));
    assert_int_equal(PROGRAM(&again, "config", "--check", path), 0);
    program_says(&again.out, "slo: { deadline_ms: 60, min_accuracy: 0.85 }\n");
    program_done(&p);
    program_done(&again);
}

static void test_every_scenario_that_ships_is_accepted_with_its_sites(void **state) {
    static const char *const files[] = {
        "bench/demo.yaml",          "bench/city.yaml",       "bench/crowd.yaml",
        "bench/fault.yaml",         "bench/lte.yaml",        "bench/night.yaml",
        "bench/overload.yaml",      "bench/paper.yaml",      "bench/step.yaml",
        "bench/city.site.yaml",     "bench/fault.site.yaml", "bench/lte.site.yaml",
        "bench/lte-walk.site.yaml", "bench/step.site.yaml",  "bench/overload.site.yaml",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct program p = {0};
        if (PROGRAM(&p, "config", "--check", test_source(files[i])))
            fail_msg("%s", weir_buf_str(&p.err));
        program_done(&p);
    }
}

static void test_examples_pass_the_check_as_they_are(void **state) {
    static const char *const kinds[] = {"workflow", "site", "scenario"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct program p = {0}, check = {0};
        assert_int_equal(PROGRAM(&p, "config", "--example", kinds[i]), 0);
        const char *path = write_text("example.yaml", weir_buf_str(&p.out));
        if (PROGRAM(&check, "config", "--check", path))
            fail_msg("%s", weir_buf_str(&check.err));
        program_done(&p);
        program_done(&check);
    }
}

static void test_an_example_of_nothing_is_refused(void **state) {
    struct program p = {0};
    assert_int_equal(PROGRAM(&p, "config", "--example", "camera"), 2);
    program_says(&p.err, "--example: found 'camera'; allowed: workflow, site or scenario");
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}

static void test_all_errors_of_a_scenario_come_at_once(void **state) {
    struct program p = {0};
    const char *path = write_text("bad.yaml", "scenario: x\nseeds: 0\nseed: 1\n");
    assert_int_equal(PROGRAM(&p, "config", "--check", path), 2);
    program_says(&p.err, ":2: seeds: found 0; allowed: a whole number from 1 to 10000");
    program_says(&p.err, ":3: seed: found an unknown key; allowed: site, table");
    assert_int_equal(p.out.len, 0);
    program_done(&p);
}

static void test_neither_a_site_nor_a_scenario_is_a_workflow_to_run(void **state) {
    struct program p = {0};
    const char *path = write_text("lone.yaml", "nodes: { box: { tier: edge } }\n");
    assert_int_equal(PROGRAM(&p, "run", path), 2);
    program_says(&p.err,
                 "lone.yaml is a site, which a scenario names (site: lone.yaml) and weir sim runs");
    program_done(&p);
    path = write_text("plan.yaml", "scenario: plan\nsite: lone.yaml\n");
    assert_int_equal(PROGRAM(&p, "run", path), 2);
    program_says(&p.err, "plan.yaml is a scenario, which weir sim runs; needed: a workflow");
    program_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_printed_site_is_a_site_that_says_the_same),
        cmocka_unit_test(test_the_environment_of_workflows_is_none_of_its_business),
        cmocka_unit_test(test_all_errors_of_a_site_come_at_once),
        cmocka_unit_test(test_a_printed_scenario_is_a_scenario_that_says_the_same),
        cmocka_unit_test(test_every_scenario_that_ships_is_accepted_with_its_sites),
        cmocka_unit_test(test_examples_pass_the_check_as_they_are),
        cmocka_unit_test(test_an_example_of_nothing_is_refused),
        cmocka_unit_test(test_all_errors_of_a_scenario_come_at_once),
        cmocka_unit_test(test_neither_a_site_nor_a_scenario_is_a_workflow_to_run),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
