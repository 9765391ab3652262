/* The head of a recording: the site as strategies see it. */
#include <stdlib.h>
#include <string.h>

#include "sim/calls_code.h"

#define MAGIC "weir calls"
enum { FORMAT = 2, TEXT_MOST = 1 << 20, SPARE = 16 };

int sim_code_int(struct sim_tape *tape, int v) {
    uint64_t zigzag = v < 0 ? 2 * (uint64_t)(-(int64_t)v) - 1 : 2 * (uint64_t)v;
    sim_tape_number(tape, &zigzag, UINT32_MAX);
    return zigzag & 1 ? (int)(-(int64_t)(zigzag >> 1) - 1) : (int)(zigzag >> 1);
}

static double code_double(struct sim_tape *tape, double v) {
    uint64_t bits = sim_bits_of(v), zero = 0;
    sim_tape_words(tape, &bits, &zero, 1);
    return sim_of_bits(bits);
}

static int64_t code_int64(struct sim_tape *tape, int64_t v) {
    uint64_t word = (uint64_t)v;
    sim_tape_number(tape, &word, UINT64_MAX);
    return (int64_t)word;
}

/* pool: where a text that is read is copied to; it moves on. */
static const char *code_text(struct sim_tape *tape, const char *text, char **pool) {
    size_t len = tape->reads || !text ? 0 : strlen(text);
    text = text ? text : "";
    sim_tape_text(tape, &text, &len, TEXT_MOST);
    if (!tape->reads)
        return text;
    char *copy = *pool;
    memcpy(copy, text, len);
    copy[len] = 0;
    *pool += len + 1;
    return copy;
}

/* As many things take at least as many bytes. */
static int code_len(struct sim_tape *tape, int len) {
    uint64_t v = (uint64_t)len;
    sim_tape_number(tape, &v, tape->reads ? (uint64_t)(tape->end - tape->at) : UINT64_MAX);
    return (int)v;
}

static void code_node(struct sim_tape *tape, struct weir_node_view *node, char **pool) {
    node->name = code_text(tape, node->name, pool);
    node->tier = code_text(tape, node->tier, pool);
    node->slots = sim_code_int(tape, node->slots);
    node->slowdown = code_double(tape, node->slowdown);
}

static void code_link(struct sim_tape *tape, struct weir_link_view *link, char **pool) {
    link->name = code_text(tape, link->name, pool);
    for (int way = 0; way < 2; way++)
        link->mbit_per_s[way] = code_double(tape, link->mbit_per_s[way]);
}

/* numbers: where those that are read go; it moves on. */
static void code_route(struct sim_tape *tape, const struct weir_site_view *site,
                       struct weir_route_view *route, int **numbers) {
    route->links = code_len(tape, route->links + 1) - 1;
    if (tape->reads) {
        route->link = *numbers;
        route->way = *numbers + (route->links > 0 ? route->links : 0);
    }
    for (int way = 0; way < 2; way++)
        for (int i = 0; i < route->links; i++) {
            int v = sim_code_int(tape, (way ? route->way : route->link)[i]);
            if (!tape->reads)
                continue;
            tape->bad = tape->bad || v < 0 || v >= (way ? 2 : site->links);
            *(*numbers)++ = v;
        }
}

static void code_setting(struct sim_tape *tape, struct weir_setting *s) {
    s->node = sim_code_int(tape, s->node);
    s->model = sim_code_int(tape, s->model);
    s->width = sim_code_int(tape, s->width);
    s->height = sim_code_int(tape, s->height);
    s->travel = (enum weir_travel)sim_code_int(tape, (int)s->travel);
    s->quality = sim_code_int(tape, s->quality);
}

static void code_stream(struct sim_tape *tape, struct weir_stream_view *s, char **pool) {
    s->name = code_text(tape, s->name, pool);
    s->node = sim_code_int(tape, s->node);
    s->rate_fps = code_double(tape, s->rate_fps);
    s->width = sim_code_int(tape, s->width);
    s->height = sim_code_int(tape, s->height);
    s->deadline_ns = code_int64(tape, s->deadline_ns);
    s->min_accuracy = code_double(tape, s->min_accuracy);
    s->reference = sim_code_int(tape, s->reference);
}

static void code_lengths(struct sim_tape *tape, struct weir_site_view *view) {
    view->nodes = code_len(tape, view->nodes);
    view->links = code_len(tape, view->links);
    view->models = code_len(tape, view->models);
    view->settings = code_len(tape, view->settings);
    view->streams = code_len(tape, view->streams);
}

