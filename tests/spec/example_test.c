/* The examples read back without complaint, fit each other, and have every key that there is. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "spec/settings.h"
#include "spec/spec.h"

static struct weir_buf example(const char *kind) {
    struct weir_buf out = {0};
    struct weir_error err = {0};
    if (weir_example_print(kind, &out, &err))
        fail_msg("%s", err.text);
    return out;
}

static int parse(const char *kind, const char *text, struct weir_error *err) {
    struct weir_site site = {0};
    struct weir_scenario scenario = {0};
    const bool is_site = !strcmp(kind, "site");
    int rc = is_site ? weir_site_parse("x.yaml", text, strlen(text), &site, err)
                     : weir_scenario_parse("x.yaml", text, strlen(text), &scenario, err);
    weir_site_done(&site);
    weir_scenario_done(&scenario);
    return rc;
}

static void test_examples_are_read_without_complaint(void **state) {
    static const char *const kinds[] = {"site", "scenario"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct weir_error err = {0};
        struct weir_buf text = example(kinds[i]);
        if (parse(kinds[i], weir_buf_str(&text), &err))
            fail_msg("%s", err.text);
        weir_buf_done(&text);
    }
}

static void test_the_scenario_names_the_nodes_of_the_site(void **state) {
    struct weir_error err = {0};
    struct weir_site site = {0};
    struct weir_scenario scenario = {0};
    struct weir_buf of_site = example("site"), of_scenario = example("scenario");
    assert_int_equal(weir_site_parse("x.yaml", of_site.data, of_site.len, &site, &err), 0);
    assert_int_equal(
        weir_scenario_parse("x.yaml", of_scenario.data, of_scenario.len, &scenario, &err), 0);
    for (int c = 0; c < scenario.case_count; c++)
        for (size_t i = 0; i < scenario.cases[c].nodes.len; i++)
            assert_true(weir_site_node(&site, scenario.cases[c].nodes.item[i]) >= 0);
    weir_site_done(&site);
    weir_scenario_done(&scenario);
    weir_buf_done(&of_site);
    weir_buf_done(&of_scenario);
}

/* "key:" with no letter before it. */
static bool has_key(const char *text, const char *key) {
    const size_t len = strlen(key);
    for (const char *at = text; (at = strstr(at, key)); at++)
        if (at[len] == ':' && (at == text || strchr(" {\n", at[-1])))
            return true;
    return false;
}

/* What the reader says it allows where a key is unknown. */
static void test_no_key_is_forgotten(void **state) {
    static const char mark[] = "nokey: found an unknown key; allowed: ";
    static const struct {
        const char *kind, *wrong;
    } at[] = {
        {"site", "nokey: 1\nnodes: { a: { tier: x } }\n"},
        {"site", "nodes: { a: { nokey: 1 } }\n"},
        {"site", "nodes: { a: { tier: x }, b: { tier: x } }\nlinks: [ { nokey: 1 } ]\n"},
        {"site", "nodes: { a: { tier: x } }\nevents: [ { nokey: 1 } ]\n"},
        {"scenario", "nokey: 1\n"},
        {"scenario", "cameras: { nokey: 1 }\n"},
        {"scenario", "slo: { nokey: 1 }\n"},
        {"scenario", "reference: { nokey: 1 }\n"},
        {"scenario", "come: [ { nokey: 1 } ]\n"},
        {"scenario", "cuts: [ { nokey: 1 } ]\n"},
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        struct weir_error err = {0};
        struct weir_buf text = example(at[i].kind);
        assert_int_equal(parse(at[i].kind, at[i].wrong, &err), WEIR_EINVAL);
        char *list = strstr(err.text, mark), *key;
        assert_non_null(list);
        list += strlen(mark);
        list[strcspn(list, "\n(")] = 0;
        int keys = 0;
        while ((key = strsep(&list, ", ")))
            if (*key) {
                if (!has_key(weir_buf_str(&text), key))
                    fail_msg("the %s has no %s", at[i].kind, key);
                keys++;
            }
        assert_true(keys >= 2);
        weir_buf_done(&text);
    }
}

static void test_every_setting_is_in_the_workflow(void **state) {
    struct weir_buf text = example("workflow");
    assert_true(has_key(weir_buf_str(&text), "streams"));
    assert_true(has_key(weir_buf_str(&text), "sinks"));
    for (size_t i = 0; i < weir_options_len; i++)
        assert_true(has_key(weir_buf_str(&text), spec_option_name(&weir_options[i])));
    weir_buf_done(&text);
}

static void test_what_is_no_kind_is_refused(void **state) {
    static const char *const none[] = {"", "sites", "Site", "sidecar"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct weir_buf out = {0};
        struct weir_error err = {0};
        assert_int_equal(weir_example_print(none[i], &out, &err), WEIR_EINVAL);
        assert_non_null(strstr(err.text, "allowed: workflow, site or scenario"));
        assert_int_equal(out.len, 0);
        weir_buf_done(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_are_read_without_complaint),
        cmocka_unit_test(test_the_scenario_names_the_nodes_of_the_site),
        cmocka_unit_test(test_no_key_is_forgotten),
        cmocka_unit_test(test_every_setting_is_in_the_workflow),
        cmocka_unit_test(test_what_is_no_kind_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
