/*
 * The source over HTTP and HLS, against a server in this process: whole files
 * with ranges, playlists, streams without an end, and everything that servers
 * do wrong. What the server does is chosen by the first part of the path.
 */
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source_test_support.h"

struct server {
    struct MHD_Daemon *daemon;
    char *dir;
    int port;
    atomic_int requests, fail_next; /* fail_next: so many of the next answers are 503 */
    struct weir_stop *stop_at_stall; /* requested once the stall was reached */
    sem_t armed, stopped, release; /* the stop may come; it came; the stall ends */
};

/* A body that is sent up to half and then hangs until the server goes. */
struct stall {
    struct server *server;
    char *data;
    size_t len;
};

static ssize_t stalling_body(void *arg, uint64_t at, char *buf, size_t max) {
    struct stall *stall = arg;
    if (at < stall->len) {
        size_t n = stall->len - at < max ? stall->len - (size_t)at : max;
        memcpy(buf, stall->data + at, n);
        return (ssize_t)n;
    }
    if (stall->server->stop_at_stall) {
        sem_wait(&stall->server->armed);
        weir_stop_request(stall->server->stop_at_stall);
        sem_post(&stall->server->stopped);
    }
    sem_wait(&stall->server->release);
    sem_post(&stall->server->release);
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static void free_stall(void *arg) {
    struct stall *stall = arg;
    free(stall->data);
    free(stall);
}

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned status, const char *text) {
    struct MHD_Response *r =
        MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result rc = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return rc;
}

static enum MHD_Result send_file(struct server *s, struct MHD_Connection *c, const char *name) {
    char path[1024];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", s->dir, name);
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st))
        return send_text(c, 404, "none");
    const char *range = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Range");
    unsigned long long from = 0, to = (unsigned long long)st.st_size - 1;
    if (range)
        sscanf(range, "bytes=%llu-%llu", &from, &to);
    if (to >= (unsigned long long)st.st_size)
        to = (unsigned long long)st.st_size - 1;
    if (from > to) {
        close(fd);
        return send_text(c, 416, "range");
    }
    struct MHD_Response *r = MHD_create_response_from_fd_at_offset64(to - from + 1, fd, from);
    char text[128];
    snprintf(text, sizeof text, "bytes %llu-%llu/%lld", from, to, (long long)st.st_size);
    MHD_add_response_header(r, "Accept-Ranges", "bytes");
    if (range)
        MHD_add_response_header(r, "Content-Range", text);
    enum MHD_Result rc = MHD_queue_response(c, range ? 206 : 200, r);
    MHD_destroy_response(r);
    return rc;
}

/* Unknown length: a camera's endless stream, as far as the client can tell. */
static ssize_t endless_body(void *arg, uint64_t at, char *buf, size_t max) {
    struct stall *body = arg;
    if (at >= body->len)
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t n = body->len - (size_t)at < max ? body->len - (size_t)at : max;
    memcpy(buf, body->data + at, n);
    return (ssize_t)n;
}

static enum MHD_Result send_stream(struct server *s, struct MHD_Connection *c, const char *name,
                                   bool stalls) {
    char path[1024];
    struct stall *body = calloc(1, sizeof *body);
    snprintf(path, sizeof path, "%s/%s", s->dir, name);
    body->server = s;
    if (weir_file_read(path, 64 << 20, &body->data, &body->len, NULL)) {
        free(body);
        return send_text(c, 404, "none");
    }
    if (stalls)
        body->len = body->len * 3 / 4;
    struct MHD_Response *r = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, 4096, stalls ? stalling_body : endless_body, body, free_stall);
    enum MHD_Result rc = MHD_queue_response(c, 200, r);
    MHD_destroy_response(r);
    return rc;
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **seen) {
    struct server *s = arg;
    (void)method, (void)version, (void)upload, (void)upload_size;
    if (!*seen) {
        *seen = s;
        return MHD_YES;
    }
    atomic_fetch_add(&s->requests, 1);
    if (atomic_load(&s->fail_next) > 0) {
        atomic_fetch_sub(&s->fail_next, 1);
        return send_text(c, 503, "busy");
    }
    if (!strncmp(url, "/file/", 6))
        return send_file(s, c, url + 6);
    if (!strncmp(url, "/live/", 6))
        return send_stream(s, c, url + 6, false);
    if (!strncmp(url, "/stall/", 7))
        return send_stream(s, c, url + 7, true);
    if (!strncmp(url, "/secret/", 8))
        return send_text(c, 401, "who?");
    if (!strncmp(url, "/rubbish", 8)) {
        static char rubbish[60000];
        fill_rubbish(rubbish, sizeof rubbish - 1, 11);
        for (size_t i = 0; i + 1 < sizeof rubbish; i++)
            rubbish[i] |= 1; /* no zero bytes: it goes out as text */
        return send_text(c, 200, rubbish);
    }
    return send_text(c, 404, "none");
}

