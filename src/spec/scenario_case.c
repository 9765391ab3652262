/*
 * What a scenario and each of its variants say alike. A variant begins as a copy of the
 * scenario, and what it names replaces what is there.
 */
#include <stdlib.h>
#include <string.h>

#include "spec/scenario_reader.h"

const char *const spec_scenario_keys[SCENARIO_CASE_KEYS] = {
    "site", "table", "sources",   "seconds", "warm_up_s", "window_s", "seeds", "cameras",
    "skip", "slo",   "reference", "models",  "widths",    "codecs",   "come",  "cuts"};

enum { NODES, CLIPS, RATE_FPS, JITTER_MS, CAMERA_KEYS };
static const char *const camera_keys[CAMERA_KEYS] = {"nodes", "clips", "rate_fps", "jitter_ms"};
enum { DEADLINE_MS, MIN_ACCURACY, SLO_KEYS };
static const char *const slo_keys[SLO_KEYS] = {"deadline_ms", "min_accuracy"};
enum { MODEL, WIDTH, AUDIT_WIDTH, REFERENCE_KEYS };
static const char *const reference_keys[REFERENCE_KEYS] = {"model", "width", "audit_width"};
enum { COME_USER, FROM_S, TO_S, COME_KEYS };
static const char *const come_keys[COME_KEYS] = {"user", "from_s", "to_s"};
enum { CUT_USER, AT_S, CLIP, CUT_KEYS };
static const char *const cut_keys[CUT_KEYS] = {"user", "at_s", "clip"};

static const double most_s = 100000, most_ms = 600000;
enum { SEEDS_MAX = 10000, WIDTH_MIN = 8, WIDTH_MAX = 65535 };

#define NODES_ALLOWED "a list of nodes of the site, at least one"
#define CLIPS_ALLOWED "a list of clips of the table, at least one"
#define SOURCES_ALLOWED "a list of NAME=SOURCE, as weir record was given them"
#define MODELS_ALLOWED "a list of models of the table; without the key: all of them"
#define WIDTHS_ALLOWED "a list of widths of the table; without the key: all of them"
#define CODECS_ALLOWED "a list of jpeg and h264; without the key: all of the table"

static void read_path(struct scenario_reader *load, const struct spec_node *node, const char *path,
                      const char *allowed, char **ret, int *ret_line) {
    const char *text = spec_read_text(load->reader, node, path, allowed);
    char *resolved = text ? spec_resolve(load->folder, text) : NULL;
    if (text && !resolved)
        spec_out_of_memory(load->reader);
    if (!resolved)
        return;
    free(*ret);
    *ret = resolved;
    *ret_line = node->line;
}

/* False, complained, for a name that is longer than any. */
static bool name_fits(struct spec_reader *reader, const struct spec_node *node, const char *path,
                      const char *name) {
    const size_t len = strlen(name);
    if (len <= WEIR_SCENARIO_MAX_NAME)
        return true;
    spec_complain(reader, node->line, path, "found a name of %zu bytes; allowed: at most %d", len,
                  WEIR_SCENARIO_MAX_NAME);
    return false;
}

/* A list of names in place of the one that is there; needed: not an empty one. unique: no name
 * twice. */
static void read_names(struct spec_reader *reader, const struct spec_node *node, const char *path,
                       const char *allowed, bool needed, bool unique, struct weir_strings *ret,
                       int *ret_line) {
    struct weir_strings names = {0};
    if (node->kind == SPEC_LIST && node->len > WEIR_SCENARIO_MAX_LIST) {
        spec_complain(reader, node->line, path, "found %zu; allowed: at most %d", node->len,
                      WEIR_SCENARIO_MAX_LIST);
        return;
    }
    if (!spec_read_strings(reader, node, path, allowed, &names))
        return;
    bool good = names.len || !needed;
    if (!good)
        spec_complain(reader, node->line, path, "found none; allowed: %s", allowed);
    for (size_t i = 0; good && i < names.len; i++)
        good = name_fits(reader, node, path, names.item[i]);
    for (size_t i = 0; unique && i < names.len; i++)
        for (size_t k = 0; good && k < i; k++)
            if (!strcmp(names.item[i], names.item[k])) {
                spec_complain(reader, node->line, path, "found \"%s\" a second time; allowed: once",
                              names.item[i]);
                good = false;
            }
    if (!good) {
        spec_strings_done(&names);
        return;
    }
    spec_strings_done(ret);
    *ret = names;
    *ret_line = node->line;
}

bool spec_is_place(const char *source) {
    return strncmp(source, "scene:", 6) != 0 && !strstr(source, "://");
}

