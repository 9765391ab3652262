/* What holds for every encoder: what goes in comes out of the decode stage. */
#include "encode_support.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* As a receiver does that was told the matrix beside the packet. */
static struct weir_image *receive_told(struct rig *rig, struct weir_packet *packet,
                                       const struct weir_image *drawn) {
    struct weir_image *shown = receive(rig, packet);
    assert_non_null(shown);
    if (!strcmp(packet->codec->name, "mjpeg"))
        shown->matrix = drawn->matrix;
    return shown;
}

/* Pictures 0 to n-1 through encoder and receiver; the least PSNR. */
static double round_trip(const struct kind *kind, int width, int height, int n,
                         enum weir_matrix matrix, bool full_range) {
    struct weir_encoder *encoder = make_encoder(kind, width, height, -1, 0);
    struct rig rig;
    double least = 1e9;
    receiver_init(&rig);
    for (int t = 0; t < n; t++) {
        struct weir_image *drawn = draw(width, height, t, matrix, full_range);
        struct weir_packet *packet = push_picture(encoder, drawn, false);
        struct weir_image *shown = receive_told(&rig, packet, drawn);
        assert_int_equal(shown->matrix, matrix);
        assert_int_equal(shown->full_range, full_range || kind->coding == WEIR_CODING_JPEG);
        double here = psnr(drawn, shown);
        least = here < least ? here : least;
        weir_image_unref(&shown);
        weir_packet_unref(&packet);
        weir_image_unref(&drawn);
    }
    weir_encoder_free(encoder);
    rig_done(&rig);
    return least;
}

static void expect_good(const char *what, int width, int height, double db) {
    if (db < PSNR_GOOD)
        fail_msg("%s: %dx%d comes back at %.1f dB", what, width, height, db);
}

static void test_pictures_come_back_with_their_colours(void **state) {
    const struct kind *kind = kind_of(state);
    static const enum weir_matrix matrices[] = {WEIR_MATRIX_BT601, WEIR_MATRIX_BT709,
                                                WEIR_MATRIX_BT2020};
    for (size_t m = 0; m < 3; m++)
        for (int full = 0; full < 2; full++)
            expect_good(full ? "full range" : "limited range", 176, 144,
                        round_trip(kind, 176, 144, 6, matrices[m], full));
}

static void test_sizes_need_not_be_multiples_of_anything(void **state) {
    const struct kind *kind = kind_of(state);
    static const int sizes[][2] = {{176, 144}, {178, 146}, {640, 360}, {18, 50}, {16, 16}};
    static const int odd[][2] = {{1, 1}, {2, 2}, {1, 40}, {40, 1}, {3, 5}, {17, 33}, {161, 121}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int full = 0; full < 2; full++)
            expect_good("even", sizes[i][0], sizes[i][1],
                        round_trip(kind, sizes[i][0], sizes[i][1], 3, WEIR_MATRIX_BT709, full));
    if (kind->coding != WEIR_CODING_JPEG)
        return;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (int full = 0; full < 2; full++)
            expect_good("odd", odd[i][0], odd[i][1],
                        round_trip(kind, odd[i][0], odd[i][1], 3, WEIR_MATRIX_BT709, full));
}

/* The last column and row, which pixels beyond them must not touch. */
static void test_the_edge_of_an_odd_picture_is_its_own(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 21, 13, 95, 0);
    struct rig rig;
    receiver_init(&rig);
    for (int full = 0; full < 2; full++) {
        struct weir_image *drawn = draw_flat(21, 13, 200, 128, 128, full);
        for (int p = 0; p < 1; p++) /* what lies beyond is black */
            for (int row = 0; row < 13; row++)
                memset(weir_image_data(drawn, p) + row * drawn->stride[p] + 21, 0, 43);
        struct weir_packet *packet = push_picture(encoder, drawn, false);
        struct weir_image *shown = receive(&rig, packet);
        assert_non_null(shown);
        const int expected = full ? 200 : (200 - 16) * 255 / 219;
        for (int y = 0; y < 13; y++)
            for (int x = 0; x < 21; x++)
                assert_in_range(shown->plane[0][y * shown->stride[0] + x], expected - 1,
                                expected + 1);
        weir_image_unref(&shown);
        weir_packet_unref(&packet);
        weir_image_unref(&drawn);
    }
    weir_encoder_free(encoder);
    rig_done(&rig);
}

