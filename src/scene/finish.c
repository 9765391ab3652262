/*
 * One pass over the picture: each pair of rows is read displaced by the shake,
 * turned into Y'CbCr, and gets its streaks of rain and its noise from tables that
 * are read at places drawn anew for each row and frame.
 */
#include "finish.h"

#include <cairo.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

#define NOISE_LEN 65536 /* samples; a row starts anywhere below this */
#define RAIN_SLACK 512 /* how much larger the rain is than the picture */

struct scene_finish {
    const struct scene_plan *plan;
    int8_t *noise; /* NOISE_LEN + width: deviation sky.noise */
    int8_t *chroma_noise; /* smoother and weaker */
    uint8_t *rain; /* coverage, (width + RAIN_SLACK) x (height + RAIN_SLACK); NULL: dry */
    int16_t *row; /* luma of one row before noise */
    double sway_px, sway_hz[2], sway_phase[4];
};

static int8_t to_step(double x) {
    x = x < -127 ? -127 : x > 127 ? 127 : x;
    return (int8_t)lrint(x);
}

static int make_noise(struct scene_finish *f, int width) {
    size_t len = NOISE_LEN + (size_t)width;
    struct weir_random r = weir_random_of(f->plan->seed, SCENE_RANDOM_FINISH, 1);
    f->noise = malloc(len);
    f->chroma_noise = malloc(len);
    if (!f->noise || !f->chroma_noise)
        return WEIR_ENOMEM;
    double before = 0, smooth = 0;
    for (size_t i = 0; i < len; i++) {
        double fresh = weir_random_normal(&r) * f->plan->sky.noise;
        f->noise[i] = to_step(0.8 * fresh + 0.45 * before); /* demosaicing smears a little */
        before = fresh;
        smooth = 0.7 * smooth + 0.45 * weir_random_normal(&r) * f->plan->sky.noise;
        f->chroma_noise[i] = to_step(0.6 * smooth);
    }
    return 0;
}

/* Drops near the lens are long and faint, distant ones short. */
static int make_rain(struct scene_finish *f, int width, int height) {
    if (!f->plan->sky.rain)
        return 0;
    int w = width + RAIN_SLACK, h = height + RAIN_SLACK;
    f->rain = malloc((size_t)w * (size_t)h);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, w, h);
    cairo_t *cr = cairo_create(surface);
    int rc = f->rain && cairo_status(cr) == CAIRO_STATUS_SUCCESS ? 0 : WEIR_ENOMEM;
    struct weir_random r = weir_random_of(f->plan->seed, SCENE_RANDOM_FINISH, 2);
    double scale = width / 1280.0, slant = weir_random_in(&r, -0.25, 0.25);
    int drops = rc < 0 ? 0 : (int)(0.0011 * w * h / (scale * scale < 0.1 ? 0.1 : scale * scale));
    for (int i = 0; i < drops; i++) {
        double x = weir_random_in(&r, 0, w), y = weir_random_in(&r, -40, h);
        double near = weir_random_unit(&r) * weir_random_unit(&r);
        double length = scale * (7 + 60 * near) * f->plan->sky.exposure_s * 60;
        length = length < 3 * scale ? 3 * scale : length > 60 * scale ? 60 * scale : length;
        cairo_set_line_width(cr, scale * (0.6 + 1.6 * near));
        cairo_set_source_rgba(cr, 0, 0, 0, weir_random_in(&r, 0.10, 0.30) * (1 - 0.5 * near));
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, x + slant * length, y + length);
        cairo_stroke(cr);
    }
    cairo_surface_flush(surface);
    if (rc == 0)
        for (int y = 0; y < h; y++)
            memcpy(f->rain + (size_t)y * (size_t)w,
                   cairo_image_surface_get_data(surface) +
                       (size_t)y * (size_t)cairo_image_surface_get_stride(surface),
                   (size_t)w);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return rc;
}

struct scene_finish *scene_finish_new(const struct scene_plan *plan) {
    struct scene_finish *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    int width = plan->camera.width;
    struct weir_random r = weir_random_of(plan->seed, SCENE_RANDOM_FINISH, 0);
    f->plan = plan;
    f->row = malloc((size_t)width * sizeof *f->row);
    f->sway_px = width / 1280.0 * weir_random_in(&r, 0, 1);
    f->sway_px *= weir_random_in(&r, 0.4, 1.6);
    for (int i = 0; i < 2; i++)
        f->sway_hz[i] = weir_random_in(&r, 0.3, 2.5);
    for (int i = 0; i < 4; i++)
        f->sway_phase[i] = weir_random_in(&r, 0, 2 * M_PI);
    if (!f->row || make_noise(f, width) < 0 || make_rain(f, width, plan->camera.height) < 0) {
        scene_finish_free(f);
        return NULL;
    }
    return f;
}

void scene_finish_free(struct scene_finish *finish) {
    if (!finish)
        return;
    free(finish->noise);
    free(finish->chroma_noise);
    free(finish->rain);
    free(finish->row);
    free(finish);
}

void scene_finish_shake(const struct scene_finish *finish, double t_s, int *ret_dx, int *ret_dy) {
    double w = 2 * M_PI * t_s, gust = 0.6 + 0.4 * sin(0.13 * w + finish->sway_phase[3]);
    double a = sin(w * finish->sway_hz[0] + finish->sway_phase[0]);
    double b = sin(w * finish->sway_hz[1] + finish->sway_phase[1]);
    double c = sin(w * finish->sway_hz[1] * 1.37 + finish->sway_phase[2]);
    *ret_dx = (int)lrint(finish->sway_px * gust * (a + 0.5 * b));
    *ret_dy = (int)lrint(finish->sway_px * gust * 0.6 * (c + 0.4 * a));
}