/* Is that NAME=SOURCE, of a clip that none of those before it names? Else complained. */
static bool source_fits(struct spec_reader *reader, const struct spec_node *node, const char *path,
                        const struct weir_strings *all, size_t i) {
    const char *item = all->item[i], *equals = strchr(item, '=');
    const size_t len = equals ? (size_t)(equals - item) : 0;
    if (!len || len > WEIR_SCENARIO_MAX_NAME || !equals[1]) {
        spec_complain(reader, node->line, path, "found \"%.100s\"; allowed: %s", item,
                      SOURCES_ALLOWED);
        return false;
    }
    for (size_t k = 0; k < i; k++)
        if (!strncmp(all->item[k], item, len + 1)) {
            spec_complain(reader, node->line, path,
                          "found a second source for \"%.*s\"; allowed: one", (int)len, item);
            return false;
        }
    return true;
}

/* Files lie beside the document. */
static void read_sources(struct scenario_reader *load, const struct spec_node *node,
                         const char *path, struct weir_scenario_case *c) {
    struct spec_reader *reader = load->reader;
    struct weir_strings given = {0}, resolved = {0};
    bool good = spec_read_strings(reader, node, path, SOURCES_ALLOWED, &given);
    if (good && given.len > WEIR_SCENARIO_MAX_LIST) {
        spec_complain(reader, node->line, path, "found %zu; allowed: at most %d", given.len,
                      WEIR_SCENARIO_MAX_LIST);
        good = false;
    }
    for (size_t i = 0; good && i < given.len; i++) {
        if (!(good = source_fits(reader, node, path, &given, i)))
            break;
        const char *item = given.item[i], *source = strchr(item, '=') + 1;
        char *place = spec_is_place(source) ? spec_resolve(load->folder, source) : strdup(source);
        struct weir_buf text = {0};
        weir_buf_printf(&text, "%.*s%s", (int)(source - item), item, place ? place : "");
        if (!place || text.failed || spec_strings_add(&resolved, weir_buf_str(&text)))
            spec_out_of_memory(reader);
        weir_buf_done(&text);
        free(place);
    }
    spec_strings_done(&given);
    spec_strings_done(&c->sources);
    c->sources = resolved;
    c->at.sources = node->line;
}

static void read_cameras(struct scenario_reader *load, const struct spec_node *map,
                         const char *path, struct weir_scenario_case *c) {
    struct spec_reader *reader = load->reader;
    const struct spec_node *value[CAMERA_KEYS];
    if (!spec_read_map(reader, map, path, camera_keys, CAMERA_KEYS, value))
        return;
    if (value[NODES])
        read_names(reader, value[NODES], spec_path(path, "nodes").text, NODES_ALLOWED, true, false,
                   &c->nodes, &c->at.nodes);
    if (value[CLIPS])
        read_names(reader, value[CLIPS], spec_path(path, "clips").text, CLIPS_ALLOWED, true, false,
                   &c->clips, &c->at.clips);
    if (value[RATE_FPS] &&
        spec_read_number(reader, value[RATE_FPS], spec_path(path, "rate_fps").text, 0.01, 1000,
                         &c->rate_fps))
        c->at.rate = value[RATE_FPS]->line;
    if (value[JITTER_MS])
        spec_read_number(reader, value[JITTER_MS], spec_path(path, "jitter_ms").text, 0, most_ms,
                         &c->jitter_ms);
    const struct spec_node *late = value[JITTER_MS] ? value[JITTER_MS] : value[RATE_FPS];
    if (late && c->jitter_ms * c->rate_fps >= 1000)
        spec_complain(reader, late->line, spec_path(path, "jitter_ms").text,
                      "found %g at %g frames per second; allowed: less than lies between two "
                      "frames, %g",
                      c->jitter_ms, c->rate_fps, 1000 / c->rate_fps);
}

static void read_slo(struct spec_reader *reader, const struct spec_node *map, const char *path,
                     struct weir_scenario_case *c) {
    const struct spec_node *value[SLO_KEYS];
    if (!spec_read_map(reader, map, path, slo_keys, SLO_KEYS, value))
        return;
    if (value[DEADLINE_MS] &&
        spec_read_number(reader, value[DEADLINE_MS], spec_path(path, "deadline_ms").text, 0.001,
                         most_ms, &c->deadline_ms))
        c->at.deadline = value[DEADLINE_MS]->line;
    if (value[MIN_ACCURACY] &&
        spec_read_number(reader, value[MIN_ACCURACY], spec_path(path, "min_accuracy").text, 0, 1,
                         &c->min_accuracy))
        c->at.floor = value[MIN_ACCURACY]->line;
}

