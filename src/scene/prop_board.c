/* Boards: flat shapes on an upright plane, for signs and posters. */
#include "prop.h"

static struct scene_board board_of(const struct scene_pen *pen, double f, double l, double u,
                                   double side) {
    return (struct scene_board){.at = scene_pen_at(pen, f, l, u),
                                .right = vec3_scale(pen->pose.left, side),
                                .up = vec3(0, 0, 1)};
}

struct scene_board scene_board_of(const struct scene_pen *pen, double f, double l, double u) {
    return board_of(pen, f, l, u, 1);
}

struct scene_board scene_board_back(const struct scene_pen *pen, double f, double l, double u) {
    return board_of(pen, f, l, u, -1);
}

bool scene_board_seen(const struct scene_pen *pen, const struct scene_board *board) {
    struct vec3 normal = vec3_cross(board->right, board->up);
    return vec3_dot(normal, vec3_sub(pen->view, board->at)) > 0;
}

static struct vec3 spot(const struct scene_board *b, double x, double y) {
    return vec3_add(b->at, vec3_add(vec3_scale(b->right, x), vec3_scale(b->up, y)));
}

void scene_board_shape(struct scene_pen *pen, const struct scene_board *board, const double *xy,
                       int n, struct rgb rgb) {
    struct vec3 p[SCENE_PART_POINTS];
    for (int i = 0; i < n; i++)
        p[i] = spot(board, xy[2 * i], xy[2 * i + 1]);
    if (board->shines)
        scene_pen_shine(pen, p, n, rgb);
    else
        scene_pen_face(pen, p, n, rgb);
}

void scene_board_rect(struct scene_pen *pen, const struct scene_board *board, double x0, double y0,
                      double x1, double y1, struct rgb rgb) {
    const double xy[] = {x0, y0, x1, y0, x1, y1, x0, y1};
    scene_board_shape(pen, board, xy, 4, rgb);
}

void scene_board_round(struct scene_pen *pen, const struct scene_board *board, double x, double y,
                       double rx, double ry, int n, struct rgb rgb) {
    if (n == 0 && !board->shines) {
        scene_pen_disc(pen, spot(board, x, y), vec3_scale(board->right, rx),
                       vec3_scale(board->up, ry), rgb);
        return;
    }
    double xy[2 * SCENE_PART_POINTS], half = n % 2 ? 0 : 0.5;
    int corners = n ? n : SCENE_PART_POINTS;
    for (int i = 0; i < corners; i++) {
        double t = 2 * M_PI * (i + half) / corners;
        xy[2 * i] = x + rx * sin(t);
        xy[2 * i + 1] = y + ry * cos(t);
    }
    scene_board_shape(pen, board, xy, corners, rgb);
}

void scene_board_stroke(struct scene_pen *pen, const struct scene_board *board, double x0,
                        double y0, double x1, double y1, double width_m, struct rgb rgb) {
    double d = hypot(x1 - x0, y1 - y0), nx = 0, ny = 0;
    if (d > 0) {
        nx = -(y1 - y0) / d * width_m / 2;
        ny = (x1 - x0) / d * width_m / 2;
    }
    const double xy[] = {x0 + nx, y0 + ny, x0 - nx, y0 - ny, x1 - nx, y1 - ny, x1 + nx, y1 + ny};
    scene_board_shape(pen, board, xy, 4, rgb);
}
