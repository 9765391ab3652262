/*
 * libyaml's events become a tree. Every node is put into the document's list
 * the moment it exists, so that the ordinary destructor frees whatever was
 * built when something goes wrong. An alias yields the node it names, not a
 * copy: expanding one costs nothing, and the readers' schemas bound how deep a
 * tree is ever walked. What a hostile file could use to eat time or memory is
 * limited: bytes, nodes, aliases, anchors, depth, and how long a text is that
 * aliases may have copied many times. Duplicate keys are marked here and
 * reported by the schema layer (reader.c), which knows the keys' full names.
 */
#include "spec/doc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <yaml.h>

struct anchor {
    char *name;
    struct spec_node *node;
};

struct builder {
    const char *file;
    const char *data;
    size_t data_len;
    yaml_parser_t parser;
    struct spec_doc *doc;
    struct anchor anchor[SPEC_YAML_MAX_ANCHORS];
    size_t anchors, aliases;
    struct weir_error *err;
};

static int complain(struct builder *b, const yaml_mark_t *at, const char *text) {
    return weir_fail(b->err, WEIR_EINVAL, "%s:%zu:%zu: %s", b->file, at->line + 1, at->column + 1,
                     text);
}

/* Where a byte lies: libyaml's reader gives an offset, not a line. */
static yaml_mark_t mark_of_offset(const struct builder *b, size_t offset) {
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < offset && i < b->data_len; i++) {
        mark.column++;
        if (b->data[i] == '\n') {
            mark.line++;
            mark.column = 0;
        }
    }
    return mark;
}

static int next(struct builder *b, yaml_event_t *ret_event) {
    if (yaml_parser_parse(&b->parser, ret_event))
        return 0;
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return weir_fail(b->err, WEIR_ENOMEM, "%s: out of memory", b->file);
    yaml_mark_t mark = p->problem_mark;
    if (p->error == YAML_READER_ERROR)
        mark = mark_of_offset(b, p->problem_offset);
    return weir_fail(b->err, WEIR_EINVAL, "%s:%zu:%zu: not valid YAML: %s%s%s", b->file,
                     mark.line + 1, mark.column + 1,
                     p->problem ? p->problem : "cannot be understood", p->context ? ", " : "",
                     p->context ? p->context : "");
}

static void *grow(void *array, size_t *cap, size_t len, size_t size) {
    if (len < *cap)
        return array;
    size_t wanted = *cap ? *cap * 2 : 8;
    void *larger = realloc(array, wanted * size);
    if (larger)
        *cap = wanted;
    return larger;
}

static int out_of_memory(struct builder *b) {
    return weir_fail(b->err, WEIR_ENOMEM, "%s: out of memory", b->file);
}

/* Is there room for one more value? */
static int count_value(struct builder *b, const yaml_mark_t *at) {
    if (b->doc->len + b->aliases >= SPEC_YAML_MAX_NODES)
        return complain(b, at, "too many values for one document (50000 at most)");
    return 0;
}

static int add_node(struct builder *b, enum spec_node_kind kind, const yaml_mark_t *at,
                    struct spec_node **ret_node) {
    struct spec_doc *doc = b->doc;
    int rc = count_value(b, at);
    if (rc)
        return rc;
    struct spec_node **nodes = grow(doc->node, &doc->cap, doc->len, sizeof *nodes);
    if (!nodes)
        return out_of_memory(b);
    doc->node = nodes;
    struct spec_node *node = calloc(1, sizeof *node);
    if (!node)
        return out_of_memory(b);
    node->kind = kind;
    node->line = (int)at->line + 1;
    doc->node[doc->len++] = node;
    *ret_node = node;
    return 0;
}

static int add_anchor(struct builder *b, const yaml_mark_t *at, const yaml_char_t *name,
                      struct spec_node *node) {
    if (!name)
        return 0;
    if (b->anchors >= SPEC_YAML_MAX_ANCHORS)
        return complain(b, at, "too many anchors (256 at most)");
    char *copy = strdup((const char *)name);
    if (!copy)
        return out_of_memory(b);
    b->anchor[b->anchors++] = (struct anchor){copy, node};
    return 0;
}