static void read_reference(struct spec_reader *reader, const struct spec_node *map,
                           const char *path, struct weir_scenario_case *c) {
    const struct spec_node *value[REFERENCE_KEYS];
    int64_t width;
    if (!spec_read_map(reader, map, path, reference_keys, REFERENCE_KEYS, value))
        return;
    c->at.reference = map->line;
    if (value[MODEL]) {
        char *model = spec_copy_text(reader, value[MODEL], spec_path(path, "model").text,
                                     "a model of the table");
        if (model) {
            free(c->reference_model);
            c->reference_model = model;
        }
    }
    if (value[WIDTH] && spec_read_int(reader, value[WIDTH], spec_path(path, "width").text,
                                      WIDTH_MIN, WIDTH_MAX, &width))
        c->reference_width = (int)width;
    if (value[AUDIT_WIDTH] &&
        spec_read_int(reader, value[AUDIT_WIDTH], spec_path(path, "audit_width").text, WIDTH_MIN,
                      WIDTH_MAX, &width))
        c->audit_width = (int)width;
}

static void read_widths(struct spec_reader *reader, const struct spec_node *list, const char *path,
                        struct weir_scenario_case *c) {
    if (list->kind != SPEC_LIST || list->len > WEIR_SCENARIO_MAX_LIST) {
        spec_unfit(reader, list, path, WIDTHS_ALLOWED);
        return;
    }
    int *width = calloc(list->len + 1, sizeof *width), len = 0;
    if (!width) {
        spec_out_of_memory(reader);
        return;
    }
    for (size_t i = 0; i < list->len; i++) {
        int64_t pixels;
        if (!spec_read_int(reader, list->item[i], path, WIDTH_MIN, WIDTH_MAX, &pixels))
            continue;
        for (int k = 0; k < len; k++)
            if (width[k] == pixels)
                spec_complain(reader, list->item[i]->line, path,
                              "found %d a second time; allowed: once", width[k]);
        width[len++] = (int)pixels;
    }
    free(c->width);
    c->width = width;
    c->widths = len;
    c->at.widths = list->line;
}

static void read_codecs(struct spec_reader *reader, const struct spec_node *node, const char *path,
                        struct weir_scenario_case *c) {
    struct weir_strings names = {0};
    int line = 0;
    read_names(reader, node, path, CODECS_ALLOWED, false, true, &names, &line);
    bool good = line > 0;
    for (size_t i = 0; i < names.len; i++)
        if (strcmp(names.item[i], "jpeg") != 0 && strcmp(names.item[i], "h264") != 0) {
            spec_complain(reader, node->line, path, "found \"%.40s\"; allowed: " CODECS_ALLOWED,
                          names.item[i]);
            good = false;
        }
    if (!good) {
        spec_strings_done(&names);
        return;
    }
    spec_strings_done(&c->codecs);
    c->codecs = names;
    c->at.codecs = line;
}

/* False after complaining about what is no list, or too long a one. */
static bool is_list(struct spec_reader *reader, const struct spec_node *node, const char *path,
                    const char *allowed) {
    if (node->kind == SPEC_LIST && node->len <= WEIR_SCENARIO_MAX_LIST)
        return true;
    if (node->kind == SPEC_LIST)
        spec_complain(reader, node->line, path, "found %zu; allowed: at most %d", node->len,
                      WEIR_SCENARIO_MAX_LIST);
    else
        spec_unfit(reader, node, path, allowed);
    return false;
}

/* False, complained, unless every key has a value. */
static bool all_there(struct spec_reader *reader, const struct spec_node *item, const char *path,
                      const char *const *key, int keys, const struct spec_node *const *value) {
    bool good = true;
    for (int i = 0; i < keys; i++)
        if (!value[i]) {
            spec_complain(reader, item->line, spec_path(path, key[i]).text,
                          "found nothing; it has no default");
            good = false;
        }
    return good;
}

