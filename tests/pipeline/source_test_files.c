/* The conformance suite over files, pictures, standard input and devices. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source_test_support.h"

enum { FOLDER_BYTES = 512 };

static void make_folder(const char *dir, const char *name, char *ret) {
    snprintf(ret, FOLDER_BYTES, "%s/%s", dir, name);
    assert_int_equal(mkdir(ret, 0700), 0);
}

/* ---- every codec, every container: each picture is where it belongs ------- */

struct format_case {
    const char *name, *args;
    enum weir_pixel pixel;
};

static const struct format_case formats[] = {
    {"h264.mp4", "-c:v libx264 -bf 3", WEIR_PIXEL_I420},
    {"h264_pyramid.mkv", "-c:v libx264 -bf 7 -b_strategy 0 -x264opts b-pyramid=normal",
     WEIR_PIXEL_I420},
    {"h264.ts", "-c:v libx264 -bf 2", WEIR_PIXEL_I420},
    {"raw.h264", "-c:v libx264 -bf 3 -b_strategy 0", WEIR_PIXEL_I420},
    {"h264_ten_bits.mkv", "-c:v libx264 -pix_fmt yuv420p10le", WEIR_PIXEL_I420},
    {"h264_422.mkv", "-c:v libx264 -pix_fmt yuv422p", WEIR_PIXEL_I422},
    {"h264_444.mkv", "-c:v libx264 -pix_fmt yuv444p", WEIR_PIXEL_I444},
    {"h264_nv12.mkv", "-c:v libx264 -pix_fmt nv12", WEIR_PIXEL_I420},
    {"mpeg4_b_frames.avi", "-c:v mpeg4 -q:v 2 -bf 2", WEIR_PIXEL_I420},
    {"mpeg4_b_frames.mp4", "-c:v mpeg4 -q:v 2 -bf 2", WEIR_PIXEL_I420},
    {"mpeg2.mpg", "-c:v mpeg2video -q:v 2 -r 25 -bf 2", WEIR_PIXEL_I420},
    {"vp9.webm", "-c:v libvpx-vp9 -crf 4 -b:v 0", WEIR_PIXEL_I420},
    {"mjpeg.mkv", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p", WEIR_PIXEL_I420},
    {"mjpeg_422.avi", "-c:v mjpeg -q:v 2 -pix_fmt yuvj422p", WEIR_PIXEL_I422},
    {"yuyv.avi", "-c:v rawvideo -pix_fmt yuyv422", WEIR_PIXEL_I420},
    {"nv12.nut", "-c:v rawvideo -pix_fmt nv12", WEIR_PIXEL_NV12},
    {"gray.nut", "-c:v rawvideo -pix_fmt gray", WEIR_PIXEL_GRAY},
    {"rgb.nut", "-c:v rawvideo -pix_fmt rgb24", WEIR_PIXEL_RGB},
    {"ffv1_alpha.mkv", "-c:v ffv1 -pix_fmt bgra", WEIR_PIXEL_BGR},
    {"palette.gif", "", WEIR_PIXEL_BGR},
};

static void test_every_picture_of_every_format_keeps_its_frame(void **state) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct format_case *f = &formats[i];
        char args[512];
        snprintf(args, sizeof args, "%s%s", COUNTING(20), f->args);
        if (strstr(f->args, "-r 25"))
            snprintf(args, sizeof args, "%s%s -r 25", COUNTING(20), f->args);
        struct rig rig;
        struct play play;
        rig_init(&rig, make_media(*state, f->name, args), NULL);
        rig.wf.set.source.rate_fps = 10; /* for the raw ones */
        print_message("# %s\n", f->name);
        assert_int_equal(rig_open(&rig), 0);
        assert_false(rig.source->live);
        rig_play(&rig, -1, &play);
        assert_int_equal(play.end, WEIR_EEOF);
        assert_int_equal(play.pictures, play.in);
        assert_int_equal(play.frame[0].pixel, f->pixel);
        bool rgb = f->pixel == WEIR_PIXEL_RGB || f->pixel == WEIR_PIXEL_BGR;
        if (!rgb && f->pixel != WEIR_PIXEL_GRAY && !strstr(f->args, "-r 25"))
            expect_counting(&play, 20);
        for (int k = 1; k < play.out; k++) { /* brighter and brighter, whatever the scale */
            bool coarse = f->args[0] == 0 || strstr(f->args, "-r 25");
            assert_true(play.frame[k].luma + coarse > play.frame[k - 1].luma);
            assert_true(play.frame[k].media_ns < 0 ||
                        play.frame[k].media_ns > play.frame[k - 1].media_ns);
        }
        play_done(&play);
        rig_done(&rig);
    }
}

