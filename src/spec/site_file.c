/* site.yaml: the document as a whole, and its nodes. */
#include <stdlib.h>
#include <string.h>

#include "spec/option.h"
#include "spec/site_reader.h"

enum { SITE, NODES, LINKS, EVENTS, TOP_KEYS };
static const char *const top_keys[TOP_KEYS] = {"site", "nodes", "links", "events"};

enum { TIER, SLOTS, SLOWDOWN, FIXED_MS, EACH_MS, BATCH, MODELS, NODE_KEYS };
static const char *const node_keys[NODE_KEYS] = {"tier",    "slots", "slowdown", "fixed_ms",
                                                 "each_ms", "batch", "models"};

#define TIER_ALLOWED "edge, core, cloud or any other word"
#define MODELS_ALLOWED                                                                             \
    "a list of model names, [] for a node that serves none; without the key it serves every model"

enum { NAME_MAX_BYTES = 100 }; /* as spec_name_ok has it */

/* The complaint about a text that is no name. */
static bool check_name(struct spec_reader *reader, int line, const char *path, const char *name) {
    if (spec_name_ok(name))
        return true;
    struct weir_buf found = {0};
    spec_quote(&found, name);
    spec_complain(reader, line, path, "found the name %s; allowed: %s", weir_buf_str(&found),
                  SPEC_NAME_ALLOWED);
    weir_buf_done(&found);
    return false;
}

static char *copy_name(struct spec_reader *reader, const struct spec_node *node, const char *path,
                       const char *allowed) {
    const char *text = spec_read_text(reader, node, path, allowed);
    if (!text || !check_name(reader, node->line, path, text))
        return NULL;
    return spec_copy_text(reader, node, path, allowed);
}

static void read_cost(struct spec_reader *reader, const struct spec_node *const *value,
                      const char *path, struct weir_site_node *node) {
    static const double most_ms = 600000;
    const struct spec_node *fixed = value[FIXED_MS], *each = value[EACH_MS];
    if (value[SLOWDOWN] && (fixed || each))
        spec_complain(reader, value[SLOWDOWN]->line, path,
                      "found slowdown beside fixed_ms or each_ms; allowed: slowdown, or the other "
                      "two instead");
    if (value[SLOWDOWN])
        spec_read_number(reader, value[SLOWDOWN], spec_path(path, "slowdown").text, 0.0001, 10000,
                         &node->slowdown);
    if (!fixed && !each)
        return;
    bool good = !fixed || spec_read_number(reader, fixed, spec_path(path, "fixed_ms").text, 0,
                                           most_ms, &node->fixed_ms);
    good = (!each || spec_read_number(reader, each, spec_path(path, "each_ms").text, 0, most_ms,
                                      &node->each_ms)) &&
           good;
    if (good && node->fixed_ms + node->each_ms <= 0)
        spec_complain(reader, (fixed ? fixed : each)->line, path,
                      "found inferences that take 0 ms; allowed: fixed_ms or each_ms above 0");
    node->slowdown = 0;
}

static void read_models(struct spec_reader *reader, const struct spec_node *list, const char *path,
                        struct weir_site_node *node) {
    enum { MOST = 100 };
    node->any_model = false;
    if (list->kind != SPEC_LIST) {
        spec_unfit(reader, list, path, MODELS_ALLOWED);
        return;
    }
    if (list->len > MOST) {
        spec_complain(reader, list->line, path, "found %zu models; allowed: at most %d", list->len,
                      MOST);
        return;
    }
    for (size_t i = 0; i < list->len; i++) {
        const char *name = spec_read_text(reader, list->item[i], path, MODELS_ALLOWED);
        if (!name || !check_name(reader, list->item[i]->line, path, name))
            continue;
        if (weir_site_serves(node, name))
            spec_complain(reader, list->item[i]->line, path,
                          "found \"%s\" a second time; allowed: once", name);
        else if (spec_strings_add(&node->models, name))
            spec_out_of_memory(reader);
    }
}

/* The node is added whatever is wrong with it, so that links to it are no errors, too. */
static void read_node(struct spec_reader *reader, const struct spec_pair *pair, void *arg) {
    struct site_reader *load = arg;
    struct spec_path path = spec_path("nodes", pair->key);
    char *name = strndup(pair->key, NAME_MAX_BYTES);
    if (!name) {
        spec_out_of_memory(reader);
        return;
    }
    struct weir_site *site = load->site;
    struct weir_site_node *node = &site->node[site->node_len];
    load->node[site->node_len++] = name;
    *node = (struct weir_site_node){
        .name = name, .slots = 1, .slowdown = 1, .batch = 1, .any_model = true, .line = pair->line};
    check_name(reader, pair->line, path.text, pair->key);
    const struct spec_node *value[NODE_KEYS];
    if (!spec_read_map(reader, pair->value, path.text, node_keys, NODE_KEYS, value))
        return;
    struct spec_path tier = spec_path(path.text, "tier");
    if (value[TIER])
        node->tier = copy_name(reader, value[TIER], tier.text, TIER_ALLOWED);
    else
        spec_complain(reader, pair->line, tier.text, "found nothing; allowed: " TIER_ALLOWED);
    int64_t whole;
    if (value[SLOTS] &&
        spec_read_int(reader, value[SLOTS], spec_path(path.text, "slots").text, 1, 1024, &whole))
        node->slots = (int)whole;
    if (value[BATCH] &&
        spec_read_int(reader, value[BATCH], spec_path(path.text, "batch").text, 1, 1024, &whole))
        node->batch = (int)whole;
    read_cost(reader, value, path.text, node);
    if (value[MODELS])
        read_models(reader, value[MODELS], spec_path(path.text, "models").text, node);
}

