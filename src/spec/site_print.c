/*
 * A site written back, every key with its value; what is printed reads back to the same,
 * wherever it is put: traces have their full paths.
 */
#include <stdlib.h>
#include <string.h>

#include "spec/reader.h"
#include "spec/site.h"

static void text(struct weir_buf *out, const char *key, const char *value) {
    weir_buf_printf(out, "%s: ", key);
    spec_print_yaml_text(out, value);
}

static void number(struct weir_buf *out, const char *key, double value) {
    weir_buf_printf(out, ", %s: ", key);
    spec_print_number(out, value);
}

static void print_node(const struct weir_site_node *node, struct weir_buf *out) {
    weir_buf_puts(out, "  ");
    spec_print_yaml_text(out, node->name);
    weir_buf_puts(out, ": { ");
    text(out, "tier", node->tier);
    number(out, "slots", node->slots);
    if (node->slowdown > 0) {
        number(out, "slowdown", node->slowdown);
    } else {
        number(out, "fixed_ms", node->fixed_ms);
        number(out, "each_ms", node->each_ms);
    }
    number(out, "batch", node->batch);
    for (size_t i = 0; i < node->models.len; i++) {
        weir_buf_puts(out, i ? ", " : ", models: [");
        spec_print_yaml_text(out, node->models.item[i]);
    }
    if (!node->any_model)
        weir_buf_puts(out, node->models.len ? "]" : ", models: []");
    weir_buf_puts(out, " }\n");
}

static void print_capacity(const struct weir_site_capacity *capacity, const char *back,
                           struct weir_buf *out) {
    weir_buf_printf(out, ", %s%s: ", capacity->trace ? "trace" : "mbit_per_s", back);
    if (capacity->trace) {
        char *full = realpath(capacity->trace, NULL);
        spec_print_yaml_text(out, full ? full : capacity->trace);
        free(full);
    } else
        spec_print_number(out, capacity->mbit_per_s);
}

/* A name that follows from the ends may be longer than one that may be given. */
static void print_name(const struct weir_site_link *link, const char *from, const char *to,
                       struct weir_buf *out) {
    size_t len = strlen(from);
    bool derived = !strncmp(link->name, from, len) && link->name[len] == '-' &&
                   !strcmp(link->name + len + 1, to);
    if (!derived) {
        text(out, "name", link->name);
        weir_buf_puts(out, ", ");
    }
}

static void print_link(const struct weir_site *site, const struct weir_site_link *link,
                       struct weir_buf *out) {
    const char *from = site->node[link->from].name, *to = site->node[link->to].name;
    weir_buf_puts(out, "  - { ");
    print_name(link, from, to, out);
    text(out, "from", from);
    weir_buf_puts(out, ", ");
    text(out, "to", to);
    print_capacity(&link->capacity[WEIR_SITE_FORWARD], "", out);
    if (!link->one_way)
        print_capacity(&link->capacity[WEIR_SITE_BACK], "_back", out);
    number(out, "rtt_ms", link->rtt_ms);
    number(out, "loss", link->loss);
    number(out, "queue_kb", link->queue_kb);
    weir_buf_printf(out, ", one_way: %s }\n", link->one_way ? "true" : "false");
}

static void print_event(const struct weir_site *site, const struct weir_site_event *event,
                        struct weir_buf *out) {
    weir_buf_puts(out, "  - { at_s: ");
    spec_print_number(out, event->at_s);
    weir_buf_puts(out, ", ");
    if (event->node >= 0)
        text(out, "node", site->node[event->node].name);
    else
        text(out, "link", site->link[event->link].name);
    if (event->down_s > 0) {
        number(out, "down_s", event->down_s);
    } else {
        number(out, "mbit_per_s", event->mbit_per_s[WEIR_SITE_FORWARD]);
        if (!site->link[event->link].one_way)
            number(out, "mbit_per_s_back", event->mbit_per_s[WEIR_SITE_BACK]);
    }
    weir_buf_puts(out, " }\n");
}

void weir_site_print(const struct weir_site *site, struct weir_buf *out) {
    text(out, "site", site->name);
    weir_buf_puts(out, "\nnodes:\n");
    for (size_t i = 0; i < site->node_len; i++)
        print_node(&site->node[i], out);
    weir_buf_printf(out, "links:%s\n", site->link_len ? "" : " []");
    for (size_t i = 0; i < site->link_len; i++)
        print_link(site, &site->link[i], out);
    weir_buf_printf(out, "events:%s\n", site->event_len ? "" : " []");
    for (size_t i = 0; i < site->event_len; i++)
        print_event(site, &site->event[i], out);
}