static void test_a_file_knows_how_many_frames_it_has(void **state) {
    struct rig rig;
    rig_init(&rig, make_media(*state, "known.mp4", COUNTING(15) "-c:v libx264"), NULL);
    assert_int_equal(rig_open(&rig), 0);
    assert_int_equal(rig.source->frames_total, 15);
    rig_done(&rig);
}

static void test_odd_sizes_are_kept_to_the_pixel(void **state) {
    struct play play;
    play_file(make_media(*state, "odd.mp4",
                         "-f lavfi -i testsrc2=s=64x48:r=10 -frames:v 5 -vf scale=33:17 "
                         "-c:v libx264 -pix_fmt yuv444p"),
              &play);
    assert_int_equal(play.pictures, 5);
    assert_int_equal(play.frame[4].width, 33);
    assert_int_equal(play.frame[4].height, 17);
    play_done(&play);
}

static void test_resolution_may_change_in_the_middle(void **state) {
    size_t a_len, b_len;
    char *a = read_bytes(make_media(*state, "a.ts", COUNTING(12) "-c:v libx264 -bf 2"), &a_len);
    char *b = read_bytes(
        make_media(*state, "b.ts", COUNTING(8) "-vf scale=128:96 -c:v libx264 -bf 2"), &b_len);
    char *both = malloc(a_len + b_len);
    memcpy(both, a, a_len);
    memcpy(both + a_len, b, b_len);
    struct play play;
    play_file(write_bytes(*state, "ab.ts", both, a_len + b_len), &play);
    assert_int_equal(play.in, 20);
    assert_int_equal(play.pictures, 20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(play.frame[i].width, i < 12 ? 64 : 128);
    /* the second recording's clock began anew; time goes on all the same */
    for (int i = 1; i < 20; i++)
        assert_true(play.frame[i].media_ns > play.frame[i - 1].media_ns);
    play_done(&play);
    free(a);
    free(b);
    free(both);
}

static void test_range_may_change_in_the_middle(void **state) {
    static const char *const names[] = {"full.h264", "limited.h264"};
    static const char *const made[] = {
        COUNTING(3) "-c:v libx264 -bf 0 -colorspace bt709 -color_range pc",
        COUNTING(3) "-c:v libx264 -bf 0 -colorspace bt709 -color_range tv"};
    char all[1 << 16];
    size_t len = 0;
    for (int i = 0; i < 4; i++) {
        size_t part_len;
        char *part = read_bytes(make_media(*state, names[i % 2], made[i % 2]), &part_len);
        assert_true(len + part_len <= sizeof all);
        memcpy(all + len, part, part_len);
        len += part_len;
        free(part);
    }
    struct play play;
    play_file(write_bytes(*state, "ranges.h264", all, len), &play);
    assert_int_equal(play.pictures, 12);
    for (int i = 0; i < 12; i++)
        assert_int_equal(play.frame[i].full_range, i / 3 % 2 == 0);
    play_done(&play);
}

static void test_unspecified_matrix_follows_the_height(void **state) {
    struct play play;
    play_file(make_media(*state, "low.mp4", COUNTING(1) "-c:v libx264"), &play);
    assert_int_equal(play.frame[0].matrix, WEIR_MATRIX_BT601);
    assert_false(play.frame[0].full_range);
    play_done(&play);
    play_file(make_media(*state, "high.mp4", COUNTING(1) "-vf scale=1280:720 -c:v libx264"), &play);
    assert_int_equal(play.frame[0].matrix, WEIR_MATRIX_BT709);
    play_done(&play);
    play_file(make_media(*state, "named.mp4",
                         COUNTING(1) "-c:v libx264 -colorspace bt709 -color_range pc"),
              &play);
    assert_int_equal(play.frame[0].matrix, WEIR_MATRIX_BT709);
    assert_true(play.frame[0].full_range);
    play_done(&play);
}

static void test_shared_videos_give_every_frame(void **state) {
    (void)state;
    static const struct {
        const char *path;
        int frames, width;
    } video[] = {{"videos/car-detection.mp4", 377, 768},
                 {"videos/bottle-detection.mp4", 1189, 640}};
    for (size_t i = 0; i < sizeof video / sizeof *video; i++) {
        struct play play;
        play_file(test_data(video[i].path), &play);
        assert_int_equal(play.pictures, video[i].frames);
        assert_int_equal(play.frame[0].width, video[i].width);
        play_done(&play);
    }
}

/* ---- damage --------------------------------------------------------------- */

static void test_truncated_file_gives_what_it_has(void **state) {
    size_t len;
    char *data =
        read_bytes(make_media(*state, "whole.mp4",
                              "-f lavfi -i testsrc2=s=128x96:r=10 -frames:v 30 -c:v libx264 -g 5 "
                              "-movflags faststart"),
                   &len);
    struct play play;
    play_file(write_bytes(*state, "cut.mp4", data, len * 2 / 3), &play);
    assert_in_range(play.pictures, 5, 29);
    play_done(&play);
    free(data);
}

static void test_truncated_file_without_an_index_is_refused(void **state) {
    size_t len;
    char *data =
        read_bytes(make_media(*state, "late_index.mp4", COUNTING(20) "-c:v libx264"), &len);
    expect_refused(write_bytes(*state, "no_index.mp4", data, len / 2), WEIR_ECORRUPT, "damaged");
    free(data);
}

static void test_rubbish_in_the_middle_costs_only_what_it_hit(void **state) {
    size_t len;
    char *data = read_bytes(make_media(*state, "clean.ts",
                                       "-f lavfi -i testsrc2=s=128x96:r=10 -frames:v 60 "
                                       "-c:v libx264 -g 10"),
                            &len);
    fill_rubbish(data + len / 3, 3000, 7);
    struct play play;
    play_file(write_bytes(*state, "dirty.ts", data, len), &play);
    assert_in_range(play.pictures, 30, 60);
    assert_int_equal(play.frame[play.out - 1].outcome, WEIR_OUTCOME_NONE);
    play_done(&play);
    free(data);
}

static void test_a_damaged_picture_of_mjpeg_is_one_corrupt_frame(void **state) {
    size_t len;
    char *data = read_bytes(make_media(*state, "m.avi", COUNTING(9) "-c:v mjpeg -q:v 2"), &len);
    int n = 0;
    for (size_t i = 0; i + 3 < len; i++)
        if (!memcmp(data + i, "\xff\xd8\xff", 3) && ++n == 4)
            memset(data + i, 0, 200);
    struct play play;
    play_file(write_bytes(*state, "m_bad.avi", data, len), &play);
    assert_int_equal(play.in, 9);
    assert_int_equal(play.corrupt, 1);
    assert_int_equal(play.frame[3].outcome, WEIR_OUTCOME_CORRUPT);
    play_done(&play);
    free(data);
}

static void test_what_is_no_video_is_refused_with_a_reason(void **state) {
    char rubbish[50000];
    fill_rubbish(rubbish, sizeof rubbish, 1);
    expect_refused(test_path(*state, "missing.mp4"), WEIR_ENOENT, "missing.mp4");
    expect_refused(write_bytes(*state, "empty.mp4", "", 0), WEIR_ECORRUPT, "empty");
    expect_refused(write_bytes(*state, "rubbish.mp4", rubbish, sizeof rubbish), WEIR_ECORRUPT,
                   "rubbish.mp4");
    expect_refused(write_bytes(*state, "text.txt", "hello, world\n", 13), WEIR_ECORRUPT,
                   "text.txt");
    expect_refused(make_media(*state, "sound.mp3", "-f lavfi -i sine=d=1"), WEIR_ECORRUPT,
                   "no video");
}

static void test_sound_with_a_cover_picture_is_no_video(void **state) {
    const char *cover = make_media(*state, "cover.png", COUNTING(1));
    char args[1024];
    snprintf(args, sizeof args,
             "-f lavfi -i sine=d=1 -i '%s' -map 0 -map 1 -c:v copy -disposition:v attached_pic",
             cover);
    expect_refused(make_media(*state, "cover.mp3", args), WEIR_ECORRUPT, "cover picture");
}

static void test_pictures_above_the_limit_are_refused(void **state) {
    struct rig rig;
    rig_init(&rig, make_media(*state, "big.mp4", COUNTING(2) "-vf scale=320:200 -c:v libx264"),
             NULL);
    rig.wf.set.source.max_width = 256;
    assert_int_equal(rig_open(&rig), WEIR_ERANGE);
    test_error_says(&rig.err, "320x200");
    test_error_says(&rig.err, "source.max_width");
    rig_done(&rig);
}

/* ---- pictures -------------------------------------------------------------- */

static void test_a_folder_is_read_in_natural_order(void **state) {
    char folder[FOLDER_BYTES];
    make_folder(*state, "folder", folder);
    make_media(folder, "10.jpg", COUNTING(1) "-q:v 2");
    make_media(folder, "9.png", COUNTING(1));
    make_media(folder, "x.BMP", COUNTING(1) "-c:v bmp -f image2");
    make_media(folder, "09b.webp", COUNTING(1));
    make_media(folder, "100.pgm", COUNTING(1));
    make_media(folder, "11.tiff", COUNTING(1));
    make_media(folder, "8.ppm", COUNTING(1));
    write_bytes(folder, "notes.txt", "not a picture", 13);
    static const char *const order[] = {"8.ppm",   "9.png",   "09b.webp", "10.jpg",
                                        "11.tiff", "100.pgm", "x.BMP"};
    struct rig rig;
    struct play play;
    rig_init(&rig, folder, NULL);
    assert_int_equal(rig_open(&rig), 0);
    assert_int_equal(rig.source->frames_total, 7);
    rig_play(&rig, -1, &play);
    assert_int_equal(play.pictures, 7);
    for (int i = 0; i < 7; i++)
        assert_string_equal(play.frame[i].name, order[i]);
    assert_int_equal(play.frame[1].source_id, 1); /* not 9: not every name is a number */
    play_done(&play);
    rig_done(&rig);
}

static void test_pictures_named_by_numbers_bear_them_as_ids(void **state) {
    char folder[FOLDER_BYTES];
    make_folder(*state, "numbers", folder);
    make_media(folder, "000000397133.jpg", COUNTING(1) "-q:v 2");
    make_media(folder, "000000000139.jpg", COUNTING(1) "-q:v 2");
    struct rig rig;
    struct play play;
    rig_init(&rig, folder, NULL);
    assert_int_equal(rig_open(&rig), 0);
    rig_play(&rig, -1, &play);
    assert_int_equal(play.out, 2);
    assert_int_equal(play.frame[0].source_id, 139);
    assert_int_equal(play.frame[1].source_id, 397133);
    play_done(&play);
    rig_done(&rig);
}

static void test_numbers_that_occur_twice_are_no_ids(void **state) {
    char folder[FOLDER_BYTES];
    make_folder(*state, "twice", folder);
    make_media(folder, "7.jpg", COUNTING(1) "-q:v 2");
    make_media(folder, "7.png", COUNTING(1));
    struct rig rig;
    struct play play;
    rig_init(&rig, folder, NULL);
    assert_int_equal(rig_open(&rig), 0);
    rig_play(&rig, -1, &play);
    assert_int_equal(play.out, 2);
    assert_int_equal(play.frame[0].source_id, 0);
    assert_int_equal(play.frame[1].source_id, 1);
    play_done(&play);
    rig_done(&rig);
}

static void test_a_glob_takes_what_fits(void **state) {
    char folder[FOLDER_BYTES];
    make_folder(*state, "globbed", folder);
    make_media(folder, "a2.png", COUNTING(1));
    make_media(folder, "a10.png", COUNTING(1));
    make_media(folder, "b1.png", COUNTING(1));
    struct play play;
    play_file(test_path(folder, "a*.png"), &play);
    assert_int_equal(play.pictures, 2);
    assert_string_equal(play.frame[0].name, "a2.png");
    assert_string_equal(play.frame[1].name, "a10.png");
    play_done(&play);
    expect_refused(test_path(folder, "z*.png"), WEIR_ENOENT, "pattern");
}

static void test_a_bad_picture_in_a_folder_is_one_corrupt_frame(void **state) {
    char folder[FOLDER_BYTES];
    char rubbish[3000];
    make_folder(*state, "mixed", folder);
    fill_rubbish(rubbish, sizeof rubbish, 3);
    make_media(folder, "1.png", COUNTING(1));
    write_bytes(folder, "2.jpg", rubbish, sizeof rubbish);
    write_bytes(folder, "3.png", "", 0);
    memcpy(rubbish, "\x89PNG\r\n\x1a\n", 8);
    write_bytes(folder, "4.png", rubbish, sizeof rubbish);
    make_media(folder, "5.jpg", COUNTING(1));
    assert_int_equal(mkdir(test_path(folder, "6.jpg"), 0700), 0);
    struct play play;
    play_file(folder, &play);
    assert_int_equal(play.in, 6);
    assert_int_equal(play.corrupt, 4);
    assert_string_equal(play.frame[1].name, "2.jpg");
    assert_int_equal(play.frame[1].outcome, WEIR_OUTCOME_CORRUPT);
    assert_int_equal(play.frame[4].outcome, WEIR_OUTCOME_NONE);
    play_done(&play);
}

static void test_folders_and_pictures_that_cannot_be_are_refused(void **state) {
    char folder[FOLDER_BYTES];
    make_folder(*state, "bare", folder);
    expect_refused(folder, WEIR_ENOENT, "no pictures");
    expect_refused(test_path(*state, "missing.jpg"), WEIR_ENOENT, "missing.jpg");
    expect_refused(write_bytes(*state, "text.jpg", "certainly no picture", 20), WEIR_ECORRUPT,
                   "not a picture");
    expect_refused(write_bytes(*state, "empty.png", "", 0), WEIR_ECORRUPT, "empty");
}

static void test_shared_pictures_all_decode(void **state) {
    (void)state;
    struct play play;
    play_file(test_data("images/coco_val_subset/images"), &play);
    assert_int_equal(play.pictures, 47);
    assert_string_equal(play.frame[0].name, "000000005001.jpg");
    play_done(&play);
}

/* ---- standard input and pipes ---------------------------------------------- */

/* Runs the body with the bytes on standard input, written by a child. */
static pid_t feed_stdin(const char *data, size_t len, bool then_hang, int *ret_saved) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nobody behind */
        close(ends[0]);
        while (len) {
            ssize_t n = write(ends[1], data, len);
            if (n <= 0)
                _exit(0);
            data += n;
            len -= (size_t)n;
        }
        while (then_hang)
            pause();
        _exit(0);
    }
    close(ends[1]);
    *ret_saved = dup(STDIN_FILENO);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    return child;
}

