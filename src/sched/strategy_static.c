/*
 * One setting for every frame, as the user named it: "node=cloud,model=street_s,width=640,
 * travel=jpeg,quality=80". What is not named may be anything; of what fits, the fastest.
 */
#include <ctype.h>
#include <stdlib.h>

#include "sched/pick.h"
#include "sched/strategies.h"

struct weir_strategy_state {
    int node, model, width, travel, quality; /* -1: any */
};

static int index_of(const char *name, int len,
                    const char *(*nth)(const struct weir_site_view *, int),
                    const struct weir_site_view *site) {
    for (int i = 0; i < len; i++)
        if (!strcmp(nth(site, i), name))
            return i;
    return -1;
}

static const char *node_name(const struct weir_site_view *site, int i) {
    return site->node[i].name;
}

static const char *model_name(const struct weir_site_view *site, int i) {
    return site->model[i];
}

static const char *travel_name(const struct weir_site_view *site, int i) {
    static const char *const names[] = {"none", "jpeg", "h264"};
    (void)site;
    return names[i];
}

static int number(const char *text) {
    char *end;
    long v = strtol(text, &end, 10);
    return isdigit((unsigned char)*text) && !*end && v <= 1000000 ? (int)v : -1;
}

static int read_pair(const struct weir_site_view *site, const char *key, const char *value,
                     struct weir_strategy_state *state, char *ret_reason) {
    int *field = !strcmp(key, "node")      ? &state->node
                 : !strcmp(key, "model")   ? &state->model
                 : !strcmp(key, "width")   ? &state->width
                 : !strcmp(key, "travel")  ? &state->travel
                 : !strcmp(key, "quality") ? &state->quality
                                           : NULL;
    if (!field) {
        snprintf(ret_reason, WEIR_REASON_MAX,
                 "unknown option \"%.60s\"; allowed: node, model, width, travel, quality", key);
        return -1;
    }
    *field = field == &state->node     ? index_of(value, site->nodes, node_name, site)
             : field == &state->model  ? index_of(value, site->models, model_name, site)
             : field == &state->travel ? index_of(value, 3, travel_name, site)
                                       : number(value);
    if (*field >= 0)
        return 0;
    snprintf(ret_reason, WEIR_REASON_MAX, "%s is \"%.60s\"; allowed: %s", key, value,
             field == &state->node     ? "a node of the site"
             : field == &state->model  ? "a model of the run"
             : field == &state->travel ? "none, jpeg or h264"
                                       : "a whole number");
    return -1;
}

static bool fits(const struct weir_strategy_state *state, const struct weir_setting *s) {
    return (state->node < 0 || state->node == s->node) &&
           (state->model < 0 || state->model == s->model) &&
           (state->width < 0 || state->width == s->width) &&
           (state->travel < 0 || state->travel == (int)s->travel) &&
           (state->quality < 0 || state->quality == s->quality);
}

static int read_options(const struct weir_site_view *site, const char *options,
                        struct weir_strategy_state *state, char *ret_reason) {
    char text[512], *rest = text, *pair;
    if (strlen(options) >= sizeof text) {
        snprintf(ret_reason, WEIR_REASON_MAX, "options are longer than %zu characters",
                 sizeof text - 1);
        return -1;
    }
    memcpy(text, options, strlen(options) + 1);
    while (*options && (pair = strsep(&rest, ","))) {
        char *value = strchr(pair, '=');
        if (value)
            *value++ = 0;
        if (read_pair(site, pair, value ? value : "", state, ret_reason))
            return -1;
    }
    for (int i = 0; i < site->settings; i++)
        if (fits(state, &site->setting[i]))
            return 0;
    snprintf(ret_reason, WEIR_REASON_MAX, "no setting of the run fits \"%.150s\"", options);
    return -1;
}

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    (void)node;
    struct weir_strategy_state any = {-1, -1, -1, -1, -1}, *state;
    if (read_options(site, options, &any, ret_reason))
        return -1;
    if (!(state = malloc(sizeof *state))) {
        snprintf(ret_reason, WEIR_REASON_MAX, "out of memory");
        return -1;
    }
    *state = any;
    *ret_state = state;
    return 0;
}

static void close(struct weir_strategy_state *state) {
    free(state);
}

static int choose(struct weir_strategy_state *state, const struct weir_frame_view *frame) {
    int fast = WEIR_DROP;
    for (int i = 0; i < frame->offers; i++)
        if (fits(state, &frame->site->setting[frame->offer[i].setting]))
            fast = pick_faster(frame, fast, i);
    return fast;
}

const struct weir_strategy weir_strategy_static = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "static",
    .about = "one setting for every frame: static:node=…,model=…,width=…,travel=…,quality=…",
    .open = open,
    .close = close,
    .choose = choose,
};