static void read_come(struct scenario_reader *load, const struct spec_node *list, const char *path,
                      struct weir_scenario_case *c) {
    struct spec_reader *reader = load->reader;
    if (!is_list(reader, list, path, "a list of { user, from_s, to_s }"))
        return;
    struct weir_scenario_come *come = calloc(list->len + 1, sizeof *come);
    int len = 0;
    if (!come) {
        spec_out_of_memory(reader);
        return;
    }
    for (size_t i = 0; i < list->len; i++) {
        const struct spec_node *item = list->item[i], *value[COME_KEYS];
        int64_t user;
        double from, to;
        if (!spec_read_map(reader, item, path, come_keys, COME_KEYS, value) ||
            !all_there(reader, item, path, come_keys, COME_KEYS, value))
            continue;
        bool good = spec_read_int(reader, value[COME_USER], spec_path(path, "user").text, 0,
                                  load->users - 1, &user);
        good = spec_read_number(reader, value[FROM_S], spec_path(path, "from_s").text, 0, most_s,
                                &from) &&
               good;
        good = spec_read_number(reader, value[TO_S], spec_path(path, "to_s").text, 0.001, most_s,
                                &to) &&
               good;
        if (good && to <= from) {
            spec_complain(reader, value[TO_S]->line, spec_path(path, "to_s").text,
                          "found %s, not after from_s; allowed: above %s", value[TO_S]->text,
                          value[FROM_S]->text);
            good = false;
        }
        for (int k = 0; good && k < len; k++)
            if (come[k].user == user) {
                spec_complain(reader, item->line, spec_path(path, "user").text,
                              "found %d a second time (first on line %d); allowed: once, a user "
                              "who comes again is another user",
                              come[k].user, come[k].line);
                good = false;
            }
        if (good)
            come[len++] = (struct weir_scenario_come){(int)user, from, to, item->line};
    }
    free(c->come);
    c->come = come;
    c->comes = len;
}

/* Against the cut before of the same user. */
static bool in_order(struct spec_reader *reader, const struct spec_node *at, const char *path,
                     const struct weir_scenario_cut *cut, int len, int user, double at_s) {
    while (len > 0 && cut[len - 1].user != user)
        len--;
    if (!len || cut[len - 1].at_s < at_s)
        return true;
    spec_complain(reader, at->line, spec_path(path, "at_s").text,
                  "found %s after %g (line %d) for user %d; allowed: the cuts of a user in the "
                  "order of their time",
                  at->text, cut[len - 1].at_s, cut[len - 1].line, user);
    return false;
}

static void read_cuts(struct scenario_reader *load, const struct spec_node *list, const char *path,
                      struct weir_scenario_case *c) {
    struct spec_reader *reader = load->reader;
    if (!is_list(reader, list, path, "a list of { user, at_s, clip }"))
        return;
    struct weir_scenario_cut *cut = calloc(list->len + 1, sizeof *cut);
    int len = 0;
    if (!cut) {
        spec_out_of_memory(reader);
        return;
    }
    for (size_t i = 0; i < list->len; i++) {
        const struct spec_node *item = list->item[i], *value[CUT_KEYS];
        int64_t user;
        double at_s;
        if (!spec_read_map(reader, item, path, cut_keys, CUT_KEYS, value) ||
            !all_there(reader, item, path, cut_keys, CUT_KEYS, value))
            continue;
        bool good = spec_read_int(reader, value[CUT_USER], spec_path(path, "user").text, 0,
                                  load->users - 1, &user);
        good =
            spec_read_number(reader, value[AT_S], spec_path(path, "at_s").text, 0, most_s, &at_s) &&
            good && in_order(reader, value[AT_S], path, cut, len, (int)user, at_s);
        char *clip = spec_copy_text(reader, value[CLIP], spec_path(path, "clip").text,
                                    "a clip of the table");
        good = good && clip && name_fits(reader, value[CLIP], spec_path(path, "clip").text, clip);
        if (good)
            cut[len++] = (struct weir_scenario_cut){(int)user, at_s, clip, item->line};
        else
            free(clip);
    }
    for (int i = 0; i < c->cuts; i++)
        free(c->cut[i].clip);
    free(c->cut);
    c->cut = cut;
    c->cuts = len;
}

static void read_seconds(struct spec_reader *reader, const struct spec_node *const *value,
                         const char *prefix, struct weir_scenario_case *c) {
    int64_t seeds;
    if (value[SCENARIO_SECONDS] &&
        spec_read_number(reader, value[SCENARIO_SECONDS], spec_path(prefix, "seconds").text, 0.1,
                         most_s, &c->seconds))
        c->at.seconds = value[SCENARIO_SECONDS]->line;
    if (value[SCENARIO_WARM_UP_S])
        spec_read_number(reader, value[SCENARIO_WARM_UP_S], spec_path(prefix, "warm_up_s").text, 0,
                         most_s, &c->warm_up_s);
    if (value[SCENARIO_WINDOW_S])
        spec_read_number(reader, value[SCENARIO_WINDOW_S], spec_path(prefix, "window_s").text, 0.1,
                         most_s, &c->window_s);
    if (value[SCENARIO_SEEDS] &&
        spec_read_int(reader, value[SCENARIO_SEEDS], spec_path(prefix, "seeds").text, 1, SEEDS_MAX,
                      &seeds))
        c->seeds = (int)seeds;
}