static void end_stdin(pid_t child, int saved) {
    dup2(saved, STDIN_FILENO);
    close(saved);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void test_mjpeg_comes_in_on_standard_input(void **state) {
    size_t len;
    char *data = read_bytes(make_media(*state, "in.mjpeg", COUNTING(12) "-q:v 2 -c:v mjpeg"), &len);
    int saved;
    pid_t child = feed_stdin(data, len, false, &saved);
    struct rig rig;
    struct play play;
    rig_init(&rig, "-", NULL);
    rig.wf.set.source.rate_fps = 10;
    assert_int_equal(rig_open(&rig), 0);
    assert_false(rig.source->live);
    rig_play(&rig, -1, &play);
    assert_int_equal(play.end, WEIR_EEOF);
    expect_counting(&play, 12);
    play_done(&play);
    rig_done(&rig);
    end_stdin(child, saved);
    free(data);
}

static void test_standard_input_with_live_counts_as_a_camera(void **state) {
    size_t len;
    char *data = read_bytes(make_media(*state, "in2.mjpeg", COUNTING(5) "-c:v mjpeg"), &len);
    int saved;
    pid_t child = feed_stdin(data, len, false, &saved);
    struct rig rig;
    struct play play;
    rig_init(&rig, "-", NULL);
    rig.wf.set.run.live = true;
    assert_int_equal(rig_open(&rig), 0);
    assert_true(rig.source->live);
    rig_play(&rig, -1, &play);
    assert_int_equal(play.pictures, 5);
    play_done(&play);
    rig_done(&rig);
    end_stdin(child, saved);
    free(data);
}

static void test_standard_input_that_hangs_times_out(void **state) {
    size_t len;
    char *data = read_bytes(make_media(*state, "in3.mjpeg", COUNTING(5) "-c:v mjpeg"), &len);
    int saved;
    pid_t child = feed_stdin(data, len, true, &saved);
    struct rig rig;
    struct play play;
    rig_init(&rig, "-", NULL);
    rig.wf.set.source.read_timeout_s = 0.2;
    assert_int_equal(rig_open(&rig), 0);
    rig_play(&rig, -1, &play);
    if (play.end != WEIR_ETIMEDOUT)
        fail_msg("%s", rig.err.text);
    test_error_says(&rig.err, "standard input");
    assert_in_range(play.pictures, 4, 5); /* where the last one ends only the next would tell */
    play_done(&play);
    rig_done(&rig);
    end_stdin(child, saved);
    free(data);
}

static void test_rubbish_on_standard_input_is_refused(void **state) {
    (void)state;
    static char rubbish[200000];
    memset(rubbish, 'x', sizeof rubbish);
    int saved;
    pid_t child = feed_stdin(rubbish, sizeof rubbish, false, &saved);
    expect_refused("-", WEIR_ECORRUPT, "standard input");
    end_stdin(child, saved);
}

static void test_a_named_pipe_without_a_writer_times_out(void **state) {
    const char *path = test_path(*state, "pipe.mkv");
    assert_int_equal(mkfifo(path, 0600), 0);
    struct rig rig;
    rig_init(&rig, path, NULL);
    rig.wf.set.source.open_timeout_s = 0.2;
    assert_int_equal(rig_open(&rig), WEIR_ETIMEDOUT);
    test_error_says(&rig.err, "pipe.mkv");
    rig_done(&rig);
}

/* ---- stop and pace ---------------------------------------------------------- */

static void test_stop_ends_every_kind(void **state) {
    char folder[FOLDER_BYTES];
    make_folder(*state, "stopped", folder);
    make_media(folder, "1.png", COUNTING(1));
    const char *const sources[] = {folder,
                                   make_media(*state, "stop.mp4", COUNTING(9) "-c:v libx264")};
    for (int live = 0; live < 2; live++)
        for (size_t i = 0; i < 2; i++) {
            struct rig rig;
            struct play play;
            rig_init(&rig, sources[i], NULL);
            rig.wf.set.run.live = live;
            assert_int_equal(rig_open(&rig), 0);
            weir_stop_request(&rig.stop);
            rig_play(&rig, -1, &play);
            assert_int_equal(play.end, WEIR_ECANCELED);
            assert_int_equal(play.in, 0);
            play_done(&play);
            rig_done(&rig);
        }
}

static void test_a_stop_before_open_is_no_open(void **state) {
    struct rig rig;
    rig_init(&rig, make_media(*state, "never.mp4", COUNTING(3) "-c:v libx264"), NULL);
    weir_stop_request(&rig.stop);
    assert_int_equal(rig_open(&rig), WEIR_ECANCELED);
    rig_done(&rig);
}

/* A manual clock that stands still would block a frame that is not due: each is
 * pulled only after the clock was moved to its time. */
static void test_a_paced_file_is_captured_when_it_is_due(void **state) {
    struct weir_clock *clock = weir_clock_manual_new(5 * WEIR_NS_PER_S);
    struct rig rig;
    rig_init(&rig, make_media(*state, "paced.mp4", COUNTING(6) "-c:v libx264 -bf 0"), clock);
    rig.wf.stream[0].live = true;
    assert_int_equal(rig_open(&rig), 0);
    assert_true(rig.source->live);
    assert_int_equal(rig.source->frames_total, 6);
    for (int i = 0; i < 6; i++) {
        struct weir_frame *frame = NULL;
        assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), 0);
        assert_int_equal(frame->times.capture, 5 * WEIR_NS_PER_S + i * 100 * WEIR_NS_PER_MS);
        assert_int_equal(frame->media_ns, i * 100 * WEIR_NS_PER_MS);
        weir_frame_free(frame);
        weir_clock_advance(clock, 100 * WEIR_NS_PER_MS);
    }
    struct weir_frame *frame = NULL;
    assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), WEIR_EEOF);
    rig_done(&rig);
}