static int resolve(struct builder *b, const yaml_event_t *event, struct spec_node **ret_node) {
    const char *name = (const char *)event->data.alias.anchor;
    int rc = count_value(b, &event->start_mark);
    if (rc)
        return rc;
    b->aliases++;
    for (size_t i = b->anchors; i-- > 0;) {
        if (strcmp(b->anchor[i].name, name))
            continue;
        if (b->anchor[i].node->open)
            return complain(b, &event->start_mark, "an alias must not lie inside what it names");
        *ret_node = b->anchor[i].node;
        return 0;
    }
    return weir_fail(b->err, WEIR_EINVAL, "%s:%zu:%zu: no anchor &%s before this alias", b->file,
                     event->start_mark.line + 1, event->start_mark.column + 1, name);
}

static int by_key_then_place(const void *a, const void *b) {
    const struct spec_pair *const *x = a, *const *y = b;
    int order = strcmp((*x)->key, (*y)->key);
    return order ? order : (*x > *y) - (*x < *y);
}

/* Sorted, so that a map of thousands of keys costs no more than it should. */
static int mark_duplicates(struct builder *b, struct spec_node *map) {
    if (map->len < 2)
        return 0;
    struct spec_pair **order = malloc(map->len * sizeof(struct spec_pair *));
    if (!order)
        return out_of_memory(b);
    for (size_t i = 0; i < map->len; i++)
        order[i] = &map->pair[i];
    qsort(order, map->len, sizeof(struct spec_pair *), by_key_then_place);
    for (size_t i = 1; i < map->len; i++)
        if (!strcmp(order[i]->key, order[i - 1]->key))
            order[i]->first_line =
                order[i - 1]->first_line ? order[i - 1]->first_line : order[i - 1]->line;
    free(order);
    return 0;
}

static int build(struct builder *b, const yaml_event_t *event, int depth,
                 struct spec_node **ret_node);

/* Reads the next event and what it begins; *ret_node NULL at the end of the
 * list or map around it. */
static int build_next(struct builder *b, int depth, struct spec_node **ret_node, int *ret_line) {
    yaml_event_t event;
    int rc = next(b, &event);
    if (rc)
        return rc;
    *ret_line = (int)event.start_mark.line + 1;
    *ret_node = NULL;
    if (event.type != YAML_SEQUENCE_END_EVENT && event.type != YAML_MAPPING_END_EVENT)
        rc = build(b, &event, depth, ret_node);
    yaml_event_delete(&event);
    return rc;
}

static int build_list(struct builder *b, int depth, struct spec_node *list) {
    for (;;) {
        struct spec_node *item;
        int line, rc = build_next(b, depth + 1, &item, &line);
        if (rc || !item)
            return rc;
        struct spec_node **items = grow(list->item, &list->cap, list->len, sizeof *items);
        if (!items)
            return out_of_memory(b);
        list->item = items;
        list->item[list->len++] = item;
    }
}

static int build_map(struct builder *b, int depth, struct spec_node *map) {
    for (;;) {
        struct spec_node *key, *value;
        int line, ignored, rc = build_next(b, depth + 1, &key, &line);
        if (rc)
            return rc;
        if (!key)
            return mark_duplicates(b, map);
        if (key->kind != SPEC_SCALAR)
            return weir_fail(b->err, WEIR_EINVAL, "%s:%d: found a %s as a key; allowed: text",
                             b->file, line, key->kind == SPEC_LIST ? "list" : "map");
        if ((rc = build_next(b, depth + 1, &value, &ignored)))
            return rc;
        struct spec_pair *pairs = grow(map->pair, &map->cap, map->len, sizeof *pairs);
        if (!pairs)
            return out_of_memory(b);
        map->pair = pairs;
        map->pair[map->len++] = (struct spec_pair){key->text, line, 0, value};
    }
}

static int build_scalar(struct builder *b, const yaml_event_t *event, struct spec_node **ret_node) {
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    if (memchr(text, 0, len))
        return complain(b, &event->start_mark, "found a NUL character in a text");
    if (len > SPEC_YAML_MAX_TEXT)
        return complain(b, &event->start_mark, "a text is too long (4096 bytes at most)");
    struct spec_node *node;
    int rc = add_node(b, SPEC_SCALAR, &event->start_mark, &node);
    if (rc)
        return rc;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = strndup(text, len);
    if (!node->text)
        return out_of_memory(b);
    *ret_node = node;
    return add_anchor(b, &event->start_mark, event->data.scalar.anchor, node);
}

