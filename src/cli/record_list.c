/* What a table holds, for people and programs. */
#include <math.h>
#include <string.h>

#include "cli/record.h"

/* Means over all frames of all clips. */
struct means {
    double bytes, boxes;
};

static struct means means_of(const struct sim_table *t, int setting) {
    double bytes = 0, boxes = 0, frames = 0;
    for (int c = 0; c < t->clips; c++)
        for (int64_t f = 0; f < t->clip[c].frames; f++) {
            size_t len;
            sim_table_boxes(t, c, setting, f, &len);
            boxes += (double)len;
            frames++;
            if (setting < t->settings)
                bytes += sim_table_bytes(t, c, setting, f);
        }
    return (struct means){bytes / frames, boxes / frames};
}

static const char *travel_name(int travel) {
    return travel == WEIR_TRAVEL_NONE ? "none" : travel == WEIR_TRAVEL_JPEG ? "jpeg" : "h264";
}

static void list_names(const char *what, const char (*name)[SIM_TABLE_NAME], int len,
                       struct weir_buf *out) {
    weir_buf_puts(out, what);
    for (int i = 0; i < len; i++)
        weir_buf_printf(out, "%s %s", i ? "," : "", name[i]);
    weir_buf_putc(out, '\n');
}

static int widest(const char *first, const char (*name)[SIM_TABLE_NAME], int len) {
    size_t wide = strlen(first);
    for (int i = 0; i < len; i++)
        wide = strlen(name[i]) > wide ? strlen(name[i]) : wide;
    return (int)wide;
}

static void write_text(const struct sim_table *t, const char *path, struct weir_buf *out) {
    int wide = 4;
    char size[32];
    weir_buf_printf(out, "%s: recorded on %s\n", path, t->machine);
    list_names("models", t->model, t->models, out);
    list_names("classes", t->class_name, t->classes, out);
    for (int c = 0; c < t->clips; c++)
        wide = (int)fmax(wide, (double)strlen(t->clip[c].name));
    weir_buf_printf(out, "\n%-*s %9s %8s %7s %9s\n", wide, "clip", "size", "frames", "fps",
                    "boxes");
    for (int c = 0; c < t->clips; c++) {
        const struct sim_table_clip *clip = &t->clip[c];
        snprintf(size, sizeof size, "%dx%d", clip->width, clip->height);
        weir_buf_printf(out, "%-*s %9s %8u %7.4g %9u\n", wide, clip->name, size, clip->frames,
                        (double)clip->rate_fps, clip->boxes);
    }
    wide = widest("truth", t->model, t->models);
    weir_buf_printf(out, "\n%-*s %9s %8s %9s %9s %9s %9s %9s %9s\n", wide, "model", "picture",
                    "travel", "reduce ms", "encode ms", "decode ms", "infer ms", "bytes", "boxes");
    for (int s = 0; s < t->settings; s++) {
        const struct sim_table_setting *x = &t->setting[s];
        const struct means means = means_of(t, s);
        char travel[16];
        snprintf(size, sizeof size, "%dx%d", x->width, x->height);
        if (x->travel == WEIR_TRAVEL_NONE)
            snprintf(travel, sizeof travel, "none");
        else
            snprintf(travel, sizeof travel, "%s %d", travel_name(x->travel), x->quality);
        weir_buf_printf(out, "%-*s %9s %8s %9.3f %9.3f %9.3f %9.3f %9.0f %9.2f\n", wide,
                        t->model[x->model], size, travel, x->reduce_ns / 1e6, x->encode_ns / 1e6,
                        x->decode_ns / 1e6, x->infer_ns / 1e6, means.bytes, means.boxes);
    }
    weir_buf_printf(out, "%-*s %9s %8s %9s %9s %9s %9s %9s %9.2f\n", wide, "truth", "", "", "", "",
                    "", "", "", means_of(t, t->settings).boxes);
}

static void write_names(const char *key, const char (*name)[SIM_TABLE_NAME], int len,
                        struct weir_json *json) {
    weir_json_key(json, key);
    weir_json_array(json);
    for (int i = 0; i < len; i++)
        weir_json_str(json, name[i]);
    weir_json_end_array(json);
}

static void write_setting(const struct sim_table *t, int setting, struct weir_json *json) {
    const struct sim_table_setting *x = &t->setting[setting];
    const struct means means = means_of(t, setting);
    weir_json_object(json);
    weir_json_key_str(json, "model", t->model[x->model]);
    weir_json_key_int(json, "width", x->width);
    weir_json_key_int(json, "height", x->height);
    weir_json_key_str(json, "travel", travel_name(x->travel));
    weir_json_key_int(json, "quality", x->quality);
    weir_json_key_num(json, "reduce_ms", x->reduce_ns / 1e6, 6);
    weir_json_key_num(json, "encode_ms", x->encode_ns / 1e6, 6);
    weir_json_key_num(json, "decode_ms", x->decode_ns / 1e6, 6);
    weir_json_key_num(json, "infer_ms", x->infer_ns / 1e6, 6);
    weir_json_key_num(json, "bytes", means.bytes, 3);
    weir_json_key_num(json, "boxes", means.boxes, 6);
    weir_json_end_object(json);
}

static void write_json(const struct sim_table *t, const char *path, struct weir_buf *out) {
    struct weir_json json;
    weir_json_init(&json, out);
    weir_json_object(&json);
    weir_json_key_str(&json, "table", path);
    weir_json_key_str(&json, "machine", t->machine);
    write_names("models", t->model, t->models, &json);
    write_names("classes", t->class_name, t->classes, &json);
    weir_json_key(&json, "clips");
    weir_json_array(&json);
    for (int c = 0; c < t->clips; c++) {
        weir_json_object(&json);
        weir_json_key_str(&json, "name", t->clip[c].name);
        weir_json_key_int(&json, "width", t->clip[c].width);
        weir_json_key_int(&json, "height", t->clip[c].height);
        weir_json_key_num(&json, "rate_fps", (double)t->clip[c].rate_fps, 3);
        weir_json_key_int(&json, "frames", t->clip[c].frames);
        weir_json_key_int(&json, "boxes", t->clip[c].boxes);
        weir_json_end_object(&json);
    }
    weir_json_end_array(&json);
    weir_json_key(&json, "settings");
    weir_json_array(&json);
    for (int s = 0; s < t->settings; s++)
        write_setting(t, s, &json);
    weir_json_end_array(&json);
    weir_json_key_num(&json, "truth_boxes", means_of(t, t->settings).boxes, 6);
    weir_json_end_object(&json);
    weir_buf_putc(out, '\n');
}

int record_list(const char *path, bool json, struct weir_buf *out, struct weir_error *err) {
    struct sim_table table = {0};
    int rc = sim_table_open(path, &table, err);
    if (rc)
        return rc;
    (json ? write_json : write_text)(&table, path, out);
    sim_table_close(&table);
    return out->failed ? weir_fail(err, WEIR_ENOMEM, "out of memory") : 0;
}