static int start(void **state) {
    struct server *s = calloc(1, sizeof *s);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    s->dir = test_scratch();
    sem_init(&s->armed, 0, 0);
    sem_init(&s->stopped, 0, 0);
    sem_init(&s->release, 0, 0);
    s->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
                                 NULL, NULL, answer, s, MHD_OPTION_SOCK_ADDR,
                                 (struct sockaddr *)&any, MHD_OPTION_END);
    if (!s->daemon)
        return -1;
    s->port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    *state = s;
    return 0;
}

static int finish(void **state) {
    struct server *s = *state;
    sem_post(&s->armed);
    sem_post(&s->release);
    MHD_stop_daemon(s->daemon);
    sem_destroy(&s->armed);
    sem_destroy(&s->stopped);
    sem_destroy(&s->release);
    test_scratch_remove(s->dir);
    free(s);
    return 0;
}

static const char *url_of(const struct server *s, const char *path) {
    static char url[256];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/%s", s->port, path);
    return url;
}

static void test_a_file_over_http_gives_every_frame(void **state) {
    struct server *s = *state;
    struct rig rig;
    struct play play;
    make_media(s->dir, "v.mp4", COUNTING(20) "-c:v libx264 -bf 3"); /* its index is at the end */
    rig_init(&rig, url_of(s, "file/v.mp4"), NULL);
    if (rig_open(&rig))
        fail_msg("%s", rig.err.text);
    assert_false(rig.source->live);
    assert_int_equal(rig.source->frames_total, 20);
    rig_play(&rig, -1, &play);
    assert_int_equal(play.end, WEIR_EEOF);
    expect_counting(&play, 20);
    play_done(&play);
    rig_done(&rig);
}

static void test_hls_gives_every_frame(void **state) {
    struct server *s = *state;
    struct play play;
    make_media(s->dir, "list.m3u8",
               COUNTING(24) "-c:v libx264 -g 6 -bf 2 -f hls -hls_time 0.6 -hls_list_size 0");
    play_file(url_of(s, "file/list.m3u8"), &play);
    expect_counting(&play, 24);
    play_done(&play);
}

static void test_a_live_stream_over_http_comes_back(void **state) {
    struct server *s = *state;
    struct rig rig;
    struct play play;
    make_media(s->dir, "cam.ts", COUNTING(20) "-c:v libx264 -bf 0");
    rig_init(&rig, url_of(s, "live/cam.ts"), NULL);
    rig.wf.set.source.reconnect_min_s = 0.01;
    rig.wf.set.source.reconnect_max_s = 0.05;
    if (rig_open(&rig))
        fail_msg("%s", rig.err.text);
    assert_true(rig.source->live);
    atomic_store(&s->fail_next, 0);
    rig_play(&rig, 20, &play);
    assert_int_equal(play.pictures, 20);
    play_done(&play);
    weir_stage_free(rig.decode);
    rig.decode = NULL;
    assert_int_equal(weir_stage_decode.open(&rig.conf, &rig.decode, &rig.err), 0);
    /* it ended; the next connections are refused, then it is there again, twice */
    atomic_store(&s->fail_next, 3);
    rig_play(&rig, 40, &play);
    assert_int_equal(play.pictures, 40);
    assert_int_equal(atomic_load(&s->fail_next), 0);
    for (int i = 1; i < 40; i++)
        assert_true(play.frame[i].capture >= play.frame[i - 1].capture);
    assert_true(play.frame[20].media_ns > play.frame[0].media_ns);
    play_done(&play);
    rig_done(&rig);
}

static void test_stop_wakes_a_source_that_waits_to_reconnect(void **state) {
    struct server *s = *state;
    struct rig rig;
    struct weir_frame *frame = NULL;
    make_media(s->dir, "once.ts", COUNTING(5) "-c:v libx264 -bf 0");
    /* a clock that stands still: without the stop it would wait for ever */
    rig_init(&rig, url_of(s, "live/once.ts"), weir_clock_manual_new(0));
    assert_int_equal(rig_open(&rig), 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), 0);
        weir_frame_free(frame);
        frame = NULL;
    }
    weir_stop_request(&rig.stop);
    assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), WEIR_ECANCELED);
    assert_null(frame);
    rig_done(&rig);
}