/* BT.709, limited range, 8-bit fixed point. */
static void luma_row(const uint32_t *restrict in, int16_t *restrict out, int n) {
    for (int i = 0; i < n; i++) {
        int r = (int)(in[i] >> 16 & 255), g = (int)(in[i] >> 8 & 255), b = (int)(in[i] & 255);
        out[i] = (int16_t)(16 + ((47 * r + 157 * g + 16 * b + 128) >> 8));
    }
}

static void rain_row(int16_t *restrict y, const uint8_t *restrict rain, int n, int bright) {
    for (int i = 0; i < n; i++)
        y[i] = (int16_t)(y[i] + ((bright - y[i]) * rain[i] >> 8));
}

static void noise_row(const int16_t *restrict y, const int8_t *restrict noise,
                      uint8_t *restrict out, int n) {
    for (int i = 0; i < n; i++) {
        int v = y[i] + noise[i];
        v = v < 16 ? 16 : v;
        out[i] = (uint8_t)(v > 235 ? 235 : v);
    }
}

static void chroma_rows(const uint32_t *restrict a, const uint32_t *restrict b,
                        const int8_t *restrict nu, const int8_t *restrict nv, uint8_t *restrict u,
                        uint8_t *restrict v, int n) {
    for (int i = 0; i < n; i++) {
        uint32_t p = a[2 * i], q = a[2 * i + 1], s = b[2 * i], t = b[2 * i + 1];
        int red = (int)((p >> 16 & 255) + (q >> 16 & 255) + (s >> 16 & 255) + (t >> 16 & 255));
        int g = (int)((p >> 8 & 255) + (q >> 8 & 255) + (s >> 8 & 255) + (t >> 8 & 255));
        int blue = (int)((p & 255) + (q & 255) + (s & 255) + (t & 255));
        int cu = 128 + ((-26 * red - 86 * g + 112 * blue + 512) >> 10) + nu[i];
        int cv = 128 + ((112 * red - 102 * g - 10 * blue + 512) >> 10) + nv[i];
        cu = cu < 16 ? 16 : cu;
        cv = cv < 16 ? 16 : cv;
        u[i] = (uint8_t)(cu > 240 ? 240 : cu);
        v[i] = (uint8_t)(cv > 240 ? 240 : cv);
    }
}

/* Row y of the picture displaced by (dx,dy); what comes from outside repeats the edge. line:
 * where the row is put together if it is displaced. */
static const uint32_t *displaced(const uint32_t *xrgb, int width, int height, int y, int dx, int dy,
                                 uint32_t *line) {
    int from = y - dy;
    from = from < 0 ? 0 : from >= height ? height - 1 : from;
    const uint32_t *row = xrgb + (long)from * width;
    if (dx == 0)
        return row;
    int n = dx < 0 ? -dx : dx;
    n = n > width ? width : n;
    if (dx > 0) {
        memcpy(line + n, row, (size_t)(width - n) * 4);
        for (int i = 0; i < n; i++)
            line[i] = row[0];
    } else {
        memcpy(line, row + n, (size_t)(width - n) * 4);
        for (int i = width - n; i < width; i++)
            line[i] = row[width - 1];
    }
    return line;
}

int scene_finish_image(struct scene_finish *finish, const uint32_t *xrgb, double t_s, int64_t frame,
                       struct weir_image **ret_image) {
    int width = finish->plan->camera.width, height = finish->plan->camera.height, dx, dy;
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_I420, width, height);
    uint32_t *line = malloc(2 * (size_t)width * sizeof *line);
    if (!image || !line) {
        free(line);
        weir_image_unref(&image);
        return WEIR_ENOMEM;
    }
    image->matrix = WEIR_MATRIX_BT709;
    scene_finish_shake(finish, t_s, &dx, &dy);
    struct weir_random r =
        weir_random_of(finish->plan->seed, SCENE_RANDOM_FINISH, 16 + (uint64_t)frame);
    const uint8_t *rain = finish->rain;
    if (rain) {
        int down = weir_random_below(&r, RAIN_SLACK);
        rain += (long)down * (width + RAIN_SLACK) + weir_random_below(&r, RAIN_SLACK);
    }
    int bright = finish->plan->sky.hour == SCENE_NIGHT ? 90 : 205;
    for (int y = 0; y < height; y += 2) {
        const uint32_t *row[2];
        for (int k = 0; k < 2; k++) {
            row[k] = displaced(xrgb, width, height, y + k, dx, dy, line + (long)k * width);
            luma_row(row[k], finish->row, width);
            if (rain)
                rain_row(finish->row, rain + (long)(y + k) * (width + RAIN_SLACK), width, bright);
            noise_row(finish->row, finish->noise + (weir_random_bits(&r) & (NOISE_LEN - 1)),
                      weir_image_data(image, 0) + (y + k) * image->stride[0], width);
        }
        uint64_t at = weir_random_bits(&r);
        chroma_rows(row[0], row[1], finish->chroma_noise + (at & (NOISE_LEN - 1)),
                    finish->chroma_noise + (at >> 32 & (NOISE_LEN - 1)),
                    weir_image_data(image, 1) + y / 2 * image->stride[1],
                    weir_image_data(image, 2) + y / 2 * image->stride[2], width / 2);
    }
    free(line);
    *ret_image = image;
    return 0;
}