/* False: there are none to read links with. */
static bool read_nodes(struct site_reader *load, const struct spec_node *root,
                       const struct spec_node *map) {
    static const char allowed[] = "a map of names to nodes, at least one";
    struct spec_reader *reader = load->reader;
    size_t len = map ? map->len : 0;
    if (!map || spec_node_is_null(map) || (map->kind == SPEC_MAP && !len)) {
        spec_complain(reader, map ? map->line : root->line, "nodes", "found none; allowed: %s",
                      allowed);
        return false;
    }
    if (map->kind == SPEC_MAP && len > WEIR_SITE_MAX_NODES) {
        spec_complain(reader, map->line, "nodes", "found %zu; allowed: at most %d", len,
                      WEIR_SITE_MAX_NODES);
        return false;
    }
    load->site->node = calloc(len + 1, sizeof *load->site->node);
    load->node = calloc(len + 1, sizeof *load->node);
    if (!load->site->node || !load->node) {
        spec_out_of_memory(reader);
        return false;
    }
    return spec_read_names(reader, map, "nodes", allowed, read_node, load);
}

/* False after complaining about what is no list, or too long a one. */
static bool check_list(struct spec_reader *reader, const struct spec_node *list, const char *key,
                       size_t most) {
    if (!list || spec_node_is_null(list) || (list->kind == SPEC_LIST && list->len <= most))
        return true;
    if (list->kind == SPEC_LIST)
        spec_complain(reader, list->line, key, "found %zu; allowed: at most %zu", list->len, most);
    else
        spec_unfit(reader, list, key, "a list");
    return false;
}

bool spec_site_one_of(struct site_reader *load, const struct spec_node *at, const char *path,
                      const char *const *key, const struct spec_node *const *value, int a, int b) {
    bool both = value[a] && value[b];
    if (!both && (value[a] || value[b]))
        return true;
    spec_complain(load->reader, both ? value[b]->line : at->line, path,
                  "found %s %s %s %s; allowed: exactly one of them", both ? "both" : "neither",
                  key[a], both ? "and" : "nor", key[b]);
    return false;
}

int spec_site_find(struct site_reader *load, const struct spec_node *node, const char *path,
                   const char *what, const char *const *names) {
    enum { FEW = 8 };
    bool scalar = node->kind == SPEC_SCALAR;
    int index = scalar && names ? spec_choice_index(names, node->text) : -1;
    if (index >= 0)
        return index;
    if (spec_reader_full(load->reader)) { /* thousands of names are long to compare with */
        load->reader->count++;
        return -1;
    }
    struct weir_buf allowed = {0};
    size_t len = 0;
    while (names && names[len])
        len++;
    weir_buf_printf(&allowed, "the name of a %s%s", what, len && len <= FEW ? ": " : "");
    if (len && len <= FEW)
        spec_print_choices(&allowed, names);
    const char *meant = scalar ? weir_spec_nearest(node->text, names, len) : NULL;
    if (meant)
        weir_buf_printf(&allowed, " (did you mean %s?)", meant);
    spec_unfit(load->reader, node, path, weir_buf_str(&allowed));
    weir_buf_done(&allowed);
    return -1;
}

static void read_site(struct site_reader *load, const struct spec_node *root) {
    struct spec_reader *reader = load->reader;
    const struct spec_node *value[TOP_KEYS];
    if (!spec_read_map(reader, root, "", top_keys, TOP_KEYS, value))
        return;
    if (value[SITE])
        load->site->name = copy_name(reader, value[SITE], "site", "a name");
    else if (!(load->site->name = strdup("site")))
        spec_out_of_memory(reader);
    const struct spec_node *links = value[LINKS], *events = value[EVENTS];
    bool good_links = check_list(reader, links, "links", WEIR_SITE_MAX_LINKS);
    bool good_events = check_list(reader, events, "events", WEIR_SITE_MAX_EVENTS);
    if (!read_nodes(load, root, value[NODES]) || !good_links)
        return; /* the rest would be complaints about what is missing for that reason */
    if (links && links->len)
        spec_site_read_links(load, links);
    else if (load->site->node_len > 1)
        spec_complain(reader, (links ? links : root)->line, "links",
                      "found none; allowed: links that reach every node, where there are several");
    if (good_events && events && events->len)
        spec_site_read_events(load, events);
}

static int read_document(const char *file, struct spec_doc *doc, struct weir_site *ret,
                         struct weir_error *err) {
    struct weir_site site = {0};
    struct spec_reader reader;
    spec_reader_init(&reader, file);
    char *folder = spec_folder(file);
    struct site_reader load = {.reader = &reader, .site = &site, .folder = folder};
    if (folder)
        read_site(&load, doc->root);
    else
        spec_out_of_memory(&reader);
    free(folder);
    free(load.node);
    free(load.link);
    spec_doc_free(doc);
    int rc = spec_reader_end(&reader, err);
    if (rc)
        weir_site_done(&site);
    else
        *ret = site;
    return rc;
}

int weir_site_load(const char *path, struct weir_site *ret, struct weir_error *err) {
    struct spec_doc *doc;
    int rc = spec_doc_load(path, &doc, err);
    return rc ? rc : read_document(path, doc, ret, err);
}

int weir_site_parse(const char *file, const char *text, size_t len, struct weir_site *ret,
                    struct weir_error *err) {
    struct spec_doc *doc;
    int rc = spec_doc_parse(file, text, len, &doc, err);
    return rc ? rc : read_document(file, doc, ret, err);
}

bool weir_site_seems(const char *path) {
    static const char *const keys[] = {"nodes", "links"};
    return spec_doc_has(path, keys, 2);
}