static void test_stop_ends_a_blocked_read(void **state) {
    struct server *s = *state;
    struct rig rig;
    struct weir_frame *frame = NULL;
    struct play play;
    make_media(s->dir, "stop.ts",
               "-f lavfi -i testsrc2=s=640x480:r=25 -frames:v 100 -c:v mpeg2video -q:v 1");
    rig_init(&rig, url_of(s, "stall/stop.ts"), NULL);
    rig.wf.set.source.read_timeout_s = 3600; /* only the stop can end it */
    rig.wf.set.source.open_timeout_s = 3600;
    s->stop_at_stall = &rig.stop;
    if (rig_open(&rig))
        fail_msg("%s", rig.err.text);
    assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), 0);
    weir_frame_free(frame);
    sem_post(&s->armed);
    rig_play(&rig, -1, &play);
    assert_int_equal(play.end, WEIR_ECANCELED);
    sem_wait(&s->stopped); /* whoever asked must be through with the clock */
    play_done(&play);
    rig_done(&rig);
}

static void test_a_stalled_stream_times_out_and_is_tried_again(void **state) {
    struct server *s = *state;
    struct rig rig;
    struct weir_frame *frame = NULL;
    make_media(s->dir, "hang.ts",
               "-f lavfi -i testsrc2=s=640x480:r=25 -frames:v 100 -c:v mpeg2video -q:v 1");
    rig_init(&rig, url_of(s, "stall/hang.ts"), NULL);
    rig.wf.set.source.read_timeout_s = 0.2;
    rig.wf.set.source.reconnect_min_s = 0.01;
    rig.wf.set.source.reconnect_max_s = 0.01;
    if (rig_open(&rig))
        fail_msg("%s", rig.err.text);
    int before = atomic_load(&s->requests);
    while (atomic_load(&s->requests) < before + 2) {
        assert_int_equal(rig.source->ops->pull(rig.source, &frame, &rig.err), 0);
        weir_frame_free(frame);
        frame = NULL;
    }
    rig_done(&rig);
}

static void test_what_servers_refuse_is_told(void **state) {
    struct server *s = *state;
    expect_refused(url_of(s, "file/none.mp4"), WEIR_ENOENT, "404");
    expect_refused(url_of(s, "secret/cam"), WEIR_ECONN, "401");
    expect_refused(url_of(s, "rubbish"), WEIR_ECORRUPT, "no video");
    atomic_store(&s->fail_next, 1);
    expect_refused(url_of(s, "file/none.mp4"), WEIR_ECONN, "5xx");
}

static void test_a_port_where_nobody_listens_is_refused_at_once(void **state) {
    (void)state;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char url[64];
    assert_int_equal(bind(fd, (struct sockaddr *)&any, len), 0); /* ours, but not listening */
    getsockname(fd, (struct sockaddr *)&any, &len);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/x", ntohs(any.sin_port));
    expect_refused(url, WEIR_ECONN, "refused");
    snprintf(url, sizeof url, "rtsp://me:secret@127.0.0.1:%d/x", ntohs(any.sin_port));
    expect_refused(url, WEIR_ECONN, "me:***@127.0.0.1");
    close(fd);
}

static void test_a_server_that_never_answers_times_out(void **state) {
    (void)state;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, len), 0);
    assert_int_equal(listen(fd, 4), 0); /* the kernel accepts; nobody reads */
    getsockname(fd, (struct sockaddr *)&any, &len);
    static const char *const schemes[] = {"http", "rtsp"};
    for (int i = 0; i < 2; i++) {
        char url[64];
        struct rig rig;
        snprintf(url, sizeof url, "%s://127.0.0.1:%d/x", schemes[i], ntohs(any.sin_port));
        rig_init(&rig, url, NULL);
        rig.wf.set.source.open_timeout_s = 0.2;
        assert_int_equal(rig_open(&rig), WEIR_ETIMEDOUT);
        test_error_says(&rig.err, "timed out");
        rig_done(&rig);
    }
    close(fd);
}

static void test_a_host_that_is_none_is_refused(void **state) {
    (void)state;
    expect_refused("http://no-such-host.invalid/x.mp4", WEIR_EIO, "no-such-host.invalid");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_file_over_http_gives_every_frame, start, finish),
        cmocka_unit_test_setup_teardown(test_hls_gives_every_frame, start, finish),
        cmocka_unit_test_setup_teardown(test_a_live_stream_over_http_comes_back, start, finish),
        cmocka_unit_test_setup_teardown(test_stop_wakes_a_source_that_waits_to_reconnect, start,
                                        finish),
        cmocka_unit_test_setup_teardown(test_stop_ends_a_blocked_read, start, finish),
        cmocka_unit_test_setup_teardown(test_a_stalled_stream_times_out_and_is_tried_again, start,
                                        finish),
        cmocka_unit_test_setup_teardown(test_what_servers_refuse_is_told, start, finish),
        cmocka_unit_test(test_a_port_where_nobody_listens_is_refused_at_once),
        cmocka_unit_test(test_a_server_that_never_answers_times_out),
        cmocka_unit_test(test_a_host_that_is_none_is_refused),
    };
    return cmocka_run_group_tests_name("source http", tests, NULL, NULL);
}
