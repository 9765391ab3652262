/*
 * One run in Chrome's trace format, which Perfetto and chrome://tracing show: a process for each
 * node, in it a row for each of its slots and for each way of a link that leaves it, where
 * slices are frames; and beside them each frame of its cameras from capture to outcome, with
 * what happens to it before a slot.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/sim_run.h"

enum { LINK_ROWS = 10000 }; /* slots have the lower numbers */

struct trace {
    struct sim_observer observer; /* first: it is what the run knows of this */
    const struct sim_case *ready;
    const struct sim_cameras *cameras;
    struct weir_buf out;
    struct weir_json json;
    int64_t *left_ns; /* [links][ways]: when the last byte of the one before had left */
};

static void microseconds(struct weir_json *json, const char *key, int64_t ns) {
    weir_json_key_num(json, key, (double)ns / 1e3, 3);
}

static void begin(struct trace *t, const char *phase, const char *name, int node, int row) {
    weir_json_object(&t->json);
    weir_json_key_str(&t->json, "ph", phase);
    weir_json_key_str(&t->json, "name", name);
    weir_json_key_int(&t->json, "pid", node + 1);
    weir_json_key_int(&t->json, "tid", row);
}

/* On a row nothing overlaps but frames of one batch, which begin and end together. */
static void slice(struct trace *t, const struct sim_happening *what, int node, int row,
                  int64_t from_ns) {
    char name[64];
    struct weir_buf setting = {0};
    snprintf(name, sizeof name, "%s %lld%s", t->cameras->stream[what->stream].name,
             (long long)what->frame, what->audit ? " audit" : "");
    begin(t, "X", name, node, row);
    weir_json_key_str(&t->json, "cat", what->step == SIM_STEP_SLOT ? "slot" : "link");
    microseconds(&t->json, "ts", from_ns);
    microseconds(&t->json, "dur", what->to_ns - from_ns);
    sim_case_print_setting(t->ready, what->setting, &setting);
    weir_json_key(&t->json, "args");
    weir_json_object(&t->json);
    weir_json_key_str(&t->json, "setting", weir_buf_str(&setting));
    if (what->back)
        weir_json_key_bool(&t->json, "answer", true);
    weir_json_end_object(&t->json);
    weir_json_end_object(&t->json);
    weir_buf_done(&setting);
}

static void edge(struct trace *t, const struct sim_happening *what, const char *phase,
                 const char *name, int64_t at_ns) {
    char id[64];
    const int home = t->cameras->stream[what->stream].node;
    snprintf(id, sizeof id, "%d:%lld%s", what->stream, (long long)what->frame,
             what->audit ? ":audit" : "");
    begin(t, phase, name, home, 0);
    weir_json_key_str(&t->json, "cat", t->cameras->stream[what->stream].name);
    weir_json_key_str(&t->json, "id", id);
    microseconds(&t->json, "ts", at_ns);
    if (what->step == SIM_STEP_LEFT && *phase == 'e') {
        weir_json_key(&t->json, "args");
        weir_json_object(&t->json);
        weir_json_key_int(&t->json, "frame", what->frame);
        weir_json_key_str(&t->json, "outcome", weir_outcome_name(what->outcome));
        weir_json_end_object(&t->json);
    }
    weir_json_end_object(&t->json);
}

/* What may overlap: it has no row but an identity. */
static void span(struct trace *t, const struct sim_happening *what, const char *name) {
    edge(t, what, "b", name, what->from_ns);
    edge(t, what, "e", name, what->to_ns);
}

static void happened(struct sim_observer *observer, const struct sim_happening *what) {
    struct trace *t = (struct trace *)observer;
    switch (what->step) {
    case SIM_STEP_SOURCE:
        span(t, what, "source");
        break;
    case SIM_STEP_LINK: {
        const struct weir_site_link *link = &t->ready->site.link[what->where];
        int64_t *left_ns = &t->left_ns[WEIR_SITE_WAYS * what->where + what->index];
        int64_t from_ns = what->from_ns > *left_ns ? what->from_ns : *left_ns;
        *left_ns = what->to_ns;
        slice(t, what, what->index == WEIR_SITE_FORWARD ? link->from : link->to,
              LINK_ROWS + WEIR_SITE_WAYS * what->where + what->index, from_ns);
        break;
    }
    case SIM_STEP_QUEUE: {
        char name[256];
        snprintf(name, sizeof name, "waits at %s%s", t->ready->site.node[what->where].name,
                 what->outcome ? " in vain" : "");
        span(t, what, name);
        break;
    }
    case SIM_STEP_SLOT:
        slice(t, what, what->where, 1 + what->index, what->from_ns);
        break;
    case SIM_STEP_LEFT:
        span(t, what, "frame");
        break;
    }
}

static void named(struct trace *t, const char *kind, int node, int row, const char *name) {
    begin(t, "M", kind, node, row);
    weir_json_key(&t->json, "args");
    weir_json_object(&t->json);
    weir_json_key_str(&t->json, "name", name);
    weir_json_end_object(&t->json);
    weir_json_end_object(&t->json);
}

static void name_rows(struct trace *t) {
    const struct weir_site *site = &t->ready->site;
    char name[256];
    for (int n = 0; n < (int)site->node_len; n++) {
        snprintf(name, sizeof name, "%s (%s)", site->node[n].name, site->node[n].tier);
        named(t, "process_name", n, 0, name);
        for (int s = 0; s < site->node[n].slots; s++) {
            snprintf(name, sizeof name, "slot %d", s + 1);
            named(t, "thread_name", n, 1 + s, name);
        }
    }
    for (int i = 0; i < (int)site->link_len; i++) {
        const struct weir_site_link *link = &site->link[i];
        for (int way = 0; way < (link->one_way ? 1 : WEIR_SITE_WAYS); way++) {
            const int from = way ? link->to : link->from, to = way ? link->from : link->to;
            snprintf(name, sizeof name, "link to %s", site->node[to].name);
            named(t, "thread_name", from, LINK_ROWS + WEIR_SITE_WAYS * i + way, name);
        }
    }
}

int cli_sim_trace(const struct cli_sim *sim, const char *path, struct weir_error *err) {
    const struct sim_case *ready = &sim->at[0].ready;
    struct sim_cameras named_cameras = {0}, cameras = {0};
    struct sim_result result = {0};
    struct trace t = {.observer = {.happened = happened}, .ready = ready};
    t.left_ns = calloc(WEIR_SITE_WAYS * ready->site.link_len + 1, sizeof *t.left_ns);
    /* those of the run are made in it, and are the same */
    int rc = t.left_ns && !sim_cameras_init(&named_cameras, ready, sim->users[0], 1)
                 ? 0
                 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    t.cameras = &named_cameras;
    weir_json_init(&t.json, &t.out);
    weir_json_object(&t.json);
    weir_json_key_str(&t.json, "displayTimeUnit", "ms");
    weir_json_key(&t.json, "traceEvents");
    weir_json_array(&t.json);
    name_rows(&t);
    if (!rc)
        rc = cli_sim_one(sim, 0, sim->users[0], 0, 1, &t.observer, NULL, &cameras, &result, err);
    weir_json_end_array(&t.json);
    weir_json_end_object(&t.json);
    weir_buf_putc(&t.out, '\n');
    if (!rc && t.out.failed)
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = weir_file_write_all(path, t.out.data, t.out.len, err);
    sim_result_done(&result);
    sim_cameras_done(&cameras);
    sim_cameras_done(&named_cameras);
    weir_buf_done(&t.out);
    free(t.left_ns);
    return rc;
}