int sim_calls_write_head(struct sim_tape *tape, const char *strategy, const char *options,
                         const struct weir_site_view *view) {
    struct weir_site_view lengths = *view;
    code_text(tape, MAGIC, NULL);
    sim_code_int(tape, FORMAT);
    code_text(tape, strategy, NULL);
    code_text(tape, options, NULL);
    code_lengths(tape, &lengths);
    for (int i = 0; i < view->nodes; i++)
        code_node(tape, (struct weir_node_view[]){view->node[i]}, NULL);
    for (int i = 0; i < view->links; i++)
        code_link(tape, (struct weir_link_view[]){view->link[i]}, NULL);
    for (int i = 0; i < view->nodes * view->nodes; i++)
        code_route(tape, view, (struct weir_route_view[]){view->route[i]}, NULL);
    for (int i = 0; i < view->models; i++)
        code_text(tape, view->model[i], NULL);
    for (int i = 0; i < view->settings; i++)
        code_setting(tape, (struct weir_setting[]){view->setting[i]});
    for (int i = 0; i < view->streams; i++)
        code_stream(tape, (struct weir_stream_view[]){view->stream[i]}, NULL);
    return tape->piece.failed ? WEIR_ENOMEM : 0;
}

static bool make_room(struct sim_calls_site *site) {
    const struct weir_site_view *v = &site->view;
    site->node = calloc((size_t)v->nodes + 1, sizeof *site->node);
    site->link = calloc((size_t)v->links + 1, sizeof *site->link);
    site->route = calloc((size_t)v->nodes * (size_t)v->nodes + 1, sizeof *site->route);
    site->model = calloc((size_t)v->models + 1, sizeof *site->model);
    site->setting = calloc((size_t)v->settings + 1, sizeof *site->setting);
    site->stream = calloc((size_t)v->streams + 1, sizeof *site->stream);
    return site->node && site->link && site->route && site->model && site->setting && site->stream;
}

/* Do all indices lead somewhere? */
static bool hangs_together(const struct weir_site_view *v) {
    bool good = v->nodes > 0 && v->streams > 0 && v->settings > 0;
    for (int i = 0; i < v->settings; i++)
        good = good && v->setting[i].node >= 0 && v->setting[i].node < v->nodes &&
               v->setting[i].model >= 0 && v->setting[i].model < v->models &&
               v->setting[i].travel <= WEIR_TRAVEL_H264;
    for (int i = 0; i < v->streams; i++)
        good = good && v->stream[i].node >= 0 && v->stream[i].node < v->nodes &&
               v->stream[i].reference >= 0 && v->stream[i].reference < v->settings;
    return good;
}

int sim_calls_read_head(struct sim_tape *tape, struct sim_calls_site *ret,
                        const char **ret_strategy, const char **ret_options) {
    struct sim_calls_site site = {0};
    struct weir_site_view *v = &site.view;
    const size_t len = (size_t)(tape->end - tape->at);
    int rc = WEIR_ENOMEM;
    /* A text is as long here, with its NUL, as with its length on the tape; a number is at least
     * one byte there. What is read once the tape is bad takes a little more. */
    char *pool = site.text = malloc(len + SPARE);
    int *numbers = site.number = calloc(2 * len + SPARE, sizeof *site.number);
    if (!pool || !numbers)
        goto fail;
    tape->bad = tape->bad || strcmp(code_text(tape, NULL, &pool), MAGIC) != 0;
    tape->bad = sim_code_int(tape, 0) != FORMAT || tape->bad;
    const char *strategy = code_text(tape, NULL, &pool), *options = code_text(tape, NULL, &pool);
    code_lengths(tape, v);
    if (tape->bad || (size_t)v->nodes * (size_t)v->nodes > len) { /* a route takes a byte */
        *v = (struct weir_site_view){0};
        tape->bad = true;
    }
    if (!make_room(&site))
        goto fail;
    for (int i = 0; i < v->nodes && !tape->bad; i++)
        code_node(tape, &site.node[i], &pool);
    for (int i = 0; i < v->links && !tape->bad; i++)
        code_link(tape, &site.link[i], &pool);
    for (int i = 0; !tape->bad && i < v->nodes * v->nodes; i++)
        code_route(tape, v, &site.route[i], &numbers);
    for (int i = 0; i < v->models && !tape->bad; i++)
        site.model[i] = code_text(tape, NULL, &pool);
    for (int i = 0; i < v->settings && !tape->bad; i++)
        code_setting(tape, &site.setting[i]);
    for (int i = 0; i < v->streams && !tape->bad; i++)
        code_stream(tape, &site.stream[i], &pool);
    v->node = site.node;
    v->link = site.link;
    v->route = site.route;
    v->model = site.model;
    v->setting = site.setting;
    v->stream = site.stream;
    tape->bad = tape->bad || tape->at != tape->end || !hangs_together(v);
    *ret_strategy = strategy;
    *ret_options = options;
    *ret = site;
    return 0;

fail:
    sim_calls_site_done(&site);
    return rc;
}

void sim_calls_site_done(struct sim_calls_site *site) {
    free(site->node);
    free(site->link);
    free(site->route);
    free(site->model);
    free(site->setting);
    free(site->stream);
    free(site->text);
    free(site->number);
    *site = (struct sim_calls_site){0};
}
