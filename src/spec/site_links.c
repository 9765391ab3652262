/*
 * The links of site.yaml. A link is called by its name in complaints, or by what would
 * be its name: its place in the list says nothing to who reads it.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "spec/site_reader.h"

enum {
    FROM,
    TO,
    NAME,
    MBIT_PER_S,
    TRACE,
    MBIT_PER_S_BACK,
    TRACE_BACK,
    RTT_MS,
    LOSS,
    QUEUE_KB,
    ONE_WAY,
    KEYS
};
static const char *const keys[KEYS] = {
    "from",       "to",     "name", "mbit_per_s", "trace",  "mbit_per_s_back",
    "trace_back", "rtt_ms", "loss", "queue_kb",   "one_way"};

#define TRACE_ALLOWED                                                                              \
    "a recorded capacity in mahimahi's format, its path relative to the document's folder or to "  \
    "$WEIR_DATA/traces"

static const char *text_of(const struct spec_node *node) {
    return node && node->kind == SPEC_SCALAR && strlen(node->text) <= 100 ? node->text : NULL;
}

/* As it is given, or as it follows from the ends, be there such nodes or not. On the heap;
 * NULL after complaining, or where the ends are not even texts. */
static char *read_name(struct site_reader *load, const struct spec_node *const *value) {
    const char *from = text_of(value[FROM]), *to = text_of(value[TO]);
    if (value[NAME]) {
        const char *text = text_of(value[NAME]);
        if (text && spec_name_ok(text))
            return spec_copy_text(load->reader, value[NAME], "links.name", SPEC_NAME_ALLOWED);
        spec_unfit(load->reader, value[NAME], "links.name", SPEC_NAME_ALLOWED);
    }
    if (value[NAME] || !from || !to)
        return NULL;
    struct weir_buf name = {0};
    weir_buf_printf(&name, "%s-%s", from, to);
    if (name.failed)
        spec_out_of_memory(load->reader);
    return name.data;
}

static bool is_file(const char *path) {
    struct stat st;
    return path && !stat(path, &st) && !S_ISDIR(st.st_mode);
}

/* Says where the file was looked for. */
static void no_trace(struct site_reader *load, const struct spec_node *node, const char *path,
                     bool relative, const char *traces) {
    struct weir_buf found = {0};
    const char *folder = *load->folder ? load->folder : ".";
    spec_quote(&found, node->text);
    if (!relative)
        weir_buf_puts(&found, ", where there is no file");
    else if (traces)
        weir_buf_printf(&found, ", a file neither in %s nor in %s", folder, traces);
    else
        weir_buf_printf(&found, ", no file in %s, and $WEIR_DATA is not set", folder);
    spec_complain(load->reader, node->line, path, "found %s; allowed: " TRACE_ALLOWED,
                  weir_buf_str(&found));
    weir_buf_done(&found);
}

/* The path of the file, on the heap; NULL after complaining. */
static char *find_trace(struct site_reader *load, const struct spec_node *node, const char *path) {
    const char *text = spec_read_text(load->reader, node, path, TRACE_ALLOWED);
    if (!text)
        return NULL;
    if (strlen(text) >= PATH_MAX) {
        spec_unfit(load->reader, node, path, TRACE_ALLOWED);
        return NULL;
    }
    const char *data = getenv("WEIR_DATA");
    bool relative = *text != '/' && strncmp(text, "~/", 2) != 0;
    char *here = spec_resolve(load->folder, text), *there = NULL;
    char *traces = relative && data && *data ? weir_path_join(data, "traces") : NULL;
    if (traces)
        there = weir_path_join(traces, text);
    char *trace = is_file(here) ? here : is_file(there) ? there : NULL;
    if (!here || (relative && data && *data && !there))
        spec_out_of_memory(load->reader);
    else if (!trace)
        no_trace(load, node, path, relative, traces);
    if (here != trace)
        free(here);
    if (there != trace)
        free(there);
    free(traces);
    return trace;
}

/* The one of a rate and a trace that is there. */
static void read_capacity(struct site_reader *load, const struct spec_node *rate,
                          const struct spec_node *trace, const char *path, bool back,
                          struct weir_site_capacity *ret) {
    if (rate)
        spec_read_number(load->reader, rate,
                         spec_path(path, keys[back ? MBIT_PER_S_BACK : MBIT_PER_S]).text, 0.001,
                         1e6, &ret->mbit_per_s);
    else
        ret->trace = find_trace(load, trace, spec_path(path, keys[back ? TRACE_BACK : TRACE]).text);
}