static void check_whole(struct spec_reader *reader, const char *prefix, const struct spec_node *at,
                        const struct weir_scenario_case *c) {
    static const char nothing[] = "found nothing; it has no default: %s";
    const int line = at->line;
    if (!c->site)
        spec_complain(reader, line, spec_path(prefix, "site").text, nothing,
                      "the path of a site.yaml");
    if (!c->table)
        spec_complain(reader, line, spec_path(prefix, "table").text, nothing,
                      "the path of a table, as weir record writes it");
    if (!c->nodes.len)
        spec_complain(reader, line, spec_path(prefix, "cameras.nodes").text, nothing,
                      NODES_ALLOWED);
    if (!c->clips.len)
        spec_complain(reader, line, spec_path(prefix, "cameras.clips").text, nothing,
                      CLIPS_ALLOWED);
    if (!c->at.deadline)
        spec_complain(reader, line, spec_path(prefix, "slo.deadline_ms").text, nothing,
                      "milliseconds from capture to result");
    if (!c->at.floor)
        spec_complain(reader, line, spec_path(prefix, "slo.min_accuracy").text, nothing,
                      "F1 over that of the reference, 0 to 1");
    if (c->warm_up_s + c->window_s > c->seconds)
        spec_complain(reader, c->at.seconds ? c->at.seconds : line,
                      spec_path(prefix, "seconds").text,
                      "found %g; allowed: %g and above, so that a window of window_s: %g fits "
                      "behind warm_up_s: %g",
                      c->seconds, c->warm_up_s + c->window_s, c->window_s, c->warm_up_s);
}

void spec_scenario_read_case(struct scenario_reader *load, const struct spec_node *const *value,
                             const char *prefix, const struct spec_node *at,
                             struct weir_scenario_case *c) {
    struct spec_reader *reader = load->reader;
    const int before = reader->count;
    int64_t skip;
#define PATH(key) spec_path(prefix, spec_scenario_keys[key]).text
    if (value[SCENARIO_SITE])
        read_path(load, value[SCENARIO_SITE], PATH(SCENARIO_SITE), "the path of a site.yaml",
                  &c->site, &c->at.site);
    if (value[SCENARIO_TABLE])
        read_path(load, value[SCENARIO_TABLE], PATH(SCENARIO_TABLE),
                  "the path of a table, as weir record writes it", &c->table, &c->at.table);
    if (value[SCENARIO_SOURCES])
        read_sources(load, value[SCENARIO_SOURCES], PATH(SCENARIO_SOURCES), c);
    read_seconds(reader, value, prefix, c);
    if (value[SCENARIO_CAMERAS])
        read_cameras(load, value[SCENARIO_CAMERAS], PATH(SCENARIO_CAMERAS), c);
    if (value[SCENARIO_SKIP] && spec_read_int(reader, value[SCENARIO_SKIP], PATH(SCENARIO_SKIP), 1,
                                              WEIR_SCENARIO_MAX_SKIP, &skip))
        c->skip = (int)skip;
    if (value[SCENARIO_SLO])
        read_slo(reader, value[SCENARIO_SLO], PATH(SCENARIO_SLO), c);
    if (value[SCENARIO_REFERENCE])
        read_reference(reader, value[SCENARIO_REFERENCE], PATH(SCENARIO_REFERENCE), c);
    if (value[SCENARIO_MODELS])
        read_names(reader, value[SCENARIO_MODELS], PATH(SCENARIO_MODELS), MODELS_ALLOWED, false,
                   true, &c->models, &c->at.models);
    if (value[SCENARIO_WIDTHS])
        read_widths(reader, value[SCENARIO_WIDTHS], PATH(SCENARIO_WIDTHS), c);
    if (value[SCENARIO_CODECS])
        read_codecs(reader, value[SCENARIO_CODECS], PATH(SCENARIO_CODECS), c);
    if (value[SCENARIO_COME])
        read_come(load, value[SCENARIO_COME], PATH(SCENARIO_COME), c);
    if (value[SCENARIO_CUTS])
        read_cuts(load, value[SCENARIO_CUTS], PATH(SCENARIO_CUTS), c);
#undef PATH
    if (reader->count == before) /* else what is missing was there, and wrong */
        check_whole(reader, prefix, at, c);
}
