/* What is left visible of a body, against occluders whose place is known. */
#include "scene/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

enum { WIDTH = 640, HEIGHT = 360 };

struct stage {
    struct scene_plan *plan;
    struct scene_backdrop backdrop;
    struct scene_canvas *canvas;
    struct weir_truth truth;
};

/* A flat grey ground under an overcast sky, without anything on it. */
static void begin(struct stage *s) {
    memset(s, 0, sizeof *s);
    s->plan = calloc(1, sizeof *s->plan);
    assert_non_null(s->plan);
    struct scene_camera *c = &s->plan->camera;
    *c = (struct scene_camera){.height_m = 4,
                               .pitch_rad = 0.12,
                               .focal_px = 600,
                               .cx = WIDTH / 2,
                               .cy = HEIGHT / 2,
                               .width = WIDTH,
                               .height = HEIGHT};
    c->sin_pitch = sin(c->pitch_rad);
    c->cos_pitch = cos(c->pitch_rad);
    s->plan->sky = (struct scene_sky){.overcast = true,
                                      .sun = {0, 0, 1},
                                      .zenith_rgb = {1, 1, 1},
                                      .bounce_rgb = {1, 1, 1},
                                      .air_m = 1e6,
                                      .shadow = 1,
                                      .exposure_s = 0.001};
    size_t area = (size_t)WIDTH * HEIGHT;
    s->backdrop = (struct scene_backdrop){.width = WIDTH,
                                          .height = HEIGHT,
                                          .xrgb = calloc(area, 4),
                                          .depth = calloc(area, sizeof(float)),
                                          .what = calloc(area, 1),
                                          .sunlit = calloc(area, 1)};
    memset(s->backdrop.what, SCENE_IS_GROUND, area);
}

static void open_canvas(struct stage *s) {
    assert_int_equal(scene_canvas_new(s->plan, &s->backdrop, &s->canvas), 0);
}

static void end(struct stage *s) {
    scene_canvas_free(s->canvas);
    scene_backdrop_done(&s->backdrop);
    weir_truth_done(&s->truth);
    free(s->plan);
}

static struct scene_body body(enum scene_class kind, int id, double x, double y) {
    return (struct scene_body){.kind = kind, .id = id, .look = 5, .x = x, .y = y, .parked = true};
}

static const struct weir_truth_object *find(const struct stage *s, int id) {
    for (size_t i = 0; i < s->truth.len; i++)
        if (s->truth.data[i].box.track_id == id)
            return &s->truth.data[i];
    return NULL;
}

static void draw(struct stage *s, const struct scene_body *bodies, size_t len) {
    assert_int_equal(scene_canvas_draw(s->canvas, bodies, len, &s->truth), 0);
}

static void test_alone_in_view_is_wholly_visible(void **state) {
    struct stage s;
    begin(&s);
    open_canvas(&s);
    struct scene_body car = body(SCENE_CAR, 1000, 0, 20);
    draw(&s, &car, 1);
    assert_int_equal(s.truth.len, 1);
    assert_float_equal(s.truth.data[0].visibility, 1, 0);
    assert_int_equal(s.truth.data[0].box.class_id, SCENE_CAR);
    /* 3.3 to 5.3 m at 20 m, 600 px: 99 to 159 px, around the middle */
    assert_in_range((int)(s.truth.data[0].box.x1 - s.truth.data[0].box.x0), 90, 165);
    assert_true(fabsf(s.truth.data[0].box.x0 + s.truth.data[0].box.x1 - WIDTH) < 30);
    draw(&s, NULL, 0);
    assert_int_equal(s.truth.len, 0);
    end(&s);
}

static void test_person_behind_a_bus_is_no_object(void **state) {
    struct stage s;
    begin(&s);
    open_canvas(&s);
    struct scene_body both[] = {body(SCENE_PERSON, 1001, 0, 30), body(SCENE_BUS, 1000, 0, 20)};
    both[0].posture = SCENE_STANDING;
    draw(&s, both, 2);
    assert_non_null(find(&s, 1000));
    assert_null(find(&s, 1001));
    /* the order in which they are given says nothing */
    struct scene_body swapped[] = {both[1], both[0]};
    draw(&s, swapped, 2);
    assert_null(find(&s, 1001));
    assert_float_equal(find(&s, 1000)->visibility, 1, 0);
    end(&s);
}

