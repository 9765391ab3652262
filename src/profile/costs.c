/*
 * The document: reading, checking, writing. A point is one line of the file, so that two
 * profiles can be compared with any tool.
 */
#include "profile/costs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "profile/reading.h"

enum { VERSION = 1, SIDE_MAX = 65535, BATCH_MAX = 1024, PLACE_BYTES = 64 };

static const double ms_max = 1e7, bytes_max = 1e12; /* three hours; more than any picture */
static const int64_t seen_max = INT64_C(1) << 53;

static const char *const codec_names[WEIR_COSTS_CODECS] = {"jpeg", "h264"};

const char *weir_costs_codec_name(enum weir_costs_codec codec) {
    return codec_names[codec];
}

int weir_costs_codec_by_name(const char *name) {
    for (int c = 0; c < WEIR_COSTS_CODECS; c++)
        if (!strcmp(codec_names[c], name))
            return c;
    return -1;
}

int weir_costs_path(char **ret_path, struct weir_error *err) {
    const char *own = getenv("WEIR_PROFILE"), *home = getenv("HOME");
    if (!(own && *own) && !(home && *home))
        return weir_fail(err, WEIR_ENOENT,
                         "nowhere to keep a profile: neither $WEIR_PROFILE nor $HOME is set");
    char *path = own && *own ? strdup(own) : weir_path_join(home, ".local/share/weir/profile.json");
    if (!path)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    *ret_path = path;
    return 0;
}

void weir_costs_done(struct weir_costs *costs) {
    if (!costs)
        return;
    free(costs->infer);
    free(costs->reduce);
    free(costs->code);
    *costs = (struct weir_costs){0};
}

/* ---- order --------------------------------------------------------------- */

