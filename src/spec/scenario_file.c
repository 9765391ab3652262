/* A scenario's document as a whole: its name, users and strategies, its cases. */
#include <stdlib.h>
#include <string.h>

#include "spec/scenario_reader.h"

enum { NAME = SCENARIO_CASE_KEYS, USERS, STRATEGIES, VARIANTS, TOP_KEYS };

#define USERS_ALLOWED "a list of whole numbers from 1 to 10000, or one of them"
#define STRATEGIES_ALLOWED "a list of names of strategies; without the key: all"

/* What is under way. */
struct whole {
    struct scenario_reader load;
    struct weir_scenario *scenario;
};

static void read_users(struct spec_reader *reader, const struct spec_node *node,
                       struct weir_scenario *s) {
    const bool list = node->kind == SPEC_LIST;
    const size_t len = list ? node->len : 1;
    if (node->kind == SPEC_MAP || !len || len > WEIR_SCENARIO_MAX_LIST) {
        spec_unfit(reader, node, "users", USERS_ALLOWED);
        return;
    }
    int *users = calloc(len, sizeof *users), count = 0;
    if (!users) {
        spec_out_of_memory(reader);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        const struct spec_node *item = list ? node->item[i] : node;
        int64_t value;
        if (!spec_read_int(reader, item, "users", 1, WEIR_SCENARIO_MAX_USERS, &value))
            continue;
        for (int k = 0; k < count; k++)
            if (users[k] == value)
                spec_complain(reader, item->line, "users", "found %d a second time; allowed: once",
                              users[k]);
        users[count++] = (int)value;
    }
    free(s->users);
    s->users = users;
    s->user_counts = count;
}

static void read_strategies(struct spec_reader *reader, const struct spec_node *node,
                            struct weir_scenario *s) {
    struct weir_strings names = {0};
    if (node->kind == SPEC_LIST && node->len > WEIR_SCENARIO_MAX_LIST) {
        spec_complain(reader, node->line, "strategies", "found %zu; allowed: at most %d", node->len,
                      WEIR_SCENARIO_MAX_LIST);
        return;
    }
    if (!spec_read_strings(reader, node, "strategies", STRATEGIES_ALLOWED, &names))
        return;
    for (size_t i = 0; i < names.len; i++)
        for (size_t k = 0; k < i; k++)
            if (!strcmp(names.item[i], names.item[k])) {
                spec_complain(reader, node->line, "strategies",
                              "found \"%.60s\" a second time; allowed: once", names.item[i]);
                break;
            }
    s->strategies = names;
    s->strategies_line = node->line;
}

static void read_variant(struct spec_reader *reader, const struct spec_pair *pair, void *arg) {
    struct whole *whole = arg;
    struct weir_scenario *s = whole->scenario;
    struct spec_path path = spec_path("variants", pair->key);
    const struct spec_node *value[SCENARIO_CASE_KEYS];
    if (!spec_name_ok(pair->key) || !strcmp(pair->key, "all"))
        spec_complain(reader, pair->line, path.text,
                      "found this as a name; allowed: " SPEC_NAME_ALLOWED ", but not all");
    if (!spec_read_map(reader, pair->value, path.text, spec_scenario_keys, SCENARIO_CASE_KEYS,
                       value))
        return;
    struct weir_scenario_case *c = &s->cases[s->case_count];
    if (spec_scenario_copy_case(&s->cases[0], c)) {
        spec_out_of_memory(reader);
        return;
    }
    s->case_count++;
    c->line = pair->line;
    if (!(c->name = strdup(pair->key)))
        spec_out_of_memory(reader);
    spec_scenario_read_case(&whole->load, value, path.text, pair->value, c);
}

static void read_variants(struct whole *whole, const struct spec_node *map) {
    if (map->kind == SPEC_MAP && map->len >= WEIR_SCENARIO_MAX_CASES)
        spec_complain(whole->load.reader, map->line, "variants", "found %zu; allowed: at most %d",
                      map->len, WEIR_SCENARIO_MAX_CASES - 1);
    else
        spec_read_names(whole->load.reader, map, "variants", "a map of names to what they replace",
                        read_variant, whole);
}