static void test_half_behind_another_is_half_visible_and_its_box_is_what_shows(void **state) {
    struct stage s;
    begin(&s);
    open_canvas(&s);
    struct scene_body far = body(SCENE_CAR, 1001, 0, 22);
    draw(&s, &far, 1);
    struct weir_box whole = s.truth.data[0].box;
    struct scene_body both[] = {far, body(SCENE_BUS, 1000, 6.5, 18)};
    draw(&s, both, 2);
    const struct weir_truth_object *o = find(&s, 1001), *bus = find(&s, 1000);
    assert_non_null(o);
    assert_non_null(bus);
    double shown = (o->box.x1 - o->box.x0) / (whole.x1 - whole.x0);
    assert_true(shown > 0.1 && shown < 0.95);
    assert_true(fabs(o->visibility - shown) < 0.2); /* a car is about as tall everywhere */
    assert_float_equal(o->box.x0, whole.x0, 0);
    assert_true(o->box.x1 <= bus->box.x0 + 30);
    end(&s);
}

static void test_what_leaves_the_picture_counts_as_hidden(void **state) {
    struct stage s;
    begin(&s);
    open_canvas(&s);
    double edge = 20.0 * WIDTH / 2 / 600; /* the right edge at 20 m */
    struct scene_body car = body(SCENE_CAR, 1000, edge, 20);
    draw(&s, &car, 1);
    assert_int_equal(s.truth.len, 1);
    assert_true(s.truth.data[0].visibility > 0.3 && s.truth.data[0].visibility < 0.7);
    assert_float_equal(s.truth.data[0].box.x1, WIDTH, 0);
    end(&s);
}

static void test_wall_hides_by_its_depth(void **state) {
    struct stage s;
    begin(&s);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = WIDTH / 2; x < WIDTH; x++) {
            s.backdrop.what[y * WIDTH + x] = SCENE_IS_WALL;
            s.backdrop.depth[y * WIDTH + x] = 25;
        }
    open_canvas(&s);
    struct scene_body cars[] = {body(SCENE_CAR, 1000, 4, 20), body(SCENE_CAR, 1001, 8, 30),
                                body(SCENE_CAR, 1002, 0, 35)};
    draw(&s, cars, 3);
    assert_non_null(find(&s, 1000)); /* before the wall */
    assert_float_equal(find(&s, 1000)->visibility, 1, 0);
    assert_null(find(&s, 1001)); /* behind it */
    assert_non_null(find(&s, 1002)); /* half behind its edge */
    assert_true(find(&s, 1002)->visibility > 0.3 && find(&s, 1002)->visibility < 0.7);
    assert_float_equal(find(&s, 1002)->box.x1, WIDTH / 2, 0);
    end(&s);
}

static void test_parked_body_is_labelled_and_hidden_by_what_passes(void **state) {
    struct stage s;
    begin(&s);
    s.plan->parked[0] = body(SCENE_CAR, 1, 0, 25);
    s.plan->parked_len = 1;
    open_canvas(&s);
    draw(&s, NULL, 0);
    assert_non_null(find(&s, 1));
    assert_float_equal(find(&s, 1)->visibility, 1, 0);
    struct weir_box before = find(&s, 1)->box;
    struct scene_body bus = body(SCENE_BUS, 1000, 0, 15);
    draw(&s, &bus, 1);
    assert_null(find(&s, 1));
    draw(&s, NULL, 0); /* and is back when it has passed */
    assert_memory_equal(&find(&s, 1)->box, &before, sizeof before);
    /* one that passes behind is hidden by the parked one */
    struct scene_body person = body(SCENE_PERSON, 1001, 0, 27);
    person.posture = SCENE_STANDING;
    draw(&s, &person, 1);
    assert_float_equal(find(&s, 1)->visibility, 1, 0);
    assert_true(!find(&s, 1001) || find(&s, 1001)->visibility < 0.8f);
    end(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone_in_view_is_wholly_visible),
        cmocka_unit_test(test_person_behind_a_bus_is_no_object),
        cmocka_unit_test(test_half_behind_another_is_half_visible_and_its_box_is_what_shows),
        cmocka_unit_test(test_what_leaves_the_picture_counts_as_hidden),
        cmocka_unit_test(test_wall_hides_by_its_depth),
        cmocka_unit_test(test_parked_body_is_labelled_and_hidden_by_what_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