static void read_ways(struct site_reader *load, const struct spec_node *item,
                      const struct spec_node *const *value, const char *path,
                      struct weir_site_link *link) {
    struct weir_site_capacity *forward = &link->capacity[WEIR_SITE_FORWARD];
    struct weir_site_capacity *back = &link->capacity[WEIR_SITE_BACK];
    const struct spec_node *rate_back = value[MBIT_PER_S_BACK], *trace_back = value[TRACE_BACK];
    if (spec_site_one_of(load, item, path, keys, value, MBIT_PER_S, TRACE))
        read_capacity(load, value[MBIT_PER_S], value[TRACE], path, false, forward);
    if (link->one_way && (rate_back || trace_back)) {
        int key = rate_back ? MBIT_PER_S_BACK : TRACE_BACK;
        spec_complain(load->reader, value[key]->line, spec_path(path, keys[key]).text,
                      "found on a link with one_way; allowed: only where there is a way back");
    } else if (rate_back || trace_back) {
        if (spec_site_one_of(load, item, path, keys, value, MBIT_PER_S_BACK, TRACE_BACK))
            read_capacity(load, rate_back, trace_back, path, true, back);
    } else if (!link->one_way) {
        back->mbit_per_s = forward->mbit_per_s;
        if (forward->trace && !(back->trace = strdup(forward->trace)))
            spec_out_of_memory(load->reader);
    }
}

static bool read_ends(struct site_reader *load, const struct spec_node *item,
                      const struct spec_node *const *value, const char *path,
                      struct weir_site_link *link) {
    int *end[] = {&link->from, &link->to};
    for (int i = 0; i < 2; i++) {
        struct spec_path full = spec_path(path, keys[FROM + i]);
        *end[i] = -1;
        if (value[FROM + i])
            *end[i] = spec_site_find(load, value[FROM + i], full.text, "node", load->node);
        else
            spec_complain(load->reader, item->line, full.text,
                          "found nothing; allowed: the name of a node");
    }
    if (link->from >= 0 && link->from == link->to)
        spec_complain(load->reader, value[TO]->line, spec_path(path, "to").text,
                      "found the node where the link begins; allowed: another node");
    return link->from >= 0 && link->to >= 0 && link->from != link->to;
}

static void check_unique(struct site_reader *load, const struct spec_node *const *value, int line,
                         const char *path, const char *name) {
    int first = spec_choice_index(load->link, name);
    if (first >= 0)
        spec_complain(load->reader, value[NAME] ? value[NAME]->line : line, path,
                      "found a second link of this name (first on line %d); allowed: a name of its "
                      "own, with the key name",
                      load->site->link[first].line);
}

/* False where it has no name or does not lie between two nodes. With a name it is added all
 * the same, so that events of it are no errors, too. */
static bool read_link(struct site_reader *load, const struct spec_node *item) {
    struct spec_reader *reader = load->reader;
    struct weir_site *site = load->site;
    const struct spec_node *value[KEYS];
    if (!spec_read_map(reader, item, "links", keys, KEYS, value))
        return false;
    struct weir_site_link link = {.line = item->line, .name = read_name(load, value)};
    struct spec_path path = link.name ? spec_path("links", link.name) : spec_path("", "links");
    bool placed = read_ends(load, item, value, path.text, &link);
    if (value[ONE_WAY])
        spec_read_bool(reader, value[ONE_WAY], spec_path(path.text, "one_way").text, &link.one_way);
    if (value[RTT_MS])
        spec_read_number(reader, value[RTT_MS], spec_path(path.text, "rtt_ms").text, 0, 600000,
                         &link.rtt_ms);
    if (value[LOSS])
        spec_read_number(reader, value[LOSS], spec_path(path.text, "loss").text, 0, 0.9,
                         &link.loss);
    if (value[QUEUE_KB])
        spec_read_number(reader, value[QUEUE_KB], spec_path(path.text, "queue_kb").text, 0, 1e7,
                         &link.queue_kb);
    read_ways(load, item, value, path.text, &link);
    if (link.name) {
        check_unique(load, value, item->line, path.text, link.name);
        load->link[site->link_len] = link.name;
        site->link[site->link_len++] = link;
    } else {
        for (int way = 0; way < WEIR_SITE_WAYS; way++)
            free(link.capacity[way].trace);
    }
    return placed && link.name;
}

static void check_reached(struct site_reader *load) {
    const struct weir_site *site = load->site;
    bool *reached = calloc(site->node_len, sizeof *reached);
    if (!reached) {
        spec_out_of_memory(load->reader);
        return;
    }
    for (size_t i = 0; i < site->link_len; i++)
        reached[site->link[i].from] = reached[site->link[i].to] = true;
    for (size_t i = 0; i < site->node_len; i++)
        if (!reached[i])
            spec_complain(load->reader, site->node[i].line,
                          spec_path("nodes", site->node[i].name).text,
                          "found no link from or to it; allowed: every node on a link, where there "
                          "are several");
    free(reached);
}

void spec_site_read_links(struct site_reader *load, const struct spec_node *list) {
    load->site->link = calloc(list->len + 1, sizeof *load->site->link);
    load->link = calloc(list->len + 1, sizeof *load->link);
    if (!load->site->link || !load->link) {
        spec_out_of_memory(load->reader);
        return;
    }
    bool complete = true;
    for (size_t i = 0; i < list->len; i++)
        complete = read_link(load, list->item[i]) && complete;
    /* A link that is lost to a slip in a name is not its node's error. */
    if (complete && load->site->node_len > 1)
        check_reached(load);
}
