/* The four small filters against the published eight-state one, written densely. */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "vision/kalman.h"

enum { N = 8, M = 4 };

struct dense {
    double x[N], p[N][N];
};

static void measure(const struct weir_box *b, double z[M]) {
    double w = (double)b->x1 - b->x0, h = (double)b->y1 - b->y0;
    z[0] = b->x0 + w / 2;
    z[1] = b->y0 + h / 2;
    z[2] = w / h;
    z[3] = h;
}

static void dense_init(struct dense *k, const struct weir_box *b) {
    double z[M];
    memset(k, 0, sizeof *k);
    measure(b, z);
    const double h = z[3];
    const double std[N] = {2 * h / 20,   2 * h / 20,   1e-2, 2 * h / 20,
                           10 * h / 160, 10 * h / 160, 1e-5, 10 * h / 160};
    for (int i = 0; i < N; i++)
        k->p[i][i] = std[i] * std[i];
    memcpy(k->x, z, sizeof z);
}

static void dense_predict(struct dense *k) {
    double h = k->x[3], f[N][N] = {{0}}, fp[N][N] = {{0}}, p[N][N] = {{0}}, x[N] = {0};
    const double std[N] = {h / 20, h / 20, 1e-2, h / 20, h / 160, h / 160, 1e-5, h / 160};
    for (int i = 0; i < N; i++) {
        f[i][i] = 1;
        if (i < M)
            f[i][i + M] = 1;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            x[i] += f[i][j] * k->x[j];
            for (int l = 0; l < N; l++)
                fp[i][j] += f[i][l] * k->p[l][j];
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int l = 0; l < N; l++)
                p[i][j] += fp[i][l] * f[j][l];
    for (int i = 0; i < N; i++)
        p[i][i] += std[i] * std[i];
    memcpy(k->x, x, sizeof x);
    memcpy(k->p, p, sizeof p);
}

/* Inverts a 4x4 matrix by Gauss-Jordan with pivoting. */
static void invert(double a[M][M], double inv[M][M]) {
    for (int i = 0; i < M; i++)
        for (int j = 0; j < M; j++)
            inv[i][j] = i == j;
    for (int c = 0; c < M; c++) {
        int best = c;
        for (int r = c; r < M; r++)
            if (fabs(a[r][c]) > fabs(a[best][c]))
                best = r;
        for (int j = 0; j < M; j++) {
            double s = a[c][j], t = inv[c][j];
            a[c][j] = a[best][j];
            a[best][j] = s;
            inv[c][j] = inv[best][j];
            inv[best][j] = t;
        }
        double d = a[c][c];
        for (int j = 0; j < M; j++) {
            a[c][j] /= d;
            inv[c][j] /= d;
        }
        for (int r = 0; r < M; r++) {
            double s = a[r][c];
            for (int j = 0; r != c && j < M; j++) {
                a[r][j] -= s * a[c][j];
                inv[r][j] -= s * inv[c][j];
            }
        }
    }
}

static void dense_update(struct dense *k, const struct weir_box *b) {
    double z[M], h = k->x[3], s[M][M], inv[M][M], gain[N][M] = {{0}}, p[N][N];
    const double std[M] = {h / 20, h / 20, 1e-1, h / 20};
    measure(b, z);
    for (int i = 0; i < M; i++)
        for (int j = 0; j < M; j++)
            s[i][j] = k->p[i][j] + (i == j ? std[i] * std[i] : 0);
    invert(s, inv);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++)
            for (int l = 0; l < M; l++)
                gain[i][j] += k->p[i][l] * inv[l][j];
    memcpy(p, k->p, sizeof p);
    double surprise[M];
    for (int i = 0; i < M; i++)
        surprise[i] = z[i] - k->x[i];
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < M; j++)
            k->x[i] += gain[i][j] * surprise[j];
        /* P - K H P, the same as P - K S K' */
        for (int j = 0; j < N; j++)
            for (int l = 0; l < M; l++)
                k->p[i][j] -= gain[i][l] * p[l][j];
    }
}

static void same(const struct weir_kalman *k, const struct dense *d) {
    for (int i = 0; i < M; i++) {
        const struct weir_kalman_axis *a = &k->axis[i];
        double scale = 1e-9 * (1 + fabs(d->x[i]));
        assert_true(fabs(a->pos - d->x[i]) < scale);
        assert_true(fabs(a->vel - d->x[i + M]) < scale);
        assert_true(fabs(a->var_pos - d->p[i][i]) < 1e-9 * (1 + d->p[i][i]));
        assert_true(fabs(a->cov - d->p[i][i + M]) < 1e-9 * (1 + d->p[i][i]));
        assert_true(fabs(a->var_vel - d->p[i + M][i + M]) < 1e-9 * (1 + d->p[i][i]));
        for (int j = 0; j < M; j++)
            assert_true(i == j || (d->p[i][j] == 0 && d->p[i][j + M] == 0));
    }
}

static struct weir_box box_at(double x, double y, double w, double h) {
    return (struct weir_box){
        .x0 = (float)x, .y0 = (float)y, .x1 = (float)(x + w), .y1 = (float)(y + h), .score = 1};
}

static void test_filter_equals_the_dense_eight_state_one(void **state) {
    struct weir_kalman k;
    struct dense d;
    struct weir_box b = box_at(100, 80, 40, 90);
    weir_kalman_init(&k, &b);
    dense_init(&d, &b);
    same(&k, &d);
    for (int t = 1; t < 60; t++) {
        weir_kalman_predict(&k, false);
        dense_predict(&d);
        same(&k, &d);
        if (t % 7 == 0)
            continue; /* not seen */
        b = box_at(100 + 3 * t + sin(t), 80 + 10 * cos(t * .3), 40 + .2 * t, 90 + 5 * sin(t * .2));
        weir_kalman_update(&k, &b);
        dense_update(&d, &b);
        same(&k, &d);
    }
}

