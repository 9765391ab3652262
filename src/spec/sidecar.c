/*
 * FILE.yaml beside FILE.onnx. What it does not state stays unstated; whether
 * what it states fits the graph is for pipeline/detect to judge.
 */
#include "spec/sidecar.h"

#include <stdlib.h>
#include <string.h>

#include "spec/reader.h"

enum { HEAD, LAYOUT, COLOR, RESIZE, PAD, MEAN, STD, CLASSES, SIZE, STRIDE, KEYS };

static const char *const keys[KEYS] = {"head", "layout", "color",   "resize", "pad",
                                       "mean", "std",    "classes", "size",   "stride"};
static const char *const layouts[] = {"nchw", "nhwc", NULL};
static const char *const colors[] = {"rgb", "bgr", NULL};
static const char *const resizes[] = {"letterbox", "letterbox-topleft", "stretch", NULL};

/* Three numbers, or one for all three channels. */
static bool read_channels(struct spec_reader *reader, const struct spec_node *node, const char *key,
                          double min, double max, double ret[3]) {
    double value[3];
    if (node->kind == SPEC_LIST && node->len != 3) {
        spec_complain(reader, node->line, key,
                      "found a list of %zu; allowed: three numbers, one a channel, or one for all",
                      node->len);
        return false;
    }
    if (node->kind != SPEC_LIST) {
        if (!spec_read_number(reader, node, key, min, max, &value[0]))
            return false;
        value[1] = value[2] = value[0];
    }
    bool fits = true;
    for (size_t i = 0; i < 3 && node->kind == SPEC_LIST; i++)
        fits = spec_read_number(reader, node->item[i], key, min, max, &value[i]) && fits;
    if (fits)
        memcpy(ret, value, sizeof value);
    return fits;
}

static bool read_size(struct spec_reader *reader, const struct spec_node *node,
                      struct weir_size *ret) {
    enum { LEAST = 16, MOST = 16384 };
    struct weir_size size;
    if (node->kind == SPEC_SCALAR && !spec_parse_size(node->text, &size) && size.width >= LEAST &&
        size.height >= LEAST && size.width <= MOST && size.height <= MOST) {
        *ret = size;
        return true;
    }
    struct weir_buf found = {0};
    spec_found(&found, node);
    spec_complain(
        reader, node->line, "size",
        "found %s; allowed: a size such as 416 or 640x384, each side from %d to %d pixels",
        weir_buf_str(&found), LEAST, MOST);
    weir_buf_done(&found);
    return false;
}

static void read_values(struct spec_reader *reader, const struct spec_node *const *value,
                        struct weir_sidecar *car) {
    int index;
    int64_t whole;
    if (value[HEAD])
        car->head = spec_copy_text(reader, value[HEAD], "head", "a name from `weir model heads`");
    if (value[LAYOUT] && spec_read_choice(reader, value[LAYOUT], "layout", layouts, &index)) {
        car->has_layout = true;
        car->layout = (enum weir_layout)index;
    }
    if (value[COLOR] && spec_read_choice(reader, value[COLOR], "color", colors, &index)) {
        car->has_color = true;
        car->color = (enum weir_color)index;
    }
    if (value[RESIZE] && spec_read_choice(reader, value[RESIZE], "resize", resizes, &index)) {
        car->has_resize = true;
        car->resize = (enum weir_resize)index;
    }
    if (value[PAD])
        car->has_pad = spec_read_number(reader, value[PAD], "pad", 0, 255, &car->pad);
    if (value[MEAN])
        car->has_mean = read_channels(reader, value[MEAN], "mean", -1000, 1000, car->mean);
    if (value[STD])
        car->has_std = read_channels(reader, value[STD], "std", 0.0001, 100000, car->std);
    if (value[CLASSES])
        spec_read_strings(reader, value[CLASSES], "classes", "a list of class names",
                          &car->classes);
    if (value[SIZE])
        car->has_size = read_size(reader, value[SIZE], &car->size);
    if (value[STRIDE] && spec_read_int(reader, value[STRIDE], "stride", 1, 256, &whole)) {
        car->has_stride = true;
        car->stride = (int)whole;
    }
}

int weir_sidecar_load(const char *path, struct weir_sidecar *ret, struct weir_error *err) {
    struct spec_doc *doc;
    struct weir_error failed = {0};
    int rc = spec_doc_load(path, &doc, &failed);
    if (rc == WEIR_ENOENT)
        return rc;
    if (rc)
        return weir_fail(err, rc, "%s", failed.text);
    struct weir_sidecar car = {0};
    struct spec_reader reader;
    spec_reader_init(&reader, path);
    const struct spec_node *value[KEYS];
    if (spec_read_map(&reader, doc->root, "", keys, KEYS, value))
        read_values(&reader, value, &car);
    spec_doc_free(doc);
    rc = spec_reader_end(&reader, err);
    if (rc)
        weir_sidecar_done(&car);
    else
        *ret = car;
    return rc;
}

void weir_sidecar_done(struct weir_sidecar *sidecar) {
    if (!sidecar)
        return;
    free(sidecar->head);
    spec_strings_done(&sidecar->classes);
    *sidecar = (struct weir_sidecar){0};
}