static void test_what_limited_range_leaves_free_is_clipped(void **state) {
    const struct kind *kind = kind_of(state);
    static const struct {
        int in[3], out[3];
    } cases[] = {
        {{16, 128, 128}, {0, 128, 128}}, {{235, 128, 128}, {255, 128, 128}},
        {{2, 128, 128}, {0, 128, 128}},  {{254, 128, 128}, {255, 128, 128}},
        {{126, 16, 240}, {128, 0, 255}}, {{126, 2, 254}, {128, 0, 255}},
        {{126, 240, 16}, {128, 255, 0}}, {{126, 72, 184}, {128, 64, 192}},
    };
    struct weir_encoder *encoder = make_encoder(kind, 16, 16, 100, 0);
    struct rig rig;
    receiver_init(&rig);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int *in = cases[i].in;
        struct weir_image *drawn = draw_flat(16, 16, in[0], in[1], in[2], false);
        struct weir_packet *packet = push_picture(encoder, drawn, false);
        struct weir_image *shown = receive(&rig, packet);
        assert_non_null(shown);
        for (int p = 0; p < 3; p++)
            if (abs(shown->plane[p][0] - cases[i].out[p]) > 1)
                fail_msg("%d in plane %d becomes %d, not %d", in[p], p, shown->plane[p][0],
                         cases[i].out[p]);
        weir_image_unref(&shown);
        weir_packet_unref(&packet);
        weir_image_unref(&drawn);
    }
    weir_encoder_free(encoder);
    rig_done(&rig);
}

/* A picture that is a window into a larger one, so that its rows lie far apart. */
static struct weir_image *window(struct weir_image *whole, int width, int height) {
    struct weir_image *image = weir_image_new();
    assert_non_null(image);
    image->pixel = whole->pixel;
    image->width = width;
    image->height = height;
    image->matrix = whole->matrix;
    image->full_range = whole->full_range;
    for (int p = 0; p < 3; p++) {
        image->plane[p] = whole->plane[p] + (p ? 1 : 2) * (whole->stride[p] + 1);
        image->stride[p] = whole->stride[p];
    }
    return image;
}

static void test_rows_may_lie_far_apart(void **state) {
    const struct kind *kind = kind_of(state);
    struct rig rig;
    receiver_init(&rig);
    for (int full = 0; full < 2; full++) {
        struct weir_encoder *encoder = make_encoder(kind, 96, 80, -1, 0);
        struct weir_image *whole = draw(300, 100, 3, WEIR_MATRIX_BT601, full);
        struct weir_image *drawn = window(whole, 96, 80);
        struct weir_packet *packet = push_picture(encoder, drawn, false);
        struct weir_image *shown = receive_told(&rig, packet, drawn);
        expect_good("window", 96, 80, psnr(drawn, shown));
        weir_image_unref(&shown);
        weir_packet_unref(&packet);
        weir_image_unref(&drawn);
        weir_image_unref(&whole);
        weir_encoder_free(encoder);
        /* another encoder is another codec: the receiver lets go of the old one */
        assert_int_equal(rig.decode->ops->drain(rig.decode, &rig.err), 0);
        rig_done(&rig);
        receiver_init(&rig);
    }
    rig_done(&rig);
}