static int order(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

/* The first that is not 0. */
static int first_of(int a, int b) {
    return a ? a : b;
}

/* By pixels, of equals by width. */
static int order_size(int aw, int ah, int bw, int bh) {
    return first_of(order((int64_t)aw * ah, (int64_t)bw * bh), order(aw, bw));
}

static int by_infer(const void *x, const void *y) {
    const struct weir_costs_infer *a = x, *b = y;
    return first_of(first_of(strcmp(a->model, b->model), order(a->batch, b->batch)),
                    order_size(a->width, a->height, b->width, b->height));
}

static int by_reduce(const void *x, const void *y) {
    const struct weir_costs_reduce *a = x, *b = y;
    return first_of(order_size(a->from_width, a->from_height, b->from_width, b->from_height),
                    order_size(a->width, a->height, b->width, b->height));
}

static int by_code(const void *x, const void *y) {
    const struct weir_costs_code *a = x, *b = y;
    return first_of(first_of(order(a->codec, b->codec), order(a->quality, b->quality)),
                    order_size(a->width, a->height, b->width, b->height));
}

void weir_costs_sort(struct weir_costs *costs) {
    if (costs->infers)
        qsort(costs->infer, (size_t)costs->infers, sizeof *costs->infer, by_infer);
    if (costs->reduces)
        qsort(costs->reduce, (size_t)costs->reduces, sizeof *costs->reduce, by_reduce);
    if (costs->codes)
        qsort(costs->code, (size_t)costs->codes, sizeof *costs->code, by_code);
}

/* ---- reading ------------------------------------------------------------- */

/* An object and where it stands: "infer[3]". */
struct spot {
    struct weir_reading *in;
    const json_t *of;
    char name[PLACE_BYTES / 2];
};

struct place {
    char text[PLACE_BYTES];
};

static struct place place(const struct spot *spot, const char *key) {
    struct place p;
    snprintf(p.text, sizeof p.text, "%s.%s", spot->name, key);
    return p;
}

static int get_int(const struct spot *spot, const char *key, int min, int max) {
    return (int)weir_reading_int(spot->in, place(spot, key).text, json_object_get(spot->of, key),
                                 min, max);
}

/* Above 0: what took no time was not measured. */
static double get_amount(const struct spot *spot, const char *key, double max) {
    return weir_reading_number(spot->in, place(spot, key).text, json_object_get(spot->of, key),
                               1e-6, max);
}

static void get_text(const struct spot *spot, const char *key, char *ret, size_t size) {
    weir_reading_text(spot->in, place(spot, key).text, json_object_get(spot->of, key), ret, size);
}

static void read_infer(const struct spot *spot, void *ret) {
    struct weir_costs_infer *p = ret;
    get_text(spot, "model", p->model, sizeof p->model);
    p->width = get_int(spot, "width", 1, SIDE_MAX);
    p->height = get_int(spot, "height", 1, SIDE_MAX);
    p->batch = get_int(spot, "batch", 1, BATCH_MAX);
    p->ms = get_amount(spot, "ms", ms_max);
    p->high_ms = get_amount(spot, "high_ms", ms_max);
    if (p->high_ms < p->ms)
        weir_reading_unfit(spot->in, place(spot, "high_ms").text,
                           json_object_get(spot->of, "high_ms"), "no less than ms");
    const json_t *seen = json_object_get(spot->of, "seen");
    if (seen)
        p->seen = weir_reading_int(spot->in, place(spot, "seen").text, seen, 1, seen_max);
}

static void read_reduce(const struct spot *spot, void *ret) {
    struct weir_costs_reduce *p = ret;
    p->from_width = get_int(spot, "from_width", 1, SIDE_MAX);
    p->from_height = get_int(spot, "from_height", 1, SIDE_MAX);
    p->width = get_int(spot, "width", 1, SIDE_MAX);
    p->height = get_int(spot, "height", 1, SIDE_MAX);
    p->ms = get_amount(spot, "ms", ms_max);
}

static void read_code(const struct spot *spot, void *ret) {
    struct weir_costs_code *p = ret;
    const json_t *name = json_object_get(spot->of, "codec");
    int codec = json_is_string(name) ? weir_costs_codec_by_name(json_string_value(name)) : -1;
    if (codec < 0)
        weir_reading_unfit(spot->in, place(spot, "codec").text, name, "jpeg or h264");
    p->codec = codec < 0 ? WEIR_COSTS_JPEG : (enum weir_costs_codec)codec;
    bool jpeg = codec != WEIR_COSTS_H264;
    p->width = get_int(spot, "width", 1, SIDE_MAX);
    p->height = get_int(spot, "height", 1, SIDE_MAX);
    p->quality = get_int(spot, "quality", jpeg ? 1 : 0, jpeg ? 100 : 51);
    p->encode_ms = get_amount(spot, "encode_ms", ms_max);
    p->decode_ms = get_amount(spot, "decode_ms", ms_max);
    p->bytes = get_amount(spot, "bytes", bytes_max);
    p->key_bytes = get_amount(spot, "key_bytes", bytes_max);
}

/* A list of points of one kind. */
struct kind {
    const char *key;
    size_t size;
    void (*read)(const struct spot *spot, void *ret);
};

static const struct kind infer_kind = {"infer", sizeof(struct weir_costs_infer), read_infer},
                         reduce_kind = {"reduce", sizeof(struct weir_costs_reduce), read_reduce},
                         code_kind = {"code", sizeof(struct weir_costs_code), read_code};

/* NULL after ENOMEM; else the points, maybe none. */
static void *read_points(struct weir_reading *in, const struct kind *kind, int *ret_len) {
    const json_t *list = json_object_get(in->root, kind->key);
    int len = weir_reading_array(in, kind->key, list, 0, WEIR_COSTS_POINTS_MAX);
    char *point = calloc((size_t)len + 1, kind->size);
    for (int i = 0; point && i < len; i++) {
        struct spot spot = {in, json_array_get(list, (size_t)i), ""};
        snprintf(spot.name, sizeof spot.name, "%s[%d]", kind->key, i);
        if (json_is_object(spot.of))
            kind->read(&spot, point + (size_t)i * kind->size);
        else
            weir_reading_unfit(in, spot.name, spot.of, "an object");
    }
    *ret_len = len;
    return point;
}

/* A point twice: which of them would hold? Sorted, they are neighbours. */
static void refuse_doubles(struct weir_reading *in, const struct weir_costs *c) {
    char what[160];
    for (int i = 1; i < c->infers; i++)
        if (!by_infer(&c->infer[i - 1], &c->infer[i])) {
            const struct weir_costs_infer *p = &c->infer[i];
            snprintf(what, sizeof what, "%s at %dx%d, batch %d only once", p->model, p->width,
                     p->height, p->batch);
            weir_reading_unfit(in, "infer", json_object_get(in->root, "infer"), what);
        }
    for (int i = 1; i < c->reduces; i++)
        if (!by_reduce(&c->reduce[i - 1], &c->reduce[i])) {
            const struct weir_costs_reduce *p = &c->reduce[i];
            snprintf(what, sizeof what, "%dx%d to %dx%d only once", p->from_width, p->from_height,
                     p->width, p->height);
            weir_reading_unfit(in, "reduce", json_object_get(in->root, "reduce"), what);
        }
    for (int i = 1; i < c->codes; i++)
        if (!by_code(&c->code[i - 1], &c->code[i])) {
            const struct weir_costs_code *p = &c->code[i];
            snprintf(what, sizeof what, "%s %d at %dx%d only once", codec_names[p->codec],
                     p->quality, p->width, p->height);
            weir_reading_unfit(in, "code", json_object_get(in->root, "code"), what);
        }
}

int weir_costs_read(const char *path, struct weir_costs *ret, struct weir_error *err) {
    struct weir_costs c = {0};
    struct weir_reading in;
    int rc = weir_reading_open(&in, path, "measure anew: weir profile -o FILE", err);
    if (rc)
        return rc;
    weir_reading_int(&in, "weir_profile", json_object_get(in.root, "weir_profile"), VERSION,
                     VERSION);
    struct spot machine = {&in, json_object_get(in.root, "machine"), "machine"};
    get_text(&machine, "cpu", c.machine.cpu, sizeof c.machine.cpu);
    c.machine.cores = get_int(&machine, "cores", 1, INT_MAX);
    get_text(&machine, "kernel", c.machine.kernel, sizeof c.machine.kernel);
    get_text(&machine, "program", c.machine.program, sizeof c.machine.program);
    get_text(&machine, "measured", c.machine.measured, sizeof c.machine.measured);
    c.infer = read_points(&in, &infer_kind, &c.infers);
    c.reduce = read_points(&in, &reduce_kind, &c.reduces);
    c.code = read_points(&in, &code_kind, &c.codes);
    if (!c.infer || !c.reduce || !c.code) {
        weir_reading_close(&in, NULL);
        weir_costs_done(&c);
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
    }
    weir_costs_sort(&c);
    if (!in.wrong)
        refuse_doubles(&in, &c);
    rc = weir_reading_close(&in, err);
    if (rc)
        weir_costs_done(&c);
    else
        *ret = c;
    return rc;
}

/* ---- writing ------------------------------------------------------------- */

/* A point's members share a line. */
static void begin_point(struct weir_json *json) {
    weir_json_object(json);
    json->pretty = false;
}

static void end_point(struct weir_json *json) {
    weir_json_end_object(json);
    json->pretty = true;
}

static void begin_list(struct weir_json *json, const char *key) {
    weir_json_key(json, key);
    weir_json_array(json);
}

static void put_size(struct weir_json *json, int width, int height) {
    weir_json_key_int(json, "width", width);
    weir_json_key_int(json, "height", height);
}

static void put_text(struct weir_json *json, const char *key, const char *text) {
    weir_json_key_str(json, key, *text ? text : "unknown");
}

static void put_machine(struct weir_json *json, const struct weir_costs_machine *machine) {
    weir_json_key(json, "machine");
    weir_json_object(json);
    put_text(json, "cpu", machine->cpu);
    weir_json_key_int(json, "cores", machine->cores);
    put_text(json, "kernel", machine->kernel);
    put_text(json, "program", machine->program);
    put_text(json, "measured", machine->measured);
    weir_json_end_object(json);
}

static void put_infer(struct weir_json *json, const struct weir_costs_infer *p) {
    begin_point(json);
    weir_json_key_str(json, "model", p->model);
    put_size(json, p->width, p->height);
    weir_json_key_int(json, "batch", p->batch);
    weir_json_key_num(json, "ms", p->ms, 6);
    weir_json_key_num(json, "high_ms", p->high_ms, 6);
    if (p->seen)
        weir_json_key_int(json, "seen", p->seen);
    end_point(json);
}

static void put_reduce(struct weir_json *json, const struct weir_costs_reduce *p) {
    begin_point(json);
    weir_json_key_int(json, "from_width", p->from_width);
    weir_json_key_int(json, "from_height", p->from_height);
    put_size(json, p->width, p->height);
    weir_json_key_num(json, "ms", p->ms, 6);
    end_point(json);
}

static void put_code(struct weir_json *json, const struct weir_costs_code *p) {
    begin_point(json);
    weir_json_key_str(json, "codec", codec_names[p->codec]);
    put_size(json, p->width, p->height);
    weir_json_key_int(json, "quality", p->quality);
    weir_json_key_num(json, "encode_ms", p->encode_ms, 6);
    weir_json_key_num(json, "decode_ms", p->decode_ms, 6);
    weir_json_key_num(json, "bytes", p->bytes, 1);
    weir_json_key_num(json, "key_bytes", p->key_bytes, 1);
    end_point(json);
}

void weir_costs_print(const struct weir_costs *costs, struct weir_buf *out) {
    struct weir_json json;
    weir_json_init(&json, out);
    json.pretty = true;
    weir_json_object(&json);
    weir_json_key_int(&json, "weir_profile", VERSION);
    put_machine(&json, &costs->machine);
    begin_list(&json, "infer");
    for (int i = 0; i < costs->infers; i++)
        put_infer(&json, &costs->infer[i]);
    weir_json_end_array(&json);
    begin_list(&json, "reduce");
    for (int i = 0; i < costs->reduces; i++)
        put_reduce(&json, &costs->reduce[i]);
    weir_json_end_array(&json);
    begin_list(&json, "code");
    for (int i = 0; i < costs->codes; i++)
        put_code(&json, &costs->code[i]);
    weir_json_end_array(&json);
    weir_json_end_object(&json);
    weir_buf_putc(out, '\n');
}

int weir_costs_write(const char *path, const struct weir_costs *costs, struct weir_error *err) {
    struct weir_buf text = {0};
    weir_costs_print(costs, &text);
    int rc = text.failed ? weir_fail(err, WEIR_ENOMEM, "out of memory")
                         : weir_file_write_all(path, text.data, text.len, err);
    weir_buf_done(&text);
    return rc;
}