static int build(struct builder *b, const yaml_event_t *event, int depth,
                 struct spec_node **ret_node) {
    if (event->type == YAML_ALIAS_EVENT)
        return resolve(b, event, ret_node);
    if (event->type == YAML_SCALAR_EVENT)
        return build_scalar(b, event, ret_node);
    if (depth > SPEC_YAML_MAX_DEPTH)
        return complain(b, &event->start_mark, "nested too deeply (32 levels at most)");
    bool list = event->type == YAML_SEQUENCE_START_EVENT;
    struct spec_node *node;
    int rc = add_node(b, list ? SPEC_LIST : SPEC_MAP, &event->start_mark, &node);
    if (rc)
        return rc;
    rc = add_anchor(b, &event->start_mark,
                    list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor,
                    node);
    if (rc)
        return rc;
    node->open = true;
    rc = list ? build_list(b, depth, node) : build_map(b, depth, node);
    node->open = false;
    if (!rc)
        *ret_node = node;
    return rc;
}

/* stream start, document start, root, document end, stream end */
static int build_document(struct builder *b) {
    yaml_event_t event;
    bool done = false;
    for (;;) {
        int rc = next(b, &event);
        if (rc)
            return rc;
        switch (event.type) {
        case YAML_STREAM_END_EVENT:
            done = true;
            break;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_DOCUMENT_START_EVENT:
            if (b->doc->root)
                rc = complain(b, &event.start_mark, "found a second document; allowed: one a file");
            break;
        default:
            rc = build(b, &event, 1, &b->doc->root);
        }
        yaml_event_delete(&event);
        if (rc)
            return rc;
        if (done)
            break;
    }
    if (!b->doc->root)
        return weir_fail(b->err, WEIR_EINVAL, "%s:1: the file is empty; expected keys and values",
                         b->file);
    return 0;
}

int spec_doc_parse(const char *file, const char *data, size_t len, struct spec_doc **ret_doc,
                   struct weir_error *err) {
    struct builder b = {.file = file, .data = data, .data_len = len, .err = err};
    int rc = WEIR_ENOMEM;
    b.doc = calloc(1, sizeof *b.doc);
    if (!b.doc || !yaml_parser_initialize(&b.parser)) {
        free(b.doc);
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", file);
    }
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)data, len);
    rc = build_document(&b);
    yaml_parser_delete(&b.parser);
    for (size_t i = 0; i < b.anchors; i++)
        free(b.anchor[i].name);
    if (rc)
        spec_doc_free(b.doc);
    else
        *ret_doc = b.doc;
    return rc;
}

int spec_doc_load(const char *path, struct spec_doc **ret_doc, struct weir_error *err) {
    char *data;
    size_t len;
    int rc = weir_file_read(path, SPEC_YAML_MAX_BYTES, &data, &len, err);
    if (rc)
        return rc;
    rc = spec_doc_parse(path, data, len, ret_doc, err);
    free(data);
    return rc;
}

void spec_doc_free(struct spec_doc *doc) {
    if (!doc)
        return;
    for (size_t i = 0; i < doc->len; i++) {
        free(doc->node[i]->text);
        free(doc->node[i]->item);
        free(doc->node[i]->pair);
        free(doc->node[i]);
    }
    free(doc->node);
    free(doc);
}

bool spec_doc_has(const char *path, const char *const *keys, size_t len) {
    struct stat st;
    struct spec_doc *doc;
    if (stat(path, &st) || !S_ISREG(st.st_mode) || spec_doc_load(path, &doc, NULL))
        return false;
    bool has = false;
    for (size_t i = 0; doc->root->kind == SPEC_MAP && i < doc->root->len; i++)
        for (size_t k = 0; k < len; k++)
            has = has || !strcmp(doc->root->pair[i].key, keys[k]);
    spec_doc_free(doc);
    return has;
}

bool spec_node_is_null(const struct spec_node *node) {
    return node->kind == SPEC_SCALAR && node->plain &&
           (!*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null"));
}