static void test_every_push_gives_its_packet_at_once(void **state) {
    const struct kind *kind = kind_of(state);
    struct weir_encoder *encoder = make_encoder(kind, 176, 144, -1, 0);
    struct weir_packet *packets[20];
    for (int t = 0; t < 20; t++) {
        struct weir_image *drawn = draw(176, 144, t, WEIR_MATRIX_BT709, false);
        packets[t] = push_picture(encoder, drawn, false);
        weir_image_unref(&drawn); /* before the packet is read */
        assert_ptr_equal(packets[t]->codec, packets[0]->codec);
        assert_int_equal(packets[t]->dts_ns, -1);
    }
    assert_true(packets[0]->keyframe);
    assert_string_equal(packets[0]->codec->name,
                        kind->coding == WEIR_CODING_JPEG ? "mjpeg" : "h264");
    assert_int_equal(packets[0]->codec->width, 176);
    assert_int_equal(packets[0]->codec->height, 144);
    assert_null(packets[0]->codec->extradata);
    weir_encoder_free(encoder);

    struct rig rig; /* packets outlive their encoder */
    receiver_init(&rig);
    for (int t = 0; t < 20; t++) {
        struct weir_image *shown = receive(&rig, packets[t]);
        assert_non_null(shown);
        weir_image_unref(&shown);
        weir_packet_unref(&packets[t]);
    }
    rig_done(&rig);
}

static void test_higher_quality_takes_more_bytes_and_shows_more(void **state) {
    const struct kind *kind = kind_of(state);
    size_t bytes_before = 0;
    double psnr_before = 0;
    for (int q = 0; q < 3; q++) {
        struct weir_encoder *encoder = make_encoder(kind, 320, 180, kind->qualities[q], 0);
        struct rig rig;
        size_t bytes = 0;
        double least = 1e9;
        receiver_init(&rig);
        for (int t = 0; t < 8; t++) {
            struct weir_image *drawn = draw(320, 180, t, WEIR_MATRIX_BT709, false);
            struct weir_packet *packet = push_picture(encoder, drawn, false);
            struct weir_image *shown = receive_told(&rig, packet, drawn);
            double here = psnr(drawn, shown);
            least = here < least ? here : least;
            bytes += packet->len;
            weir_image_unref(&shown);
            weir_packet_unref(&packet);
            weir_image_unref(&drawn);
        }
        assert_true(bytes > bytes_before);
        assert_true(least > psnr_before);
        bytes_before = bytes;
        psnr_before = least;
        weir_encoder_free(encoder);
        rig_done(&rig);
    }
}

static void test_the_best_and_the_worst_quality_work(void **state) {
    const struct kind *kind = kind_of(state);
    const int ends[2] = {kind->coding == WEIR_CODING_JPEG ? 1 : 51,
                         kind->coding == WEIR_CODING_JPEG ? 100 : 0};
    double db[2];
    for (int i = 0; i < 2; i++) {
        struct weir_encoder *encoder = make_encoder(kind, 64, 48, ends[i], 0);
        struct weir_image *drawn = draw(64, 48, 0, WEIR_MATRIX_BT601, true);
        struct weir_packet *packet = push_picture(encoder, drawn, false);
        struct rig rig;
        receiver_init(&rig);
        struct weir_image *shown = receive_told(&rig, packet, drawn);
        db[i] = psnr(drawn, shown);
        weir_image_unref(&shown);
        weir_packet_unref(&packet);
        weir_image_unref(&drawn);
        weir_encoder_free(encoder);
        rig_done(&rig);
    }
    assert_true(db[1] > 40);
    assert_true(db[0] < db[1]);
}

