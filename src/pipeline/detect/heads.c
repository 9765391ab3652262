/*
 * The table of heads, and what heads share: finding the picture among the
 * inputs, counting grid cells, and putting a box back into the source.
 */
#include "pipeline/detect/head.h"

#include <math.h>
#include <string.h>

#include "pipeline/detect/names.h"

const struct weir_head *const weir_heads[] = {
    &weir_head_yolox,   &weir_head_yolov5, &weir_head_yolov8,
    &weir_head_nanodet, &weir_head_detr,   &weir_head_fastestdet,
};
const size_t weir_heads_len = sizeof weir_heads / sizeof *weir_heads;

const struct weir_head *weir_head_by_name(const char *name) {
    for (size_t i = 0; i < weir_heads_len; i++)
        if (strcmp(weir_heads[i]->name, name) == 0)
            return weir_heads[i];
    return NULL;
}

static float clip(double v, int hi) {
    return v < 0 ? 0 : v > hi ? (float)hi : (float)v;
}

int weir_head_add(struct weir_boxes *boxes, const struct weir_letterbox *lb, float x0, float y0,
                  float x1, float y1, float score, int class_id) {
    if (!isfinite(x0) || !isfinite(y0) || !isfinite(x1) || !isfinite(y1) || !isfinite(score))
        return 0;
    struct weir_box box = {
        .x0 = clip(weir_letterbox_back_x(lb, x0), lb->src_width),
        .y0 = clip(weir_letterbox_back_y(lb, y0), lb->src_height),
        .x1 = clip(weir_letterbox_back_x(lb, x1), lb->src_width),
        .y1 = clip(weir_letterbox_back_y(lb, y1), lb->src_height),
        .score = score < 0   ? 0
                 : score > 1 ? 1
                             : score,
        .class_id = class_id,
    };
    if (!(box.x1 > box.x0 && box.y1 > box.y0))
        return 0;
    return weir_boxes_add(boxes, box);
}

static bool is_image(const struct weir_port *port, struct weir_model_desc *desc) {
    if (port->rank != 4 || (port->dtype != WEIR_DTYPE_F32 && port->dtype != WEIR_DTYPE_F16 &&
                            port->dtype != WEIR_DTYPE_U8))
        return false;
    bool nchw = port->dim[1] == 3;
    if (!nchw && port->dim[3] != 3)
        return false;
    int y = nchw ? 2 : 1;
    desc->dtype = port->dtype;
    desc->layout = nchw ? WEIR_LAYOUT_NCHW : WEIR_LAYOUT_NHWC;
    desc->batch = port->dim[0] > 0 ? (int)port->dim[0] : -1;
    desc->size.height = port->dim[y] > 0 ? (int)port->dim[y] : 0;
    desc->size.width = port->dim[y + 1] > 0 ? (int)port->dim[y + 1] : 0;
    return true;
}

bool weir_head_find_image(const struct weir_graph *graph, struct weir_model_desc *desc) {
    bool found = false;
    for (size_t i = 0; i < graph->input_len; i++) {
        if ((int)i == desc->size_input)
            continue;
        if (found || !is_image(&graph->input[i], desc))
            return false;
        desc->image_input = (int)i;
        found = true;
    }
    return found;
}

int64_t weir_head_cells(struct weir_size size, const int *strides) {
    int64_t cells = 0;
    for (; *strides; strides++) {
        int64_t w = (size.width + *strides - 1) / *strides;
        int64_t h = (size.height + *strides - 1) / *strides;
        cells += w * h;
    }
    return cells;
}

bool weir_head_is_pyramid(struct weir_size size, int64_t n, int fold, const char **ret_strides) {
    static const struct {
        int strides[5];
        const char *name;
    } pyramids[] = {
        {{8, 16, 32}, "8, 16, 32"},
        {{8, 16, 32, 64}, "8, 16, 32, 64"},
        {{4, 8, 16, 32}, "4, 8, 16, 32"},
        {{16, 32}, "16, 32"},
    };
    if (size.width <= 0 || size.height <= 0 || n <= 0)
        return false;
    for (size_t i = 0; i < sizeof pyramids / sizeof *pyramids; i++)
        if (weir_head_cells(size, pyramids[i].strides) * fold == n) {
            *ret_strides = pyramids[i].name;
            return true;
        }
    return false;
}

bool weir_head_is_ultralytics(const struct weir_graph *graph) {
    const char *author = weir_graph_meta(graph, "author");
    if (author && strcmp(author, "Ultralytics") == 0)
        return true;
    return weir_graph_meta(graph, "names") && weir_graph_meta(graph, "stride");
}

int weir_head_named_classes(const struct weir_graph *graph) {
    const char *text = weir_graph_meta(graph, "names");
    struct weir_strings names = {0};
    if (!text || weir_names_parse(text, &names))
        return 0;
    int len = (int)names.len;
    weir_names_done(&names);
    return len;
}

void weir_head_say_port(const struct weir_port *port, struct weir_buf *out) {
    weir_buf_printf(out, "%s %s [", port->name, weir_dtype_name(port->dtype));
    for (int i = 0; i < port->rank; i++) {
        if (i)
            weir_buf_putc(out, ',');
        if (port->dim[i] >= 0)
            weir_buf_printf(out, "%lld", (long long)port->dim[i]);
        else
            weir_buf_puts(out, port->symbol[i][0] ? port->symbol[i] : "?");
    }
    weir_buf_putc(out, ']');
}
