/* What a scene may be asked for, and what it answers to nonsense. */
#include <string.h>

#include "scene/scene.h"
#include "support/support.h"

static void test_empty_text_gives_the_defaults(void **state) {
    (void)state;
    struct weir_scene_conf conf;
    assert_int_equal(weir_scene_parse("", &conf, NULL), 0);
    assert_int_equal(conf.seed, weir_scene_defaults.seed);
    assert_int_equal(conf.width, 1280);
    assert_int_equal(conf.profile, WEIR_SCENE_MIXED);
}

static void test_every_key_is_read(void **state) {
    (void)state;
    struct weir_scene_conf conf;
    assert_int_equal(weir_scene_parse("profile=rush,seconds=1.5,fps=12.5,size=640x352,seed=42,"
                                      "heavy=0.5,cyclists=3",
                                      &conf, NULL),
                     0);
    assert_int_equal(conf.seed, 42);
    assert_int_equal(conf.width, 640);
    assert_int_equal(conf.height, 352);
    assert_float_equal(conf.fps, 12.5, 0);
    assert_float_equal(conf.seconds, 1.5, 0);
    assert_int_equal(conf.profile, WEIR_SCENE_RUSH);
    assert_float_equal(conf.heavy, 0.5, 0);
    assert_float_equal(conf.cyclists, 3, 0);
}

static void test_profiles_have_names(void **state) {
    (void)state;
    assert_string_equal(weir_scene_profile_name(WEIR_SCENE_CALM), "calm");
    assert_string_equal(weir_scene_profile_name(WEIR_SCENE_EMPTY), "empty");
    assert_null(weir_scene_profile_name(-1));
    assert_null(weir_scene_profile_name(WEIR_SCENE_PROFILES));
}

static void test_nonsense_is_told_with_what_is_allowed(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int code;
        const char *words;
    } rows[] = {
        {"speed=3", WEIR_EINVAL, "unknown key \"speed\"; allowed: seed, size"},
        {"seed", WEIR_EINVAL, "seed is \"\""},
        {"seed=", WEIR_EINVAL, "a whole number"},
        {"seed=-1", WEIR_EINVAL, "a whole number"},
        {"seed= 1", WEIR_EINVAL, "a whole number"},
        {"seed=1.5", WEIR_EINVAL, "a whole number"},
        {"seed=99999999999999999999999", WEIR_EINVAL, "a whole number"},
        {"seed=9223372036854775808", WEIR_ERANGE, "9223372036854775807"},
        {"seed=1,seed=2", WEIR_EINVAL, "twice"},
        {"size=1280", WEIR_EINVAL, "1280x720"},
        {"size=1280x720x3", WEIR_EINVAL, "1280x720"},
        {"size=99999999999x720", WEIR_EINVAL, "1280x720"},
        {"size=1281x720", WEIR_ERANGE, "even"},
        {"size=100x90", WEIR_ERANGE, "160x90"},
        {"size=-640x360", WEIR_EINVAL, "1280x720"},
        {"size=3840x2162", WEIR_ERANGE, "3840x2160"},
        {"size=1280x200", WEIR_ERANGE, "4:1"},
        {"size=160x720", WEIR_ERANGE, "1:2"},
        {"fps=0", WEIR_ERANGE, "0.01 to 120"},
        {"fps=121", WEIR_ERANGE, "0.01 to 120"},
        {"fps=nan", WEIR_EINVAL, "frames per second"},
        {"fps=fast", WEIR_EINVAL, "frames per second"},
        {"seconds=0", WEIR_ERANGE, "more than 0"},
        {"seconds=-2", WEIR_ERANGE, "more than 0"},
        {"seconds=inf", WEIR_EINVAL, "a length"},
        {"seconds=86401", WEIR_ERANGE, "86400"},
        {"profile=busy", WEIR_EINVAL, "calm, rush, mixed, far or empty"},
        {"heavy=1.5", WEIR_ERANGE, "0 to 1"},
        {"heavy=-0.1", WEIR_ERANGE, "0 to 1"},
        {"heavy=much", WEIR_EINVAL, "a share"},
        {"cyclists=11", WEIR_ERANGE, "0 to 10"},
        {"cyclists=nan", WEIR_EINVAL, "how many times"},
        {"seed=1,,fps=2", WEIR_EINVAL, "unknown key \"\""},
        {",", WEIR_EINVAL, "unknown key \"\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct weir_error err = {0};
        struct weir_scene_conf conf = {.seed = 77};
        assert_int_equal(weir_scene_parse(rows[i].text, &conf, &err), rows[i].code);
        assert_non_null(strstr(err.text, rows[i].words));
        assert_int_equal(conf.seed, 77); /* untouched */
    }
}

static void test_check_refuses_what_parse_would(void **state) {
    (void)state;
    struct weir_scene_conf conf = weir_scene_defaults;
    struct weir_scene *scene = NULL;
    struct weir_error err = {0};
    conf.profile = (enum weir_scene_profile)9;
    assert_int_equal(weir_scene_check(&conf, &err), WEIR_ERANGE);
    conf = weir_scene_defaults;
    conf.fps = -1;
    assert_int_equal(weir_scene_new(&conf, &scene, &err), WEIR_ERANGE);
    assert_null(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_text_gives_the_defaults),
        cmocka_unit_test(test_every_key_is_read),
        cmocka_unit_test(test_profiles_have_names),
        cmocka_unit_test(test_nonsense_is_told_with_what_is_allowed),
        cmocka_unit_test(test_check_refuses_what_parse_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