static void read_scenario(struct whole *whole, const struct spec_node *root) {
    struct spec_reader *reader = whole->load.reader;
    struct weir_scenario *s = whole->scenario;
    const struct spec_node *value[TOP_KEYS];
    const char *key[TOP_KEYS];
    memcpy(key, spec_scenario_keys, sizeof spec_scenario_keys);
    key[NAME] = "scenario";
    key[USERS] = "users";
    key[STRATEGIES] = "strategies";
    key[VARIANTS] = "variants";
    if (!spec_read_map(reader, root, "", key, TOP_KEYS, value))
        return;
    const char *name = value[NAME] ? spec_read_text(reader, value[NAME], "scenario", "a name") : "";
    if (!value[NAME])
        spec_complain(reader, root->line, "scenario", "found nothing; allowed: a name");
    else if (name && !spec_name_ok(name))
        spec_unfit(reader, value[NAME], "scenario", SPEC_NAME_ALLOWED);
    if (name && !(s->name = strdup(name)))
        spec_out_of_memory(reader);
    if (value[USERS])
        read_users(reader, value[USERS], s);
    if (value[STRATEGIES])
        read_strategies(reader, value[STRATEGIES], s);
    whole->load.users = weir_scenario_most_users(s);
    if (!whole->load.users) /* they were wrong: the rest need not be, too */
        whole->load.users = WEIR_SCENARIO_MAX_USERS;
    const int before = reader->count;
    spec_scenario_read_case(&whole->load, value, "", root, &s->cases[0]);
    if (value[VARIANTS] && reader->count == before) /* what is wrong once is told once */
        read_variants(whole, value[VARIANTS]);
}

static int begin(struct weir_scenario *s, const char *file, size_t variants) {
    s->cases = calloc(variants + 1, sizeof *s->cases);
    s->users = calloc(1, sizeof *s->users);
    s->file = strdup(file);
    if (!s->cases || !s->users || !s->file)
        return WEIR_ENOMEM;
    s->users[0] = 1;
    s->user_counts = 1;
    s->cases[0] = (struct weir_scenario_case){.seconds = 60,
                                              .warm_up_s = 10,
                                              .window_s = 10,
                                              .seeds = 20,
                                              .rate_fps = 25,
                                              .skip = 1,
                                              .line = 1,
                                              .name = strdup("")};
    s->case_count = 1;
    return s->cases[0].name ? 0 : WEIR_ENOMEM;
}

static size_t count_variants(const struct spec_node *root) {
    size_t count = 0;
    for (size_t i = 0; root->kind == SPEC_MAP && i < root->len; i++)
        if (!strcmp(root->pair[i].key, "variants") && root->pair[i].value->kind == SPEC_MAP)
            count += root->pair[i].value->len;
    return count;
}

static int read_document(const char *file, struct spec_doc *doc, struct weir_scenario *ret,
                         struct weir_error *err) {
    struct weir_scenario scenario = {0};
    struct spec_reader reader;
    spec_reader_init(&reader, file);
    char *folder = spec_folder(file);
    struct whole whole = {{&reader, folder, 0}, &scenario};
    if (folder && !begin(&scenario, file, count_variants(doc->root)))
        read_scenario(&whole, doc->root);
    else
        spec_out_of_memory(&reader);
    free(folder);
    spec_doc_free(doc);
    int rc = spec_reader_end(&reader, err);
    if (rc)
        weir_scenario_done(&scenario);
    else
        *ret = scenario;
    return rc;
}

int weir_scenario_load(const char *path, struct weir_scenario *ret, struct weir_error *err) {
    struct spec_doc *doc;
    int rc = spec_doc_load(path, &doc, err);
    return rc ? rc : read_document(path, doc, ret, err);
}

int weir_scenario_parse(const char *file, const char *text, size_t len, struct weir_scenario *ret,
                        struct weir_error *err) {
    struct spec_doc *doc;
    int rc = spec_doc_parse(file, text, len, &doc, err);
    return rc ? rc : read_document(file, doc, ret, err);
}

bool weir_scenario_seems(const char *path) {
    static const char *const keys[] = {"scenario"};
    return spec_doc_has(path, keys, 1);
}