static void test_late_release_does_not_move_the_due_time(void **state) {
    struct weir_clock *clock = weir_clock_manual_new(0);
    struct rig rig;
    struct play play;
    rig_init(&rig, make_media(*state, "late.mp4", COUNTING(10) "-c:v libx264 -bf 2"), clock);
    rig.wf.stream[0].live = true;
    assert_int_equal(rig_open(&rig), 0);
    struct weir_frame *frame = NULL;
    assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), 0);
    weir_frame_free(frame);
    weir_clock_advance(clock, 10 * WEIR_NS_PER_S); /* all that is left is overdue */
    rig_play(&rig, -1, &play);
    for (int i = 0; i < play.out; i++)
        assert_int_equal(play.frame[i].capture, play.frame[i].media_ns);
    play_done(&play);
    rig_done(&rig);
}

static void test_paced_pictures_go_by_the_set_rate(void **state) {
    char folder[FOLDER_BYTES];
    make_folder(*state, "paced", folder);
    make_media(folder, "1.png", COUNTING(1));
    make_media(folder, "2.png", COUNTING(1));
    struct weir_clock *clock = weir_clock_manual_new(0);
    struct rig rig;
    rig_init(&rig, folder, clock);
    rig.wf.stream[0].live = true;
    rig.wf.set.source.rate_fps = 4;
    assert_int_equal(rig_open(&rig), 0);
    for (int i = 0; i < 2; i++) {
        struct weir_frame *frame = NULL;
        assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), 0);
        assert_int_equal(frame->times.capture, i * 250 * WEIR_NS_PER_MS);
        weir_frame_free(frame);
        weir_clock_advance(clock, 250 * WEIR_NS_PER_MS);
    }
    rig_done(&rig);
}