static void test_constant_motion_is_learnt(void **state) {
    struct weir_kalman k;
    struct weir_box b = box_at(0, 50, 20, 40);
    weir_kalman_init(&k, &b);
    for (int t = 1; t <= 50; t++) {
        weir_kalman_predict(&k, false);
        b = box_at(4 * t, 50 - t, 20, 40);
        weir_kalman_update(&k, &b);
    }
    assert_float_equal(k.axis[WEIR_KALMAN_X].vel, 4, 0.02);
    assert_float_equal(k.axis[WEIR_KALMAN_Y].vel, -1, 0.02);
    for (int t = 0; t < 10; t++)
        weir_kalman_predict(&k, false);
    assert_float_equal(weir_kalman_box(&k).x0, 4 * 60, 1);
}

static void test_box_comes_back_as_it_went_in(void **state) {
    struct weir_kalman k;
    struct weir_box b = box_at(3, 7, 11, 29), back;
    weir_kalman_init(&k, &b);
    back = weir_kalman_box(&k);
    assert_float_equal(back.x0, b.x0, 1e-5);
    assert_float_equal(back.y0, b.y0, 1e-5);
    assert_float_equal(back.x1, b.x1, 1e-5);
    assert_float_equal(back.y1, b.y1, 1e-5);
}

static void test_holding_the_height_forgets_its_velocity_alone(void **state) {
    struct weir_kalman k;
    struct weir_box b = box_at(0, 0, 20, 40);
    weir_kalman_init(&k, &b);
    k.axis[WEIR_KALMAN_HEIGHT].vel = -5;
    k.axis[WEIR_KALMAN_X].vel = 2;
    weir_kalman_predict(&k, true);
    assert_true(k.axis[WEIR_KALMAN_HEIGHT].pos == 40);
    assert_true(k.axis[WEIR_KALMAN_X].pos == 12);
}

static void test_shrinking_to_nothing_gives_an_empty_box(void **state) {
    struct weir_kalman k;
    struct weir_box b = box_at(0, 0, 20, 40), gone;
    weir_kalman_init(&k, &b);
    k.axis[WEIR_KALMAN_HEIGHT].vel = -30;
    weir_kalman_predict(&k, false);
    weir_kalman_predict(&k, false);
    gone = weir_kalman_box(&k);
    assert_true(gone.x1 - gone.x0 == 0 && gone.y1 - gone.y0 == 0);
    weir_kalman_update(&k, &b);
    assert_true(isfinite(k.axis[WEIR_KALMAN_HEIGHT].pos));
}

static void test_ahead_is_what_predictions_say_and_changes_nothing(void **state) {
    struct weir_kalman k, then;
    struct weir_box b = box_at(0, 50, 20, 40);
    weir_kalman_init(&k, &b);
    for (int t = 1; t <= 9; t++) {
        weir_kalman_predict(&k, false);
        b = box_at(4 * t, 50 - t, 20 + t, 40 + 2 * t);
        weir_kalman_update(&k, &b);
    }
    const struct weir_kalman kept = k;
    then = k;
    for (int t = 0; t < 5; t++) {
        struct weir_box ahead = weir_kalman_ahead(&k, t), predicted = weir_kalman_box(&then);
        assert_float_equal(ahead.x0, predicted.x0, 1e-4);
        assert_float_equal(ahead.y0, predicted.y0, 1e-4);
        assert_float_equal(ahead.x1, predicted.x1, 1e-4);
        assert_float_equal(ahead.y1, predicted.y1, 1e-4);
        weir_kalman_predict(&then, false);
    }
    const struct weir_box now = weir_kalman_box(&k), next = weir_kalman_ahead(&k, 1),
                          between = weir_kalman_ahead(&k, 0.5);
    assert_float_equal(between.y1 + between.y0, (now.y0 + now.y1 + next.y0 + next.y1) / 2, 1e-4);
    assert_memory_equal(&k, &kept, sizeof k);
}

static void test_boxes_without_extent_cannot_be_measured(void **state) {
    struct weir_box good = box_at(0, 0, 1, 1), flat = box_at(0, 0, 5, 0);
    struct weir_box thin = box_at(0, 0, 0, 5), turned = box_at(5, 5, -2, 3);
    struct weir_box nan = {.x0 = NAN, .x1 = 1, .y1 = 1};
    struct weir_box wide = {.x0 = -3e38f, .x1 = 3e38f, .y1 = 1};
    assert_true(weir_kalman_measurable(&good));
    assert_false(weir_kalman_measurable(&flat));
    assert_false(weir_kalman_measurable(&thin));
    assert_false(weir_kalman_measurable(&turned));
    assert_false(weir_kalman_measurable(&nan));
    assert_false(weir_kalman_measurable(&wide));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter_equals_the_dense_eight_state_one),
        cmocka_unit_test(test_constant_motion_is_learnt),
        cmocka_unit_test(test_box_comes_back_as_it_went_in),
        cmocka_unit_test(test_holding_the_height_forgets_its_velocity_alone),
        cmocka_unit_test(test_shrinking_to_nothing_gives_an_empty_box),
        cmocka_unit_test(test_ahead_is_what_predictions_say_and_changes_nothing),
        cmocka_unit_test(test_boxes_without_extent_cannot_be_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