/* The bound that the others assert is one that mistakes do not meet. */
static void test_a_wrong_plane_range_matrix_or_stride_would_be_seen(void **state) {
    (void)state;
    struct weir_image *right = draw(176, 144, 2, WEIR_MATRIX_BT709, false);
    struct weir_image *wrong = draw(176, 144, 2, WEIR_MATRIX_BT709, false);
    assert_true(psnr(right, wrong) > 90);

    wrong->full_range = true;
    assert_true(psnr(right, wrong) < PSNR_GOOD);
    wrong->full_range = false;
    wrong->matrix = WEIR_MATRIX_BT601;
    assert_true(psnr(right, wrong) < PSNR_GOOD);
    wrong->matrix = WEIR_MATRIX_BT709;
    wrong->stride[0] += 1;
    wrong->height = right->height = 140; /* so that its rows are all there */
    assert_true(psnr(right, wrong) < PSNR_GOOD);
    wrong->stride[0] -= 1;
    wrong->stride[1] -= 1;
    assert_true(psnr(right, wrong) < PSNR_GOOD);
    wrong->stride[1] += 1;
    const uint8_t *cb = wrong->plane[1];
    wrong->plane[1] = wrong->plane[2];
    wrong->plane[2] = cb;
    assert_true(psnr(right, wrong) < PSNR_GOOD);
    weir_image_unref(&right);
    weir_image_unref(&wrong);
}

/* ---- threads ------------------------------------------------------------- */

enum { JOB_PICTURES = 30 };

struct job {
    const struct kind *kind;
    int width, height;
    struct weir_packet *packets[JOB_PICTURES];
    int failed;
};

/* No assertions: cmocka's are for its own thread. */
static void *run_job(void *arg) {
    struct job *job = arg;
    struct weir_encoder *encoder = NULL;
    const struct weir_encoder_conf conf = {.coding = job->kind->coding,
                                           .width = job->width,
                                           .height = job->height,
                                           .quality = job->kind->good,
                                           .rate_fps = 25,
                                           .encoder = job->kind->encoder};
    job->failed = weir_encoder_new(&conf, &encoder, NULL);
    for (int t = 0; t < JOB_PICTURES && !job->failed; t++) {
        struct weir_image *drawn = draw(job->width, job->height, t, WEIR_MATRIX_BT709, t >= 20);
        job->failed = weir_encoder_push(encoder, drawn, t % 11 == 7, &job->packets[t], NULL);
        weir_image_unref(&drawn);
    }
    weir_encoder_free(encoder);
    return NULL;
}

static void test_encoders_in_two_threads_do_not_disturb_each_other(void **state) {
    const struct kind *kind = kind_of(state);
    struct job jobs[4] = {{.kind = kind, .width = 160, .height = 90},
                          {.kind = kind, .width = 96, .height = 120},
                          {.kind = kind, .width = 160, .height = 90},
                          {.kind = kind, .width = 96, .height = 120}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 2; i < 4; i++) /* alone */
        run_job(&jobs[i]);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(jobs[i].failed, 0);
        assert_int_equal(jobs[i + 2].failed, 0);
        for (int t = 0; t < JOB_PICTURES; t++) {
            struct weir_packet *a = jobs[i].packets[t], *b = jobs[i + 2].packets[t];
            assert_int_equal(a->len, b->len);
            assert_memory_equal(a->data, b->data, a->len);
            weir_packet_unref(&jobs[i].packets[t]);
            weir_packet_unref(&jobs[i + 2].packets[t]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_ALL(test_pictures_come_back_with_their_colours),
        TEST_ALL(test_sizes_need_not_be_multiples_of_anything),
        TEST_KIND(test_the_edge_of_an_odd_picture_is_its_own, jpeg),
        TEST_KIND(test_what_limited_range_leaves_free_is_clipped, jpeg),
        TEST_ALL(test_rows_may_lie_far_apart),
        TEST_ALL(test_every_push_gives_its_packet_at_once),
        TEST_ALL(test_higher_quality_takes_more_bytes_and_shows_more),
        TEST_ALL(test_the_best_and_the_worst_quality_work),
        cmocka_unit_test(test_a_wrong_plane_range_matrix_or_stride_would_be_seen),
        TEST_ALL(test_encoders_in_two_threads_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
