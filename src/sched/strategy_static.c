/*
 * One setting for every frame, as the user named it: "node=cloud,model=street_s,width=640,
 * travel=jpeg,quality=80". What is not named may be anything; of what fits, the fastest.
 */
#include <stdlib.h>

#include "sched/options.h"
#include "sched/pick.h"
#include "sched/strategies.h"

struct weir_strategy_state {
    int node, model, width, travel, quality; /* -1: any */
};

static int node_of(const struct weir_setting *s) {
    return s->node;
}

static int model_of(const struct weir_setting *s) {
    return s->model;
}

static int width_of(const struct weir_setting *s) {
    return s->width;
}

static int travel_of(const struct weir_setting *s) {
    return (int)s->travel;
}

/* What stays as it is has none. */
static int quality_of(const struct weir_setting *s) {
    return s->travel == WEIR_TRAVEL_NONE ? -1 : s->quality;
}

static const char *node_word(const struct weir_site_view *site, int node) {
    return site->node[node].name;
}

static const char *model_word(const struct weir_site_view *site, int model) {
    return site->model[model];
}

static const char *travel_word(const struct weir_site_view *site, int travel) {
    static const char *const names[] = {"none", "jpeg", "h264"};
    (void)site;
    return names[travel];
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
    const struct option_row rows[] = {
        {"node", &state->node, node_of, node_word},
        {"model", &state->model, model_of, model_word},
        {"width", &state->width, width_of, NULL},
        {"travel", &state->travel, travel_of, travel_word},
        {"quality", &state->quality, quality_of, NULL},
    };
    if (options_read(site, options, rows, sizeof rows / sizeof *rows, ret_reason))
        return -1;
    for (int i = 0; i < site->settings; i++)
        if (fits(state, &site->setting[i]))
            return 0;
    snprintf(ret_reason, WEIR_REASON_MAX, "no setting of the run is all of \"%.150s\"", options);
    return -1;
}

static int open(const struct weir_site_view *site, int node, const char *options,
                struct weir_strategy_state **ret_state, char *ret_reason) {
    (void)node;
    struct weir_strategy_state any = {-1, -1, -1, -1, -1}, *state;
    if (read_options(site, options, &any, ret_reason))
        return -1;
    if (!(state = malloc(sizeof *state)))
        return pick_no_memory(ret_reason);
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
        if (fits(state, pick_setting(frame, i)))
            fast = pick_faster(frame, fast, i);
    return fast;
}

const struct weir_strategy weir_strategy_static = {
    .version = WEIR_STRATEGY_VERSION,
    .name = "static",
    .about = "one setting for every frame: static:node=…,model=…,width=…,travel=…,quality=…",
    .ignores_accuracy = true,
    .open = open,
    .close = close,
    .choose = choose,
};
