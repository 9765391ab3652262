/* What a scene may be asked for: one row per key of "seed=7,size=…". */
#include "scene/scene.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_MAX INT64_MAX
#define WIDTH_MIN 160
#define WIDTH_MAX 3840
#define HEIGHT_MIN 90
#define HEIGHT_MAX 2160
#define FPS_MIN 0.01
#define FPS_MAX 120.0
#define SECONDS_MAX 86400.0
#define CYCLISTS_MAX 10.0

const struct weir_scene_conf weir_scene_defaults = {7,    1280, 720, 25, 60, WEIR_SCENE_MIXED,
                                                    0.16, 1};

static const char *const profiles[WEIR_SCENE_PROFILES] = {
    [WEIR_SCENE_CALM] = "calm", [WEIR_SCENE_RUSH] = "rush",   [WEIR_SCENE_MIXED] = "mixed",
    [WEIR_SCENE_FAR] = "far",   [WEIR_SCENE_EMPTY] = "empty",
};

const char *weir_scene_profile_name(int profile) {
    return profile >= 0 && profile < WEIR_SCENE_PROFILES ? profiles[profile] : NULL;
}

int weir_scene_check(const struct weir_scene_conf *conf, struct weir_error *err) {
    if (conf->seed > SEED_MAX)
        return weir_fail(err, WEIR_ERANGE, "scene: seed is %llu; allowed: 0 to %lld",
                         (unsigned long long)conf->seed, (long long)SEED_MAX);
    if (conf->width < WIDTH_MIN || conf->width > WIDTH_MAX || conf->height < HEIGHT_MIN ||
        conf->height > HEIGHT_MAX || conf->width % 2 || conf->height % 2 ||
        conf->width > 4 * conf->height || conf->height > 2 * conf->width)
        return weir_fail(err, WEIR_ERANGE,
                         "scene: size is %dx%d; allowed: even numbers from %dx%d to %dx%d, not "
                         "wider than 4:1, not taller than 1:2",
                         conf->width, conf->height, WIDTH_MIN, HEIGHT_MIN, WIDTH_MAX, HEIGHT_MAX);
    if (!(conf->fps >= FPS_MIN && conf->fps <= FPS_MAX))
        return weir_fail(err, WEIR_ERANGE, "scene: fps is %g; allowed: %g to %g", conf->fps,
                         FPS_MIN, FPS_MAX);
    if (!(conf->seconds > 0 && conf->seconds <= SECONDS_MAX))
        return weir_fail(err, WEIR_ERANGE, "scene: seconds is %g; allowed: more than 0, at most %g",
                         conf->seconds, SECONDS_MAX);
    if (!weir_scene_profile_name((int)conf->profile))
        return weir_fail(err, WEIR_ERANGE, "scene: profile is %d; allowed: 0 to %d",
                         (int)conf->profile, WEIR_SCENE_PROFILES - 1);
    if (!(conf->heavy >= 0 && conf->heavy <= 1))
        return weir_fail(err, WEIR_ERANGE, "scene: heavy is %g; allowed: 0 to 1", conf->heavy);
    if (!(conf->cyclists >= 0 && conf->cyclists <= CYCLISTS_MAX))
        return weir_fail(err, WEIR_ERANGE, "scene: cyclists is %g; allowed: 0 to %g",
                         conf->cyclists, CYCLISTS_MAX);
    return 0;
}

static int read_seed(const char *text, struct weir_scene_conf *conf) {
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno)
        return WEIR_EINVAL;
    conf->seed = v;
    return 0;
}

static int read_size(const char *text, struct weir_scene_conf *conf) {
    int used = -1;
    if (!isdigit((unsigned char)*text) || strlen(text) > 11 ||
        sscanf(text, "%dx%d%n", &conf->width, &conf->height, &used) != 2 || used < 0 || text[used])
        return WEIR_EINVAL;
    return 0;
}

static int read_number(const char *text, double *ret) {
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !isfinite(v))
        return WEIR_EINVAL;
    *ret = v;
    return 0;
}

static int read_fps(const char *text, struct weir_scene_conf *conf) {
    return read_number(text, &conf->fps);
}

static int read_seconds(const char *text, struct weir_scene_conf *conf) {
    return read_number(text, &conf->seconds);
}

static int read_profile(const char *text, struct weir_scene_conf *conf) {
    for (int i = 0; i < WEIR_SCENE_PROFILES; i++)
        if (strcmp(text, profiles[i]) == 0) {
            conf->profile = (enum weir_scene_profile)i;
            return 0;
        }
    return WEIR_EINVAL;
}

static int read_heavy(const char *text, struct weir_scene_conf *conf) {
    return read_number(text, &conf->heavy);
}

static int read_cyclists(const char *text, struct weir_scene_conf *conf) {
    return read_number(text, &conf->cyclists);
}

static const struct {
    const char *key, *allowed;
    int (*read)(const char *text, struct weir_scene_conf *conf);
} keys[] = {
    {"seed", "a whole number from 0", read_seed},
    {"size", "WIDTHxHEIGHT, e.g. 1280x720", read_size},
    {"fps", "frames per second, e.g. 25", read_fps},
    {"seconds", "a length, e.g. 60", read_seconds},
    {"profile", "calm, rush, mixed, far or empty", read_profile},
    {"heavy", "a share of the traffic, 0 to 1", read_heavy},
    {"cyclists", "how many times as many, 0 to 10", read_cyclists},
};
#define KEYS (sizeof keys / sizeof *keys)

static int read_pair(char *pair, struct weir_scene_conf *conf, bool *seen, struct weir_error *err) {
    char *value = strchr(pair, '=');
    if (value)
        *value++ = 0;
    for (size_t k = 0; k < KEYS; k++) {
        if (strcmp(pair, keys[k].key) != 0)
            continue;
        if (seen[k])
            return weir_fail(err, WEIR_EINVAL, "scene: %s is given twice", keys[k].key);
        seen[k] = true;
        if (!value || keys[k].read(value, conf) < 0)
            return weir_fail(err, WEIR_EINVAL, "scene: %s is \"%s\"; allowed: %s", keys[k].key,
                             value ? value : "", keys[k].allowed);
        return 0;
    }
    return weir_fail(
        err, WEIR_EINVAL,
        "scene: unknown key \"%s\"; allowed: seed, size, fps, seconds, profile, heavy, "
        "cyclists",
        pair);
}

int weir_scene_parse(const char *text, struct weir_scene_conf *ret_conf, struct weir_error *err) {
    struct weir_scene_conf conf = weir_scene_defaults;
    bool seen[KEYS] = {false};
    char *copy = strdup(text), *rest = copy, *pair;
    if (!copy)
        return weir_fail(err, WEIR_ENOMEM, "scene: out of memory");
    int rc = 0;
    while (*text && rc == 0 && (pair = strsep(&rest, ",")))
        rc = read_pair(pair, &conf, seen, err);
    free(copy);
    if (rc == 0)
        rc = weir_scene_check(&conf, err);
    if (rc == 0)
        *ret_conf = conf;
    return rc;
}