/* ---- devices and addresses --------------------------------------------------- */

static void test_missing_camera_is_an_error_at_once(void **state) {
    (void)state;
    expect_refused("/dev/video97", WEIR_ENOENT, "/dev/video97");
}

static void test_camera_gives_frames(void **state) {
    (void)state;
    if (access("/dev/video0", R_OK)) {
        print_message("# skipped: no camera at /dev/video0\n");
        skip();
    }
    struct rig rig;
    struct play play;
    rig_init(&rig, "/dev/video0", NULL);
    if (rig_open(&rig))
        fail_msg("%s", rig.err.text);
    assert_true(rig.source->live);
    rig_play(&rig, 5, &play);
    assert_int_equal(play.pictures, 5);
    play_done(&play);
    rig_done(&rig);
}

static void test_unknown_scheme_is_an_error_that_says_so(void **state) {
    (void)state;
    expect_refused("gopherx://host/path", WEIR_EUNSUPPORTED, "kind of address");
}

static void test_kinds_are_listed_once_each(void **state) {
    (void)state;
    const char *name, *about;
    size_t n = 0;
    while (weir_stage_source.kind(n, &name, &about)) {
        assert_non_null(name);
        assert_non_null(about);
        n++;
    }
    assert_int_equal(n, 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_picture_of_every_format_keeps_its_frame),
        cmocka_unit_test(test_a_file_knows_how_many_frames_it_has),
        cmocka_unit_test(test_odd_sizes_are_kept_to_the_pixel),
        cmocka_unit_test(test_resolution_may_change_in_the_middle),
        cmocka_unit_test(test_range_may_change_in_the_middle),
        cmocka_unit_test(test_unspecified_matrix_follows_the_height),
        cmocka_unit_test(test_shared_videos_give_every_frame),
        cmocka_unit_test(test_truncated_file_gives_what_it_has),
        cmocka_unit_test(test_truncated_file_without_an_index_is_refused),
        cmocka_unit_test(test_rubbish_in_the_middle_costs_only_what_it_hit),
        cmocka_unit_test(test_a_damaged_picture_of_mjpeg_is_one_corrupt_frame),
        cmocka_unit_test(test_what_is_no_video_is_refused_with_a_reason),
        cmocka_unit_test(test_sound_with_a_cover_picture_is_no_video),
        cmocka_unit_test(test_pictures_above_the_limit_are_refused),
        cmocka_unit_test(test_a_folder_is_read_in_natural_order),
        cmocka_unit_test(test_pictures_named_by_numbers_bear_them_as_ids),
        cmocka_unit_test(test_numbers_that_occur_twice_are_no_ids),
        cmocka_unit_test(test_a_glob_takes_what_fits),
        cmocka_unit_test(test_a_bad_picture_in_a_folder_is_one_corrupt_frame),
        cmocka_unit_test(test_folders_and_pictures_that_cannot_be_are_refused),
        cmocka_unit_test(test_shared_pictures_all_decode),
        cmocka_unit_test(test_mjpeg_comes_in_on_standard_input),
        cmocka_unit_test(test_standard_input_with_live_counts_as_a_camera),
        cmocka_unit_test(test_standard_input_that_hangs_times_out),
        cmocka_unit_test(test_rubbish_on_standard_input_is_refused),
        cmocka_unit_test(test_a_named_pipe_without_a_writer_times_out),
        cmocka_unit_test(test_stop_ends_every_kind),
        cmocka_unit_test(test_a_stop_before_open_is_no_open),
        cmocka_unit_test(test_a_paced_file_is_captured_when_it_is_due),
        cmocka_unit_test(test_late_release_does_not_move_the_due_time),
        cmocka_unit_test(test_paced_pictures_go_by_the_set_rate),
        cmocka_unit_test(test_missing_camera_is_an_error_at_once),
        cmocka_unit_test(test_camera_gives_frames),
        cmocka_unit_test(test_unknown_scheme_is_an_error_that_says_so),
        cmocka_unit_test(test_kinds_are_listed_once_each),
    };
    return cmocka_run_group_tests_name("source files", tests, scratch_setup, scratch_teardown);
}
